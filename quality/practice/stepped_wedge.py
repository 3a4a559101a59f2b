"""A stepped-wedge plan: areas change one after another in random order, so that each is its own control.

The variance of the effect is that of Hussey and Hughes, Design and analysis of stepped wedge cluster randomized trials,
Contemporary Clinical Trials 28 (2007), 182-191: a model of the mean of an area in a period, with an effect of the
period, a random effect of the area and one effect of the change, estimated by weighted least squares.
"""

from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.practice.errors import PracticeError

MOST_CRIMES = 100_000


@dataclass(frozen=True)
class WedgeDesign:
    """The design.

    Attributes
    ----------
    n_areas
        Areas (clusters), all of which change in the end.
    n_steps
        Steps at which areas change, as evenly as can be; there are n_steps + 1 periods, the first without change.
    crimes_per_period
        Crimes of an area in one period, of which the item is expected.
    share_before
        Share that meets the standard before the change, 0 to 1.
    correlation
        Intra-area correlation: the part of the variance that is between areas, 0 to 1.
    """

    n_areas: int
    n_steps: int
    crimes_per_period: float
    share_before: float
    correlation: float = 0.02

    def __post_init__(self) -> None:
        if not 2 <= self.n_steps <= self.n_areas:
            raise PracticeError(
                f"n_steps: expected 2 to the number of areas ({self.n_areas}), got {self.n_steps}; "
                "every step needs an area, and one step alone has no area left to compare with"
            )
        if not self.crimes_per_period > 0:
            raise PracticeError(f"crimes_per_period: expected more than 0, got {self.crimes_per_period:g}")
        if not 0 < self.share_before < 1:
            raise PracticeError(f"share_before: expected a share between 0 and 1, got {self.share_before:g}")
        if not 0 <= self.correlation < 1:
            raise PracticeError(f"correlation: expected 0 or more and below 1, got {self.correlation:g}")


class WedgePower(NamedTuple):
    """What a design can tell: the standard error of the effect, its power, and the least effect with 80% power."""

    standard_error: float
    power: float
    least_difference: float


def steps_of_areas(n_areas: int, n_steps: int) -> np.ndarray:
    """Return at which step (1 to n_steps) the first, second... area of a random order changes; int64 (n_areas,)."""
    return np.asarray(np.arange(n_areas) * n_steps // n_areas + 1, dtype=np.int64)


def has_changed(design: WedgeDesign) -> np.ndarray:
    """Return X of the paper: bool (areas, periods), which areas have changed in which period."""
    step = steps_of_areas(design.n_areas, design.n_steps)
    return np.asarray(step[:, None] <= np.arange(design.n_steps + 1)[None, :])


def effect_variance(design: WedgeDesign) -> float:
    """Return the variance of the estimated effect, eq. 8 of Hussey and Hughes (2007).

    Notes
    -----
    With I areas, T periods, s2 = p(1-p)/N the variance of the mean of an area in a period and t2 that between areas,

        Var = I s2 (s2 + T t2) / [(I U - W) s2 + (U^2 + I T U - T W - I V) t2]

    where U is the number of area-periods after the change, W the sum over periods of the square of the number of
    changed areas, and V the sum over areas of the square of the number of periods after the change.
    """
    changed = has_changed(design).astype(np.float64)
    n_areas, n_periods = changed.shape
    of_a_crime = design.share_before * (1 - design.share_before)
    within = of_a_crime * (1 - design.correlation) / design.crimes_per_period
    between = of_a_crime * design.correlation
    u, w, v = changed.sum(), (changed.sum(axis=0) ** 2).sum(), (changed.sum(axis=1) ** 2).sum()
    below = (n_areas * u - w) * within + (u**2 + n_areas * n_periods * u - n_periods * w - n_areas * v) * between
    return float(n_areas * within * (within + n_periods * between) / below)


def wedge_power(design: WedgeDesign, difference: float, alpha: float = 0.05, power: float = 0.8) -> WedgePower:
    """Return what a design can tell of a difference in share (0.1: ten points).

    Parameters
    ----------
    design
        The design.
    difference
        Difference in share that the change is hoped to make.
    alpha, power
        Two-sided level, and the power that `least_difference` has.
    """
    from scipy.stats import norm

    standard_error = sqrt(effect_variance(design))
    beyond = norm.ppf(1 - alpha / 2)
    reached = norm.cdf(abs(difference) / standard_error - beyond)
    return WedgePower(standard_error, float(reached), float((beyond + norm.ppf(power)) * standard_error))


def crimes_needed(design: WedgeDesign, difference: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the least whole number of crimes an area and period with which a difference has the power.

    Raises
    ------
    PracticeError
        The difference is 0, or so small that no number of crimes reaches the power.
    """

    def reaches(crimes: int) -> bool:
        return wedge_power(replace(design, crimes_per_period=crimes), difference, alpha, power).power >= power

    if difference == 0 or not reaches(MOST_CRIMES):
        raise PracticeError(
            f"difference: expected one that {MOST_CRIMES:,} crimes an area and period can show, got {difference:g}; "
            "plan more areas or steps, or a larger difference"
        )
    low, high = 0, MOST_CRIMES
    while high - low > 1:
        middle = ceil((low + high) / 2)
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def wedge_plan(area_codes: list[str], n_steps: int, seed: int) -> pd.DataFrame:
    """Return the order in which areas change, drawn by a seed that is noted in the plan.

    Returns
    -------
    DataFrame
        One row an area: order (int64, 1 first), area_code (str), step (int64, 1 first), seed (int64).

    Raises
    ------
    PracticeError
        An area stands twice, or there are fewer areas than steps.
    """
    if len(set(area_codes)) < len(area_codes):
        raise PracticeError("area_codes: expected each area once, got one twice; take it out")
    if not 2 <= n_steps <= len(area_codes):
        raise PracticeError(f"n_steps: expected 2 to {len(area_codes)}, the number of areas, got {n_steps}")
    # Sorted first, so that the seed decides and not the order in which areas were given.
    order = np.random.default_rng(seed).permutation(np.array(sorted(area_codes), dtype=object))
    n = len(order)
    return pd.DataFrame({"order": np.arange(1, n + 1), "area_code": order, "step": steps_of_areas(n, n_steps)}).assign(
        seed=seed
    )
