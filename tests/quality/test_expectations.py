import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from quality.errors import FrameError
from quality.expectation_engine import Expected, Run, expect_at_least
from quality.expectations import DIMENSION_WORDS, TableFacts, judge_recording, run_expectations
from quality.minimum_standard import MinimumStandard

Row = tuple[str, str, str, int, int]


@pytest.fixture(scope="session")
def card_of() -> Callable[..., pd.DataFrame]:
    """Scorecard rows: crime_group, item_code, dimension, n_expected, n_met."""
    columns = ["crime_group", "item_code", "dimension", "n_expected", "n_met"]
    return lambda *rows: pd.DataFrame(list(rows), columns=columns)


@pytest.fixture(scope="session")
def full(standard: MinimumStandard) -> list[Row]:
    """Every item of every group, completeness and validity, all met."""
    return [
        (group, entry.item_code, dimension, 100, 100)
        for group in standard.crime_groups
        for entry in standard.items_for(group)
        for dimension in ("completeness", "validity")
    ]


def test_a_force_that_meets_the_standard_fails_nothing(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame], full: list[Row]
) -> None:
    results = run_expectations(card_of(*full), standard)
    assert len(results) == 6 * 8 * 2
    assert results["success"].all()
    assert (results["observed"] == 1).all()
    assert results["expectation"].is_unique


def test_a_force_that_records_nothing_fails_everything(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame], full: list[Row]
) -> None:
    results = run_expectations(card_of(*[(*row[:4], 0) for row in full]), standard)
    assert not results["success"].any()
    assert (results["observed"] == 0).all()


def test_each_expectation_uses_the_target_and_severity_of_its_tier(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame]
) -> None:
    card = card_of(
        ("robbery_personal", "approach", "completeness", 100, 90),  # tier 1: at least 0.90
        ("robbery_personal", "disguise", "completeness", 100, 79),  # tier 2: at least 0.80
        ("robbery_personal", "escape", "completeness", 100, 60),  # tier 3: at least 0.60
        ("robbery_personal", "weapon_type", "completeness", 100, 89),
        ("robbery_personal", "location", "precision", 100, 80),
    )
    results = run_expectations(card, standard)
    assert results[["item_code", "expected", "observed", "success", "severity"]].to_dict("split")["data"] == [
        ["approach", 0.90, 0.90, True, "error"],
        ["disguise", 0.80, 0.79, False, "warn"],
        ["escape", 0.60, 0.60, True, "warn"],
        ["location", 0.80, 0.80, True, "error"],
        ["weapon_type", 0.90, 0.89, False, "error"],
    ]
    assert results["expectation"].iloc[0] == "robbery_personal.approach.completeness"


def test_the_cells_of_a_force_are_summed_and_their_order_makes_no_difference(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame]
) -> None:
    # 30 of 40 crimes: the mean of the two shares, 0.55, would be wrong
    card = card_of(
        ("theft_of_vehicle", "keyless", "completeness", 30, 29),
        ("theft_of_vehicle", "keyless", "completeness", 10, 1),
        ("theft_of_vehicle", "where_parked", "validity", 40, 40),
    )
    results = run_expectations(card, standard)
    assert results["observed"].tolist() == [0.75, 1.0]
    pd.testing.assert_frame_equal(results, run_expectations(card.iloc[::-1], standard))


def test_small_numbers_and_items_that_nobody_asked_for_are_not_judged(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame]
) -> None:
    card = card_of(
        ("theft_of_vehicle", "keyless", "completeness", 29, 0),
        ("theft_of_vehicle", "entry_point", "completeness", 100, 0),
        ("arson", "keyless", "completeness", 100, 0),
        (None, "location", "completeness", 100, 0),
    )
    results = run_expectations(card, standard)
    assert len(results) == 0
    assert results.columns.tolist() == [
        *("expectation", "crime_group", "item_code", "dimension", "expected", "observed", "success", "severity")
    ]
    assert results["success"].dtype == bool


