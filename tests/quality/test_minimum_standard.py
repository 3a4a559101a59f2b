import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from quality.errors import ProtectedFeature, QualityError, StandardError
from quality.minimum_standard import (
    DROPPED_TIER,
    STANDARD_FILE,
    ExpectedItem,
    MinimumStandard,
    Side,
    load_minimum_standard,
    standard_from_document,
)
from quality.standard_document import DIMENSIONS, check_document

GROUPS = {
    "burglary_residential": "entry_point entry_method tool_used occupied search_style property_class_taken "
    "keys_then_car forensic_trace",
    "robbery_personal": "approach control_method weapon_type n_offenders disguise target_activity "
    "property_class_taken escape",
    "theft_from_person": "approach target_activity property_class_taken n_offenders disguise escape "
    "offender_vehicle forensic_trace",
    "theft_from_vehicle": "entry_method tool_used search_style property_class_taken where_parked "
    "vehicle_model_class security_overcome forensic_trace",
    "theft_of_vehicle": "entry_method keyless where_parked vehicle_model_class tool_used security_overcome "
    "offender_vehicle forensic_trace",
    "vehicle_interference": "entry_method tool_used where_parked vehicle_model_class damage_level "
    "security_overcome n_offenders forensic_trace",
}


def _document() -> Any:
    return yaml.safe_load(STANDARD_FILE.read_text(encoding="utf-8"))


def _load(document: Any) -> MinimumStandard:
    check_document(document)
    return standard_from_document(document)


@pytest.mark.parametrize("group", GROUPS)
def test_each_crime_group_asks_for_its_eight_items(standard: MinimumStandard, group: str) -> None:
    items = standard.items_for(group)
    assert {entry.item_code for entry in items} == set(GROUPS[group].split())
    assert len(items) == 8
    tiers = [entry.tier for entry in items]
    assert tiers == sorted(tiers), "the order of priority follows the tiers"


def test_one_crime_can_be_asked_about_in_under_two_minutes(standard: MinimumStandard) -> None:
    for group in standard.crime_groups:
        assert sum(standard.items[entry.item_code].seconds for entry in standard.items_for(group)) < 120


def test_each_group_and_role_is_asked_eight_to_twelve_items_in_all_within_two_minutes(
    standard: MinimumStandard,
) -> None:
    for group in standard.crime_groups:
        together = {item.item_code for role in standard.roles for item in standard.asked(group, role)}
        assert 8 <= len(together) <= 12
        for role in standard.roles:
            items = standard.asked(group, role)
            assert items, f"{role} has nothing to say of {group}"
            assert sum(item.seconds for item in items if item.tier <= 2) <= 120
            assert sum(item.seconds for item in items) <= 120, "with the opportunistic ones too"


def test_what_is_asked_stands_in_order_of_priority_with_expected_before_trial(standard: MinimumStandard) -> None:
    for group in standard.crime_groups:
        for role in standard.roles:
            order = [(item.tier, item.is_trial) for item in standard.asked(group, role)]
            assert order == sorted(order)
    expected = {entry.item_code for entry in standard.items_for("burglary_residential")}
    asked = {item.item_code: item for item in standard.asked("burglary_residential", "officer")}
    assert set(asked) - expected == {"property_ignored", "offender_vehicle", "approach", "weapon_type"}
    assert all(asked[code].is_trial and asked[code].tier == 3 for code in set(asked) - expected)


def test_each_role_is_asked_what_it_can_know_in_its_own_words(standard: MinimumStandard) -> None:
    for group in standard.crime_groups:
        victim, csi = ({item.item_code for item in standard.asked(group, role)} for role in ("victim", "csi"))
        assert "forensic_trace" not in victim
        assert "forensic_trace" in csi
        assert not csi & {"approach", "control_method", "disguise", "n_offenders", "target_activity", "escape"}
    words = {role: standard.asked("burglary_residential", role)[0].question for role in standard.roles}
    assert words == {
        "victim": "How did they get in, or try to?",
        "call_taker": "How did they get in, or try to?",
        "officer": "How did they get in?",
        "csi": "Which method of entry do the marks show?",
    }


