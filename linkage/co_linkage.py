"""Bayesian co-linkage: judge all crimes jointly, so that evidence for one link counts for the others.

Solved crimes keep their known group; each unsolved crime joins a known group, other unsolved crimes, or nobody.
Two crimes of different known groups that share an offender are apart under this labelling:
``linkage.co_linkage_offenders`` adds the probability by offender.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.co_linkage_chains import Chain, CoLinkageSettings, Links, run_chains
from linkage.co_linkage_data import (
    CoLinkageData,
    CoLinkageError,
    CoLinkageEvidence,
    co_linkage_data,
)
from linkage.co_linkage_kernels import sweep, sweep_labels
from linkage.co_linkage_prior import (
    CoLinkagePrior,
    prior_values,
    reference_prior,
    scale_free_prior,
)
from linkage.co_linkage_start import draw_names, draw_row, start_state
from linkage.co_linkage_state import FloatArray

__all__ = [
    "CoLinkageData",
    "CoLinkageError",
    "CoLinkageEvidence",
    "CoLinkagePrior",
    "CoLinkageResult",
    "CoLinkageSettings",
    "co_linkage_data",
    "leads",
    "reference_prior",
    "sample_co_linkage",
    "scale_free_prior",
    "start_state",
    "sweep",
    "sweep_labels",
]


@dataclass(frozen=True)
class CoLinkageResult:
    """What sampling found.

    Parameters
    ----------
    pairs
        One row a pair with at least one unsolved crime and a probability of a common label of at least the
        floor, strongest first: crime_id_1, crime_id_2, probability.
    candidates
        For each unsolved crime its known groups above the floor and one row without group for somebody not yet
        known, strongest first: crime_id, rank, group, probability.
    draws
        One row a kept sweep: chain, sweep and every hyperparameter, in metres and days.
    labels
        (n_chains, n_sweeps, n_unsolved): label of each unsolved crime; numbers from ``arrays.n_known`` on are
        clusters without solved crime, comparable within one sweep only.
    group_probability, pair_probability
        (n_chains, n_unsolved, n_known) and (n_chains, n_unsolved, n_unsolved): Rao-Blackwellised means.
    links, link_draws
        Links of some probability and their conditional probability in each sweep, (n_chains, n_sweeps, n_links):
        the draws whose means the tables publish.
    data
        The crimes sampled.
    """

    pairs: pd.DataFrame
    candidates: pd.DataFrame
    draws: pd.DataFrame
    labels: NDArray[np.int32]
    group_probability: FloatArray
    pair_probability: FloatArray
    links: Links
    link_draws: NDArray[np.float32]
    data: CoLinkageData

    def link_traces(self, floor: float = 0.01) -> dict[str, FloatArray]:
        """Return what R-hat and effective sample size of a pair's probability are about, by name.

        The tables publish means of conditional probabilities, so these are the draws to judge, and not the
        labels of zeros and ones: those scatter more, which makes chains that differ look alike. A link that
        nothing announced in the warm-up was not watched; its labels stand in, so that none goes unjudged.

        Returns
        -------
        dict
            For each link of a probability of at least ``floor`` its draws (n_chains, n_sweeps), links to groups
            first. All solved crimes of a group share the group's link.
        """
        unsolved, groups = self.data.unsolved_ids, self.data.groups
        traces = {}
        watched = {tuple(link): at for at, link in enumerate(self.links.to_group.tolist())}
        for crime, group in np.argwhere(self.group_probability.mean(axis=0) >= floor).tolist():
            at = watched.get((crime, group))
            draws = self.labels[:, :, crime] == group if at is None else self.link_draws[:, :, at]
            traces[f"link {unsolved[crime]} group {groups[group]}"] = draws.astype(np.float64)
        n_before = len(watched)
        watched = {tuple(link): n_before + at for at, link in enumerate(self.links.to_crime.tolist())}
        for one, other in np.argwhere(np.triu(self.pair_probability.mean(axis=0) >= floor, 1)).tolist():
            at = watched.get((one, other))
            draws = self.labels[:, :, one] == self.labels[:, :, other] if at is None else self.link_draws[:, :, at]
            traces[f"link {unsolved[one]} {unsolved[other]}"] = draws.astype(np.float64)
        return traces


def sample_co_linkage(
    data: CoLinkageData,
    prior: CoLinkagePrior,
    settings: CoLinkageSettings,
    seed: int,
    n_workers: int | None = None,
) -> CoLinkageResult:
    """Sample which crimes share an offender, given what is known of the solved ones.

    Equal data, prior, settings and seed give equal results, whatever the order of the crimes and the number of
    chains that run at a time (``n_workers``, as many as there are cores when None).

    Raises
    ------
    CoLinkageError
        If ``settings.n_clusters`` is below the number of known groups, or 0 labels are left for the rest; if
        ``n_workers`` is below 1.
    """
    values = prior_values(prior, data, _n_clusters(data, settings))
    generators = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(settings.n_chains)]
    starts = [start_state(rng, data, values) for rng in generators]
    chains, links = run_chains(
        generators, starts, data.arrays, values, settings, partial(draw_row, data, values), n_workers
    )
    return _result(data, draw_names(data, values), chains, links, settings.floor)


def leads(result: CoLinkageResult, line: float = 0.25) -> pd.DataFrame:
    """List for each unsolved crime the known groups and other unsolved crimes that it may be linked with.

    Returns
    -------
    DataFrame
        One row a lead of probability >= ``line``: crime_id, rank, candidate_kind (group or crime),
        candidate_id, probability; strongest first within a crime. A pair of unsolved crimes stands at both.
    """
    groups = result.candidates.dropna(subset="group").rename(columns={"group": "candidate_id"})
    unsolved = set(result.data.unsolved_ids)
    pairs = result.pairs[result.pairs["crime_id_1"].isin(unsolved) & result.pairs["crime_id_2"].isin(unsolved)]
    ways = (("crime_id_1", "crime_id_2"), ("crime_id_2", "crime_id_1"))
    tables = [pairs.rename(columns={one: "crime_id", other: "candidate_id"}) for one, other in ways]
    kinds = pd.concat(
        [groups.assign(candidate_kind="group"), *(table.assign(candidate_kind="crime") for table in tables)]
    )
    kept = kinds[kinds["probability"] >= line].sort_values(
        ["crime_id", "probability", "candidate_kind", "candidate_id"], ascending=[True, False, False, True]
    )
    kept = kept.assign(rank=kept.groupby("crime_id").cumcount() + 1)
    return kept[["crime_id", "rank", "candidate_kind", "candidate_id", "probability"]].reset_index(drop=True)


def _result(data: CoLinkageData, names: list[str], chains: list[Chain], links: Links, floor: float) -> CoLinkageResult:
    group_probability = np.stack([chain.group_probability for chain in chains])
    pair_probability = np.stack([chain.pair_probability for chain in chains])
    return CoLinkageResult(
        pairs=_pair_table(data, group_probability.mean(axis=0), pair_probability.mean(axis=0), floor),
        candidates=_candidate_table(data, group_probability.mean(axis=0), floor),
        draws=_draw_table(names, [chain.draws for chain in chains]),
        labels=np.stack([chain.labels for chain in chains]),
        group_probability=group_probability,
        pair_probability=pair_probability,
        links=links,
        link_draws=np.stack([chain.link_draws for chain in chains]),
        data=data,
    )


def _n_clusters(data: CoLinkageData, settings: CoLinkageSettings) -> int:
    n_clusters = settings.n_clusters if settings.n_clusters is not None else len(data.crime_ids)
    least = max(1, data.arrays.n_known)
    if n_clusters < least:
        raise CoLinkageError(
            f"n_clusters: expected at least {least}, the number of known groups, got {n_clusters}; raise it"
        )
    return n_clusters


def _draw_table(names: list[str], chains: list[FloatArray]) -> pd.DataFrame:
    table = pd.DataFrame(np.concatenate(chains), columns=names)
    table.insert(0, "chain", np.repeat(np.arange(len(chains)), len(chains[0])))
    table.insert(1, "sweep", np.tile(np.arange(len(chains[0])), len(chains)))
    return table


def _pair_table(
    data: CoLinkageData, group_probability: FloatArray, pair_probability: FloatArray, floor: float
) -> pd.DataFrame:
    arrays = data.arrays
    solved = np.flatnonzero(arrays.known_cluster >= 0)
    with_solved = group_probability[:, arrays.known_cluster[solved]]
    u, s = np.nonzero(with_solved >= floor)
    is_first = np.triu(np.ones(pair_probability.shape, dtype=bool), k=1)
    v, w = np.nonzero((pair_probability >= floor) & is_first)
    rows = np.concatenate([arrays.unsolved[u], arrays.unsolved[v]])
    others = np.concatenate([solved[s], arrays.unsolved[w]])
    table = pd.DataFrame(
        {
            "crime_id_1": data.crime_ids[np.minimum(rows, others)],
            "crime_id_2": data.crime_ids[np.maximum(rows, others)],
            "probability": np.concatenate([with_solved[u, s], pair_probability[v, w]]),
        }
    )
    return table.sort_values(
        ["probability", "crime_id_1", "crime_id_2"], ascending=[False, True, True], ignore_index=True
    )


def _candidate_table(data: CoLinkageData, group_probability: FloatArray, floor: float) -> pd.DataFrame:
    u, k = np.nonzero(group_probability >= floor)
    somebody_else = np.clip(1.0 - group_probability.sum(axis=1), 0.0, 1.0)
    labels = np.array([*data.groups, None], dtype=object)
    table = pd.DataFrame(
        {
            "crime_id": data.unsolved_ids[np.concatenate([u, np.arange(somebody_else.size)])],
            "group": labels[np.concatenate([k, np.full(somebody_else.size, len(data.groups))])],
            "probability": np.concatenate([group_probability[u, k], somebody_else]),
        }
    ).sort_values(["crime_id", "probability", "group"], ascending=[True, False, True], ignore_index=True)
    table.insert(1, "rank", table.groupby("crime_id").cumcount() + 1)
    return table
