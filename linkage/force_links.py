"""All pairs of a force within limits scored on arrays: billions of them, of which the links worth storing are kept.

Owners are shared out to threads in tiles, runs of cells of about equal work. What is found depends on no tile: see
`linkage.scan_kernel`.

Memory, besides the columns that come in (about 120 bytes a crime and 2 an MO item, held twice: once more in order of
the cells): 24 bytes for each of the `top_k` partners of each crime (12 among all, 12 among the solved), 16 bytes for
each pair at or above the floors, and, while links are put in order, 36 for each link. A million crimes with 20 partners
and fifteen million links take about 0.3 + 0.5 + 0.2 + 0.9 GB.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import CrimeCells, PlacesAndTimes, crime_cells, crowded_places, places_and_times
from linkage.crime_columns import CrimeColumns, read_only
from linkage.floor_scan import can_scan_floor, scan_floor
from linkage.item_bounds import ItemBounds, item_bounds
from linkage.keep_rule import KeepRule
from linkage.missing_evidence import incomplete_pairs
from linkage.pair_lists import PairArrays, joined, sorted_distinct
from linkage.pair_scores import ScoringError, posterior_probability
from linkage.partner_lists import PartnerLists, insert, partner_lists
from linkage.scan_bounds import ScanBounds, scan_bounds
from linkage.scan_kernel import RAW_SLACK, ScanRule, scan_owners
from linkage.score_kernel import scores_of_pairs
from linkage.score_tables import ScoreTables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Say = Callable[[str], None]

TILES_PER_WORKER = 64
_SECONDS_BETWEEN_REPORTS = 2.0
_SUREST = 1e-9  # from this near to 1, a probability holds too few digits to tell log odds


class ScanCounts(NamedTuple):
    """What a scan went through.

    Attributes
    ----------
    n_considered : int
        Pairs within the limits, each once: scored, or left because they could not reach what is kept.
    n_scored : int
        Pairs scored exactly; a pair that both crimes look at counts twice.
    n_without_place, n_without_time : int
        Crimes compared without their place, or without their time.
    n_without_both : int
        Crimes without either, which make no pair.
    n_capped_crimes : int
        Crimes at crowded places.
    n_pairs_left_out : int
        Pairs within the limits that were not considered: at crowded places, and beyond the budget of crimes without
        place or time.
    """

    n_considered: int
    n_scored: int
    n_without_place: int
    n_without_time: int
    n_without_both: int
    n_capped_crimes: int
    n_pairs_left_out: int


class ForceScan(NamedTuple):
    """What the owners found.

    Attributes
    ----------
    strongest, solved_partners : PartnerLists
        The strongest partners of each owner, and the strongest solved ones, of other incidents; empty of others.
    pairs : PairArrays
        In no order: every pair at or above a floor, of an incident of its own or not, and every pair of one incident.
    counts : ScanCounts
    """

    strongest: PartnerLists
    solved_partners: PartnerLists
    pairs: PairArrays
    counts: ScanCounts


class ForceLinks(NamedTuple):
    """The links of a force, by rows of its columns, sorted by first and second.

    Attributes
    ----------
    links : PairArrays
        The `top_k` strongest partners of each crime, every pair with the posterior floor, every pair of one incident.
    is_same_incident : ndarray, shape (n_links,), bool
    edges : PairArrays
        Every pair at or above `edge_log_bf`.
    to_solved : PairArrays
        The `top_k` strongest solved partners of each crime.
    counts : ScanCounts
    """

    links: PairArrays
    is_same_incident: Flags
    edges: PairArrays
    to_solved: PairArrays
    counts: ScanCounts

    @property
    def n_kept(self) -> int:
        """How many links there are."""
        return len(self.links.first)


class _Force(NamedTuple):
    """What every tile reads: crimes with place and time in order of cells, their bounds, the model and the rule."""

    cells: CrimeCells
    columns: CrimeColumns
    bounds: ScanBounds
    items: ItemBounds
    tables: ScoreTables
    rule: ScanRule
    is_owner: Flags
    others_cut: Floats


def score_force(
    columns: CrimeColumns,
    tables: ScoreTables,
    limits: LinkLimits,
    keep: KeepRule,
    prior_log_odds: float,
    say: Say | None = None,
    n_workers: int | None = None,
) -> ForceLinks:
    """Score all pairs within limits and keep the strongest.

    Parameters
    ----------
    columns : CrimeColumns
        Crimes in order of crime_id, so that a lower row is a lower crime_id.
    tables : ScoreTables
        The model, for these columns.
    limits : LinkLimits
    keep : KeepRule
        Of equally strong partners the lower row is kept.
    prior_log_odds : float
        Natural log of the prior odds, of the pairs on which the model learned its unlinked class.
    say : function of str, optional
        Is told how far the scan is.
    n_workers : int, optional
        Threads; as many as the process may use cores where it is left out. The result does not depend on it.

    Raises
    ------
    ScoringError
        The calibration is not increasing, or the model holds what is no number.
    """
    scan = scan_force(columns, tables, limits, keep, prior_log_odds, say, n_workers)
    return links_of(columns, scan, keep, prior_log_odds)


def links_of(columns: CrimeColumns, scan: ForceScan, keep: KeepRule, prior_log_odds: float) -> ForceLinks:
    """Return the links, edges and solved partners that a scan of all crimes found."""
    n = len(columns.x)
    is_likely = posterior_probability(scan.pairs.log_bf, prior_log_odds) >= keep.posterior_floor
    is_same = _is_same_incident(columns, scan.pairs.first, scan.pairs.second)
    with ThreadPoolExecutor(1) as pool:
        to_solved = pool.submit(sorted_distinct, n, joined([]), scan.solved_partners)  # beside the links
        links = sorted_distinct(n, scan.pairs.where(is_likely | is_same), scan.strongest)
        return ForceLinks(
            links=links,
            is_same_incident=_is_same_incident(columns, links.first, links.second),
            edges=sorted_distinct(n, scan.pairs.where(scan.pairs.log_bf >= keep.edge_log_bf)),
            to_solved=to_solved.result(),
            counts=scan.counts,
        )


def scan_force(
    columns: CrimeColumns,
    tables: ScoreTables,
    limits: LinkLimits,
    keep: KeepRule,
    prior_log_odds: float,
    say: Say | None = None,
    n_workers: int | None = None,
    is_owner: Flags | None = None,
    others_cut: Floats | None = None,
) -> ForceScan:
    """Let crimes look at all their partners within limits.

    Parameters
    ----------
    columns, tables, limits, keep, prior_log_odds, say, n_workers
        As in `score_force`.
    is_owner : ndarray, shape (n_crimes,), bool, optional
        Which crimes look; all where it is left out. Pairs of two others are not considered.
    others_cut : ndarray, shape (n_crimes,), float64, optional
        Raw log BF (`raw_log_bf_at`) from which a pair of an owner is returned for the other crime's sake.
    """
    _check(tables)
    n, places = len(columns.x), places_and_times(columns)
    owners = np.ones(n, dtype=np.bool_) if is_owner is None else is_owner
    top_solved = keep.top_k if columns.is_solved.any() else 0
    strongest, solved = partner_lists(n, keep.top_k), partner_lists(n, top_solved)
    kept_raw = _kept_raw(tables, keep, prior_log_odds)
    cut = np.empty(0) if others_cut is None else others_cut
    n_threads, n_capped = n_workers or len(os.sched_getaffinity(0)), 0
    if keep.top_k == 0 and is_owner is None and can_scan_floor(columns, limits):
        floor = scan_floor(columns, tables, limits, kept_raw, n_threads)
        pairs, seen = [PairArrays(*floor[:3])], np.array([floor.n_considered, 0, 0, 0, floor.n_scored, 0])
    else:
        cells = crime_cells(places, places.is_complete, limits)
        n_capped = int(np.diff(cells.begin)[cells.is_crowded].sum())
        rule = ScanRule(
            longest=half_microseconds(limits.max_days),
            farthest_squared=(limits.max_km * 1000.0) ** 2,
            partners_at_one_place=limits.most_partners_at_one_place,
            kept_raw=kept_raw,
            looks_back=keep.top_k > 0 or is_owner is not None,
            some_own=is_owner is not None,
        )
        force = _in_order_of_cells(columns, tables, limits, cells, rule, owners, cut)
        pairs, seen = _scan_tiles(force, strongest, solved, say, n_threads)
    first, second = _pairs_of_incidents(columns, places.is_complete, owners, limits)
    pairs.append(_scored(columns, tables, first, second, n_workers))
    n_incomplete, n_beyond_budget = 0, 0
    for chunk in incomplete_pairs(places, limits):
        n_beyond_budget += chunk.n_left_out
        touched = owners[chunk.first] | owners[chunk.second]
        found = _scored(columns, tables, chunk.first[touched], chunk.second[touched], n_workers)
        n_incomplete += len(found.first)
        pairs.append(_offered(columns, found, owners, cut, kept_raw, strongest, solved, tables))
    n_left_out = int(seen[2] - seen[3] // 2)
    if n_left_out and say is not None:
        say(
            f"{n_left_out:,} pairs left out at crowded places, where {n_capped:,} crimes lie at points with more than "
            f"{limits.most_at_one_place:,}: each meets {limits.most_partners_at_one_place:,} before and after it there"
        )
    counts = ScanCounts(
        n_considered=int(seen[0] - seen[1] // 2) + n_incomplete,
        n_scored=int(seen[4]) + n_incomplete,
        n_capped_crimes=n_capped,
        n_pairs_left_out=n_left_out + n_beyond_budget,
        **crimes_lacking(places),
    )
    return ForceScan(strongest, solved, joined(pairs), counts)


def crimes_lacking(places: PlacesAndTimes) -> dict[str, int]:
    """Return how many crimes lack a place, a time, or both, by their names in `ScanCounts`."""
    is_placed, is_dated = places.is_placed, places.is_dated
    return {
        "n_without_place": int((~is_placed & is_dated).sum()),
        "n_without_time": int((is_placed & ~is_dated).sum()),
        "n_without_both": int((~is_placed & ~is_dated).sum()),
    }


def raw_log_bf_at(tables: ScoreTables, log_bf: npt.ArrayLike) -> Floats:
    """Return the raw log Bayes factor that is calibrated to a given one, less `RAW_SLACK`: rather too low."""
    wanted = np.asarray(log_bf, dtype=np.float64)
    knots, calibrated = tables.calibration_knots, tables.calibration_log_bf
    if not len(knots):
        return np.asarray(wanted - RAW_SLACK)
    inside = np.interp(wanted, calibrated, knots)
    beyond = np.minimum(wanted - calibrated[0], 0.0) + np.maximum(wanted - calibrated[-1], 0.0)
    return np.asarray(inside + beyond - RAW_SLACK)


def _check(tables: ScoreTables) -> None:
    knots, log_bf = tables.calibration_knots, tables.calibration_log_bf
    if len(knots) > 1 and not np.all(np.diff(log_bf) >= 1e-3 * np.diff(knots)):
        raise ScoringError(
            "model: expected a calibration that rises with the log Bayes factor, by 0.001 or more for 1, "
            f"got slopes down to {np.min(np.diff(log_bf) / np.diff(knots)):.4g}; calibrate it again"
        )
    if not (np.isfinite(tables.value).all() and np.isfinite(tables.missing).all() and np.isfinite(tables.base)):
        raise ScoringError(
            "model: expected finite log Bayes factors, got others; smooth the model (a df above 1, shrinkage above 0)"
        )


def _kept_raw(tables: ScoreTables, keep: KeepRule, prior_log_odds: float) -> float:
    """Return the raw log BF from which a pair may be among the likely links or the edges."""
    likely = min(keep.posterior_floor, 1.0 - _SUREST)
    log_bf = min(KeepRule(posterior_floor=likely).complete_above(prior_log_odds), keep.edge_log_bf)
    return float(raw_log_bf_at(tables, log_bf))


def _in_order_of_cells(
    columns: CrimeColumns,
    tables: ScoreTables,
    limits: LinkLimits,
    cells: CrimeCells,
    rule: ScanRule,
    owners: Flags,
    others_cut: Floats,
) -> _Force:
    row = cells.row
    bounds = scan_bounds(columns, tables, limits.max_km, limits.max_days)
    items = item_bounds(columns, tables)
    bounds = bounds._replace(crowding=bounds.crowding[row])
    items = items._replace(class_of=items.class_of[row], joined=items.joined[row])
    ordered = CrimeColumns._make(column[row] if len(column) else column for column in columns)
    cut = others_cut[row] if len(others_cut) else others_cut
    return _Force(cells, read_only(ordered), bounds, items, read_only(tables), rule, owners[row], cut)


def _scan_tiles(
    force: _Force, strongest: PartnerLists, solved: PartnerLists, say: Say | None, n_workers: int
) -> tuple[list[PairArrays], Ints]:
    pairs: list[PairArrays] = []
    seen = np.zeros(6, dtype=np.int64)
    tiles = list(_tiles(force, n_workers))
    report = _Report(sum(work for _, _, work in tiles), say)

    def scan(tile: tuple[int, int, int]) -> tuple[PairArrays, Ints, int]:
        first, second, log_bf, counts = scan_owners(*force, tile[0], tile[1], strongest, solved)
        if not force.rule.some_own:
            # Seen from both ends where owners look back, so that each pair was counted as one of two owners.
            counts[1], counts[3] = (counts[0], counts[2]) if force.rule.looks_back else (0, 0)
        return PairArrays(first, second, log_bf), counts, tile[2]

    with ThreadPoolExecutor(n_workers) as pool:
        for done in as_completed([pool.submit(scan, tile) for tile in tiles]):
            found, counts, work = done.result()
            pairs.append(found)
            seen += counts
            report.say_more(work, int(seen[0] - seen[1] // 2))
    return pairs, seen


def _tiles(force: _Force, n_workers: int) -> Iterator[tuple[int, int, int]]:
    """Cut the positions into runs of about equal work: begin, end, and pairs of an owner and a crime near it."""
    cells = force.cells
    size = np.diff(cells.begin)
    n_near = np.add.reduceat(size[cells.near], cells.near_begin[:-1]) if len(size) else size
    work = np.cumsum(np.repeat(n_near, size) * force.is_owner)
    if not len(work) or not work[-1]:
        return
    n_tiles = min(len(work), TILES_PER_WORKER * n_workers)
    bounds = np.unique(np.searchsorted(work, work[-1] * np.arange(1, n_tiles + 1) // n_tiles) + 1)
    begin, before = 0, 0
    for end in bounds.tolist():
        yield begin, end, int(work[end - 1]) - before
        begin, before = end, int(work[end - 1])


class _Report:
    """Says now and then how far the tiles are."""

    def __init__(self, total: int, say: Say | None) -> None:
        self._total, self._say, self._done = total, say, 0
        self._began = self._last = time.monotonic()

    def say_more(self, work: int, n_pairs: int) -> None:
        self._done += work
        now = time.monotonic()
        if self._say is None or (now - self._last < _SECONDS_BETWEEN_REPORTS and self._done < self._total):
            return
        self._last, spent = now, max(now - self._began, 1e-3)
        if self._done >= self._total:
            self._say(f"pairs scored: 100% of the work, {n_pairs:,} pairs within the limits in {spent:.1f} s")
            return
        left = spent * (self._total - self._done) / self._done
        self._say(
            f"pairs scored: {100 * self._done / self._total:.0f}% of the work, {n_pairs:,} pairs within the limits, "
            f"{n_pairs / spent / 1e6:.0f} million a second, {left:.0f} s left"
        )


def _scored(columns: CrimeColumns, tables: ScoreTables, first: Ints, second: Ints, n_workers: int | None) -> PairArrays:
    log_bf = scores_of_pairs(tables, columns, first, second, n_workers)
    return PairArrays(first.astype(np.int32), second.astype(np.int32), log_bf)


def _is_same_incident(columns: CrimeColumns, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]) -> Flags:
    return np.asarray((columns.incident[first] == columns.incident[second]) & (columns.incident[first] >= 0))


def _pairs_of_incidents(columns: CrimeColumns, chosen: Flags, owners: Flags, limits: LinkLimits) -> tuple[Ints, Ints]:
    """Return the candidate pairs of one incident, of two crimes with place and time and an owner among them.

    They are kept however weak, so that the scan need not look for them.
    """
    row = np.flatnonzero(chosen & (columns.incident >= 0))
    if not len(row):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    row = row[np.argsort(columns.incident[row], kind="stable")]
    place, rank = crowded_places(places_and_times(columns), limits)
    return _fill_incidents(
        row,
        *(columns.incident, columns.block, columns.x_m, columns.y_m, columns.midpoint, place, rank, owners),
        half_microseconds(limits.max_days),
        (limits.max_km * 1000.0) ** 2,
        limits.most_partners_at_one_place,
    )


@numba.njit(cache=True, nogil=True)
def _fill_incidents(  # type: ignore[no-untyped-def]  # compiled
    row, incident, block, x, y, midpoint, place, rank, owners, longest, farthest_squared, reach
):
    first, second = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for a in range(row.size):
        i = row[a]
        for b in range(a + 1, row.size):
            j = row[b]
            if incident[j] != incident[i]:
                break
            across, along = x[i] - x[j], y[i] - y[j]
            if (
                block[i] == block[j]
                and (owners[i] or owners[j])
                and across * across + along * along <= farthest_squared
                and abs(midpoint[i] - midpoint[j]) <= longest
                and not (place[i] >= 0 and place[i] == place[j] and abs(rank[i] - rank[j]) > reach)
            ):
                first.append(min(i, j))
                second.append(max(i, j))
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)


def _offered(
    columns: CrimeColumns,
    found: PairArrays,
    owners: Flags,
    others_cut: Floats,
    kept_raw: float,
    strongest: PartnerLists,
    solved: PartnerLists,
    tables: ScoreTables,
) -> PairArrays:
    """Offer pairs to the lists of both their crimes, where these are owners; return those that are asked for."""
    is_same = _is_same_incident(columns, found.first, found.second)
    _offer(*found, is_same, columns.is_solved, owners, *strongest, *solved)
    raw = raw_log_bf_at(tables, found.log_bf)
    wanted = is_same | (raw >= kept_raw - RAW_SLACK)
    if len(others_cut):
        least = np.minimum(
            np.where(owners[found.first], np.inf, others_cut[found.first]),
            np.where(owners[found.second], np.inf, others_cut[found.second]),
        )
        wanted |= raw >= least - RAW_SLACK
    return found.where(wanted)


@numba.njit(cache=True, nogil=True)
def _offer(  # type: ignore[no-untyped-def]  # compiled
    first, second, log_bf, is_same, is_solved, owners, partner, value, solved_partner, solved_value
):
    for p in range(first.size):
        if is_same[p]:
            continue
        for i, j in ((first[p], second[p]), (second[p], first[p])):
            if owners[i]:
                insert(partner[i], value[i], value[i], j, log_bf[p], log_bf[p])
                if is_solved[j]:
                    insert(solved_partner[i], solved_value[i], solved_value[i], j, log_bf[p], log_bf[p])
