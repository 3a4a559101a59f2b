"""What each MO item is worth to linkage, within each crime group: all measures side by side, with their resamples."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.item_completion import item_completion
from linkage.item_information import interval, item_information
from linkage.item_lists import ranked_lists
from linkage.item_pairs import ItemPairs, drawn_groups, pairs_by_crime_group
from linkage.item_proxy import place_share, place_weight
from linkage.item_selection import LEAST_GROUPS, item_gains
from linkage.item_shrinkage import steadied

Floats = npt.NDArray[np.float64]
Row = dict[str, object]

COUNTS = ("n_linked", "n_groups", "n_crimes", "n_recorded")
PLAIN = ("coverage_linked", "coverage", "exoneration", "information_value", "reliable_weight", "place_share")
WITH_INTERVAL = ("evidence_weight", "evidence_lost", "incremental_gain", "links_per_1000_recorded")
WORTH_COLUMNS = (
    *("crime_group", "item_code", *COUNTS, *PLAIN),
    *(f"{name}{end}" for name in WITH_INTERVAL for end in ("", "_lower", "_upper")),
    "links_per_1000_lost",
)
DRAW_COLUMNS = ("crime_group", "item_code", "draw", "links_per_1000_recorded")


@dataclass(frozen=True)
class WorthSettings:
    """How the worth of items is measured; fewer pairs and draws are cheaper and less certain.

    Parameters
    ----------
    max_days : float
        Pairs further apart in time are left out.
    n_pairs : int
        Pairs of each kind drawn in a crime group.
    n_candidates : int
        Candidates in the ranked lists of a crime group; crimes are ranked for until there are so many.
    n_resamples : int
        Resamples of groups of offenders, for intervals.
    n_shuffles : int
        Times that values are dealt anew, to see what chance and place give.
    n_draws : int
        Times that missing values are drawn and recorded ones taken away.
    miscoded : float
        Share of pairs compared on a wrong code, for the reliable weight.
    """

    max_days: float = 365.0
    n_pairs: int = 20_000
    n_candidates: int = 1_000_000
    n_resamples: int = 200
    n_shuffles: int = 20
    n_draws: int = 6
    miscoded: float = 0.05

    def __post_init__(self) -> None:
        for name in ("n_pairs", "n_candidates", "n_resamples", "n_shuffles", "n_draws"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected 1 or more, got {getattr(self, name)}; leave it out for the usual")
        if not 0.0 <= self.miscoded <= 1.0:
            raise ValueError(f"miscoded: expected a share from 0 to 1, got {self.miscoded}; 0.05 is usual")


class ItemWorth(NamedTuple):
    """What items are worth.

    Attributes
    ----------
    items : DataFrame
        One row a crime group and item that some crime of it has: the columns of `WORTH_COLUMNS`, counts int64, all
        others float64; weights in nats, NaN where they cannot be measured. Sorted by crime group and item.
    draws : DataFrame
        The columns of `DRAW_COLUMNS`: the same resample of offenders has the same number in all items of a crime
        group. Only of items that could be measured.
    """

    items: pd.DataFrame
    draws: pd.DataFrame


def item_worth(
    crimes: pd.DataFrame,
    series: pd.DataFrame,
    items: Sequence[str],
    settings: WorthSettings,
    rng: np.random.Generator,
) -> ItemWorth:
    """Measure what each MO item is worth, from what was recorded and from the solved crimes alone.

    Parameters
    ----------
    crimes : DataFrame
        As `linkage.item_pairs.pairs_by_crime_group` takes them.
    series : DataFrame
        crime_id, person_id, event_at of the labels that count as solved. With few or none the measures that need them
        are missing.
    items : sequence of str
    settings : WorthSettings
    rng : Generator
        The same state gives the same figures whatever the order of crimes and items.
    """
    seed = int(rng.integers(2**62))
    parts = pairs_by_crime_group(crimes, series, sorted(items), settings.max_days, settings.n_pairs, rng)
    rows: list[Row] = []
    draws: list[pd.DataFrame] = []
    for pairs in parts:
        of_group, drawn = _of_group(pairs, settings, seed)
        rows += of_group
        draws += drawn
    table = pd.DataFrame(rows, columns=list(WORTH_COLUMNS))
    table = table.astype(dict.fromkeys(COUNTS, "int64") | dict.fromkeys(WORTH_COLUMNS[6:], "float64"))
    nothing = pd.DataFrame(columns=list(DRAW_COLUMNS))
    return ItemWorth(table, pd.concat(draws, ignore_index=True) if draws else nothing)


def _of_group(pairs: ItemPairs, settings: WorthSettings, seed: int) -> tuple[list[Row], list[pd.DataFrame]]:
    """Return the rows of a crime group, and the resamples of those that could be measured."""
    group, items = pairs.crime_group, [item for item, one in sorted(pairs.items.items()) if (one.code >= 0).any()]
    drawn = drawn_groups(pairs, settings.n_resamples, _generator(seed, group))
    rows = {item: _information(pairs, item, drawn, settings, _generator(seed, group, item)) for item in items}
    if not items or len(np.unique(pairs.offenders[pairs.linked.first])) < LEAST_GROUPS:
        return list(rows.values()), []
    for one in item_gains(pairs, items, drawn, _generator(seed, group, "folds")):
        rows[one.item] |= _with_interval("incremental_gain", one.gain, one.draws)
    rng = _generator(seed, group, "lists")
    lists = ranked_lists(pairs, items, settings.max_days, settings.n_candidates, rng)
    linked = [item for item in items if rows[item]["n_linked"]]
    found = [
        item_completion(pairs, lists, item, drawn, _generator(seed, group, item, "draws"), settings.n_draws)
        for item in linked
    ]
    weights = np.array([float(str(rows[item]["evidence_weight"])) for item in linked])
    slopes, drawn_slopes = steadied(
        np.array([one.links_per_1000_recorded for one in found]),
        np.array([one.draws for one in found]).reshape(len(found), settings.n_resamples),
        weights,
    )
    for item, change, slope, values in zip(linked, found, slopes, drawn_slopes, strict=True):
        rows[item] |= _with_interval("links_per_1000_recorded", float(slope), values)
        rows[item] |= {"links_per_1000_lost": change.links_per_1000_lost}
    return list(rows.values()), [_draws(group, *one) for one in zip(linked, drawn_slopes, strict=True)]


def _information(
    pairs: ItemPairs, item: str, drawn: npt.NDArray[np.int64], settings: WorthSettings, rng: np.random.Generator
) -> Row:
    one = item_information(pairs, item, drawn, rng, n_shuffles=settings.n_shuffles, miscoded=settings.miscoded)
    at_place = place_weight(pairs, item, rng, settings.n_shuffles)
    return {
        "crime_group": pairs.crime_group,
        "item_code": item,
        **{name: getattr(one, name) for name in (*COUNTS, "coverage_linked", "coverage", "exoneration")},
        "information_value": one.evidence_weight + one.exoneration,
        "reliable_weight": one.reliable_weight,
        "place_share": place_share(one.evidence_weight, one.chance_weight, at_place),
        **_with_interval("evidence_weight", one.evidence_weight, one.draws),
        **_with_interval("evidence_lost", one.evidence_lost, one.draws * (1.0 - one.coverage)),
    }


def _with_interval(name: str, value: float, draws: Floats) -> Row:
    low, high = interval(draws)
    # Resamples of few groups may lie to one side of what they resample.
    return {name: value, f"{name}_lower": min(low, value), f"{name}_upper": max(high, value)}


def _draws(group: str, item: str, values: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {"crime_group": group, "item_code": item, "draw": np.arange(len(values)), "links_per_1000_recorded": values}
    )[list(DRAW_COLUMNS)]


def _generator(seed: int, *names: str) -> np.random.Generator:
    """Return a generator that belongs to these names, whichever others there are."""
    return np.random.default_rng([seed, zlib.crc32("/".join(names).encode())])
