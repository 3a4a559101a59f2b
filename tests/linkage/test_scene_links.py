"""Scene links as series and as truth held out."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from linkage.pairs import PairSampling, training_pairs
from linkage.scene_links import SceneLinkError, held_out_pairs, scene_series
from linkage.series import groups_of_crimes


def _crimes(ids: str, days: dict[str, float] | None = None, **columns) -> pd.DataFrame:
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta([(days or {}).get(one, 0.0) for one in ids], unit="D")
    named = {"crime_id": list(ids), "committed_from_at": at, "committed_to_at": at + pd.Timedelta(hours=4)}
    return pd.DataFrame(named | columns)


def _links(words: str, basis: str | list[str] = "dna") -> pd.DataFrame:
    """Links from words such as "ab", crimes a and b."""
    return pd.DataFrame([(*word,) for word in words.split()], columns=["crime_id_1", "crime_id_2"]).assign(basis=basis)


def _series(rows: str) -> pd.DataFrame:
    people, crimes = zip(*rows.split(), strict=True) if rows else ((), ())
    ids = {"person_id": pd.Series(people, dtype="str"), "crime_id": pd.Series(crimes, dtype="str")}
    return pd.DataFrame(ids).assign(event_at=pd.Timestamp("2024-01-01"))


def _pairs(frame: pd.DataFrame) -> list[str]:
    return list(frame["crime_id_1"] + frame["crime_id_2"])


def test_crimes_that_links_join_are_one_series_named_after_the_lowest():
    got = scene_series(_links("cb ba ed"), _crimes("abcdef", {"c": 3}))
    midnight, two = pd.Timestamp("2024-01-01"), pd.Timedelta(hours=2)
    assert list(got.itertuples(index=False, name=None)) == [
        ("a", "scene:a", midnight + two),
        ("b", "scene:a", midnight + two),
        ("c", "scene:a", midnight + pd.Timedelta(days=3) + two),
        ("d", "scene:d", midnight + two),
        ("e", "scene:d", midnight + two),
    ]


def test_series_are_the_components_of_the_graph_of_links():
    rng = np.random.default_rng(2)
    names = "abcdefghijklmnopqrstuvwxyz"
    links = _links(" ".join("".join(rng.choice(list(names), 2, replace=False)) for _ in range(14)))
    graph = nx.Graph(list(links[["crime_id_1", "crime_id_2"]].itertuples(index=False)))
    series = scene_series(links, _crimes(names))
    assert {frozenset(part["crime_id"]) for _, part in series.groupby("person_id")} == set(
        map(frozenset, nx.connected_components(graph))
    )
    mixed = links.sample(frac=1, random_state=1).rename(
        columns={"crime_id_1": "crime_id_2", "crime_id_2": "crime_id_1"}
    )
    pd.testing.assert_frame_equal(scene_series(mixed, _crimes(names)), series)


def test_marks_of_soles_and_tools_count_only_where_asked_for():
    links = _links("ab cd ef gh", ["dna", "finger", "footwear", "toolmark"])
    assert list(scene_series(links, _crimes("abcdefgh"))["crime_id"]) == list("abcd")
    assert list(scene_series(links, _crimes("abcdefgh"), ("footwear",))["crime_id"]) == list("ef")
    assert len(scene_series(links.assign(basis=None), _crimes("abcdefgh"))) == 0


def test_links_of_unknown_crimes_and_of_a_crime_with_itself_join_nothing():
    assert list(scene_series(_links("ab az aa"), _crimes("abc"))["crime_id"]) == ["a", "b"]
    assert len(scene_series(_links("az"), _crimes("a"))) == 0


def test_pairs_that_links_name_are_truth_where_no_crime_of_theirs_trains():
    # a-b-c is a chain: a and c are not linked themselves. d-e touches the series of p through f.
    got = held_out_pairs(_links("ba bc de ef"), _series("pf pg"), _crimes("abcdefg"), PairSampling())
    assert got.to_dict("list") == {
        "crime_id_1": ["a", "b"],
        "crime_id_2": ["b", "c"],
        "basis": ["dna", "dna"],
        "group": ["scene:a", "scene:a"],
    }


def test_a_crime_trains_only_with_a_label_that_counts():
    series = _series("pa").assign(label_strength="C", link_basis="suspect_named")
    assert _pairs(held_out_pairs(_links("ab"), series, _crimes("ab"), PairSampling())) == ["ab"]
    weak = PairSampling(strengths=("A", "C"))
    assert _pairs(held_out_pairs(_links("ab"), series, _crimes("ab"), weak)) == []
    charged = PairSampling(strengths=("A", "C"), bases=("charge",))
    assert _pairs(held_out_pairs(_links("ab"), series, _crimes("ab"), charged)) == ["ab"]


def test_a_pair_linked_twice_is_listed_once_with_its_strongest_basis():
    links = _links("ab ba", ["toolmark", "finger"])
    got = held_out_pairs(links, _series(""), _crimes("ab"), PairSampling(), bases=("toolmark", "finger"))
    assert (_pairs(got), list(got["basis"])) == (["ab"], ["finger"])


def test_pairs_that_training_would_not_use_are_no_truth_either():
    crimes = _crimes(
        "abcdefgh",
        {"b": 366},
        incident_id=["a", "b", "night", "night", "e", "f", "g", "h"],
        crime_group=["burglary"] * 4 + ["burglary", "robbery", "theft", "theft"],
    )
    links = _links("ab cd ef gh")
    assert _pairs(held_out_pairs(links, _series(""), crimes, PairSampling())) == ["ef", "gh"]
    assert _pairs(held_out_pairs(links, _series(""), crimes, PairSampling(across_groups=False))) == ["gh"]
    undated = crimes.assign(committed_to_at=pd.NaT)
    assert _pairs(held_out_pairs(links, _series(""), undated, PairSampling())) == []


@pytest.mark.parametrize("use", ["train", "ignore"])
def test_nothing_is_held_out_where_scene_links_train_or_are_ignored(use):
    assert len(held_out_pairs(_links("ab"), _series(""), _crimes("ab"), PairSampling(scene_links=use))) == 0


@pytest.mark.parametrize("use", ["hold_out", "train"])
def test_training_and_truth_have_no_crime_and_no_group_in_common(use):
    rng = np.random.default_rng(3)
    names = "abcdefghijklmnopqrstuvwxyz"
    crimes = _crimes(names)
    for _ in range(20):
        series = _series(" ".join(f"{rng.choice(list('PQRS'))}{one}" for one in rng.choice(list(names), 8)))
        links = _links(" ".join("".join(rng.choice(list(names), 2, replace=False)) for _ in range(8)))
        sampling = PairSampling(scene_links=use)
        scene = scene_series(links, crimes)
        trained = training_pairs(series, crimes, sampling, np.random.default_rng(0), scene)
        truth = held_out_pairs(links, series, crimes, sampling)
        group = groups_of_crimes(pd.concat([series, scene], ignore_index=True))
        ours, theirs = ({*part["crime_id_1"].map(group), *part["crime_id_2"].map(group)} for part in (trained, truth))
        assert ours.isdisjoint(theirs)
        unlinked = trained[~trained["is_linked"]]
        assert (unlinked["crime_id_1"].map(group) != unlinked["crime_id_2"].map(group)).all()


def test_impossible_requests_are_refused_in_words():
    with pytest.raises(
        SceneLinkError, match=r"bases: expected some of dna, finger.*, got blood; the scene links have dna"
    ):
        scene_series(_links("ab"), _crimes("ab"), ("blood",))
    with pytest.raises(SceneLinkError, match="expected columns crime_id_1, crime_id_2, basis, got no basis"):
        scene_series(_links("ab").drop(columns="basis"), _crimes("ab"))
