"""A change in practice: its effect is what was asked for, from its day on, in its areas and nowhere else."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from intake.demo.practice_change import PracticeChange
from intake.demo.settings import DemoError
from intake.demo.writer import write_demo

CHANGED_ON = date(2024, 7, 1)


@pytest.fixture(scope="module")
def forces(tmp_path_factory) -> dict[str, Path]:
    """Write one force twice, without and with a change."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("before", "after")}
    write_demo(folders["before"], 12_000, 3)
    write_demo(folders["after"], 12_000, 3, change=[PracticeChange(CHANGED_ON, 4, 0.08)])
    return folders


def rows_of(folder: Path) -> pd.DataFrame:
    """Return a row for each crime and item of eight, whether it has any row in the form, its area and report."""
    landing = folder / "landing" / "2026-03-01"
    crimes = pd.read_csv(landing / "recorded_crimes.csv", dtype=str).drop_duplicates("CRIME_REF")
    mo = pd.read_csv(landing / "mo_fields.csv", dtype=str)
    crimes = crimes[crimes["CRIME_REF"].isin(pd.read_parquet(folder / "truth" / "mo.parquet")["crime_id"])]
    held = mo[mo["MO_VALUE"] != "NR"].drop_duplicates(["CRIME_REF", "MO_FIELD"]).groupby("CRIME_REF").size()
    reported = pd.to_datetime(crimes["DATE_REPORTED"], format="%d/%m/%Y %H:%M")
    return crimes.assign(held=held.reindex(crimes["CRIME_REF"], fill_value=0).to_numpy(), reported=reported)


def test_the_truth_lists_the_areas_the_day_and_the_effect(forces):
    changes = pd.read_parquet(forces["after"] / "truth" / "changes.parquet")
    assert changes["area_code"].nunique() == 4
    assert set(changes["changed_on"]) == {CHANGED_ON}
    assert set(changes["effect"]) == {0.08}
    assert pd.read_parquet(forces["before"] / "truth" / "changes.parquet").empty
    planted = pd.read_parquet(forces["after"] / "truth" / "areas.parquet")["area_code"]
    assert not set(changes["area_code"]) & set(planted)


def test_completeness_rises_by_the_effect_from_its_day_on_and_stays_elsewhere(forces):
    before, after = rows_of(forces["before"]), rows_of(forces["after"])
    area = pd.read_parquet(forces["after"] / "truth" / "changes.parquet")["area_code"]
    changed = after["BEAT"].isin(area) & (after["reported"] >= pd.Timestamp(CHANGED_ON))
    assert (before.loc[~changed, "held"].to_numpy() == after.loc[~changed, "held"].to_numpy()).all()
    rise = (after.loc[changed, "held"].to_numpy() - before.loc[changed, "held"].to_numpy()) / 8
    error = rise.std() / np.sqrt(len(rise))
    assert rise.mean() == pytest.approx(0.08, abs=4 * error)
    assert error < 0.005


def test_what_is_no_longer_lost_is_true_and_no_longer_listed_as_a_fault(forces):
    faults = {
        name: pd.read_parquet(folder / "truth" / "recording_faults.parquet").query("fault == 'missing_item'")
        for name, folder in forces.items()
    }
    keys = {name: set(zip(f["crime_id"], f["item_code"], strict=True)) for name, f in faults.items()}
    assert keys["after"] < keys["before"]
    mo = pd.read_csv(forces["after"] / "landing" / "2026-03-01" / "mo_fields.csv", dtype=str)
    point = mo[mo["MO_FIELD"] == "WHERE PARKED"].set_index("CRIME_REF")["MO_VALUE"]
    true = pd.read_parquet(forces["after"] / "truth" / "mo.parquet").set_index("crime_id")["where_parked"]
    back = [crime for crime, item in keys["before"] - keys["after"] if item == "where_parked"]
    assert len(back) > 10
    words = {"STREET": "street_residential"}
    assert [words.get(value, value) for value in point[back]] == list(true[back].astype(str))


def test_changes_that_cannot_be_made_are_refused_with_what_can(tmp_path):
    with pytest.raises(DemoError, match="change: expected n_areas of at least 1, got 0"):
        PracticeChange(CHANGED_ON, 0, 0.05)
    with pytest.raises(DemoError, match="change: expected an effect between 0 and 1, got 8"):
        PracticeChange(CHANGED_ON, 2, 8)
    with pytest.raises(DemoError, match=r"change: expected an effect of at most 0\.\d+, the share missing"):
        write_demo(tmp_path, 500, 1, change=[PracticeChange(CHANGED_ON, 2, 0.6)])
    with pytest.raises(DemoError, match=r"change: expected at most \d+ areas to change, got 900"):
        write_demo(tmp_path, 500, 1, change=[PracticeChange(CHANGED_ON, 900, 0.05)])
    assert not list(tmp_path.iterdir())
