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
from linkage.item_levels import Levels, level_of_sets
from linkage.item_pairs import UNSOLVED, ItemPairs
from linkage.item_scores import Scorer, fit_scorer, pair_scores
from linkage.item_thinning import thinned

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOP = 10
"""How far down a list people read."""

LEAST_SAMPLED = 20
"""Groups of offenders with lists, whatever the bound on candidates; fewer show no spread between offenders."""

LEAST_KEPT = 100
"""Candidates that a list keeps, whatever the bound: the fifty best by their scores are five times what is read."""

BATCH = 1_000_000
"""Candidates that are scored at a time; about 100 MB."""

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
    stands_for : ndarray, shape (n_candidates,), float64
        Candidates of the list that each stands for; 1 for partners, and for all where no list was cut.
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
    stands_for: Floats
    wanted_start: Ints
    wanted: Ints
    tables: Floats
    offenders: Ints
    n_solved: Ints

    @property
    def n_wanted(self) -> Ints:
        """True partners in each list."""
        return np.diff(self.wanted_start)


class _List(NamedTuple):
    """Candidates of one crime, their scores, what they stand for, and the places of the partners among them."""

    candidate: Ints
    log_bf: Floats
    stands_for: Floats
    wanted: Ints


class _Window(NamedTuple):
    """All crimes in order of time, where those near enough to each list's crime begin and end, and their incidents."""

    rows: Ints
    begin: Ints
    end: Ints
    incident: Ints

    @property
    def n_rows(self) -> Ints:
        """Crimes in each window."""
        return self.end - self.begin


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
        Groups of offenders are drawn until their lists hold so many candidates, and at least `LEAST_SAMPLED` groups
        are. Where that makes more candidates than allowed, each list keeps its share of them, partners aside, and
        never fewer than `LEAST_KEPT` (`linkage.item_thinning`).
    rng : Generator
    """
    sampled = _sampled(pairs, most_pairs, rng)
    partners = _partners(pairs, sampled)
    crime = np.array(list(partners), dtype=np.int64)
    scorer = fit_scorer(pairs, tuple(sorted(items)), rng)
    window = _window(pairs, crime, max_days)
    is_cut = window.n_rows.sum() > most_pairs
    most = max(most_pairs // len(crime), LEAST_KEPT) if is_cut else int(window.n_rows.max(initial=0))
    lists: list[_List] = []
    for batch in _batches(window.n_rows):
        for scored in _scored(pairs, scorer, crime, window, batch):
            lists.append(_cut(*scored, partners[int(crime[len(lists)])], most, rng))
    start, wanted_start = _starts([one.candidate for one in lists]), _starts([one.wanted for one in lists])
    solved = pairs.offenders[(pairs.offenders != UNSOLVED)]
    return RankedLists(
        items=scorer.items,
        crime=crime,
        start=start,
        candidate=_ints([one.candidate for one in lists]),
        log_bf=_floats([one.log_bf for one in lists]),
        stands_for=_floats([one.stands_for for one in lists]),
        wanted_start=wanted_start,
        wanted=_ints([one.wanted + at for one, at in zip(lists, start[:-1], strict=True)]),
        tables=scorer.tables[scorer.fold[pairs.offenders[crime]], len(SPACE_AND_TIME) :],
        offenders=pairs.offenders[crime],
        n_solved=np.bincount(solved[np.isin(solved, sampled)], minlength=pairs.n_groups),
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
        lists.stands_for,
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


def _sampled(pairs: ItemPairs, most_pairs: int, rng: np.random.Generator) -> Ints:
    """Return groups of offenders, in random order, until their crimes with partners fill the pairs allowed."""
    has_partner = np.unique(np.concatenate([pairs.linked.first, pairs.linked.second]))
    size = np.bincount(pairs.offenders[has_partner], minlength=pairs.n_groups)
    order = rng.permutation(pairs.n_groups)
    filled = np.cumsum(size[order]) * int(event_midpoints(pairs.crimes)[0].sum())
    enough = np.cumsum(size[order] > 0) >= LEAST_SAMPLED
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


def _window(pairs: ItemPairs, crime: Ints, max_days: float) -> _Window:
    dated, midpoint = event_midpoints(pairs.crimes)
    rows = np.flatnonzero(dated)
    rows = rows[np.argsort(midpoint[rows], kind="stable")]
    reach = int(max_days * HALF_MICROSECONDS_PER_DAY)
    begin = np.searchsorted(midpoint[rows], midpoint[crime] - reach)
    end = np.searchsorted(midpoint[rows], midpoint[crime] + reach + 1)
    return _Window(rows, begin, end, incidents_known_apart(pairs.crimes))


def _batches(n_rows: Ints) -> list[Ints]:
    """Return lists that are scored together, as many as `BATCH` candidates allow, and one at least."""
    full = np.cumsum(n_rows) // BATCH
    return np.split(np.arange(len(n_rows)), np.flatnonzero(np.diff(full)) + 1) if len(n_rows) else []


def _scored(pairs: ItemPairs, scorer: Scorer, crime: Ints, window: _Window, batch: Ints) -> list[tuple[Ints, Floats]]:
    """Return the candidates of each list of a batch and their scores."""
    within = [window.rows[window.begin[i] : window.end[i]] for i in batch]
    others = [rows[window.incident[rows] != window.incident[crime[i]]] for i, rows in zip(batch, within, strict=True)]
    lengths = [len(rows) for rows in others]
    scores = pair_scores(scorer, pairs, np.repeat(crime[batch], lengths), np.concatenate(others))
    return list(zip(others, np.split(scores, np.cumsum(lengths)[:-1]), strict=True))


def _cut(candidate: Ints, log_bf: Floats, partners: Ints, most: int, rng: np.random.Generator) -> _List:
    is_partner = np.isin(candidate, partners)
    kept, stands_for = thinned(log_bf, is_partner, most, rng)
    return _List(candidate[kept], log_bf[kept], stands_for, np.flatnonzero(is_partner[kept]))


def _ints(parts: list[Ints]) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _floats(parts: list[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *parts])


@numba.njit(cache=True)
def _count_found(
    crime: Ints,
    start: Ints,
    candidate: Ints,
    log_bf: Floats,
    stands_for: Floats,
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
            score, above, equal = scores[wanted[at] - begin], 0.0, 0.0
            for k in range(n):
                if scores[k] > score:
                    above += stands_for[begin + k]
                elif scores[k] == score:
                    equal += stands_for[begin + k]
            if score > -np.inf and above + (equal + 1) / 2 <= top:
                out[i] += 1.0
