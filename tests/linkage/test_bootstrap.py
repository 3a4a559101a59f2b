"""Resamples of groups of offenders: what they count, what they cover, and differences within them."""

import numpy as np
import pandas as pd
import pytest

from linkage.bootstrap import (
    PairGroups,
    bootstrap_pairs,
    bootstrap_rows,
    group_draws,
    intervals,
    pair_groups,
    pair_multiplicity,
    paired_differences,
)
from linkage.evaluation_inputs import EvaluationError
from linkage.ranking_metrics import auc, prevalence


def share_linked(log_odds, is_linked, weight) -> float:
    return prevalence(is_linked, weight)


def force(seed: int, n_groups: int = 40) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """Return all pairs of three crimes a group, the groups, and a score whose level varies from group to group."""
    rng = np.random.default_rng(seed)
    crimes = pd.Series(np.repeat(np.arange(n_groups), 3).astype(str), index=[f"C{i:03d}" for i in range(3 * n_groups)])
    first, second = np.triu_indices(len(crimes), 1)
    pairs = pd.DataFrame({"crime_id_1": crimes.index[first], "crime_id_2": crimes.index[second]})
    linked = crimes.to_numpy()[first] == crimes.to_numpy()[second]
    habit, chance = rng.normal(size=n_groups), rng.normal(size=len(pairs))
    number = crimes.to_numpy().astype(int)
    return pairs.assign(is_linked=linked), crimes, habit[number[first]] + habit[number[second]] + linked + chance


def test_a_pair_counts_as_often_as_the_drawn_population_holds_it():
    # Group 0 drawn twice, 1 once, 2 thrice, 3 not at all.
    times = np.array([2, 1, 3, 0])
    groups = PairGroups(np.array([0, 0, 0, 2, 3, 0]), np.array([0, 1, 2, 2, 3, 3]))
    assert pair_multiplicity(times, groups).tolist() == [2, 2 * 1, 2 * 3, 3, 0, 0]


def test_multiplicities_are_those_of_a_population_put_together_crime_by_crime():
    rng = np.random.default_rng(3)
    group = np.array([0, 0, 1, 1, 1, 2, 3])
    times = group_draws(4, 1, rng)[0]
    copies = [(crime, copy) for crime in range(7) for copy in range(times[group[crime]])]
    counted = np.zeros((7, 7), dtype=int)
    for i, (one, copy) in enumerate(copies):
        for other, its_copy in copies[i + 1 :]:
            if group[one] != group[other] or (copy == its_copy and one != other):
                counted[min(one, other), max(one, other)] += 1
    first, second = np.triu_indices(7, 1)
    got = pair_multiplicity(times, PairGroups(group[first], group[second]))
    assert got.tolist() == counted[first, second].tolist()


def test_as_many_groups_are_drawn_as_there_are():
    draws = group_draws(12, 500, np.random.default_rng(0))
    assert draws.shape == (500, 12)
    assert (draws.sum(axis=1) == 12).all()
    assert draws.mean() == 1.0
    assert group_draws(0, 3, np.random.default_rng(0)).shape == (3, 0)


def test_groups_of_pairs_follow_names_not_rows():
    pairs, groups, _ = force(0, 4)
    found = pair_groups(pairs, groups)
    assert found.n_groups == 4
    np.testing.assert_array_equal(found.first == found.second, pairs["is_linked"])
    order = np.random.default_rng(0).permutation(len(pairs))
    again = pair_groups(pairs.iloc[order], groups.sample(frac=1, random_state=0))
    np.testing.assert_array_equal(again.first, found.first[order])
    with pytest.raises(EvaluationError, match="got 11 crimes without"):
        pair_groups(pairs, groups.iloc[1:])


def test_draw_zero_is_the_data_as_given_and_a_resample_can_be_made_by_hand():
    pairs, crimes, score = force(1)
    groups = pair_groups(pairs, crimes)
    size = np.random.default_rng(5).random(len(pairs))
    draws = bootstrap_pairs(
        {"a": score},
        pairs["is_linked"],
        groups,
        {"auc": auc},
        np.random.default_rng(2),
        n_resamples=3,
        sample_weight=size,
    )
    assert draws["draw"].tolist() == [0, 1, 2, 3]
    assert draws["value"].iloc[0] == pytest.approx(auc(score, pairs["is_linked"], size), rel=1e-12)
    times = group_draws(40, 3, np.random.default_rng(2))[1]
    by_hand = auc(score, pairs["is_linked"], size * pair_multiplicity(times, groups))
    assert draws["value"].iloc[2] == pytest.approx(by_hand, rel=1e-12)


