"""Series data and groups of solved crimes."""

from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from linkage.series import METHODS, SeriesError, crime_groups, groups_of_crimes, series_data


def _crimes(ids: str) -> pd.DataFrame:
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(range(len(ids)), unit="D")
    return pd.DataFrame(
        {"crime_id": list(ids), "committed_from_at": start, "committed_to_at": start + pd.Timedelta(hours=4)}
    )


def _labels(rows: list[tuple]) -> pd.DataFrame:
    names = ["person_id", "crime_id", "label_strength"]
    return pd.DataFrame(rows, columns=names[: len(rows[0])])


def test_series_data_is_that_of_the_reference(reference: Path, reference_crimes, reference_offenders):
    got = series_data(reference_offenders, reference_crimes)
    truth = pd.read_csv(reference / "series_data.csv").sort_values(["offenderID", "crimeID"], ignore_index=True)
    assert len(got) == 507
    assert list(got["person_id"]) == list(truth["offenderID"])
    assert list(got["crime_id"]) == list(truth["crimeID"])
    at = pd.to_datetime(truth["TIME"], format="ISO8601").dt.tz_localize(None)
    assert (got["event_at"] == at).all()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_groups_are_those_of_the_reference(reference: Path, reference_crimes, reference_offenders, number: int):
    series = series_data(reference_offenders, reference_crimes)
    series["mine"] = crime_groups(series, METHODS[number - 1])
    truth = pd.read_csv(reference / f"groups_method{number}.csv")
    both = series.merge(truth, left_on=["person_id", "crime_id"], right_on=["offenderID", "crimeID"])
    n_groups = truth["group"].nunique()
    assert len(both) == 507
    assert both["mine"].nunique() == both.groupby(["mine", "group"]).ngroups == n_groups == [289, 312, 387][number - 1]
    if number != 2:  # the package numbers co-offender groups in another order
        assert (both["mine"] == both["group"].astype(str)).all()


def test_three_ways_to_group_the_same_crimes():
    # p and q did b together, q also c with r; s did d alone.
    series = _labels([("p", "a"), ("p", "b"), ("q", "b"), ("q", "c"), ("r", "c"), ("s", "d")])
    assert list(crime_groups(series, "connected")) == ["1", "1", "1", "1", "1", "2"]
    assert list(crime_groups(series, "co-offenders")) == ["1", "2", "2", "3", "3", "4"]
    assert list(crime_groups(series, "offender")) == ["1", "1", "2", "2", "3", "4"]
    assert groups_of_crimes(series).to_dict() == {"a": "1", "b": "1", "c": "1", "d": "2"}


def test_connected_groups_are_the_components_of_the_graph(reference_crimes, reference_offenders):
    series = series_data(reference_offenders, reference_crimes)
    graph = nx.Graph((f"person {p}", c) for p, c in zip(series["person_id"], series["crime_id"], strict=True))
    truth = {frozenset(n for n in part if not n.startswith("person ")) for part in nx.connected_components(graph)}
    groups = groups_of_crimes(series)
    assert {frozenset(part.index) for _, part in groups.groupby(groups)} == truth


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_changes_no_group(method, reference_crimes, reference_offenders):
    series = series_data(reference_offenders, reference_crimes)
    shuffled = series.sample(frac=1, random_state=4)
    pd.testing.assert_series_equal(crime_groups(shuffled, method).sort_index(), crime_groups(series, method))
    pd.testing.assert_frame_equal(
        series_data(
            reference_offenders.sample(frac=1, random_state=1), reference_crimes.sample(frac=1, random_state=2)
        ),
        series,
    )


@pytest.mark.parametrize(("event", "hour"), [("midpoint", 2), ("earliest", 0), ("latest", 4)])
def test_the_event_is_a_point_of_the_interval(event, hour):
    got = series_data(_labels([("p", "b")]), _crimes("ab"), event)
    assert list(got["event_at"]) == [pd.Timestamp("2024-01-02") + pd.Timedelta(hours=hour)]


