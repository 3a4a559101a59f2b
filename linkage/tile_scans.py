"""What the owners of each tile found, put together to what a scan of the whole force finds."""

from collections.abc import Iterable
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes, crime_cells, crowded_places, places_and_times
from linkage.crime_columns import CrimeColumns
from linkage.force_links import ForceScan, ScanCounts, crimes_lacking, raw_log_bf_at, scan_force
from linkage.keep_rule import KeepRule
from linkage.pair_lists import PairArrays, joined
from linkage.scan_kernel import PartnerLists, insert, partner_lists
from linkage.score_tables import ScoreTables

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class ScanTask(NamedTuple):
    """What every tile is asked, beside its crimes.

    Attributes
    ----------
    tables : ScoreTables
        The model, for the columns of the force.
    limits : LinkLimits
    keep : KeepRule
    prior_log_odds : float
    """

    tables: ScoreTables
    limits: LinkLimits
    keep: KeepRule
    prior_log_odds: float


class TileFindings(NamedTuple):
    """What the owners of one tile found, by rows of the force.

    Attributes
    ----------
    row : ndarray, shape (n_owned,), int64
        The crimes that the tile owns, ascending.
    strongest, solved_partners : PartnerLists
        Of shape (n_owned, top_k), or (n_owned, 0) of solved partners where the tile sees none.
    pairs : PairArrays
        Every pair of an owner at or above a floor or of one incident; another tile may have it too.
    n_looks, n_looks_left_out : int
        Pairs within the limits as owners see them, so that a pair counts twice over all tiles; those considered, and
        those left out at crowded places.
    n_scored : int
    """

    row: Ints
    strongest: PartnerLists
    solved_partners: PartnerLists
    pairs: PairArrays
    n_looks: int
    n_looks_left_out: int
    n_scored: int


def scan_tile(row: Ints, columns: CrimeColumns, is_owned: Flags, task: ScanTask) -> TileFindings:
    """Let the crimes that a tile owns look at all that it sees.

    Parameters
    ----------
    row : ndarray, shape (n_seen,), int64
        Rows in the force of the crimes that the tile sees, ascending, so that ties are broken as in the force.
    columns : CrimeColumns
        Of these crimes.
    is_owned : ndarray, shape (n_seen,), bool
    task : ScanTask
    """
    scan = scan_force(columns, *task, n_workers=1, is_owner=is_owned)
    n_within, n_left_out = pairs_between(places_and_times(columns), is_owned, task.limits)
    return TileFindings(
        row=row[is_owned],
        strongest=_of_force(scan.strongest, row, is_owned),
        solved_partners=_of_force(scan.solved_partners, row, is_owned),
        pairs=PairArrays(_rows(row, scan.pairs.first), _rows(row, scan.pairs.second), scan.pairs.log_bf),
        n_looks=scan.counts.n_considered + n_within - n_left_out,
        n_looks_left_out=scan.counts.n_pairs_left_out + n_left_out,
        n_scored=scan.counts.n_scored,
    )


