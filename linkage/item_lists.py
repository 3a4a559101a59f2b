"""Ranked lists of candidates for solved crimes, scored so that one item can be changed and the lists read again.

Each list holds the crimes of one crime group within the time limit, of other incidents, unsolved ones included; the
score is that of `linkage.item_model`, fitted on other offenders than those of the crime that is ranked for.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.candidates import event_midpoints, incidents_known_apart
from linkage.evidence import SPACE_AND_TIME
from linkage.item_evidence import Codes
from linkage.item_levels import Levels, level_of_sets, pair_levels
from linkage.item_model import bin_tables, binned_pairs, binned_space_time, features, space_time, stacked
from linkage.item_pairs import UNSOLVED, ItemPairs
from linkage.item_selection import fold_of_groups

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOP = 10
"""How far down a list people read."""

HALF_MICROSECONDS_PER_DAY = 2 * 86_400_000_000


class RankedLists(NamedTuple):
    """The lists of one crime group; list i stands at `start[i]` to `start[i + 1]` of the candidates.

    Attributes
    ----------
    items : tuple of str
    crime : ndarray, shape (n_lists,), int64
        Row of the crime that is ranked for.
    start : ndarray, shape (n_lists + 1,), int64
    candidate : ndarray, shape (n_candidates,), int64
        Rows of the candidates.
    log_bf : ndarray, shape (n_candidates,), float64
        Score with all items as recorded; natural log, up to a constant of the list.
    wanted_start, wanted : ndarray, int64
        Places in `candidate` of each crime's true partners, list after list.
    tables : ndarray, shape (n_lists, n_items, n_levels), float64
        What each level of an item adds to the score.
    offenders : ndarray, shape (n_lists,), int64
        Group of connected offenders of the crime.
    n_solved : ndarray, shape (n_groups,), int64
        Solved crimes of each group of offenders that was sampled, those without a partner included; 0 for others.
    """

    items: tuple[str, ...]
    crime: Ints
    start: Ints
    candidate: Ints
    log_bf: Floats
    wanted_start: Ints
    wanted: Ints
    tables: Floats
    offenders: Ints
    n_solved: Ints

    @property
    def n_wanted(self) -> Ints:
        """True partners in each list."""
        return np.diff(self.wanted_start)


def ranked_lists(
    pairs: ItemPairs, items: list[str], max_days: float, most_pairs: int, rng: np.random.Generator
) -> RankedLists:
    """Rank the crimes of the group for solved crimes that have a partner.

    Parameters
    ----------
    pairs : ItemPairs
    items : list of str
    max_days : float
        Candidates further apart in time are left out.
    most_pairs : int
        Groups of offenders are drawn until their lists hold so many candidates; at least 20 groups are.
    rng : Generator
    """
    ordered = sorted(items)
    dated, midpoint = event_midpoints(pairs.crimes)
    rows = np.flatnonzero(dated)
    rows = rows[np.argsort(midpoint[rows], kind="stable")]
    reach = int(max_days * HALF_MICROSECONDS_PER_DAY)
    sampled = _sampled(pairs, len(rows), most_pairs, rng)
    partners = _partners(pairs, sampled)
    incident = incidents_known_apart(pairs.crimes)
    lists, wanted = [], []
    for row, partner_rows in partners.items():
        begin, end = np.searchsorted(midpoint[rows], [midpoint[row] - reach, midpoint[row] + reach + 1])
        others = rows[begin:end]
        others = others[incident[others] != incident[row]]
        lists.append(others)
        wanted.append(np.flatnonzero(np.isin(others, partner_rows)))
    crime = np.array(list(partners), dtype=np.int64)
    start = _starts(lists)
    candidate = np.concatenate([np.empty(0, np.int64), *lists])
    log_bf, tables = _scores(pairs, ordered, crime, start, candidate, rng)
    solved = pairs.offenders[(pairs.offenders != UNSOLVED)]
    n_solved = np.bincount(solved[np.isin(solved, sampled)], minlength=pairs.n_groups)
    return RankedLists(
        tuple(ordered),
        crime,
        start,
        candidate,
        log_bf,
        _starts(wanted),
        np.concatenate([np.empty(0, np.int64), *(at + begin for at, begin in zip(wanted, start[:-1], strict=True))]),
        tables,
        pairs.offenders[crime],
        n_solved,
    )


def found_in_top(lists: RankedLists, pairs: ItemPairs, item: str, code: Codes, top: int = TOP) -> Floats:
    """Return how many true partners stand in the top of each list when an item is as given, shape (n_lists,).

    Equal scores share the mean of their places.
    """
    encoded, place = pairs.items[item], lists.items.index(item)
    out = np.zeros(len(lists.crime))
    _count_found(
        lists.crime,
        lists.start,
        lists.candidate,
        lists.log_bf,
        lists.wanted_start,
        lists.wanted,
        np.ascontiguousarray(lists.tables[:, place]),
        encoded.code,
        np.ascontiguousarray(code, dtype=np.int32),
        encoded.members,
        encoded.bounds,
        pairs.grades[item],
        top,
        out,
    )
    return out


def _sampled(pairs: ItemPairs, n_candidates: int, most_pairs: int, rng: np.random.Generator) -> Ints:
    """Return groups of offenders, in random order, until their crimes with partners fill the pairs allowed."""
    has_partner = np.unique(np.concatenate([pairs.linked.first, pairs.linked.second]))
    size = np.bincount(pairs.offenders[has_partner], minlength=pairs.n_groups)
    order = rng.permutation(pairs.n_groups)
    filled = np.cumsum(size[order]) * n_candidates
    enough = np.cumsum(size[order] > 0) >= 20
    n = int(np.argmax((filled >= most_pairs) & enough)) if ((filled >= most_pairs) & enough).any() else len(order)
    return np.sort(order[: n + 1])


def _starts(parts: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum([len(part) for part in parts], dtype=np.int64)])


def _partners(pairs: ItemPairs, sampled: Ints) -> dict[int, Ints]:
    first, second = pairs.linked.first, pairs.linked.second
    kept = np.isin(pairs.offenders[first], sampled)
    one, other = np.concatenate([first[kept], second[kept]]), np.concatenate([second[kept], first[kept]])
    order = np.lexsort((other, one))
    crimes, begin = np.unique(one[order], return_index=True)
    return dict(zip(crimes.tolist(), np.split(other[order], begin[1:]), strict=True)) if len(crimes) else {}


def _scores(
    pairs: ItemPairs, items: list[str], crime: Ints, start: Ints, candidate: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the score of each candidate, and what the levels of each item add in each list."""
    binned, edges = binned_pairs(pairs, items)
    fold = fold_of_groups(pairs, rng)
    of_list = fold[pairs.offenders[crime]]
    first = np.repeat(crime, np.diff(start))
    place = np.repeat(of_list, np.diff(start))
    bins = binned_space_time(space_time(pairs, first, candidate), edges)
    levels = [pair_levels(pairs.items[item], pairs.grades[item], first, candidate) for item in items]
    log_bf = np.zeros(len(candidate))
    n_base = len(SPACE_AND_TIME)
    tables = np.zeros((len(crime), len(items), 0))
    for number in range(int(fold.max(initial=-1)) + 1):
        trains = (fold[binned.first] != number) & (fold[binned.second] != number)
        learned = bin_tables(binned, trains)
        if binned.linked[trains].any():
            evidence = features(binned, learned)[trains]
            learned = learned * stacked(evidence, binned.linked[trains], binned.weight[trains])[1:, None]
        here = place == number
        for table, column in zip(learned, [*bins, *levels], strict=True):
            log_bf[here] += table[np.maximum(column[here], -1)]
        if not tables.shape[2]:
            tables = np.zeros((len(crime), len(items), learned.shape[1]))
        tables[of_list == number] = learned[n_base:]
    return log_bf, tables


