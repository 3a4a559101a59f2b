import pytest

from quality.errors import ProtectedFeature
from quality.features import (
    MEANINGS,
    Wording,
    refuse_protected,
    refuse_protected_codes,
    refuse_protected_items,
)
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
        # camel case, acronyms, plurals, numbers, hyphens, spaces, words run together
        "VictimAge",
        "victimDOB",
        "SUSPECTName",
        "ethnicities",
        "races",
        "nationalities",
        "disabilities",
        "age2",
        "suspect-sex",
        "Home Language",
        "victimage",
        "offenderSex",
        "perpetratorages",
        # full width, accents, soft hyphen, Cyrillic and Greek look-alikes
        "\uff45\uff54\uff48\uff4e\uff49\uff43\uff49\uff54\uff59",
        "\u00e9thnicity",
        "ethni\u00adcity",
        "vict\u200bim_age",
        "\u0435thni\u0441ity",
        "s\u0435\u0445",
        "\u0391ge",
        "\u0431\u044b\u043b",  # no Latin word at all: what cannot be read cannot be judged
        # of somebody, although a thing stands in the name
        "vehicle_keeper_age",
        "colour_of_skin_in_car",
        "age_of_driver_of_vehicle",
        "alarm_call_accent",
        # what such an item would hold
        "is_male",
        "asian_offender",
        "ic1",
        "ic_code",
        "eastern_european_crew",
        "hate_crime",
        "racially_aggravated",
        "elderly_target",
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
        "age_of_vehicle",
        "colour_of_the_car",
        "CameraDisabled",
        "white_van",
        "white_goods",
        "child_lock",
        "euro_cylinder",
        "passage",
        "manhole",
        "message",
        "package",
        "trace",
        "terrace",
        "brace_of_offenders",
        "premises",
        "offenders",
        "victims_door",
        "gap_premium",
        "cultivation",
        "message_pretext",
        "sextant",
        "namespace",
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


EVIDENCE = (
    "distance_km gap_days tod_gap_hours dow_gap_days distance_km_near gap_days_spread window_hours crowding "
    "match_premises_type match_taken_from_vehicle match_mo1 shared_items n_shared same_street_km"
)


def test_every_evidence_column_and_every_code_of_the_standard_passes_by_itself(standard: MinimumStandard) -> None:
    refuse_protected(EVIDENCE.split())
    refuse_protected_codes({code: tuple(item.value_labels) for code, item in standard.items.items()})


def _wording(label: str = "Mark", question: str = "Which mark?", describes: str = "act", **values: str) -> Wording:
    return Wording(label, question, values or {"v1": "First", "v2": "Second"}, describes)


@pytest.mark.parametrize(
    ("wording", "betrayed_by"),
    [
        (_wording(label="Ethnic appearance"), "label 'Ethnic appearance'"),
        (_wording(label="\u0415thnic app\u0435arance"), "label"),
        (_wording(label="\uff25\uff54\uff48\uff4e\uff49\uff43 \uff4f\uff52\uff49\uff47\uff49\uff4e"), "label"),
        (_wording(v1="Soci\u00e9t\u00e9", v2="\u00c2sian"), "value"),
        (_wording(label="Beat code"), "label 'Beat code'"),
        (_wording(label="Officer's collar number"), "label"),
        (_wording(label="Outcome"), "label 'Outcome'"),
        (_wording(question="What accent did they speak with?"), "question"),
        (_wording(question="How old were they, by age band?"), "question"),
        (_wording(question="Was it a man or a woman?"), "question"),
        (_wording(question="What were they dressed in, which clothes?"), "question"),
        (_wording(asian_male="Sort one", white_male="Sort two"), "value 'asian_male'"),
        (_wording(v1="White", v2="Black"), "value 'White'"),
        (_wording(v1="IC1", v2="IC3"), "value 'IC1'"),
        (_wording(v1="Headscarf or niqab"), "value"),
        (_wording(v1="Spoke a foreign language"), "value"),
        (_wording(v1="Person aged over 60"), "value"),
        (_wording(v1="Muslims"), "value 'Muslims'"),
    ],
)
def test_an_innocent_code_is_refused_by_its_wording(wording: Wording, betrayed_by: str) -> None:
    with pytest.raises(ProtectedFeature) as caught:
        refuse_protected_items({"entry_point": _wording(), "x1": wording})
    text = str(caught.value)
    assert betrayed_by in text
    assert "'x1'" in text
    assert "entry_point" not in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "wording",
    [
        _wording(label="Colour of the vehicle", v1="Vehicle: white"),
        _wording(label="Damage", v1="Minor", v2="Major"),
        _wording(question="Which area of the home did they search?"),
        _wording(question="Did an officer or another person at the station see the vehicle?"),
        _wording(v1="Country lane", v2="Outside a school"),
        _wording(v1="Posed as a police officer", v2="Asked two people for the time"),
        _wording(v1="Alarm disabled", v2="Camera disabled or covered"),
        _wording(v1="White van", v2="Patio or French door"),
    ],
)
def test_ordinary_words_raise_no_false_alarm(wording: Wording) -> None:
    refuse_protected_items({"x1": wording})


def test_colours_are_values_of_a_thing_and_not_of_a_person() -> None:
    colours = {"black": "Black", "white": "White"}
    refuse_protected_items({"vehicle_colour": _wording(label="Vehicle colour", **colours)})
    with pytest.raises(ProtectedFeature, match="value 'black'"):
        refuse_protected_items({"x1": _wording(**colours)})
    with pytest.raises(ProtectedFeature, match="label 'Age'"):
        refuse_protected_items({"vehicle_driver": _wording(label="Age")})


@pytest.mark.parametrize("meaning", ["person", "place", "recording"])
def test_what_declares_that_it_describes_no_behaviour_is_refused_whatever_its_name(meaning: str) -> None:
    with pytest.raises(ProtectedFeature, match=f"'mo7' declares that it describes '{meaning}'"):
        refuse_protected_items({"mo7": _wording(describes=meaning)})


@pytest.mark.parametrize("meaning", MEANINGS)
def test_what_declares_to_describe_behaviour_still_has_to_sound_like_it(meaning: str) -> None:
    refuse_protected_items({"mo7": _wording(describes=meaning)})
    with pytest.raises(ProtectedFeature, match="'suspect_race'"):
        refuse_protected_items({"suspect_race": _wording(describes=meaning)})


def test_the_items_of_a_force_are_refused_by_code_and_by_value() -> None:
    refuse_protected_codes({"mo1": None, "shoe_pattern": ("zigzag", "bars"), "taken_from_vehicle": ("contents",)})
    with pytest.raises(ProtectedFeature, match=r"'descr' is a protected characteristic by its value 'asian_male'"):
        refuse_protected_codes({"mo1": None, "descr": ("left_handed", "asian_male")})
    with pytest.raises(ProtectedFeature, match=r"'victim_age'.*'victim_sex'"):
        refuse_protected_codes({"victim_sex": None, "victim_age": None})


def test_items_as_plain_tuples_are_judged_alike() -> None:
    with pytest.raises(ProtectedFeature, match="by its label"):
        refuse_protected_items({"x1": ("Religion", "Which?", {"a": "A"}, "act")})
