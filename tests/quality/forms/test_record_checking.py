"""Records are scored as crimes are, and everything odd about them is one line."""

import math
import random
import time
from typing import Any

import pandas as pd
import pytest

from quality.forms.record_checking import check_records, record_gaps
from quality.minimum_standard import MinimumStandard, standard_from_document
from quality.mo_scores import mo_scores
from quality.standard_document import read_document

RecordOf = Any
N_COMPARED = 300


def findings(standard: MinimumStandard, record: dict[str, Any]) -> list[str]:
    found: list[str] = check_records([record], standard)["findings"].iloc[0]
    return found


def test_a_record_is_scored_by_the_weights_of_its_tiers(standard: MinimumStandard, record_of: RecordOf) -> None:
    expected = [item for item in standard.asked("robbery_personal", "officer") if not item.is_trial]
    weights = {item.item_code: {1: 3, 2: 2, 3: 1}[item.tier] for item in expected}
    assert {"approach", "disguise", "escape"} <= set(weights)
    record = record_of(
        {"crime_group": "robbery_personal"}, approach="confront", disguise="hood", escape="other", weapon_type="unknown"
    )
    row = check_records([record], standard).iloc[0]
    # approach (tier 1) and disguise (tier 2) say something; "other" and "unknown" count as asked, not as recorded
    assert row["score"] == pytest.approx(100 * (3 + 2) / sum(weights.values()))
    assert (row["n_expected"], row["n_recorded"]) == (len(expected), 2)
    assert row["missing_items"].split(",") == [code for code in weights if code not in ("approach", "disguise")]


def test_an_item_that_does_not_apply_or_was_refused_is_not_expected(
    standard: MinimumStandard, record_of: RecordOf
) -> None:
    def expected(**answers: str) -> int:
        row = check_records([record_of(**answers)], standard).iloc[0]
        assert "entry_point" not in row["missing_items"] or "unknown" in answers.values()
        return int(row["n_expected"])

    everything = expected(entry_point="rear_door")
    assert expected(entry_point="refused") == expected(entry_point="not_applicable") == everything - 1
    assert expected(entry_point="unknown") == everything


def test_a_record_scores_what_its_crime_will_score_in_the_warehouse(
    standard: MinimumStandard, record_of: RecordOf, crimes_of: Any, features_of: Any
) -> None:
    """For roles that are asked everything that is expected, on answers drawn at random, all null codes among them."""
    draw = random.Random(11)
    whole = [
        (group, role)
        for group in standard.crime_groups
        for role in standard.roles
        if {entry.item_code for entry in standard.items_for(group)}
        <= {item.item_code for item in standard.asked(group, role)}
    ]
    assert len(whole) >= 6
    records, crimes, rows = [], [], []
    for number in range(N_COMPARED):
        group, role = draw.choice(whole)
        crime_id = f"c{number:03d}"
        answers = {}
        for item in standard.asked(group, role):
            codes = [*item.value_labels, *standard.null_codes]
            if draw.random() < 0.7:
                answers[item.item_code] = draw.sample(codes, draw.randint(1, 3) if item.is_multi else 1)
        kind = "report_reference" if role == "victim" else "crime_id"
        about = {"crime_group": group, "role": role, "reference": crime_id, "reference_kind": kind}
        records.append(record_of(about, **answers))
        crimes.append({"crime_id": crime_id, "crime_group": group})
        rows += [
            (crime_id, code, value, {"is_valid_code": True}) for code, values in answers.items() for value in values
        ]
    checked = check_records(records, standard)
    scores = mo_scores(crimes_of(*crimes), features_of(*rows), standard)
    # what a form leaves out because other answers rule it out, the warehouse may still hold; such items are on trial
    assert checked["n_expected"].tolist() == scores["n_expected"].tolist()
    assert checked["n_recorded"].tolist() == scores["n_recorded"].tolist()
    assert checked["missing_items"].tolist() == scores["missing_items"].tolist()
    pd.testing.assert_series_equal(checked["score"], scores["score"], rtol=1e-12)
    assert checked["score"].nunique() > 30


