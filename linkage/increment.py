"""A force scored anew from what it was: only pairs that touch new, changed or gone crimes are looked at.

The result equals a scan of everything, row for row. A list of strongest partners that lost nobody can only gain from
the crimes that changed; one that lost a partner may need a next one that nobody kept, so that its owner looks at all
partners again. Rows are in order of crime_id, which an insertion keeps: ties go to the same crimes as before.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes, places_and_times
from linkage.crime_columns import CrimeColumns, read_only, read_only_view
from linkage.force_links import ForceScan, ScanCounts
from linkage.force_state import ForceSettings, ForceState
from linkage.keep_rule import KeepRule
from linkage.owner_scan import OwnersPairs, pairs_of_owners, ranks_at
from linkage.pair_lists import PairArrays, joined, sorted_distinct
from linkage.pair_scores import posterior_probability
from linkage.partner_lists import PartnerLists, insert, partner_lists
from linkage.score_kernel import scores_of_pairs
from linkage.score_tables import ScoreTables
from linkage.shifted_windows import ShiftedPairs, Stayed, shifted_pairs, shifted_without_time

Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class Change(NamedTuple):
    """A force as it is now beside what it was.

    Attributes
    ----------
    columns : CrimeColumns
        Crimes in order of crime_id; blocks and incidents numbered so that crimes that stayed keep their numbers.
    tables : ScoreTables
        The same model, for the codes of these columns.
    former_row : ndarray, shape (n_crimes,), int64
        Row of each crime before, ascending; -1 of a new one.
    is_changed : ndarray, shape (n_crimes,), bool
        New crimes, and those of which anything is other than it was.
    """

    columns: CrimeColumns
    tables: ScoreTables
    former_row: Ints
    is_changed: Flags


class Increment(NamedTuple):
    """What an increment found.

    Attributes
    ----------
    scan : ForceScan
        As a scan of everything gives it, its pairs sorted and those alone that are at or above a floor or of one
        incident. Of the counts, pairs considered and scored are those that were looked at now; what budgets leave out
        is as the last scan of everything told it.
    is_touched : ndarray, shape (n_crimes,), bool
        Crimes that are new or changed, or lost or gained a pair at or above `edge_log_bf`: only their clusters can
        be others than before.
    n_scanned : int
        Crimes that looked at all their partners.
    """

    scan: ForceScan
    is_touched: Flags
    n_scanned: int


class _Lists(NamedTuple):
    """The strongest partners of each crime, and the strongest solved ones."""

    strongest: PartnerLists
    solved: PartnerLists


def increment(state: ForceState, change: Change, settings: ForceSettings, n_workers: int | None = None) -> Increment:
    """Score what a change touches and carry over the rest.

    Parameters
    ----------
    state : ForceState
        Made with the same settings.
    change : Change
    settings : ForceSettings
    n_workers : int, optional
        Threads; the result does not depend on it.
    """
    columns, limits, keep = change.columns, settings.limits, settings.keep
    n = len(columns.start)
    was, now = places_and_times(state.columns), places_and_times(columns)
    stayed, is_changed, touched = _stayed(change, was, now, limits)
    renumbered = np.full(len(state.columns.start), -1, dtype=np.int32)
    renumbered[stayed.before] = stayed.now
    shifted = shifted_pairs(was, now, stayed, touched, limits)
    top_solved = keep.top_k if columns.is_solved.any() else 0
    with ThreadPoolExecutor(2) as pool:  # most of the time is taken by fresh memory
        both = ((state.strongest, keep.top_k), (state.solved_partners, top_solved))
        carried = [pool.submit(_carried, former, stayed, renumbered, shifted, n, top_k) for former, top_k in both]
        (strongest, lost), (solved, lost_solved) = (done.result() for done in carried)
    lists, is_owner = _Lists(strongest, solved), is_changed | lost | lost_solved
    for mine in lists:
        mine.partner[is_owner], mine.log_bf[is_owner] = -1, -np.inf
    came, n_considered = _scanned(change, lists, is_owner, is_changed, settings, n_workers)
    came = joined([came, _let_in(change, lists, is_owner, shifted, n_workers)])
    came = _worth_keeping(came, columns, keep, settings.prior_log_odds)
    kept, left = _kept(state.pairs, renumbered, shifted, n)
    is_touched = is_changed.copy()
    for moved in (left, came):
        _touch(moved.where(moved.log_bf >= keep.edge_log_bf), is_touched)
    pairs, counts = sorted_distinct(n, joined([kept, came])), _counts(state.counts, columns, n_considered)
    scan = ForceScan(strongest, solved, pairs, counts)
    return Increment(scan, is_touched, int(is_owner.sum()))


def floor_pairs(scan: ForceScan, columns: CrimeColumns, keep: KeepRule, prior_log_odds: float) -> PairArrays:
    """Return the pairs of a scan of everything that a state keeps, sorted."""
    return sorted_distinct(len(columns.start), _worth_keeping(scan.pairs, columns, keep, prior_log_odds))


def _stayed(
    change: Change, was: PlacesAndTimes, now: PlacesAndTimes, limits: LinkLimits
) -> tuple[Stayed, Flags, PlacesAndTimes]:
    """Return the crimes that stayed, the others of now, and where these others and those that went are and were."""
    is_changed = change.is_changed.copy()
    stayed, touched = _apart(change, was, now, is_changed)
    shifted = shifted_without_time(now, stayed, touched, limits)
    if len(shifted):
        is_changed[shifted] = True
        stayed, touched = _apart(change, was, now, is_changed)
    return stayed, is_changed, touched


def _apart(
    change: Change, was: PlacesAndTimes, now: PlacesAndTimes, is_changed: Flags
) -> tuple[Stayed, PlacesAndTimes]:
    stayed = Stayed(change.former_row[~is_changed], np.flatnonzero(~is_changed))
    is_gone = np.ones(len(was.x_m), dtype=np.bool_)
    is_gone[stayed.before] = False
    ends = ((np.asarray(one)[is_gone], np.asarray(other)[is_changed]) for one, other in zip(was, now, strict=True))
    return stayed, PlacesAndTimes(*(np.concatenate(both) for both in ends))


def _carried(
    lists: PartnerLists, stayed: Stayed, renumbered: ShortInts, shifted: ShiftedPairs, n: int, top_k: int
) -> tuple[PartnerLists, Flags]:
    """Return the lists of those who stayed, by their rows now, and who lost a partner that nobody knows the next of."""
    out, lost = partner_lists(n, top_k), np.zeros(n, dtype=np.bool_)
    left = np.concatenate([shifted.left_first, shifted.left_second])
    other = np.concatenate([shifted.left_second, shifted.left_first])
    order = np.argsort(left, kind="stable")
    start = np.searchsorted(left[order], np.arange(n + 1))
    if top_k and lists.partner.shape[1]:
        _carry(*read_only(lists), *stayed, renumbered, start, other[order], *out, lost)
    return out, lost


@numba.njit(cache=True, nogil=True)
def _carry(partner, log_bf, before, now, renumbered, start, left, out, out_log_bf, lost):  # type: ignore[no-untyped-def]  # compiled
    top_k = partner.shape[1]
    for s in range(before.size):
        old, new = before[s], now[s]
        n_kept = 0
        for k in range(top_k):
            if partner[old, k] < 0:
                break
            other = renumbered[partner[old, k]]
            for at in range(start[new], start[new + 1]):
                if left[at] == other:
                    other = -1
            if other >= 0:
                out[new, n_kept], out_log_bf[new, n_kept] = other, log_bf[old, k]
                n_kept += 1
        # A list with room held everybody; one that was full may have a next one whom it did not keep.
        lost[new] = partner[old, top_k - 1] >= 0 and n_kept < top_k


def _scanned(
    change: Change,
    lists: _Lists,
    is_owner: Flags,
    is_changed: Flags,
    settings: ForceSettings,
    n_workers: int | None,
) -> tuple[PairArrays, int]:
    """Let owners look at all their partners; return the pairs that touch a changed crime and may be kept."""
    columns, owners = change.columns, np.flatnonzero(is_owner)
    places = places_and_times(columns)
    ranks = ranks_at(places, columns.x_m[owners], columns.y_m[owners], settings.limits)
    least = min(settings.keep.complete_above(settings.prior_log_odds), settings.keep.edge_log_bf)
    marks = (read_only_view(columns.incident), read_only_view(columns.is_solved), is_owner, is_changed)
    parts, n_considered = [], 0
    for owner, partner in pairs_of_owners(places, owners, ranks, settings.limits):
        log_bf = scores_of_pairs(
            change.tables, columns, np.minimum(owner, partner), np.maximum(owner, partner), n_workers
        )
        n_considered += len(owner) - int((is_owner[partner] & (partner < owner)).sum())
        # What is kept exactly is decided later: a hair less here, for the logarithm of the floor is rounded.
        parts.append(PairArrays(*_take(owner, partner, log_bf, *marks, least - 1e-6, *lists.strongest, *lists.solved)))
    return joined(parts), n_considered


@numba.njit(cache=True, nogil=True)
def _take(  # type: ignore[no-untyped-def]  # compiled
    owner,
    partner,
    log_bf,
    incident,
    is_solved,
    is_owner,
    is_changed,
    least,
    strongest,
    strongest_log_bf,
    solved,
    solved_log_bf,
):
    """Offer each pair to its owner and, where one of the two changed, to a partner who looks at nobody."""
    first, second, value = np.empty(owner.size, np.int32), np.empty(owner.size, np.int32), np.empty(owner.size)
    n = 0
    for p in range(owner.size):
        i, j, score = owner[p], partner[p], log_bf[p]
        is_same = incident[i] >= 0 and incident[i] == incident[j]
        is_new = is_changed[i] or is_changed[j]
        if not is_same:
            insert(strongest[i], strongest_log_bf[i], strongest_log_bf[i], j, score, score)
            if is_solved[j]:
                insert(solved[i], solved_log_bf[i], solved_log_bf[i], j, score, score)
            if is_new and not is_owner[j]:
                insert(strongest[j], strongest_log_bf[j], strongest_log_bf[j], i, score, score)
                if is_solved[i]:
                    insert(solved[j], solved_log_bf[j], solved_log_bf[j], i, score, score)
        if is_new and (is_same or score >= least) and (i < j or not is_owner[j]):
            first[n], second[n], value[n] = min(i, j), max(i, j), score
            n += 1
    return first[:n].copy(), second[:n].copy(), value[:n].copy()


def _let_in(change: Change, lists: _Lists, is_owner: Flags, shifted: ShiftedPairs, n_workers: int | None) -> PairArrays:
    """Offer the pairs that a window lets in to those who look at nobody, and return them."""
    columns, first, second = change.columns, shifted.came_first, shifted.came_second
    log_bf = scores_of_pairs(change.tables, columns, first, second, n_workers)
    changed, nobody = np.ones(len(is_owner), dtype=np.bool_), np.zeros(len(is_owner), dtype=np.bool_)
    marks = (read_only_view(columns.incident), read_only_view(columns.is_solved))
    for one, other in ((first, second), (second, first)):
        looks_not = ~is_owner[one]
        pairs = OwnersPairs(one[looks_not], other[looks_not])
        # As owners here, offered from their own side alone.
        _take(*pairs, log_bf[looks_not], *marks, changed, nobody, np.inf, *lists.strongest, *lists.solved)
    return PairArrays(first.astype(np.int32), second.astype(np.int32), log_bf)


def _kept(pairs: PairArrays, renumbered: ShortInts, shifted: ShiftedPairs, n: int) -> tuple[PairArrays, PairArrays]:
    """Return the former pairs that stand, and by their rows now, -1 of nobody, those that do not."""
    first, second = renumbered[pairs.first], renumbered[pairs.second]
    is_left = (first < 0) | (second < 0)
    if len(shifted.left_first):
        key = first.astype(np.int64) * n + second
        is_left |= np.isin(key, shifted.left_first * n + shifted.left_second)
    now = PairArrays(first, second, np.asarray(pairs.log_bf))
    return now.where(~is_left), now.where(is_left)


def _worth_keeping(pairs: PairArrays, columns: CrimeColumns, keep: KeepRule, prior_log_odds: float) -> PairArrays:
    incident = columns.incident[pairs.first]
    is_same = (incident >= 0) & (incident == columns.incident[pairs.second])
    is_likely = posterior_probability(pairs.log_bf, prior_log_odds) >= keep.posterior_floor
    return pairs.where(is_same | is_likely | (pairs.log_bf >= keep.edge_log_bf))


def _touch(pairs: PairArrays, is_touched: Flags) -> None:
    for rows in pairs[:2]:
        is_touched[rows[rows >= 0]] = True


def _counts(before: ScanCounts, columns: CrimeColumns, n_considered: int) -> ScanCounts:
    is_placed, is_dated = columns.is_placed, columns.is_dated
    return before._replace(
        n_considered=n_considered,
        n_scored=n_considered,
        n_without_place=int((~is_placed & is_dated).sum()),
        n_without_time=int((is_placed & ~is_dated).sum()),
        n_without_both=int((~is_placed & ~is_dated).sum()),
    )
