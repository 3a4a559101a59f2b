"""What every model of this library is: a scikit-learn estimator that turns evidence into a log Bayes factor.

scikit-learn itself is imported only where it asks for something: importing it costs more than reading a model.
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.histogram_term import BayesFactorError, as_floats, is_continuous

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BASE = "base"
"""The term that is the same for every pair: what the variables say together beyond what each says by itself."""


class LinkEstimator:
    """Base of the models: parameters by name, checked input, and a decision at even prior odds.

    A subclass names its parameters in `__init__`, which only stores them, and gives `_fit(evidence, linked, weight)`
    and `_log_bf(evidence)`; a `SumOfTerms` gives `terms_` instead of the latter.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        The labels seen; the second, in order, stands for a linked pair.
    feature_names_in_ : ndarray of str
        Evidence columns, in order; x0, x1, ... where an array was given.
    n_features_in_ : int
    """

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({settings})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's arguments, as scikit-learn asks; `deep` changes nothing here."""
        names = inspect.signature(type(self)).parameters
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: object) -> Self:
        """Set constructor arguments by name.

        Raises
        ------
        BayesFactorError
            A name is not an argument.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise BayesFactorError(f"parameter: expected one of {', '.join(known)}, got {name!r}; correct the name")
            setattr(self, name, value)
        return self

    def fit(
        self,
        evidence: pd.DataFrame | npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Learn from pairs of which it is known whether they are linked.

        Parameters
        ----------
        evidence : DataFrame, one row a pair, or array, shape (n_pairs, n_columns)
            Numeric columns are continuous, any others categorical.
        y : array_like of two labels, usually bool
            Whether each pair is linked; scikit-learn gives the name.
        sample_weight : array_like, float, optional
            1 when left out.

        Raises
        ------
        BayesFactorError
            A setting is out of range, lengths differ, a number is infinite, or one class has no weight.
        """
        self._fit(*self._checked(evidence, y, sample_weight))
        return self

    def decision_function(self, evidence: pd.DataFrame | npt.ArrayLike) -> Floats:
        """Return the natural log Bayes factor of each pair, without the prior odds.

        Raises
        ------
        BayesFactorError
            The model is not fitted or an evidence column is missing.
        """
        return self._log_bf(self._known_columns(evidence))

    def predict(self, evidence: pd.DataFrame | npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the label that the evidence alone speaks for, which is the decision at even prior odds.

        Links are rare: use `decision_function` with the prior odds of the pairs at hand to judge one.
        """
        favours_link = self.decision_function(evidence) > 0
        return self.classes_[favours_link.astype(np.int64)]

    def log_bf_terms(self, evidence: pd.DataFrame | npt.ArrayLike) -> pd.DataFrame:
        """Return what each variable contributes to the log Bayes factor; the columns add up to it."""
        return self._log_bf_terms(self._known_columns(evidence))

    def _fit(self, evidence: pd.DataFrame, linked: Flags, weight: Floats) -> None:
        raise NotImplementedError

    def _log_bf(self, evidence: pd.DataFrame) -> Floats:
        raise NotImplementedError

    def _log_bf_terms(self, evidence: pd.DataFrame) -> pd.DataFrame:
        raise BayesFactorError(
            f"{type(self).__name__}: expected a model that adds up over variables, got one whose variables act "
            "together; explain links with the additive or the histogram model"
        )

    def _checked(
        self, evidence: pd.DataFrame | npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None
    ) -> tuple[pd.DataFrame, Flags, Floats]:
        """Return what `_fit` takes, and record the columns and the classes."""
        frame = _as_frame(evidence)
        _check_columns(frame)
        classes, linked = _two_classes(y)
        weight = _checked_weight(len(frame), linked, sample_weight)
        self.remember(frame.columns, classes)
        return frame, linked, weight

    def _known_columns(self, evidence: pd.DataFrame | npt.ArrayLike) -> pd.DataFrame:
        """Return the evidence as a frame that has every column of the model, and perhaps others."""
        if not hasattr(self, "feature_names_in_"):
            raise _not_fitted(self)
        frame = _as_frame(evidence)
        if not isinstance(evidence, pd.DataFrame) and frame.shape[1] != self.n_features_in_:
            raise BayesFactorError(
                f"evidence: expected {self.n_features_in_} columns, got another number (X has {frame.shape[1]} "
                f"features, but {type(self).__name__} is expecting {self.n_features_in_} features as input); "
                "give the columns that the model was trained with, in their order"
            )
        absent = [name for name in self.feature_names_in_ if name not in frame.columns]
        if absent:
            raise BayesFactorError(
                f"evidence: expected columns {', '.join(self.feature_names_in_)}, got none named {', '.join(absent)}; "
                "make the evidence with the specification that the model was trained with"
            )
        return frame

    def remember(self, columns: Iterable[str], classes: npt.NDArray[Any] | None = None) -> None:
        """Record the columns that the model was fitted on, also where it is read from a document."""
        self.classes_ = np.array([False, True]) if classes is None else classes
        self.feature_names_in_ = np.array(list(columns), dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(allow_nan=True),
        )


class SumOfTerms(LinkEstimator):
    """A model that adds up over variables: one term each, and a base where it has one.

    Attributes
    ----------
    terms_ : dict of str to a term with a method `score(values)`
    base_log_bf_ : float, of some models
        The same for every pair.
    """

    terms_: Mapping[str, Any]

    def _log_bf(self, evidence: pd.DataFrame) -> Floats:
        total = np.full(len(evidence), getattr(self, "base_log_bf_", 0.0))
        for name, term in self.terms_.items():
            total += term.score(evidence[name])
        return total

    def _log_bf_terms(self, evidence: pd.DataFrame) -> pd.DataFrame:
        scores = {name: term.score(evidence[name]) for name, term in self.terms_.items()}
        if hasattr(self, "base_log_bf_"):
            scores[BASE] = np.full(len(evidence), self.base_log_bf_)
        return pd.DataFrame(scores, index=evidence.index)


def _not_fitted(model: LinkEstimator) -> Exception:
    """Return the error of a model that is not fitted, which is scikit-learn's as well as ours."""
    from sklearn.exceptions import NotFittedError

    class UnfittedModelError(BayesFactorError, NotFittedError):
        """The model has learned nothing yet."""

    return UnfittedModelError(
        f"model: expected a fitted model, got a {type(model).__name__} without terms; call fit or from_document"
    )


def _as_frame(evidence: pd.DataFrame | npt.ArrayLike) -> pd.DataFrame:
    if isinstance(evidence, pd.DataFrame):
        return evidence if all(isinstance(name, str) for name in evidence) else evidence.rename(columns=str)
    from sklearn.utils.validation import check_array

    values = check_array(evidence, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=1)
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])


