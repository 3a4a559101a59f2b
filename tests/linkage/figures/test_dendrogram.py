"""The dendrogram draws every merge at its log Bayes factor, and counts the clusters of each cut."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.dense_tree import MergeTree, merge_tree
from linkage.figures.dendrogram import branch_rows, dendrogram_figure, n_clusters
from linkage.figures.style import FigureError
from linkage.figures.tree_layout import tree_layout

# 1 and 2 join at 5 (node 3), then 0 at -2.
TREE = MergeTree(np.array([1, 0]), np.array([2, 3]), np.array([5.0, -2.0]), np.array([2, 3]), 3)
NAMES = ["C1", "C2", 'it\'s "C3"']


def test_each_merge_is_three_lines_at_its_level():
    rows = branch_rows(TREE, tree_layout(TREE), leaves_at=6.0)
    assert [(row["begin"], row["end"], row["from"], row["to"]) for row in rows] == [
        (5.0, 5.0, 1.0, 2.0),
        (6.0, 5.0, 1.0, 1.0),
        (6.0, 5.0, 2.0, 2.0),
        (-2.0, -2.0, 0.0, 1.5),
        (6.0, -2.0, 0.0, 0.0),
        (5.0, -2.0, 1.5, 1.5),
    ]


def test_strong_merges_stand_on_the_left_and_both_axes_are_named(found):
    chart = dendrogram_figure(TREE, NAMES).to_dict()
    left, right = next(scale["domain"] for scale in found(chart, "scale"))
    assert left > 5 > -2 > right
    axes = [axis for axis in found(chart, "axis") if axis and axis.get("title")]
    assert [axis["title"] for axis in axes] == ["log BF (natural)", "Bayes factor"]


def test_a_cut_is_headed_by_the_clusters_that_it_leaves(drawn):
    chart = dendrogram_figure(TREE, NAMES, cuts=(6.0, 0.0, -3.0)).to_dict()
    rows = next(rows for rows in drawn(chart) if "n_clusters" in rows[0])
    assert [(row["at"], row["n_clusters"]) for row in rows] == [(6.0, 3), (0.0, 2), (-3.0, 1)]
    assert "2 clusters at log BF 0" in chart["description"]


def test_cuts_close_together_have_their_numbers_in_two_tiers(drawn):
    chart = dendrogram_figure(TREE, NAMES, cuts=(0.0, 0.1)).to_dict()
    rows = next(rows for rows in drawn(chart) if "n_clusters" in rows[0])
    assert rows[0]["place"] != rows[1]["place"]


def test_crimes_are_named_up_to_sixty(found, fits_a_phone):
    def labelled(n):
        matrix = np.random.default_rng(n).normal(size=(n, n))
        return dendrogram_figure(merge_tree(matrix + matrix.T), [f"DM/24/{row:07d}" for row in range(n)])

    few, many = labelled(60), labelled(61)
    assert any("DM/24/0000059" in str(words) for words in found(few.to_dict(), "labelExpr"))
    assert not any("DM/24" in str(words) for words in found(many.to_dict(), "labelExpr"))
    assert fits_a_phone(few)


def test_names_with_quotes_and_crimes_that_nothing_merged_are_drawn(fits_a_phone):
    alone = MergeTree(np.array([1]), np.array([2]), np.array([5.0]), np.array([2]), 3)
    assert fits_a_phone(dendrogram_figure(alone, NAMES))
    nothing = np.empty(0, dtype=np.int64)
    single = MergeTree(nothing, nothing, np.empty(0), nothing, 1)
    assert (
        dendrogram_figure(single, ["C1"], cuts=[1.0]).to_dict()["title"]["text"] == "Crimes merged by log Bayes factor"
    )


def test_labels_must_be_one_for_each_crime():
    with pytest.raises(FigureError, match="one for each of 3 crimes, at least one, got 2; give the crime_ids"):
        dendrogram_figure(TREE, NAMES[:2])


def test_cuts_of_the_reference_leave_as_many_clusters(reference: Path):
    pairs, crimes = pd.read_csv(reference / "unsolved_pairs.csv"), pd.read_csv(reference / "unsolved.csv")
    place = pd.Series(range(len(crimes)), index=crimes["crimeID"])
    first, second = place[pairs["i1"]].to_numpy(), place[pairs["i2"]].to_numpy()
    matrix = np.zeros((len(crimes), len(crimes)))
    matrix[first, second] = matrix[second, first] = pairs["logBF"]
    tree = merge_tree(matrix)
    published = pd.read_csv(reference / "hier_average_cut.csv", index_col=0)
    expected = [int(published[column].nunique()) for column in published.columns]
    assert [n_clusters(tree, threshold) for threshold in (-2, 0, 1, 2, 4)] == expected
