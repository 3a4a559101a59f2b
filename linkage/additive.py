"""Additive Bayes factors: a smooth log Bayes factor for each evidence variable, fitted together.

Naive Bayes learns each variable by itself and counts twice what two variables both say. Fitted together they share
it out, and a link still decomposes item by item. Source of the form: generalised additive models, Hastie and
Tibshirani (1990); penalties on steps and bends, Eilers and Marx (1996).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from linkage.estimator import BASE, SumOfTerms, setting_of
from linkage.histogram_term import BayesFactorError
from linkage.penalised_logistic import fit_logistic
from linkage.smooth_term import SmoothTerm
from linkage.spline_design import FREE, Flags, Floats, Variable, make_variable, natural_direction

__all__ = ["BASE", "AdditiveBayesFactor"]


DECIMALS = 8
"""Of what is learned. The last bits differ from one processor's linear algebra to another's, and models should not."""


class AdditiveBayesFactor(SumOfTerms):
    """Penalised additive logistic model, giving a log Bayes factor in favour of a common offender.

    Parameters
    ----------
    n_knots : int or mapping of column to int
        Knots of a continuous variable, at least 2. A mapping may leave columns out; they get 12.
    shrinkage : float
        What a variable's swing costs: a log Bayes factor that goes steadily from 0 to r over all pairs costs
        shrinkage r^2 / 2 in log likelihood. It stands for a normal prior on r with standard deviation
        shrinkage^-1/2.
    smoothness : float
        What a bend costs, in the same way.
    monotone : bool
        Whether nearness and likeness may only speak for a link (`linkage.spline_design.natural_direction`).
    missing : {"neutral", "bin"}
        Missing evidence contributes 0, or what training pairs that lack it say.

    Attributes
    ----------
    terms_ : dict of str to SmoothTerm
        One a variable, in the order of the evidence columns. Each averages a Bayes factor of 1 over unlinked pairs.
    base_log_bf_ : float
        Added to every pair: evidence that comes together says less (or more) than its parts.
    n_iter_ : int
        Newton steps of the fit.
    """

    def __init__(
        self,
        n_knots: int | Mapping[str, int] = 12,
        shrinkage: float = 0.1,
        smoothness: float = 0.3,
        monotone: bool = True,
        missing: str = "neutral",
    ) -> None:
        self.n_knots = n_knots
        self.shrinkage = shrinkage
        self.smoothness = smoothness
        self.monotone = monotone
        self.missing = missing

    def _fit(self, evidence: pd.DataFrame, linked: Flags, weight: Floats) -> None:
        self._check_settings()
        used = weight > 0
        if not used.all():  # a pair that counts nothing must place no knot and name no level
            evidence, linked, weight = evidence[used], linked[used], weight[used]
        variables = [self._variable(evidence[name], linked, weight) for name in evidence.columns]
        fitted = fit_logistic(variables, linked, weight, self.shrinkage, self.smoothness)
        base = fitted.intercept - float(np.log(weight[linked].sum() / weight[~linked].sum()))
        self.base_log_bf_ = round(base, DECIMALS)
        self.n_iter_ = fitted.n_steps
        self.terms_ = {
            one.name: _term(one, np.round(log_bf, DECIMALS), *counted)
            for one, log_bf, *counted in zip(variables, fitted.log_bf, fitted.n_linked, fitted.n_unlinked, strict=True)
        }

    def _check_settings(self) -> None:
        if self.missing not in ("neutral", "bin"):
            raise BayesFactorError(f"missing: expected neutral or bin, got {self.missing!r}; choose one of these")
        for name in ("shrinkage", "smoothness"):
            if not getattr(self, name) > 0:
                raise BayesFactorError(f"{name}: expected more than 0, got {getattr(self, name)}; 0.1 is usual")

    def _variable(self, values: pd.Series, linked: Flags, weight: Floats) -> Variable:
        name = str(values.name)
        n_knots = int(setting_of(self.n_knots, name, 12))
        if n_knots < 2:
            raise BayesFactorError(f"n_knots: expected 2 or more, got {n_knots} for {name}; 12 is usual")
        direction = natural_direction(name) if self.monotone else FREE
        return make_variable(values, linked, weight, n_knots, direction, self.missing == "bin")


def _term(variable: Variable, log_bf: Floats, n_linked: Floats, n_unlinked: Floats) -> SmoothTerm:
    n = len(log_bf) - variable.learns_missing
    missing = float(log_bf[-1]) if variable.learns_missing else 0.0
    return SmoothTerm(variable.knots, variable.levels, log_bf[:n], missing, n_linked[:n], n_unlinked[:n])
