"""What each kind of model learned, as JSON holds it and back again, exactly.

A number that is not a number is written as null. Every kind has a name, by which its documents are known, a class, and
two functions: one that returns what a fitted model learned, one that gives it to a model that is not fitted.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.boosted import BoostedBayesFactor, EncodedColumn
from linkage.estimator import LinkEstimator
from linkage.histogram_term import BayesFactorTerm
from linkage.plain_logistic import LinearTerm, PlainLogistic
from linkage.smooth_term import SmoothTerm
from linkage.tree_ensemble import TreeEnsemble

Document = dict[str, Any]
Floats = npt.NDArray[np.float64]

_HISTOGRAM_ARRAYS = ("n_linked", "n_unlinked", "p_linked", "p_unlinked", "log_bf")
_SMOOTH_ARRAYS = ("log_bf", "n_linked", "n_unlinked")


class ModelDocumentError(ValueError):
    """A model document cannot be written or read."""


class ModelKind(NamedTuple):
    """One kind of model.

    Attributes
    ----------
    name : str
        As documents name it.
    model : type
    write : callable
        From a fitted model to the entries of its document.
    read : callable
        From a model that is not fitted and a document: fits the one with the other.
    """

    name: str
    model: type[LinkEstimator]
    write: Callable[[Any], Document]
    read: Callable[[Any, Mapping[str, Any]], None]


def kind_named(name: object) -> ModelKind | None:
    """Return the kind of that name, if there is one."""
    return next((kind for kind in KINDS if kind.name == name), None)


def kind_of(model: object) -> ModelKind:
    """Return the kind of a model.

    Raises
    ------
    ModelDocumentError
        It is none that has a document.
    """
    found = next((kind for kind in KINDS if isinstance(model, kind.model)), None)
    if found is None:
        raise ModelDocumentError(
            f"model: expected one of {', '.join(kind.model.__name__ for kind in KINDS)}, got a "
            f"{type(model).__name__}; only these have documents"
        )
    return found


def numbers_as_data(values: Floats) -> list[float | None]:
    """Return numbers as JSON holds them."""
    return [None if np.isnan(x) else float(x) for x in values]


def numbers_from_data(data: list[float | None]) -> Floats:
    """Return the numbers of a list, NaN for null."""
    return np.array([np.nan if x is None else x for x in data], dtype=np.float64)


def _histogram_as_data(model: HistogramBayesFactor) -> Document:
    return {"terms": {name: _bins_as_data(term) for name, term in model.terms_.items()}}


def _histogram_from_data(model: HistogramBayesFactor, document: Mapping[str, Any]) -> None:
    model.terms_ = {name: _bins_from_data(name, term) for name, term in document["terms"].items()}
    model.remember(model.terms_)


def _bins_as_data(term: BayesFactorTerm) -> Document:
    arrays = {name: numbers_as_data(getattr(term, name)) for name in _HISTOGRAM_ARRAYS}
    bins = {"edges": term.edges.tolist()} if term.is_continuous else {"levels": list(term.levels)}
    return {**bins, "has_missing_bin": term.has_missing_bin, **arrays, "df": float(term.df)}


def _bins_from_data(name: str, data: Mapping[str, Any]) -> BayesFactorTerm:
    arrays = {key: numbers_from_data(data[key]) for key in _HISTOGRAM_ARRAYS}
    term = BayesFactorTerm(
        edges=np.array(data.get("edges", ()), dtype=np.float64),
        levels=tuple(data.get("levels", ())),
        has_missing_bin=bool(data["has_missing_bin"]),
        df=float(data["df"]),
        **arrays,
    )
    n_bins = (len(term.edges) - 1 if term.is_continuous else len(term.levels)) + term.has_missing_bin
    _check_lengths(name, "edges", n_bins, arrays, bool((np.diff(term.edges) >= 0).all()))
    return term


def _additive_as_data(model: AdditiveBayesFactor) -> Document:
    terms = {name: _smooth_as_data(term) for name, term in model.terms_.items()}
    return {"base_log_bf": float(model.base_log_bf_), "terms": terms}


def _additive_from_data(model: AdditiveBayesFactor, document: Mapping[str, Any]) -> None:
    model.base_log_bf_ = float(document["base_log_bf"])
    model.terms_ = {name: _smooth_from_data(name, term) for name, term in document["terms"].items()}
    model.remember(model.terms_)


def _smooth_as_data(term: SmoothTerm) -> Document:
    places = {"knots": term.knots.tolist()} if term.is_continuous else {"levels": list(term.levels)}
    arrays = {name: numbers_as_data(getattr(term, name)) for name in _SMOOTH_ARRAYS}
    return {**places, **arrays, "log_bf_missing": float(term.log_bf_missing)}


def _smooth_from_data(name: str, data: Mapping[str, Any]) -> SmoothTerm:
    arrays = {key: numbers_from_data(data[key]) for key in _SMOOTH_ARRAYS}
    knots, levels = np.array(data.get("knots", ()), dtype=np.float64), tuple(data.get("levels", ()))
    _check_lengths(name, "knots", max(len(knots), len(levels)), arrays, bool((np.diff(knots) > 0).all()))
    return SmoothTerm(knots=knots, levels=levels, log_bf_missing=float(data["log_bf_missing"]), **arrays)


def _plain_as_data(model: PlainLogistic) -> Document:
    terms = {name: _linear_as_data(term) for name, term in model.terms_.items()}
    return {"base_log_bf": float(model.base_log_bf_), "terms": terms}


def _plain_from_data(model: PlainLogistic, document: Mapping[str, Any]) -> None:
    model.base_log_bf_ = float(document["base_log_bf"])
    model.terms_ = {name: _linear_from_data(name, term) for name, term in document["terms"].items()}
    model.remember(model.terms_)


def _linear_as_data(term: LinearTerm) -> Document:
    if not term.is_continuous:
        return {"levels": list(term.levels), "log_bf": numbers_as_data(term.log_bf)}
    mean, slope, log_offset = numbers_as_data(np.array([term.mean, term.slope, term.log_offset]))
    return {"mean": mean, "slope": slope, "log_offset": log_offset}


def _linear_from_data(name: str, data: Mapping[str, Any]) -> LinearTerm:
    if "levels" not in data:
        log_offset = np.nan if data["log_offset"] is None else float(data["log_offset"])
        return LinearTerm(float(data["mean"]), float(data["slope"]), log_offset, (), np.empty(0))
    levels, log_bf = tuple(data["levels"]), numbers_from_data(data["log_bf"])
    _check_lengths(name, "levels", len(levels), {"log_bf": log_bf}, is_ascending=True)
    return LinearTerm(np.nan, np.nan, np.nan, levels, log_bf)


def _boosted_as_data(model: BoostedBayesFactor) -> Document:
    trees = model.trees_
    arrays = {name: getattr(trees, name).tolist() for name in TreeEnsemble._fields[1:] if name != "level_sets"}
    return {
        "slope": float(model.slope_),
        "intercept": float(model.intercept_),
        "columns": {name: {"levels": list(c.levels), "is_ordered": c.is_ordered} for name, c in model.columns_.items()},
        "trees": {
            "baseline": trees.baseline,
            **arrays,
            "level_sets": [np.flatnonzero(row).tolist() for row in trees.level_sets],
        },
    }


def _boosted_from_data(model: BoostedBayesFactor, document: Mapping[str, Any]) -> None:
    columns = document["columns"].items()
    model.columns_ = {name: EncodedColumn(tuple(c["levels"]), bool(c["is_ordered"])) for name, c in columns}
    model.trees_ = _trees_from_data(document["trees"], [len(c.levels) for c in model.columns_.values()])
    model.slope_, model.intercept_ = float(document["slope"]), float(document["intercept"])
    model.n_iter_ = len(model.trees_.root)
    model.remember(model.columns_)


def _trees_from_data(data: Mapping[str, Any], n_levels: list[int]) -> TreeEnsemble:
    sets = np.zeros((len(data["level_sets"]), max(n_levels, default=0)), dtype=np.bool_)
    for row, levels in zip(sets, data["level_sets"], strict=True):
        row[levels] = True
    kinds = {"threshold": np.float64, "value": np.float64, "missing_goes_left": np.bool_}
    arrays: dict[str, Any] = {
        name: np.array(data[name], dtype=kinds.get(name, np.int64))
        for name in TreeEnsemble._fields[1:]
        if name != "level_sets"
    }
    trees = TreeEnsemble(baseline=float(data["baseline"]), level_sets=sets, **arrays)
    fault = trees.fault(len(n_levels))
    if fault:
        raise ModelDocumentError(f"trees: expected nodes that lead from each root to leaves, got {fault}; write again")
    return trees


def _check_lengths(name: str, places: str, n: int, arrays: Mapping[str, Floats], is_ascending: bool) -> None:
    if not is_ascending or any(len(array) != n for array in arrays.values()):
        raise ModelDocumentError(
            f"{name}: expected ascending {places} and {n} numbers a bin list, got "
            f"{', '.join(f'{len(array)} {key}' for key, array in arrays.items())}; write the document again"
        )


KINDS = (
    ModelKind("histogram-naive-bayes", HistogramBayesFactor, _histogram_as_data, _histogram_from_data),
    ModelKind("additive", AdditiveBayesFactor, _additive_as_data, _additive_from_data),
    ModelKind("plain-logistic", PlainLogistic, _plain_as_data, _plain_from_data),
    ModelKind("boosted", BoostedBayesFactor, _boosted_as_data, _boosted_from_data),
)
