"""Learns the forest model's hyperparameters from solved crimes that are left out in turn.

A crime left out is judged with its known groups there, and without them; the two cases are weighed by the share of
unsolved crimes whose offender is known. Among solved crimes that share is far too high, so it is what the model
expects of the unsolved crimes under the pair model's own posteriors (the prior's centre): these were calibrated on
all pairs of the force. The tempting other way, EM for a shifted prior (Saerens et al. 2002) between the two cases'
distributions, takes crimes left out for a fair picture of unsolved ones, which they are not: their partners are
easier to see, and more solved crimes lie near them. On three demo forces it told 5, 10 and 12% where 11, 13 and 15%
were true, against 9, 15 and 10% by expectation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.diagnostics import diagnose
from linkage.forest_known import nobody_probabilities
from linkage.forest_prior import NAMES, ForestPrior, parameters_of
from linkage.forest_surface import Surface, fitted_surface, surface_chains
from linkage.forest_walk import ForestError, ForestParameters, walk_graph
from linkage.left_out_crimes import (
    LeftOut,
    SharedOffenders,
    around_left_out,
    left_out,
    left_out_probabilities,
    log_scores,
)
from linkage.link_graph import LinkGraph

Floats = npt.NDArray[np.float64]
LongInts = npt.NDArray[np.int64]

DECIMALS = 6
"""Of what is learned; a thousandth of any standard deviation is far more."""

_FAR = 4.0  # prior standard deviations within which the mode is sought


@dataclass(frozen=True)
class ForestSettings:
    """How much is computed.

    Parameters
    ----------
    n_left_out
        Most solved nodes left out: the pilot.
    n_chains, n_warm_up, n_draws
        Of the chains; warm-up steps tune the step's length and are thrown away, ``n_draws`` of each chain are kept.
    n_around
        Nodes around each node left out among which walks are solved exactly (`linkage.walks_around`). On a demo force
        of 20,000 crimes 160 take twice the time and move no hyperparameter's mean by more than a seventh of its
        standard deviation.
    n_threads
        Changes no result.
    """

    n_left_out: int = 1000
    n_chains: int = 4
    n_warm_up: int = 500
    n_draws: int = 500
    n_around: int = 64
    n_threads: int = 2

    def __post_init__(self) -> None:
        for name in ("n_left_out", "n_chains", "n_warm_up", "n_around", "n_threads"):
            if getattr(self, name) < 1:
                raise ForestError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        if self.n_draws < 4:
            raise ForestError(f"n_draws: expected 4 or more, got {self.n_draws}")


class ForestLearned(NamedTuple):
    """Draws of the hyperparameters and what they rest on.

    Attributes
    ----------
    draws : DataFrame
        chain, sweep, new_series_log_weight, exponent, unsolved_factor; chain by chain.
    mode : ForestParameters
    known_share : float
        Expected share of unsolved nodes whose offender is in a known group; NaN where nothing was learned.
    n_left_out, n_with_known : int
        Solved nodes left out, and those of them that have a known partner; 0 where nothing was learned.
    surface_error : float
        Largest error, in nats, of the surface that the chains walked on, at draws that it was not fitted to.
    diagnostics : DataFrame
        What `linkage.diagnostics.diagnose` says of each hyperparameter.
    reason : str or None
        Why nothing was learned; the draws are then the prior's.
    """

    draws: pd.DataFrame
    mode: ForestParameters
    known_share: float
    n_left_out: int
    n_with_known: int
    surface_error: float
    diagnostics: pd.DataFrame
    reason: str | None


def learn_forest(
    graph: LinkGraph,
    shared: SharedOffenders,
    prior: ForestPrior,
    settings: ForestSettings | None = None,
    seed: int = 1,
) -> ForestLearned:
    """Draw hyperparameters from their posterior given solved crimes that are left out in turn.

    Parameters
    ----------
    graph : LinkGraph
        With links between known nodes.
    shared : SharedOffenders
        Which known groups share an offender.
    prior : ForestPrior
    settings : ForestSettings, optional
    seed : int

    Raises
    ------
    ForestError
        If ``shared`` is not of the graph's groups.
    """
    chosen = settings or ForestSettings()
    sampled, chained = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    left = left_out(graph, shared, chosen.n_left_out, sampled)
    if not left.has_known.any():
        what = "no solved crime has a known partner" if left.rows.size else "no crime is solved"
        return _of_prior(prior, chosen, chained, f"{what}: the hyperparameters are the prior's")
    pilot = _Pilot(graph, left, prior, chosen)
    near_mode = pilot.near_mode()
    surface = fitted_surface(pilot.log_posterior, near_mode, chained)
    chains = surface_chains(surface, chosen.n_chains, chosen.n_warm_up, chosen.n_draws, chained)
    error = _surface_error(surface, pilot, chains, chained)
    n_known = int(left.has_known.sum())
    return _learned(chains, parameters_of(surface.mode), pilot.share, (left.rows.size, n_known), error, None)


class _Pilot:
    """The crimes left out and what is expected of the unsolved crimes beside them."""

    def __init__(self, graph: LinkGraph, left: LeftOut, prior: ForestPrior, settings: ForestSettings) -> None:
        self.graph, self.left, self.prior, self.n_threads = graph, left, prior, settings.n_threads
        self.walk = walk_graph(graph)
        centre = parameters_of(prior.mean)
        self.around = around_left_out(left, graph, centre, settings.n_around)
        known = 1.0 - nobody_probabilities(self.walk, centre)
        # One of each kind is added: no share is ever certain.
        self.share = float((known.sum() + 1.0) / (known.size + 2.0))

    def log_posterior(self, theta: Floats) -> float:
        """Composite log likelihood and log prior of (c, log lambda, log rho)."""
        parameters, nobody_from = parameters_of(theta), np.zeros(self.graph.known_cluster.size)
        nobody_from[self.walk.nodes] = nobody_probabilities(self.walk, parameters)
        found = left_out_probabilities(self.left, self.around, self.graph, parameters, nobody_from, self.n_threads)
        known, not_known = log_scores(found)
        likelihood = self.left.rows.size * (self.share * known + (1.0 - self.share) * not_known)
        return likelihood + float(self.prior.log_density(theta))

    def near_mode(self) -> Floats:
        """Find a place near the mode by trust regions; the surface finds the mode itself."""
        from scipy.optimize import Bounds, minimize

        prior = self.prior
        found = minimize(
            lambda x: -self.log_posterior(prior.mean + x * prior.sd) / self.left.rows.size,
            np.zeros(3),
            method="COBYQA",
            bounds=Bounds(-_FAR, _FAR),
            options={"initial_tr_radius": 0.5, "final_tr_radius": 0.1, "maxfev": 25},
        )
        return np.asarray(prior.mean + found.x * prior.sd, dtype=np.float64)


def _surface_error(surface: Surface, pilot: _Pilot, chains: Floats, rng: np.random.Generator, n: int = 6) -> float:
    """Compare the surface with the log posterior at draws; a constant between them does not matter."""
    theta = rng.choice(chains.reshape(-1, 3), n, replace=False)
    gap = np.array([pilot.log_posterior(one) - surface.log_density(one) for one in theta])
    return float(np.abs(gap - np.median(gap)).max())


def _of_prior(prior: ForestPrior, settings: ForestSettings, rng: np.random.Generator, reason: str) -> ForestLearned:
    shape = (settings.n_chains, settings.n_draws, 3)
    chains = prior.mean + prior.sd * rng.standard_normal(shape)
    return _learned(chains, parameters_of(prior.mean), float("nan"), (0, 0), 0.0, reason)


def _learned(
    chains: Floats,
    mode: ForestParameters,
    share: float,
    counts: tuple[int, int],
    error: float,
    reason: str | None,
) -> ForestLearned:
    # The last digits of solved equations are the processor's: equal input gives equal draws without them.
    natural = np.concatenate([chains[..., :1], np.exp(chains[..., 1:])], axis=-1).round(DECIMALS)
    n_chains, n_draws = chains.shape[:2]
    traces: Mapping[str, Floats] = {name: natural[..., place] for place, name in enumerate(NAMES)}
    columns = {"chain": np.repeat(np.arange(n_chains), n_draws), "sweep": np.tile(np.arange(n_draws), n_chains)}
    draws = pd.DataFrame(columns | {name: trace.ravel() for name, trace in traces.items()})
    return ForestLearned(draws, mode, round(share, DECIMALS), *counts, round(error, DECIMALS), diagnose(traces), reason)
