"""The frame that linkage works on holds the strongest recording of each item, and says what was never asked."""

from pathlib import Path

import pandas as pd
import pytest

from assets.crime_frame import NOT_APPLICABLE, LinkageFrames, linkage_frames, with_items, without_not_applicable
from assets.warehouse import Warehouse

CRIMES = [("C1", "burglary_residential"), ("C2", "burglary_residential"), ("C3", "robbery_personal")]
# crime, item, value, source, day of recording
FEATURES = [
    ("C1", "entry_point", "rear_door", "text_rule", 9),
    ("C1", "entry_point", "front_door", "structured", 1),
    ("C2", "entry_point", "garage", "structured", 1),
    ("C2", "entry_point", "front_door", "structured", 2),
    ("C1", "property_class_taken", "phone", "structured", 1),
    ("C1", "property_class_taken", "cash", "structured", 1),
    ("C1", "property_class_taken", "watch", "text_rule", 3),
    ("C2", "property_class_taken", "unknown", "structured", 1),
    ("C3", "approach", "confront", "structured", 1),
    ("C3", "control_method", "other", "structured", 1),
]


@pytest.fixture
def frames(tmp_path: Path) -> LinkageFrames:
    warehouse = Warehouse(home=str(tmp_path))
    crimes = pd.DataFrame(CRIMES, columns=["crime_id", "crime_group"])
    crimes["incident_id"] = crimes["crime_id"]
    crimes[["easting_m", "northing_m"]] = 0.0
    for name in ("committed_from_at", "committed_to_at", "committed_from_local", "committed_to_local"):
        crimes[name] = pd.Timestamp("2024-01-01")
    features = pd.DataFrame(FEATURES, columns=["crime_id", "item_code", "value_code", "value_source", "day"])
    features["captured_at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(features.pop("day"), unit="D")
    with warehouse.connect() as connection:
        for table, frame in (("stg_crimes", crimes), ("stg_mo_features", features)):
            connection.register("rows", frame)
            connection.execute(f"create table staging.{table} as from rows")
        connection.execute(
            "create table staging.stg_offender_crimes as "
            "select 'P' as person_id, 'C1' as crime_id, 'A' as label_strength, 'conviction' as link_basis"
        )
    return linkage_frames(warehouse)


def test_a_recorded_field_wins_over_a_rule_and_the_later_recording_over_the_earlier(frames: LinkageFrames):
    assert frames.crimes["entry_point"].tolist() == ["front_door", "front_door", NOT_APPLICABLE]


def test_a_multi_valued_item_keeps_every_value_of_its_strongest_source(frames: LinkageFrames):
    assert frames.crimes["property_class_taken"].iloc[0] == ("cash", "phone")


def test_unknown_is_missing_and_what_a_group_is_never_asked_is_not_applicable(frames: LinkageFrames):
    assert frames.crimes["property_class_taken"].iloc[1] is None
    assert frames.crimes["approach"].tolist() == [NOT_APPLICABLE, NOT_APPLICABLE, "confront"]


def test_items_are_those_that_somebody_recorded(frames: LinkageFrames):
    assert frames.items == ("approach", "entry_point", "property_class_taken")


def test_some_other_tool_is_no_tool_that_two_crimes_share(frames: LinkageFrames):
    # C3's control method was recorded as `other`, and nothing else of that item was: it is no evidence at all.
    assert "control_method" not in frames.crimes


def test_what_was_never_asked_is_missing_for_the_sampler(frames: LinkageFrames):
    crimes = without_not_applicable(frames.crimes, ["approach"])
    assert crimes["approach"].isna().tolist() == [True, True, False]


def test_an_item_that_a_model_asks_for_and_nobody_recorded_is_missing(frames: LinkageFrames):
    assert with_items(frames.crimes, ["escape", "approach"])["escape"].isna().all()
