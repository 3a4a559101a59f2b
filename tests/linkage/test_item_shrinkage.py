"""Slopes are drawn to the line of the evidence weights, the less certain ones more."""

import numpy as np
import pytest

from linkage.item_shrinkage import steadied

WEIGHTS = np.array([1.0, 0.5, 0.25, 0.0])


def draws_of(slopes, sd, n=4000, seed=0):
    noise = np.random.default_rng(seed).standard_normal((len(slopes), n))
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, keepdims=True)
    return np.asarray(slopes)[:, None] + noise * np.asarray(sd)[:, None]


def test_slopes_on_the_line_stay_and_their_intervals_narrow():
    slopes = 200.0 * WEIGHTS
    draws = draws_of(slopes, [50.0] * 4)
    steady, drawn = steadied(slopes, draws, WEIGHTS)
    assert steady == pytest.approx(slopes)
    assert (drawn.std(axis=1) < draws.std(axis=1)).all()


def test_by_hand_with_scatter_that_chance_explains():
    # all sds 100: the line is sum(w s) / sum(w^2) = (200 + 60 + 10) / 1.3125, and the scatter is less than chance
    slopes = np.array([200.0, 120.0, 40.0, 10.0])
    steady, _ = steadied(slopes, draws_of(slopes, [100.0] * 4), WEIGHTS)
    # seven tenths of the way
    assert steady == pytest.approx(0.3 * slopes + 0.7 * 270 / 1.3125 * WEIGHTS)


def test_scatter_beyond_chance_is_believed_where_it_is_certain():
    slopes = np.array([200.0, 0.0, 150.0, 0.0])
    steady, _ = steadied(slopes, draws_of(slopes, [10.0, 10.0, 10.0, 10.0]), WEIGHTS)
    assert steady == pytest.approx(slopes, abs=5)
    loose, _ = steadied(slopes, draws_of(slopes, [10.0, 10.0, 80.0, 10.0]), WEIGHTS)
    assert 0.25 * 200 * 0.5 < loose[2] < 0.9 * 150


def test_it_comes_nearer_to_the_truth_on_average():
    rng, truth = np.random.default_rng(1), 150.0 * WEIGHTS + np.array([10.0, -20.0, 15.0, 0.0])
    errors = []
    for seed in range(200):
        slopes = truth + rng.standard_normal(4) * 60
        steady, _ = steadied(slopes, draws_of(slopes, [60.0] * 4, 200, seed), WEIGHTS)
        errors.append((np.square(slopes - truth).sum(), np.square(steady - truth).sum()))
    plain, better = np.mean(errors, axis=0)
    assert better < 0.7 * plain


def test_two_items_show_no_line_and_no_weights_draw_to_nothing():
    slopes, draws = np.array([10.0, 20.0]), draws_of([10.0, 20.0], [5.0, 5.0], 10)
    steady, drawn = steadied(slopes, draws, WEIGHTS[:2])
    assert steady.tolist() == slopes.tolist()
    assert drawn is draws
    slopes = np.array([10.0, -20.0, 15.0])
    steady, drawn = steadied(slopes, np.tile(slopes[:, None], 5), np.array([-0.1, -0.2, 0.0]))
    assert (np.abs(steady) < np.abs(slopes)).all()
    assert np.isfinite(drawn).all()