def _check_columns(frame: pd.DataFrame) -> None:
    """Refuse evidence that no model can learn from: a name that is there twice, or an infinite number."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()]
        raise BayesFactorError(f"evidence: expected each column once, got {', '.join(twice)} again; name it once")
    infinite = [name for name in frame if is_continuous(frame[name]) and np.isinf(as_floats(frame[name])).any()]
    if infinite:
        raise BayesFactorError(
            f"evidence: expected finite numbers or missing ones, got infinite in {', '.join(map(str, infinite))}; "
            "make what is not known missing"
        )


def _two_classes(y: npt.ArrayLike) -> tuple[npt.NDArray[Any], Flags]:
    labels = _one_label_each(y)
    if labels.dtype == bool:
        return np.array([False, True]), labels
    classes = np.unique(labels)
    if len(classes) > 2:
        is_continuous = labels.dtype.kind == "f" and bool((labels != np.floor(labels)).any())
        raise BayesFactorError(
            "is_linked: expected two labels, linked or not. Only binary classification is supported, "
            + (
                "got Unknown label type: continuous; say of each pair whether it is linked"
                if is_continuous
                else f"got {len(classes)} labels; compare one with the rest"
            )
        )
    if len(classes) < 2:  # which the check of the weights refuses in words
        return classes, np.full(labels.shape, bool(len(classes) and classes[0]))
    return classes, np.asarray(labels == classes[1], dtype=np.bool_)


def _one_label_each(y: npt.ArrayLike) -> npt.NDArray[Any]:
    if y is None:
        raise BayesFactorError(
            "is_linked: expected a label for each pair, got none (the model requires y to be passed, but the target "
            "y is None); say of each pair whether it is linked"
        )
    labels = y.to_numpy() if isinstance(y, pd.Series) else np.asarray(y)
    if labels.ndim == 1:
        return labels
    from sklearn.utils.validation import column_or_1d

    return np.asarray(column_or_1d(labels, warn=True))


def _checked_weight(n: int, linked: Flags, sample_weight: npt.ArrayLike | None) -> Floats:
    weight = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if linked.shape != (n,) or weight.shape != (n,):
        raise BayesFactorError(
            f"is_linked, sample_weight: expected {n} values, got shapes {linked.shape} and {weight.shape}; align them"
        )
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise BayesFactorError("sample_weight: expected finite weights of 0 or more, got others; correct them")
    if n and not weight.any():
        raise BayesFactorError("sample_weight: expected a weight above zero, got zero for every pair; correct them")
    if not (weight[linked].sum() > 0 and weight[~linked].sum() > 0):
        raise BayesFactorError(
            f"is_linked: expected linked and unlinked pairs with weight, got {int(linked.sum())} linked of {n}; "
            "one class teaches nothing: supply a model document where the extract has no labels"
        )
    return weight


def setting_of(setting: Any, name: str, default: Any) -> Any:
    """Return a setting that may differ by column: a mapping's entry or the default, anything else as it is."""
    return setting.get(name, default) if isinstance(setting, Mapping) else setting
