"""From a log Bayes factor to a probability."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def posterior_probability(log_bf: npt.ArrayLike, prior_log_odds: float) -> Floats:
    """Return the probability that a pair is linked, from its log Bayes factor and the log prior odds."""
    log_odds = np.asarray(log_bf, dtype=np.float64) + prior_log_odds
    return np.exp(-np.logaddexp(0.0, -log_odds))
