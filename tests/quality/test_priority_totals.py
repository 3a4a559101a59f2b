from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.contracts import check_contract
from quality.minimum_standard import MinimumStandard
from quality.priorities import WORTH_COLUMNS, mo_group_priorities
from quality.priority_totals import COLUMNS, mo_priorities

NUMBERS = [name for name in WORTH_COLUMNS[2:] if not name.startswith("n_")]
COUNTS = [name for name in WORTH_COLUMNS if name.startswith("n_")]


def force(standard: MinimumStandard, *given: tuple[str, str, dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    plain: dict[str, Any] = dict.fromkeys(NUMBERS, 0.1) | dict.fromkeys(COUNTS, 100)
    rows = [plain | {"crime_group": group, "item_code": item} | differs for group, item, differs in given]
    worth = pd.DataFrame(rows, columns=list(WORTH_COLUMNS))
    draws = worth[["crime_group", "item_code", "links_per_1000_recorded"]].assign(draw=0)
    groups = mo_group_priorities(worth, draws, standard)
    return groups[groups["n_recorded"] > 0], draws


def test_weights_are_means_over_linked_pairs_and_links_over_the_crimes_to_record(standard: MinimumStandard) -> None:
    one = {
        "n_linked": 300,
        "n_crimes": 1000,
        "n_recorded": 900,
        "evidence_weight": 0.4,
        "evidence_weight_lower": 0.3,
        "evidence_weight_upper": 0.5,
        "links_per_1000_recorded": 10.0,
        "links_per_1000_recorded_lower": 6.0,
        "links_per_1000_recorded_upper": 14.0,
    }
    other = {
        "n_linked": 100,
        "n_crimes": 3000,
        "n_recorded": 2700,
        "evidence_weight": 0.8,
        "evidence_weight_lower": 0.4,
        "evidence_weight_upper": 1.2,
        "links_per_1000_recorded": 50.0,
        "links_per_1000_recorded_lower": 46.0,
        "links_per_1000_recorded_upper": 54.0,
    }
    given = [("theft_from_vehicle", "entry_method", one), ("theft_of_vehicle", "entry_method", other)]
    row = mo_priorities(*force(standard, *given), standard).iloc[0]
    assert (row["n_linked"], row["n_crimes"], row["n_recorded"]) == (400, 4000, 3600)
    assert row["evidence_weight"] == pytest.approx(0.75 * 0.4 + 0.25 * 0.8)
    # errors below: 0.75 x 0.1 and 0.25 x 0.4
    assert row["evidence_weight_lower"] == pytest.approx(0.5 - np.hypot(0.075, 0.1))
    # gaps of 100 and 300 crimes
    assert row["links_per_1000_recorded"] == pytest.approx(0.25 * 10 + 0.75 * 50)
    assert row["links_per_1000_recorded_upper"] == pytest.approx(40 + np.hypot(1.0, 3.0))
    seconds = standard.items["entry_method"].seconds
    assert row["links_per_hour"] == pytest.approx(40 * 3.6 / seconds)
    assert (row["cost_seconds"], row["seconds"], row["rank"]) == (seconds, seconds, 1)


def test_crime_groups_that_were_refused_have_no_say_beside_one_that_was_not(standard: MinimumStandard) -> None:
    given = [
        ("theft_from_vehicle", "entry_method", {"evidence_weight": 0.4}),
        ("theft_of_vehicle", "entry_method", {"evidence_weight": 9.0, "n_linked": 12}),
    ]
    row = mo_priorities(*force(standard, *given), standard).iloc[0]
    # counts are of the crime groups that the weight comes from: the 12 pairs are not among them
    assert (row["evidence_weight"], row["rank"]) == (0.4, 1)
    assert row[["n_linked", "n_groups", "n_crimes", "n_recorded"]].tolist() == [100, 100, 100, 100]


def test_an_item_refused_everywhere_says_why_by_the_group_with_most_pairs(standard: MinimumStandard) -> None:
    given = [
        ("theft_from_vehicle", "entry_method", {"n_linked": 3}),
        ("theft_of_vehicle", "entry_method", {"n_linked": 29}),
        ("theft_of_vehicle", "keyless", {}),
    ]
    result = mo_priorities(*force(standard, *given), standard)
    assert result["item_code"].tolist() == ["keyless", "entry_method"]
    assert result["rank"].tolist() == [1, pd.NA]
    assert result["reason"].iloc[1] == "29 linked pairs, at least 30 are needed"


def tier_of(standard: MinimumStandard, crime_group: str, item_code: str) -> int | None:
    entries = standard.crime_groups[crime_group].entries
    return next((entry.tier for entry in entries if entry.item_code == item_code), None)


USELESS = {
    "evidence_weight_lower": -0.1,
    "evidence_weight_upper": 0.05,
    "links_per_1000_recorded_lower": -9.0,
    "links_per_1000_recorded_upper": 1.0,
}


@pytest.mark.parametrize(
    ("given", "tiers"),
    [
        # tier 1 in theft of a vehicle, where too few pairs say nothing: dropping it from the other leaves it there
        ([("theft_from_vehicle", USELESS), ("theft_of_vehicle", {"n_linked": 12})], (1, 1)),
        # crime groups without crimes keep it too
        ([("theft_from_vehicle", USELESS)], (1, 1)),
        # an unlisted item of tier 3 has no say until it is proposed for more
        ([("arson", {})], (1, 1)),
    ],
)
def test_an_item_keeps_its_tier_where_nothing_moved_it(
    standard: MinimumStandard, given: list[tuple[str, dict[str, Any]]], tiers: tuple[int, int]
) -> None:
    assert {tier_of(standard, group, "entry_method") for group in ("theft_from_vehicle", "theft_of_vehicle")} == {1}
    rows = [(group, "entry_method", differs) for group, differs in given]
    row = mo_priorities(*force(standard, *rows), standard).iloc[0]
    assert (row["tier"], row["suggested_tier"]) == tiers


def test_an_item_dropped_wherever_it_is_listed_is_dropped(standard: MinimumStandard) -> None:
    listing = [group for group in standard.crime_groups if tier_of(standard, group, "where_parked")]
    rows = [(group, "where_parked", USELESS) for group in listing]
    unlisted = ("arson", "where_parked", {"links_per_1000_recorded_upper": 999.0, "evidence_weight_upper": 1.0})
    row = mo_priorities(*force(standard, *rows, unlisted), standard).iloc[0]
    assert row["suggested_tier"] == 4
    row = mo_priorities(*force(standard, *rows[1:], unlisted), standard).iloc[0]
    assert row["suggested_tier"] == tier_of(standard, listing[0], "where_parked")


def test_an_item_complete_everywhere_is_weighted_by_its_crimes(standard: MinimumStandard) -> None:
    given = [
        ("theft_from_vehicle", "entry_method", {"links_per_1000_recorded": 10.0}),
        ("theft_of_vehicle", "entry_method", {"links_per_1000_recorded": 40.0, "n_crimes": 300, "n_recorded": 300}),
    ]
    row = mo_priorities(*force(standard, *given), standard).iloc[0]
    assert row["links_per_1000_recorded"] == pytest.approx(0.25 * 10 + 0.75 * 40)


def test_the_table_keeps_its_contract_and_its_columns(standard: MinimumStandard) -> None:
    given = [("theft_of_vehicle", "keyless", {}), ("theft_of_vehicle", "entry_method", {"n_linked": 1})]
    result = mo_priorities(*force(standard, *given), standard)
    assert list(result.columns) == COLUMNS
    assert check_contract("mo_priorities", result).passed
    nothing = mo_priorities(*force(standard), standard)
    assert len(nothing) == 0
    assert check_contract("mo_priorities", nothing).passed
