import pandas as pd
import pytest

from quality.errors import FrameError
from quality.practice.gaps import RULE_CAUSES, count_gaps, expected_crimes, rule_causes, years_covered
from quality.practice.unit_costs import CAUSES, UnitCosts
from tests.quality.practice.conftest import GROUP, Frames


def test_a_crime_with_two_rules_of_one_cause_counts_once(findings_of: Frames, costs: UnitCosts) -> None:
    time = {"item_code": "committed_time"}
    found = findings_of(("A", "default_midnight", 1, time), ("A", "date_only", 1, time), ("A", "not_asked", 2))
    found["crime_id"] = ["same", "same", "c1", "c2"]
    counts = count_gaps(found, costs)
    assert counts.by_cause.to_numpy().tolist() == [
        ["A", GROUP, "committed_time", "default_time", 1, 1],
        ["A", GROUP, "entry_point", "not_asked", 2, 2],
    ]


def test_a_crime_with_two_causes_counts_for_both_and_once_in_the_gap(findings_of: Frames, costs: UnitCosts) -> None:
    found = findings_of(("A", "not_in_list", 1), ("A", "recorded_late", 1))
    found["crime_id"] = "same"
    counts = count_gaps(found, costs)
    assert dict(zip(counts.by_cause["cause"], counts.by_cause["n_crimes"], strict=True)) == {
        "not_in_list": 1,
        "recorded_late": 1,
    }
    assert counts.by_item["n_gap"].tolist() == [1]


def test_a_crime_that_linkage_compares_by_the_item_has_the_gap_and_loses_no_evidence(
    findings_of: Frames, costs: UnitCosts
) -> None:
    # of 5 in the text only linkage reads 3; 4 late ones have their value, whether it is compared or not; 2 lack it
    found = findings_of(
        ("A", "in_text_only", 3, {"is_compared": True}),
        ("A", "in_text_only", 2),
        ("A", "recorded_late", 4),
        ("A", "not_asked", 2),
    )
    counts = count_gaps(found, costs)
    lost = {row["cause"]: (row["n_crimes"], row["n_lost"]) for row in counts.by_cause.to_dict("records")}
    assert lost == {"in_text_only": (5, 2), "recorded_late": (4, 0), "not_asked": (2, 2)}
    assert counts.by_item[["n_gap", "n_lost"]].to_numpy().tolist() == [[11, 4]]


def test_rules_of_consistency_contradict_and_a_crime_recorded_twice_is_no_gap_of_an_item(costs: UnitCosts) -> None:
    rules = pd.DataFrame(
        {
            "rule": ["attempt_with_property", "duplicate_crime", "not_known"],
            "dimension": ["consistency", "uniqueness", "completeness"],
        }
    )
    assert dict(rule_causes(rules, costs)[["rule", "cause"]].to_numpy().tolist()) == {
        "attempt_with_property": "contradicted",
        "not_known": "not_known",
    }


def test_every_cause_is_one_that_costs_know() -> None:
    assert set(RULE_CAUSES.values()) <= set(CAUSES)


def test_an_area_that_is_missing_counts_as_not_stated(
    findings_of: Frames, scorecard_of: Frames, costs: UnitCosts
) -> None:
    assert count_gaps(findings_of((None, "not_asked", 1)), costs).by_item["area_code"].tolist() == ["not_stated"]
    assert expected_crimes(scorecard_of((None, 3)))["area_code"].tolist() == ["not_stated"]


def test_expected_crimes_are_those_of_completeness_summed_over_months_and_roles(scorecard_of: Frames) -> None:
    card = scorecard_of(
        ("A", 3), ("A", 4, {"month": pd.Timestamp("2025-02-01")}), ("A", 9, {"dimension": "validity"}), ("B", 1)
    )
    assert expected_crimes(card)["n_expected"].tolist() == [7, 1]


def test_years_are_counted_from_the_first_month_to_the_last(scorecard_of: Frames) -> None:
    # January 2023 to June 2025: 30 months
    card = scorecard_of(
        ("A", 1, {"month": pd.Timestamp("2023-01-01")}), ("A", 1, {"month": pd.Timestamp("2025-06-01")})
    )
    assert years_covered(card) == 2.5
    assert years_covered(card.head(1)) == pytest.approx(1 / 12)
    assert years_covered(card.assign(month=pd.NaT)) == 1.0


def test_no_findings_make_no_gaps(findings_of: Frames, costs: UnitCosts) -> None:
    counts = count_gaps(findings_of(), costs)
    assert counts.by_cause.empty
    assert counts.by_item.empty


def test_a_missing_column_is_named(findings_of: Frames, costs: UnitCosts) -> None:
    with pytest.raises(FrameError, match="mo_findings: column 'rule' is missing"):
        count_gaps(findings_of().drop(columns="rule"), costs)
