import numpy as np
import pandas as pd
import pytest

from quality.practice.change_evaluation import EffectOfChange, evaluate_change
from quality.practice.errors import PracticeError
from tests.quality.practice.invented_panel import InventedChange, invented_change


def evaluated(force: InventedChange, n_draws: int = 199, **options: int) -> EffectOfChange:
    return evaluate_change(force.counts, force.changes, n_draws=n_draws, seed=1, **options)


def two_way_fixed_effects(force: InventedChange) -> float:
    """Return the effect of the usual regression on areas, months and the change, weighted by crimes."""
    frame = force.counts.merge(force.changes[["area_code", "changed_on"]], on="area_code", how="left")
    frame = frame[frame["n_expected"] > 0]
    changed = (frame["month"] >= pd.to_datetime(frame["changed_on"])).astype(float)
    dummies = pd.get_dummies(frame[["area_code", "month"]].astype(str), drop_first=True).to_numpy(dtype=float)
    matrix = np.column_stack([changed, np.ones(len(frame)), dummies])
    root = np.sqrt(frame["n_expected"].to_numpy())[:, None]
    share = (frame["n_met"] / frame["n_expected"]).to_numpy()[:, None]
    return float(np.linalg.lstsq(matrix * root, share * root, rcond=None)[0][0, 0])


def test_a_known_effect_lies_in_its_interval() -> None:
    force = invented_change(np.random.default_rng(4), effect=0.12)
    found = evaluated(force)
    assert found.lower <= force.effect <= found.upper
    assert found.lower > 0.05
    assert found.p_value <= 0.01
    assert (found.n_changed, found.n_compared) == (12, 21)
    assert found.before == pytest.approx(0.55, abs=0.05)
    assert found.warnings == ()


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(40):
        force = invented_change(np.random.default_rng(seed), growth=0.005)
        found = evaluated(force, n_draws=39)
        held += found.lower <= force.effect <= found.upper
    # 95% of 40 is 38, deviation 1.4
    assert held >= 34


@pytest.mark.long
def test_over_many_forces_the_interval_holds_the_truth_95_times_in_100() -> None:
    held, reassigned, trends = 0, 0, 0
    for seed in range(400):
        force = invented_change(np.random.default_rng(1000 + seed), effect=0.0 if seed % 2 else 0.1)
        found = evaluated(force)
        held += found.lower <= force.effect <= found.upper
        reassigned += bool(seed % 2) and found.p_value <= 0.05
        trends += found.trend_p_value < 0.05
    # 380 expected, deviation 4.4; of 200 forces without effect 10 by chance, deviation 3.1
    assert 368 <= held <= 396
    assert reassigned <= 20
    assert trends <= 36


def test_no_effect_is_found_where_there_is_none() -> None:
    rejected = low = 0
    for seed in range(40):
        found = evaluated(invented_change(np.random.default_rng(200 + seed), effect=0.0), n_draws=59)
        rejected += found.p_value <= 0.05
        low += not found.lower <= 0 <= found.upper
    # two of forty each by chance
    assert rejected <= 6
    assert low <= 6


def test_effects_that_grow_are_not_taken_for_less_as_the_usual_regression_does() -> None:
    # nearly all areas change, and by more each month: those that changed first are the regression's controls for the
    # last. Cut after month 25, so that both see the same months after each change.
    regression, ours, true = [], [], []
    for seed in range(8):
        force = invented_change(
            np.random.default_rng(50 + seed), n_areas=28, n_changed=25, crimes=30, effect=0.02, growth=0.03
        )
        early = force.counts[force.counts["month"] < pd.Timestamp("2025-03-01")]
        force = force._replace(counts=early)
        regression.append(two_way_fixed_effects(force))
        found = evaluated(force, n_draws=19)
        after = found.events[found.events["event"] >= 0]
        # the effect at a month since the change is 0.02 + 0.03 x the month
        rise = 0.02 + 0.03 * after["event"]
        true.append(float((rise * after["n_crimes"]).sum() / after["n_crimes"].sum()))
        ours.append(found.effect)
    assert np.mean(ours) == pytest.approx(np.mean(true), abs=0.015)
    assert np.mean(regression) < np.mean(true) - 0.05