def test_a_role_says_how_its_records_are_marked(standard: MinimumStandard) -> None:
    assert tuple(standard.roles) == ("victim", "call_taker", "officer", "csi")
    assert standard.roles["victim"].captured_by == "victim_online"
    assert {role.value_source for role in standard.roles.values()} <= set(standard.structured_sources)
    with pytest.raises(StandardError, match="role: 'victims' is not known; nearest is 'victim'"):
        standard.asked("burglary_residential", "victims")


def test_every_item_has_a_question_a_hint_a_reason_and_a_meaning(standard: MinimumStandard) -> None:
    for item in standard.items.values():
        assert item.question.endswith("?")
        assert all(words.endswith("?") for words in item.questions.values())
        assert item.hint.endswith(".")
        assert item.why.endswith(".")
        assert item.describes in ("act", "target", "means", "traces")


def test_a_crime_group_chooses_from_the_values_that_fit_it_and_the_others_stay_valid(standard: MinimumStandard) -> None:
    asked = {item.item_code: item for item in standard.asked("burglary_residential", "officer")}
    assert "relay_keyless" not in asked["entry_method"].value_labels
    assert "lock_snap" in asked["entry_method"].value_labels
    vehicle = {item.item_code: item for item in standard.asked("theft_of_vehicle", "officer")}
    assert "relay_keyless" in vehicle["entry_method"].value_labels
    codes = standard.code_list()
    burglary = codes[(codes["crime_group"] == "burglary_residential") & (codes["item_code"] == "entry_method")]
    assert "relay_keyless" in set(burglary["value_code"])
    for group in standard.crime_groups:
        for item in standard.asked(group, "officer"):
            assert set(item.exclusive) <= set(item.value_labels)
            assert 2 <= len(item.value_labels) <= 23
            for side in item.applies_when:
                offered = standard.items[side.field].values_offered(group)
                assert set(side.codes) <= set(offered), "a condition that no answer can meet"


def test_a_condition_rules_out_only_what_it_cannot_be() -> None:
    one_of = Side("occupied", ("occupied_awake", "occupied_asleep"), is_exception=False)
    assert one_of.is_possible(["occupied_awake"])
    assert not one_of.is_possible(["vacant"])
    assert one_of.is_possible([]), "what is not known rules nothing out"
    any_but = Side("property_class_taken", ("none",), is_exception=True)
    assert any_but.is_possible(["none", "cash"]), "one value of several is enough"
    assert not any_but.is_possible(["none"])


def test_all_conditions_of_an_item_must_be_possible() -> None:
    document = _document()
    document["items"]["weapon_type"]["applies_when"] = [{"field": "is_attempt", "values": ["false"]}]
    entries = {entry.item_code: entry for entry in _load(document).crime_groups["burglary_residential"].asked}
    weapon = entries["weapon_type"]
    assert [side.field for side in weapon.applies_when] == ["is_attempt", "occupied"], "general, then the group's own"
    awake, asleep = {"occupied": ["occupied_awake"]}, {"occupied": ["occupied_asleep"]}
    assert weapon.applies({})
    assert weapon.applies(awake)
    assert weapon.applies({**awake, "is_attempt": ["false"]})
    assert not weapon.applies({**awake, "is_attempt": ["true"]})
    assert not weapon.applies({**asleep, "is_attempt": ["false"]})
    assert entries["entry_point"].applies(asleep), "an item without a condition always applies"


def test_a_dropped_item_is_neither_asked_nor_expected_but_its_codes_stay_valid() -> None:
    document = _document()
    escape = document["crime_groups"]["robbery_personal"]["items"][-1]
    assert escape["item"] == "escape"
    escape["tier"] = DROPPED_TIER
    standard = _load(document)
    assert "escape" not in {entry.item_code for entry in standard.items_for("robbery_personal")}
    assert "escape" not in {item.item_code for item in standard.asked("robbery_personal", "officer")}
    codes = standard.code_list()
    dropped = codes[(codes["item_code"] == "escape") & (codes["crime_group"] == "robbery_personal")]
    assert set(dropped["tier"]) == {4}
    assert "on_foot" in set(dropped["value_code"])


