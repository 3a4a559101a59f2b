"""Evidence of pairs as one would write it first: whole columns of numpy and pandas, one formula at a time.

It is what `benchmarks.evidence` measures against, and an independent second opinion: the textbook second differences of
METHOD 3, not the case analysis of `linkage.differences`. They cancel where intervals last minutes, so the two agree to
1e-6 of an hour or a day, not to the last digit.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Wave = Callable[[Floats], Floats]

AGREE_TO = 1e-6  # km, days and hours


def plain_evidence(
    crimes: pd.DataFrame, first: Ints, second: Ints, items: tuple[str, ...], reference: bool
) -> pd.DataFrame:
    """Return the columns of `linkage.evidence.pair_evidence` for projected metres.

    Parameters
    ----------
    crimes, first, second
        As in `linkage.evidence.pair_evidence`, every place and time known.
    items : tuple of str
        MO items of one value a crime, None where missing.
    reference : bool
        True: a quarter period from intervals of a period on, and two missing values match, as the R package does.
    """
    one, other = (crimes.take(rows).reset_index(drop=True) for rows in (first, second))
    a, b = (_days(side["committed_to_at"] - side["committed_from_at"]) for side in (one, other))
    d = _days(one["committed_from_at"] - other["committed_from_at"])
    local = _days(one["committed_from_local"] - other["committed_from_local"])
    easting, northing = one["easting_m"] - other["easting_m"], one["northing_m"] - other["northing_m"]
    columns: dict[str, object] = {
        "distance_km": np.hypot(easting, northing) / 1000.0,
        "gap_days": _expected_gaps(d, a, b),
        "tod_gap_hours": _circular(24.0 * local, 24.0 * a, 24.0 * b, 24.0, reference),
        "dow_gap_days": _circular(local, a, b, 7.0, reference),
    }
    columns |= {f"match_{item}": _matches(one[item], other[item], reference) for item in items}
    return pd.DataFrame(columns)


def _days(length: pd.Series) -> Floats:
    return (length.dt.total_seconds() / 86_400.0).to_numpy(dtype=np.float64)


def _expected_gaps(d: Floats, a: Floats, b: Floats) -> Floats:
    middle = np.abs(d + 0.5 * (a - b))
    overlap = (d < b) & (d + a > 0) & (a + b > 0)
    bent = _second_difference(lambda u: np.abs(u) ** 3 / 6, lambda u: u * np.abs(u) / 2, d, a, b)
    return np.where(overlap, bent, middle)


def _circular(d: Floats, a: Floats, b: Floats, period: float, reference: bool) -> Floats:
    half = 0.5 * period
    d = np.mod(d, period)

    def wave(u: Floats) -> Floats:
        v = np.mod(u, period)
        return np.minimum(v, period - v)

    def first_integral(u: Floats) -> Floats:
        v = wave(u)
        return period * u / 4 + np.where(np.mod(u, period) <= half, 1.0, -1.0) * v * (v - half) / 2

    def second_integral(u: Floats) -> Floats:
        v = wave(u)
        return period * u * u / 8 + v**3 / 6 - period * v * v / 8

    is_straight = (np.floor((d + a) / half) == np.floor((d - b) / half)) | (a + b == 0)
    bent = _second_difference(second_integral, first_integral, d, a, b)
    gaps = np.where(is_straight, wave(d + 0.5 * (a - b)), bent)
    return np.where((a >= period) | (b >= period), 0.25 * period, gaps) if reference else gaps


def _second_difference(second: Wave, first: Wave, d: Floats, a: Floats, b: Floats) -> Floats:
    """Average a function over [d - b, d + a] from its second integral, or its first where one length is 0."""
    both = (second(d + a) - second(d + a - b) - second(d) + second(d - b)) / np.where(a * b > 0, a * b, 1.0)
    of_first = (first(d + a) - first(d)) / np.where(a > 0, a, 1.0)
    of_second = (first(d) - first(d - b)) / np.where(b > 0, b, 1.0)
    return np.where((a > 0) & (b > 0), both, np.where(a > 0, of_first, of_second))


def _matches(one: pd.Series, other: pd.Series, missing_may_match: bool) -> pd.Series:
    is_equal = (one == other).to_numpy(dtype=bool)
    lacks_one, lacks_other = one.isna().to_numpy(), other.isna().to_numpy()
    if missing_may_match:
        return pd.Series(np.where(is_equal | (lacks_one & lacks_other), "match", "differ")).astype("category")
    levels = np.where(lacks_one | lacks_other, "missing", np.where(is_equal, "match", "differ"))
    return pd.Series(levels).astype("category")
