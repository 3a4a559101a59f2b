"""Hyperparameters of the forest model learned from solved crimes that are left out."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from linkage.forest_learning import ForestLearned, ForestSettings, learn_forest
from linkage.forest_prior import forest_prior, parameters_of
from linkage.forest_walk import ForestError
from linkage.left_out_crimes import SharedOffenders
from linkage.link_graph import LinkGraph, link_graph

LongInts = npt.NDArray[np.int64]
SMALL = ForestSettings(n_left_out=30, n_warm_up=100, n_draws=60, n_threads=1)
PRIOR = forest_prior(-2.0)
COLUMNS = ["chain", "sweep", "new_series_log_weight", "exponent", "unsolved_factor"]


def simulated(seed: int, strength: float, n: int = 80, share_solved: float = 0.4) -> tuple[LinkGraph, SharedOffenders]:
    """Series of four crimes whose true links have log Bayes factors around ``strength``, false ones around 0."""
    rng = np.random.default_rng(seed)
    series = np.arange(n) // 4
    known = np.where(rng.random(n) < share_solved, series, -1)
    _, number = np.unique(known, return_inverse=True)
    known_cluster = number - 1 if np.any(known < 0) else number
    first, second = np.triu_indices(n, 1)
    is_true = series[first] == series[second]
    kept = is_true | (rng.random(first.size) < 0.03)
    log_bf = np.where(is_true, strength, 0.0) + rng.normal(0.0, 1.0, first.size)
    n_known = int(known_cluster.max()) + 1
    graph = link_graph(first[kept], second[kept], log_bf[kept], known_cluster, n_known)
    return graph, SharedOffenders(np.zeros(n_known + 1, np.int64), np.zeros(0, np.int64))


@pytest.fixture(scope="module")
def learned() -> ForestLearned:
    return learn_forest(*simulated(1, 4.0), PRIOR, SMALL, seed=1)


def test_the_prior_links_two_crimes_alone_as_the_pair_model_does() -> None:
    """Of two crimes alone the forests are: no link (weight 1), or a link with either one as root (weight w each)."""
    weight = np.exp(1.3 - PRIOR.new_series_log_weight_mean)
    assert 2.0 * weight == pytest.approx(np.exp(1.3 - 2.0))


def test_the_prior_density_falls_by_a_half_at_one_standard_deviation() -> None:
    theta = np.stack([PRIOR.mean, PRIOR.mean + np.array([0.0, 0.3, 0.0])])
    assert PRIOR.log_density(theta).tolist() == pytest.approx([0.0, -0.5])
    assert parameters_of(PRIOR.mean).exponent == 1.0


def test_draws_are_a_row_a_chain_and_sweep(learned: ForestLearned) -> None:
    assert list(learned.draws.columns) == COLUMNS
    assert len(learned.draws) == 4 * 60
    assert (learned.draws[["exponent", "unsolved_factor"]] > 0.0).all(axis=None)
    assert list(learned.diagnostics["quantity"]) == COLUMNS[2:]
    assert learned.reason is None


def test_equal_seeds_give_equal_draws_whatever_the_number_of_threads(learned: ForestLearned) -> None:
    settings = ForestSettings(**(vars(SMALL) | {"n_threads": 2}))
    again = learn_forest(*simulated(1, 4.0), PRIOR, settings, seed=1)
    pd.testing.assert_frame_equal(again.draws, learned.draws)


@pytest.mark.long
def test_evidence_that_misleads_is_given_less_weight() -> None:
    """Links of one series no stronger than others: a link needs more to found a series, or counts for less."""
    honest = learn_forest(*simulated(3, 5.0), PRIOR, SMALL, seed=1).mode
    noise = learn_forest(*simulated(3, 0.0), PRIOR, SMALL, seed=1).mode

    def log_weight(log_bf: float) -> tuple[float, float]:
        return tuple(m.exponent * log_bf - m.new_series_log_weight for m in (honest, noise))  # type: ignore[return-value]

    strong_honest, strong_noise = log_weight(5.0)
    assert strong_honest > strong_noise + 0.5


def test_the_surface_follows_the_log_posterior(learned: ForestLearned) -> None:
    assert learned.surface_error < 0.2


def test_without_solved_crimes_the_draws_are_the_priors() -> None:
    graph = link_graph(np.array([0]), np.array([1]), np.array([2.0]), np.array([-1, -1]), 0)
    found = learn_forest(graph, SharedOffenders(np.zeros(1, np.int64), np.zeros(0, np.int64)), PRIOR, SMALL)
    assert found.reason == "no crime is solved: the hyperparameters are the prior's"
    assert np.isnan(found.known_share)
    assert found.draws["new_series_log_weight"].mean() == pytest.approx(PRIOR.mean[0], abs=5.0 / np.sqrt(240))
    assert np.log(found.draws["exponent"]).std() == pytest.approx(0.3, rel=0.25)


def test_known_groups_of_one_crime_each_teach_nothing() -> None:
    graph = link_graph(np.array([0, 1]), np.array([1, 2]), np.array([2.0, 1.0]), np.array([0, 1, -1]), 2)
    found = learn_forest(graph, SharedOffenders(np.zeros(3, np.int64), np.zeros(0, np.int64)), PRIOR, SMALL)
    assert found.reason == "no solved crime has a known partner: the hyperparameters are the prior's"
    assert found.n_left_out == 0


def test_a_force_without_unsolved_crimes_can_still_be_learned_from() -> None:
    found = learn_forest(*simulated(4, 4.0, n=40, share_solved=1.1), PRIOR, SMALL, seed=1)
    assert found.known_share == 0.5
    assert found.n_left_out == found.n_with_known == 30
    assert np.isfinite(found.draws[COLUMNS[2:]]).all(axis=None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_left_out": 0}, "n_left_out: expected 1 or more, got 0"),
        ({"n_draws": 3}, "n_draws: expected 4 or more, got 3"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ForestError, match=message):
        ForestSettings(**settings)  # type: ignore[arg-type]
