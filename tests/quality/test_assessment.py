"""The whole assessment: each rule by hand, and what holds whatever was recorded."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.assessment import Assessment, assess
from quality.contracts import ContractResult, check_contract
from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard, Side
from quality.mo_findings import COLUMNS
from quality.mo_rules import rules_of

Frames = Callable[..., pd.DataFrame]
Assess = Callable[..., Assessment]
CELL = ["area_code", "crime_group", "month", "capture_role", "item_code", "dimension"]


def texts_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Values read from text: crime_id, item_code, value_code."""
    return pd.DataFrame(rows, columns=["crime_id", "item_code", "value_code"], dtype="str")


@pytest.fixture(scope="session")
def assessed(standard: MinimumStandard, features_of: Frames, properties_of: Frames) -> Assess:
    """Assess staged crimes; whatever is not given is empty."""

    def judge(crimes: pd.DataFrame, features: Any = None, properties: Any = None, texts: Any = None) -> Assessment:
        return assess(
            crimes,
            features_of() if features is None else features,
            properties_of() if properties is None else properties,
            texts_of() if texts is None else texts,
            standard,
        )

    return judge


@pytest.fixture(scope="session")
def broken(assessed: Assess, crimes_of: Frames, features_of: Frames) -> Callable[..., set[str]]:
    """Name the rules that one crime breaks for one item."""

    def names(item: str, *said: Any, text: Any = (), stolen: Any = None, **crime: Any) -> set[str]:
        features = features_of(*[("c1", *row) for row in said])
        texts = texts_of(*[("c1", *row) for row in text])
        findings = assessed(crimes_of(crime), features, stolen, texts).findings
        return set(findings.loc[findings["item_code"] == item, "rule"])

    return names


@pytest.mark.parametrize(
    ("said", "text", "rules"),
    [
        ((), (), {"not_asked"}),
        ((("entry_point", "not_recorded"),), (), {"not_asked"}),
        ((), (("entry_point", "rear_door"),), {"in_text_only"}),
        ((("entry_point", "not_recorded"),), (("entry_point", "rear_door"),), {"in_text_only"}),
        ((), (("entry_point", "other"),), {"not_asked"}),  # a text that says nothing specific tells nothing
        ((), (("entry_point", "unknown"),), {"not_asked"}),
        ((), (("entry_method", "climb"),), {"not_asked"}),
        ((("entry_point", "unknown"),), (), {"not_known"}),
        ((("entry_point", "unknown"),), (("entry_point", "rear_door"),), {"not_known"}),
        ((("entry_point", "refused"),), (), set()),
        ((("entry_point", "not_applicable"),), (), set()),
        ((("entry_point", "rear_door"),), (), set()),
        ((("entry_point", "rear_door", {"value_source": "text_rule"}),), (), {"not_asked"}),
        ((("entry_point", "other"),), (), {"coded_as_other"}),
        ((("entry_point", None, {"is_valid_code": False}),), (), {"not_in_list"}),
        ((("entry_point", "rear_door", {"captured_at": "2025-03-14 08:01"}),), (), {"recorded_late"}),
        ((("entry_point", "unknown", {"captured_at": "2025-03-14 08:01"}),), (), {"not_known"}),
        ((("entry_point", "other", {"captured_at": "2025-04-14"}),), (), {"coded_as_other", "recorded_late"}),
    ],
)
def test_each_rule_of_an_item_by_hand(broken: Any, said: Any, text: Any, rules: set[str]) -> None:
    assert broken("entry_point", *said, text=text) == rules


def test_a_rule_of_consistency_is_found_under_its_own_name(broken: Any, properties_of: Frames) -> None:
    assert broken("tool_used", ("tool_used", "brick_stone"), ("entry_method", "insecure")) == {
        "insecure_entry_with_tool"
    }
    assert broken("forensic_trace", ("forensic_trace", "dna"), ("forensic_trace", "none_found")) == {
        "several_exclusive"
    }
    taken = ("property_class_taken", "cash")
    assert broken("property_class_taken", taken, is_attempt=True, stolen=properties_of(("c1", "stolen"))) == {
        "attempt_with_property",
        "attempt_with_stolen_row",
    }


MIDNIGHT = {"committed_from_at": "2025-03-10 00:00", "committed_from_local": "2025-03-10 00:00"}


