"""How strong a pair beyond the limits could be: what the limits may make a clustering miss."""

import math
from collections.abc import Mapping

import numpy as np

from linkage.bayes_factors import BayesFactorTerm
from linkage.calibration import CalibratedBayesFactor
from linkage.candidates import LinkLimits
from linkage.evidence import NEARER_SHARE, EvidenceSpec
from linkage.pair_scores import LinkModel
from linkage.smooth_term import SmoothTerm

Term = BayesFactorTerm | SmoothTerm


def largest_log_bf_beyond(model: LinkModel, limits: LinkLimits, spec: EvidenceSpec | None = None) -> float:
    """Return the largest log Bayes factor that a pair farther apart than the limits could have.

    Such a pair is never a candidate and opens no merge; where the figure reaches the threshold of the clustering,
    merges may be missed and the limits are too narrow for the threshold. A crime without place or time counts as
    beyond that limit. It is compared by what it has (`linkage.missing_evidence`), so the bound may be too high for it.

    Parameters
    ----------
    model : LinkModel
        Fitted; of one without histogram or smooth terms nothing is known, and the bound is infinite.
    limits : LinkLimits
    spec : EvidenceSpec, optional
        With its map of crowding, where the model judges distance by `nearer_share`: a pair beyond max_km has at least
        pi max_km^2 times the lowest density, that of a crime with no other around. Without it that column bounds
        nothing.

    Returns
    -------
    float
        Natural log; a bound, for no pair need have the best of all variables at once. Evidence that the model has
        never seen contributes 0, but beyond its knots a smooth term stays what it is at the nearest.
    """
    if isinstance(model, CalibratedBayesFactor):
        return float(model.calibration.apply(np.array([largest_log_bf_beyond(model.model, limits, spec)]))[0])
    terms: Mapping[str, Term] | None = getattr(model, "terms_", None)
    if terms is None or not all(isinstance(term, BayesFactorTerm | SmoothTerm) for term in terms.values()):
        return math.inf
    anywhere = {name: _largest_above(term, -math.inf) for name, term in terms.items()}
    bounds = (_place_bounds(limits.max_km, spec), {"gap_days": limits.max_days})
    best = max(_sum_beyond(terms, anywhere, each) for each in bounds)
    return float(getattr(model, "base_log_bf_", 0.0)) + best


def _place_bounds(max_km: float, spec: EvidenceSpec | None) -> dict[str, float]:
    """Return the least that each column of place can be beyond a distance."""
    if spec is None or spec.crowding is None:
        return {"distance_km": max_km}
    return {"distance_km": max_km, NEARER_SHARE: math.pi * max_km**2 * spec.crowding.lowest_density}


def _sum_beyond(terms: Mapping[str, Term], anywhere: dict[str, float], bounds: dict[str, float]) -> float:
    return sum(_largest_above(term, bounds[name]) if name in bounds else anywhere[name] for name, term in terms.items())


def _largest_above(term: Term, limit: float) -> float:
    """Return the largest log BF of a value above the limit, or missing, or such as the model has never seen."""
    if isinstance(term, BayesFactorTerm):
        reaches = term.edges[1:] > limit if term.is_continuous else np.ones(len(term.levels), dtype=np.bool_)
        reaches = np.append(reaches, np.ones(int(term.has_missing_bin), dtype=np.bool_))
        return float(np.max(term.log_bf[reaches], initial=0.0))
    if not term.is_continuous:
        return float(np.max(term.log_bf, initial=max(0.0, term.log_bf_missing)))
    # Between knots the term is straight, so that its largest is at a knot or at the limit.
    at_limit = float(np.interp(limit, term.knots, term.log_bf))
    return float(np.max(term.log_bf[term.knots > limit], initial=max(at_limit, term.log_bf_missing)))
