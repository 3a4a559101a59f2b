import pytest

from quality.errors import ProtectedFeature
from quality.features import refuse_protected
from quality.minimum_standard import MinimumStandard


@pytest.mark.parametrize(
    "item",
    [
        "age",
        "victim_age",
        "suspect_ethnicity",
        "Ethnicity",
        "victimSex",
        "religion",
        "is_disabled",
        "nationality",
        "match_language",
        "accent",
        "offender_dress",
        "surname",
        "victim_name",
        "person_id",
        "hair_colour",
        "height",
        "beat",
        "beat_code",
        "area_code",
        "OfficerID",
        "officer-collar-number",
        "outcome_code",
        "is_solved",
        "captured_by",
        "home_address",
        "gender_of_person_in_vehicle",
        "victim_age_vehicle_keeper_sex",
    ],
)
def test_what_describes_a_person_or_a_place_is_refused(item: str) -> None:
    with pytest.raises(ProtectedFeature, match="not allowed as evidence"):
        refuse_protected([item])


@pytest.mark.parametrize(
    "item",
    [
        "distance_km",
        "gap_days",
        "tod_gap_hours",
        "dow_gap_days",
        "match_entry_point",
        "vehicle_age_band",
        "vehicle_colour",
        "fence_height",
        "alarm_disabled",
        "damage_level",
        "search_style",
        "mo1",
        "stage",
    ],
)
def test_what_describes_behaviour_or_a_thing_passes(item: str) -> None:
    refuse_protected([item])


def test_every_item_of_the_standard_passes(standard: MinimumStandard) -> None:
    refuse_protected(standard.items)
    refuse_protected(f"match_{item}" for item in standard.items)


def test_the_error_names_every_refused_item_and_its_ground_in_one_line() -> None:
    with pytest.raises(ProtectedFeature) as caught:
        refuse_protected(["entry_point", "suspect_accent", "beat_code"])
    text = str(caught.value)
    assert "'beat_code' is place or recording, not behaviour" in text
    assert "'suspect_accent' is" in text
    assert "entry_point" not in text
    assert "\n" not in text
