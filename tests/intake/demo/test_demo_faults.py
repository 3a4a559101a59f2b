"""Planted recording faults can be measured in the written files, and only where they were planted."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from intake.demo.record_system import INVALID_CODES, ITEM_NAMES, OFFENCES, VALUE_NAMES
from intake.demo.vocabulary import WEIGHTS

NULLS = {VALUE_NAMES[code] for code in ("not_recorded", "unknown", "refused")}
KINDS = {
    "missing_item", "coded_other", "invalid_code", "midnight_default", "late_recording", "attempt_with_property",
    "text_only", "poor_form", "not_known", "default_place", "duplicate_crime",
}  # fmt: skip


@pytest.fixture(scope="module")
def share_of(extract, clean_crimes):
    """Return a function that measures, by area, the share of records of an item in which a fault shows."""
    crimes = clean_crimes.assign(group=clean_crimes["HO_CODE"].map(OFFENCES))
    mo = extract["mo_fields"].merge(crimes, left_on="CRIME_REF", right_index=True)
    mo["ENTERED"] = pd.to_datetime(mo["ENTERED"], format="%d/%m/%Y %H:%M")

    @cache
    def measure(fault: str, item: str) -> pd.Series:
        if fault == "midnight_default":
            begin = crimes["DATE_FROM"]
            struck = (begin == crimes["DATE_TO"]) & (begin == begin.dt.normalize())
            return struck.groupby(crimes["BEAT"]).mean()
        if fault == "default_place":
            same_place = crimes.groupby(["BEAT", "EASTING", "NORTHING"])["HO_CODE"].transform("size") > 8
            return same_place.groupby(crimes["BEAT"]).mean()
        if fault == "duplicate_crime":
            told = ["DATE_FROM", "DATE_TO", "DATE_REPORTED", "EASTING", "NORTHING", "HO_CODE"]
            return crimes.duplicated(told, keep="last").groupby(crimes["BEAT"]).mean()
        if fault == "poor_form":
            valued = mo[~mo["MO_VALUE"].isin(NULLS)].drop_duplicates(["CRIME_REF", "MO_FIELD"])
            held = valued.groupby("CRIME_REF").size().reindex(crimes.index, fill_value=0)
            return 1 - held.groupby(crimes["BEAT"]).mean() / 8
        rows = mo[mo["MO_FIELD"] == ITEM_NAMES[item]]
        if fault == "not_known":
            return (rows["MO_VALUE"] == "NK").groupby(rows["BEAT"]).mean()
        valued = rows[~rows["MO_VALUE"].isin(NULLS)]
        if fault in ("missing_item", "text_only"):
            asked = crimes[crimes["group"].isin([g for g, items in WEIGHTS.items() if item in items])]
            return (~asked.index.to_series().isin(valued["CRIME_REF"])).groupby(asked["BEAT"]).mean()
        if fault == "late_recording":
            return (rows["ENTERED"] - rows["DATE_REPORTED"] > pd.Timedelta(hours=72)).groupby(rows["BEAT"]).mean()
        if fault == "attempt_with_property":
            taken = valued[valued["MO_VALUE"] != "none"].drop_duplicates("CRIME_REF")
            return (taken["ATTEMPT"] == "Y").groupby(taken["BEAT"]).mean()
        wrong = ["other"] if fault == "coded_other" else list(INVALID_CODES)
        return valued["MO_VALUE"].isin(wrong).groupby(valued["BEAT"]).mean()

    return measure


def test_every_kind_of_fault_is_planted_in_an_area_of_its_own(truth):
    areas = truth["areas"]
    assert set(areas["fault"]) == KINDS
    assert not areas[["area_code", "fault"]].drop_duplicates()["area_code"].duplicated().any()
    assert (areas["rate"] > 5 * areas["background_rate"]).any()
    assert areas["area_code"].nunique() < truth["crimes"]["area_code"].nunique() / 2


def test_each_planted_area_is_the_worst_or_next_to_it_in_the_files(truth, share_of):
    for planted in truth["areas"].itertuples():
        share = share_of(planted.fault, planted.item_code)
        better = share.drop(index=planted.area_code)
        assert share[planted.area_code] > better.median() + min(0.2, 0.7 * planted.rate), planted
        assert (better >= share[planted.area_code]).sum() <= 1, planted


def test_the_rate_in_a_planted_area_is_the_one_that_the_truth_states(truth, share_of):
    seen = 0
    for planted in truth["areas"].query("fault in ('midnight_default', 'late_recording', 'missing_item')").itertuples():
        share = share_of(planted.fault, planted.item_code)[planted.area_code]
        if planted.item_code in ("committed_time", "where_parked", "property_class_taken", "forensic_trace"):
            seen += 1
            assert share == pytest.approx(planted.rate, abs=0.13)
    assert seen >= 4


def test_the_faults_listed_by_crime_are_those_in_the_files(truth, extract, clean_crimes):
    faults = truth["recording_faults"]
    faults = faults[faults["crime_id"].isin(clean_crimes.index)]
    begin = clean_crimes["DATE_FROM"]
    midnight = clean_crimes[(begin == clean_crimes["DATE_TO"]) & (begin == begin.dt.normalize())]
    planted = set(faults.query("fault == 'midnight_default'")["crime_id"])
    assert planted <= set(midnight.index)
    assert len(set(midnight.index) - planted) < 0.002 * len(clean_crimes)  # midnight by chance
    mo = extract["mo_fields"]
    invalid = mo[mo["MO_VALUE"].isin(INVALID_CODES) & mo["CRIME_REF"].isin(clean_crimes.index)]
    listed = faults.query("fault == 'invalid_code'")
    names = {name: item for item, name in ITEM_NAMES.items()}
    found = set(zip(invalid["CRIME_REF"], invalid["MO_FIELD"].map(names), strict=True))
    assert found - {pair for pair in found if not isinstance(pair[1], str)} == set(
        zip(listed["crime_id"], listed["item_code"], strict=True)
    )


def test_a_late_record_is_late_and_any_other_is_in_time(truth, extract, clean_crimes):
    mo = extract["mo_fields"].merge(clean_crimes, left_on="CRIME_REF", right_index=True)
    hours = (pd.to_datetime(mo["ENTERED"], format="%d/%m/%Y %H:%M") - mo["DATE_REPORTED"]) / np.timedelta64(1, "h")
    late = mo["CRIME_REF"].isin(truth["recording_faults"].query("fault == 'late_recording'")["crime_id"])
    # the clocks go forward inside a few of the lags
    assert hours[late].min() > 71
    assert hours[~late].max() < 72
    assert hours.min() >= 0


def test_what_is_recorded_and_struck_by_no_fault_is_the_true_mo(truth, extract):
    mo, true = extract["mo_fields"], truth["mo"].set_index("crime_id")
    faults = truth["recording_faults"]
    values = {name: code for code, name in VALUE_NAMES.items()}
    for item in ("entry_method", "n_offenders", "approach"):
        rows = mo[(mo["MO_FIELD"] == ITEM_NAMES[item]) & mo["CRIME_REF"].isin(true.index)]
        struck = faults[(faults["item_code"] == item) & ~faults["fault"].isin(["late_recording"])]["crime_id"]
        rows = rows[~rows["CRIME_REF"].isin(struck) & ~rows["MO_VALUE"].isin(NULLS)]
        assert len(rows) > 300
        expected = true.loc[rows["CRIME_REF"], item].astype(str).to_numpy()
        assert (rows["MO_VALUE"].replace(values).to_numpy() == expected).all()
