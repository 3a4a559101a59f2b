import numpy as np
import pandas as pd
import pytest

from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard
from quality.practice.gaps import count_gaps, expected_crimes
from quality.practice.improvement import ALL_AREAS, COLUMNS, mo_improvements
from quality.practice.unit_costs import UnitCosts
from tests.quality.practice.conftest import GROUP, Frames

N_AREAS = 20
BACKGROUND = {"not_asked": 6, "coded_as_other": 2, "in_text_only": 2, "not_known": 2}
"""Crimes of 60 in each area that lack the item, by rule."""


@pytest.fixture(scope="module")
def force(findings_of: Frames, scorecard_of: Frames, priorities_of: Frames) -> dict[str, pd.DataFrame]:
    """Twenty areas of 60 burglaries that lack 12 each, one worse for each of several causes, and a tiny one."""
    worse = {
        "A03": ("not_asked", 30),
        "A05": ("coded_as_other", 25),
        "A07": ("in_text_only", 25),
        "A09": ("not_known", 30),
        "A11": ("not_in_list", 25),
        "A13": ("recorded_late", 35),
    }
    rows = [(f"A{n:02}", rule, count) for n in range(N_AREAS) for rule, count in BACKGROUND.items()]
    rows += [(area, rule, count) for area, (rule, count) in worse.items()]
    rows += [("tiny", "coded_as_other", 1)]
    return {
        "findings": findings_of(*rows),
        "scorecard": scorecard_of(*((f"A{n:02}", 60) for n in range(N_AREAS)), ("tiny", 1)),
        "priorities": priorities_of(("entry_point", 5.0)),
    }


def improved(
    force: dict[str, pd.DataFrame], standard: MinimumStandard, costs: UnitCosts, years: float = 1.0
) -> pd.DataFrame:
    return mo_improvements(
        count_gaps(force["findings"], costs),
        expected_crimes(force["scorecard"]),
        force["priorities"],
        standard,
        costs,
        years=years,
    )


@pytest.fixture(scope="module")
def found(force: dict[str, pd.DataFrame], standard: MinimumStandard, costs: UnitCosts) -> pd.DataFrame:
    return improved(force, standard, costs)


def of(found: pd.DataFrame, area: str) -> pd.Series:
    return found[found["area_code"] == area].iloc[0]


@pytest.mark.parametrize(
    ("area", "cause", "action"),
    [
        ("A03", "not_asked", "training"),
        ("A05", "coded_as_other", "training"),
        ("A07", "in_text_only", "extraction"),
        ("A09", "not_known", "form"),
        ("A11", "not_in_list", "code_list"),
        ("A13", "recorded_late", "training"),
    ],
)
def test_the_planted_cause_is_named_with_what_mends_it(found: pd.DataFrame, area: str, cause: str, action: str) -> None:
    row = of(found, area)
    assert row["is_above"]
    assert (row["cause"], row["action"]) == (cause, action)
    assert row["cause_share"] > 0.9


def test_only_areas_that_are_worse_are_above_and_ranked(found: pd.DataFrame) -> None:
    area = found[found["scope"] == "area"]
    worse = ["A03", "A05", "A07", "A09", "A11", "A13"]
    assert sorted(area.loc[area["is_above"], "area_code"]) == worse
    assert area["rank"].dropna().tolist() == [1, 2, 3, 4, 5, 6]
    assert sorted(area.loc[area["rank"].notna(), "area_code"]) == worse


def test_a_tiny_area_that_lacks_everything_does_not_lead(found: pd.DataFrame) -> None:
    tiny = of(found, "tiny")
    assert tiny["share_gap"] == 1.0
    assert not tiny["is_above"]
    assert 0 < tiny["excess"] < 0.5
    assert tiny["excess_lower"] < 0 < tiny["excess_upper"]


def test_gap_and_level_of_the_rest_by_hand(found: pd.DataFrame) -> None:
    # A03: 12 + 30 of 60. The rest: 19 areas of 12, and 25 + 25 + 30 + 25 + 35 more, and the tiny one's: 228 + 140 + 1
    # of 19 x 60 + 1.
    row = of(found, "A03")
    assert (row["n_gap"], row["n_expected"]) == (42, 60)
    assert row["share_gap"] == pytest.approx(0.7)
    assert row["force_share"] == pytest.approx(369 / 1141)
    assert row["excess_lower"] < row["excess"] < 42 - 60 * 369 / 1141 < row["excess_upper"]


