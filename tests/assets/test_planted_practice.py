"""A demo force refreshed as a whole: the planted cause of a gap is named first, and a planted change is recovered."""

import json
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from intake.demo.practice_change import PracticeChange
from intake.demo.writer import write_demo
from orchestration.command_line import app
from orchestration.refresh import run_refresh

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
EFFECT = 0.08
CHANGES = tuple(PracticeChange(day, 3, EFFECT) for day in (date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1)))


class Refreshed(NamedTuple):
    """A home, and the truth behind what was refreshed in it."""

    home: Path
    truth: Path

    def query(self, query: str) -> pd.DataFrame:
        """Run a query on what is published."""
        path = self.home / "published" / "current" / "colink.duckdb"
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(query).df()


def refreshed(folder: Path, **more: Any) -> Refreshed:
    write_demo(folder / "demo", 6000, 1, **more)
    outcome = run_refresh("demo", folder / "demo" / "landing", folder / "home", quiet=True)
    assert outcome.succeeded, outcome.failure
    return Refreshed(folder / "home", folder / "demo" / "truth")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    return refreshed(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    return refreshed(tmp_path_factory.mktemp("changed"), change=CHANGES)


def first_causes(force: Refreshed) -> pd.DataFrame:
    """Return the planted faults of items with the cause that the first row of the area and item names."""
    truth = pd.read_parquet(force.truth / "areas.parquet")
    truth = truth[truth["fault"].isin(CAUSE_OF)]
    found = force.query("select * from mo_improvements where scope = 'area'")
    first = found.sort_values("rank", na_position="last").groupby(["area_code", "item_code"]).head(1)
    merged = truth.merge(first[["area_code", "item_code", "cause"]], on=["area_code", "item_code"])
    return merged.assign(wanted=merged["fault"].map(CAUSE_OF))


def test_the_cause_that_is_named_first_is_the_planted_one(planted: Refreshed) -> None:
    causes = first_causes(planted)
    single = causes[~causes["fault"].isin(["late_recording", "poor_form"])]
    assert set(single["fault"]) == set(CAUSE_OF) - {"late_recording", "poor_form"}
    assert single[single["cause"] != single["wanted"]].empty
    # a whole form strikes items that a small area hardly asks, which nobody can tell from chance
    whole = causes[causes["fault"].isin(["late_recording", "poor_form"])]
    assert (whole["cause"] == whole["wanted"]).mean() >= 0.9


def test_areas_without_a_planted_fault_are_seldom_above_the_force(planted: Refreshed) -> None:
    truth = pd.read_parquet(planted.truth / "areas.parquet")
    found = planted.query("select * from mo_improvements where scope = 'area'")
    sound = found[~found["area_code"].isin(truth["area_code"])]
    assert sound["is_above"].mean() < 0.03


def test_a_planted_change_lies_in_the_interval_that_is_found_for_it(changed: Refreshed, tmp_path: Path) -> None:
    changes = pd.read_parquet(changed.truth / "changes.parquet")
    assert (changes["effect"] == EFFECT).all()
    path = tmp_path / "changes.csv"
    changes[["area_code", "changed_on"]].to_csv(path, index=False)
    result = CliRunner().invoke(app, ["evaluate-change", str(path), "--home", str(changed.home), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["lower"] <= EFFECT <= found["upper"]
    assert found["lower"] > 0
    assert found["p_value"] < 0.05
    assert found["trend_p_value"] > 0.01


def test_the_same_areas_without_the_change_show_no_effect(
    planted: Refreshed, changed: Refreshed, tmp_path: Path
) -> None:
    # same seed, so the same force: only the change is missing
    changes = pd.read_parquet(changed.truth / "changes.parquet")
    path = tmp_path / "changes.csv"
    changes[["area_code", "changed_on"]].to_csv(path, index=False)
    result = CliRunner().invoke(app, ["evaluate-change", str(path), "--home", str(planted.home), "--json"])
    found = json.loads(result.stdout)
    assert found["lower"] <= 0 <= found["upper"]
