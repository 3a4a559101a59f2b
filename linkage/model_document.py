"""A fitted model as data: a JSON document that reads without Python, comes back exactly, and renders as SQL.

The prior log odds stand beside the Bayes factors and are never added to them here.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence_spec import EvidenceError, EvidenceSpec, evidence_columns, spec_as_data, spec_from_data
from linkage.histogram_term import BayesFactorTerm
from linkage.item_evidence import MISSING

SCHEMA_VERSION = 1
KIND = "histogram-naive-bayes"

Document = dict[str, Any]

_ARRAYS = ("n_linked", "n_unlinked", "p_linked", "p_unlinked", "log_bf")


class ModelDocumentError(ValueError):
    """A model document cannot be written or read."""


def to_document(
    model: HistogramBayesFactor,
    spec: EvidenceSpec,
    *,
    prior_log_odds: float | None = None,
    training_pairs: pd.DataFrame | None = None,
) -> Document:
    """Return a fitted model as a dict that `json.dumps(..., allow_nan=False)` accepts.

    Parameters
    ----------
    model : HistogramBayesFactor
        Fitted.
    spec : EvidenceSpec
        The evidence that it was fitted on.
    prior_log_odds : float, optional
        Natural log odds of a linked pair before its evidence; kept apart from the Bayes factors.
    training_pairs : DataFrame, optional
        crime_id_1, crime_id_2, is_linked: counted, and fingerprinted so that two models can be told apart.

    Raises
    ------
    ModelDocumentError
        The model is not fitted, or has a variable that the specification does not make.
    """
    terms = getattr(model, "terms_", None)
    if terms is None:
        raise ModelDocumentError("model: expected a fitted model, got one without terms; call fit first")
    _check_columns(list(terms), spec)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "evidence": spec_as_data(spec),
        "settings": {name: _plain(value) for name, value in model.get_params().items()},
        "training": _training(training_pairs),
        "prior_log_odds": None if prior_log_odds is None else float(prior_log_odds),
        "terms": {name: _term_as_data(term) for name, term in terms.items()},
    }


def from_document(document: Mapping[str, Any]) -> tuple[HistogramBayesFactor, EvidenceSpec]:
    """Return the model and the evidence specification of a document, exactly as they were written.

    Raises
    ------
    ModelDocumentError
        The document is of another version or kind, lacks a part, or contradicts itself.
    """
    if not isinstance(document, Mapping):
        raise ModelDocumentError(
            f"document: expected a JSON object, got a {type(document).__name__}; give one document"
        )
    version, kind = document.get("schema_version"), document.get("kind")
    if (version, kind) != (SCHEMA_VERSION, KIND):
        raise ModelDocumentError(
            f"document: expected kind {KIND} of schema version {SCHEMA_VERSION}, got {kind} of {version}; "
            "write it again with this release"
        )
    try:
        spec = spec_from_data(document["evidence"])
        model = HistogramBayesFactor(**document["settings"])
        model.terms_ = {name: _term_from_data(name, term) for name, term in document["terms"].items()}
        model.remember(model.terms_)
    except (ModelDocumentError, EvidenceError):
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelDocumentError(
            f"document: expected the parts that to_document writes, got a fault at {error}; write it again"
        ) from error
    _check_columns(list(model.terms_), spec)
    return model, spec


def training_fingerprint(training_pairs: pd.DataFrame) -> str:
    """Return the sha256 of the sorted pairs with their labels; the order of the rows does not matter."""
    columns = (training_pairs[name] for name in ("crime_id_1", "crime_id_2", "is_linked"))
    rows = sorted((str(one), str(two), bool(is_linked)) for one, two, is_linked in zip(*columns, strict=True))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def model_version(document: Mapping[str, Any]) -> str:
    """Return a short name for a model that depends on everything in its document and nothing else."""
    text = json.dumps(document, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def document_as_sql(document: Mapping[str, Any], evidence: str = "pair_evidence") -> str:
    """Return a query that scores a table of evidence: its columns, `log_bf_<variable>` each, and `log_bf`.

    Parameters
    ----------
    document : mapping
        As `to_document` writes it.
    evidence : str
        Name of the relation that holds the evidence columns, NULL where evidence is missing.

    Notes
    -----
    Numbers are written with an exponent, for DuckDB reads `0.1` as a decimal, not as a double. The terms are made in
    an inner query: a filter on `log_bf` beside a CASE over joined columns would enter the join.
    """
    model, _ = from_document(document)
    cases = [f"        {_case(name, term)} as {_name(f'log_bf_{name}')}" for name, term in model.terms_.items()]
    total = " + ".join(_name(f"log_bf_{name}") for name in model.terms_) or "0e0"
    inner = ",\n".join(["        evidence.*", *cases])
    source = f"    select\n{inner}\n    from {evidence} as evidence\n"
    return f"select\n    terms.*,\n    {total} as log_bf\nfrom (\n{source}) as terms"


def _check_columns(columns: list[str], spec: EvidenceSpec) -> None:
    made = evidence_columns(spec)
    unknown = [name for name in columns if name not in made]
    if unknown:
        raise ModelDocumentError(
            f"terms: expected evidence columns among {', '.join(made)}, got {', '.join(unknown)}; "
            "give the specification that the model was trained with"
        )


def _training(pairs: pd.DataFrame | None) -> Document:
    if pairs is None:
        return {"n_pairs": None, "n_linked": None, "fingerprint": None}
    n_linked = int(pairs["is_linked"].astype(bool).sum())
    return {"n_pairs": len(pairs), "n_linked": n_linked, "fingerprint": training_fingerprint(pairs)}


def _plain(setting: object) -> object:
    return dict(setting) if isinstance(setting, Mapping) else setting


def _term_as_data(term: BayesFactorTerm) -> Document:
    arrays = {name: [None if np.isnan(x) else float(x) for x in getattr(term, name)] for name in _ARRAYS}
    bins = {"edges": term.edges.tolist()} if term.is_continuous else {"levels": list(term.levels)}
    return {**bins, "has_missing_bin": term.has_missing_bin, **arrays, "df": float(term.df)}


def _term_from_data(name: str, data: Mapping[str, Any]) -> BayesFactorTerm:
    arrays = {key: np.array([np.nan if x is None else x for x in data[key]], dtype=np.float64) for key in _ARRAYS}
    edges = np.array(data.get("edges", ()), dtype=np.float64)
    term = BayesFactorTerm(
        edges=edges,
        levels=tuple(data.get("levels", ())),
        has_missing_bin=bool(data["has_missing_bin"]),
        df=float(data["df"]),
        **arrays,
    )
    n_bins = (len(edges) - 1 if term.is_continuous else len(term.levels)) + term.has_missing_bin
    if any(len(array) != n_bins for array in arrays.values()) or (np.diff(edges) < 0).any():
        raise ModelDocumentError(
            f"{name}: expected ascending edges and {n_bins} numbers a bin list, got "
            f"{', '.join(f'{len(array)} {key}' for key, array in arrays.items())}; write the document again"
        )
    return term


def _case(name: str, term: BayesFactorTerm) -> str:
    column = f"evidence.{_name(name)}"
    missing = _number(term.log_bf[-1] if term.has_missing_bin else 0.0)
    if term.is_continuous:
        steps = [f"when {column} is null then {missing}", f"when {column} < {_number(term.edges[0])} then 0e0"]
        edges = zip(term.edges[1:], term.log_bf, strict=False)  # the missing bin comes last and has no edge
        steps += [f"when {column} <= {_number(edge)} then {_number(log_bf)}" for edge, log_bf in edges]
    else:
        steps = [f"when {column} is null or {column} = {_text(MISSING)} then {missing}"]
        levels = zip(term.levels, term.log_bf, strict=False)
        steps += [f"when {column} = {_text(level)} then {_number(log_bf)}" for level, log_bf in levels]
    return "case " + " ".join(steps) + " else 0e0 end"


def _number(value: float) -> str:
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