def test_the_whole_force_has_a_row_with_the_cause_of_its_own_gap(found: pd.DataFrame) -> None:
    row = of(found, ALL_AREAS)
    # 20 x 12 + 30 + 25 + 25 + 30 + 25 + 35 + 1 of 1,201
    assert (row["scope"], row["n_gap"], row["n_expected"]) == ("force", 411, 1201)
    # not asked: 120 + 30 = 150 of 411: less than half
    assert row["cause"] == "mixed"
    assert row["cause_share"] == pytest.approx(150 / 411)
    assert row["rank"] == 1


def test_an_area_as_the_others_has_the_cause_and_the_action_of_the_force(found: pd.DataFrame) -> None:
    row = of(found, "A00")
    assert (row["cause"], row["action"]) == ("mixed", "form")
    assert pd.isna(row["rank"])


def test_links_and_hours_by_hand(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    force = {
        "findings": findings_of(("A", "in_text_only", 200), ("A", "not_asked", 20)),
        "scorecard": scorecard_of(("A", 400)),
        "priorities": priorities_of(("entry_point", 5.0)),
    }
    row = of(improved(force, standard, costs, years=2.0), ALL_AREAS)
    assert (row["cause"], row["action"]) == ("in_text_only", "extraction")
    # of 200 in the text 0.9 are recovered, of 20 not asked none: 180 in two years, 90 a year; 5 links for 1,000
    assert row["n_mended"] == pytest.approx(90)
    assert row["links_gained"] == pytest.approx(0.45)
    # 4 fixed hours of analysts, none of officers
    assert (row["officer_hours"], row["analyst_hours"], row["hours"]) == (0, 4, 4)
    assert row["links_per_hour"] == pytest.approx(0.1125)


def test_an_action_that_asks_again_costs_the_seconds_of_the_item(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    force = {
        "findings": findings_of(("A", "not_asked", 240)),
        "scorecard": scorecard_of(("A", 400)),
        "priorities": priorities_of(("entry_point", 5.0)),
    }
    row = of(improved(force, standard, costs), ALL_AREAS)
    assert row["action"] == "mandatory_field"
    # 0.6 of 240 recovered at the item's seconds each
    seconds = standard.items["entry_point"].seconds
    assert row["officer_hours"] == pytest.approx(144 * seconds / 3600)
    assert row["analyst_hours"] == 30


def test_reading_out_of_the_text_what_linkage_reads_already_saves_reading_and_gains_no_link(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    force = {
        "findings": findings_of(("A", "in_text_only", 150, {"is_compared": True}), ("A", "in_text_only", 50)),
        "scorecard": scorecard_of(("A", 400)),
        "priorities": priorities_of(("entry_point", 5.0)),
    }
    row = of(improved(force, standard, costs), ALL_AREAS)
    assert (row["n_gap"], row["n_lost"], row["action"]) == (200, 50, "extraction")
    # 0.9 of 200 are mended, 0.9 of 50 regain their evidence at 5 links for 1,000
    assert row["n_mended"] == pytest.approx(180)
    assert row["links_gained"] == pytest.approx(45 * 0.005)
    assert "linkage compares 150 of them already" in row["reason"]
    assert "saves reading time and gains no link" in row["reason"]


def test_a_crime_that_loses_its_evidence_for_two_causes_gains_it_once(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    findings = findings_of(("A", "not_in_list", 100), ("A", "coded_as_other", 100))
    findings["crime_id"] = [f"c{n % 100}" for n in range(200)]
    force = {
        "findings": findings,
        "scorecard": scorecard_of(("A", 400)),
        "priorities": priorities_of(("entry_point", 5.0)),
    }
    row = of(improved(force, standard, costs), ALL_AREAS)
    recovers = costs.actions[row["action"]].recovers
    assert recovers["not_in_list"] + recovers["coded_as_other"] > 1
    assert row["links_gained"] == pytest.approx(100 * 0.005)


def test_what_is_only_late_gains_no_link(found: pd.DataFrame) -> None:
    row = of(found, "A13")
    # the 12 of the background are mended by the training too: 0.5 x 6 + 0.6 x 2 + 0.5 x 2 + 0.1 x 2 = 5.4 crimes, a
    # little less as the gap is drawn towards the force
    assert 0.9 * 5.4 * 0.005 < row["links_gained"] <= 5.4 * 0.005
    assert row["n_mended"] > 20
    assert "gains no link" in row["reason"]


def test_items_without_evidence_come_after_by_the_size_of_the_gap_and_say_so(
    force: dict[str, pd.DataFrame], priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    found = improved(force | {"priorities": priorities_of(("entry_point", None))}, standard, costs)
    ranked = found[(found["scope"] == "area") & found["rank"].notna()].sort_values("rank")
    assert ranked["links_gained"].isna().all()
    assert ranked["excess"].is_monotonic_decreasing
    assert ranked["area_code"].iloc[0] == "A13"
    assert "not ranked by evidence (12 linked pairs, at least 30 are needed)" in ranked["reason"].iloc[0]
    unknown = improved(force | {"priorities": priorities_of()}, standard, costs)
    assert "no linked pairs show what it is worth" in of(unknown, "A03")["reason"]


def test_ranked_items_come_before_unranked_ones_with_larger_gaps(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    other = {"item_code": "tool_used"}
    force = {
        "findings": findings_of(("A", "not_asked", 10), ("A", "not_asked", 90, other)),
        "scorecard": scorecard_of(("A", 100), ("A", 100, other)),
        "priorities": priorities_of(("entry_point", 1.0), ("tool_used", None)),
    }
    found = improved(force, standard, costs)
    assert found[found["scope"] == "force"].sort_values("rank")["item_code"].tolist() == ["entry_point", "tool_used"]


def test_few_crimes_take_the_cause_that_the_areas_other_crime_groups_show(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    # 4 not asked against 3 in the text only is no verdict; 40 not asked in the area's other crime group is
    other = {"crime_group": "theft_from_vehicle"}
    force = {
        "findings": findings_of(
            ("A", "not_asked", 4), ("A", "in_text_only", 3), ("A", "not_asked", 40, other), ("B", "not_asked", 1)
        ),
        "scorecard": scorecard_of(("A", 10), ("B", 100), ("A", 60, other), ("B", 100, other)),
        "priorities": priorities_of(),
    }
    found = improved(force, standard, costs)
    row = found[(found["area_code"] == "A") & (found["crime_group"] == GROUP)].iloc[0]
    assert row["is_above"]
    assert row["cause"] == "not_asked"
    alone = force | {"findings": force["findings"][force["findings"]["crime_group"] == GROUP]}
    alone["scorecard"] = alone["scorecard"][alone["scorecard"]["crime_group"] == GROUP]
    assert of(improved(alone, standard, costs), "A")["cause"] == "mixed"


def test_a_cause_is_seen_through_a_gap_that_is_no_larger_than_elsewhere(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    # 24 of 60 lack it everywhere; in A all of these are coded as other, elsewhere not asked
    others = [f"B{n}" for n in range(12)]
    force = {
        "findings": findings_of(("A", "coded_as_other", 24), *((area, "not_asked", 24) for area in others)),
        "scorecard": scorecard_of(("A", 60), *((area, 60) for area in others)),
        "priorities": priorities_of(),
    }
    found = improved(force, standard, costs)
    row = of(found, "A")
    assert row["excess_lower"] < 0 < row["excess_upper"]
    assert (row["is_above"], row["cause"]) == (True, "coded_as_other")
    assert not found.loc[found["area_code"].isin(others), "is_above"].any()


def test_the_order_of_rows_makes_no_difference(
    force: dict[str, pd.DataFrame], found: pd.DataFrame, standard: MinimumStandard, costs: UnitCosts
) -> None:
    shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in force.items()}
    pd.testing.assert_frame_equal(improved(shuffled, standard, costs), found)


def test_no_findings_make_no_rows(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    empty = {"findings": findings_of(), "scorecard": scorecard_of(("A", 5)), "priorities": priorities_of()}
    found = improved(empty, standard, costs)
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_no_crimes_at_all_make_no_rows(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    card = scorecard_of(("A", 5)).iloc[:0]
    empty = {"findings": findings_of(), "scorecard": card, "priorities": priorities_of()}
    assert improved(empty, standard, costs).empty


def test_more_late_crimes_than_expected_ones_are_all_of_them(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    # an item that is recorded though it was waived may be late too
    force = {
        "findings": findings_of(("A", "recorded_late", 7)),
        "scorecard": scorecard_of(("A", 5)),
        "priorities": priorities_of(),
    }
    assert of(improved(force, standard, costs), "A")["share_gap"] == 1.0


def test_shares_and_hours_are_finite(found: pd.DataFrame) -> None:
    numbers = found[["share_gap", "force_share", "excess", "hours", "links_per_hour"]].to_numpy(dtype=float)
    assert np.isfinite(numbers).all()


def test_a_missing_column_is_named(force: dict[str, pd.DataFrame], standard: MinimumStandard, costs: UnitCosts) -> None:
    bad = force | {"priorities": force["priorities"].drop(columns="reason")}
    with pytest.raises(FrameError, match="mo_group_priorities: column 'reason' is missing"):
        improved(bad, standard, costs)
