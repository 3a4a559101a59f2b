"""The tree within series that were found another way, against the tree of each series' own matrix."""

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec
from linkage.pair_scores import ScoringError
from linkage.series_trees import series_trees
from tests.linkage.test_hierarchy import NearIsLinked, crimes_on

SPEC = EvidenceSpec(items=())


def members_of(series):
    return pd.DataFrame({"series": series, "crime_id": [f"C{i:04d}" for i in range(len(series))]})


def test_a_series_holds_together_by_the_mean_of_its_weakest_merge():
    crimes = crimes_on([0.0, 1_000.0, 3_000.0, 50_000.0, 90_000.0])
    found = series_trees(crimes, NearIsLinked(), SPEC, members_of(["a", "a", "a", "b", "b"]))
    # 0 and 1 km merge at 4 - 1; with 3 km at 4 - (3 + 2) / 2. The other series is 40 km wide: 4 - 40.
    assert found.cohesion.to_dict() == pytest.approx({"C0000": 1.5, "C0003": -36.0})
    assert found.merges["log_bf"].tolist() == pytest.approx([3.0, 1.5, -36.0])
    assert found.members["cluster_id"].tolist() == ["C0000"] * 3 + ["C0003"] * 2


def test_series_stay_apart_however_near_their_crimes_are():
    crimes = crimes_on([0.0, 10.0, 20.0, 30.0])
    found = series_trees(crimes, NearIsLinked(), SPEC, members_of(["a", "b", "a", "b"]))
    assert found.labels.to_dict() == {"C0000": "C0000", "C0001": "C0001", "C0002": "C0000", "C0003": "C0001"}


def test_the_order_of_crimes_and_the_names_of_series_change_nothing():
    rng = np.random.default_rng(3)
    crimes = crimes_on(rng.uniform(0, 9_000, 40))
    series = [f"s{k}" for k in rng.integers(0, 9, 40)]
    found = series_trees(crimes, NearIsLinked(), SPEC, members_of(series))
    order = rng.permutation(40)
    renamed = members_of([f"z{name}" for name in series]).iloc[order]
    again = series_trees(crimes.iloc[order[::-1]].reset_index(drop=True), NearIsLinked(), SPEC, renamed)
    pd.testing.assert_frame_equal(found.merges, again.merges)
    pd.testing.assert_series_equal(found.cohesion, again.cohesion)


def test_crimes_alone_have_no_tree():
    found = series_trees(crimes_on([0.0, 1.0]), NearIsLinked(), SPEC, members_of(["a", "b"]))
    assert len(found.merges) == len(found.members) == len(found.cohesion) == 0


def test_a_member_that_is_no_crime_is_refused():
    stranger = pd.DataFrame({"series": ["a", "a"], "crime_id": ["C0000", "X"]})
    with pytest.raises(ScoringError, match="1 that are not in it"):
        series_trees(crimes_on([0.0, 1.0]), NearIsLinked(), SPEC, stranger)
