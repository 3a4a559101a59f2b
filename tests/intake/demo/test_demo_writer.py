"""The written demo force: files, counts, determinism, and truth apart from landing."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from intake.demo.settings import DemoError, DemoSettings, DemoSummary
from intake.demo.writer import write_demo

FILES = {"recorded_crimes.csv", "mo_fields.csv", "mo_narratives.csv", "named_persons.csv", "property.csv"}
TRUTH = {"offenders", "crimes", "mo", "areas", "recording_faults", "dirty_rows", "duplicates", "changes"}


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        write_demo(tmp_path / name, 400, seed)
    first, again, other = (digests(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert set(first) == set(other)
    assert sum(first[name] != other[name] for name in first) >= len(FILES) + 4


def test_a_second_call_into_the_same_folder_leaves_what_one_call_does(tmp_path):
    write_demo(tmp_path / "twice", 300, 1)
    write_demo(tmp_path / "twice", 200, 2)
    write_demo(tmp_path / "once", 200, 2)
    assert digests(tmp_path / "twice") == digests(tmp_path / "once")


def test_the_extract_is_complete_only_when_all_its_files_are_written(summary):
    landing = Path(summary.landing)
    assert {path.name for path in landing.iterdir()} == FILES | {"_COMPLETE"}
    mark = (landing / "_COMPLETE").stat().st_mtime_ns
    assert all((landing / name).stat().st_mtime_ns <= mark for name in FILES)


def test_a_failure_while_writing_leaves_no_mark_of_completeness(tmp_path, monkeypatch):
    write_demo(tmp_path, 100, 1)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("intake.demo.writer.property_table", fail)
    with pytest.raises(OSError, match="disk full"):
        write_demo(tmp_path, 100, 1)
    assert not list(tmp_path.rglob("_COMPLETE"))


def test_the_truth_stands_apart_and_nothing_of_it_is_in_the_extract(summary: DemoSummary, extract, truth):
    assert set(truth) == TRUTH
    assert Path(summary.truth) not in Path(summary.landing).parents
    assert not list(Path(summary.landing).parent.rglob("*.parquet"))
    words = {column.lower() for frame in extract.values() for column in frame.columns}
    assert not words & {"person_id", "series_id", "is_solved", "fault", "is_planted"}
    # most offenders are never named in the extract
    assert extract["named_persons"]["NOMINAL_REF"].nunique() < 0.5 * truth["offenders"]["person_id"].nunique()


def test_rows_are_as_many_as_the_summary_says_and_reconcile_with_the_dirt(summary, extract, truth):
    for name, frame in extract.items():
        assert len(frame) == summary.rows[f"{name}.csv"]
    extra = sum(summary.dirty_rows[kind] for kind in ("duplicate_row", "cancelled_row", "other_offence"))
    assert summary.twins == len(truth["duplicates"]) > 5
    assert len(extract["recorded_crimes"]) == 5_000 + extra + summary.twins
    assert truth["dirty_rows"]["problem"].value_counts().to_dict() == {
        kind: n for kind, n in summary.dirty_rows.items() if kind not in ("unknown_item", "orphan_row")
    }
    assert not truth["dirty_rows"]["crime_id"].duplicated().any()


def test_each_kind_of_dirt_shows_in_the_files_exactly_as_often_as_planted(summary, extract, truth):
    crimes, dirty = extract["recorded_crimes"], summary.dirty_rows
    begin = pd.to_datetime(crimes["DATE_FROM"], format="%d/%m/%Y %H:%M", errors="coerce")
    end = pd.to_datetime(crimes["DATE_TO"], format="%d/%m/%Y %H:%M")
    known = crimes["CRIME_REF"].isin(truth["crimes"]["crime_id"]) & ~crimes.duplicated()
    assert (begin.isna() & known).sum() == dirty["unparsable_date"] >= 1
    assert ((begin > end) & known).sum() == dirty["to_before_from"] >= 1
    assert ((crimes["EASTING"] == "0") & (crimes["NORTHING"] == "0") & known).sum() == dirty["zero_coordinates"] >= 1
    assert crimes.duplicated().sum() == dirty["duplicate_row"] >= 1
    assert (crimes["STATUS"] == "CANCELLED").sum() == dirty["cancelled_row"] >= 1
    assert (crimes["HO_CODE"].isin(["44", "46", "49", "58C"])).sum() == dirty["other_offence"] >= 1
    mo = extract["mo_fields"]
    assert (mo["MO_FIELD"] == "FREE FIELD 3").sum() == dirty["unknown_item"] >= 1
    assert (~mo["CRIME_REF"].isin(crimes["CRIME_REF"])).sum() == dirty["orphan_row"] >= 1


@pytest.mark.parametrize("crimes", [1, 2, 3, 40])
def test_very_small_forces_can_be_written(tmp_path, crimes):
    summary = write_demo(tmp_path, crimes, 5)
    assert summary.crimes == crimes
    offenders = pd.read_parquet(Path(summary.truth) / "offenders.parquet")
    assert offenders["crime_id"].nunique() == crimes
    assert summary.twins == 0


@pytest.mark.parametrize(("crimes", "has_twins"), [(999, False), (1_000, True)])
def test_crimes_are_recorded_twice_in_forces_of_a_thousand_and_more(tmp_path, crimes, has_twins):
    summary = write_demo(tmp_path, crimes, 3)
    planted = pd.read_parquet(Path(summary.truth) / "areas.parquet")["fault"]
    assert ((planted == "duplicate_crime").any(), summary.twins > 0) == (has_twins, has_twins)


def test_a_larger_force_keeps_its_shares_and_grows_in_towns(tmp_path, summary):
    larger = write_demo(tmp_path, 60_000, 2)
    assert larger.areas > summary.areas
    assert 0.06 <= larger.solved_share <= 0.15
    per_crime = larger.rows["mo_fields.csv"] / larger.crimes
    assert per_crime == pytest.approx(summary.rows["mo_fields.csv"] / summary.crimes, rel=0.05)


def test_about_a_tenth_of_the_crimes_are_solved_and_labels_have_their_basis(summary, extract, truth):
    assert 0.06 <= summary.solved_share <= 0.15
    by_crime = truth["offenders"].drop_duplicates("crime_id").set_index("crime_id")["is_solved"]
    assert by_crime.drop(truth["duplicates"]["crime_id"]).mean() == pytest.approx(summary.solved_share)
    persons = extract["named_persons"]
    sure = persons[persons["BASIS"].isin(["CONVICTED", "CAUTIONED", "CHARGED", "TIC"])]
    assert set(sure["CRIME_REF"]) == set(by_crime.index[by_crime])
    assert not persons.duplicated(["NOMINAL_REF", "CRIME_REF"]).any()
    real = set(zip(truth["offenders"]["person_id"], truth["offenders"]["crime_id"], strict=True))
    right = pd.Series([pair in real for pair in zip(persons["NOMINAL_REF"], persons["CRIME_REF"], strict=True)])
    assert right[persons["BASIS"] != "NAMED SUSPECT"].all()
    assert 0.4 < right[persons["BASIS"] == "NAMED SUSPECT"].mean() < 0.85


def test_every_crime_has_one_series_and_a_second_person_only_where_two_acted_together(truth):
    offenders = truth["offenders"]
    assert not offenders[["crime_id", "series_id"]].drop_duplicates()["crime_id"].duplicated().any()
    persons = offenders.groupby("crime_id")["person_id"].nunique()
    assert set(persons) == {1, 2}
    assert 0.1 < (persons == 2).mean() < 0.35
    assert not offenders.duplicated(["crime_id", "person_id"]).any()


def test_what_cannot_be_made_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(DemoError, match="crimes: expected at least 1, got 0; ask for a few thousand"):
        write_demo(tmp_path, 0, 1)
    with pytest.raises(DemoError, match="seed: expected 0 or more, got -1"):
        write_demo(tmp_path, 10, -1)
    with pytest.raises(DemoError, match="near_repeat: expected a share"):
        replace(DemoSettings(), near_repeat=1.5)
    with pytest.raises(DemoError, match="faults: expected each kind of PLANTED_FAULTS once"):
        DemoSettings(faults=DemoSettings().faults[1:])
    assert not list(tmp_path.iterdir())
