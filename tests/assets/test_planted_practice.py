"""A demo force: the planted cause of a gap is named first, and a planted change is recovered."""

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from typer.testing import CliRunner

from assets import quality
from assets.text_values import TEXTS
from assets.warehouse import Warehouse
from intake.demo.practice_change import PracticeChange
from intake.demo.writer import write_demo
from orchestration.command_line import app
from orchestration.refresh import RefreshOptions, run_refresh
from quality.assessment import assess
from quality.minimum_standard import load_minimum_standard
from quality.practice.change_evaluation import evaluate_change
from quality.practice.gaps import count_gaps, expected_crimes, years_covered
from quality.practice.improvement import mo_improvements
from quality.practice.unit_costs import load_unit_costs
from quality.text.extraction import read_texts
from quality.text.text_rules import load_text_rules

pytestmark = pytest.mark.long

CAUSE_OF = {
    "missing_item": "not_asked",
    "poor_form": "not_asked",
    "coded_other": "coded_as_other",
    "invalid_code": "not_in_list",
    "text_only": "in_text_only",
    "late_recording": "recorded_late",
    "midnight_default": "default_time",
    "not_known": "not_known",
    "default_place": "default_place",
    "attempt_with_property": "contradicted",
}
CRIMES, SEED = 6000, 1
EFFECT = 0.08
CHANGES = tuple(PracticeChange(day, 3, EFFECT) for day in (date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1)))
NOT_RANKED = pd.DataFrame(
    {
        **{name: pd.Series(dtype="str") for name in ("crime_group", "item_code", "reason")},
        "links_per_1000_recorded": pd.Series(dtype="float64"),
        "rank": pd.Series(dtype="Int64"),
    }
)
"""Priorities of a force in which no item is ranked: causes do not depend on them."""


class Staged(NamedTuple):
    """What is found of a force that was staged, and the truth behind it."""

    improvements: pd.DataFrame
    counts: pd.DataFrame
    truth: Path


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """A force with its planted faults, staged, read and assessed."""
    folder = tmp_path_factory.mktemp("planted")
    write_demo(folder / "demo", CRIMES, SEED)
    outcome = run_refresh(
        "demo", folder / "demo" / "landing", folder / "home", RefreshOptions(only_stage=True), quiet=True
    )
    assert outcome.succeeded, outcome.failure
    standard, warehouse = load_minimum_standard(), Warehouse(home=str(folder / "home"))
    read = read_texts(warehouse.frame(TEXTS), load_text_rules(standard=standard), standard).found
    found = assess(
        warehouse.frame(quality.CRIMES),
        warehouse.frame(quality.FEATURES),
        warehouse.frame(quality.PROPERTIES),
        read[["crime_id", "item_code", "value_code"]],
        standard,
    )
    improvements = mo_improvements(
        count_gaps(_plain(found.findings).assign(is_compared=False), load_unit_costs()),
        expected_crimes(_plain(found.scorecard)),
        NOT_RANKED,
        standard,
        load_unit_costs(),
        years=years_covered(found.scorecard),
    )
    return Staged(improvements, _plain(found.scorecard), folder / "demo" / "truth")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "str" for name in frame.columns if frame[name].dtype == "category"})


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same force with a change in practice: its folder."""
    folder = tmp_path_factory.mktemp("changed")
    write_demo(folder, CRIMES, SEED, change=CHANGES)
    return folder


def first_causes(force: Staged) -> pd.DataFrame:
    """Return the planted faults of items with the cause that the first row of the area and item names."""
    truth = pd.read_parquet(force.truth / "areas.parquet")
    truth = truth[truth["fault"].isin(CAUSE_OF)]
    found = force.improvements[force.improvements["scope"] == "area"]
    first = found.sort_values("rank", na_position="last").groupby(["area_code", "item_code"]).head(1)
    merged = truth.merge(first[["area_code", "item_code", "cause"]], on=["area_code", "item_code"])
    return merged.assign(wanted=merged["fault"].map(CAUSE_OF))


def test_the_cause_that_is_named_first_is_the_planted_one(planted: Staged) -> None:
    causes = first_causes(planted)
    single = causes[~causes["fault"].isin(["late_recording", "poor_form"])]
    assert set(single["fault"]) == set(CAUSE_OF) - {"late_recording", "poor_form"}
    assert single[single["cause"] != single["wanted"]].empty
    # a whole form strikes items that a small area hardly asks, which nobody can tell from chance
    whole = causes[causes["fault"].isin(["late_recording", "poor_form"])]
    assert len(whole) >= 40
    assert (whole["cause"] == whole["wanted"]).mean() >= 0.9


def test_areas_without_a_planted_fault_are_seldom_above_the_force(planted: Staged) -> None:
    truth = pd.read_parquet(planted.truth / "areas.parquet")
    found = planted.improvements[planted.improvements["scope"] == "area"]
    sound = found[~found["area_code"].isin(truth["area_code"])]
    assert len(sound) > 500
    assert sound["is_above"].mean() < 0.03


def test_the_same_areas_without_the_change_show_no_effect(planted: Staged, changes: Path) -> None:
    # same seed, so the same force: only the change is missing
    rows = planted.counts[planted.counts["dimension"] == "completeness"]
    rows = rows[~rows["item_code"].isin(["committed_time", "location"])]
    found = evaluate_change(rows, pd.read_parquet(changes / "truth" / "changes.parquet"))
    assert found.lower <= 0 <= found.upper


def test_a_planted_change_lies_in_the_interval_that_a_whole_refresh_finds_for_it(changes: Path, tmp_path: Path) -> None:
    outcome = run_refresh("demo", changes / "landing", tmp_path / "home", quiet=True)
    assert outcome.succeeded, outcome.failure
    truth = pd.read_parquet(changes / "truth" / "changes.parquet")
    assert (truth["effect"] == EFFECT).all()
    path = tmp_path / "changes.csv"
    truth[["area_code", "changed_on"]].to_csv(path, index=False)
    result = CliRunner().invoke(app, ["evaluate-change", str(path), "--home", str(tmp_path / "home"), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["lower"] <= EFFECT <= found["upper"]
    assert found["lower"] > 0
    assert found["p_value"] < 0.05
    assert found["trend_p_value"] > 0.01
