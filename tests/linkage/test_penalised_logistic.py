"""The additive fit is the optimum of its objective, as general optimisers and scikit-learn find it."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from linkage.penalised_logistic import fit_logistic
from linkage.spline_design import FALLING, FREE, RISING, bounds, make_variable, penalty_matrix, step_matrix

N = 160


def _pairs(seed=0):
    rng = np.random.default_rng(seed)
    linked = rng.random(N) < 0.35
    near = np.where(linked, rng.exponential(1.0, N), rng.exponential(3.0, N))
    near[rng.random(N) < 0.15] = np.nan
    alike = np.where(rng.random(N) < np.where(linked, 0.6, 0.5), "match", "differ").astype(object)
    alike[rng.random(N) < 0.1] = None
    group = rng.choice(["u", "v", "w"], N).astype(object)
    evidence = {"near": near, "alike": alike, "group": group, "noise": rng.random(N)}
    return pd.DataFrame(evidence), linked, rng.choice([0.5, 1.0, 2.0], N)


def _variables(evidence, linked, weight, directions, learns_missing=False, n_knots=5):
    return [
        make_variable(evidence[name], linked, weight, n_knots, direction, learns_missing)
        for name, direction in directions.items()
    ]


class _Plainly:
    """The objective once more, dense and slow: minus the log likelihood, and what steps and bends cost."""

    def __init__(self, variables, linked, weight, shrinkage, smoothness):
        self.variables, self.linked, self.weight = variables, linked, weight
        self.steps = [step_matrix(one) for one in variables]
        self.penalties = [penalty_matrix(one, shrinkage, smoothness) for one in variables]
        self.cuts = np.cumsum([matrix.shape[1] for matrix in self.steps])[:-1]

    def values_of_pairs(self, values, variable):
        padded = np.append(values, [0.0, 0.0])
        at = np.maximum(variable.position, 0)
        found = padded[at] + variable.share * (padded[at + 1] - padded[at])
        return np.where(variable.position >= 0, found, 0.0)

    def normalised(self, parameters):
        found = []
        for variable, steps, part in zip(self.variables, self.steps, np.split(parameters, self.cuts), strict=True):
            values = steps @ part
            used = ~self.linked & (variable.position >= 0)
            of_pairs = self.values_of_pairs(values, variable)[used]
            found.append(values - logsumexp(of_pairs, b=self.weight[used] / self.weight[used].sum()))
        return found

    def __call__(self, everything):
        intercept, parameters = everything[0], everything[1:]
        eta = np.full(N, intercept)
        for variable, values in zip(self.variables, self.normalised(parameters), strict=True):
            eta += self.values_of_pairs(values, variable)
        loss = self.weight @ np.where(self.linked, np.logaddexp(0.0, -eta), np.logaddexp(0.0, eta))
        costs = [p @ m @ p for p, m in zip(np.split(parameters, self.cuts), self.penalties, strict=True)]
        return loss + 0.5 * sum(costs)

    def best(self):
        low, high = bounds(self.variables)
        limits = [(None, None), *zip(low, high, strict=True)]
        start = np.zeros(len(limits))
        options = {"maxiter": 20_000, "maxfun": 2_000_000, "ftol": 1e-15, "gtol": 1e-9}
        return minimize(self, start, bounds=limits, method="L-BFGS-B", options=options)


@pytest.mark.parametrize("learns_missing", [False, True])
@pytest.mark.parametrize(
    "directions",
    [
        {"near": FREE, "group": FREE},
        {"near": FALLING, "alike": FREE, "noise": RISING},
        {"noise": FALLING, "near": RISING},
    ],
)
def test_no_optimiser_finds_a_better_fit(directions, learns_missing):
    evidence, linked, weight = _pairs()
    variables = _variables(evidence, linked, weight, directions, learns_missing)
    fitted = fit_logistic(variables, linked, weight, 0.2, 0.4)
    plainly = _Plainly(variables, linked, weight, 0.2, 0.4)
    found = plainly.best()
    for mine, theirs in zip(fitted.log_bf, plainly.normalised(found.x[1:]), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-3)
    assert fitted.intercept == pytest.approx(found.x[0], abs=2e-3)
    assert _objective(plainly, fitted) <= found.fun * (1.0 + 1e-7)


def _objective(plainly, fitted):
    """Return the objective of a fit, whose parameters follow from its values: steps, or levels about any constant."""
    parameters = []
    for variable, steps, values in zip(plainly.variables, plainly.steps, fitted.log_bf, strict=True):
        is_free = not (len(variable.knots) or len(variable.width))
        # A constant changes no value once k is subtracted; the penalty of levels chooses it, at their mean of 0.
        about = values.mean() if is_free else values[0]
        parameters.append(np.linalg.lstsq(steps, values - about, rcond=None)[0])
    return plainly(np.concatenate([[fitted.intercept], *parameters]))


def test_bounds_hold_where_the_evidence_goes_the_other_way():
    evidence, linked, weight = _pairs()
    (variable,) = _variables(evidence, linked, weight, {"near": RISING})
    fitted = fit_logistic([variable], linked, weight, 0.2, 0.4)
    np.testing.assert_allclose(fitted.log_bf[0], 0.0, atol=1e-12)
    assert fitted.intercept == pytest.approx(np.log(weight[linked].sum() / weight[~linked].sum()), abs=1e-9)
    (other,) = _variables(evidence, linked, weight, {"near": FALLING})
    assert (np.diff(fit_logistic([other], linked, weight, 0.2, 0.4).log_bf[0]) <= 0).all()


def test_without_a_penalty_two_knots_are_a_plain_logistic_regression():
    evidence, linked, weight = _pairs()
    x = evidence[["noise"]].assign(other=np.random.default_rng(9).normal(size=N) + linked)
    variables = _variables(x, linked, weight, {"noise": FREE, "other": FREE}, n_knots=2)
    fitted = fit_logistic(variables, linked, weight, 1e-9, 1e-9)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(x, linked, sample_weight=weight)
    for variable, log_bf, slope in zip(variables, fitted.log_bf, theirs.coef_[0], strict=True):
        assert np.diff(log_bf)[0] / np.diff(variable.knots)[0] == pytest.approx(slope, rel=1e-4)
    eta = fitted.intercept + sum(
        np.interp(x[one.name], one.knots, log_bf) for one, log_bf in zip(variables, fitted.log_bf, strict=True)
    )
    np.testing.assert_allclose(eta, theirs.decision_function(x), atol=1e-4)


def test_each_variable_averages_a_bayes_factor_of_one_over_unlinked_pairs():
    evidence, linked, weight = _pairs()
    directions = {"near": FALLING, "alike": FREE, "group": FREE, "noise": FREE}
    variables = _variables(evidence, linked, weight, directions)
    fitted = fit_logistic(variables, linked, weight, 0.2, 0.4)
    plainly = _Plainly(variables, linked, weight, 0.2, 0.4)
    for variable, log_bf in zip(variables, fitted.log_bf, strict=True):
        used = ~linked & (variable.position >= 0)
        bf = np.exp(plainly.values_of_pairs(log_bf, variable)[used])
        assert np.average(bf, weights=weight[used]) == pytest.approx(1.0, abs=1e-12)


def test_places_weigh_what_their_pairs_do():
    evidence, linked, weight = _pairs()
    (variable,) = _variables(evidence, linked, weight, {"near": FALLING})
    fitted = fit_logistic([variable], linked, weight, 0.2, 0.4)
    present = evidence["near"].notna()
    assert fitted.n_linked[0].sum() == pytest.approx(weight[linked & present].sum())
    assert fitted.n_unlinked[0].sum() == pytest.approx(weight[~linked & present].sum())


def test_many_pairs_give_what_their_weights_give_though_a_sample_of_them_leads():
    evidence, linked, weight = _pairs()
    times = 1_000
    few = _variables(evidence, linked, weight * times, {"near": FALLING, "group": FREE})
    rows = np.tile(np.arange(N), times)
    some, weight_each = evidence.iloc[rows].reset_index(drop=True), weight[rows]
    many = _variables(some, linked[rows], weight_each, {"near": FALLING, "group": FREE})
    expected = fit_logistic(few, linked, weight * times, 0.2, 0.4)
    found = fit_logistic(many, linked[rows], weight_each, 0.2, 0.4)
    assert found.n_steps < expected.n_steps
    assert found.intercept == pytest.approx(expected.intercept, abs=1e-6)
    for mine, theirs in zip(found.log_bf, expected.log_bf, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


def test_separated_classes_stay_finite():
    linked = np.arange(N) < 40
    x = pd.DataFrame({"x": np.where(linked, 1.0, 2.0), "y": np.arange(N, dtype=float)})
    variables = _variables(x, linked, np.ones(N), {"x": FREE, "y": FREE})
    fitted = fit_logistic(variables, linked, np.ones(N), 1e-6, 1e-6)
    assert np.isfinite(np.concatenate(fitted.log_bf)).all()
    assert fitted.log_bf[0][0] > fitted.log_bf[0][-1]