def test_the_spread_of_resamples_is_that_of_new_offenders():
    values, spreads = [], []
    for seed in range(80):
        pairs, crimes, score = force(seed, 24)
        groups, rng = pair_groups(pairs, crimes), np.random.default_rng(seed)
        draws = bootstrap_pairs({"a": score}, pairs["is_linked"], groups, {"auc": auc}, rng, n_resamples=40)
        values.append(draws["value"].iloc[0])
        spreads.append(draws["value"].iloc[1:].std())
    # A standard deviation of 80 values is itself known to 8%.
    assert np.mean(spreads) == pytest.approx(np.std(values, ddof=1), rel=0.2)


def test_differences_within_resamples_are_surer_than_the_values():
    pairs, crimes, score = force(2)
    noise = np.random.default_rng(1).normal(scale=0.3, size=len(score))
    draws = bootstrap_pairs(
        {"near": score + noise, "full": score},
        pairs["is_linked"],
        pair_groups(pairs, crimes),
        {"auc": auc, "share": share_linked},
        np.random.default_rng(1),
        n_resamples=100,
    )
    values, gains = intervals(draws), paired_differences(draws, "near").set_index("metric")
    assert values[["model", "metric"]].to_numpy().tolist() == [
        ["near", "auc"],
        ["near", "share"],
        ["full", "auc"],
        ["full", "share"],
    ]
    full, near = (values.query(f"model == '{name}' and metric == 'auc'").iloc[0] for name in ("full", "near"))
    gain = gains.loc["auc"]
    assert gain["difference"] == pytest.approx(full["value"] - near["value"])
    assert gain["difference_high"] - gain["difference_low"] < 0.5 * (full["value_high"] - full["value_low"])
    # Both models are measured on the same pairs, so what depends on the pairs alone does not differ.
    assert gains.loc["share", ["difference", "difference_low", "difference_high"]].tolist() == [0, 0, 0]


def test_repeated_splits_are_summed_up_by_their_mean_and_percentiles():
    values = {"base": [0.5, 0.6, 0.7, 0.8, 0.9], "best": [0.6, 0.6, 0.8, 0.9, 1.0]}
    draws = pd.DataFrame(
        [(name, "auc", i, value) for name, rows in values.items() for i, value in enumerate(rows, 1)],
        columns=["model", "metric", "draw", "value"],
    )
    table = intervals(draws, level=0.5).set_index("model")
    assert table.loc["base", ["value", "value_low", "value_high"]].tolist() == pytest.approx([0.7, 0.6, 0.8])
    gain = paired_differences(draws, "base", level=0.5).iloc[0]
    # Gains 0.1, 0, 0.1, 0.1, 0.1.
    assert gain[["difference", "difference_low", "difference_high"]].tolist() == pytest.approx([0.08, 0.1, 0.1])


def test_resamples_without_linked_pairs_are_passed_over():
    groups = PairGroups(np.array([0, 0, 1]), np.array([0, 1, 2]))
    draws = bootstrap_pairs(
        {"a": np.array([1.0, 0.0, 2.0])}, [1, 0, 0], groups, {"auc": auc}, np.random.default_rng(0), n_resamples=50
    )
    row = intervals(draws).iloc[0]
    assert row["value"] == 0.5
    assert 0 < row["n_draws"] < 50


def test_rows_of_one_group_are_drawn_together():
    table = pd.DataFrame({"group": ["a", "a", "b", "c"], "rank": [1.0, 3.0, 5.0, 7.0]})
    draws = bootstrap_rows(
        {"one": table, "two": table.iloc[::-1].assign(rank=table["rank"] + 1)},
        lambda rows: {"mean": rows["rank"].mean(), "a": float((rows["group"] == "a").sum())},
        np.random.default_rng(0),
        n_resamples=40,
    )
    of = {key: part["value"].to_numpy() for key, part in draws.groupby(["model", "metric"])}
    assert of["one", "mean"][0] == 4.0
    assert set(of["one", "a"]) <= {0, 2, 4, 6}
    np.testing.assert_array_equal(of["one", "a"], of["two", "a"])
    np.testing.assert_allclose(of["two", "mean"] - of["one", "mean"], 1.0)


def test_bad_questions_are_refused_in_words():
    draws = pd.DataFrame({"model": ["a"], "metric": ["auc"], "draw": [0], "value": [0.5]})
    with pytest.raises(EvaluationError, match="expected one of the models a, got 'b'"):
        paired_differences(draws, "b")
    with pytest.raises(EvaluationError, match="level: expected a share between 0 and 1"):
        intervals(draws, level=95)
