"""What a smooth model holds of one evidence variable: a log Bayes factor at knots, straight lines between them.

Straight lines read without the program that fitted them, score fast and render as SQL; enough knots make them smooth.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.histogram_term import as_floats, level_bins

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MISSING_LEVEL = -2
"""How `level_bins` marks a missing value; one that is not applicable or was never seen is another negative number."""


class SmoothTerm(NamedTuple):
    """One evidence variable of an additive model.

    Attributes
    ----------
    knots : ndarray, shape (n_knots,)
        Ascending; beyond them the log Bayes factor stays what it is at the nearest. Empty for a categorical variable.
    levels : tuple of str
        Levels of a categorical variable; empty for a continuous one.
    log_bf : ndarray
        Natural log Bayes factor at each knot or of each level.
    log_bf_missing : float
        That of missing evidence: 0, unless the model was told to learn it.
    n_linked, n_unlinked : ndarray
        Weight of the training pairs at each knot (shared between the two nearest) or of each level.
    """

    knots: Floats
    levels: tuple[str, ...]
    log_bf: Floats
    log_bf_missing: float
    n_linked: Floats
    n_unlinked: Floats

    @property
    def is_continuous(self) -> bool:
        """Whether the variable is a number on a scale."""
        return len(self.knots) > 0

    def score(self, values: pd.Series) -> Floats:
        """Return the log Bayes factor of each value; 0 for what is not applicable and for a level never seen."""
        if self.is_continuous:
            position, share = place_between(as_floats(values), self.knots)
            out = np.empty(len(position))
            _fill_scores(position, share, self.log_bf, self.log_bf_missing, out)
            return out
        beyond = np.array([0.0, self.log_bf_missing, 0.0])  # reached by the negative levels -3, -2, -1
        return np.concatenate([self.log_bf, beyond])[level_bins(values, self.levels)]


def place_between(values: Floats, knots: Floats) -> tuple[Ints, Floats]:
    """Return the knot at or below each value and how far it is on the way to the next, in [0, 1]; -1 where missing."""
    position, share = np.empty(len(values), dtype=np.int64), np.zeros(len(values))
    _fill_places(values, knots, position, share)
    return position, share


@numba.njit(cache=True)
def _fill_places(values: Floats, knots: Floats, position: Ints, share: Floats) -> None:
    last = knots.size - 1
    for i in range(values.size):
        value = values[i]
        if np.isnan(value):
            position[i] = -1
        elif last == 0 or value <= knots[0]:
            position[i] = 0
        elif value >= knots[last]:
            position[i], share[i] = last - 1, 1.0
        else:
            # Counting the knots below beats a search: the processor compares several at once and guesses nothing.
            at = 0
            for j in range(1, last):
                at += value >= knots[j]
            position[i] = at
            share[i] = (value - knots[at]) / (knots[at + 1] - knots[at])


@numba.njit(cache=True)
def _fill_scores(position: Ints, share: Floats, log_bf: Floats, missing: float, out: Floats) -> None:
    for i in range(position.size):
        at = position[i]
        if at < 0:
            out[i] = missing
        elif share[i] == 0.0:
            out[i] = log_bf[at]
        else:
            out[i] = log_bf[at] + share[i] * (log_bf[at + 1] - log_bf[at])
