"""What was added over the finished force: it strikes where it says, and leaves everything else as it was."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from intake.demo.record_system import ITEM_NAMES
from intake.demo.settings import LATER_FAULTS, DemoError, DemoSettings
from intake.demo.writer import write_demo

FILES = ("recorded_crimes", "mo_fields", "mo_narratives", "named_persons", "property")


def read(summary) -> dict[str, pd.DataFrame]:
    return {n: pd.read_csv(Path(summary.landing) / f"{n}.csv", dtype=str, keep_default_na=False) for n in FILES}


@pytest.fixture(scope="module")
def without(tmp_path_factory) -> dict[str, pd.DataFrame]:
    """Return the files of the same force with none of the later faults."""
    quiet = [replace(f, rate=0.0) if f.name in LATER_FAULTS else f for f in DemoSettings().faults]
    settings = DemoSettings(faults=tuple(quiet))
    return read(write_demo(tmp_path_factory.mktemp("without"), 5_000, 1, settings))


@pytest.fixture(scope="module")
def later(truth) -> pd.DataFrame:
    return truth["recording_faults"].query("fault in @LATER_FAULTS", local_dict={"LATER_FAULTS": LATER_FAULTS})


@pytest.mark.parametrize("name", FILES)
def test_crimes_that_no_later_fault_struck_are_as_they_would_be_without(name, extract, without, truth, later):
    real = set(truth["crimes"]["crime_id"]) - set(later["crime_id"])
    with_faults, alone = (frame[frame["CRIME_REF"].isin(real)] for frame in (extract[name], without[name]))
    if name == "mo_fields":  # the stray rows copy the first of the file, whichever crimes they are of
        with_faults, alone = (frame[frame["MO_FIELD"] != "FREE FIELD 3"] for frame in (with_faults, alone))
    assert len(alone) > 500
    pd.testing.assert_frame_equal(with_faults.reset_index(drop=True), alone.reset_index(drop=True))


def test_later_faults_strike_only_in_areas_of_their_own(truth, later):
    area = truth["crimes"].set_index("crime_id")["area_code"].astype(str)
    planted = truth["areas"].drop_duplicates(["fault", "area_code"]).set_index("fault")["area_code"]
    assert set(later["fault"]) == set(LATER_FAULTS)
    for fault, rows in later.groupby("fault"):
        assert set(area[rows["crime_id"]]) == {planted[fault]}
        assert rows["is_planted"].all()


def test_a_poor_form_lacks_every_item_listed_and_about_half_of_all(truth, extract, later, without):
    struck = later.query("fault == 'poor_form'")
    names = {name: item for item, name in ITEM_NAMES.items()}
    held = set(zip(extract["mo_fields"]["CRIME_REF"], extract["mo_fields"]["MO_FIELD"].map(names), strict=True))
    was = set(zip(without["mo_fields"]["CRIME_REF"], without["mo_fields"]["MO_FIELD"].map(names), strict=True))
    lost = set(zip(struck["crime_id"], struck["item_code"], strict=True))
    assert not lost & held
    area = truth["crimes"].set_index("crime_id")["area_code"].astype(str)
    poor = truth["areas"].query("fault == 'poor_form'")["area_code"].iloc[0]
    there = {(crime, item) for crime, item in was if area.get(crime) == poor}
    assert len(lost & there) / len(there) == pytest.approx(0.5, abs=0.06)


def test_what_was_made_not_known_is_coded_so_and_the_text_does_not_tell_it(extract, later, without):
    struck = later.query("fault == 'not_known'")
    assert len(struck) > 50
    assert set(struck["item_code"]) == {"entry_method"}
    field = extract["mo_fields"].query("MO_FIELD == 'METHOD OF ENTRY'").set_index("CRIME_REF")["MO_VALUE"]
    assert set(field[struck["crime_id"]]) == {"NK"}
    before = without["mo_fields"].query("MO_FIELD == 'METHOD OF ENTRY'").set_index("CRIME_REF")["MO_VALUE"]
    assert not before[struck["crime_id"]].isin(["NK", "NR", "DECLINED"]).any()
    text = extract["mo_narratives"].set_index("CRIME_REF")["NARRATIVE"].reindex(struck["crime_id"]).dropna()
    assert text.str.contains("do not know how they got in|U/K how entry gained", case=False).all()


def test_crimes_on_a_default_place_share_one_point_and_still_happened_elsewhere(truth, extract, later):
    struck = later.query("fault == 'default_place'")["crime_id"]
    rows = extract["recorded_crimes"].drop_duplicates("CRIME_REF").set_index("CRIME_REF").loc[struck]
    rows = rows[rows["EASTING"] != "0"]
    assert len(rows) > 50
    assert len(rows[["EASTING", "NORTHING"]].drop_duplicates()) == 1
    true = truth["crimes"].set_index("crime_id").loc[struck]
    assert len(true[["easting_m", "northing_m"]].drop_duplicates()) > 0.7 * len(true)


def test_a_second_record_equals_the_first_in_all_but_its_references(truth, extract):
    pairs = truth["duplicates"]
    crimes = extract["recorded_crimes"].set_index("CRIME_REF")
    first, second = (crimes.loc[pairs[n]].drop(columns="REPORT_REF") for n in ("duplicate_of", "crime_id"))
    assert (first.to_numpy() == second.to_numpy()).all()
    assert set(crimes.loc[pairs["crime_id"], "REPORT_REF"]) == {""}
    for name in ("mo_fields", "mo_narratives", "named_persons", "property"):
        rows = extract[name]
        twin = rows[rows["CRIME_REF"].isin(pairs["crime_id"])]
        back = pairs.set_index("crime_id")["duplicate_of"]
        origin = rows[rows["CRIME_REF"].isin(pairs["duplicate_of"])]
        twin = twin.assign(CRIME_REF=twin["CRIME_REF"].map(back))
        assert sorted(map(tuple, twin.to_numpy())) == sorted(map(tuple, origin.to_numpy())), name


def test_in_the_truth_a_second_record_is_of_the_same_incident_series_and_persons(truth):
    pairs = truth["duplicates"]
    crimes = truth["crimes"].set_index("crime_id")
    for column in ("incident_id", "series_id", "area_code"):
        assert list(crimes.loc[pairs["crime_id"], column]) == list(crimes.loc[pairs["duplicate_of"], column])
    persons = truth["offenders"].groupby("crime_id")["person_id"].agg(set)
    assert list(persons[pairs["crime_id"]]) == list(persons[pairs["duplicate_of"]])
    assert not crimes.index.duplicated().any()
    assert not pairs["crime_id"].isin(pairs["duplicate_of"]).any()
    listed = set(truth["recording_faults"].query("fault == 'duplicate_crime'")["crime_id"])
    assert listed == set(pairs["crime_id"]) | set(pairs["duplicate_of"])


def test_report_references_name_one_report_each_and_only_reports_by_the_public(truth, extract):
    crimes = extract["recorded_crimes"].drop_duplicates().set_index("CRIME_REF")["REPORT_REF"]
    given = crimes[crimes != ""]
    assert given.str.fullmatch("(WEB|TEL)-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}").all()
    assert given.is_unique
    assert 0.5 < len(given) / len(crimes) < 0.8
    first = truth["crimes"]["crime_id"][~truth["crimes"]["crime_id"].isin(truth["duplicates"]["crime_id"])]
    entered = extract["mo_fields"].query("ENTERED_BY == 'ONLINE'")["CRIME_REF"]
    online = list(set(entered) & set(first))
    assert len(online) > 500
    assert crimes[online].str.startswith("WEB-").all()


def test_a_later_fault_cannot_have_a_background():
    spread = [replace(f, background=0.1) if f.name == "poor_form" else f for f in DemoSettings().faults]
    with pytest.raises(DemoError, match=r"faults: expected a background of 0 for \['poor_form'\]"):
        DemoSettings(faults=tuple(spread))
