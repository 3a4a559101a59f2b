import pandas as pd
import pytest

from quality.minimum_standard import MinimumStandard
from quality.practice.gaps import count_gaps, expected_crimes
from quality.practice.improvement import mo_improvements
from quality.practice.shared_improvements import COLUMNS, shared_improvements
from quality.practice.unit_costs import UnitCosts
from quality.suppression import mo_scorecard_shared
from tests.quality.practice.conftest import Frames


@pytest.fixture
def shared(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> pd.DataFrame:
    counts = {"large": (203, 57), "small": (9, 9), "few_gaps": (203, 9), "few_without": (57, 52), "plain": (101, 41)}
    findings = findings_of(*((area, "not_asked", n_gap) for area, (_, n_gap) in counts.items()))
    card = scorecard_of(*((area, n, {"n_met": n - gap}) for area, (n, gap) in counts.items()))
    priorities = priorities_of(("entry_point", 5.0))
    found = mo_improvements(count_gaps(findings, costs), expected_crimes(card), priorities, standard, costs)
    return shared_improvements(found, mo_scorecard_shared(card)).set_index("area_code")


def test_small_numbers_are_left_out(shared: pd.DataFrame) -> None:
    hidden = shared["is_suppressed"]
    assert hidden[["small", "few_gaps", "few_without"]].all()
    numbers = [
        "n_expected",
        "n_gap",
        "share_gap",
        "force_share",
        "cause_share",
        "links_gained",
        "hours",
        "links_per_hour",
    ]
    assert shared.loc[hidden, numbers].isna().all().all()
    assert not hidden["all_areas"]
    assert shared.loc[~hidden, "force_share"].notna().all()


def test_a_whole_force_that_is_left_out_does_not_say_its_share_as_that_of_the_force(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    card = scorecard_of(("A", 200, {"n_met": 197}))
    gaps = count_gaps(findings_of(("A", "not_asked", 3)), costs)
    found = mo_improvements(gaps, expected_crimes(card), priorities_of(), standard, costs)
    force = shared_improvements(found, mo_scorecard_shared(card)).query("scope == 'force'").iloc[0]
    assert force["is_suppressed"]
    assert pd.isna(force["force_share"])


def test_what_is_shown_is_rounded(shared: pd.DataFrame) -> None:
    # 203 and 57 to the nearest five; their share from these, for the true one would give them away
    row = shared.loc["large"]
    if not row["is_suppressed"]:
        assert (row["n_expected"], row["n_gap"]) == (205, 55)
        assert row["share_gap"] == pytest.approx(55 / 205)
    force = shared.loc["all_areas"]
    assert (force["n_expected"] % 5, force["n_gap"] % 5) == (0, 0)
    assert force["force_share"] == round(force["force_share"], 2)
    assert force["links_gained"] == float(f"{force['links_gained']:.2g}")


def test_a_cell_that_the_shared_scorecard_leaves_out_is_left_out_here_too(
    findings_of: Frames, scorecard_of: Frames, priorities_of: Frames, standard: MinimumStandard, costs: UnitCosts
) -> None:
    # one small cell among three: by subtraction from the total it would follow, so that another must go too
    card = scorecard_of(("A", 200, {"n_met": 100}), ("B", 200, {"n_met": 100}), ("C", 5, {"n_met": 5}))
    findings = findings_of(("A", "not_asked", 100), ("B", "not_asked", 100))
    found = mo_improvements(count_gaps(findings, costs), expected_crimes(card), priorities_of(), standard, costs)
    shown = shared_improvements(found, mo_scorecard_shared(card))
    assert shown.loc[shown["scope"] == "area", "is_suppressed"].sum() >= 1


def test_what_to_do_stays_and_the_exact_reason_goes(shared: pd.DataFrame) -> None:
    assert "reason" not in shared.columns
    assert shared[["cause", "action"]].notna().all().all()
    assert [name for name in COLUMNS if name != "area_code"] == list(shared.columns)
