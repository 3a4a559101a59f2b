"""Splits keep offenders, or time, apart."""

import numpy as np
import pandas as pd
import pytest

from linkage.series import groups_of_crimes, series_data
from linkage.splits import (
    SplitError,
    before_or_after,
    group_split,
    held_out_groups,
    pair_split,
    sides,
    time_cut,
    time_split,
)


@pytest.fixture(scope="module")
def series(reference_crimes, reference_offenders) -> pd.DataFrame:
    return series_data(reference_offenders, reference_crimes)


def _sides(pairs: pd.DataFrame, assignment: np.ndarray, side: int) -> set[str]:
    rows = pairs[assignment == side]
    return set(rows["crime_id_1"]) | set(rows["crime_id_2"])


def test_no_offender_is_on_both_sides(series, reference_pairs):
    groups = groups_of_crimes(series)
    people = series.groupby("crime_id")["person_id"].agg(set)
    for seed in range(5):
        assignment = group_split(reference_pairs, groups, 0.3, np.random.default_rng(seed))
        trained, tested = (set().union(*people[sorted(_sides(reference_pairs, assignment, side))]) for side in (1, 0))
        assert trained
        assert tested
        assert not trained & tested


def test_only_pairs_that_straddle_are_dropped(series, reference_pairs):
    groups = groups_of_crimes(series)
    assignment = group_split(reference_pairs, groups, 0.3, np.random.default_rng(1))
    first, second = reference_pairs["crime_id_1"].map(groups), reference_pairs["crime_id_2"].map(groups)
    tested = set(first[assignment == 0]) | set(second[assignment == 0])
    straddles = first.isin(tested).to_numpy() != second.isin(tested).to_numpy()
    np.testing.assert_array_equal(assignment == -1, straddles)
    assert set(np.unique(assignment)) == {-1, 0, 1}
    linked = reference_pairs["is_linked"].to_numpy()
    assert (assignment[linked] != -1).all()  # linked pairs lie within one group
    n_groups_with_linked = first[linked].nunique()
    assert first[linked & (assignment == 0)].nunique() == round(0.3 * n_groups_with_linked)


def test_the_split_follows_the_seed_and_not_the_order_of_rows(series, reference_pairs):
    groups = groups_of_crimes(series)
    order = np.random.default_rng(0).permutation(len(reference_pairs))
    straight = group_split(reference_pairs, groups, 0.3, np.random.default_rng(1))
    turned = group_split(
        reference_pairs.iloc[order], groups.sample(frac=1, random_state=1), 0.3, np.random.default_rng(1)
    )
    np.testing.assert_array_equal(turned, straight[order])
    assert not np.array_equal(straight, group_split(reference_pairs, groups, 0.3, np.random.default_rng(2)))


def test_two_groups_give_one_to_each_side():
    pairs = pd.DataFrame({"crime_id_1": ["a", "c"], "crime_id_2": ["b", "d"], "is_linked": [True, True]})
    groups = pd.Series({"a": "1", "b": "1", "c": "2", "d": "2"})
    for share in (0.01, 0.5, 0.99):
        assert sorted(group_split(pairs, groups, share, np.random.default_rng(0))) == [0, 1]


def test_by_time_every_training_pair_is_over_before_a_test_pair_is_complete(series, reference_pairs):
    event_at = series.set_index("crime_id")["event_at"]
    assignment = time_split(reference_pairs, event_at, 0.3)
    times = event_at[~event_at.index.duplicated()]
    later = np.maximum(reference_pairs["crime_id_1"].map(times), reference_pairs["crime_id_2"].map(times))
    assert later[assignment == 1].max() < later[assignment == 0].min()
    assert (assignment == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert len(time_split(reference_pairs.iloc[:0], event_at, 0.3)) == 0


def test_other_pairs_are_split_by_the_same_groups_and_the_same_time(series, reference_pairs):
    groups, event_at = groups_of_crimes(series), series.set_index("crime_id")["event_at"]
    held_out = held_out_groups(reference_pairs, groups, 0.3, np.random.default_rng(1))
    straight = group_split(reference_pairs, groups, 0.3, np.random.default_rng(1))
    np.testing.assert_array_equal(sides(reference_pairs, groups, held_out), straight)
    others = pd.DataFrame({"crime_id_1": groups.index[:-1], "crime_id_2": groups.index[1:]})
    is_test = groups.isin(held_out).to_numpy()
    by_hand = np.where(is_test[:-1] != is_test[1:], -1, np.where(is_test[:-1], 0, 1))
    np.testing.assert_array_equal(sides(others, groups, held_out), by_hand)
    cut = time_cut(reference_pairs, event_at, 0.3)
    np.testing.assert_array_equal(
        before_or_after(reference_pairs, event_at, cut), time_split(reference_pairs, event_at, 0.3)
    )
    at = event_at[~event_at.index.duplicated()].reindex(groups.index).to_numpy()
    np.testing.assert_array_equal(before_or_after(others, event_at, cut) == 1, np.maximum(at[:-1], at[1:]) <= cut)
    assert np.isnat(time_cut(reference_pairs.iloc[:0], event_at, 0.3))


def test_pairs_are_held_out_at_the_share_asked_for():
    assignment = pair_split(20_000, 0.3, np.random.default_rng(0))
    assert (assignment == 0).mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 20_000))


def test_impossible_splits_are_refused_in_words():
    pairs = pd.DataFrame({"crime_id_1": ["a"], "crime_id_2": ["b"], "is_linked": [True]})
    groups = pd.Series({"a": "1", "b": "1"})
    rng = np.random.default_rng(0)
    with pytest.raises(SplitError, match="two groups or more, got 1"):
        group_split(pairs, groups, 0.3, rng)
    with pytest.raises(SplitError, match="group of every crime"):
        group_split(pairs, groups.iloc[:1], 0.3, rng)
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(SplitError, match="test_share: expected a share between 0 and 1"):
            pair_split(3, share, rng)
