"""Trend of recording quality month by month, with control limits that tell a change from the usual scatter.

Laney's p' chart (D. B. Laney, "Improved control charts for attributes", Quality Engineering 14(4), 2002, 531-537):
the binomial limits are widened by how much more the months scatter than a binomial would. Two things are added,
because a month is judged by earlier months only, which may be few: the three sigma are exchanged for the quantile of
Student's t with as many degrees of freedom as a mean moving range has (0.62 for each range; D. J. Wheeler, "Advanced
Topics in Statistical Process Control", 1995), and limits are never tighter than the tails of a binomial, nor of a beta
distribution as wide as the months scatter, for shares near 1 scatter far more to one side than to the other.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns

SCORECARD_COLUMNS = ("area_code", "crime_group", "month", "item_code", "dimension", "n_expected", "n_met")
CELL = ["area_code", "crime_group", "dimension", "item_code"]
COLUMNS = [*CELL, "month", "n_expected", "n_met", "share", "centre", "lower", "upper", "signal"]
ALL = "all"
NOT_STATED = "not_stated"
# Three sigma of a normal distribution, on one side.
TAIL = 0.00135
LEAST_MONTHS = 12
LONGEST_RUN = 9
# Expected value of the range of two standard normal values, and degrees of freedom that a mean moving range has.
D2 = 1.128
DF_PER_RANGE = 0.62


class Months(NamedTuple):
    """Counts, n cells x n months; a month that is not judged holds 0 (float64)."""

    n: np.ndarray
    met: np.ndarray


class Limits(NamedTuple):
    """Centre, limits and median of earlier months, n cells x n months, shares from 0 to 1; NaN where not judged."""

    centre: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    median: np.ndarray


def mo_trends(scorecard: pd.DataFrame, least_expected: int = 30) -> pd.DataFrame:
    """Follow every cell of the scorecard from month to month.

    Parameters
    ----------
    scorecard
        As `scorecard.mo_scorecard` makes it.
    least_expected
        Months with fewer counts are shown but neither judged nor part of what later months are judged by.

    Returns
    -------
    DataFrame
        area_code (an area, `all`, `not_stated`), crime_group, dimension, item_code (str; `all` for the items of a cell
        together, single items only for the whole force), month (datetime64), n_expected, n_met (int64), share,
        centre, lower, upper (0 to 1, NaN before the 12th earlier month), signal (`above`, `below`: beyond the limits,
        in control about 3 months in 1,000; `run`: the ninth or later month running on one side of the median of the
        months before it; `none`). One row per cell and month that has counts, sorted.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(scorecard, SCORECARD_COLUMNS, "mo_scorecard")
    trends = _summed(scorecard)
    cell = trends.groupby(CELL, sort=False).ngroup().to_numpy()
    month, _ = pd.factorize(trends["month"], sort=True)
    at = (cell, month)
    judged = trends["n_expected"].to_numpy() >= least_expected
    shape = (int(cell.max(initial=-1)) + 1, int(month.max(initial=-1)) + 1)
    months = Months(_spread(trends["n_expected"], judged, at, shape), _spread(trends["n_met"], judged, at, shape))
    limits = control_limits(months)
    found = signals(months, limits)
    trends["share"] = trends["n_met"] / trends["n_expected"]
    for name in ("centre", "lower", "upper"):
        trends[name] = getattr(limits, name)[at]
    trends["signal"] = found[at]
    return trends[COLUMNS]


def control_limits(months: Months) -> Limits:
    """Return the limits that each month is judged by: those of the earlier months of its cell.

    Parameters
    ----------
    months
        Counts of each cell and month; a month with n = 0 is neither judged nor judged by.
    """
    found = Limits(*(np.full(months.n.shape, np.nan) for _ in Limits._fields))
    for month in range(months.n.shape[1]):
        has_baseline = (months.n[:, :month] > 0).sum(axis=1) >= LEAST_MONTHS
        rows = np.flatnonzero(has_baseline & (months.n[:, month] > 0))
        if len(rows):
            earlier = Months(months.n[rows, :month], months.met[rows, :month])
            for matrix, values in zip(found, _next_limits(earlier, months.n[rows, month]), strict=True):
                matrix[rows, month] = values
    return found


def signals(months: Months, limits: Limits) -> np.ndarray:
    """Return what each month says, n cells x n months: `none`, `above`, `below` or `run` (str objects)."""
    share = _share(months)
    found = np.full(share.shape, "none", dtype=object)
    found[_run_lengths(np.sign(share - limits.median)) >= LONGEST_RUN] = "run"
    # A share that sits on its limit but for the last digit is within it.
    found[share > limits.upper + 1e-12] = "above"
    found[share < limits.lower - 1e-12] = "below"
    return found


