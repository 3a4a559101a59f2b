"""Histogram naive Bayes: how many times likelier each piece of evidence is among linked than unlinked pairs.

What is learned of each variable, bin by bin, is in `linkage.histogram_term`; here are the variables together.
Source: Porter (2015), crimelinkage 0.0.4, function naiveBayes.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.histogram_term import (
    BayesFactorError,
    BayesFactorTerm,
    Floats,
    as_floats,
    bin_edges,
    fit_continuous,
    fit_levels,
)

__all__ = ["BayesFactorError", "BayesFactorTerm", "HistogramBayesFactor"]

Setting = TypeVar("Setting", int, float, str)


class HistogramBayesFactor:
    """Naive Bayes over binned evidence, giving a log Bayes factor in favour of a common offender.

    Parameters
    ----------
    n_bins : int or mapping of column to int
        Bins of a continuous variable. A mapping may leave columns out; they get 15.
    df : float or mapping of column to float
        Degrees of freedom to which the bin shares are smoothed, above 1. A mapping may leave columns out: 10.
    partition : {"quantile", "width"} or mapping of column to one of them
        Bins of equal numbers of training pairs or of equal width.
    missing : {"neutral", "bin"}
        Missing evidence contributes 0, or has a bin of its own where training pairs lack it.

    Attributes
    ----------
    terms_ : dict of str to BayesFactorTerm
        One a variable, in the order of the evidence columns.

    Notes
    -----
    Numeric columns are continuous, any others categorical. The sum over variables leaves the prior odds out.
    """

    def __init__(
        self,
        n_bins: int | Mapping[str, int] = 15,
        df: float | Mapping[str, float] = 10.0,
        partition: str | Mapping[str, str] = "quantile",
        missing: str = "neutral",
    ) -> None:
        self.n_bins = n_bins
        self.df = df
        self.partition = partition
        self.missing = missing

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's arguments, as scikit-learn asks; `deep` changes nothing here."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

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

    def fit(self, evidence: pd.DataFrame, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn a Bayes factor for each bin of each evidence column.

        Parameters
        ----------
        evidence : DataFrame, one row a pair
        is_linked : array_like, bool
        sample_weight : array_like, float, optional
            1 when left out.

        Raises
        ------
        BayesFactorError
            A setting is out of range, lengths differ, or one class has no weight.
        """
        linked, weight = _checked_labels(len(evidence), is_linked, sample_weight)
        if self.missing not in ("neutral", "bin"):
            raise BayesFactorError(f"missing: expected neutral or bin, got {self.missing!r}; choose one of these")
        self.terms_ = {str(name): self._fit_column(evidence[name], linked, weight) for name in evidence.columns}
        return self

    def decision_function(self, evidence: pd.DataFrame) -> Floats:
        """Return the natural log Bayes factor of each pair, without the prior odds.

        Raises
        ------
        BayesFactorError
            The model is not fitted or an evidence column is missing.
        """
        total = np.zeros(len(evidence))
        for name, term in self._terms_for(evidence).items():
            total += term.score(evidence[name])
        return total

    def log_bf_terms(self, evidence: pd.DataFrame) -> pd.DataFrame:
        """Return what each variable contributes to the log Bayes factor; one column a variable."""
        terms = self._terms_for(evidence)
        scores = {name: term.score(evidence[name]) for name, term in terms.items()}
        return pd.DataFrame(scores, index=evidence.index)

    def _fit_column(self, values: pd.Series, linked: npt.NDArray[np.bool_], weight: Floats) -> BayesFactorTerm:
        name = str(values.name)
        df = float(_setting(self.df, name, 10.0))
        with_missing = self.missing == "bin"
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            return fit_levels(values, linked, weight, df, with_missing)
        n_bins, partition = int(_setting(self.n_bins, name, 15)), str(_setting(self.partition, name, "quantile"))
        edges = bin_edges(as_floats(values), n_bins, partition)
        return fit_continuous(as_floats(values), linked, weight, edges, df, with_missing)

    def _terms_for(self, evidence: pd.DataFrame) -> dict[str, BayesFactorTerm]:
        if not hasattr(self, "terms_"):
            raise BayesFactorError("model: expected a fitted model, got one without terms; call fit or from_document")
        absent = [name for name in self.terms_ if name not in evidence.columns]
        if absent:
            raise BayesFactorError(
                f"evidence: expected columns {', '.join(self.terms_)}, got none named {', '.join(absent)}; "
                "make the evidence with the specification that the model was trained with"
            )
        return self.terms_


def _setting(setting: Setting | Mapping[str, Setting], name: str, default: Setting) -> Setting:
    return setting.get(name, default) if isinstance(setting, Mapping) else setting


def _checked_labels(
    n: int, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.bool_], Floats]:
    linked = np.asarray(is_linked).astype(np.bool_)
    weight = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if linked.shape != (n,) or weight.shape != (n,):
        raise BayesFactorError(
            f"is_linked, sample_weight: expected {n} values, got shapes {linked.shape} and {weight.shape}; align them"
        )
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise BayesFactorError("sample_weight: expected finite weights of 0 or more, got others; correct them")
    if not (weight[linked].sum() > 0 and weight[~linked].sum() > 0):
        raise BayesFactorError(
            f"is_linked: expected linked and unlinked pairs with weight, got {int(linked.sum())} linked of {n}; "
            "supply a model document where the extract has no labels"
        )
    return linked, weight
