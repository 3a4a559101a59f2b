"""Pairs of one crime group on which the worth of its MO items is measured.

Linked pairs and pairs of different offenders come from solved crimes; pairs of all crimes, solved or not, show what
recording is like and how often values agree by chance.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.bootstrap import group_draws
from linkage.item_evidence import EncodedItem, encode_item
from linkage.item_levels import Levels, value_grades
from linkage.natural_pairs import natural_pairs
from linkage.pair_population import population_sample
from linkage.pairs import PAIR, PairSampling, linked_pairs
from linkage.rarity import value_shares
from linkage.series import groups_of_crimes

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEAR_KM = 5.0
UNSOLVED = -1
MOST_GROUPS = 1_000
"""Groups of offenders in a crime group that are enough; more cost time and hardly narrow an interval."""


class PairRows(NamedTuple):
    """Pairs of crimes as row positions, with a weight each.

    Attributes
    ----------
    first, second : ndarray, shape (n_pairs,), int64
    weight : ndarray, shape (n_pairs,), float64
    """

    first: Ints
    second: Ints
    weight: Floats


class ItemPairs(NamedTuple):
    """The crimes of one crime group and their pairs.

    Attributes
    ----------
    crime_group : str
    crimes : DataFrame
        Rows of the group alone; all positions refer to these.
    items : mapping of item to EncodedItem
    grades : mapping of item to ndarray of int8
        Level of an agreement on each value (`linkage.item_levels.value_grades`).
    linked : PairRows
        All pairs of solved crimes that share an offender. A pair of an offender with n pairs weighs n^-1/2: between
        counting all pairs alike, where one prolific offender is the sample, and all offenders alike, where those with
        a single pair are.
    apart : PairRows
        Pairs of solved crimes of different offenders, weighted by how many such pairs each stands for.
    anyone : PairRows
        Pairs of all crimes, each of weight 1.
    offenders : ndarray, shape (n_crimes,), int64
        Group of connected offenders of each crime, 0, 1, ...; UNSOLVED for a crime without.
    persons : DataFrame
        crime_row, person_id: one row a solved crime and offender.
    """

    crime_group: str
    crimes: pd.DataFrame
    items: Mapping[str, EncodedItem]
    grades: Mapping[str, Levels]
    linked: PairRows
    apart: PairRows
    anyone: PairRows
    offenders: Ints
    persons: pd.DataFrame

    @property
    def n_groups(self) -> int:
        """Groups of connected offenders with a solved crime of this crime group."""
        return int(self.offenders.max(initial=UNSOLVED)) + 1


def pairs_by_crime_group(
    crimes: pd.DataFrame,
    series: pd.DataFrame,
    items: Sequence[str],
    max_days: float,
    n_pairs: int,
    rng: np.random.Generator,
    most_groups: int = MOST_GROUPS,
) -> Iterator[ItemPairs]:
    """Yield the pairs of each crime group, in order of its name.

    Parameters
    ----------
    crimes : DataFrame
        crime_id, crime_group, incident_id where known, easting_m, northing_m, the times that
        `linkage.evidence.pair_evidence` reads, and a column an item.
    series : DataFrame
        crime_id, person_id, event_at of the labels that count as solved.
    items : sequence of str
    max_days : float
        Pairs further apart in time are left out.
    n_pairs : int
        Pairs of all crimes to draw, and pairs of solved crimes apart and near each other; a third as many far ones.
    rng : Generator
        The same state gives the same pairs whatever the order of the rows and whichever other crime groups there are.
    most_groups : int
        Groups of connected offenders with solved crimes in a crime group; of more, so many are drawn and the crimes of
        the others count as unsolved.
    """
    component = groups_of_crimes(series) if len(series) else pd.Series(dtype=str)
    seed = int(rng.integers(2**62))
    for name, rows in crimes.sort_values("crime_id").groupby("crime_group", sort=True):
        of_group = rows.reset_index(drop=True)
        known = series[series["crime_id"].isin(of_group["crime_id"])]
        of_name = np.random.default_rng([seed, zlib.crc32(str(name).encode())])
        groups = _some(component.reindex(known["crime_id"]), most_groups, of_name)
        known = known[component.reindex(known["crime_id"]).isin(groups).to_numpy()]
        of_known = component[component.index.isin(known["crime_id"])]
        sampling = PairSampling(max_days, across_groups=False)
        yield _pairs(str(name), of_group, known, of_known, items, sampling, n_pairs, of_name)


def drawn_groups(pairs: ItemPairs, n_resamples: int, rng: np.random.Generator) -> Ints:
    """Return how often each resample holds each group of connected offenders.

    Groups with linked pairs are drawn with replacement, as many as there are (`linkage.bootstrap`); those without,
    which only say how many solved crimes there are, stay once each.

    Returns
    -------
    ndarray, shape (n_resamples, n_groups), int64
    """
    times = np.ones((n_resamples, pairs.n_groups), dtype=np.int64)
    paired = np.unique(pairs.offenders[pairs.linked.first])
    times[:, paired] = group_draws(len(paired), n_resamples, rng)
    return times


def _pairs(
    name: str,
    crimes: pd.DataFrame,
    series: pd.DataFrame,
    component: pd.Series,
    items: Sequence[str],
    sampling: PairSampling,
    n_pairs: int,
    rng: np.random.Generator,
) -> ItemPairs:
    encoded = {item: encode_item(crimes[item]) for item in items}
    position = pd.Index(crimes["crime_id"])
    anyone = population_sample(crimes, sampling.max_days, 0.0, rng, n_far=n_pairs, n_near=0)
    linked, apart = _of_solved(crimes, series, sampling, n_pairs, rng)
    persons = series[["crime_id", "person_id"]].sort_values(["crime_id", "person_id"])
    return ItemPairs(
        name,
        crimes,
        encoded,
        {item: value_grades(one, value_shares(crimes[item])) for item, one in encoded.items()},
        _rows(linked, linked["weight"].to_numpy() ** 0.5, position),
        _rows(apart, apart["stands_for"].to_numpy(), position),
        PairRows(anyone["first"].to_numpy(), anyone["second"].to_numpy(), np.ones(len(anyone))),
        _numbered(crimes["crime_id"].map(component)),
        pd.DataFrame(
            {"crime_row": position.get_indexer(pd.Index(persons["crime_id"])), "person_id": persons["person_id"].array}
        ),
    )


def _some(component: pd.Series, most: int, rng: np.random.Generator) -> list[str]:
    names = sorted(component.unique())
    return names if len(names) <= most else sorted(rng.choice(np.array(names, dtype=object), most, replace=False))


def _of_solved(
    crimes: pd.DataFrame, series: pd.DataFrame, sampling: PairSampling, n_pairs: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the linked pairs, and a sample of those of different offenders."""
    linked = linked_pairs(series, crimes, sampling)
    drawn = natural_pairs(series, crimes, sampling, rng, near_km=NEAR_KM, n_near=n_pairs, n_far=n_pairs // 3)
    return linked, drawn[~drawn["is_linked"]]


def _rows(pairs: pd.DataFrame, weight: Floats, position: pd.Index) -> PairRows:
    first, second = (position.get_indexer(pd.Index(pairs[name])).astype(np.int64) for name in PAIR)
    return PairRows(first, second, weight.astype(np.float64))


def _numbered(component: pd.Series) -> Ints:
    return pd.factorize(component, sort=True)[0].astype(np.int64)
