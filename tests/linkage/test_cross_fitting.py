"""Held-out strengths: nobody judges a series that they have learned from."""

import numpy as np
import pandas as pd
import pytest

from linkage.contender import Contender
from linkage.cross_fitting import FoldError, held_out_strengths


class Remembering:
    """Scores 1 for evidence that it was trained on as linked, else 0."""

    def fit(self, evidence, is_linked, sample_weight):
        self.seen_ = set(evidence["pair"][np.asarray(is_linked)])
        return self

    def decision_function(self, evidence):
        return evidence["pair"].isin(self.seen_).to_numpy(dtype=np.float64)


def six_series():
    """Six offenders with three crimes each, all linked pairs, and unlinked pairs between neighbours."""
    crimes = [f"C{offender}{crime}" for offender in range(6) for crime in range(3)]
    groups = pd.Series([crime[1] for crime in crimes], index=crimes)
    linked = [(f"C{o}{i}", f"C{o}{j}") for o in range(6) for i in range(3) for j in range(i + 1, 3)]
    unlinked = [(f"C{o}0", f"C{o + 1}1") for o in range(5)]
    pairs = pd.DataFrame(linked + unlinked, columns=["crime_id_1", "crime_id_2"])
    pairs["is_linked"] = [True] * len(linked) + [False] * len(unlinked)
    pairs["weight"] = np.where(pairs["is_linked"], 1 / 3, 1.0)
    return pairs, pd.DataFrame({"pair": np.arange(len(pairs))}), groups


def strengths(n_folds: int = 3):
    pairs, evidence, groups = six_series()
    contender = Contender(Remembering)
    rng = np.random.default_rng(1)
    return held_out_strengths(contender, pairs, evidence, groups, evidence, np.ones(len(pairs)), rng, n_folds)


def test_every_linked_pair_is_judged_once_by_a_model_that_never_saw_it():
    found = strengths()
    np.testing.assert_array_equal(found.linked, np.zeros(18))


def test_linked_pairs_count_one_each_and_amount_to_their_series():
    found = strengths()
    assert found.linked_weight.tolist() == [1.0] * 18
    assert found.n_series == pytest.approx(6.0)


def test_the_sample_is_judged_by_models_that_saw_four_of_six_series():
    # Of 18 linked pairs in the sample a fold's model knows 12; unlinked ones nobody remembers.
    found = strengths()
    assert set(found.all_pairs) == {0.0, 1.0}
    assert found.all_pairs[18:].sum() == 0


def test_more_folds_than_series_hold_out_one_series_each():
    np.testing.assert_array_equal(strengths(n_folds=50).linked, np.zeros(18))


def test_one_series_cannot_be_held_out():
    pairs, evidence, groups = six_series()
    one = (pairs["crime_id_1"].str[1] == "0") & pairs["is_linked"]
    with pytest.raises(FoldError, match="expected linked pairs in two groups or more, got 1"):
        held_out_strengths(
            Contender(Remembering),
            pairs[one],
            evidence[one],
            groups,
            evidence,
            np.ones(len(evidence)),
            np.random.default_rng(1),
        )


def test_two_groups_leave_no_unlinked_pair_to_learn_from_and_are_refused():
    pairs, evidence, groups = six_series()
    two = pairs["crime_id_1"].str[1].isin(["0", "1"]) & pairs["crime_id_2"].str[1].isin(["0", "1"])
    with pytest.raises(FoldError, match=r"expected linked and unlinked pairs without fold 1, got 3 linked of 3"):
        held_out_strengths(
            Contender(Remembering),
            pairs[two],
            evidence[two],
            groups,
            evidence,
            np.ones(len(evidence)),
            np.random.default_rng(1),
        )
