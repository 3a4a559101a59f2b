"""A model document as SQL, so that a database without this program scores evidence alike.

Numbers are written with an exponent, for DuckDB reads `0.1` as a decimal, not as a double; sums and products are
written in the order in which Python works them out, so that both give the same last digits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from linkage.additive import BASE
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.histogram_term import BayesFactorTerm
from linkage.item_evidence import MISSING
from linkage.model_document import ModelDocumentError, from_document
from linkage.plain_logistic import LinearTerm
from linkage.smooth_term import SmoothTerm

Floats = npt.NDArray[np.float64]

_RAW = "uncalibrated_log_bf"


def document_as_sql(document: Mapping[str, Any], evidence: str = "pair_evidence") -> str:
    """Return a query that scores a table of evidence: its columns, `log_bf_<variable>` each, and `log_bf`.

    Parameters
    ----------
    document : mapping
        As `to_document` writes it, of a model that adds up over variables, calibrated or not.
    evidence : str
        Name of the relation that holds the evidence columns, NULL where evidence is missing.

    Raises
    ------
    ModelDocumentError
        The document is faulty, or its model does not add up.

    Notes
    -----
    What is the same for every pair, and what calibration adds, is `log_bf_base`. The terms are made in an inner
    query: a filter on `log_bf` beside a CASE over joined columns would enter the join.
    """
    model, _ = from_document(document)
    inner: Any = model.model if isinstance(model, CalibratedBayesFactor) else model
    if not hasattr(inner, "terms_"):
        raise ModelDocumentError(
            f"document: expected a model that adds up over variables, got {document['kind']}; score it in Python"
        )
    base = getattr(inner, "base_log_bf_", None)
    if isinstance(model, CalibratedBayesFactor):
        base = base or 0.0
        raw = _total_query(_terms_query(inner.terms_, base, evidence), list(inner.terms_), base, _RAW)
        return _calibrated_query(raw, model.calibration, base)
    return _total_query(_terms_query(inner.terms_, base, evidence), list(inner.terms_), base, "log_bf")


def _terms_query(terms: Mapping[str, Any], base: float | None, evidence: str) -> str:
    cases = [f"        {_case(name, term)} as {_name(f'log_bf_{name}')}" for name, term in terms.items()]
    if base is not None:
        cases.append(f"        {_number(base)} as {_name(f'log_bf_{BASE}')}")
    inner = ",\n".join(["        evidence.*", *cases])
    return f"    select\n{inner}\n    from {evidence} as evidence\n"


def _total_query(terms: str, names: list[str], base: float | None, total: str) -> str:
    parts = [] if base is None else [_number(base)]
    added = " + ".join([*parts, *(_name(f"log_bf_{name}") for name in names)]) or "0e0"
    return f"select\n    terms.*,\n    {added} as {total}\nfrom (\n{terms}) as terms"


def _calibrated_query(raw: str, line: Calibration, base: float) -> str:
    below, above = (f"{_number(line.log_bf[i])} + ({_RAW} - {_number(line.knots[i])})" for i in (0, -1))
    steps = [f"when {_RAW} < {_number(line.knots[0])} then {below}", *_segments(_RAW, line.knots, line.log_bf)]
    calibrated, of_base = f"case {' '.join(steps)} else {above} end", _name(f"log_bf_{BASE}")
    columns = (
        f"scored.* exclude ({_RAW}, {of_base})",
        f"{_number(base)} + {calibrated} - {_RAW} as {of_base}",
        f"{calibrated} as log_bf",
    )
    return "select\n    " + ",\n    ".join(columns) + f"\nfrom (\n{raw}\n) as scored"


def _case(name: str, term: BayesFactorTerm | SmoothTerm | LinearTerm) -> str:
    column = f"evidence.{_name(name)}"
    if not term.is_continuous:
        return _level_case(column, term.levels, term.log_bf, _missing(term))
    if isinstance(term, LinearTerm):
        return _linear_case(column, term)
    return _smooth_case(column, term) if isinstance(term, SmoothTerm) else _bin_case(column, term)


def _missing(term: BayesFactorTerm | SmoothTerm | LinearTerm) -> float:
    if isinstance(term, SmoothTerm):
        return term.log_bf_missing
    return float(term.log_bf[-1]) if isinstance(term, BayesFactorTerm) and term.has_missing_bin else 0.0


def _bin_case(column: str, term: BayesFactorTerm) -> str:
    steps = [
        f"when {column} is null then {_number(_missing(term))}",
        f"when {column} < {_number(term.edges[0])} then 0e0",
    ]
    edges = zip(term.edges[1:], term.log_bf, strict=False)  # the missing bin comes last and has no edge
    steps += [f"when {column} <= {_number(edge)} then {_number(log_bf)}" for edge, log_bf in edges]
    return f"case {' '.join(steps)} else 0e0 end"


def _smooth_case(column: str, term: SmoothTerm) -> str:
    knots, log_bf = term.knots, term.log_bf
    steps = [
        f"when {column} is null then {_number(term.log_bf_missing)}",
        f"when {column} <= {_number(knots[0])} then {_number(log_bf[0])}",
        *_segments(column, knots, log_bf),
    ]
    last = log_bf[-1] if len(knots) == 1 else log_bf[-2] + (log_bf[-1] - log_bf[-2])
    return f"case {' '.join(steps)} else {_number(last)} end"


def _segments(column: str, knots: Floats, values: Floats) -> list[str]:
    """Return the steps of a CASE that follows a broken line from its first knot up to its last."""
    width, rise = np.diff(knots), np.diff(values)
    return [
        f"when {column} < {_number(knots[i + 1])} then "
        f"{_number(values[i])} + ({column} - {_number(knots[i])}) / {_number(width[i])} * {_number(rise[i])}"
        for i in range(len(width))
    ]


def _linear_case(column: str, term: LinearTerm) -> str:
    is_logged = not np.isnan(term.log_offset)
    value = f"ln(greatest({column}, 0e0) + {_number(term.log_offset)})" if is_logged else column
    return f"case when {column} is null then 0e0 else {_number(term.slope)} * ({value} - {_number(term.mean)}) end"


def _level_case(column: str, levels: Sequence[str], log_bf: Floats, missing: float) -> str:
    steps = [f"when {column} is null or {column} = {_text(MISSING)} then {_number(missing)}"]
    of_levels = zip(levels, log_bf, strict=False)  # the missing bin of a histogram comes last and is no level
    steps += [f"when {column} = {_text(level)} then {_number(value)}" for level, value in of_levels]
    return f"case {' '.join(steps)} else 0e0 end"


def _number(value: float) -> str:
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