def test_areas_that_were_moving_already_are_reported() -> None:
    found = evaluated(invented_change(np.random.default_rng(8), effect=0.0, trend=0.008, crimes=40))
    assert found.trend_before == pytest.approx(0.008, abs=0.003)
    assert found.trend_p_value < 0.05
    assert "already rising against the others" in found.warnings[0]
    assert found.effect > 0.03  # which is the trend, as the warning says


def test_few_areas_widen_the_interval_and_say_so() -> None:
    few, many = (
        [
            evaluated(invented_change(np.random.default_rng(seed), n_areas=n, n_changed=n // 2), n_draws=59)
            for seed in range(6)
        ]
        for n in (8, 32)
    )
    width = [np.mean([one.upper - one.lower for one in found]) for found in (few, many)]
    # a quarter of the areas: twice the standard error, and t with 3 and not 15 degrees of freedom: 1.5 times wider
    assert width[0] > 2.5 * width[1]
    assert all("Only 4 areas of one kind" in " ".join(one.warnings) for one in few)
    assert all(one.warnings == () or "already" in one.warnings[0] for one in many)


@pytest.mark.parametrize(("n_areas", "n_changed", "told"), [(12, 2, "got 2 and 11"), (3, 3, "got 3 and 2")])
def test_too_few_areas_are_refused(n_areas: int, n_changed: int, told: str) -> None:
    force = invented_change(np.random.default_rng(1), n_areas=n_areas, n_changed=n_changed)
    with pytest.raises(PracticeError, match=f"expected at least 3 areas that changed .* {told}"):
        evaluated(force)


def test_areas_with_too_few_months_before_are_left_out_and_counted() -> None:
    force = invented_change(np.random.default_rng(2))
    code = force.changes["area_code"].iloc[0]
    late = (force.counts["area_code"] == code) & (force.counts["month"] < pd.Timestamp("2024-02-01"))
    found = evaluated(force._replace(counts=force.counts[~late]))
    assert found.n_changed in (11, 12)
    short = force.counts["area_code"].eq(code) & (force.counts["month"] < pd.Timestamp("2024-12-01"))
    found = evaluated(force._replace(counts=force.counts[~short]))
    assert found.n_changed == 11
    assert "1 changed areas had fewer than 3 months before" in " ".join(found.warnings)


def test_links_are_judged_as_shares_are() -> None:
    # 0.4 links a crime, 0.2 more after the change
    force = invented_change(np.random.default_rng(6), effect=0.0, crimes=40)
    rng = np.random.default_rng(7)
    counts = force.counts.merge(force.changes[["area_code", "changed_on"]], on="area_code", how="left")
    rate = 0.4 + 0.2 * (counts["month"] >= pd.to_datetime(counts["changed_on"]))
    counts["n_met"] = rng.poisson(rate * counts["n_expected"])
    found = evaluate_change(counts, force.changes, n_draws=99)
    assert found.lower <= 0.2 <= found.upper
    assert found.lower > 0.1


def test_events_run_over_the_windows_and_average_to_the_effect() -> None:
    found = evaluated(invented_change(np.random.default_rng(9)), months_before=6, months_after=8)
    events = found.events.set_index("event")
    assert events.index.tolist() == list(range(-6, 8))
    after = events[events.index >= 0]
    assert (after["effect"] * after["n_crimes"]).sum() / after["n_crimes"].sum() == pytest.approx(found.effect)
    before = events[events.index < 0]
    assert abs((before["effect"] * before["n_crimes"]).sum() / before["n_crimes"].sum()) < 0.005
    assert (events["lower"] < events["upper"]).all()


def test_the_same_seed_gives_the_same_figures_whatever_the_order_of_rows() -> None:
    force = invented_change(np.random.default_rng(3))
    shuffled = force._replace(
        counts=force.counts.sample(frac=1, random_state=2), changes=force.changes.sample(frac=1, random_state=3)
    )
    one, other = evaluated(force), evaluated(shuffled)
    assert one[:9] == other[:9]
    pd.testing.assert_frame_equal(one.events, other.events)
