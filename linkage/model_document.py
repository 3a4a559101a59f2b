"""A fitted model as data: a JSON document that reads without Python and comes back exactly.

The prior log odds stand beside the Bayes factors and are never added to them here.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.evidence_spec import EvidenceError, EvidenceSpec, evidence_columns, spec_as_data, spec_from_data
from linkage.pair_scores import LinkModel
from linkage.term_data import (
    KINDS,
    Document,
    ModelDocumentError,
    kind_named,
    kind_of,
    numbers_as_data,
    numbers_from_data,
)

__all__ = ["ModelDocumentError", "from_document", "model_version", "to_document", "training_fingerprint"]

SCHEMA_VERSION = 1


def to_document(
    model: LinkModel,
    spec: EvidenceSpec,
    *,
    prior_log_odds: float | None = None,
    training_pairs: pd.DataFrame | None = None,
) -> Document:
    """Return a fitted model as a dict that `json.dumps(..., allow_nan=False)` accepts.

    Parameters
    ----------
    model : LinkModel
        Fitted, of a kind that `linkage.term_data.KINDS` names, calibrated or not.
    spec : EvidenceSpec
        The evidence that it was fitted on.
    prior_log_odds : float, optional
        Natural log odds of a linked pair before its evidence; kept apart from the Bayes factors.
    training_pairs : DataFrame, optional
        crime_id_1, crime_id_2, is_linked: counted, and fingerprinted so that two models can be told apart.

    Raises
    ------
    ModelDocumentError
        The model is of another kind or not fitted, or has a variable that the specification does not make.
    """
    inner, calibration = _unwrapped(model)
    kind = kind_of(inner)
    if not hasattr(inner, "feature_names_in_"):
        raise ModelDocumentError("model: expected a fitted model, got one without terms; call fit first")
    _check_columns(list(inner.feature_names_in_), spec)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": kind.name,
        "evidence": spec_as_data(spec),
        "settings": {name: _plain(value) for name, value in inner.get_params().items()},
        "training": _training(training_pairs),
        "prior_log_odds": None if prior_log_odds is None else float(prior_log_odds),
        **kind.write(inner),
        **calibration,
    }


def from_document(document: Mapping[str, Any]) -> tuple[LinkModel, EvidenceSpec]:
    """Return the model and the evidence specification of a document, exactly as they were written.

    A document that has an entry `calibration` gives a `CalibratedBayesFactor`.

    Raises
    ------
    ModelDocumentError
        The document is of another version or kind, lacks a part, or contradicts itself.
    """
    if not isinstance(document, Mapping):
        raise ModelDocumentError(
            f"document: expected a JSON object, got a {type(document).__name__}; give one document"
        )
    version, kind = document.get("schema_version"), kind_named(document.get("kind"))
    if version != SCHEMA_VERSION or kind is None:
        raise ModelDocumentError(
            f"document: expected kind {' or '.join(one.name for one in KINDS)} of schema version {SCHEMA_VERSION}, "
            f"got {document.get('kind')} of {version}; write it again with this release"
        )
    try:
        spec = spec_from_data(document["evidence"])
        inner = kind.model(**document["settings"])
        kind.read(inner, document)
        model = _wrapped(inner, document)
    except (ModelDocumentError, EvidenceError):
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelDocumentError(
            f"document: expected the parts that to_document writes, got a fault at {error}; write it again"
        ) from error
    _check_columns(list(inner.feature_names_in_), spec)
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


def _unwrapped(model: LinkModel) -> tuple[Any, Document]:
    """Return the model inside a calibrated one, and the entry of the document that calibrates it."""
    if not isinstance(model, CalibratedBayesFactor):
        return model, {}
    knots, log_bf = numbers_as_data(model.calibration.knots), numbers_as_data(model.calibration.log_bf)
    return model.model, {"calibration": {"knots": knots, "log_bf": log_bf}}


def _wrapped(inner: LinkModel, document: Mapping[str, Any]) -> LinkModel:
    if "calibration" not in document:
        return inner
    line = Calibration(*(numbers_from_data(document["calibration"][name]) for name in ("knots", "log_bf")))
    is_rising = all((np.diff(values) > 0).all() for values in line)
    if not (len(line.knots) == len(line.log_bf) > 0 and is_rising):
        raise ModelDocumentError(
            f"calibration: expected as many log_bf as knots, both ascending, got {len(line.log_bf)} and "
            f"{len(line.knots)}; write the document again"
        )
    return CalibratedBayesFactor(inner, line)


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
