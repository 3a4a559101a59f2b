from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from quality.practice.errors import PracticeError
from quality.practice.stepped_wedge import (
    WedgeDesign,
    crimes_needed,
    effect_variance,
    has_changed,
    steps_of_areas,
    wedge_plan,
    wedge_power,
)

DESIGN = WedgeDesign(n_areas=12, n_steps=4, crimes_per_period=30, share_before=0.6, correlation=0.02)


def weighted_least_squares(design: WedgeDesign) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the design matrix (periods, then the effect), the covariance, and the estimator's weights."""
    changed = has_changed(design).astype(float)
    n_areas, n_periods = changed.shape
    matrix = np.hstack([np.tile(np.eye(n_periods), (n_areas, 1)), changed.reshape(-1, 1)])
    variance = design.share_before * (1 - design.share_before)
    within = variance * (1 - design.correlation) / design.crimes_per_period
    between = variance * design.correlation
    covariance = np.kron(np.eye(n_areas), within * np.eye(n_periods) + between * np.ones((n_periods, n_periods)))
    inverse = np.linalg.inv(covariance)
    weights = np.linalg.inv(matrix.T @ inverse @ matrix) @ matrix.T @ inverse
    return matrix, covariance, weights[-1]


def test_the_smallest_wedge_by_hand() -> None:
    # 2 areas, 2 steps, 3 periods: U = 2 + 1 = 3, W = 1 + 4 = 5, V = 4 + 1 = 5. Without correlation
    # Var = I s2 / (I U - W) = 2 s2 / (6 - 5), s2 = 0.25 / 50 = 0.005
    design = WedgeDesign(2, 2, 50, 0.5, 0.0)
    assert has_changed(design).tolist() == [[False, True, True], [False, False, True]]
    assert effect_variance(design) == pytest.approx(0.01)


def test_the_formula_with_correlation_by_hand() -> None:
    # s2 = 0.25 x 0.8 / 50 = 0.004, t2 = 0.25 x 0.2 = 0.05; above: 2 x 0.004 x (0.004 + 3 x 0.05) = 0.001232
    # below: (6 - 5) x 0.004 + (9 + 18 - 15 - 10) x 0.05 = 0.104
    assert effect_variance(WedgeDesign(2, 2, 50, 0.5, 0.2)) == pytest.approx(0.001232 / 0.104)


@pytest.mark.parametrize(
    "design",
    [
        DESIGN,
        replace(DESIGN, n_areas=13, n_steps=5),
        replace(DESIGN, correlation=0.3),
        replace(DESIGN, correlation=0.0, n_steps=12),
    ],
)
def test_the_formula_is_the_variance_of_weighted_least_squares(design: WedgeDesign) -> None:
    _, covariance, weights = weighted_least_squares(design)
    assert effect_variance(design) == pytest.approx(weights @ covariance @ weights)


def test_the_power_is_that_of_simulated_wedges() -> None:
    # crimes drawn for each area and month, areas that differ, and the paper's estimator with known variances
    design, difference, n_forces = replace(DESIGN, share_before=0.5), 0.1, 4000
    rng = np.random.default_rng(3)
    matrix, _, weights = weighted_least_squares(design)
    changed = has_changed(design)
    between = np.sqrt(0.25 * design.correlation)
    area = rng.normal(0, between, (n_forces, design.n_areas, 1))
    share = np.clip(design.share_before + area + difference * (changed - 0.5)[None], 0, 1)
    means = rng.binomial(int(design.crimes_per_period), share) / design.crimes_per_period
    estimates = means.reshape(n_forces, -1) @ weights
    planned = wedge_power(design, difference)
    rejected = np.abs(estimates) / planned.standard_error > norm.ppf(0.975)
    assert estimates.mean() == pytest.approx(difference, abs=0.002)
    assert estimates.std() == pytest.approx(planned.standard_error, rel=0.03)
    assert rejected.mean() == pytest.approx(planned.power, abs=0.02)
    assert matrix.shape == (60, 6)


def test_the_least_difference_has_the_power_that_was_asked_for() -> None:
    least = wedge_power(DESIGN, 0.1, power=0.9).least_difference
    # the chance of a rejection on the wrong side is below a millionth and left out
    assert wedge_power(DESIGN, least).power == pytest.approx(0.9, abs=1e-6)


def test_the_crimes_needed_are_the_first_that_reach_the_power() -> None:
    needed = crimes_needed(DESIGN, 0.1)
    assert needed == 36
    assert wedge_power(replace(DESIGN, crimes_per_period=36), 0.1).power >= 0.8
    assert wedge_power(replace(DESIGN, crimes_per_period=35), 0.1).power < 0.8


@pytest.mark.parametrize("difference", [0.0, 1e-6])
def test_a_difference_that_no_number_of_crimes_shows_is_refused(difference: float) -> None:
    with pytest.raises(PracticeError, match="difference: expected one that 100,000 crimes"):
        crimes_needed(DESIGN, difference)


def test_areas_are_spread_over_steps_as_evenly_as_can_be() -> None:
    assert steps_of_areas(7, 3).tolist() == [1, 1, 1, 2, 2, 3, 3]


def test_the_plan_depends_on_the_seed_and_not_on_the_order_of_areas() -> None:
    areas = [f"A{n}" for n in range(9)]
    plan = wedge_plan(areas, 3, seed=11)
    assert plan.equals(wedge_plan(areas[::-1], 3, seed=11))
    assert not plan.equals(wedge_plan(areas, 3, seed=12))
    assert sorted(plan["area_code"]) == areas
    assert plan["step"].value_counts().to_dict() == {1: 3, 2: 3, 3: 3}
    assert plan["seed"].unique().tolist() == [11]


def test_every_area_is_as_often_first_as_another() -> None:
    first = [wedge_plan(["A", "B", "C"], 3, seed)["area_code"].iloc[0] for seed in range(300)]
    # 100 each, deviation 8
    assert all(abs(first.count(area) - 100) < 35 for area in "ABC")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_steps": 1}, r"n_steps: expected 2 to the number of areas \(12\), got 1"),
        ({"n_steps": 13}, "n_steps: expected 2 to"),
        ({"crimes_per_period": 0}, "crimes_per_period: expected more than 0"),
        ({"share_before": 1.0}, "share_before: expected a share between 0 and 1, got 1"),
        ({"correlation": 1.0}, "correlation: expected 0 or more and below 1"),
    ],
)
def test_a_design_that_cannot_be_is_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(PracticeError, match=message):
        replace(DESIGN, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(("areas", "message"), [(["A", "A"], "each area once"), (["A"], "n_steps: expected 2 to 1")])
def test_a_plan_of_areas_that_cannot_be_is_refused(areas: list[str], message: str) -> None:
    with pytest.raises(PracticeError, match=message):
        wedge_plan(areas, 2, seed=1)
