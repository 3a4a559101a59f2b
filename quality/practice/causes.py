"""Which cause a gap is due to: the one that explains the excess over the rest of the force.

For each cause, its excess in an area is the number of crimes with it less the number that the rest of the force would
have among as many crimes. The cause with the largest excess is named when it makes up at least half of all that is in
excess, and when chance alone would seldom have put it before the next: with counts of Poisson spread, the difference of
two excesses e1 - e2 has the standard deviation sqrt(n1 + n2), and Phi of their ratio must reach 0.8. Otherwise the
cause is called mixed.
"""

from typing import NamedTuple

import numpy as np

from quality.practice.unit_costs import CAUSES, MIXED

LEAST_SHARE = 0.5
LEAST_CONFIDENCE = 0.8


class CauseVerdict(NamedTuple):
    """What gaps are due to, one entry each.

    Attributes
    ----------
    cause
        Name of the cause, or `mixed`; object array of str.
    leading
        Position in CAUSES of the largest, also where the verdict is mixed; int64.
    share
        Share of the leading cause in all excess, 0 to 1; NaN where nothing is in excess.
    confidence
        Probability that the leading cause is truly before the next, 0.5 to 1; NaN where nothing is in excess.
    """

    cause: np.ndarray
    leading: np.ndarray
    share: np.ndarray
    confidence: np.ndarray


def name_causes(excess: np.ndarray, counts: np.ndarray) -> CauseVerdict:
    """Name the cause of each gap.

    Parameters
    ----------
    excess
        Crimes beyond the background by gap and cause in the order of CAUSES; float64 (gaps, causes). For the whole
        force there is no background: the counts themselves.
    counts
        Crimes with each cause; float64 (gaps, causes).
    """
    from scipy.stats import norm

    beyond = np.maximum(excess, 0.0)
    total = beyond.sum(axis=1)
    order = np.argsort(-excess, axis=1, kind="stable")
    rows = np.arange(len(excess))
    first, second = order[:, 0], order[:, 1]
    spread = np.sqrt(np.maximum(counts[rows, first] + counts[rows, second], 1.0))
    is_beyond = total > 0
    share = np.divide(beyond[rows, first], total, out=np.full(len(excess), np.nan), where=is_beyond)
    lead = norm.cdf((excess[rows, first] - excess[rows, second]) / spread)
    confidence = np.where(is_beyond, lead, np.nan)
    is_clear = is_beyond & (np.nan_to_num(share) >= LEAST_SHARE) & (np.nan_to_num(confidence) >= LEAST_CONFIDENCE)
    cause = np.where(is_clear, np.array(CAUSES, dtype=object)[first], MIXED)
    return CauseVerdict(cause, first, share, confidence)
