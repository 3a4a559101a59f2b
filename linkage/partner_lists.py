"""The strongest partners of each crime, kept while exact scores come in, and calibrated as the model says."""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ShortInts = npt.NDArray[np.int32]


class PartnerLists(NamedTuple):
    """The strongest partners of each crime, strongest first, the lower row of equals.

    Attributes
    ----------
    partner : ndarray, shape (n_crimes, top_k), int32
        Rows; -1 where there are no more.
    log_bf : ndarray, shape (n_crimes, top_k), float64
        Calibrated; minus infinity where there are no more.
    """

    partner: ShortInts
    log_bf: Floats


def partner_lists(n_crimes: int, top_k: int) -> PartnerLists:
    """Return lists that hold nobody yet."""
    return PartnerLists(np.full((n_crimes, top_k), -1, dtype=np.int32), np.full((n_crimes, top_k), -np.inf))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def calibrate(raw: float, knots: Floats, log_bf: Floats) -> float:
    """Return a calibrated log Bayes factor, by the steps of `linkage.calibration.Calibration.apply`."""
    last = knots.size - 1
    if last < 0:
        return raw
    if raw <= knots[0] or last == 0:
        inside = log_bf[0]
    elif raw >= knots[last]:
        inside = log_bf[last]
    else:
        at = np.searchsorted(knots, raw, side="right") - 1
        if knots[at] == raw:
            inside = log_bf[at]
        else:
            slope = (log_bf[at + 1] - log_bf[at]) / (knots[at + 1] - knots[at])
            inside = slope * (raw - knots[at]) + log_bf[at]
    return inside + min(raw - knots[0], 0.0) + max(raw - knots[last], 0.0)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def insert(partners, log_bfs, raws, partner, log_bf, raw):  # type: ignore[no-untyped-def]  # compiled
    """Put a partner in its place among those of one crime, strongest first; the weakest falls out.

    Where no raw values are kept, `raws` may be `log_bfs` itself.
    """
    at = partners.size - 1
    if at < 0 or log_bf < log_bfs[at] or (log_bf == log_bfs[at] and 0 <= partners[at] < partner):
        return
    while at > 0 and (
        partners[at - 1] < 0 or log_bf > log_bfs[at - 1] or (log_bf == log_bfs[at - 1] and partner < partners[at - 1])
    ):
        partners[at], log_bfs[at], raws[at] = partners[at - 1], log_bfs[at - 1], raws[at - 1]
        at -= 1
    partners[at], log_bfs[at], raws[at] = partner, log_bf, raw
