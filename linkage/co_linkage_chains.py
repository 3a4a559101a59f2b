"""Several chains of the co-linkage sampler side by side, and what is kept of them to judge their draws.

Each chain has a generator of its own and compiled sweeps hold no interpreter lock, so threads run them on as many
cores as there are and the number of threads changes no draw.

Nothing adapts: labels and times are drawn from their full conditionals and every hyperparameter by a slice or a
conjugate draw, which have nothing to tune. Warm-up is only the time to forget the start, and all kept sweeps
come from one unchanging kernel.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.co_linkage_data import CoLinkageError
from linkage.co_linkage_kernels import sweep
from linkage.co_linkage_state import CrimeArrays, FloatArray, IntArray, PriorValues, State, SweepInfo

MOST_WATCHED = 5_000
"""Links watched at most: at 4,000 sweeps in all they take 80 MB, however many crimes there are."""


@dataclass(frozen=True)
class CoLinkageSettings:
    """How long to sample.

    On the 490 crimes of the reference data 4 chains of 1,000 sweeps are worth 1,000 independent draws of the
    worst quantity there is; 150 sweeps forget any start.

    Parameters
    ----------
    n_sweeps
        Sweeps kept in each chain.
    n_warm_up
        Sweeps before them that are thrown away; nothing adapts, so this is only time to forget the start.
    n_chains
        Independent chains from dispersed starts.
    n_clusters
        Number M of possible labels; as many as crimes when None.
    floor
        Least probability that the tables of pairs and groups hold.
    watch_from
        Links as likely as this in the second half of the warm-up have their draws kept. Half of the 0.01 from
        which pairs are diagnosed, so that the noise of a warm-up loses none of those.
    """

    n_sweeps: int = 1_000
    n_warm_up: int = 150
    n_chains: int = 4
    n_clusters: int | None = None
    floor: float = 0.001
    watch_from: float = 0.005

    def __post_init__(self) -> None:
        for name, least in (("n_sweeps", 1), ("n_warm_up", 0), ("n_chains", 1)):
            if getattr(self, name) < least:
                raise CoLinkageError(f"{name}: expected at least {least}, got {getattr(self, name)}")
        if not self.watch_from > 0.0:
            raise CoLinkageError(f"watch_from: expected more than 0, got {self.watch_from}; 0.005 suits most data")


class Links(NamedTuple):
    """Pairs of an unsolved crime with a known group or with another unsolved crime, as positions.

    ``to_group`` holds rows (unsolved crime, known group), ``to_crime`` rows (unsolved crime, later unsolved
    crime): integers (n, 2). A solved crime needs no row: it is where its group is.
    """

    to_group: IntArray
    to_crime: IntArray


class Chain(NamedTuple):
    """What one chain keeps.

    Draws (n_sweeps, n_hyperparameters), labels (n_sweeps, n_unsolved), mean conditional probabilities
    (n_unsolved, n_known) and (n_unsolved, n_unsolved), and of the watched links the conditional probability in
    each sweep (n_sweeps, n_links), links to groups first.
    """

    draws: FloatArray
    labels: NDArray[np.int32]
    group_probability: FloatArray
    pair_probability: FloatArray
    link_draws: NDArray[np.float32]


class _Means(NamedTuple):
    """Running sums of the conditional probabilities, in place."""

    group: FloatArray
    pair: FloatArray

    def add(self, info: SweepInfo) -> None:
        self.group[...] += info.group_probability
        self.pair[...] += info.pair_probability

    def over(self, n_sweeps: int) -> "_Means":
        """Each pair is met from both sides; both are unbiased, so their mean is taken."""
        return _Means(self.group / n_sweeps, (self.pair + self.pair.T) / (2 * n_sweeps))


def run_chains(
    generators: Sequence[np.random.Generator],
    starts: Sequence[State],
    crimes: CrimeArrays,
    prior: PriorValues,
    settings: CoLinkageSettings,
    hyperparameters: Callable[[State, int], list[float]],
    n_workers: int | None = None,
) -> tuple[list[Chain], Links]:
    """Run one chain from each start; equal generators give equal chains, whatever the number of workers.

    All chains warm up before any is kept, since together they say which links to watch: those at or above
    ``settings.watch_from``, the `MOST_WATCHED` likeliest of them.

    Parameters
    ----------
    generators, starts
        One a chain.
    crimes, prior, settings
        As the kernels read them, and for how long; ``settings.n_chains`` is not read.
    hyperparameters
        Turns a state and its number of clusters into the row of draws that is kept.
    n_workers
        Chains that run at a time; as many as there are cores when None.

    Raises
    ------
    CoLinkageError
        If ``n_workers`` is below 1.
    """
    if n_workers is not None and n_workers < 1:
        raise CoLinkageError(f"n_workers: expected at least 1, got {n_workers}; leave it out to use every core")
    with ThreadPoolExecutor(n_workers or os.cpu_count() or 1) as pool:
        warm = list(pool.map(partial(_warmed_up, crimes, prior, settings.n_warm_up), generators, starts))
        links = _likely_links([means for _, means in warm], settings.watch_from)
        run = partial(_kept, crimes, prior, settings.n_sweeps, links, hyperparameters)
        return list(pool.map(run, generators, [state for state, _ in warm])), links


def _warmed_up(
    crimes: CrimeArrays, prior: PriorValues, n_warm_up: int, rng: np.random.Generator, state: State
) -> tuple[State, _Means]:
    """Forget the start, and average the second half; without warm-up no link is likely."""
    means = _no_sweep(crimes)
    first = n_warm_up // 2
    for at in range(n_warm_up):
        state, info = sweep(rng, state, crimes, prior)
        if at >= first:
            means.add(info)
    return state, means.over(max(n_warm_up - first, 1))


def _kept(
    crimes: CrimeArrays,
    prior: PriorValues,
    n_sweeps: int,
    links: Links,
    hyperparameters: Callable[[State, int], list[float]],
    rng: np.random.Generator,
    state: State,
) -> Chain:
    n_to_group = len(links.to_group)
    link_draws = np.empty((n_sweeps, n_to_group + len(links.to_crime)), np.float32)
    labels = np.empty((n_sweeps, crimes.unsolved.size), np.int32)
    means, draws = _no_sweep(crimes), []
    (crime, group), (one, other) = links.to_group.T, links.to_crime.T
    for at in range(n_sweeps):
        state, info = sweep(rng, state, crimes, prior)
        draws.append(hyperparameters(state, info.n_clusters))
        labels[at] = state.labels[crimes.unsolved]
        means.add(info)
        link_draws[at, :n_to_group] = info.group_probability[crime, group]
        link_draws[at, n_to_group:] = 0.5 * (info.pair_probability[one, other] + info.pair_probability[other, one])
    return Chain(np.array(draws), labels, *means.over(n_sweeps), link_draws)


def _no_sweep(crimes: CrimeArrays) -> _Means:
    n_unsolved = crimes.unsolved.size
    return _Means(np.zeros((n_unsolved, crimes.n_known)), np.zeros((n_unsolved, n_unsolved)))


def _likely_links(means: Sequence[_Means], watch_from: float) -> Links:
    group = np.mean([each.group for each in means], axis=0)
    pair = np.triu(np.mean([each.pair for each in means], axis=0), 1)
    likely = np.concatenate([group[group >= watch_from], pair[pair >= watch_from]])
    least = np.sort(likely)[-MOST_WATCHED] if likely.size > MOST_WATCHED else watch_from
    return Links(np.argwhere(group >= least), np.argwhere(pair >= least))
