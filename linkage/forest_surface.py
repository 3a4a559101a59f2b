"""A log posterior that is dear to compute, as a polynomial around its mode, and chains that walk on it.

A value takes up to a second at the scale of a force and chains want thousands. Around the mode of a few parameters
that hundreds of crimes tell, a log posterior bends little more than a parabola, so a polynomial of the third degree
follows it; how well is measured at the draws themselves.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

N_DESIGN = 40
RADIUS = 3.5  # standard deviations of the Laplace approximation within which the surface is fitted and walked on
_FIRST_STEP = 0.1  # of each parameter; later differences are a standard deviation apart
_N_NEWTON = 4
_LONGEST_STEP = 1.5  # standard deviations
_LEAST_PRECISION = 0.25  # a spread is at most doubled in a step: differences much shorter than it say little
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


def fitted_surface(log_posterior: Callable[[Floats], float], near_mode: Floats, rng: np.random.Generator) -> Surface:
    """Fit a polynomial of the third degree within the Laplace approximation's ellipsoid.

    Parameters
    ----------
    near_mode : float64, shape (n_parameters,)
        Within a few standard deviations of the mode, which Newton's steps then find.
    """
    mode, root = near_mode, np.eye(near_mode.size) * _FIRST_STEP
    for _ in range(_N_NEWTON):
        mode, root = _newton_step(log_posterior, mode, root)
    n = mode.size
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


def _newton_step(log_posterior: Callable[[Floats], float], here: Floats, root: Floats) -> tuple[Floats, Floats]:
    """Step to the mode of a parabola through differences of one along each column of ``root``.

    Returns
    -------
    The place, no further than `_LONGEST_STEP` standard deviations off, and the parabola's own root of covariance.
    """
    n = here.size
    middle = log_posterior(here)
    up, down = (np.array([log_posterior(here + sign * one) for one in root.T]) for sign in (1.0, -1.0))
    slope, second = (up - down) / 2.0, np.diag(up - 2.0 * middle + down)
    for i in range(n):
        for j in range(i):
            both = log_posterior(here + root[:, i] + root[:, j])
            second[i, j] = second[j, i] = both - up[i] - up[j] + middle
    values, vectors = np.linalg.eigh(-second)
    values = np.maximum(values, _LEAST_PRECISION)
    move = (vectors / values) @ (vectors.T @ slope)
    length = float(np.sqrt(np.sum(values * (vectors.T @ move) ** 2)))
    there = here + root @ move * min(1.0, _LONGEST_STEP / max(length, 1e-9))
    new_root = np.linalg.cholesky(root @ (vectors / values) @ vectors.T @ root.T)
    # Along a bent ridge a parabola can lead astray: the step is taken only where it leads up.
    return there if log_posterior(there) > middle else here, np.asarray(new_root)