def test_priority_follows_the_tiers_however_the_file_is_ordered() -> None:
    document = _document()
    document["crime_groups"]["robbery_personal"]["items"].reverse()
    tiers = [entry.tier for entry in _load(document).items_for("robbery_personal")]
    assert tiers == [1, 1, 1, 1, 1, 2, 2, 3]


def test_the_fingerprint_is_of_the_content_not_of_its_layout(standard: MinimumStandard) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", standard.fingerprint)
    document = _document()
    turned = {key: document[key] for key in reversed(document)}
    assert _load(turned).fingerprint == standard.fingerprint
    document["items"]["keyless"]["seconds"] = 6
    assert _load(document).fingerprint != standard.fingerprint


def test_the_four_null_codes_are_kept_apart(standard: MinimumStandard) -> None:
    assert standard.counted_nulls == ("not_recorded", "unknown")
    assert standard.waiving_nulls == ("not_applicable", "refused")


def test_code_list_holds_each_code_once_per_group_with_null_codes_and_the_tier_of_the_group(
    standard: MinimumStandard,
) -> None:
    codes = standard.code_list()
    assert list(codes.columns) == ["item_code", "value_code", "crime_group", "tier"]
    assert not codes.duplicated(["item_code", "value_code", "crime_group"]).any()
    assert not codes.isna().any().any()
    keyless = codes[(codes["item_code"] == "keyless") & (codes["crime_group"] == "theft_of_vehicle")]
    assert set(keyless["value_code"]) == {"yes", "no", "not_recorded", "unknown", "not_applicable", "refused"}
    assert set(keyless["tier"]) == {1}
    elsewhere = codes[(codes["item_code"] == "keyless") & (codes["crime_group"] == "theft_from_vehicle")]
    assert set(elsewhere["tier"]) == {3}, "not among the eight of that group"
    assert codes["item_code"].nunique() == 22


