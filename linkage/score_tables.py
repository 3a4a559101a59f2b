"""An additive model as plain arrays: with the columns of the crimes they score any pair, without evidence in between.

What a term says of a number (a distance, a gap) is kept as its knots or edges with their log Bayes factors. What it
says of an MO item depends on which recorded set each crime has, so that a square table of all pairs of sets holds it.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.calibration import CalibratedBayesFactor
from linkage.estimator import LinkEstimator, SumOfTerms
from linkage.evidence import NEARER_SHARE, SPACE_AND_TIME, EncodedCrimes, EvidenceSpec, encoded_evidence
from linkage.histogram_term import BayesFactorTerm
from linkage.item_evidence import EncodedItem
from linkage.smooth_term import SmoothTerm
from linkage.space_time import NO_CLOCK, NOT_A_TIME, Events

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DISTANCE, GAP, TIME_OF_DAY, DAY_OF_WEEK, NEARER, NUMBER, CODES = range(7)
"""What a term reads: one of the columns of space and time, a column of numbers, or a column of codes."""

CODE_OFFSET = 2
"""Added to an encoded item: 0 is not applicable, 1 missing, the distinct recorded sets follow."""

MOST_SETS = 4_096
"""Distinct recorded sets of an item whose pairs make a table: 134 MB of them."""

_PAIRS_AT_ONCE = 1_000_000


class TermSource(NamedTuple):
    """Where the evidence of one term comes from.

    Attributes
    ----------
    kind : int
        DISTANCE, GAP, TIME_OF_DAY, DAY_OF_WEEK, NEARER, NUMBER or CODES.
    column : str
        Column of the crimes that a term of NUMBER or CODES reads; empty for the others.
    """

    kind: int
    column: str


class ScoreTables(NamedTuple):
    """An additive model as plain arrays, one element a term in the order in which the model adds them.

    Attributes
    ----------
    base : float
        Log Bayes factor that every pair starts with.
    kind, source : ndarray, shape (n_terms,), int64
        What the term reads; of NUMBER and CODES, which column of `CrimeColumns.numbers` or `.codes`, else 0.
    is_lines : ndarray, shape (n_terms,), bool
        Whether straight lines run between knots (and level beyond them); otherwise steps: bins closed on the right,
        the lowest on both sides, and 0 outside the edges. False for CODES.
    at_start : ndarray, shape (n_terms + 1,), int64
    at : ndarray, float64
        Knots or edges of term k are `at[at_start[k] : at_start[k + 1]]`, ascending; none for CODES.
    value_start : ndarray, shape (n_terms + 1,), int64
    value : ndarray, float64
        Likewise the log Bayes factors: one a knot, one a bin, or for CODES the square table of
        `n_codes` rows (code of the first crime) by `n_codes` columns (code of the second), row by row.
    n_codes : ndarray, shape (n_terms,), int64
        0 but for CODES.
    missing : ndarray, shape (n_terms,), float64
        Log Bayes factor of missing evidence; 0 for CODES, whose tables hold it.
    calibration_knots, calibration_log_bf : ndarray, float64
        As in `linkage.calibration.Calibration`; empty without one.
    great_circle : bool
        Whether places are longitude and latitude.
    reference_circular : bool
        Whether an interval of a whole period gives a quarter period.
    """

    base: float
    kind: Ints
    source: Ints
    is_lines: Flags
    at_start: Ints
    at: Floats
    value_start: Ints
    value: Floats
    n_codes: Ints
    missing: Floats
    calibration_knots: Floats
    calibration_log_bf: Floats
    great_circle: bool
    reference_circular: bool


class _TermArrays(NamedTuple):
    at: Floats
    value: Floats
    is_lines: bool
    n_codes: int
    missing: float


def term_sources(model: object, spec: EvidenceSpec) -> tuple[TermSource, ...] | None:
    """Return what each term of an additive model reads, in order; None of a model that no tables can hold.

    Parameters
    ----------
    model : LinkModel
        Fitted, with a calibration or without.
    spec : EvidenceSpec
        The evidence that it is scored with.
    """
    inner, of_column = _uncalibrated(model), _sources(spec)
    if inner is None or not set(inner.feature_names_in_) | set(inner.terms_) <= set(of_column):
        return None
    sources = tuple(of_column[name] for name in inner.terms_)
    fits = (
        term.is_continuous or source.kind == CODES for term, source in zip(inner.terms_.values(), sources, strict=True)
    )
    return sources if all(fits) else None


def columns_read(sources: tuple[TermSource, ...], kind: int) -> tuple[str, ...]:
    """Return the columns of the crimes that terms of NUMBER or of CODES read, each once, in order of the terms."""
    return tuple(dict.fromkeys(source.column for source in sources if source.kind == kind))


def coded_item(encoded: EncodedCrimes, column: str) -> EncodedItem:
    """Return a column of the crimes that terms of CODES read: an MO item, or the crime group."""
    if column in encoded.items:
        return encoded.items[column]
    if encoded.crime_group is None or column != "crime_group":
        raise KeyError(column)
    return encoded.crime_group


def score_tables(model: object, spec: EvidenceSpec, encoded: EncodedCrimes) -> ScoreTables | None:
    """Return an additive model as plain arrays, or None of a model that they cannot hold.

    None is given for a model that is no sum of histogram or smooth terms, one that reads text or a column that the
    specification does not make, and one that reads an item with more than `MOST_SETS` distinct recorded sets.

    Parameters
    ----------
    model : LinkModel
        Fitted, with a calibration or without.
    spec : EvidenceSpec
    encoded : EncodedCrimes
        The crimes to score, of `encode_crimes`; their recorded sets are the codes.

    Notes
    -----
    The tables of MO items are what the evidence and the term give for every pair of sets, so that they are equal to
    the model to the last bit.
    """
    sources, inner = term_sources(model, spec), _uncalibrated(model)
    if sources is None or inner is None or not _are_few(sources, encoded):
        return None
    place = {kind: columns_read(sources, kind) for kind in (NUMBER, CODES)}
    terms = [
        _coded(term, str(name), spec, coded_item(encoded, source.column)) if source.kind == CODES else _numeric(term)
        for (name, term), source in zip(inner.terms_.items(), sources, strict=True)
    ]
    knots, log_bf = (
        (model.calibration.knots, model.calibration.log_bf)
        if isinstance(model, CalibratedBayesFactor)
        else (np.empty(0), np.empty(0))
    )
    return ScoreTables(
        base=float(getattr(inner, "base_log_bf_", 0.0)),
        kind=np.array([source.kind for source in sources], dtype=np.int64),
        source=np.array(
            [place[one.kind].index(one.column) if one.kind in place else 0 for one in sources], dtype=np.int64
        ),
        is_lines=np.array([term.is_lines for term in terms], dtype=np.bool_),
        at_start=_starts([len(term.at) for term in terms]),
        at=_joined([term.at for term in terms]),
        value_start=_starts([len(term.value) for term in terms]),
        value=_joined([term.value for term in terms]),
        n_codes=np.array([term.n_codes for term in terms], dtype=np.int64),
        missing=np.array([term.missing for term in terms], dtype=np.float64),
        calibration_knots=np.array(knots, dtype=np.float64),
        calibration_log_bf=np.array(log_bf, dtype=np.float64),
        great_circle=spec.distance == "great-circle",
        reference_circular=spec.circular == "reference",
    )


def _uncalibrated(model: object) -> Any:
    """Return the sum of terms that a model is, or None; a class that scores in its own way is none."""
    inner = model.model if isinstance(model, CalibratedBayesFactor) else model
    if not isinstance(inner, SumOfTerms) or not hasattr(inner, "feature_names_in_"):
        return None
    own_way = (
        type(inner).decision_function is not LinkEstimator.decision_function
        or type(inner)._log_bf is not SumOfTerms._log_bf
    )
    is_known = all(isinstance(term, BayesFactorTerm | SmoothTerm) for term in inner.terms_.values())
    return None if own_way or not is_known else inner


def _sources(spec: EvidenceSpec) -> dict[str, TermSource]:
    """Return where each evidence column of a specification comes from, but for text."""
    found = {name: TermSource(kind, "") for kind, name in enumerate(SPACE_AND_TIME)}
    if spec.crowding_km is not None:
        found[NEARER_SHARE] = TermSource(NEARER, "")
    for form, items in (("match", spec.items), ("overlap", spec.overlap), ("agreement", spec.agreement)):
        found |= {f"{form}_{item}": TermSource(CODES, item) for item in items}
    found |= {f"gap_{name}": TermSource(NUMBER, name) for name in spec.numerical}
    if spec.crime_group:
        found["crime_group_pair"] = TermSource(CODES, "crime_group")
    return found


def _are_few(sources: tuple[TermSource, ...], encoded: EncodedCrimes) -> bool:
    return all(len(coded_item(encoded, name).bounds) - 1 <= MOST_SETS for name in columns_read(sources, CODES))


def _numeric(term: BayesFactorTerm | SmoothTerm) -> _TermArrays:
    if isinstance(term, SmoothTerm):
        return _TermArrays(term.knots, term.log_bf, True, 0, float(term.log_bf_missing))
    missing = float(term.log_bf[-1]) if term.has_missing_bin else 0.0
    return _TermArrays(term.edges, term.log_bf[: len(term.edges) - 1], False, 0, missing)


def _coded(term: BayesFactorTerm | SmoothTerm, name: str, spec: EvidenceSpec, item: EncodedItem) -> _TermArrays:
    """Return what a term says of every pair of recorded sets of its item."""
    n = len(item.bounds) - 1 + CODE_OFFSET
    one_each = item._replace(code=np.arange(-CODE_OFFSET, n - CODE_OFFSET, dtype=np.int32))
    crimes, only = _crimes_of_item(one_each, name, spec, n)
    table = np.empty(n * n)
    for begin in range(0, n * n, _PAIRS_AT_ONCE):
        pair = np.arange(begin, min(begin + _PAIRS_AT_ONCE, n * n), dtype=np.int64)
        evidence = encoded_evidence(crimes, pair // n, pair % n, only)
        table[pair] = term.score(evidence[name])
    return _TermArrays(np.empty(0), table, False, n, 0.0)


def _crimes_of_item(item: EncodedItem, name: str, spec: EvidenceSpec, n: int) -> tuple[EncodedCrimes, EvidenceSpec]:
    """Return invented crimes that hold one item alone, and the specification of one evidence column of it."""
    only = replace(
        spec,
        items=tuple(one for one in spec.items if f"match_{one}" == name),
        overlap=tuple(one for one in spec.overlap if f"overlap_{one}" == name),
        agreement=tuple(one for one in spec.agreement if f"agreement_{one}" == name),
        numerical=(),
        crime_group=name == "crime_group_pair",
        text=None,
        crowding_km=None,
        crowding=None,
    )
    nowhere, never, no_clock = np.full(n, np.nan), np.full(n, NOT_A_TIME), np.full(n, NO_CLOCK)
    events = Events(nowhere, nowhere, never, nowhere, nowhere, no_clock, no_clock)
    return EncodedCrimes(events, dict.fromkeys(only.compared, item), {}, item, None, None), only


def _starts(lengths: list[int]) -> Ints:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *parts]).astype(np.float64)