def scan_of_tiles(findings: Iterable[TileFindings], columns: CrimeColumns, task: ScanTask) -> ForceScan:
    """Put together what the tiles found, and let crimes that lack a place or a time look for themselves.

    Parameters
    ----------
    findings : iterable of TileFindings
        Of all tiles, in any order.
    columns : CrimeColumns
        Of the whole force.
    task : ScanTask

    Returns
    -------
    ForceScan
        Equal to that of `linkage.force_links.scan_force`, but for the order of the pairs.
    """
    n, top_k = len(columns.x), task.keep.top_k
    strongest, solved = partner_lists(n, top_k), partner_lists(n, top_k if columns.is_solved.any() else 0)
    pairs, looks, left_out, n_scored = [], 0, 0, 0
    for tile in findings:
        for lists, found in ((strongest, tile.strongest), (solved, tile.solved_partners)):
            # A tile without solved crimes keeps no list of them; without any in the force there is none to fill.
            width = min(found.partner.shape[1], lists.partner.shape[1])
            lists.partner[tile.row, :width], lists.log_bf[tile.row, :width] = (one[:, :width] for one in found)
        pairs.append(tile.pairs)
        looks, left_out, n_scored = looks + tile.n_looks, left_out + tile.n_looks_left_out, n_scored + tile.n_scored
    counts = _counts(columns, task.limits, looks // 2, left_out // 2, n_scored)
    complete = ForceScan(strongest, solved, joined(pairs), counts)
    return (
        complete if counts.n_without_place + counts.n_without_time == 0 else _with_incomplete(complete, columns, task)
    )


def _with_incomplete(complete: ForceScan, columns: CrimeColumns, task: ScanTask) -> ForceScan:
    """Add the pairs of crimes that lack a place or a time: one more unit of work, on this machine's cores."""
    is_own = ~(columns.is_placed & columns.is_dated)
    lists = (complete.strongest, complete.solved_partners)
    weakest = [one.log_bf[:, -1] if one.log_bf.shape[1] else np.full(len(is_own), np.inf) for one in lists]
    scan = scan_force(columns, *task, is_owner=is_own, others_cut=raw_log_bf_at(task.tables, np.minimum(*weakest)))
    for one, found in zip(lists, (scan.strongest, scan.solved_partners), strict=True):
        one.partner[is_own], one.log_bf[is_own] = found.partner[is_own], found.log_bf[is_own]
    first, second = scan.pairs.first, scan.pairs.second
    is_other = (columns.incident[first] != columns.incident[second]) | (columns.incident[first] < 0)
    _offer(*scan.pairs.where(is_other), is_own, np.ones_like(is_own), *complete.strongest)
    is_solved = columns.is_solved.copy()  # mapped from disk it would be of another kind to the compiler
    _offer(*scan.pairs.where(is_other), is_own, is_solved, *complete.solved_partners)
    more = scan.counts
    counts = complete.counts._replace(
        n_considered=complete.counts.n_considered + more.n_considered,
        n_scored=complete.counts.n_scored + more.n_scored,
        n_pairs_left_out=complete.counts.n_pairs_left_out + more.n_pairs_left_out,
    )
    return complete._replace(pairs=joined([complete.pairs, scan.pairs]), counts=counts)


def pairs_between(places: PlacesAndTimes, chosen: Flags, limits: LinkLimits) -> tuple[int, int]:
    """Return how many pairs of chosen crimes are within the limits, and how many of these crowded places leave out.

    Parameters
    ----------
    places : PlacesAndTimes
        Of all crimes at the crowded places.
    chosen : ndarray, shape (n_crimes,), bool
        Crimes with place and time; at a crowded place a run of those in order of time.
    limits : LinkLimits
    """
    cells, longest = crime_cells(places, chosen, limits), half_microseconds(limits.max_days)
    x_m, y_m, midpoint = (values[cells.row] for values in (places.x_m, places.y_m, places.midpoint))
    farthest_squared = (limits.max_km * 1000.0) ** 2
    n_within = _count_within(cells.begin, cells.near_begin, cells.near, x_m, y_m, midpoint, longest, farthest_squared)
    place, rank = crowded_places(places, limits)
    n_left_out = 0
    for one in np.unique(place[chosen & (place >= 0)]):
        here = np.flatnonzero(chosen & (place == one))
        here = here[np.argsort(rank[here])]
        when, order = places.midpoint[here], rank[here]
        last_within = np.searchsorted(when, when + longest, side="right")
        last_met = np.searchsorted(order, order + limits.most_partners_at_one_place, side="right")
        n_left_out += int(np.maximum(last_within - last_met, 0).sum())
    return int(n_within), n_left_out


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _count_within(begin, near_begin, near, x, y, midpoint, longest, farthest_squared):  # type: ignore[no-untyped-def]  # compiled
    """Count each pair once: of two cells the lower looks at the higher, within a cell the earlier at the later."""
    n = 0
    for cell in range(begin.size - 1):
        for a in range(near_begin[cell], near_begin[cell + 1]):
            other = near[a]
            if other < cell:
                continue
            low, high, stop = begin[other], begin[other], begin[other + 1]
            for i in range(begin[cell], begin[cell + 1]):
                while low < stop and midpoint[low] < midpoint[i] - longest:
                    low += 1
                while high < stop and midpoint[high] <= midpoint[i] + longest:
                    high += 1
                for j in range(i + 1 if other == cell else low, high):
                    across, along = x[i] - x[j], y[i] - y[j]
                    n += across * across + along * along <= farthest_squared
    return n


def _counts(columns: CrimeColumns, limits: LinkLimits, n_considered: int, n_left_out: int, n_scored: int) -> ScanCounts:
    places = places_and_times(columns)
    return ScanCounts(
        n_considered=n_considered,
        n_scored=n_scored,
        n_capped_crimes=int((crowded_places(places, limits)[0] >= 0).sum()),
        n_pairs_left_out=n_left_out,
        **crimes_lacking(places),
    )


def _rows(row: Ints, local: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return row[local].astype(np.int32)


def _of_force(lists: PartnerLists, row: Ints, is_owned: Flags) -> PartnerLists:
    """Return the lists of the owners, with partners by rows of the force."""
    partner = lists.partner[is_owned]
    return PartnerLists(np.where(partner >= 0, _rows(row, partner), partner), lists.log_bf[is_owned])


@numba.njit(cache=True, nogil=True)
def _offer(first, second, log_bf, is_own, may_be_partner, partner, value):  # type: ignore[no-untyped-def]  # compiled
    """Offer pairs to the lists of those of their crimes that have not looked for themselves."""
    for p in range(first.size):
        for i, j in ((first[p], second[p]), (second[p], first[p])):
            if not is_own[i] and may_be_partner[j]:
                insert(partner[i], value[i], value[i], j, log_bf[p], log_bf[p])
