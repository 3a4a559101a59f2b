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
    assert all(0 <= wilson_lower(k, n) <= k / n for n in range(1, 60) for k in range(n + 1))


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
    found = by_value(agreement(values, features, standard, limits))[["value_code", "n_both", "n_agree"]]
    assert found.to_numpy().tolist() == [["", 2, 1], ["cctv", 1, 1], ["dna", 1, 0]]


def by_value(found: pd.DataFrame) -> pd.DataFrame:
    """The row of an item has no value; here it is the empty one."""
    return found.assign(value_code=found["value_code"].fillna(""))


def told(standard: MinimumStandard, limits: ReadingLimits, **n_of_value: tuple[int, int]) -> pd.DataFrame:
    """Agreement on tools, each value with how many crimes agree, and how many whose field says a brick."""
    said = [(tool, agrees) for tool, (met, missed) in n_of_value.items() for agrees in [True] * met + [False] * missed]
    values = pd.DataFrame(said, columns=["value_code", "agrees"]).assign(item_code="tool_used", is_hedged=False)
    values["crime_id"] = [f"C{number}" for number in range(len(values))]
    features = values.assign(value_source="structured")
    features["value_code"] = features["value_code"].where(values["agrees"], "brick_stone")
    return by_value(agreement(values, features, standard, limits)).set_index("value_code")


def test_a_bad_value_does_not_hide_behind_good_ones_of_its_item(standard: MinimumStandard, limits: ReadingLimits):
    # The crowbar, 98 of 112: p = 0.875, middle 0.875 + 3.8415 / 224 = 0.892150; spread 1.96 sqrt(0.875 * 0.125 / 112 +
    # 3.8415 / 50176) = 0.063604; 0.828546 over 1.034299 is 0.80107. Its item, 498 of 512, passes all the same.
    found = told(standard, limits, screwdriver=(400, 0), crowbar_lever=(98, 14))
    assert found.loc["", ["n_both", "n_agree"]].tolist() == [512, 498]
    assert found.loc["", "agreement_lower"] == pytest.approx(0.9546, abs=1e-4)
    assert found.loc["crowbar_lever", "agreement_lower"] == pytest.approx(0.80107, abs=1e-5)
    assert found["is_evidence"].to_dict() == {"": True, "crowbar_lever": False, "screwdriver": True}


def test_a_rare_value_is_no_evidence_however_well_its_item_does(standard: MinimumStandard, limits: ReadingLimits):
    found = told(standard, limits, screwdriver=(5000, 0), mole_grips=(8, 0))
    assert not found.loc["mole_grips", "is_evidence"]


def test_a_good_value_is_evidence_though_its_item_is_not(standard: MinimumStandard, limits: ReadingLimits):
    found = told(standard, limits, screwdriver=(100, 0), crowbar_lever=(50, 50))
    assert found["is_evidence"].to_dict() == {"": True, "crowbar_lever": False, "screwdriver": True}
    assert found.loc["", "agreement_lower"] < limits.least_agreement


def test_an_item_none_of_whose_values_is_evidence_is_none(standard: MinimumStandard, limits: ReadingLimits):
    # 34 of 34 twice: each falls short of 35, though together they would pass.
    found = told(standard, limits, screwdriver=(34, 0), crowbar_lever=(34, 0))
    assert not found["is_evidence"].any()
    assert found.loc["", "agreement_lower"] > limits.least_agreement


def test_what_the_force_read_from_text_is_judged_with_what_our_rules_read(
    standard: MinimumStandard, limits: ReadingLimits
):
    # C1 by both, C2 by ours, C3 by the force: three crimes, of which the fields of two say the same.
    values = rows("C1 tool_used none", "C2 tool_used none").assign(is_hedged=False)
    theirs = rows("C1 tool_used none", "C3 tool_used none", "C3 tool_used other", "C3 tool_used unknown")
    fields = rows("C1 tool_used none", "C2 tool_used none", "C3 tool_used screwdriver")
    features = pd.concat([theirs.assign(value_source="text_rule"), fields.assign(value_source="structured")])
    found = by_value(agreement(values, features, standard, limits))[["value_code", "n_both", "n_agree"]]
    assert found.to_numpy().tolist() == [["", 3, 2], ["none", 3, 2]]


def test_nothing_at_all_makes_no_rows(standard: MinimumStandard, limits: ReadingLimits):
    nothing = rows().assign(is_hedged=[], value_source=[])
    assert agreement(nothing, nothing, standard, limits).empty
