"""A log posterior that is dear to compute, as a polynomial around its mode, and chains that walk on it.

A value takes a second at the scale of a force and chains want thousands. Around the mode of a few parameters that
hundreds of crimes tell, a log posterior bends little more than a parabola, so a polynomial of the third degree
follows it; how well is measured at the draws themselves.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

N_DESIGN = 45
RADIUS = 3.5  # standard deviations of the Laplace approximation within which the surface is fitted and walked on
_STEP = 0.15  # of each parameter, for second differences: well above what a walk's tolerance blurs
_LEAST_PRECISION = 0.5
_STEPS_PER_DRAW = 8  # steps are cheap, draws that resemble each other are not worth keeping
_TARGET = 0.35  # share of accepted steps of a random walk in three dimensions


class Surface(NamedTuple):
    """A polynomial in standardised parameters, and nothing beyond the radius.

    Attributes
    ----------
    mode : float64, shape (n_parameters,)
    root : float64, shape (n_parameters, n_parameters)
        Lower Cholesky factor of the Laplace approximation's covariance.
    powers : int64, shape (n_terms, n_parameters)
    weight : float64, shape (n_terms,)
    """

    mode: Floats
    root: Floats
    powers: npt.NDArray[np.int64]
    weight: Floats

    def standardised(self, theta: Floats) -> Floats:
        """Return parameters in standard deviations from the mode."""
        return np.asarray(np.linalg.solve(self.root, theta - self.mode))

    def log_density(self, theta: Floats) -> float:
        """Return the fitted log posterior, less a constant, of one value."""
        return self._at(self.standardised(theta))

    def _at(self, z: Floats) -> float:
        if float(z @ z) > RADIUS**2:
            return -np.inf
        return float(np.prod(z**self.powers, axis=1) @ self.weight)


def fitted_surface(log_posterior: Callable[[Floats], float], mode: Floats, rng: np.random.Generator) -> Surface:
    """Fit a polynomial of the third degree within the Laplace approximation's ellipsoid."""
    n = mode.size
    root = np.asarray(np.linalg.cholesky(_covariance(log_posterior, mode)), dtype=np.float64)
    powers = np.array([p for p in np.ndindex(*(4,) * n) if sum(p) <= 3], dtype=np.int64)
    direction = rng.standard_normal((N_DESIGN, n))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    reach = RADIUS * ((np.arange(N_DESIGN) + 0.5) / N_DESIGN) ** (1.0 / n)
    z = np.vstack([np.zeros(n), direction * reach[:, None]])
    value = np.array([log_posterior(mode + root @ one) for one in z])
    # Far points are seldom visited: they count as a normal density would have them, no less than a twentieth.
    count = np.sqrt(np.maximum(np.exp(-0.25 * (z**2).sum(axis=1)), 0.05))
    design = np.prod(z[:, None, :] ** powers[None], axis=2)
    weight = np.linalg.lstsq(design * count[:, None], (value - value[0]) * count, rcond=None)[0]
    return Surface(mode, root, powers, weight)


def surface_chains(surface: Surface, n_chains: int, n_warm_up: int, n_draws: int, rng: np.random.Generator) -> Floats:
    """Walk on the surface by Metropolis steps whose length is tuned in the warm-up only.

    Returns
    -------
    float64, shape (n_chains, n_draws, n_parameters)
        Chains start one to two standard deviations from the mode, each in a direction of its own.
    """
    return np.stack([_chain(surface, n_warm_up, n_draws, child) for child in rng.spawn(n_chains)])


def _chain(surface: Surface, n_warm_up: int, n_draws: int, rng: np.random.Generator) -> Floats:
    n = surface.mode.size
    start = rng.standard_normal(n)
    here = start / np.linalg.norm(start) * rng.uniform(1.0, 2.0)
    value, log_step = surface._at(here), np.log(2.4 / np.sqrt(n))
    kept = np.empty((n_draws, n))
    for sweep in range(-n_warm_up, n_draws * _STEPS_PER_DRAW):
        there = here + np.exp(log_step) * rng.standard_normal(n)
        proposed = surface._at(there)
        is_accepted = np.log(rng.random()) < proposed - value
        if is_accepted:
            here, value = there, proposed
        if sweep < 0:
            log_step += (float(is_accepted) - _TARGET) / np.sqrt(sweep + n_warm_up + 1.0)
        else:
            kept[sweep // _STEPS_PER_DRAW] = here  # the last step of each draw stays
    return np.asarray(surface.mode + kept @ surface.root.T)


def _covariance(log_posterior: Callable[[Floats], float], mode: Floats) -> Floats:
    """Return the inverse of minus the second differences, made positive where they are not."""
    n = mode.size
    step = np.eye(n) * _STEP
    second = np.empty((n, n))
    middle = log_posterior(mode)
    for i in range(n):
        second[i, i] = log_posterior(mode + step[i]) - 2.0 * middle + log_posterior(mode - step[i])
        for j in range(i):
            same = log_posterior(mode + step[i] + step[j]) + log_posterior(mode - step[i] - step[j])
            opposite = log_posterior(mode + step[i] - step[j]) + log_posterior(mode - step[i] + step[j])
            second[i, j] = second[j, i] = (same - opposite) / 4.0
    values, vectors = np.linalg.eigh(-second / _STEP**2)
    return np.asarray((vectors / np.maximum(values, _LEAST_PRECISION)) @ vectors.T)
