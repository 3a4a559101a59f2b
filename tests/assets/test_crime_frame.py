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
    ("C2", "tool_used", "other", "structured", 1),
    ("C1", "tool_used", "screwdriver", "structured", 1),
    ("C1", "tool_used", "other", "structured", 2),
    ("C2", "forensic_trace", "dna", "text_rule", 1),
    ("C1", "forensic_trace", "cctv", "text_rule", 1),
    ("C3", "damage_level", "minor", "text_rule", 1),
]
# crime, item, value, hedged
SAID = [
    ("C2", "search_style", "tidy", False),
    ("C1", "entry_point", "side_door", False),
    ("C2", "tool_used", "screwdriver", False),
    ("C3", "escape", "car", False),
    ("C1", "search_style", "whole_house", False),
    ("C1", "search_style", "untidy", True),
]
TEXT_VALUES = pd.DataFrame(SAID, columns=["crime_id", "item_code", "value_code", "is_hedged"]).assign(
    text_kind="mo", written_at=pd.Timestamp("2024-02-01"), span_start=0, span_end=4, rule="r"
)
# item, value, evidence; the row of an item, without a value, decides nothing
JUDGED = [
    ("search_style", None, True),
    ("search_style", "tidy", True),
    ("search_style", "untidy", True),
    ("search_style", "whole_house", False),
    ("entry_point", "side_door", True),
    ("tool_used", "screwdriver", True),
    ("escape", "car", False),
    ("forensic_trace", None, True),
    ("forensic_trace", "dna", True),
    ("forensic_trace", "cctv", False),
    ("damage_level", None, True),
]
PRECISION = pd.DataFrame(JUDGED, columns=["item_code", "value_code", "is_evidence"]).assign(
    n_both=100, n_agree=99, agreement=0.99, agreement_lower=0.95
)


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
        connection.execute("create table ops.current_refresh as select 'R2' as refresh_id")
    warehouse.replace("quality.mo_text_values", TEXT_VALUES)
    warehouse.replace("quality.mo_text_precision", PRECISION)
    return linkage_frames(warehouse)


def test_a_recorded_field_wins_over_a_rule_and_the_later_recording_over_the_earlier(frames: LinkageFrames):
    assert frames.crimes["entry_point"].tolist() == ["front_door", "front_door", NOT_APPLICABLE]


def test_a_multi_valued_item_keeps_every_value_of_its_strongest_source(frames: LinkageFrames):
    assert frames.crimes["property_class_taken"].iloc[0] == ("cash", "phone")


def test_unknown_is_missing_and_what_a_group_is_never_asked_is_not_applicable(frames: LinkageFrames):
    assert frames.crimes["property_class_taken"].iloc[1] is None
    assert frames.crimes["approach"].tolist() == [NOT_APPLICABLE, NOT_APPLICABLE, "confront"]


def test_items_are_those_that_somebody_recorded(frames: LinkageFrames):
    assert frames.items == (
        *("approach", "entry_point", "forensic_trace", "property_class_taken"),
        *("search_style", "tool_used"),
    )


def test_some_other_tool_is_no_tool_that_two_crimes_share(frames: LinkageFrames):
    # C3's control method was recorded as `other`, and nothing else of that item was: it is no evidence at all.
    assert "control_method" not in frames.crimes


def test_what_was_never_asked_is_missing_for_the_sampler(frames: LinkageFrames):
    crimes = without_not_applicable(frames.crimes, ["approach"])
    assert crimes["approach"].isna().tolist() == [True, True, False]


def test_an_item_that_a_model_asks_for_and_nobody_recorded_is_missing(frames: LinkageFrames):
    assert with_items(frames.crimes, ["escape", "approach"])["escape"].isna().all()


def test_text_speaks_where_no_field_does_and_never_over_one(frames: LinkageFrames):
    assert frames.crimes["search_style"].iloc[1] == "tidy"
    assert frames.crimes["entry_point"].iloc[0] == "front_door"  # the text says side_door


def test_what_a_text_says_in_doubt_is_no_evidence(frames: LinkageFrames):
    assert pd.isna(frames.crimes["search_style"].iloc[0])


def test_text_of_a_value_that_disagrees_with_the_fields_is_no_evidence(frames: LinkageFrames):
    assert "escape" not in frames.crimes


def test_a_value_that_disagrees_is_no_evidence_though_others_of_its_item_are(frames: LinkageFrames):
    assert pd.isna(frames.crimes["search_style"].iloc[0])  # C1: whole_house
    assert frames.crimes["search_style"].iloc[1] == "tidy"


def test_what_the_force_sends_as_read_from_text_is_held_to_the_same_agreement(frames: LinkageFrames):
    # C2's dna agrees with fields well enough, C1's cctv does not; nobody has judged minor damage.
    assert frames.crimes["forensic_trace"].tolist()[1] == ("dna",)
    assert pd.isna(frames.crimes["forensic_trace"].iloc[0])
    assert "damage_level" not in frames.crimes


def test_a_field_that_says_some_other_tool_leaves_the_word_to_the_text(frames: LinkageFrames):
    assert frames.crimes["tool_used"].iloc[1] == "screwdriver"


def test_a_tool_corrected_to_some_other_is_not_compared(frames: LinkageFrames):
    assert pd.isna(frames.crimes["tool_used"].iloc[0])


def test_text_of_an_earlier_refresh_is_not_read(tmp_path: Path, frames: LinkageFrames):
    warehouse = Warehouse(home=str(tmp_path))
    with warehouse.connect() as connection:
        connection.execute("update quality.mo_text_values set refresh_id = 'R1'")
    assert "search_style" not in linkage_frames(warehouse).crimes