@pytest.mark.parametrize(
    ("item", "crime", "rules"),
    [
        ("committed_time", {}, set()),
        ("committed_time", {"committed_from_at": None}, {"no_time"}),
        ("committed_time", {"committed_to_at": "2025-03-10 19:00"}, {"out_of_order"}),
        ("committed_time", {"reported_at": "2025-03-10 21:00"}, {"out_of_order"}),
        ("committed_time", {**MIDNIGHT, "committed_to_at": "2025-03-10 00:00"}, {"default_midnight"}),
        ("committed_time", {"time_precision": "default_midnight"}, {"default_midnight"}),
        ("committed_time", {**MIDNIGHT, "committed_to_at": "2025-03-10 23:59"}, {"date_only"}),
        ("committed_time", {"time_precision": "date_only"}, {"date_only"}),
        # 24 h 1 min from eight in the evening; the report is a day later still
        (
            "committed_time",
            {"committed_to_at": "2025-03-11 20:01", "reported_at": "2025-03-12 08:00"},
            {"wide_window"},
        ),
        ("location", {}, set()),
        ("location", {"easting_m": None}, {"no_place"}),
        ("location", {"location_precision": "street"}, {"rough_place"}),
        ("location", {"location_precision": None}, set()),
        ("crime", {}, set()),
        ("crime", {"recorded_at": "2025-03-11 07:59"}, {"recorded_before_report"}),
        ("crime", {"recorded_at": None}, set()),
    ],
)
def test_each_rule_of_a_crime_by_hand(broken: Any, item: str, crime: dict[str, Any], rules: set[str]) -> None:
    assert broken(item, **crime) == rules


def test_mo_written_down_before_the_crime_contradicts_it(broken: Any) -> None:
    early = ("entry_point", "rear_door", {"captured_at": "2025-03-10 19:59"})
    assert broken("crime", early) == {"captured_before_crime"}
    assert broken("crime", ("entry_point", "rear_door", {"captured_at": "2025-03-10 20:00"})) == set()
    assert broken("crime", ("entry_point", "unknown", {"captured_at": "2025-03-10 19:59"})) == set()


def test_a_duplicate_is_found_across_areas_of_the_code(
    assessed: Assess, crimes_of: Frames, features_of: Frames
) -> None:
    said = [("entry_point", "garage"), ("entry_method", "climb"), ("occupied", "vacant")]
    crimes = crimes_of({}, {"crime_id": "c2", "area_code": "A2", "recorded_at": "2025-03-12 09:00"})
    found = assessed(crimes, features_of(*[(crime, *pair) for crime in ("c1", "c2") for pair in said]))
    twice = found.findings[found.findings["rule"] == "duplicate_crime"]
    assert twice["crime_id"].tolist() == ["c2"]
    card = found.scorecard[found.scorecard["dimension"] == "uniqueness"]
    assert dict(zip(card["area_code"], card["n_met"], strict=True)) == {"A1": 1, "A2": 0}


@pytest.fixture(scope="session")
def conditional(standard: MinimumStandard) -> MinimumStandard:
    """Give a standard that asks burgled people for the tool of a full offence, unless the entry was insecure."""
    group = standard.crime_groups["burglary_residential"]
    conditions = (Side("entry_method", ("insecure",), True), Side("is_attempt", ("false",), False))
    entries = [
        dataclasses.replace(entry, applies_when=conditions if entry.item_code == "tool_used" else ())
        for entry in group.entries
    ]
    groups = {**standard.crime_groups, group.crime_group: dataclasses.replace(group, entries=tuple(entries))}
    return dataclasses.replace(standard, crime_groups=groups)


@pytest.mark.parametrize(
    ("said", "crime", "is_expected"),
    [
        ((("entry_method", "smash_glass"),), {}, True),
        ((("entry_method", "insecure"),), {}, False),
        ((("entry_method", "unknown"),), {}, True),  # a field that is not known rules nothing out
        ((), {}, True),
        ((), {"is_attempt": None}, True),
        ((("entry_method", "smash_glass"),), {"is_attempt": True}, False),
        ((("entry_method", "insecure"), ("tool_used", "brick_stone")), {}, True),  # recorded all the same: judged
    ],
)
def test_an_item_is_expected_unless_its_condition_is_known_to_fail(
    conditional: MinimumStandard,
    crimes_of: Frames,
    features_of: Frames,
    properties_of: Frames,
    said: Any,
    crime: dict[str, Any],
    is_expected: bool,
) -> None:
    features = features_of(*[("c1", *pair) for pair in said])
    found = assess(crimes_of(crime), features, properties_of(), texts_of(), conditional)
    card = found.scorecard[found.scorecard["dimension"] == "completeness"]
    assert ("tool_used" in set(card["item_code"])) is is_expected
    assert found.scores["n_expected"].iloc[0] == (8 if is_expected else 7)
    assert ("tool_used" in set(found.item_profile["item_code"])) is is_expected


