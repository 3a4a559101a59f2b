"""What recording an item of more crimes, or of fewer, does to the ranked lists that people read.

Losing is honest: values that are there are taken away and the lists are read again. Completing has to invent values
(`linkage.item_draws`). Linked pairs gain only where both crimes have the item, so the two are put together as a slope
over the share of linked pairs that do, and that slope over the share of crimes.

Counted are true partners in the top 10 of a crime's list, each a half, for a pair is met from either of its crimes.
What is seen of solved crimes and their known partners is taken to hold for all crimes of the group.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.item_draws import completed, item_habits, masked
from linkage.item_evidence import Codes
from linkage.item_levels import NOT_APPLICABLE, UNCOMPARED
from linkage.item_lists import TOP, RankedLists, found_in_top
from linkage.item_pairs import ItemPairs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KEPT = 0.5
"""Share of the recorded values that remains when the slope towards losing is measured."""

PER_CRIMES = 1000.0


class ItemCompletion(NamedTuple):
    """What recording an item does to the lists of a crime group.

    Attributes
    ----------
    consistency : float
        Consistency rate that values were completed with.
    links_now, links_completed, links_masked : float
        True partners found in the top 10, a half each, for a solved crime: as recorded, with every crime completed,
        with half of the recorded values lost. Means of the draws.
    links_per_1000_recorded, links_per_1000_lost : float
        Further linked pairs in the top 10 for each 1,000 more crimes that have the item, and fewer for each 1,000
        that lose it.
    draws : ndarray, shape (n_resamples,), float64
        links_per_1000_recorded of resamples of groups of offenders.
    gain_draws : ndarray, shape (n_resamples,), float64
        links_completed less links_now, in the same resamples.
    """

    consistency: float
    links_now: float
    links_completed: float
    links_masked: float
    links_per_1000_recorded: float
    links_per_1000_lost: float
    draws: Floats
    gain_draws: Floats


class _Change(NamedTuple):
    """What becomes of the lists: partners found by group of offenders, and the share of linked pairs with the item."""

    found: Floats
    coverage: float


def item_completion(
    pairs: ItemPairs,
    lists: RankedLists,
    item: str,
    drawn: Ints,
    rng: np.random.Generator,
    n_draws: int = 4,
) -> ItemCompletion:
    """Measure what completing and losing an item does.

    Parameters
    ----------
    pairs : ItemPairs
    lists : RankedLists
        Of the same crime group.
    item : str
    drawn : ndarray, shape (n_resamples, n_groups), int64
        How often each resample holds each group of offenders (`linkage.item_pairs.drawn_groups`).
    rng : Generator
    n_draws : int
        Times that values are invented, and taken away.
    """
    code, habits = pairs.items[item].code, item_habits(pairs, item, rng)
    now = _change(pairs, lists, item, [code])
    more = _change(pairs, lists, item, completed(pairs, habits, rng, n_draws))
    less = _change(pairs, lists, item, [masked(code, KEPT, rng) for _ in range(n_draws)])
    times = np.vstack([np.ones((1, pairs.n_groups), dtype=np.int64), drawn])
    per_crime = 0.5 / np.maximum(times @ lists.n_solved, 1)
    links = [per_crime * (times @ change.found) for change in (now, more, less)]
    gains = [(links[i] - links[0], change.coverage - now.coverage) for i, change in ((1, more), (2, less))]
    slope = PER_CRIMES * _coverage_per_share(code, lists) * _slope(gains)
    share_lost = (1.0 - KEPT) * _completeness(code)
    return ItemCompletion(
        consistency=habits.consistency,
        links_now=float(links[0][0]),
        links_completed=float(links[1][0]),
        links_masked=float(links[2][0]),
        links_per_1000_recorded=float(slope[0]),
        links_per_1000_lost=float(-PER_CRIMES * gains[1][0][0] / share_lost) if share_lost > 0 else np.nan,
        draws=slope[1:],
        gain_draws=gains[0][0][1:],
    )


def losing_curve(
    pairs: ItemPairs,
    lists: RankedLists,
    item: str,
    rng: np.random.Generator,
    shares: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0),
    n_draws: int = 4,
) -> pd.DataFrame:
    """Return what remains in the top of the lists when an item is kept of fewer crimes, where all had it.

    Only crimes that have the item are ranked, ranked for and looked for, so that no value is invented.

    Returns
    -------
    DataFrame
        completeness (0 to 1), share_found: of the true partners, the share in the top 10.
    """
    code = pairs.items[item].code
    has_it = code >= 0
    of_list = np.repeat(lists.crime, np.diff(lists.start))
    score = np.where(has_it[of_list] & has_it[lists.candidate], lists.log_bf, -np.inf)
    wanted = int(np.isfinite(score[lists.wanted]).sum())
    among = lists._replace(log_bf=score)
    rows = []
    for share in shares:
        found = [found_in_top(among, pairs, item, masked(code, share, rng)).sum() for _ in range(n_draws)]
        rows.append((share, float(np.mean(found)) / wanted if wanted else np.nan))
    return pd.DataFrame(rows, columns=["completeness", "share_found"])


def _change(pairs: ItemPairs, lists: RankedLists, item: str, codes: list[Codes]) -> _Change:
    found = np.mean([found_in_top(lists, pairs, item, code, TOP) for code in codes], axis=0)
    by_group = np.bincount(lists.offenders, weights=found, minlength=pairs.n_groups).astype(np.float64)
    return _Change(by_group, float(np.mean([_coverage(lists, code) for code in codes])))


def _sides(lists: RankedLists, code: Codes) -> tuple[Codes, Codes]:
    return np.repeat(code[lists.crime], lists.n_wanted), code[lists.candidate[lists.wanted]]


def _coverage(lists: RankedLists, code: Codes) -> float:
    """Return the share of true partners that have the item on both sides, of those that it can be asked of."""
    one, other = _sides(lists, code)
    asked = (one != NOT_APPLICABLE) & (other != NOT_APPLICABLE)
    return float(((one >= 0) & (other >= 0)).sum() / max(asked.sum(), 1))


def _coverage_per_share(code: Codes, lists: RankedLists) -> float:
    """Return how fast that share grows when crimes are completed at random: pairs with one gap over crimes with one."""
    one, other = _sides(lists, code)
    asked = (one != NOT_APPLICABLE) & (other != NOT_APPLICABLE)
    one_gap = asked & ((one == UNCOMPARED) != (other == UNCOMPARED))
    gaps = 1.0 - _completeness(code)
    return float(one_gap.sum() / max(asked.sum(), 1) / gaps) if gaps > 0 else 2.0


def _completeness(code: Codes) -> float:
    return float((code >= 0).sum() / max((code != NOT_APPLICABLE).sum(), 1))


def _slope(gains: list[tuple[Floats, float]]) -> Floats:
    """Return links gained over coverage gained, by least squares through the present."""
    found, steps = np.stack([gain for gain, _ in gains]), np.array([step for _, step in gains])
    return np.asarray(steps @ found / max(steps @ steps, 1e-12))
