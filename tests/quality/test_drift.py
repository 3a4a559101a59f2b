from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from quality.drift import NEW_MONTHS, SAME_MONTHS, DriftRule, drift_finding, recording_drift
from quality.errors import FrameError, StandardError

MONTHS = pd.date_range("2023-01-01", periods=19, freq="MS")
SHARES = {"approach": 0.7, "weapon_type": 0.9, "escape": 0.97}
Change = Callable[[pd.DataFrame], "pd.Series[float]"]


def _card(
    rng: np.random.Generator, months: pd.DatetimeIndex, scatter: float = 0.0, change: Change | None = None
) -> pd.DataFrame:
    """Scorecard of 5 areas and 3 items; the months of an item share good and bad luck where they scatter."""
    index = pd.MultiIndex.from_product([[f"A{i}" for i in range(5)], months, SHARES])
    card = index.to_frame(index=False).set_axis(["area_code", "month", "item_code"], axis=1)
    card = card.assign(crime_group="robbery_personal", dimension="completeness")
    share = card["item_code"].map(SHARES)
    if scatter:
        luck = rng.standard_normal((len(months), len(SHARES)))
        place = (pd.factorize(card["month"])[0], pd.factorize(card["item_code"])[0])
        share = share + luck[place] * np.sqrt(scatter * share * (1 - share))
    share = (share if change is None else change(card.assign(share=share))).clip(0, 1)
    card["n_expected"] = np.maximum(1, rng.poisson(40, len(card)))
    card["n_met"] = rng.binomial(card["n_expected"], share)
    return card


@pytest.mark.parametrize("scatter", [0.0, 0.01])
def test_without_drift_the_check_is_raised_no_more_often_than_stated(scatter: float) -> None:
    # Same months drawn anew are further apart than months of the same crimes ever are: the worst case.
    rng = np.random.default_rng(21)
    rule = DriftRule(false_alarms=0.2, least_change=0.0)
    raised = [
        recording_drift(_card(rng, MONTHS, scatter), _card(rng, MONTHS[:-1], scatter), rule)["is_drift"].any()
        for _ in range(20)
    ]
    # 20 refreshes at 0.2: 4 expected, standard deviation 1.8
    assert sum(raised) <= 4 + 2 * 1.8


def test_an_area_whose_recording_fell_in_new_months_is_named_first() -> None:
    rng = np.random.default_rng(22)
    previous = _card(rng, MONTHS[:-1], 0.005)
    fallen = _card(rng, MONTHS[-1:], 0.005, lambda card: card["share"] - 0.35 * (card["area_code"] == "A3"))
    drift = recording_drift(pd.concat([previous, fallen]), previous)
    worst = drift.iloc[0]
    assert (worst["comparison"], worst["area_code"], worst["item_code"]) == (NEW_MONTHS, "A3", "all")
    assert worst["is_drift"]
    assert drift["is_drift"].sum() == 1
    finding = drift_finding(drift)
    assert finding.startswith(
        f"recording changed since the previous refresh in 1 of {len(drift)} cells: A3 completeness"
    )
    assert finding.endswith("in new months")
    assert "\n" not in finding


def test_an_item_that_was_lost_from_months_known_before_is_found() -> None:
    rng = np.random.default_rng(23)
    previous = _card(rng, MONTHS)
    is_lost = previous["item_code"] == "approach"
    lost = previous.assign(n_met=previous["n_met"].where(~is_lost, previous["n_met"] // 2))
    drift = recording_drift(lost, previous)
    found = drift[drift["is_drift"]]
    assert "approach" in set(found["item_code"])
    assert not {"weapon_type", "escape"} & set(found["item_code"])
    assert set(found["comparison"]) == {SAME_MONTHS}


def test_the_same_refresh_again_has_not_changed() -> None:
    card = _card(np.random.default_rng(24), MONTHS)
    drift = recording_drift(card, card)
    assert not drift["is_drift"].any()
    assert (drift["p_value"] > 0.5).all()
    assert drift_finding(drift) == f"no drift in {len(drift)} cells compared with the previous refresh"


def test_a_p_value_by_hand() -> None:
    # One cell, one month: 20 of 40 before, 32 of 40 now. Scatter 1 (no second month). Fisher's two tails, the smaller
    # doubled: P(X >= 32) of a hypergeometric with 80 crimes, 52 met, 40 drawn = 0.004505, twice that 0.00901.
    from scipy import stats

    row = {"area_code": "A1", "crime_group": "g", "item_code": "i", "dimension": "completeness", "month": MONTHS[0]}
    before, now = (pd.DataFrame([{**row, "n_expected": 40, "n_met": met}]) for met in (20, 32))
    drift = recording_drift(now, before)
    expected = 2 * stats.hypergeom.sf(31, 80, 52, 40)
    assert drift["p_value"].tolist() == pytest.approx([expected, expected])
    assert 0.008 < expected < 0.010
    assert drift["share_before"].tolist() == [0.5, 0.5]
    assert drift["share_now"].tolist() == [0.8, 0.8]


def test_a_change_too_small_for_a_word_and_cells_too_small_to_tell_are_passed_over() -> None:
    row = {"area_code": "A1", "crime_group": "g", "item_code": "i", "dimension": "completeness", "month": MONTHS[0]}
    large, now = (pd.DataFrame([{**row, "n_expected": 1_000_000, "n_met": met}]) for met in (800_000, 840_000))
    assert not recording_drift(now, large)["is_drift"].any()  # 4 points, certain but small
    assert recording_drift(now, large, DriftRule(least_change=0.03))["is_drift"].all()
    small = pd.DataFrame([{**row, "n_expected": 29, "n_met": 0}])
    assert len(recording_drift(small, large)) == 0


def test_an_item_that_only_one_of_two_standards_asks_for_is_no_drift() -> None:
    rng = np.random.default_rng(26)
    previous = _card(rng, MONTHS)
    # nobody recorded before what nobody asked for: by areas over all items 0.86 would seem to fall to 0.64
    added = _card(rng, MONTHS).query("item_code == 'approach'").assign(item_code="exit_point", n_met=0)
    for now, before in ((pd.concat([previous, added]), previous), (previous, pd.concat([previous, added]))):
        drift = recording_drift(now, before)
        assert not drift["is_drift"].any()
        assert "exit_point" not in set(drift["item_code"])
        pd.testing.assert_frame_equal(drift, recording_drift(previous, previous))
    assert drift_finding(drift, "1.0@a", "1.1@b").endswith(
        "; the standard changed from 1.0@a to 1.1@b, compared is what both ask"
    )
    assert drift_finding(drift, "1.0@a", "1.0@a") == drift_finding(drift)


def test_an_item_that_another_crime_group_is_asked_too_is_compared_where_both_ask_for_it() -> None:
    previous = _card(np.random.default_rng(27), MONTHS)
    added = previous.assign(crime_group="burglary_residential", n_met=0)
    drift = recording_drift(pd.concat([previous, added]), previous)
    pd.testing.assert_frame_equal(drift, recording_drift(previous, previous))


def test_thresholds_and_columns_that_make_no_sense_are_named() -> None:
    with pytest.raises(StandardError, match=r"drift.false_alarms: expected a chance between 0 and 1, got 0"):
        DriftRule(false_alarms=0)
    card = _card(np.random.default_rng(25), MONTHS[:1])
    with pytest.raises(FrameError, match="mo_scorecard of the previous refresh: column 'month' is missing"):
        recording_drift(card, card.drop(columns="month"))