def test_scores_say_what_the_text_would_add(assessed: Assess, crimes_of: Frames, features_of: Frames) -> None:
    # burglary: 20 points; entry_point 3 recorded, entry_method 3 and occupied 2 told, tool_used other but told 2
    features = features_of(("c1", "entry_point", "garage"), ("c1", "tool_used", "other"))
    texts = texts_of(
        ("c1", "entry_point", "rear_door"),
        ("c1", "entry_method", "climb"),
        ("c1", "occupied", "vacant"),
        ("c1", "tool_used", "crowbar_lever"),
        ("c9", "keys_then_car", "yes"),
    )
    row = assessed(crimes_of({}), features, texts=texts).scores.iloc[0]
    assert (row["n_recorded"], row["n_recoverable"]) == (1, 4)
    assert (row["score"], row["score_recoverable"]) == (15.0, 50.0)
    assert row["capture_role"] == "officer"


def test_recoverable_counts_what_either_the_field_or_the_text_says(
    assessed: Assess, crimes_of: Frames, features_of: Frames
) -> None:
    crimes = crimes_of(*[{"crime_id": f"c{i}"} for i in (1, 2, 3)])
    found = assessed(
        crimes, features_of(("c1", "entry_point", "garage")), texts=texts_of(("c2", "entry_point", "garage"))
    )
    card = found.scorecard[found.scorecard["item_code"] == "entry_point"].groupby("dimension")[["n_expected", "n_met"]]
    summed = card.sum()
    assert summed.loc["completeness"].tolist() == [3, 1]
    assert summed.loc["recoverable"].tolist() == [3, 2]
    gaps = found.findings[found.findings["item_code"] == "entry_point"]
    assert dict(zip(gaps["crime_id"], gaps["rule"], strict=True)) == {"c2": "in_text_only", "c3": "not_asked"}


def test_no_crimes_give_empty_tables_with_all_columns(assessed: Assess, crimes_of: Frames) -> None:
    found = assessed(crimes_of())
    assert [len(frame) for frame in found] == [0, 0, 0, 0]
    assert tuple(found.findings.columns) == COLUMNS
    assert list(found.scores.columns)[:3] == ["crime_id", "crime_group", "area_code"]


def test_crimes_of_which_nothing_is_known_are_judged_all_the_same(assessed: Assess, crimes_of: Frames) -> None:
    blank = dict.fromkeys(
        (
            *("crime_group", "area_code", "is_attempt", "committed_from_at", "committed_to_at", "committed_from_local"),
            *("committed_to_local", "time_precision", "reported_at", "recorded_at", "easting_m", "northing_m"),
            *("location_precision", "premises_type", "offence_code"),
        )
    )
    found = assessed(crimes_of(blank, {**blank, "crime_id": "c2", "crime_group": "arson"}))
    assert sorted(set(found.findings["rule"])) == ["no_place", "no_time"]
    assert len(found.findings) == 4
    assert found.scores["score"].isna().all()
    assert len(found.item_profile) == 0


def test_a_missing_column_is_named(assessed: Assess, crimes_of: Frames, features_of: Frames) -> None:
    with pytest.raises(FrameError, match="stg_crimes: column 'area_code' is missing"):
        assessed(crimes_of({}).drop(columns="area_code"))
    with pytest.raises(FrameError, match="mo_text_values: column 'value_code' is missing"):
        assessed(crimes_of({}), texts=texts_of().drop(columns="value_code"))


ITEMS = ("entry_point", "entry_method", "tool_used", "property_class_taken", "forensic_trace", "keyless")
VALUES = ("rear_door", "insecure", "other", "brick_stone", "cash", "none", "dna", "none_found", "unknown", "refused")
CRIME_ROWS = st.fixed_dictionaries(
    {
        "area_code": st.sampled_from(["A1", "A2", "A3", None]),
        "crime_group": st.sampled_from(["burglary_residential", "theft_of_vehicle", "arson", None]),
        "is_attempt": st.sampled_from([True, False, None]),
        "committed_from_local": st.sampled_from(["2025-03-10 00:00", "2025-04-10 20:00", None]),
        "recorded_at": st.sampled_from(["2025-03-11 09:00", "2025-03-01 09:00"]),
        "easting_m": st.sampled_from([450_000.0, None]),
    }
)
FEATURE_ROWS = st.tuples(
    st.integers(0, 6),
    st.sampled_from(ITEMS),
    st.sampled_from([*VALUES, "not_recorded", None]),
    st.fixed_dictionaries(
        {
            "captured_by": st.sampled_from(["officer", "csi", "call_taker", None]),
            "captured_at": st.sampled_from(["2025-03-11 10:00", "2025-05-11 10:00", "2025-01-01 10:00", None]),
            "value_source": st.sampled_from(["structured", "text_rule"]),
        }
    ),
)


