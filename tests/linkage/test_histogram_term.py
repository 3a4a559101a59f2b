"""Bins of continuous evidence, against a search of sorted edges."""

import numpy as np
import pandas as pd
import pytest

from linkage.histogram_term import bin_edges, continuous_bins, fit_levels


def _searched(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    bins = np.searchsorted(edges, values, side="left") - 1
    bins[values == edges[0]] = 0
    bins[(values < edges[0]) | (values > edges[-1])] = -1
    bins[np.isnan(values)] = -2
    return bins


@pytest.mark.parametrize("n_bins", [1, 2, 3, 15, 40])
@pytest.mark.parametrize("partition", ["quantile", "width"])
def test_the_bin_of_a_value_is_where_a_search_of_the_edges_ends(n_bins, partition):
    values = np.random.default_rng(n_bins).gamma(2.0, 10.0, 5000)
    edges = bin_edges(values, n_bins, partition)
    beside = [np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf)]
    strange = np.concatenate([*beside, values, [np.nan, np.inf, -np.inf, -0.0]])
    np.testing.assert_array_equal(continuous_bins(strange, edges), _searched(strange, edges))


def test_a_variable_of_one_value_has_one_bin_of_no_width():
    edges = bin_edges(np.full(9, 3.0), 15, "quantile")
    np.testing.assert_array_equal(continuous_bins(np.array([3.0, 2.0, 4.0, np.nan]), edges), [0, -1, -1, -2])


def test_values_of_a_strided_column_and_a_read_only_one_are_binned_alike():
    table = np.arange(20.0).reshape(10, 2)
    frozen = table[:, 0].copy()
    frozen.flags.writeable = False
    edges = np.array([0.0, 5.0, 18.0])
    np.testing.assert_array_equal(continuous_bins(table[:, 0], edges), continuous_bins(frozen, edges))


def test_only_levels_that_occur_are_learned():
    values = pd.Series(pd.Categorical(["b", "missing", "b", None], categories=["a", "b", "missing", "c"]))
    term = fit_levels(values, np.array([True, True, False, False]), np.ones(4), df=2.0, with_missing=True)
    assert term.levels == ("b",)
    assert term.has_missing_bin
    nothing = fit_levels(values[3:], np.array([True]), np.ones(1), df=2.0, with_missing=False)
    assert nothing.levels == ()