def _next_limits(earlier: Months, n: np.ndarray) -> Limits:
    from scipy import stats

    total = earlier.n.sum(axis=1)
    centre = earlier.met.sum(axis=1) / total
    scatter, n_ranges = _scatter(earlier, centre)
    # Months without a single miss do not prove that there is never one: half a case on either side (Jeffreys).
    mean = (earlier.met.sum(axis=1) + 0.5) / (total + 1)
    # The centre is estimated too, from `total` counts that scatter alike.
    sigma = np.sqrt(mean * (1 - mean) / n * (1 + n / total))
    three = stats.norm.isf(TAIL)
    wide = np.maximum(three, stats.t.isf(TAIL, DF_PER_RANGE * n_ranges) * scatter) / three * sigma
    beta_lower, beta_upper = _beta_limits(mean, wide)
    lower = np.minimum.reduce([centre - three * wide, stats.binom.ppf(TAIL, n, mean) / n, beta_lower])
    upper = np.maximum.reduce([centre + three * wide, stats.binom.isf(TAIL, n, mean) / n, beta_upper])
    return Limits(centre, np.clip(lower, 0, 1), np.clip(upper, 0, 1), np.nanmedian(_share(earlier), axis=1))


def _beta_limits(mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the tails of the beta distributions with these moments; the mean where there is no such distribution."""
    from scipy import stats

    lower, upper = mean.copy(), mean.copy()
    exists = (sd > 0) & (sd**2 < mean * (1 - mean))
    size = mean[exists] * (1 - mean[exists]) / sd[exists] ** 2 - 1
    a, b = mean[exists] * size, (1 - mean[exists]) * size
    lower[exists], upper[exists] = stats.beta.ppf(TAIL, a, b), stats.beta.isf(TAIL, a, b)
    return lower, upper


def _share(months: Months) -> np.ndarray:
    return np.divide(months.met, months.n, out=np.full(months.n.shape, np.nan), where=months.n > 0)


def _scatter(earlier: Months, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Laney's sigma_z of each cell, 0 where all months are alike, and the number of ranges that it rests on."""
    kept = earlier.n > 0
    spread = np.sqrt(centre * (1 - centre))[:, None]
    error = earlier.met - earlier.n * centre[:, None]
    scale = np.sqrt(earlier.n) * spread
    z = np.divide(error, scale, out=np.zeros_like(error), where=kept & (scale > 0))
    # Ranges are between one judged month and the next, so those that are not judged are moved to the end.
    order = np.argsort(~kept, axis=1, kind="stable")
    ranges = np.abs(np.diff(np.take_along_axis(z, order, axis=1), axis=1))
    n_ranges = kept.sum(axis=1) - 1
    ranges[np.arange(ranges.shape[1])[None, :] >= n_ranges[:, None]] = 0
    return ranges.sum(axis=1) / n_ranges / D2, n_ranges


def _run_lengths(side: np.ndarray) -> np.ndarray:
    """Return for each month how many judged months running lie on its side; months not judged are passed over."""
    length = np.zeros(side.shape, dtype=np.int64)
    last, count = np.zeros(len(side)), np.zeros(len(side), dtype=np.int64)
    for month in range(side.shape[1]):
        is_judged = ~np.isnan(side[:, month])
        goes_on = is_judged & (side[:, month] == last) & (last != 0)
        count = np.where(goes_on, count + 1, np.where(is_judged, np.abs(np.nan_to_num(side[:, month])), count))
        last = np.where(is_judged, side[:, month], last)
        length[:, month] = np.where(is_judged, count, 0)
    return length


def _summed(scorecard: pd.DataFrame) -> pd.DataFrame:
    """Return counts by area and crime group over all items, and for the whole force by item too."""
    counted = scorecard.assign(
        area_code=scorecard["area_code"].fillna(NOT_STATED), crime_group=scorecard["crime_group"].fillna(NOT_STATED)
    )
    views = (counted.assign(item_code=ALL), counted.assign(area_code=ALL), counted.assign(area_code=ALL, item_code=ALL))
    key = [*CELL, "month"]
    parts = [view.groupby(key, as_index=False)[["n_expected", "n_met"]].sum() for view in views]
    return pd.concat(parts).sort_values(key, ignore_index=True)


def _spread(
    counts: pd.Series, judged: np.ndarray, at: tuple[np.ndarray, np.ndarray], shape: tuple[int, int]
) -> np.ndarray:
    matrix = np.zeros(shape)
    matrix[at] = np.where(judged, counts.to_numpy(dtype=np.float64), 0)
    return matrix
