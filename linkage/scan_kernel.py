"""The scan: for each crime, all crimes within the limits, most of them left after a few sums, the rest scored exactly.

A crime is an *owner* while its partners are looked at. Owners know nothing of each other, so that blocks, threads,
machines and increments all give the same rows. An owner keeps its strongest partners, and what is asked of a pair to
be scored at all, the *cut*, rises while it goes: a pair is left where its upper bound (`linkage.scan_bounds`,
`linkage.item_bounds`) falls short of the weakest partner kept, of the weakest solved partner kept if it is solved, and
of the floor. The cut rises before a pair is scored, by what it is sure to reach. So early exit loses nothing.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from linkage.candidate_grid import HALF_MICROSECONDS_PER_DAY
from linkage.partner_lists import PartnerLists, calibrate, insert, partner_lists
from linkage.scan_steps import (
    RAW_SLACK,
    fill_spare,
    grown,
    measure_distances,
    measure_shares,
    note_sure,
    select,
    select_for_others,
    still_wanted,
    weakest,
)
from linkage.score_kernel import _fill_raw

__all__ = ["RAW_SLACK", "PartnerLists", "ScanRule", "calibrate", "insert", "partner_lists", "scan_owners"]


CHUNK = 1_024  # crimes of a cell looked at in one go: what is worked out of them stays in the nearest cache
BATCH = 128  # partners scored exactly in one go
MOST_PENDING = 4 * CHUNK  # partners of an owner that wait to be scored exactly

ENOUGH_RISE = 0.05  # nats by which the cut rises before bounds are compared with the new one


class ScanRule(NamedTuple):
    """What a scan is asked for.

    Attributes
    ----------
    longest : int
        Largest difference of midpoints, half microseconds.
    farthest_squared : float
        Largest squared distance, square metres.
    partners_at_one_place : int
        In a crowded place, how many places away in order of time a partner may stand.
    kept_raw : float
        Every pair from this raw log Bayes factor on is returned; `inf` for none.
    looks_back : bool
        Whether an owner looks at crimes before it in time too. Without, each pair is looked at once, and no lists of
        partners can be kept.
    some_own : bool
        Whether only some crimes are owners.
    """

    longest: int
    farthest_squared: float
    partners_at_one_place: int
    kept_raw: float
    looks_back: bool
    some_own: bool


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _keep_pending(  # type: ignore[no-untyped-def]  # compiled
    tables, columns, row, is_owner, others_cut, kept_raw, looks_back, i, pending,
    first, second, raw, partners, log_bfs, raws, of_solved, solved_log_bfs, solved_raws,
    out_first, out_second, out_log_bf, n_out,
):  # fmt: skip
    """Score an owner's pending partners exactly, keep the strongest, and write out the pairs that are asked for."""
    n, own_row = pending.size, row[i]
    for p in range(n):
        j = pending[p]
        first[p], second[p] = (i, j) if own_row < row[j] else (j, i)
    _fill_raw(tables, columns, first[:n], second[:n], raw[:n])
    for p in range(n):
        j = pending[p]
        log_bf = calibrate(raw[p], tables.calibration_knots, tables.calibration_log_bf)
        insert(partners, log_bfs, raws, row[j], log_bf, raw[p])
        if columns.is_solved[j]:
            insert(of_solved, solved_log_bfs, solved_raws, row[j], log_bf, raw[p])
        is_mine = not looks_back or own_row < row[j] or not is_owner[j]
        if (is_mine and raw[p] >= kept_raw) or (others_cut.size and raw[p] >= others_cut[j]):
            out_first[n_out], out_second[n_out] = min(own_row, row[j]), max(own_row, row[j])
            out_log_bf[n_out] = log_bf
            n_out += 1
    return n_out


