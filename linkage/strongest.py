"""The strongest few partners of each crime, kept while pairs stream by."""

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class StrongestPartners:
    """Keeps the `top_k` partners with the highest log Bayes factor of each crime, the lower row of equals.

    Partners are ordered without equals, so what is kept does not depend on the order of the offers.

    Parameters
    ----------
    n_crimes : int
    top_k : int
    """

    def __init__(self, n_crimes: int, top_k: int) -> None:
        self._partner = np.full((n_crimes, top_k), -1, dtype=np.int64)
        self._log_bf = np.full((n_crimes, top_k), -np.inf)

    def offer(self, first: Ints, second: Ints, log_bf: Floats, may_be_partner: npt.NDArray[np.bool_]) -> None:
        """Offer pairs, each once over all calls, to both of their crimes.

        Parameters
        ----------
        first, second : int64, shape (n_pairs,)
            Row positions of the crimes.
        log_bf : float64, shape (n_pairs,)
        may_be_partner : bool, shape (n_crimes,)
            Crimes that can be kept as a partner.
        """
        if self._partner.shape[1]:
            _offer(first, second, log_bf, may_be_partner, self._partner, self._log_bf)

    def pairs(self) -> tuple[Ints, Ints, Floats]:
        """Return first, second and log BF of what is kept; a pair that both crimes keep comes twice."""
        crime, place = np.nonzero(self._partner >= 0)
        partner = self._partner[crime, place]
        return np.minimum(crime, partner), np.maximum(crime, partner), self._log_bf[crime, place]


@njit(cache=True)
def _is_stronger(log_bf, partner, other_log_bf, other):  # type: ignore[no-untyped-def]  # compiled
    return other < 0 or log_bf > other_log_bf or (log_bf == other_log_bf and partner < other)


@njit(cache=True)
def _insert(partners, log_bfs, partner, log_bf):  # type: ignore[no-untyped-def]  # compiled
    """Put a partner in its place among those of one crime, strongest first; the weakest falls out."""
    at = len(partners) - 1
    if not _is_stronger(log_bf, partner, log_bfs[at], partners[at]):
        return
    while at > 0 and _is_stronger(log_bf, partner, log_bfs[at - 1], partners[at - 1]):
        partners[at], log_bfs[at] = partners[at - 1], log_bfs[at - 1]
        at -= 1
    partners[at], log_bfs[at] = partner, log_bf


@njit(cache=True)
def _offer(first, second, log_bf, may_be_partner, partners, log_bfs):  # type: ignore[no-untyped-def]  # compiled
    for p in range(len(first)):
        i, j = first[p], second[p]
        if may_be_partner[j]:
            _insert(partners[i], log_bfs[i], j, log_bf[p])
        if may_be_partner[i]:
            _insert(partners[j], log_bfs[j], i, log_bf[p])
