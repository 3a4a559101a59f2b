import numpy as np
import pandas as pd
import pytest

from publication.series_names import EVENTS, SeriesNameError, name_series


def members(column: str, series: dict[object, str]) -> pd.DataFrame:
    """Each letter is a crime."""
    rows = [(label, crime) for label, crimes in series.items() for crime in crimes]
    return pd.DataFrame(rows, columns=[column, "crime_id"]).astype({"crime_id": "str"})


def named(previous: dict[str, str], current: dict[object, str]):
    names, events = name_series(members("series_id", previous), members("series_label", current), "r2")
    assert set(events["refresh_id"]) <= {"r2"}
    told = events.drop(columns="refresh_id").itertuples(index=False, name=None)
    return dict(zip(names["series_label"], names["series_id"], strict=True)), [
        tuple(None if pd.isna(value) else value for value in event) for event in told
    ]


def test_the_first_refresh_has_only_new_series_and_singletons_are_none():
    names, events = named({}, {7: "abc", 8: "d", 9: "ef"})
    assert set(names) == {7, 9}
    assert sorted((event, before, after, related) for _, event, before, after, related in events) == [
        ("new", 0, 2, None),
        ("new", 0, 3, None),
    ]


def test_an_unchanged_series_keeps_its_name_without_an_event():
    assert named({"S-1": "abc"}, {5: "abc"}) == ({5: "S-1"}, [])


@pytest.mark.parametrize(
    ("now", "events"),
    [
        ("abcd", [("S-1", "grown", 3, 4, None)]),
        ("ab", [("S-1", "shrunk", 3, 2, None)]),
        ("abx", [("S-1", "grown", 3, 3, None), ("S-1", "shrunk", 3, 3, None)]),
        ("abxy", [("S-1", "grown", 3, 4, None)]),
    ],
)
def test_a_series_that_keeps_most_of_its_crimes_keeps_its_name(now, events):
    assert named({"S-1": "abc"}, {0: now}) == ({0: "S-1"}, events)


def test_when_two_merge_the_larger_overlap_gives_the_name():
    names, events = named({"S-1": "ab", "S-2": "cde"}, {0: "abcde"})
    assert names == {0: "S-2"}
    assert events == [("S-1", "merged", 2, 0, "S-2"), ("S-2", "grown", 3, 5, None)]


def test_of_equal_overlaps_the_series_that_lost_less_wins_then_the_lower_name():
    assert named({"S-1": "abcx", "S-2": "def"}, {0: "abcdef"})[0] == {0: "S-2"}
    assert named({"S-1": "abc", "S-2": "def"}, {0: "abcdef"})[0] == {0: "S-1"}


def test_a_part_that_breaks_off_says_from_which_series():
    names, events = named({"S-1": "abcde"}, {0: "abc", 1: "de"})
    assert names[0] == "S-1"
    assert sorted(events) == sorted([("S-1", "shrunk", 5, 3, None), (names[1], "split", 0, 2, "S-1")])


def test_a_series_cut_in_halves_ends_and_both_halves_say_so():
    names, events = named({"S-1": "abcd"}, {0: "ab", 1: "cd"})
    assert "S-1" not in names.values()
    assert sorted(events) == sorted(
        [("S-1", "split", 4, 0, names[0]), (names[0], "split", 0, 2, "S-1"), (names[1], "split", 0, 2, "S-1")]
    )


def test_a_series_whose_crimes_scatter_is_dissolved():
    assert named({"S-1": "abc"}, {0: "a", 1: "b", 2: "c"}) == ({}, [("S-1", "dissolved", 3, 0, None)])
    names, events = named({"S-1": "abc"}, {0: "axy", 1: "bzw"})
    assert ("S-1", "dissolved", 3, 0, None) in events
    assert [event for name, event, *_ in events if name in names.values()] == ["new", "new"]


def test_a_new_name_is_never_one_that_was_in_use():
    first, _ = named({}, {0: "ab"})
    worn = first[0]
    names, events = named({worn: "xyz"}, {0: "ab", 1: "xyz"})
    assert names[1] == worn
    assert names[0] != worn
    assert events == [(names[0], "new", 0, 2, None)]


def test_names_and_events_do_not_depend_on_labels_or_the_order_of_rows():
    rng = np.random.default_rng(11)
    before = {f"S-{number}": crimes for number, crimes in enumerate(["abcd", "ef", "ghi", "jklmn", "op"])}
    now = ["abef", "cd", "ghix", "jkl", "mn", "yz"]
    by_crimes = set()
    for _ in range(10):
        labels = rng.permutation(100)[: len(now)]
        previous = members("series_id", before).sample(frac=1, random_state=rng)
        current = members("series_label", dict(zip(labels, now, strict=True))).sample(frac=1, random_state=rng)
        names, events = name_series(previous, current, "r2")
        crimes = dict(zip(labels, now, strict=True))
        held = tuple((crimes[label], name) for label, name in names.itertuples(index=False))
        by_crimes.add((held, tuple(events.fillna("").itertuples(index=False, name=None))))
    assert len(by_crimes) == 1


def test_random_histories_keep_their_books():
    rng = np.random.default_rng(5)
    crimes = [f"c{number:04d}" for number in range(400)]
    previous = pd.DataFrame({"series_id": [], "crime_id": []}).astype("str")
    for step in range(15):
        kept = rng.permutation(crimes)[:300]
        current = pd.DataFrame({"series_label": rng.integers(0, 120, 300), "crime_id": kept})
        if step % 3:
            former = previous.set_index("crime_id")["series_id"]
            current["series_label"] = [former.get(crime, f"n{label}") for label, crime in current.to_numpy()]
        names, events = name_series(previous, current, f"r{step}")
        sizes = current.groupby("series_label")["crime_id"].size()
        assert set(names["series_label"]) == set(sizes[sizes > 1].index)
        assert names["series_id"].is_unique
        assert set(events["event"]) <= set(EVENTS)
        gone = set(previous["series_id"]) - set(names["series_id"])
        arrived = set(names["series_id"]) - set(previous["series_id"])
        ends = events[events["n_after"] == 0]
        assert sorted(ends["series_id"]) == sorted(gone)
        assert sorted(events[events["n_before"] == 0]["series_id"]) == sorted(arrived)
        assert set(events["related_series_id"].dropna()) <= set(previous["series_id"]) | set(names["series_id"])
        previous = current.merge(names)[["series_id", "crime_id"]]


def test_no_series_before_and_none_now_give_empty_frames():
    names, events = name_series(members("series_id", {}), members("series_label", {}), "r1")
    assert list(names.columns) == ["series_label", "series_id"]
    assert list(events.columns) == ["refresh_id", "series_id", "event", "n_before", "n_after", "related_series_id"]
    assert len(names) == len(events) == 0


def test_a_crime_in_two_series_and_a_missing_column_are_refused():
    with pytest.raises(SeriesNameError, match="current series: expected every crime in one series, got 1 in several"):
        named({}, {0: "ab", 1: "bc"})
    with pytest.raises(
        SeriesNameError, match="previous series: expected columns series_id and crime_id, got none named"
    ):
        name_series(pd.DataFrame({"series": []}), members("series_label", {}), "r1")
