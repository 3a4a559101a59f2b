"""Scores every pair of crimes within limits and keeps the links worth storing, as tables.

An additive model is put into tables and its pairs are scanned (`linkage.force_links`), which takes the millions of
crimes of a force. Any other model scores its evidence in bounded chunks: every pair by `pair_evidence` and the model's
`decision_function` and by nothing else. Both consider the same pairs and keep the same links.
"""

from collections.abc import Collection, Iterator
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
from linkage.crime_cells import PlacesAndTimes, crowded_places, places_and_times_of
from linkage.crime_columns import crime_columns
from linkage.evidence import EncodedCrimes, EvidenceSpec, encode_crimes, encoded_evidence
from linkage.force_links import ForceLinks, ScanCounts, crimes_lacking, score_force
from linkage.keep_rule import KeepRule
from linkage.link_frames import link_frames, pair_frames
from linkage.missing_evidence import incomplete_pairs
from linkage.pair_lists import PairArrays, joined, sorted_distinct
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
from linkage.score_tables import score_tables
from linkage.strongest import StrongestPartners

__all__ = [
    "KeepRule",
    "LinkLimits",
    "LinkModel",
    "ScanCounts",
    "ScoredLinks",
    "ScoringError",
    "link_terms",
    "score_in_chunks",
    "score_links",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


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
    counts : ScanCounts
        Pairs considered and left out, and crimes that lack a place or a time.
    """

    links: pd.DataFrame
    edges: pd.DataFrame
    to_solved: pd.DataFrame
    counts: ScanCounts

    @property
    def n_considered(self) -> int:
        """Pairs within the limits, each once."""
        return self.counts.n_considered

    @property
    def n_kept(self) -> int:
        """How many links there are."""
        return len(self.links)

    @property
    def n_without_place_or_time(self) -> int:
        """Crimes that were compared without their place or their time, or that lack both and made no pair."""
        return self.counts.n_without_place + self.counts.n_without_time + self.counts.n_without_both


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
        Pairs whose evidence is held in memory at a time.

    Raises
    ------
    CrimeTableError
        When crime_id is missing or repeated.
    ScoringError
        When the model gives a log Bayes factor that is not a number.
    """
    crimes = ordered_crimes(crimes)
    encoded = encode_crimes(crimes, spec)
    tables = score_tables(model, spec, encoded)
    if tables is None:
        found = score_in_chunks(crimes, encoded, model, spec, prior_log_odds, limits, keep, solved, pairs_per_chunk)
    else:
        columns = crime_columns(crimes, spec, model, limits.across_groups, solved, encoded)
        found = score_force(columns, tables, limits, keep, prior_log_odds)
    ids = crimes["crime_id"]
    return ScoredLinks(
        links=pd.concat(link_frames(crimes, spec, found, prior_log_odds, pairs_per_chunk), ignore_index=True),
        edges=pd.concat(pair_frames(ids, found.edges), ignore_index=True),
        to_solved=pd.concat(pair_frames(ids, found.to_solved), ignore_index=True),
        counts=found.counts,
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


def score_in_chunks(
    crimes: pd.DataFrame,
    encoded: EncodedCrimes,
    model: LinkModel,
    spec: EvidenceSpec,
    prior_log_odds: float,
    limits: LinkLimits,
    keep: KeepRule,
    solved: Collection[str],
    pairs_per_chunk: int = PAIRS_PER_CHUNK,
) -> ForceLinks:
    """Return the links of a model that no tables can hold; as in `score_links`, with crimes in order and encoded."""
    incident, n = incident_numbers(crimes), len(crimes)
    is_solved = crimes["crime_id"].isin(list(solved)).to_numpy(dtype=np.bool_)
    strongest = StrongestPartners(n, keep.top_k)
    solved_partners = StrongestPartners(n, keep.top_k if len(solved) else 0)
    places = places_and_times_of(crimes, limits.across_groups)
    kept, edges, n_considered, n_left_out = [], [], 0, 0
    for pairs, n_without in _candidates(crimes, places, limits, pairs_per_chunk):
        log_bf = log_bf_of_pairs(encoded, model, spec, pairs)
        scored = PairArrays(pairs.first.astype(np.int32), pairs.second.astype(np.int32), log_bf)
        other = incident_differs(incident, pairs)
        offered = (pairs.first[other], pairs.second[other], log_bf[other])
        strongest.offer(*offered, np.ones(n, dtype=np.bool_))
        solved_partners.offer(*offered, is_solved)
        likely = posterior_probability(log_bf, prior_log_odds) >= keep.posterior_floor
        kept.append(scored.where(likely | ~other))
        edges.append(scored.where(log_bf >= keep.edge_log_bf))
        n_considered += len(log_bf)
        n_left_out += n_without
    links = sorted_distinct(n, joined([_as_pairs(strongest), *kept]))
    counts = ScanCounts(
        n_considered=n_considered,
        n_scored=n_considered,
        n_capped_crimes=int((crowded_places(places, limits)[0] >= 0).sum()),
        n_pairs_left_out=n_left_out,
        **crimes_lacking(places),
    )
    return ForceLinks(
        links=links,
        is_same_incident=~incident_differs(
            incident, CandidatePairs(links.first.astype(np.int64), links.second.astype(np.int64))
        ),
        edges=sorted_distinct(n, joined(edges)),
        to_solved=sorted_distinct(n, _as_pairs(solved_partners)),
        counts=counts,
    )


def _candidates(
    crimes: pd.DataFrame, places: PlacesAndTimes, limits: LinkLimits, pairs_per_chunk: int
) -> Iterator[tuple[CandidatePairs, int]]:
    """Yield the candidate pairs in chunks, and how many pairs within the limits each chunk leaves out."""
    place, rank = crowded_places(places, limits)
    for first, second in candidate_chunks(event_points(crimes, limits.across_groups), limits, pairs_per_chunk):
        far = np.abs(rank[first] - rank[second]) > limits.most_partners_at_one_place
        is_out = far & (place[first] == place[second]) & (place[first] >= 0)
        yield CandidatePairs(first[~is_out], second[~is_out]), int(is_out.sum())
    for pairs in incomplete_pairs(places, limits, pairs_per_chunk):
        yield CandidatePairs(pairs.first, pairs.second), pairs.n_left_out


def _as_pairs(partners: StrongestPartners) -> PairArrays:
    first, second, log_bf = partners.pairs()
    return PairArrays(first.astype(np.int32), second.astype(np.int32), log_bf)
