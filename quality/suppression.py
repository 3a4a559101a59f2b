"""The scorecard as it may be shared: no small number in it, and none that follows from the totals.

A count from 1 to just below the least that may be shown is left out (primary suppression), and so are further cells
(complementary suppression), chosen by hypercubes as in S. Giessing and D. Repsilber, "Tools and strategies to protect
multiple tables with the GHQUAR cell suppression engine" (Inference Control in Statistical Databases, LNCS 2316, 2002,
181-192). A cell that is left out is a corner of a cube of such cells in the table of areas x crime groups x items with
all its totals: one crime more or less in the corners, in turn, changes no total, so a reader who adds and subtracts
what is shown cannot tell how many there are. That holds for counts that are nested too (the values judged valid are the
values recorded): the crime that comes or goes meets every dimension that is left out with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns

SCORECARD_COLUMNS = ("area_code", "crime_group", "item_code", "dimension", "n_expected", "n_met")
AXES = ["area_code", "crime_group", "item_code"]
COLUMNS = [*AXES, "dimension", "n_expected", "n_met", "share", "is_suppressed"]
ALL = "all"
NOT_STATED = "not_stated"
LEAST_SHOWN = 10
# Whether two fields contradict each other is judged of few crimes, whose number follows from no other dimension.
APART = ("consistency",)
# Totals are read most, so others are given up before them.
COST_OF_TOTAL = 10.0


class Counts(NamedTuple):
    """Counts of the dimensions that are left out together: arrays, dimension x area x group x item, totals last."""

    n_expected: np.ndarray
    n_met: np.ndarray


def mo_scorecard_shared(scorecard: pd.DataFrame, least_shown: int = LEAST_SHOWN) -> pd.DataFrame:
    """Sum the scorecard over months and capture roles, with all totals, and leave out what must not be shared.

    Parameters
    ----------
    scorecard
        As `scorecard.mo_scorecard` makes it.
    least_shown
        Smallest count above 0 that may be shown: of the crimes judged, and of those that met the dimension.

    Returns
    -------
    DataFrame
        area_code, crime_group, item_code (str; `all` for totals, `not_stated` where missing), dimension (str),
        n_expected, n_met (Int64), share (0 to 1), all three missing where is_suppressed (bool). One row per cell and
        dimension that has counts, sorted.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(scorecard, SCORECARD_COLUMNS, "mo_scorecard")
    summed = _with_totals(scorecard)
    hidden = np.zeros(len(summed), dtype=bool)
    is_apart = summed["dimension"].isin(APART).to_numpy()
    for rows in (np.flatnonzero(is_apart), np.flatnonzero(~is_apart)):
        if len(rows):
            found, at = _counts(summed.iloc[rows])
            hidden[rows] = suppressed(found, least_shown)[at]
    summed["is_suppressed"] = hidden
    shown = ~summed["is_suppressed"]
    summed["share"] = (summed["n_met"] / summed["n_expected"]).where(shown)
    for name in ("n_expected", "n_met"):
        summed[name] = summed[name].astype("Int64").where(shown)
    return summed[COLUMNS]


def suppressed(counts: Counts, least_shown: int) -> np.ndarray:
    """Say which cells are left out: those with a small count, and what keeps these from being worked out.

    Parameters
    ----------
    counts
        Dimension x area x group x item (int64), the last of each of the three axes being the total.
    least_shown
        Smallest count above 0 that may be shown.

    Returns
    -------
    ndarray of bool
        Area x group x item; a cell is left out in all dimensions alike.
    """
    n, met = counts
    small = [(count > 0) & (count < least_shown) for count in (n, met)]
    hidden = np.any(small[0] | small[1], axis=0)
    exists = np.any(n > 0, axis=0)
    # A crime can be taken from a cell that keeps one in every dimension in which it has any.
    spare = np.where(n > 0, np.minimum(n - 1, met), np.iinfo(np.int64).max).min(axis=0)
    can_lose = exists & (spare >= 1)
    cost = np.where(exists, n.max(axis=0) + 1.0, np.inf)
    cost[-1] *= COST_OF_TOTAL
    protected = np.zeros_like(hidden)
    while (waiting := np.argwhere(hidden & ~protected)).size:
        cell = tuple(waiting[0].tolist())
        corners = _cheapest_cube(np.where(hidden, 0.0, cost), can_lose, cell)
        hidden[corners] = protected[corners] = True
    return hidden


