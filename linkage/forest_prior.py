"""Prior of the forest model's hyperparameters, around the pair model's own posterior."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linkage.forest_walk import ForestError, ForestParameters

Floats = npt.NDArray[np.float64]

NAMES = ("new_series_log_weight", "exponent", "unsolved_factor")


@dataclass(frozen=True)
class ForestPrior:
    """Independent normal priors of c, log lambda and log rho; all in natural logs.

    Parameters
    ----------
    new_series_log_weight_mean, new_series_log_weight_sd
        What a link's log Bayes factor must exceed to weigh more than a series of its own.
    log_exponent_mean, log_exponent_sd
        Log of the power of the Bayes factors.
    log_unsolved_factor_mean, log_unsolved_factor_sd
        Log of the factor of links between two unsolved crimes. A Bayes factor means the same between any two crimes,
        so it is held near 1: crimes left out tell it only through walks that end at known groups, which favour a
        factor of 0.3 to 0.6 on demo forces (a spread of 1), and pairs of unsolved crimes are then given half of the
        links that they truly have.
    """

    new_series_log_weight_mean: float
    new_series_log_weight_sd: float = 1.0
    log_exponent_mean: float = 0.0
    log_exponent_sd: float = 0.3
    log_unsolved_factor_mean: float = 0.0
    log_unsolved_factor_sd: float = 0.1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not np.isfinite(value) or (name.endswith("_sd") and value <= 0.0):
                kind = "a finite number above 0" if name.endswith("_sd") else "a finite number"
                raise ForestError(f"{name}: expected {kind}, got {value}; correct the prior")

    @property
    def mean(self) -> Floats:
        """Prior means of c, log lambda and log rho."""
        return np.array([self.new_series_log_weight_mean, self.log_exponent_mean, self.log_unsolved_factor_mean])

    @property
    def sd(self) -> Floats:
        """Prior standard deviations of c, log lambda and log rho."""
        return np.array([self.new_series_log_weight_sd, self.log_exponent_sd, self.log_unsolved_factor_sd])

    def log_density(self, theta: Floats) -> Floats:
        """Return the log density of (c, log lambda, log rho), less its constant; shape (..., 3) to (...)."""
        return np.asarray(-0.5 * (((theta - self.mean) / self.sd) ** 2).sum(axis=-1))


def forest_prior(prior_log_odds: float) -> ForestPrior:
    """Centre the prior where two crimes alone have the pair model's own posterior.

    Forests of two unsolved crimes alone are: no link, of weight 1, or the link with either crime as its root, of
    weight w each. So the odds of a link are 2 w, which are the pair model's where c is log 2 less its prior log odds.

    Parameters
    ----------
    prior_log_odds
        Natural log odds that two crimes within the limits are linked, before any evidence.
    """
    return ForestPrior(new_series_log_weight_mean=float(np.log(2.0) - prior_log_odds))


def parameters_of(theta: Floats) -> ForestParameters:
    """Return the hyperparameters of (c, log lambda, log rho)."""
    c, log_exponent, log_factor = (float(value) for value in theta)
    return ForestParameters(c, float(np.exp(log_exponent)), float(np.exp(log_factor)))
