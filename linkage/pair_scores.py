"""The log Bayes factor of given pairs, whatever their distance, and what a model must offer to give it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import PAIRS_PER_CHUNK, CandidatePairs, incident_numbers
from linkage.crime_columns import CrimeColumns, crime_columns, read_only
from linkage.evidence import SPACE_AND_TIME, EncodedCrimes, EvidenceSpec, encode_crimes, encoded_evidence
from linkage.posterior import posterior_probability
from linkage.score_kernel import scores_of_pairs
from linkage.score_tables import ScoreTables, score_tables

__all__ = [
    "LinkModel",
    "PairScore",
    "ScoringError",
    "incident_differs",
    "incident_numbers",
    "item_of",
    "log_bf_of_pairs",
    "pair_scorer",
    "posterior_probability",
    "row_positions",
    "slices",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
PairScore = Callable[[Ints, Ints], Floats]


class ScoringError(ValueError):
    """Pairs cannot be scored with what was given."""


class NoTablesError(ScoringError):
    """A model or its crimes cannot be put into tables (`linkage.score_tables`); chunks of evidence score them."""


class LinkModel(Protocol):
    """What scoring needs of a fitted model."""

    def decision_function(self, evidence: pd.DataFrame) -> Floats:
        """Return the natural log Bayes factor of each row, without the prior odds."""

    def log_bf_terms(self, evidence: pd.DataFrame) -> pd.DataFrame:
        """Return each evidence variable's share of it, one column a variable."""


def pair_scorer(
    crimes: pd.DataFrame, model: LinkModel, spec: EvidenceSpec, pairs_per_chunk: int = PAIRS_PER_CHUNK
) -> PairScore:
    """Return a function of two int64 arrays of row positions that gives the pairs' log Bayes factors.

    It scores any pair, also beyond the limits. A model that `linkage.score_tables` can hold is scored from its tables;
    any other from the evidence, in chunks that bound the memory. Both give the same to the last bit.
    """
    encoded = encode_crimes(crimes, spec)
    tables = score_tables(model, spec, encoded)
    if tables is None:
        return partial(_from_evidence, encoded, model, spec, pairs_per_chunk)
    return partial(_from_tables, read_only(tables), read_only(crime_columns(crimes, spec, model, encoded=encoded)))


def _from_tables(tables: ScoreTables, columns: CrimeColumns, first: Ints, second: Ints) -> Floats:
    return _numbers_only(scores_of_pairs(tables, columns, first, second), len(first))


def _from_evidence(
    encoded: EncodedCrimes, model: LinkModel, spec: EvidenceSpec, pairs_per_chunk: int, first: Ints, second: Ints
) -> Floats:
    log_bf = np.empty(len(first))
    for part in slices(len(first), pairs_per_chunk):
        log_bf[part] = log_bf_of_pairs(encoded, model, spec, CandidatePairs(first[part], second[part]))
    return log_bf


def log_bf_of_pairs(crimes: EncodedCrimes, model: LinkModel, spec: EvidenceSpec, pairs: CandidatePairs) -> Floats:
    """Return the log Bayes factor of each pair.

    Raises
    ------
    ScoringError
        When the model gives a wrong number of them, or one that is not a number.
    """
    evidence = encoded_evidence(crimes, pairs.first, pairs.second, spec)
    return _numbers_only(np.asarray(model.decision_function(evidence), dtype=np.float64), len(pairs.first))


def _numbers_only(log_bf: Floats, n_pairs: int) -> Floats:
    if log_bf.shape != (n_pairs,) or np.isnan(log_bf).any():
        raise ScoringError(
            f"model: expected a log Bayes factor for each of {n_pairs} pairs, got shape {log_bf.shape} "
            f"with {np.isnan(log_bf).sum()} that are not numbers; missing evidence should contribute 0"
        )
    return log_bf


def row_positions(crimes: pd.DataFrame, crime_ids: pd.Series) -> Ints:
    """Return the row position in the crimes of each crime_id.

    Raises
    ------
    ScoringError
        When one is not there.
    """
    rows = pd.Index(crimes["crime_id"]).get_indexer(pd.Index(crime_ids))
    if (rows < 0).any():
        raise ScoringError(
            f"crime_id: expected crimes of the table, got {(rows < 0).sum()} that are not in it; "
            "score the links again with these crimes"
        )
    return rows.astype(np.int64)


def incident_differs(incident: Ints, pairs: CandidatePairs) -> npt.NDArray[np.bool_]:
    """Tell which pairs are of two incidents; -1 is an incident that nobody knows, different from any."""
    return (incident[pairs.first] != incident[pairs.second]) | (incident[pairs.first] < 0)


def item_of(column: str) -> str:
    """Return the item that an evidence column compares, or the column's own name for space, time and text.

    Several columns may compare one item: a match and an agreement of `entry_point` are both `entry_point`.
    """
    if column in SPACE_AND_TIME:
        return column
    if column == "crime_group_pair":
        return "crime_group"
    prefix = next((each for each in ("match_", "overlap_", "agreement_", "gap_") if column.startswith(each)), "")
    return column.removeprefix(prefix)


def slices(n: int, size: int) -> Iterator[slice]:
    """Cut n rows into slices; no rows give one empty slice, so that columns are still made."""
    for begin in range(0, max(n, 1), size):
        yield slice(begin, begin + size)