def _cheapest_cube(cost: np.ndarray, can_lose: np.ndarray, cell: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Return the corners (an open mesh) of the cube around a cell that gives up least.

    The cube that reaches from a cell to the totals always serves: all its corners can gain a crime.
    """
    loss = np.where(can_lose, cost, np.inf)
    gains = [_gains_with(size, at) for size, at in zip(cost.shape, cell, strict=True)]
    best, best_cost = cell, np.inf
    for cell_gains in (True, False):
        if not cell_gains and not can_lose[cell]:
            continue
        total = _cube_costs(cost, loss, cell, gains, cell_gains=cell_gains)
        cheapest = int(np.argmin(total))
        if total.flat[cheapest] < best_cost:
            best = tuple(int(at) for at in np.unravel_index(cheapest, total.shape))
            best_cost = float(total.flat[cheapest])
    return np.ix_(*([here, there] for here, there in zip(cell, best, strict=True)))


def _gains_with(size: int, at: int) -> np.ndarray:
    """Say for each place on an axis whether it gains what the cell gains: a total with its part, no two parts."""
    is_total = np.arange(size) == size - 1
    return is_total != is_total[at]


def _cube_costs(
    cost: np.ndarray, loss: np.ndarray, cell: tuple[int, ...], gains: Sequence[np.ndarray], *, cell_gains: bool
) -> np.ndarray:
    """Return what the cube to each opposite corner costs, area x group x item; infinite where there is none."""
    total = np.zeros(cost.shape)
    for moved in range(1, 8):
        is_moved = [bool(moved >> axis & 1) for axis in range(3)]
        where = tuple(slice(None) if flag else slice(at, at + 1) for flag, at in zip(is_moved, cell, strict=True))
        sign = np.array(cell_gains)
        for axis, flag in enumerate(is_moved):
            if flag:
                sign = sign == gains[axis].reshape([-1 if other == axis else 1 for other in range(3)])
        total = total + np.where(sign, cost[where], loss[where])
    for axis, at in enumerate(cell):
        total[(slice(None),) * axis + (at,)] = np.inf
    return total


def _with_totals(scorecard: pd.DataFrame) -> pd.DataFrame:
    key = [*AXES, "dimension"]
    stated = {axis: scorecard[axis].fillna(NOT_STATED) for axis in AXES}
    summed = scorecard.assign(**stated).groupby(key, as_index=False)[["n_expected", "n_met"]].sum()
    for axis in AXES:
        totals = summed.assign(**{axis: ALL}).groupby(key, as_index=False)[["n_expected", "n_met"]].sum()
        summed = pd.concat([summed, totals], ignore_index=True)
    return summed.sort_values(key, ignore_index=True)


def _counts(summed: pd.DataFrame) -> tuple[Counts, tuple[np.ndarray, ...]]:
    """Return the counts as arrays, and where in them (area, group, item) each row stands."""
    places, shape = [], []
    for axis in AXES:
        # The total comes last whatever it is called.
        names = [*sorted(set(summed[axis]) - {ALL}), ALL]
        places.append(pd.Index(names).get_indexer(summed[axis]))
        shape.append(len(names))
    dimension, dimensions = pd.factorize(summed["dimension"])
    arrays = []
    for name in ("n_expected", "n_met"):
        array = np.zeros((len(dimensions), *shape), dtype=np.int64)
        array[(dimension, *places)] = summed[name]
        arrays.append(array)
    return Counts(*arrays), tuple(places)