def test_a_repeated_label_counts_once_with_its_strongest_basis():
    labels = _labels([("p", "a", "C"), ("p", "a", "A"), ("p", "b", "D"), ("q", "z", "A")])
    got = series_data(labels, _crimes("ab"))
    assert list(got.itertuples(index=False, name=None)) == [
        ("a", "p", pd.Timestamp("2024-01-01 02:00"), "A"),
        ("b", "p", pd.Timestamp("2024-01-02 02:00"), "D"),
    ]
    assert list(series_data(labels, _crimes("ab"), strengths=("A", "B"))["crime_id"]) == ["a"]


def test_labels_of_the_bases_asked_for_are_chosen_with_their_strength():
    labels = _labels([("p", "a", "C"), ("p", "a", "A"), ("p", "b", "A"), ("q", "b", "B")])
    labels["link_basis"] = ["suspect_named", "charge", None, "forensic"]
    got = series_data(labels, _crimes("ab"))
    assert list(got.columns) == ["crime_id", "person_id", "event_at", "label_strength", "link_basis"]
    assert list(got["link_basis"].astype(object).where(got["link_basis"].notna(), None)) == ["charge", None, "forensic"]
    assert list(series_data(labels, _crimes("ab"), bases=("charge", "forensic"))["person_id"]) == ["p", "q"]
    named = series_data(labels, _crimes("ab"), bases=("suspect_named", "caution"))
    assert list(named["label_strength"]) == ["C"]
    assert len(series_data(labels, _crimes("ab"), strengths=("A", "B"), bases=("suspect_named",))) == 0


def test_a_basis_that_nobody_knows_is_refused_with_those_there_are():
    labels = _labels([("p", "a", "A"), ("q", "b", "A")]).assign(link_basis=["tic", "charge"])
    with pytest.raises(
        SeriesError, match=r"bases: expected some of charge, .*, got charged; the labels have charge, tic"
    ):
        series_data(labels, _crimes("ab"), bases=("charge", "charged"))
    with pytest.raises(SeriesError, match="got charged; the labels have none"):
        series_data(labels.iloc[:0], _crimes("ab"), bases=("charged",))
    own = labels.assign(link_basis="confession")  # not a basis of ours, but theirs
    assert len(series_data(own, _crimes("ab"), bases=("confession",))) == 2
    with pytest.raises(SeriesError, match="expected a column link_basis"):
        series_data(labels.drop(columns="link_basis"), _crimes("ab"), bases=("charge",))


def test_no_labels_give_no_series_and_a_missing_time_a_missing_event():
    empty = _labels([("p", "a")]).iloc[:0]
    series = series_data(empty, _crimes("ab"))
    assert len(series) == 0
    assert len(crime_groups(series, "connected")) == len(groups_of_crimes(series, "co-offenders")) == 0
    crimes = _crimes("ab").assign(committed_to_at=pd.NaT)
    assert series_data(_labels([("p", "a")]), crimes)["event_at"].isna().all()


def test_impossible_requests_are_refused_in_words():
    labels, crimes = _labels([("p", "a")]), _crimes("ab")
    with pytest.raises(SeriesError, match="event: expected one of midpoint, earliest, latest, got 'middle'"):
        series_data(labels, crimes, "middle")
    with pytest.raises(SeriesError, match="none named person_id"):
        series_data(labels.rename(columns={"person_id": "offender"}), crimes)
    with pytest.raises(SeriesError, match="each crime_id once"):
        series_data(labels, pd.concat([crimes, crimes]))
    with pytest.raises(SeriesError, match="label_strength"):
        series_data(labels, crimes, strengths=("A",))
    with pytest.raises(SeriesError, match="method: expected one of connected"):
        crime_groups(labels, "graph")
    with pytest.raises(SeriesError, match="puts a crime in one group"):
        groups_of_crimes(labels, "offender")