def test_a_missing_column_of_the_scorecard_is_named(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame]
) -> None:
    with pytest.raises(FrameError, match="mo_scorecard: column 'n_met' is missing"):
        run_expectations(card_of().drop(columns="n_met"), standard)


RUN = Run("20261127T030000-000000-abc123", datetime(2026, 11, 27, 3, 0))
A_ROW = {"s": {"a": 1.0}}
ONE = [Expected("s", "a", 0.5)]


def test_the_engine_answers_in_the_order_of_the_question_and_fails_a_missing_value() -> None:
    outcome = expect_at_least(
        {"s": {"b": 0.5, "a": 0.9, "c": float("nan")}, "t": {"a": 0.6, "b": 0.6}},
        [
            Expected("s", "c", 0.1),
            Expected("t", "b", 0.61),
            Expected("s", "b", 0.5),
            Expected("s", "a", 0.91),
            Expected("t", "a", 0.6),
        ],
        RUN,
    )
    assert [result.success for result in outcome.found] == [False, False, True, False, True]
    assert [result.observed for result in outcome.found[1:]] == [0.6, 0.5, 0.9, 0.6]


def test_the_engine_runs_nothing_for_an_empty_suite() -> None:
    assert expect_at_least({}, [], RUN) == ([], {})


FACTS = TableFacts(rows_accounted=1.0, crimes_scored=1.0, crimes_counted=0.99, crimes_with_mo=0.91)


def test_the_tables_are_judged_as_wholes_in_a_suite_of_their_own(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame]
) -> None:
    judged = judge_recording(card_of(("robbery_personal", "approach", "completeness", 50, 50)), FACTS, standard, RUN)
    tables = judged.results[judged.results["crime_group"] == "all"]
    assert tables[["item_code", "dimension", "expected", "observed", "success"]].to_numpy().tolist() == [
        ["crimes_counted", "table", 1.0, 0.99, False],
        ["crimes_scored", "table", 1.0, 1.0, True],
        ["crimes_with_mo", "table", 0.9, 0.91, True],  # without any MO every mandatory item (0.90) is missing
        ["rows_accounted", "table", 1.0, 1.0, True],
    ]
    assert sorted(judged.pages) == ["index.html", "robbery_personal.html", "tables.html"]


def test_a_dimension_without_a_target_is_not_judged(
    standard: MinimumStandard, card_of: Callable[..., pd.DataFrame]
) -> None:
    card = card_of(
        ("robbery_personal", "approach", "completeness", 50, 50), ("robbery_personal", "approach", "x", 50, 0)
    )
    assert run_expectations(card, standard)["dimension"].tolist() == ["completeness"]


def test_each_dimension_that_has_a_target_is_put_into_words(standard: MinimumStandard) -> None:
    assert {dimension for dimension, _ in standard.targets} <= set(DIMENSION_WORDS)


IN_A_NEW_PROCESS = """
import sys, warnings
from datetime import datetime
from quality.expectation_engine import Expected, Run, expect_at_least
assert "great_expectations" not in sys.modules
shown_by = warnings.showwarning
outcome = expect_at_least({"s": {"a": 1.0}}, [Expected("s", "a", 0.5)], Run("r", datetime(2026, 11, 27)))
assert outcome.found[0].success
assert warnings.showwarning is shown_by
try:
    warnings.warn("still heard", DeprecationWarning)
except DeprecationWarning:
    print("heard")
"""


def test_the_first_run_in_a_process_is_silent_and_leaves_warnings_as_they_were() -> None:
    # Great Expectations redirects every warning of its host to a log when it is first imported.
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_A_NEW_PROCESS],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert run.stderr == ""
    assert run.stdout == "heard\n"


def test_this_process_still_raises_warnings_as_errors() -> None:
    expect_at_least(A_ROW, ONE, RUN)
    with pytest.raises(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)
