"""Lists of pairs in one order, each pair once: what many owners found, put together."""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.scan_kernel import PartnerLists

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class PairArrays(NamedTuple):
    """Pairs of crimes with their log Bayes factor.

    Attributes
    ----------
    first, second : ndarray, shape (n_pairs,), int32
        Rows, lower first.
    log_bf : ndarray, shape (n_pairs,), float64
        Natural log, calibrated where the model is.
    """

    first: ShortInts
    second: ShortInts
    log_bf: Floats

    def where(self, chosen: Flags | slice) -> "PairArrays":
        """Return the pairs that a mask or a slice chooses."""
        return PairArrays(self.first[chosen], self.second[chosen], self.log_bf[chosen])


def joined(parts: list[PairArrays]) -> PairArrays:
    """Return the pairs of all parts, one part after another."""
    none = PairArrays(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    return PairArrays(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))


def sorted_distinct(n_crimes: int, pairs: PairArrays, lists: PartnerLists | None = None) -> PairArrays:
    """Return pairs and those of lists of partners together, each once, sorted by first and second row.

    Parameters
    ----------
    n_crimes : int
    pairs : PairArrays
        In any order, any pair any number of times with the same log BF.
    lists : PartnerLists, optional
        A pair that both crimes hold counts once.

    Notes
    -----
    Pairs are put into the bucket of their first crime and sorted there: time grows with their number, and no key of
    both rows is made.
    """
    if lists is None:
        lists = PartnerLists(np.empty((0, 0), dtype=np.int32), np.empty((0, 0)))
    start = np.zeros(n_crimes + 1, dtype=np.int64)
    _count(pairs.first, lists.partner, start)
    np.cumsum(start, out=start)
    second, log_bf = np.empty(start[-1], dtype=np.int32), np.empty(start[-1])
    _fill(pairs.first, pairs.second, pairs.log_bf, lists.partner, lists.log_bf, start[:-1].copy(), second, log_bf)
    n_left = np.zeros(n_crimes, dtype=np.int64)
    _sort_each(start, second, log_bf, n_left)
    n = int(n_left.sum())
    first = np.repeat(np.arange(n_crimes, dtype=np.int32), n_left)
    return PairArrays(first, second[:n].copy(), log_bf[:n].copy())


@numba.njit(cache=True, nogil=True)
def _count(first, partner, start):  # type: ignore[no-untyped-def]  # compiled
    for i in first:
        start[i + 1] += 1
    for i in range(partner.shape[0]):
        for k in range(partner.shape[1]):
            if partner[i, k] >= 0:
                start[min(i, partner[i, k]) + 1] += 1


@numba.njit(cache=True, nogil=True)
def _fill(first, second, value, partner, partner_value, at, out, out_value):  # type: ignore[no-untyped-def]  # compiled
    for p in range(first.size):
        i = first[p]
        out[at[i]], out_value[at[i]] = second[p], value[p]
        at[i] += 1
    for one in range(partner.shape[0]):
        for k in range(partner.shape[1]):
            other = partner[one, k]
            if other >= 0:
                i = min(one, other)
                out[at[i]], out_value[at[i]] = max(one, other), partner_value[one, k]
                at[i] += 1


@numba.njit(cache=True, nogil=True)
def _sort_each(start, second, log_bf, n_left):  # type: ignore[no-untyped-def]  # compiled
    """Sort each bucket, drop what is there twice, and move all to the front."""
    n = 0
    for i in range(n_left.size):
        begin, end = start[i], start[i + 1]
        if end - begin < 2:  # of most crimes, where few pairs are kept
            if begin < end:
                second[n], log_bf[n] = second[begin], log_bf[begin]
                n, n_left[i] = n + 1, 1
            continue
        order = np.argsort(second[begin:end])
        ordered, values = second[begin:end][order], log_bf[begin:end][order]
        for k in range(ordered.size):
            if k == 0 or ordered[k] != ordered[k - 1]:
                second[n], log_bf[n] = ordered[k], values[k]
                n += 1
                n_left[i] += 1
