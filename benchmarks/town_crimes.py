"""Invented crimes of a force with towns of very different size, as one Parquet file that several programs read."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.five_comparisons import ITEMS

SIDE_KM = 100.0
N_TOWNS = 40
YEARS = 5
IN_COUNTRYSIDE = 0.15
LARGEST_TOWN_KM = 6.0
"""Standard deviation of the places of the largest town; the area of the others goes with their crimes."""

N_VALUES = dict(zip(ITEMS, (9, 14, 20), strict=True))
MISSING = dict(zip(ITEMS, (0.15, 0.25, 0.35), strict=True))


def town_crimes(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return crimes of known minute, in no order.

    Returns
    -------
    DataFrame
        crime_id, easting_m, northing_m, committed_from_at, committed_to_at (the same minute, or hours later in
        `interval_to_at`), and the items: values of falling frequency, some missing.
    """
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, YEARS * 365 * 24 * 60, n), unit="min")
    hours_unknown = np.where(rng.random(n) < 0.4, 0, rng.exponential(10 * 60, n)).astype(np.int64)
    easting_m, northing_m = _places(n, rng)
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{number:07d}" for number in rng.permutation(n)],
            "easting_m": easting_m,
            "northing_m": northing_m,
            "committed_from_at": start,
            "committed_to_at": start,
            "interval_to_at": start + pd.to_timedelta(hours_unknown, unit="min"),
        }
    )
    for item in ITEMS:
        share = 1.0 / np.arange(1, N_VALUES[item] + 1)
        names = np.array([f"{item}_{value}" for value in range(N_VALUES[item])], dtype=object)
        crimes[item] = names[rng.choice(N_VALUES[item], n, p=share / share.sum())]
        crimes.loc[rng.random(n) < MISSING[item], item] = None
    return crimes


def write_town_crimes(path: Path, n: int, seed: int) -> None:
    """Write the crimes that a number and a seed give."""
    town_crimes(n, np.random.default_rng(seed)).to_parquet(path, index=False)


def _places(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    side_m = 1000 * SIDE_KM
    size = 1.0 / np.arange(1, N_TOWNS + 1) ** 0.9
    centre = rng.uniform(0.08 * side_m, 0.92 * side_m, (2, N_TOWNS))
    town = rng.choice(N_TOWNS, n, p=size / size.sum())
    spread_m = 1000 * LARGEST_TOWN_KM * np.sqrt(size[town])
    in_town = np.clip(centre[:, town] + spread_m * rng.standard_normal((2, n)), 0.0, side_m)
    easting_m, northing_m = np.where(rng.random(n) < IN_COUNTRYSIDE, rng.uniform(0.0, side_m, (2, n)), in_town)
    return easting_m, northing_m