@pytest.mark.parametrize(
    ("changes", "answers", "message"),
    [
        (
            {},
            {"entry_point": "reardoor"},
            "entry_point: expected a code of its list, got 'reardoor'; nearest is 'rear_",
        ),
        ({}, {"entry_pont": "rear_door"}, "entry_pont: expected an item of the standard, got something else; nearest"),
        (
            {},
            {"control_method": "restrain"},
            "control_method: expected an item that applies to burglary_residential, g",
        ),
        ({}, {"entry_point": ["rear_door", "garage"]}, "entry_point: expected one value, got 2: rear_door, garage"),
        (
            {},
            {"entry_point": ["garage", "unknown"]},
            "entry_point: expected a value or a reason for none, got both: ga",
        ),
        ({"reference": ""}, {}, "reference: expected the reference of a report or crime, got nothing"),
        ({"committed_to": "2026-02-28T17:59"}, {}, "committed_to: expected not before committed_from 2026-02-28T18:00"),
        ({"colour": "red"}, {}, "'colour': expected no such key"),
        ({"committed_from": None, "committed_to": None}, {}, "answers: expected an answer, a note or a time, got none"),
        (
            {"committed_from": None, "committed_to": "2026-03-02T10:03"},  # saved on 1 March at 10:02 UTC
            {"entry_point": "garage"},
            "committed_to: expected not after the record was saved, got 2026-03-02T10:03; a refresh leaves it out",
        ),
        (
            {"answers": [{"item_code": 3, "values": ["x"], "is_fact": True}]},
            {},
            "answer 1: item_code: expected a lower",
        ),
        (
            {"answers": [{"item_code": "approach", "values": [], "is_fact": True}]},
            {},
            "answer 1: values: expected one to 50 different value codes, got []",
        ),
    ],
)
def test_what_is_odd_is_one_line_and_the_record_is_still_scored(
    standard: MinimumStandard, record_of: RecordOf, changes: dict[str, Any], answers: dict[str, Any], message: str
) -> None:
    record = {**record_of({}, **answers), **changes}
    (finding,) = findings(standard, record)
    assert finding.startswith(message)
    row = check_records([record], standard).iloc[0]
    assert row["is_readable"]
    assert not math.isnan(row["score"])


def test_two_answers_to_one_question_are_both_read_and_pointed_out(
    standard: MinimumStandard, record_of: RecordOf
) -> None:
    record = record_of(entry_point="rear_door")
    record["answers"] *= 2
    assert findings(standard, record) == [
        "entry_point: expected one answer, got another; both are read",
        "entry_point: expected one value, got 2: rear_door, rear_door",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "colink.mo_record/9"}, "schema: expected 'colink.mo_record/1', got 'colink.mo_record/9'"),
        ({"crime_group": "burglary"}, "crime group: 'burglary' is not known; nearest is 'burglary_residential'"),
        ({"role": "witness"}, "role: expected victim or call_taker or officer or csi, got 'witness'"),
        ({"answers": None}, "answers: expected a list of answers, 100 at most, got None"),
        ({"answers": [{}] * 101}, "answers: expected a list of answers, 100 at most, got list of 101"),
        ({"record_id": "1"}, "record_id: expected a version 4 UUID, got '1'"),
        ({"reference": None}, "reference: expected text of 64 at most, got NoneType"),
        ({"role": "victim"}, "reference_kind: expected report_reference of a victim, got 'crime_id'"),
        ({"saved_at": "2099-01-01T00:00:00+00:00"}, "saved_at: expected a moment that has passed, got 2099-01-01"),
    ],
)
def test_a_record_that_says_nothing_is_not_scored(
    standard: MinimumStandard, record_of: RecordOf, changes: dict[str, Any], message: str
) -> None:
    row = check_records(
        [record_of(changes, **({} if "answers" in changes else {"approach": "confront"}))], standard
    ).iloc[0]
    assert not row["is_readable"]
    assert math.isnan(row["score"])
    assert row["findings"][-1].startswith(message)


def test_anything_at_all_is_judged_without_an_exception(standard: MinimumStandard) -> None:
    odd: list[Any] = [{}, {"record_id": ["x"]}, {"answers": [[]]}, {"schema": {}, "role": [], "crime_group": {"a": 1}}]
    odd += [{"record_id": "\ud800", "role": "\udfff"}]
    odd += [{"schema": "colink.mo_rows/1"}, {"schema": "colink.mo_rows/1", "answers": [1], "role": "csi"}]
    checked = check_records(odd, standard)
    assert not checked["is_readable"].any()
    assert all(checked["findings"].map(len) > 0)


