"""Scores every pair of crimes within limits, in bounded chunks, and keeps the links worth storing.

Nothing but `pair_evidence` and the model's `decision_function` decides a score; what is kept does not depend
on the size of the chunks or the order of the crimes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import (
    PAIRS_PER_CHUNK,
    CandidatePairs,
    LinkLimits,
    candidate_chunks,
    event_points,
    ordered_crimes,
)
from linkage.evidence import EncodedCrimes, EvidenceSpec, encode_crimes, encoded_evidence
from linkage.pair_scores import (
    LinkModel,
    ScoringError,
    incident_differs,
    incident_numbers,
    item_of,
    log_bf_of_pairs,
    posterior_probability,
    row_positions,
    slices,
)
from linkage.strongest import StrongestPartners

__all__ = ["KeepRule", "LinkLimits", "LinkModel", "ScoredLinks", "ScoringError", "link_terms", "score_links"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class KeepRule:
    """Which scored pairs are kept.

    Parameters
    ----------
    top_k : int
        Strongest partners kept of each crime; a link stays when either crime keeps it.
    posterior_floor : float
        Every pair with at least this posterior probability is kept too.
    edge_log_bf : float
        Every pair with at least this log Bayes factor is returned as an edge for clustering, kept or not.
    """

    top_k: int = 20
    posterior_floor: float = 0.1
    edge_log_bf: float = np.inf

    def __post_init__(self) -> None:
        if self.top_k < 0:
            raise ValueError(f"top_k: expected 0 or more, got {self.top_k}; 0 keeps by the floor alone")
        if not 0 <= self.posterior_floor <= 1:
            raise ValueError(
                f"posterior_floor: expected a probability, got {self.posterior_floor}; give 0 to 1, as 0.1"
            )
        if np.isnan(self.edge_log_bf):
            raise ValueError("edge_log_bf: expected a number, got nan; use inf for no edges")

    def complete_above(self, prior_log_odds: float) -> float:
        """Return the log Bayes factor from which every pair within the limits is among the links."""
        with np.errstate(divide="ignore"):
            return float(np.log(self.posterior_floor) - np.log1p(-self.posterior_floor) - prior_log_odds)


class ScoredLinks(NamedTuple):
    """What one pass over all pairs within limits found.

    Attributes
    ----------
    links : DataFrame
        crime_id_1 < crime_id_2, log_bf, posterior_probability, is_same_incident and the evidence columns,
        sorted by the ids. Pairs of one incident are all kept and take no place among the `top_k`.
    edges : DataFrame
        crime_id_1, crime_id_2, log_bf of every pair at or above `edge_log_bf`.
    to_solved : DataFrame
        crime_id_1, crime_id_2, log_bf of the `top_k` strongest solved partners of each crime.
    n_considered, n_kept, n_without_place_or_time : int
        Pairs scored, links kept, and crimes that could make no pair.
    """

    links: pd.DataFrame
    edges: pd.DataFrame
    to_solved: pd.DataFrame
    n_considered: int
    n_kept: int
    n_without_place_or_time: int


class _Scored(NamedTuple):
    first: Ints
    second: Ints
    log_bf: Floats


def score_links(
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    prior_log_odds: float,
    limits: LinkLimits,
    keep: KeepRule,
    solved: Collection[str] = (),
    pairs_per_chunk: int = PAIRS_PER_CHUNK,
) -> ScoredLinks:
    """Score all pairs within limits and keep the strongest.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    model : LinkModel
    spec : EvidenceSpec
    prior_log_odds : float
        Natural log of the prior odds, of the pairs on which the model learned its unlinked class (any distance).
    limits : LinkLimits
    keep : KeepRule
        Of equally strong partners the one with the lower crime_id is kept.
    solved : collection of str
        crime_ids of solved crimes, for `to_solved`.
    pairs_per_chunk : int
        Pairs held in memory at a time.

    Raises
    ------
    CrimeTableError
        When crime_id is missing or repeated.
    ScoringError
        When the model gives a log Bayes factor that is not a number.
    """
    crimes = ordered_crimes(crimes)
    points = event_points(crimes, limits.across_groups)
    encoded = encode_crimes(crimes, spec)
    incident = incident_numbers(crimes)
    is_solved = crimes["crime_id"].isin(list(solved)).to_numpy(dtype=np.bool_)
    strongest = StrongestPartners(len(crimes), keep.top_k)
    solved_partners = StrongestPartners(len(crimes), keep.top_k if len(solved) else 0)
    kept, edges, n_considered = [], [], 0
    for pairs in candidate_chunks(points, limits, pairs_per_chunk):
        scored = _Scored(*pairs, log_bf_of_pairs(encoded, model, spec, pairs))
        other = incident_differs(incident, pairs)
        strongest.offer(*_where(scored, other), np.ones(len(crimes), dtype=np.bool_))
        solved_partners.offer(*_where(scored, other), is_solved)
        likely = posterior_probability(scored.log_bf, prior_log_odds) >= keep.posterior_floor
        kept.append(_where(scored, likely | ~other))
        edges.append(_where(scored, scored.log_bf >= keep.edge_log_bf))
        n_considered += len(pairs.first)
    links = _distinct([_Scored(*strongest.pairs()), *kept])
    link_frame = _pair_frame(crimes, links).assign(
        posterior_probability=posterior_probability(links.log_bf, prior_log_odds),
        is_same_incident=~incident_differs(incident, CandidatePairs(links.first, links.second)),
    )
    return ScoredLinks(
        links=pd.concat([link_frame, _evidence(encoded, spec, links, pairs_per_chunk)], axis="columns"),
        edges=_pair_frame(crimes, _distinct(edges)),
        to_solved=_pair_frame(crimes, _distinct([_Scored(*solved_partners.pairs())])),
        n_considered=n_considered,
        n_kept=len(links.first),
        n_without_place_or_time=len(crimes) - len(points.row),
    )


def link_terms(
    links: pd.DataFrame,
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    pairs_per_chunk: int = PAIRS_PER_CHUNK,
) -> pd.DataFrame:
    """Return what each item contributes to each link.

    Returns
    -------
    DataFrame
        crime_id_1, crime_id_2, item, log_bf: one row per link and item, in the order of the links and of the
        model's variables. `item` is the MO item's code, or distance_km, gap_days, tod_gap_hours, dow_gap_days.

    Raises
    ------
    ScoringError
        When a link names a crime that is not in the crimes.
    """
    crimes = ordered_crimes(crimes)
    first, second = row_positions(crimes, links["crime_id_1"]), row_positions(crimes, links["crime_id_2"])
    encoded = encode_crimes(crimes, spec)
    parts = [
        model.log_bf_terms(encoded_evidence(encoded, first[part], second[part], spec))
        for part in slices(len(links), pairs_per_chunk)
    ]
    terms = pd.concat(parts, ignore_index=True)
    items = [item_of(str(name)) for name in terms.columns]
    rows = np.repeat(np.arange(len(links)), len(items))
    return pd.DataFrame(
        {
            "crime_id_1": links["crime_id_1"].take(rows).reset_index(drop=True),
            "crime_id_2": links["crime_id_2"].take(rows).reset_index(drop=True),
            "item": pd.Series(items * len(links), dtype="str"),
            "log_bf": terms.to_numpy(dtype=np.float64).ravel(),
        }
    )


def _where(scored: _Scored, chosen: npt.NDArray[np.bool_]) -> _Scored:
    return _Scored(scored.first[chosen], scored.second[chosen], scored.log_bf[chosen])


def _distinct(parts: list[_Scored]) -> _Scored:
    """Join the parts, each pair once, sorted by first and second crime."""
    if not parts:
        return _Scored(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    joined = _Scored(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.lexsort((joined.second, joined.first))
    first, second = joined.first[order], joined.second[order]
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    return _Scored(first[is_new], second[is_new], joined.log_bf[order][is_new])


def _pair_frame(crimes: pd.DataFrame, scored: _Scored) -> pd.DataFrame:
    ids = crimes["crime_id"]
    return pd.DataFrame(
        {
            "crime_id_1": ids.take(scored.first).reset_index(drop=True),
            "crime_id_2": ids.take(scored.second).reset_index(drop=True),
            "log_bf": scored.log_bf,
        }
    )


def _evidence(encoded: EncodedCrimes, spec: EvidenceSpec, links: _Scored, pairs_per_chunk: int) -> pd.DataFrame:
    # Evidence is made again for the few links kept: storing it for every pair would cost far more.
    parts = [
        encoded_evidence(encoded, links.first[part], links.second[part], spec)
        for part in slices(len(links.first), pairs_per_chunk)
    ]
    evidence = pd.concat(parts, ignore_index=True)
    # Plain text: categories of a column can differ from chunk to chunk.
    return evidence.astype({name: "str" for name in evidence.columns if evidence[name].dtype.kind not in "fi"})
