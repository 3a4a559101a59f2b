"""Pairs of events within a time limit, counted without listing them."""

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]


def count_within(block: Ints, time: Ints, longest: int) -> int:
    """Return how many pairs of one block are at most `longest` apart, in the unit of the times.

    Parameters
    ----------
    block, time : ndarray of int64, shape (n,)
        In any order.
    longest : int
    """
    order = np.lexsort((time, block))
    return int(np.sum(window_ends(block[order], time[order], longest) - np.arange(len(order)) - 1))


@njit(cache=True)
def window_ends(block, time, longest):  # type: ignore[no-untyped-def]  # compiled
    """Return the place after the last event of the same block within the limit of each event.

    Parameters
    ----------
    block, time : ndarray of int64, shape (n,)
        Sorted by block, then time.
    longest : int

    Returns
    -------
    ndarray of int64, shape (n,)
        So that event i makes pairs with the events from i + 1 up to and without its end.
    """
    ends = np.empty(len(time), dtype=np.int64)
    end = 0
    for i in range(len(time)):
        end = max(end, i + 1)
        while end < len(time) and block[end] == block[i] and time[end] - time[i] <= longest:
            end += 1
        ends[i] = end
    return ends
