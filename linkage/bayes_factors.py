"""Histogram naive Bayes: how many times likelier each piece of evidence is among linked than unlinked pairs.

What is learned of each variable, bin by bin, is in `linkage.histogram_term`; here are the variables together.
Source: Porter (2015), crimelinkage 0.0.4, function naiveBayes.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.estimator import SumOfTerms, setting_of
from linkage.histogram_term import (
    BayesFactorError,
    BayesFactorTerm,
    Floats,
    as_floats,
    bin_edges,
    fit_continuous,
    fit_levels,
    is_continuous,
)

__all__ = ["BayesFactorError", "BayesFactorTerm", "HistogramBayesFactor"]


class HistogramBayesFactor(SumOfTerms):
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

    def _fit(self, evidence: pd.DataFrame, linked: npt.NDArray[np.bool_], weight: Floats) -> None:
        if self.missing not in ("neutral", "bin"):
            raise BayesFactorError(f"missing: expected neutral or bin, got {self.missing!r}; choose one of these")
        self.terms_ = {str(name): self._fit_column(evidence[name], linked, weight) for name in evidence.columns}

    def _fit_column(self, values: pd.Series, linked: npt.NDArray[np.bool_], weight: Floats) -> BayesFactorTerm:
        name = str(values.name)
        df = float(setting_of(self.df, name, 10.0))
        with_missing = self.missing == "bin"
        if not is_continuous(values):
            return fit_levels(values, linked, weight, df, with_missing)
        n_bins, partition = int(setting_of(self.n_bins, name, 15)), str(setting_of(self.partition, name, "quantile"))
        edges = bin_edges(as_floats(values), n_bins, partition)
        return fit_continuous(as_floats(values), linked, weight, edges, df, with_missing)