def test_contradictions_are_named_by_rule(standard: MinimumStandard, record_of: RecordOf) -> None:
    record = record_of(entry_method="insecure", tool_used="screwdriver", property_class_taken=["none", "cash"])
    row = check_records([record], standard).iloc[0]
    assert row["contradictions"] == "insecure_entry_with_tool,several_exclusive"
    assert row["n_contradictions"] == 2
    assert row["findings"] == []
    alone = check_records([record_of(property_class_taken="none", tool_used="none")], standard).iloc[0]
    assert (alone["contradictions"], alone["n_contradictions"]) == ("", 0)


def test_an_answer_that_other_answers_rule_out_is_not_counted(standard: MinimumStandard, record_of: RecordOf) -> None:
    robbery = {"crime_group": "robbery_personal"}
    ruled_out = record_of(robbery, escape="on_foot", offender_vehicle="yes")
    assert findings(standard, ruled_out) == [
        "offender_vehicle: expected no answer, for others say that it does not apply; it is not counted"
    ]
    assert findings(standard, record_of(robbery, escape="unknown", offender_vehicle="yes")) == []
    assert findings(standard, record_of(robbery, escape="car", offender_vehicle="yes")) == []


def test_a_record_that_stands_twice_is_pointed_out(standard: MinimumStandard, record_of: RecordOf) -> None:
    checked = check_records([record_of(), record_of(), record_of({"record_id": "other"})], standard)
    twice = "record_id: expected once, got 2 times; the latest saved_at counts"
    assert [twice in found for found in checked["findings"]] == [True, True, False]


def test_gaps_are_counted_within_crime_group_and_role(standard: MinimumStandard, record_of: RecordOf) -> None:
    records = [
        record_of(entry_method="climb", entry_point="garage"),
        record_of(entry_method="climb"),
        record_of({"role": "csi"}),
        record_of({"schema": "?"}),
    ]
    gaps = record_gaps(check_records(records, standard)).set_index(["role", "item_code"])
    assert tuple(gaps.loc[("officer", "entry_point"), ["n_records", "n_missing", "share_missing"]]) == (2, 1, 0.5)
    assert ("officer", "entry_method") not in gaps.index
    assert gaps.loc[("csi", "entry_method"), "n_records"] == 1
    assert gaps["n_missing"].is_monotonic_decreasing


def test_no_records_make_empty_tables(standard: MinimumStandard) -> None:
    checked = check_records([], standard)
    assert checked.empty
    assert list(record_gaps(checked)) == ["crime_group", "role", "item_code", "n_records", "n_missing", "share_missing"]


def test_items_that_rule_each_other_out_in_a_circle_are_settled_one_way(record_of: RecordOf) -> None:
    from quality.minimum_standard import STANDARD_FILE

    document = read_document(STANDARD_FILE)
    document["items"]["escape"]["applies_when"] = [{"field": "disguise", "values": ["hood"]}]
    document["items"]["disguise"]["applies_when"] = [{"field": "escape", "values": ["on_foot"]}]
    circular = standard_from_document(document)
    row = check_records([record_of({"crime_group": "robbery_personal"}, escape="car", disguise="none")], circular).iloc[
        0
    ]
    assert [finding.split(":")[0] for finding in row["findings"]] == ["disguise"]


@pytest.mark.long
def test_a_hundred_thousand_records_are_checked_in_bulk(standard: MinimumStandard, record_of: RecordOf) -> None:
    draw = random.Random(3)
    asked = standard.asked("burglary_residential", "officer")
    records = [
        record_of(
            {"record_id": f"{number:08x}-0000-4000-8000-000000000000"},
            **{item.item_code: draw.choice(list(item.value_labels)) for item in asked if draw.random() < 0.7},
        )
        for number in range(100_000)
    ]
    started = time.process_time()
    checked = check_records(records, standard)
    assert len(checked) == 100_000
    assert time.process_time() - started < 60


def test_the_nearest_of_a_code_is_looked_for_once_however_many_records_have_it(
    standard: MinimumStandard, record_of: RecordOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def nearest(word: str, known: tuple[str, ...]) -> str:
        asked.append(word)
        return f"nearest is {known[0]!r}"

    monkeypatch.setattr("quality.forms.record_checking.nearest", nearest)
    checked = check_records([record_of(search_patern="tidy", entry_point="reardoor")] * 3, standard)
    assert asked == ["search_patern", "reardoor"]
    assert all(len(found) >= 2 for found in checked["findings"])