def test_every_code_is_text_in_lower_snake_case(standard: MinimumStandard) -> None:
    codes = standard.code_list()
    for column in ("item_code", "value_code", "crime_group"):
        assert codes[column].map(lambda code: bool(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", code))).all()


def test_a_target_stands_for_every_dimension_and_tier(standard: MinimumStandard) -> None:
    for dimension in DIMENSIONS:
        shares = [standard.target(dimension, tier) for tier in sorted(standard.tiers)]
        assert all(0 < share <= 1 for share in shares)
        assert shares == sorted(shares, reverse=True), "a higher tier is held to no less"


def test_an_unknown_crime_group_is_answered_with_the_nearest() -> None:
    with pytest.raises(StandardError, match="nearest is 'burglary_residential'"):
        load_minimum_standard().items_for("burglary_resident")


def _break(path: str, value: Any) -> Any:
    document = _document()
    *parents, last = path.split("/")
    node = document
    for key in parents:
        node = node[int(key) if key.isdigit() else key]
    node[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("item", {}, "the file: key 'item' is not known; nearest is 'items'"),
        ("items/keyless/qestion", "?", "items.keyless: key 'qestion' is not known; nearest is 'question'"),
        ("items/keyless/seconds", True, "items.keyless.seconds: expected int or float, got bool True"),
        ("items/keyless/seconds", 0, "items.keyless.seconds: expected more than 0, got 0"),
        ("items/keyless/multi", "no", "items.keyless.multi: expected bool, got str 'no'"),
        ("items/keyless/values", {}, "items.keyless.values: expected at least one code"),
        ("items/keyless/values", {True: "Yes"}, "code True was read as bool; put it in quotes"),
        ("items/keyless/values", {"Yes": "Yes"}, "code 'Yes' is not lower_snake_case"),
        ("items/keyless/values", {"unknown": "?"}, "'unknown' is a null code"),
        ("items/keyless/exclusive", ["no"], "only an item with multi: true"),
        ("items/keyless/crime_groups", "some", "expected all or a list, got 'some'"),
        ("items/keyless/crime_groups", ["theft_of_vehicel"], "nearest is 'theft_of_vehicle'"),
        ("items/tool_used/unspecific", ["unknown_tol"], "nearest is 'unknown_tool'"),
        ("crime_groups/robbery_personal/items/0", {"item": "aproach", "tier": 1}, "nearest is 'approach'"),
        ("crime_groups/robbery_personal/items/0", {"item": "keyless", "tier": 1}, "does not apply"),
        ("crime_groups/robbery_personal/items/0", {"item": "escape", "tier": 1}, "'escape' stands twice"),
        ("crime_groups/robbery_personal/items/0", {"item": "approach", "tier": 7}, "'7' is not known"),
        ("targets/completeness", 1.2, "targets.completeness: expected a share from 0 to 1, got 1.2"),
        ("targets/completeness", {1: 0.9}, "targets.completeness: tier 2 is missing"),
        ("targets/completness", 0.9, "nearest is 'completeness'"),
        ("tiers/1/weight", 0, "tiers.1.weight: expected more than 0"),
        ("tiers/4", {"label": "Drop", "weight": 1, "severity": "warn"}, "tiers: expected 1, 2, 3, got 1, 2, 3, 4"),
        ("tiers/1/severity", "fatal", "tiers.1.severity: expected error or warn, got 'fatal'"),
        ("limits/least_expected", 1.5, "limits.least_expected: expected int, got float 1.5"),
        ("consistency/relay_without_keyless/item", "keyles", "nearest is 'keyless'"),
        (
            "consistency/relay_without_keyless/first",
            {"field": "keyless", "values": ["nein"]},
            "'nein' is not known",
        ),
        ("consistency/relay_without_keyless/first", {"field": "keyless"}, "expected either values or except"),
        ("version", 1.0, "version: expected str, got float 1.0"),
        ("limits/default_seconds", -1.5, "limits.default_seconds: expected more than 0, got -1.5"),
        ("limits/least_shown", 0, "limits.least_shown: expected more than 0, got 0"),
        ("null_codes/unsure", {"label": "?", "expected": True}, "null_codes: key 'unsure' is not known"),
        ("null_codes", {}, "null_codes: key 'not_recorded' is missing; add it"),
        ("items/keyless/question", " ", "items.keyless.question: expected words, got ' '"),
        ("crime_groups/theft_from_person/items", [], "theft_from_person.items: expected at least one item, got none"),
        ("consistency/relay_without_keyless/first/values", [], "first.values: expected at least one code, got none"),
        ("version", "one", "version: expected two numbers as in '1.0', got 'one'"),
        ("roles/victim/capturedby", "x", "roles.victim: key 'capturedby' is not known; nearest is 'captured_by'"),
        ("items/keyless/roles", ["victm"], "items.keyless.roles: 'victm' is not known; nearest is 'victim'"),
        ("items/keyless/roles", "nobody", "items.keyless.roles: expected all or a list, got 'nobody'"),
        ("items/keyless/roles", ["csi"], "items.keyless.questions: 'call_taker' is not among the item's roles"),
        ("items/keyless/roles", [1], "items.keyless.roles: 1 was read as int; put it in quotes"),
        ("items/keyless/questions/officr", "?", "items.keyless.roles: 'officr' is not known; nearest is 'officer'"),
        ("items/keyless/questions/csi", 5, "items.keyless.questions.csi: expected str, got int 5"),
        ("items/keyless/describes", "acts", "items.keyless.describes: 'acts' is not known; nearest is 'act'"),
        ("items/keyless/not_offered", {"theft_of_vehicel": ["no"]}, "nearest is 'theft_of_vehicle'"),
        ("items/keyless/not_offered", {"theft_of_vehicle": ["non"]}, "theft_of_vehicle: 'non' is not known"),
        ("items/keyless/not_offered", {"theft_of_vehicle": "no"}, "expected list, got str 'no'"),
        ("items/keyless/hint", ["a"], "items.keyless.hint: expected str, got list ['a']"),
        (
            "items/keyless/applies_when",
            [{"field": "entry_methd", "values": ["insecure"]}],
            "keyless.applies_when.field: 'entry_methd' is not known; nearest is 'entry_method'",
        ),
        ("items/keyless/applies_when", [{"field": "escape", "values": ["car"]}], "'escape' is not known"),
        ("items/keyless/applies_when", [{"field": "entry_method"}], "expected either values or except"),
        ("items/keyless/applies_when", [{"field": "entry_method", "values": ["open"]}], "'open' is not known"),
        ("items/keyless/applies_when", [{"field": "entry_method", "values": [True]}], "True was read as bool"),
        ("items/keyless/applies_when", [{"field": "keyless", "values": ["no"]}], "'keyless' asks about itself"),
        ("items/keyless/applies_when", ["entry_method"], "items.keyless.applies_when: expected dict, got str"),
        ("crime_groups/robbery_personal/trial/0", {"item": "escape"}, "'escape' stands twice"),
        ("crime_groups/robbery_personal/trial/0", {"item": "escape", "tier": 3}, "key 'tier' is not known"),
        ("crime_groups/robbery_personal/items/0", {"item": "approach", "tier": 0}, "'0' is not known"),
    ],
)
def test_a_fault_in_the_file_is_named_with_its_key_and_the_nearest_valid_one(
    path: str, value: Any, message: str
) -> None:
    with pytest.raises(StandardError, match=re.escape(message)) as caught:
        _load(_break(path, value))
    assert "\n" not in str(caught.value)


def _places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    branches = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in branches:
        yield from _places(child, (*place, key))


ODD: tuple[Any, ...] = (None, [], {}, 5, -1.5, "x", True, [{}], [[1]], {"a": 1}, "", {1: 2}, [None])


def test_whatever_stands_anywhere_in_the_file_is_taken_or_refused_in_one_line() -> None:
    document = _document()
    places = list(_places(document))[1:]
    rng = np.random.default_rng(4)
    refusals = []
    for place in (places[i] for i in rng.choice(len(places), 250, replace=False)):
        node = document
        for key in place[:-1]:
            node = node[key]
        kept, node[place[-1]] = node[place[-1]], ODD[rng.integers(len(ODD))]
        try:
            _load(document)
        except QualityError as error:
            refusals.append(str(error))
        node[place[-1]] = kept
    assert len(refusals) > 150, "most of it is nonsense"
    assert not [text for text in refusals if "\n" in text or not text]
    _load(document)


def test_a_missing_key_is_named() -> None:
    document = _document()
    del document["items"]["keyless"]["why"]
    with pytest.raises(StandardError, match=r"items.keyless: key 'why' is missing"):
        _load(document)


def test_a_protected_characteristic_cannot_become_an_item() -> None:
    document = _document()
    document["items"]["offender_ethnicity"] = document["items"].pop("property_ignored")
    with pytest.raises(ProtectedFeature, match="offender_ethnicity"):
        _load(document)


def test_a_protected_characteristic_is_refused_under_any_code_by_wording_and_by_meaning() -> None:
    for key, value, betrayed_by in (
        ("label", "Ethnic appearance", "its label"),
        ("question", "What was their nationality?", "its question"),
        ("questions", {"csi": "Which sex does the trace point to?"}, "its question"),
        ("values", {"v1": "Spoke with an accent"}, "its value"),
        ("describes", "person", "describes 'person'"),
        ("describes", "recording", "describes 'recording'"),
    ):
        document = _document()
        document["items"]["x1"] = {**document["items"]["damage_level"], key: value}
        with pytest.raises(ProtectedFeature, match=f"'x1'.*{betrayed_by}"):
            _load(document)


def test_errors_name_the_file_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "standard.yaml"
    broken.write_text("version: '1'\nversion: '2'\n")
    with pytest.raises(StandardError, match=r"standard.yaml: line 2: key 'version' stands twice"):
        load_minimum_standard(broken)
    broken.write_text("items: [")
    with pytest.raises(StandardError, match="is not YAML") as caught:
        load_minimum_standard(broken)
    assert "\n" not in str(caught.value)
    with pytest.raises(StandardError, match="cannot be read"):
        load_minimum_standard(tmp_path / "absent.yaml")
    broken.write_bytes(b"version: '\xff'")
    with pytest.raises(StandardError, match="not YAML in UTF-8"):
        load_minimum_standard(broken)
    broken.write_text("- a list")
    with pytest.raises(StandardError, match="the file: expected dict, got list"):
        load_minimum_standard(broken)


def test_the_standard_cannot_be_changed(standard: MinimumStandard) -> None:
    with pytest.raises(AttributeError):
        standard.version = "2"  # type: ignore[misc]  # the point of the test
    assert standard.items_for("robbery_personal")[0] == ExpectedItem("approach", 1)