@numba.njit(cache=True)
def _count_found(
    crime: Ints,
    start: Ints,
    candidate: Ints,
    log_bf: Floats,
    wanted_start: Ints,
    wanted: Ints,
    tables: Floats,
    before: Codes,
    after: Codes,
    members: Ints,
    bounds: Ints,
    grades: Levels,
    top: int,
    out: Floats,
) -> None:
    nothing = tables.shape[1] - 1  # the last level adds 0: one of the crimes lacks the item
    for i in range(crime.size):
        u, begin, n = crime[i], start[i], start[i + 1] - start[i]
        scores = np.empty(n)
        for k in range(n):
            v = candidate[begin + k]
            scores[k] = log_bf[begin + k]
            if before[u] != after[u] or before[v] != after[v]:
                was = level_of_sets(members, bounds, grades, before[u], before[v])
                now = level_of_sets(members, bounds, grades, after[u], after[v])
                scores[k] += tables[i, now if now >= 0 else nothing] - tables[i, was if was >= 0 else nothing]
        for at in range(wanted_start[i], wanted_start[i + 1]):
            score, above, equal = scores[wanted[at] - begin], 0, 0
            for k in range(n):
                above += scores[k] > score
                equal += scores[k] == score
            if score > -np.inf and above + (equal + 1) / 2 <= top:
                out[i] += 1.0
