"""What R's `glm(family = binomial)` and `step` do, written for the tests from R's documentation and nothing of ours.

Weighted logistic regression by iteratively reweighted least squares with R's start and R's stopping rule, so that
estimates agree to rounding. Source: R 4.2 manual pages of glm, glm.control, family, step and drop1.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Glm(NamedTuple):
    """A fitted logistic regression."""

    estimate: Floats
    se: Floats
    deviance: float
    aic: float
    n_steps: int


def fit_glm(design: Floats, y: Floats, weight: Floats) -> Glm:
    """Fit; the first column of the design is the intercept."""
    mu = (weight * y + 0.5) / (weight + 1.0)
    eta = np.log(mu / (1.0 - mu))
    before = deviance_of(mu, y, weight)
    n_steps = 0
    while n_steps < 25:
        n_steps += 1
        spread = weight * mu * (1.0 - mu)
        working = eta + (y - mu) / (mu * (1.0 - mu))
        information = design.T @ (design * spread[:, None])
        estimate = np.linalg.solve(information, design.T @ (spread * working))
        eta = design @ estimate
        mu = 1.0 / (1.0 + np.exp(-eta))
        deviance = deviance_of(mu, y, weight)
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
        before = deviance
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    return Glm(estimate, se, deviance, aic_of(mu, y, weight, design.shape[1]), n_steps)


def deviance_of(mu: Floats, y: Floats, weight: Floats) -> float:
    """Return minus twice the weighted log likelihood."""
    return float(-2.0 * np.sum(weight * np.where(y == 1, np.log(mu), np.log1p(-mu))))


def aic_of(mu: Floats, y: Floats, weight: Floats, n_terms: int) -> float:
    """Return R's AIC, which rounds the weights to whole trials: linked pairs of weight 0.5 and less do not count."""
    return deviance_of(mu, y, np.round(weight)) + 2.0 * n_terms


def step_backward(design: Floats, y: Floats, weight: Floats) -> list[int]:
    """Return the columns that R's `step` keeps.

    The term to drop is chosen by deviance; whether to stop, by the AIC. `step` returns the model at which it stopped,
    better or not.
    """
    columns = list(range(design.shape[1]))
    fit = fit_glm(design, y, weight)
    while len(columns) > 1:
        fewer = [[c for c in columns if c != dropped] for dropped in columns[1:]]
        fits = [fit_glm(design[:, kept], y, weight) for kept in fewer]
        best = int(np.argmin([each.deviance for each in fits]))
        if fits[best].deviance - 2.0 >= fit.deviance:
            break
        columns, before, fit = fewer[best], fit, fits[best]
        if fit.aic >= before.aic + 1e-7:
            break
    return columns
