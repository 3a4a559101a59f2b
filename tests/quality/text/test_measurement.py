"""Precision, recall and agreement counted by hand."""

import math

import pandas as pd
import pytest

from quality.minimum_standard import MinimumStandard
from quality.text.measurement import against_truth, agreement, wilson_lower
from quality.text.text_rules import ReadingLimits, TextRules

KEY = ["crime_id", "item_code", "value_code"]


def rows(*values: str) -> pd.DataFrame:
    return pd.DataFrame([value.split() for value in values], columns=KEY)


@pytest.fixture
def limits(rules: TextRules) -> ReadingLimits:
    return rules.limits


def test_the_wilson_bound_by_hand():
    # p = 0.9, n = 100, z = 1.96, z^2 = 3.8415: middle 0.9 + 0.019207 = 0.919207;
    # spread 1.96 sqrt(0.0009 + 3.8415 / 40000) = 1.96 sqrt(0.00099604) = 0.061857; over 1.038415: 0.82563
    assert wilson_lower(90, 100) == pytest.approx(0.82563, abs=1e-5)


def test_the_wilson_bound_agrees_with_scipy():
    from scipy.stats import binomtest

    for n_met, n in ((0, 5), (5, 5), (29, 30), (480, 500)):
        low = binomtest(n_met, n).proportion_ci(method="wilson").low
        assert wilson_lower(n_met, n) == pytest.approx(low, abs=1e-12)
    assert wilson_lower(0, 0) == 0.0


def test_precision_and_recall_by_hand():
    truth = rows("C1 tool_used none", "C2 tool_used screwdriver", "C3 tool_used none", "C1 disguise hood")
    told = rows("C1 tool_used none", "C2 tool_used screwdriver")
    read = rows("C1 tool_used none", "C2 tool_used none", "C4 tool_used none")
    # Judged: C1 right, C2 wrong; C4 has no true tool. Of two told facts one was read.
    found = against_truth(read, truth, told).set_index("item_code").loc["tool_used"]
    assert found[["n_read", "n_right", "precision", "n_told", "recall", "n_unjudged"]].tolist() == [
        2,
        1,
        0.5,
        2,
        0.5,
        1,
    ]


def test_an_item_that_nothing_was_read_of_has_no_precision_and_no_recall_of_what_was_not_told():
    found = against_truth(rows("C1 disguise hood"), rows("C1 disguise hood", "C1 tool_used none"), rows())
    tool = found.set_index("item_code").loc["tool_used"]
    assert math.isnan(tool["precision"])
    assert math.isnan(tool["recall"])
    assert tool["precision_lower"] == 0.0


def agree(n_agree: int, n_differ: int, standard: MinimumStandard, limits: ReadingLimits, **said: object) -> pd.Series:
    crimes = [f"C{number}" for number in range(n_agree + n_differ)]
    values = pd.DataFrame({"crime_id": crimes, "item_code": "tool_used", "value_code": "none", "is_hedged": False})
    recorded = ["none"] * n_agree + ["screwdriver"] * n_differ
    features = values.assign(value_code=recorded, value_source="structured").assign(**said)
    return agreement(values, features, standard, limits).iloc[0]


def test_an_item_is_evidence_where_the_lower_bound_reaches_the_limit(standard: MinimumStandard, limits: ReadingLimits):
    # The least that passes 0.90 with all agreeing: n / (n + 3.8415) >= 0.9 needs n >= 34.57.
    assert agree(35, 0, standard, limits)["is_evidence"]
    assert not agree(34, 0, standard, limits)["is_evidence"]
    assert not agree(90, 10, standard, limits)["is_evidence"]


def test_too_few_crimes_with_both_are_no_evidence(standard: MinimumStandard, limits: ReadingLimits):
    import dataclasses

    lenient = dataclasses.replace(limits, least_agreement=0.5)
    assert not agree(29, 0, standard, lenient)["is_evidence"]
    assert agree(30, 0, standard, lenient)["is_evidence"]


@pytest.mark.parametrize(
    "said", [{"value_code": "other"}, {"value_code": "unknown"}, {"value_code": None}, {"value_source": "text_rule"}]
)
def test_what_says_nothing_or_was_read_by_a_rule_is_no_field_to_agree_with(
    said: dict[str, object], standard: MinimumStandard, limits: ReadingLimits
):
    found = agree(40, 0, standard, limits, **said)
    assert found["n_both"] == 0
    assert math.isnan(found["agreement"])
    assert not found["is_evidence"]


def test_doubted_values_are_not_compared(standard: MinimumStandard, limits: ReadingLimits):
    values = rows("C1 tool_used none").assign(is_hedged=True)
    features = rows("C1 tool_used none").assign(value_source="structured")
    assert agreement(values, features, standard, limits)["n_both"].tolist() == [0]


def test_an_item_with_several_values_agrees_where_the_field_holds_the_value(
    standard: MinimumStandard, limits: ReadingLimits
):
    values = rows("C1 forensic_trace cctv", "C1 forensic_trace dna").assign(is_hedged=False)
    features = rows("C1 forensic_trace cctv", "C1 forensic_trace finger").assign(value_source="structured")
    assert agreement(values, features, standard, limits)[["n_both", "n_agree"]].to_numpy().tolist() == [[2, 1]]


def test_nothing_at_all_makes_no_rows(standard: MinimumStandard, limits: ReadingLimits):
    nothing = rows().assign(is_hedged=[], value_source=[])
    assert agreement(nothing, nothing, standard, limits).empty
