"""An invented force whose offenders repeat their habits with a known chance."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from linkage.item_pairs import ItemPairs, pairs_by_crime_group
from linkage.series import series_data

EVEN = (0.25, 0.25, 0.25, 0.25)
Item = tuple[Sequence[float], float]
"""Shares of an item's values among all crimes, and the chance that a crime follows its offender's habit."""


def invented_force(
    items: Mapping[str, Item], seed: int, n_series: int = 40, per_series: int = 5, n_unsolved: int = 300
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return crimes, one crime group, everything recorded, and the series of those that are solved."""
    rng = np.random.default_rng(seed)
    n = n_series * per_series + n_unsolved
    person = np.concatenate([np.repeat(np.arange(n_series), per_series), n_series + np.arange(n_unsolved)])
    home_m = rng.uniform(0, 30_000, (n_series + n_unsolved, 2))[person]
    begin_days = rng.uniform(0, 300, n_series + n_unsolved)[person] + rng.uniform(0, 40, n)
    committed = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.round(begin_days * 24 * 60), unit="min")
    place_m = home_m + rng.normal(0, 1_000, (n, 2))
    crimes = pd.DataFrame(
        {
            "crime_id": [f"c{i:05}" for i in range(n)],
            "incident_id": [f"i{i:05}" for i in range(n)],
            "crime_group": "burglary",
            "easting_m": place_m[:, 0],
            "northing_m": place_m[:, 1],
            "committed_from_at": committed,
            "committed_to_at": committed,
            "committed_from_local": committed.tz_localize(None),
        }
    )
    for name, (shares, follows) in items.items():
        crimes[name] = _values(person, shares, follows, rng)
    labels = crimes.iloc[: n_series * per_series][["crime_id"]].assign(
        person_id=[f"p{i}" for i in person[: n_series * per_series]]
    )
    return crimes, series_data(labels, crimes)


def invented_pairs(items: Mapping[str, Item], seed: int, **sizes: int) -> ItemPairs:
    """Return the pairs of an invented force."""
    return pairs_of(*invented_force(items, seed, **sizes))


def pairs_of(crimes: pd.DataFrame, series: pd.DataFrame) -> ItemPairs:
    """Return the pairs of a force of one crime group, with all its items."""
    items = [name for name in crimes.columns if name.startswith("item_")]
    return next(iter(pairs_by_crime_group(crimes, series, items, 365.0, 5_000, np.random.default_rng(0))))


def lose(column: pd.Series, share: float, seed: int) -> pd.Series:
    """Return a column with a share of its values lost at random."""
    return column.mask(np.random.default_rng(seed).random(len(column)) < share, None)


def weight_of(shares: Sequence[float], follows: float) -> float:
    """Return the true D1 of an item whose agreements are all of one grade: both must follow, or agree by chance."""
    u = float(np.sum(np.square(shares)))
    m = follows**2 + (1 - follows**2) * u
    return m * np.log(m / u) + (1 - m) * np.log((1 - m) / (1 - u))


def _values(person: np.ndarray, shares: Sequence[float], follows: float, rng: np.random.Generator) -> np.ndarray:
    codes = np.array([f"v{i}" for i in range(len(shares))], dtype=object)
    habit = rng.choice(len(shares), person.max() + 1, p=shares)[person]
    chance = rng.choice(len(shares), len(person), p=shares)
    return codes[np.where(rng.random(len(person)) < follows, habit, chance)]
