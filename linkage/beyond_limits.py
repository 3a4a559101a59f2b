"""How strong a pair beyond the limits could be: what the limits may make a clustering miss."""

import numpy as np

from linkage.bayes_factors import BayesFactorTerm, HistogramBayesFactor
from linkage.candidates import LinkLimits


def largest_log_bf_beyond(model: HistogramBayesFactor, limits: LinkLimits) -> float:
    """Return the largest log Bayes factor that a pair farther apart than the limits could have.

    Such a pair is never a candidate and opens no merge; where the figure reaches the threshold of the clustering,
    merges may be missed and the limits are too narrow for the threshold. A crime without place or time counts as
    beyond both limits.

    Parameters
    ----------
    model : HistogramBayesFactor
        Fitted.
    limits : LinkLimits

    Returns
    -------
    float
        Natural log; evidence that the model has never seen contributes 0.
    """
    anywhere = {name: float(np.max(term.log_bf, initial=0.0)) for name, term in model.terms_.items()}
    total = sum(anywhere.values())
    found = []
    for name, limit in (("distance_km", limits.max_km), ("gap_days", limits.max_days)):
        if name in model.terms_:
            found.append(total - anywhere[name] + _largest_above(model.terms_[name], limit))
        else:
            found.append(total)
    return max(found)


def _largest_above(term: BayesFactorTerm, limit: float) -> float:
    """Return the largest log BF of the bins that reach above the limit, of missing values, and of the 0 outside."""
    reaches = np.append(term.edges[1:] > limit, np.ones(int(term.has_missing_bin), dtype=np.bool_))
    return max(0.0, float(np.max(term.log_bf[reaches], initial=0.0)))