@pytest.fixture(scope="session")
def assess_by_standard(standard: MinimumStandard) -> Assess:
    """Assess by the standard that ships; a failing example is printed with its arguments, and that one is long."""
    return lambda *frames, **how: assess(*frames, standard, **how)


@settings(max_examples=15, deadline=None)
@given(
    rows=st.lists(CRIME_ROWS, max_size=6),
    said=st.lists(FEATURE_ROWS, max_size=16),
    told=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(ITEMS), st.sampled_from(VALUES)), max_size=6),
    seed=st.integers(0, 2**16),
    crimes_at_once=st.integers(1, 4),
)
def test_what_holds_whatever_was_recorded(
    assess_by_standard: Assess,
    crimes_of: Frames,
    features_of: Frames,
    properties_of: Frames,
    rows: list[dict[str, Any]],
    said: list[tuple[int, str, str | None, dict[str, Any]]],
    told: list[tuple[int, str, str]],
    seed: int,
    crimes_at_once: int,
) -> None:
    crimes = crimes_of(*[{**row, "crime_id": f"c{i}"} for i, row in enumerate(rows)])
    features = features_of(*[(f"c{i}", item, v, {**how, "is_valid_code": v is not None}) for i, item, v, how in said])
    properties = properties_of(("c0", "stolen"), ("c1", "recovered"), ("c9", "stolen"))
    texts = texts_of(*[(f"c{i}", item, value) for i, item, value in told])
    found = assess_by_standard(crimes, features, properties, texts)

    # findings are what the scorecard counts as unmet, in the same cells
    unmet = found.scorecard.assign(n=found.scorecard["n_expected"] - found.scorecard["n_met"])
    unmet = unmet[(unmet["n"] > 0) & (unmet["dimension"] != "recoverable")].set_index(CELL)["n"]
    once = found.findings.drop_duplicates(["crime_id", "item_code", "dimension"])
    counted = once.groupby(CELL, dropna=False, observed=True).size()
    assert sorted(map(str, counted.items())) == sorted(map(str, unmet.items()))
    assert not found.findings.duplicated(["crime_id", "item_code", "rule"]).any()

    # every asked crime is in one state of its item
    states = ["n_value", "n_invalid", "n_not_recorded", "n_unknown", "n_not_applicable", "n_refused", "n_absent"]
    assert (found.item_profile[states].sum(axis=1) == found.item_profile["n_asked"]).all()
    assert (
        found.item_profile["n_text_only"]
        <= found.item_profile[["n_not_recorded", "n_absent"]].sum(axis=1)
        + found.item_profile[["n_not_applicable", "n_refused"]].sum(axis=1)
    ).all()
    # neither the order of rows nor the size of parts nor the kind of column makes a difference
    inputs = [frame.sample(frac=1, random_state=seed) for frame in (crimes, features, properties, texts)]
    coded = [frame.astype({"crime_id": "category"}) for frame in inputs]
    coded[1] = coded[1].astype(dict.fromkeys(("item_code", "value_code", "value_source", "captured_by"), "category"))
    for again in (assess_by_standard(*inputs), assess_by_standard(*coded, crimes_at_once=crimes_at_once)):
        for one, other in zip(found, again, strict=True):
            pd.testing.assert_frame_equal(one, other)


def test_parts_of_any_size_give_the_same_tables(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    rng = np.random.default_rng(5)
    rows = [
        {
            "crime_id": f"c{i:03}",
            "area_code": f"A{rng.integers(4)}",
            "committed_from_local": f"2025-0{rng.integers(1, 5)}-10 20:00",
        }
        for i in range(120)
    ]
    said = [(f"c{rng.integers(130):03}", ITEMS[rng.integers(6)], VALUES[rng.integers(10)]) for _ in range(500)]
    frames = (crimes_of(*rows), features_of(*said), properties_of(("c004", "stolen")), texts_of(*said[:90]))
    whole = assess(*frames, standard)
    dimensions = {name: rule.dimension for name, rule in rules_of(standard).items()}
    assert (whole.findings["rule"].astype(str).map(dimensions) == whole.findings["dimension"].astype(str)).all()
    for name, frame in zip(("mo_scores", "mo_scorecard", "mo_findings", "mo_item_profile"), whole, strict=True):
        assert check_contract(name, frame) == ContractResult(True, 0, ())
    for size in (1, 50, 120):
        for one, other in zip(whole, assess(*frames, standard, crimes_at_once=size), strict=True):
            pd.testing.assert_frame_equal(one, other)