@numba.njit(cache=True, nogil=True, error_model="numpy")
def scan_owners(  # type: ignore[no-untyped-def]  # compiled
    cells, columns, bounds, items, tables, rule, is_owner, others_cut, begin, end, strongest, solved_partners
):
    """Scan the partners of the owners at positions from `begin` to `end`.

    Parameters
    ----------
    cells : CrimeCells
    columns : CrimeColumns
        In order of the positions.
    bounds : ScanBounds
    items : ItemBounds
        Of these two, what has one element a crime is in order of the positions too.
    tables : ScoreTables
    rule : ScanRule
    is_owner : ndarray, shape (n_positions,), bool
    others_cut : ndarray, shape (n_positions,) or (0,), float64
        Raw log BF from which a pair is returned for the other crime's sake; empty for never.
    begin, end : int
    strongest, solved_partners : PartnerLists
        By row; the owners' are written.

    Returns
    -------
    first, second : ndarray, int32
        Rows of the pairs that are at or above `kept_raw`, or reach `others_cut`; lower row first, each pair once.
    log_bf : ndarray, float64
        Calibrated.
    counts : ndarray, shape (6,), int64
        Pairs within the limits seen from the owners, of these those whose other crime is an owner, likewise of the
        pairs left out at crowded places, pairs scored exactly, and pairs whose items were looked up.

    Notes
    -----
    One nest of loops over arrays at hand, long as it is: cut into functions that take the records of arrays, it was
    1.7 times slower.
    """
    row, cell_begin, is_crowded = cells.row, cells.begin, cells.is_crowded
    near_begin, near_cell = cells.near_begin, cells.near
    x, y, midpoint, length = columns.x_m, columns.y_m, columns.midpoint, columns.length_days
    crowding, incident = bounds.crowding, columns.incident
    class_of, n_classes, joined = items.class_of, items.n_classes, items.joined
    n_codes, table_at, table, best_at, best = items.n_codes, items.table_at, items.table, items.best_at, items.best
    base, late, late_fall = bounds.base, bounds.late, bounds.late_fall
    uses_share = bounds.share.is_used
    has_both = uses_share and bounds.distance.is_used
    by_nearness = bounds.share.largest if uses_share else bounds.distance.largest
    nearness_fall = bounds.share.fall if uses_share else bounds.distance.fall
    by_distance, distance_fall, per_m = bounds.distance.largest, bounds.distance.fall, bounds.distance.per_unit * 1e-3
    by_gap, gap_fall = bounds.gap.largest, bounds.gap.fall
    per_root_share, per_half_microsecond = bounds.share.per_unit, bounds.gap.per_unit / HALF_MICROSECONDS_PER_DAY
    n_cells, n_joined = by_gap.size - 1, n_codes.size
    longest, farthest_squared, reach_at_one_place = rule.longest, rule.farthest_squared, rule.partners_at_one_place
    kept_raw, looks_back, some_own, has_others = rule.kept_raw, rule.looks_back, rule.some_own, others_cut.size > 0
    most_distance = by_distance[:n_cells].max() if has_both else np.float32(0.0)

    near, apart = np.empty(CHUNK, np.int32), np.empty(CHUNK, np.int32)
    found, bound = np.empty(CHUNK + 1, np.int32), np.empty(CHUNK + 1, np.float32)
    pending, reach, raw = np.empty(MOST_PENDING, np.int64), np.empty(MOST_PENDING), np.empty(MOST_PENDING)
    first, second = np.empty(MOST_PENDING, np.int64), np.empty(MOST_PENDING, np.int64)
    spare = np.empty(n_classes, np.float32)
    cut, cut_before = np.empty(2), np.empty(2)
    rest, row_at = np.empty((n_joined + 1, n_classes), np.float32), np.empty(n_joined, np.int64)
    top_k, top_solved = strongest.partner.shape[1], solved_partners.partner.shape[1]
    partners, log_bfs, raws, sure = np.empty(top_k, np.int32), np.empty(top_k), np.empty(top_k), np.empty(top_k)
    of_solved, solved_log_bfs = np.empty(top_solved, np.int32), np.empty(top_solved)
    solved_raws, solved_sure = np.empty(top_solved), np.empty(top_solved)
    out_first, out_second, out_log_bf = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024)
    n_out = 0
    counts = np.zeros(6, np.int64)

    cell = np.searchsorted(cell_begin, begin, side="right") - 1
    while begin < end:
        last_owner = min(end, cell_begin[cell + 1])
        near_at = near_begin[cell]
        n_near = near_begin[cell + 1] - near_at
        low, high = np.empty(n_near, np.int64), np.empty(n_near, np.int64)
        for a in range(n_near):
            start, stop = cell_begin[near_cell[near_at + a]], cell_begin[near_cell[near_at + a] + 1]
            earliest = midpoint[begin] - (longest if looks_back else 0)
            low[a] = start + np.searchsorted(midpoint[start:stop], earliest)
            high[a] = start + np.searchsorted(midpoint[start:stop], midpoint[begin])
        for i in range(begin, last_owner):
            if not is_owner[i]:
                continue
            own_x, own_y, own_when, own_row = x[i], y[i], midpoint[i], row[i]
            partners[:], log_bfs[:], raws[:], sure[:] = -1, -math.inf, -math.inf, -math.inf
            of_solved[:], solved_log_bfs[:], solved_raws[:], solved_sure[:] = -1, -math.inf, -math.inf, -math.inf
            rest[n_joined, :] = late
            for k in range(n_joined - 1, -1, -1):
                code = np.int64(joined[i, k])
                row_at[k] = table_at[k] + code * n_codes[k]
                begin_best = best_at[k] + code * n_classes
                rest[k, :] = rest[k + 1, :] + best[begin_best : begin_best + n_classes]
            n_pending = 0
            cut[0] = min(kept_raw, weakest(sure, partners, raws))
            cut[1] = min(cut[0], weakest(solved_sure, of_solved, solved_raws))
            cut_before[:] = math.nan
            for a in range(n_near):
                other = near_cell[near_at + a]
                other_end = cell_begin[other + 1]
                if looks_back:
                    while low[a] < other_end and midpoint[low[a]] < own_when - longest:
                        low[a] += 1
                else:
                    while low[a] < other_end and (
                        midpoint[low[a]] < own_when or (midpoint[low[a]] == own_when and row[low[a]] <= own_row)
                    ):
                        low[a] += 1
                while high[a] < other_end and midpoint[high[a]] <= own_when + longest:
                    high[a] += 1
                from_, to = low[a], high[a]
                if other == cell and is_crowded[cell]:
                    from_, to = max(from_, i - reach_at_one_place), min(to, i + 1 + reach_at_one_place)
                    counts[2] += (from_ - low[a]) + (high[a] - to)
                    if some_own:
                        counts[3] += is_owner[low[a] : from_].sum() + is_owner[to : high[a]].sum()
                for chunk in range(from_, to, CHUNK):
                    stop = min(chunk + CHUNK, to)
                    n = stop - chunk
                    # What was asked a moment ago still loses nothing: writing it out anew has to pay.
                    if not (cut[0] <= cut_before[0] + ENOUGH_RISE and cut[1] <= cut_before[1] + ENOUGH_RISE):
                        fill_spare(rest[0], base + most_distance, cut, spare)
                        cut_before[:] = cut
                    if uses_share:
                        n_here = measure_shares(
                            x[chunk:stop], y[chunk:stop], midpoint[chunk:stop], crowding[chunk:stop],
                            own_x, own_y, own_when, crowding[i],
                            farthest_squared, per_root_share, per_half_microsecond, n_cells, near, apart,
                        )  # fmt: skip
                    else:
                        n_here = measure_distances(
                            x[chunk:stop], y[chunk:stop], midpoint[chunk:stop], own_x, own_y, own_when,
                            farthest_squared, per_m, per_half_microsecond, n_cells, near, apart,
                        )  # fmt: skip
                    if chunk <= i < stop:
                        near[i - chunk] = n_cells
                        n_here -= 1
                    counts[0] += n_here
                    if some_own:
                        for t in range(n):
                            counts[1] += (near[t] < n_cells) & is_owner[chunk + t]
                    if has_others:
                        n_found = select_for_others(
                            near[:n], apart[:n], class_of[chunk:stop], by_nearness, by_gap, spare,
                            rest[0], base + most_distance, others_cut[chunk:stop], found, bound,
                        )  # fmt: skip
                    else:
                        n_found = select(
                            near[:n], apart[:n], class_of[chunk:stop], by_nearness, by_gap, spare, found, bound
                        )
                    counts[5] += n_found
                    for s in range(n_found):
                        t = found[s]
                        j = chunk + t
                        one = class_of[j]
                        wanted = min(cut[one % 2], others_cut[j]) if has_others else cut[one % 2]
                        total = base + bound[s]
                        fall = late_fall + nearness_fall[near[t]] + gap_fall[apart[t]]
                        if has_both:
                            across, along = own_x - x[j], own_y - y[j]
                            at = np.int64(min(math.sqrt(across * across + along * along) * per_m, n_cells - 1.0))
                            total += by_distance[at]
                            fall += distance_fall[at]
                        k = 0
                        while k < n_joined and total + rest[k, one] >= wanted:
                            total += table[row_at[k] + joined[j, k]]
                            k += 1
                        if not total + rest[k, one] >= wanted or (incident[i] >= 0 and incident[i] == incident[j]):
                            continue
                        pending[n_pending], reach[n_pending] = j, total + late
                        n_pending += 1
                        least = total + late - fall
                        if least <= cut[0] and (one % 2 == 0 or least <= cut[1]):
                            continue
                        # Only of intervals that do not overlap is it known how much they are apart.
                        if abs(own_when - midpoint[j]) >= 0.5 * (length[i] + length[j]) * HALF_MICROSECONDS_PER_DAY:
                            note_sure(sure, least)
                            if one % 2 == 1:
                                note_sure(solved_sure, least)
                            cut[0] = min(kept_raw, weakest(sure, partners, raws))
                            cut[1] = min(cut[0], weakest(solved_sure, of_solved, solved_raws))
                    if n_pending > MOST_PENDING - CHUNK:
                        n_pending = still_wanted(pending, reach, n_pending, class_of, cut, others_cut)
                    if n_pending <= MOST_PENDING - 2 * CHUNK:
                        continue
                    if n_out + n_pending > out_first.size:
                        out_first, out_second, out_log_bf = grown(out_first, out_second, out_log_bf, n_pending)
                    n_out = _keep_pending(
                        tables, columns, row, is_owner, others_cut, kept_raw, looks_back, i, pending[:n_pending],
                        first, second, raw, partners, log_bfs, raws, of_solved, solved_log_bfs, solved_raws,
                        out_first, out_second, out_log_bf, n_out,
                    )  # fmt: skip
                    counts[4] += n_pending
                    n_pending = 0
                    cut[0] = min(kept_raw, weakest(sure, partners, raws))
                    cut[1] = min(cut[0], weakest(solved_sure, of_solved, solved_raws))
            # A batch at a time: what it reaches exactly may rule out many of the rest.
            n_pending = still_wanted(pending, reach, n_pending, class_of, cut, others_cut)
            while n_pending > 0:
                n_now = min(n_pending, BATCH)
                if n_out + n_now > out_first.size:
                    out_first, out_second, out_log_bf = grown(out_first, out_second, out_log_bf, n_now)
                n_out = _keep_pending(
                    tables, columns, row, is_owner, others_cut, kept_raw, looks_back, i, pending[:n_now],
                    first, second, raw, partners, log_bfs, raws, of_solved, solved_log_bfs, solved_raws,
                    out_first, out_second, out_log_bf, n_out,
                )  # fmt: skip
                counts[4] += n_now
                n_pending -= n_now
                for p in range(n_pending):
                    pending[p], reach[p] = pending[n_now + p], reach[n_now + p]
                cut[0] = min(kept_raw, weakest(sure, partners, raws))
                cut[1] = min(cut[0], weakest(solved_sure, of_solved, solved_raws))
                n_pending = still_wanted(pending, reach, n_pending, class_of, cut, others_cut)
            strongest.partner[own_row, :], strongest.log_bf[own_row, :] = partners, log_bfs
            solved_partners.partner[own_row, :], solved_partners.log_bf[own_row, :] = of_solved, solved_log_bfs
        begin = last_owner
        cell += 1
    return out_first[:n_out].copy(), out_second[:n_out].copy(), out_log_bf[:n_out].copy(), counts
