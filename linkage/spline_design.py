"""The columns of an additive fit: where each pair stands between the knots of each variable, and what may be fitted.

A continuous variable is a broken line through its knots. Its knots are quantiles of linked and unlinked pairs with
both classes counted alike, so that the few linked pairs have as many knots as the many unlinked; smoothness is
measured on that scale too, which makes the fit the same whether kilometres, metres or their logarithms are given.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.histogram_term import as_floats, is_continuous, level_bins
from linkage.item_evidence import DIFFER, MATCH, MISSING, NOT_APPLICABLE
from linkage.rarity import GRADED_LEVELS
from linkage.smooth_term import MISSING_LEVEL, place_between

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FALLING, FREE, RISING = -1, 0, 1
ORDERED_LEVELS = (DIFFER, *(grade for grade in GRADED_LEVELS.categories if grade.startswith(MATCH)), MATCH)
"""Levels of a comparison, each at least as telling as the one before; a column has some of them."""

_LEAST_SHARE = 1e-9  # of the pairs, between two knots
_LEAST_WIDTH = 1e-3  # so that a bend between near knots does not cost without limit
_LEAST_WEIGHT = 1e-300  # of a class: where it has none, nothing is divided


class Variable(NamedTuple):
    """One evidence variable of a fit.

    Attributes
    ----------
    name : str
    knots : ndarray
        Of a continuous variable; empty otherwise.
    levels : tuple of str
        Of a categorical one; empty otherwise.
    width : ndarray, shape (n_steps,)
        Share of the pairs, classes counted alike, between each two knots; for ordered levels equal steps; empty for
        levels without order.
    direction : int
        -1 the log Bayes factor falls from knot to knot, 1 it rises, 0 it may do either.
    learns_missing : bool
        Whether missing evidence is a level of its own, the last.
    position, share : ndarray, shape (n_pairs,)
        Knot at or below each pair (or its level) and the way to the next, in [0, 1]; -1 where it says nothing.
    """

    name: str
    knots: Floats
    levels: tuple[str, ...]
    width: Floats
    direction: int
    learns_missing: bool
    position: Ints
    share: Floats

    @property
    def n_places(self) -> int:
        """Knots or levels, the one for missing evidence included."""
        return max(len(self.knots), len(self.levels)) + self.learns_missing


def natural_direction(column: str) -> int:
    """Return which way the log Bayes factor of an evidence column goes: likeness never speaks against a link."""
    if column.startswith(("agreement_", "overlap_", "text_similarity")):
        return RISING
    is_gap = column.startswith(("gap_", "distance_")) or column.endswith(("_gap_hours", "_gap_days", "_share"))
    return FALLING if is_gap else FREE


def make_variable(
    values: pd.Series, linked: Flags, weight: Floats, n_knots: int, direction: int, learns_missing: bool
) -> Variable:
    """Place the knots or find the levels of a column, and its pairs among them."""
    name = str(values.name)
    if is_continuous(values):
        floats = as_floats(values)
        learns_missing = learns_missing and bool(np.isnan(floats).any())
        knots, width = _class_balanced_quantiles(floats, linked, weight, n_knots)
        position, share = place_between(floats, knots)
        levels: tuple[str, ...] = ()
    else:
        levels, is_ordered = levels_in_order(values)
        position, share = level_bins(values, levels), np.zeros(len(values))
        learns_missing = learns_missing and bool((position == MISSING_LEVEL).any())
        position = np.where(position == MISSING_LEVEL, -1, np.where(position < 0, -2, position))
        knots = np.empty(0)
        width = np.full(len(levels) - 1, 1.0 / max(len(levels) - 1, 1)) if is_ordered else np.empty(0)
        direction = RISING if is_ordered and direction == FREE else direction
    if learns_missing:
        position = np.where(position == -1, max(len(knots), len(levels)), position)
    return Variable(name, knots, levels, width, direction, learns_missing, position, share)


def step_matrix(variable: Variable) -> Floats:
    """Return the matrix that turns a variable's parameters into its values at knots or levels, up to a constant.

    Parameters are the steps from knot to knot (or from one ordered level to the next), else one for each level, and
    one more for missing evidence.
    """
    n_places, n_steps = variable.n_places, len(variable.width)
    if not (len(variable.knots) or n_steps):
        return np.eye(n_places)
    matrix = np.zeros((n_places, n_steps + variable.learns_missing))
    matrix[: n_steps + 1, :n_steps] = np.tril(np.ones((n_steps + 1, n_steps)), -1)
    if variable.learns_missing:
        matrix[-1, -1] = 1.0
    return matrix


def penalty_matrix(variable: Variable, shrinkage: float, smoothness: float) -> Floats:
    """Return the quadratic penalty on the parameters of `step_matrix`.

    Steps cost shrinkage times the integral of the squared slope and, between knots, smoothness times that of the
    squared bend, both over the share of pairs.
    """
    width, n_steps = variable.width, len(variable.width)
    n_parameters = step_matrix(variable).shape[1]
    penalty = shrinkage * np.eye(n_parameters)
    penalty[np.arange(n_steps), np.arange(n_steps)] = shrinkage / width
    if len(variable.knots) and n_steps > 1:
        bend = (np.eye(n_steps, k=1) - np.eye(n_steps))[:-1] / width
        apart = 0.5 * (width[1:] + width[:-1])
        penalty[:n_steps, :n_steps] += smoothness * bend.T @ (bend / apart[:, None])
    return penalty


def bounds(variables: Sequence[Variable]) -> tuple[Floats, Floats]:
    """Return the lowest and highest value of each parameter: the sign of a step is that of its direction."""
    lows, highs = [], []
    for one in variables:
        n_parameters, n_steps = step_matrix(one).shape[1], len(one.width)
        low, high = np.full(n_parameters, -np.inf), np.full(n_parameters, np.inf)
        if one.direction == RISING:
            low[:n_steps] = 0.0
        if one.direction == FALLING:
            high[:n_steps] = 0.0
        lows.append(low)
        highs.append(high)
    return np.concatenate(lows), np.concatenate(highs)


def _class_balanced_quantiles(values: Floats, linked: Flags, weight: Floats, n_knots: int) -> tuple[Floats, Floats]:
    """Return knots at equal shares of the pairs with both classes counted alike, and the shares between them."""
    present = ~np.isnan(values)
    if not present.any():
        return np.zeros(1), np.empty(0)
    if not present.all():
        values, linked, weight = values[present], linked[present], weight[present]
    n_linked = weight[linked].sum()
    n_unlinked = weight.sum() - n_linked
    mass = np.where(linked, weight / max(n_linked, _LEAST_WEIGHT), weight / max(n_unlinked, _LEAST_WEIGHT))
    order = np.argsort(values)
    ordered = values[order]
    last = np.append(np.flatnonzero(np.diff(ordered) > 0), len(ordered) - 1)
    distinct = ordered[last]
    if len(distinct) == 1:
        return distinct, np.empty(0)
    cumulated = np.cumsum(mass[order])[last]
    middle = (cumulated - 0.5 * np.diff(cumulated, prepend=0.0)) / cumulated[-1]
    wanted = np.interp(np.linspace(0.0, 1.0, n_knots), middle, distinct)
    wanted[0], wanted[-1] = distinct[0], distinct[-1]
    knots = np.unique(wanted)
    reached = np.interp(knots, distinct, middle)
    # Where a share falls on the first or last value, rounding decides whether it gives another knot: it must not.
    is_apart = np.minimum(np.diff(reached, prepend=-1.0), reached[-1] - reached) > _LEAST_SHARE
    is_apart[-1] = True
    return knots[is_apart], np.maximum(np.diff(reached[is_apart]), _LEAST_WIDTH)


def levels_in_order(values: pd.Series) -> tuple[tuple[str, ...], bool]:
    """Return the levels that occur, in order of what they tell where they have one, else of the alphabet."""
    seen = {str(one) for one in values.dropna().unique()} - {MISSING, NOT_APPLICABLE}
    if len(seen) > 1 and seen <= set(ORDERED_LEVELS):
        return tuple(one for one in ORDERED_LEVELS if one in seen), True
    return tuple(sorted(seen)), False
