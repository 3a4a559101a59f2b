"""The scorecard as it may be shared: no small number in it, and none that follows from the totals.

A count from 1 to just below the least that may be shown is left out (primary suppression), and so are further cells
(complementary suppression), chosen by hypercubes as in S. Giessing and D. Repsilber, "Tools and strategies to protect
multiple tables with the GHQUAR cell suppression engine" (Inference Control in Statistical Databases, LNCS 2316, 2002,
181-192). A cell that is left out is a corner of a cube of such cells in the table of areas x crime groups x items with
all its totals: one crime more or less in the corners, in turn, changes no total, so a reader who adds and subtracts
what is shown cannot tell how many there are. That holds for counts that are nested too (the values judged valid are the
values recorded): the crime that comes or goes meets every dimension that is left out with it.

The crimes that lack an item are counted too, as those expected less those that have it, so few of these are left out
as well, in cubes of their own: there the crime that comes or goes is one that lacks the item. Few values that are not
valid, say nothing or came late tell of a record and not of a crime, and are shown.
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
# The dimension that tells how many crimes lack an item, and those by which such a crime is judged.
OF_GAPS = "completeness"
JUDGED_OF_GAPS = ("applicability", OF_GAPS, "recoverable")
# Totals are read most, so others are given up before them.
COST_OF_TOTAL = 10.0


class Counts(NamedTuple):
    """Counts of the dimensions that are left out together: arrays, dimension x area x group x item, totals last."""

    n_expected: np.ndarray
    n_met: np.ndarray
    dimensions: tuple[str, ...]

    def lacking(self) -> np.ndarray:
        """Return how many crimes lack the item, area x group x item."""
        of_gaps = np.array([name == OF_GAPS for name in self.dimensions])
        return np.asarray((self.n_expected - self.n_met)[of_gaps].sum(axis=0))


def mo_scorecard_shared(scorecard: pd.DataFrame, least_shown: int = LEAST_SHOWN) -> pd.DataFrame:
    """Sum the scorecard over months and capture roles, with all totals, and leave out what must not be shared.

    Parameters
    ----------
    scorecard
        As `scorecard.mo_scorecard` makes it.
    least_shown
        Smallest count above 0 that may be shown: of the crimes judged, of those that met the dimension, and of those
        that lack the item.

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
        Arrays of int64, the last of each of the three axes being the total.
    least_shown
        Smallest count above 0 that may be shown.

    Returns
    -------
    ndarray of bool
        Area x group x item; a cell is left out in all dimensions alike.
    """
    n, met, lacking = counts.n_expected, counts.n_met, counts.lacking()
    few_lack = _is_small(lacking, least_shown)
    hidden = np.any(_is_small(n, least_shown) | _is_small(met, least_shown), axis=0) | few_lack
    judges_gaps = np.isin(counts.dimensions, JUDGED_OF_GAPS)
    # A crime can be taken from a cell that keeps one in every dimension in which it has any.
    can_lose_gap = (lacking >= 1) & (_least(n - 1, (n > 0) & judges_gaps[:, None, None, None]) >= 1)
    can_lose = _least(np.minimum(n - 1, met), n > 0) >= 1
    # Cells that came in for the sake of gaps are protected as all others by what comes last.
    hidden = _protected(hidden, few_lack, can_lose_gap, counts)
    return _protected(hidden, hidden, can_lose, counts)


def _is_small(count: np.ndarray, least_shown: int) -> np.ndarray:
    return np.asarray((count > 0) & (count < least_shown))


def _least(count: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return the least over the dimensions that count; 0 where none does."""
    least = np.where(where, count, np.iinfo(np.int64).max).min(axis=0, initial=np.iinfo(np.int64).max)
    return np.where(where.any(axis=0), least, 0)


def _protected(hidden: np.ndarray, secret: np.ndarray, can_lose: np.ndarray, counts: Counts) -> np.ndarray:
    """Return what is left out once every secret cell, and every one that comes in for it, is the corner of a cube."""
    n = counts.n_expected
    cost = np.where(np.any(n > 0, axis=0), n.max(axis=0, initial=0) + 1.0, np.inf)
    cost[-1] *= COST_OF_TOTAL
    judged_by = np.any(n > 0, axis=(1, 2))
    hidden, waiting = hidden.copy(), secret.copy()
    while (left := np.argwhere(waiting)).size:
        cell = tuple(left[0].tolist())
        corners = _cheapest_cube(np.where(hidden, 0.0, cost) + _unlike(judged_by, cell[-1]), can_lose, cell)
        came_in = np.zeros_like(hidden)
        came_in[corners] = True
        hidden |= came_in
        waiting &= ~came_in
    return hidden


def _unlike(judged_by: np.ndarray, item: int) -> np.ndarray:
    """Return what forbids items that are judged by other dimensions: no crime could go from one to the other."""
    is_like = (judged_by == judged_by[:, [item]]).all(axis=0)
    is_like[-1] = True
    return np.where(is_like | (item == len(is_like) - 1), 0.0, np.inf)


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
    n_expected, n_met = (np.zeros((len(dimensions), *shape), dtype=np.int64) for _ in range(2))
    n_expected[(dimension, *places)] = summed["n_expected"]
    n_met[(dimension, *places)] = summed["n_met"]
    return Counts(n_expected, n_met, tuple(dimensions)), tuple(places)
