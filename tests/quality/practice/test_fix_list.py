import pandas as pd
import pytest

from quality.errors import FrameError
from quality.practice.fix_list import COLUMNS, mo_fix_list
from quality.practice.unit_costs import UnitCosts
from tests.quality.practice.conftest import Frames


def test_the_cheapest_link_comes_first(findings_of: Frames, priorities_of: Frames, costs: UnitCosts) -> None:
    findings = findings_of(("A", "not_asked", 1), ("A", "in_text_only", 1), ("A", "coded_as_other", 1))
    found = mo_fix_list(findings, priorities_of(("entry_point", 5.0)), costs)
    assert found["cause"].tolist() == ["in_text_only", "coded_as_other", "not_asked"]
    assert found["place"].tolist() == [1, 2, 3]
    # in the text: 0.9 x 5 / 1,000 links in 20 s; coded as other: 0.5 x 0.005 in 60 s; not asked: 0.5 x 0.005 in 300 s
    assert found["expected_links"].tolist() == pytest.approx([0.0045, 0.0025, 0.0025])
    assert found["seconds_per_link"].tolist() == pytest.approx([20 / 0.0045, 24_000, 120_000])


def test_a_more_telling_item_is_worth_more_seconds(
    findings_of: Frames, priorities_of: Frames, costs: UnitCosts
) -> None:
    findings = findings_of(("A", "in_text_only", 1), ("A", "coded_as_other", 1, {"item_code": "tool_used"}))
    found = mo_fix_list(findings, priorities_of(("entry_point", 1.0), ("tool_used", 10.0)), costs)
    assert found["item_code"].tolist() == ["tool_used", "entry_point"]


def test_what_gains_no_link_or_has_no_evidence_comes_last(
    findings_of: Frames, priorities_of: Frames, costs: UnitCosts
) -> None:
    findings = findings_of(
        ("A", "in_text_only", 1, {"item_code": "tool_used"}), ("A", "recorded_late", 1), ("A", "not_asked", 1)
    )
    found = mo_fix_list(findings, priorities_of(("entry_point", 5.0), ("tool_used", None)), costs)
    assert found["cause"].tolist() == ["not_asked", "recorded_late", "in_text_only"]
    assert found["expected_links"].tolist()[1] == 0
    assert pd.isna(found["expected_links"].iloc[2])
    assert found["seconds_per_link"].isna().tolist() == [False, True, True]


def test_a_value_that_linkage_reads_out_of_the_text_gains_no_link_by_being_confirmed(
    findings_of: Frames, priorities_of: Frames, costs: UnitCosts
) -> None:
    findings = findings_of(
        ("A", "in_text_only", 1, {"is_compared": True}), ("A", "in_text_only", 1), ("A", "not_asked", 1)
    )
    found = mo_fix_list(findings, priorities_of(("entry_point", 5.0)), costs)
    # the doubtful one first, then the one to ask for; the compared one, though it takes only 20 s, last
    assert found["crime_id"].tolist() == ["c1-0", "c2-0", "c0-0"]
    assert found["expected_links"].tolist() == pytest.approx([0.0045, 0.0025, 0])
    assert found["seconds_per_link"].isna().tolist() == [False, False, True]


def test_among_equals_the_latest_crime_comes_first(
    findings_of: Frames, priorities_of: Frames, costs: UnitCosts
) -> None:
    findings = findings_of(("A", "not_asked", 3))
    findings["month"] = pd.to_datetime(["2024-01-01", "2025-01-01", None])
    found = mo_fix_list(findings, priorities_of(("entry_point", 5.0)), costs)
    assert found["crime_id"].tolist() == ["c0-1", "c0-0", "c0-2"]


def test_the_list_is_cut_and_says_how_many_there_were(
    findings_of: Frames, priorities_of: Frames, costs: UnitCosts
) -> None:
    found = mo_fix_list(findings_of(("A", "not_asked", 30)), priorities_of(), costs, most_rows=4)
    assert len(found) == 4
    assert found["n_total"].unique().tolist() == [30]


def test_a_rule_that_is_no_gap_of_an_item_is_not_listed(
    findings_of: Frames, priorities_of: Frames, costs: UnitCosts
) -> None:
    found = mo_fix_list(findings_of(("A", "duplicate_crime", 2)), priorities_of(), costs)
    assert found.empty
    assert list(found.columns) == COLUMNS


def test_a_missing_column_is_named(findings_of: Frames, priorities_of: Frames, costs: UnitCosts) -> None:
    with pytest.raises(FrameError, match="mo_findings: column 'month' is missing"):
        mo_fix_list(findings_of(("A", "not_asked", 2)).drop(columns="month"), priorities_of(), costs)
