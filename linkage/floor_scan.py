"""Every pair of a force at or above a floor, where no strongest partners are asked for: few pairs are looked at at all.

What the items can add at most leaves for each distance a longest gap in time at which a pair can still reach the floor:
the farther, the shorter. So far pairs are sought in wide squares and a short time, near ones in narrow squares and a
long time. All pairs within the limits are counted, which takes one comparison each, and most are never scored; exactly
scored are those whose bound reaches the floor, so that nothing is lost.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor as Pool
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import HALF_MICROSECONDS_PER_DAY, half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_columns import CrimeColumns
from linkage.floor_kernels import count_near, find_reaching
from linkage.scan_bounds import ScanBounds, scan_bounds
from linkage.score_kernel import scores_of_pairs
from linkage.score_tables import CODES, ScoreTables
from linkage.time_squares import TimeSquares, time_squares

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

MOST_STEPS = 6
LOOKS_WORTH_A_STEP = 4.0
"""Pairs that each crime may look at in vain before narrower squares, which have to be made, take less time."""

BEYOND = 1.01
"""Bounds reach so much farther than the limits that no pair falls into their last cell, which is of all beyond."""

_TASKS_PER_WORKER = 16
_LOOKS_PER_PAIR = 2.5  # of those within the limits; the rest lie in the squares, but too far
_NEXT_STEP = 0.505  # of the last distance: a little more than half, for models like to jump at round distances
_BLUR = 0.02  # of a cell: what single precision may move a distance or a gap by, and more


class FloorScan(NamedTuple):
    """What a scan found.

    Attributes
    ----------
    first, second : ndarray, shape (n_pairs,), int32
        Rows, lower first, in no order.
    log_bf : ndarray, shape (n_pairs,), float64
        Natural, calibrated where the model is.
    n_considered : int
        Pairs within the limits.
    n_scored : int
        Pairs scored exactly.
    """

    first: ShortInts
    second: ShortInts
    log_bf: Floats
    n_considered: int
    n_scored: int


class _Step(NamedTuple):
    """Pairs of some distances, and how far apart in time each crime looks for them."""

    nearest_m: float
    farthest_m: float
    longest: Ints


class _Force(NamedTuple):
    """Crimes with place and time, by position among them, and what bounds their pairs."""

    x: Floats
    y: Floats
    when: Ints
    row: ShortInts
    codes: npt.NDArray[np.uint16]
    rest: Floats
    by_time: Ints


def can_scan_floor(columns: CrimeColumns, limits: LinkLimits) -> bool:
    """Tell whether every pair of crimes within the limits is a candidate: one block, and surely no crowded place."""
    chosen, most = columns.is_placed & columns.is_dated, limits.most_at_one_place
    x, block = np.sort(columns.x_m[chosen]), columns.block[chosen]
    return bool((block == block[:1]).all()) and not (x[most:] == x[: max(len(x) - most, 0)]).any()


def scan_floor(
    columns: CrimeColumns, tables: ScoreTables, limits: LinkLimits, least_raw: float, n_workers: int
) -> FloorScan:
    """Find all pairs, of crimes with place and time, whose uncalibrated log Bayes factor reaches a floor.

    Parameters
    ----------
    columns : CrimeColumns
        For which `can_scan_floor` holds.
    tables : ScoreTables
    limits : LinkLimits
    least_raw : float
        The floor; some pairs below it by less than rounding may be returned too. Minus infinity for all pairs.
    n_workers : int
        Threads; the result, but for its order, does not depend on them.
    """
    chosen = np.flatnonzero(columns.is_placed & columns.is_dated)
    bounds = scan_bounds(columns, tables, BEYOND * limits.max_km, BEYOND * limits.max_days)
    force = _force(columns, tables, bounds, chosen)
    if not len(chosen):
        return FloorScan(force.row, force.row, np.empty(0), 0, 0)
    farthest_m = min(limits.max_km * 1000.0, 1.0 + float(np.hypot(np.ptp(force.x), np.ptp(force.y))))
    longest = half_microseconds(limits.max_days)
    with Pool(n_workers) as pool:
        board = time_squares(force.x, force.y, force.by_time, farthest_m)
        n_considered = _count(force, board, farthest_m, longest, pool, n_workers)
        found = [
            part
            for step in _steps(force, bounds, farthest_m, longest, least_raw, n_considered)
            for part in _find(force, tables, bounds, step, least_raw, pool, n_workers)
        ]
    none = np.empty(0, np.int32)
    first, second = (np.concatenate(parts) for parts in zip((none, none), *found, strict=True))
    log_bf = scores_of_pairs(tables, columns, first, second, n_workers)
    return FloorScan(first, second, log_bf, n_considered, len(first))


def _force(columns: CrimeColumns, tables: ScoreTables, bounds: ScanBounds, chosen: Ints) -> _Force:
    items = np.flatnonzero(tables.kind == CODES)
    codes = np.ascontiguousarray(columns.codes[chosen][:, tables.source[items]])
    rest = np.full(len(chosen), _base(bounds))
    for k, item in enumerate(items.tolist()):
        n, at = int(tables.n_codes[item]), int(tables.value_start[item])
        table = tables.value[at : at + n * n].reshape(n, n)
        rest += np.maximum(table.max(axis=0), table.max(axis=1))[codes[:, k]]
    when = columns.midpoint[chosen]
    row = chosen.astype(np.int32)
    return _Force(columns.x_m[chosen], columns.y_m[chosen], when, row, codes, rest, np.argsort(when))


def _base(bounds: ScanBounds) -> float:
    """Return the most that all but distance, gap and items add to a pair."""
    return bounds.base + bounds.late + (float(bounds.share.largest[:-1].max()) if bounds.share.is_used else 0.0)


def _steps(
    force: _Force, bounds: ScanBounds, farthest_m: float, longest: int, least_raw: float, n_considered: int
) -> Iterator[_Step]:
    """Cut the distances into steps, farthest first, none where no pair can reach the floor."""
    n, duration = len(force.x), max(min(longest, int(np.ptp(force.when))), 1)
    far_m, share_of_squares = farthest_m, 1.0
    at_any = _longest_reaching(force, bounds, 0.0, farthest_m, longest, least_raw)
    share_of_time = float(np.minimum(np.maximum(at_any, 0), duration).mean()) / duration
    for step in range(MOST_STEPS):
        n_looks = _LOOKS_PER_PAIR * n_considered * share_of_time * share_of_squares
        near_m = _NEXT_STEP * far_m
        beyond = _longest_reaching(force, bounds, near_m, farthest_m, longest, least_raw)
        saves = np.maximum(beyond, 0).mean() < 0.7 * np.maximum(at_any, 0).mean()
        if step == MOST_STEPS - 1 or n_looks < LOOKS_WORTH_A_STEP * n or not saves:
            yield _Step(-1.0, far_m, at_any)
            return
        yield _Step(near_m, far_m, beyond)
        far_m, share_of_squares = near_m, share_of_squares * _NEXT_STEP**2


def _longest_reaching(
    force: _Force, bounds: ScanBounds, nearest_m: float, farthest_m: float, longest: int, least_raw: float
) -> Ints:
    """Return for each crime the longest difference of times at which a pair so far apart can reach the floor, or -1."""
    per_m, per_time = _cells(bounds)
    distance = _largest_from(bounds.distance.largest, int(farthest_m * per_m) + 1)
    gap = _largest_from(bounds.gap.largest, int(longest * per_time) + 1)
    place = min(int(max(nearest_m * per_m - _BLUR, 0.0)), len(distance) - 1)
    n_cells = np.searchsorted(-gap, force.rest + float(distance[place]) - least_raw, side="right")
    reach = np.minimum((n_cells + _BLUR) / per_time, float(longest)).astype(np.int64)
    reach[n_cells == len(gap)] = longest
    reach[n_cells == 0] = -1
    return reach


def _largest_from(largest: npt.NDArray[np.float32], last: int) -> Floats:
    """Return the largest bound of each cell and those after it, up to the last one that a pair can fall into."""
    cells = largest[: min(last, len(largest) - 2) + 1].astype(np.float64)
    return np.maximum.accumulate(cells[::-1])[::-1]


def _cells(bounds: ScanBounds) -> tuple[float, float]:
    """Return the cells along a metre and along half a microsecond."""
    return 1e-3 * bounds.distance.per_unit, bounds.gap.per_unit / HALF_MICROSECONDS_PER_DAY


def _count(force: _Force, board: TimeSquares, farthest_m: float, longest: int, pool: Pool, n_workers: int) -> int:
    x, y, when = (column[board.order] for column in (force.x, force.y, force.when))

    def count(lines: tuple[int, int]) -> int:
        return int(count_near(*board[1:], *lines, x, y, when, farthest_m**2, longest))

    return sum(pool.map(count, _tasks(board, n_workers)))


def _find(
    force: _Force, tables: ScoreTables, bounds: ScanBounds, step: _Step, least_raw: float, pool: Pool, n_workers: int
) -> list[tuple[ShortInts, ShortInts]]:
    if step.longest.max(initial=-1) < 0:
        return []
    board = time_squares(force.x, force.y, force.by_time, step.farthest_m)
    order, (per_m, per_time) = board.order, _cells(bounds)
    crimes = (*(column[order] for column in (force.x, force.y, force.when, force.row, force.rest)), step.longest[order])
    nearest_squared = step.nearest_m**2 if step.nearest_m >= 0 else -1.0
    items = tables.kind == CODES
    model = (
        *(least_raw, _base(bounds), bounds.distance.largest[:-1], per_m, bounds.gap.largest[:-1], per_time),
        *(tables.value, tables.value_start[:-1][items], tables.n_codes[items]),
    )
    codes, farthest_squared = force.codes[order], step.farthest_m**2

    def find(lines: tuple[int, int]) -> tuple[ShortInts, ShortInts]:
        first, second = find_reaching(*board[1:], *lines, *crimes, codes, nearest_squared, farthest_squared, *model)
        return first, second

    return list(pool.map(find, _tasks(board, n_workers)))


def _tasks(board: TimeSquares, n_workers: int) -> list[tuple[int, int]]:
    """Cut the lines of a board into runs of about equally many crimes."""
    before = board.begin[:: board.n_across]
    wanted = before[-1] * np.arange(_TASKS_PER_WORKER * n_workers + 1) // (_TASKS_PER_WORKER * n_workers)
    ends = np.unique(np.append(np.searchsorted(before, wanted, side="left"), board.n_along))
    ends = np.unique(np.append(0, ends))
    return list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
