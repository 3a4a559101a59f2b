"""Ranked candidates against worked examples and against every group scored one pair at a time."""

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec
from linkage.identification import RANKING_COLUMNS, IdentificationError, identify_series, rank_candidates
from linkage.linkages import LINKAGES, HierarchyError
from linkage.pair_scores import ScoringError, posterior_probability
from linkage.scoring import KeepRule, LinkLimits, score_links
from linkage.strength import StrengthError

SPEC = EvidenceSpec(items=())
PRIOR = -6.0
LIMITS = LinkLimits(max_km=8.0, max_days=1.0)


class NearIsLinked:
    """Whole log BFs, so ties: 5 in the same km, one less a km."""

    def decision_function(self, evidence):
        return 5 - np.floor(evidence["distance_km"].to_numpy())


def crimes_on(x_km, incident=None):
    moment = pd.Timestamp("2024-02-03 04:00")
    return pd.DataFrame(
        {
            "crime_id": [f"C{i:03d}" for i in range(len(x_km))],
            "incident_id": incident or [f"I{i}" for i in range(len(x_km))],
            "easting_m": np.asarray(x_km, dtype=float) * 1000,
            "northing_m": np.zeros(len(x_km)),
            "committed_from_at": pd.Series([moment.tz_localize("UTC")] * len(x_km), dtype="datetime64[us, UTC]"),
            "committed_to_at": pd.Series([moment.tz_localize("UTC")] * len(x_km), dtype="datetime64[us, UTC]"),
            "committed_from_local": pd.Series([moment] * len(x_km), dtype="datetime64[us]"),
        }
    )


def scored(crimes, solved=(), top_k=20):
    return score_links(crimes, NearIsLinked(), SPEC, PRIOR, LIMITS, KeepRule(top_k, 1.0), solved=solved)


def pair_score(x_km):
    x_km = np.asarray(x_km, dtype=float)
    return lambda first, second: 5 - np.floor(np.abs(x_km[first] - x_km[second]))


def test_one_crime_against_two_groups_as_worked_by_hand():
    # Crime 0 at 0 km; group b holds crimes at 1.5 and 3.5 km (log BF 4 and 2), group a one at 2.5 km (3).
    score = pair_score([0, 1.5, 3.5, 2.5])
    found = identify_series([0], [1, 2, 3], ["b", "b", "a"], score)
    assert found.to_dict("list") == {
        "crime_row": [0, 0],
        "rank": [1, 2],
        "group": ["a", "b"],  # both are 3 on average: the tie goes to a
        "average": [3.0, 3.0],
        "single": [3.0, 4.0],
        "complete": [3.0, 2.0],
        "n_crimes": [1, 2],
    }
    assert identify_series([0], [1, 2, 3], ["b", "b", "a"], score, "single")["group"].tolist() == ["b", "a"]
    assert identify_series([0], [1, 2, 3], ["b", "b", "a"], score, "complete")["group"].tolist() == ["a", "b"]


def test_group_numbers_break_ties_as_numbers():
    found = identify_series([0], [1, 2, 3], [10, 9, 100], pair_score([0, 1, 1, 1]))
    assert found["group"].tolist() == [9, 10, 100]


def test_a_solved_crime_is_scored_by_the_other_crimes_of_its_group():
    found = identify_series([1], [1, 2, 3, 1], ["a", "a", "b", "alone"], pair_score([0, 1, 2.5, 3.5]))
    assert found["group"].tolist() == ["a", "b"]
    assert found["average"].tolist() == [4.0, 3.0]
    assert found["n_crimes"].tolist() == [1, 1]


def test_a_crime_of_two_offenders_of_one_group_counts_once():
    once = identify_series([0], [1, 2], ["a", "a"], pair_score([0, 1, 3]))
    twice = identify_series([0], [1, 1, 2], ["a", "a", "a"], pair_score([0, 1, 3]))
    pd.testing.assert_frame_equal(once, twice)


def test_no_crimes_and_no_groups_give_no_rows():
    assert identify_series([], [1], ["a"], pair_score([0, 1])).empty
    assert identify_series([0], [], [], pair_score([0, 1])).empty


def test_a_group_for_each_solved_crime_is_asked_for():
    with pytest.raises(IdentificationError, match="one for each of 2 solved crimes, got 1"):
        identify_series([0], [1, 2], ["a"], pair_score([0, 1, 2]))


def test_an_unknown_linkage_is_refused():
    with pytest.raises(HierarchyError, match="got 'median'"):
        identify_series([0], [1], ["a"], pair_score([0, 1]), "median")


def ranked(crimes, groups, offenders, found, **more):
    return rank_candidates(crimes, NearIsLinked(), SPEC, PRIOR, found.links, groups, offenders, **more)


def frame(column, **crimes_of):
    rows = [(name, crime) for name, crimes in crimes_of.items() for crime in crimes]
    return pd.DataFrame(rows, columns=[column, "crime_id"])


NO_SERIES, NO_OFFENDERS = frame("group_id"), frame("person_id")


def test_crimes_series_and_offenders_are_listed_as_worked_by_hand():
    # Unsolved: C000 at 0 km and C004 at 0.5 km. Solved: C001 at 1.5, C002 at 3.5 (series s), C003 at 2.5 (series t).
    crimes = crimes_on([0, 1.5, 3.5, 2.5, 0.5])
    groups = frame("group_id", s=["C001", "C002"], t=["C003"])
    offenders = frame("person_id", P1=["C001"], P2=["C001", "C002"], P3=["C003"])
    table = ranked(crimes, groups, offenders, scored(crimes))
    assert tuple(table) == RANKING_COLUMNS
    mine = table[table["crime_id"] == "C000"]
    listed = list(zip(mine["candidate_kind"], mine["rank"], mine["candidate_id"], mine["log_bf"], strict=True))
    assert listed == [
        ("crime", 1, "C004", 5.0),
        ("crime", 2, "C001", 4.0),
        ("crime", 3, "C003", 3.0),
        ("crime", 4, "C002", 2.0),
        ("series", 1, "s", 4.0),
        ("series", 2, "t", 3.0),
        ("offender", 1, "P1", 4.0),
        ("offender", 2, "P2", 4.0),
        ("offender", 3, "P3", 3.0),
    ]
    series_s = mine.iloc[4]
    assert (series_s["average"], series_s["single"], series_s["complete"]) == (3.0, 4.0, 2.0)
    assert (series_s["n_crimes"], series_s["nearest_crime_id"]) == (2, "C001")
    np.testing.assert_array_equal(table["posterior_probability"], posterior_probability(table["log_bf"], PRIOR))
    assert table["crime_id"].unique().tolist() == ["C000", "C004"]


def test_a_candidate_is_strong_from_the_posterior_asked_for():
    # Prior log odds -6: log BF 5, 4, 3, 2 give posteriors 1/(1+e), 1/(1+e^2), ...: 0.269, 0.119, 0.047, 0.018.
    crimes = crimes_on([0, 1.5, 3.5, 2.5, 0.5])
    found = scored(crimes)
    at_half = ranked(crimes, frame("group_id", s=["C001"]), NO_OFFENDERS, found)
    assert not at_half["is_strong"].any()
    table = ranked(crimes, frame("group_id", s=["C001"]), NO_OFFENDERS, found, strong_posterior=0.119)
    mine = table[table["crime_id"] == "C000"]
    assert mine[["candidate_id", "is_strong"]].to_numpy().tolist() == [
        ["C004", True],
        ["C001", True],
        ["C003", False],
        ["C002", False],
        ["s", True],
    ]
    with pytest.raises(StrengthError, match=r"strong_posterior: expected a probability, got 1\.5"):
        ranked(crimes, NO_SERIES, NO_OFFENDERS, found, strong_posterior=1.5)


def test_the_average_ranks_when_it_is_chosen():
    crimes = crimes_on([0, 0.5, 6.5, 2.5])
    groups = frame("group_id", s=["C001", "C002"], t=["C003"])
    table = ranked(crimes, groups, NO_OFFENDERS, scored(crimes), linkage="average")
    # s is the mean of 5 and -1, 2; t is 3.
    assert table.query("candidate_kind == 'series'")[["candidate_id", "log_bf"]].to_numpy().tolist() == [
        ["t", 3.0],
        ["s", 2.0],
    ]


def test_crimes_of_the_same_incident_are_no_candidates_and_flag_their_series():
    crimes = crimes_on([0, 0, 1.5, 2.5], incident=["I", "I", "J", "K"])
    groups = frame("group_id", s=["C001", "C003"], t=["C002"])
    table = ranked(crimes, groups, NO_OFFENDERS, scored(crimes))
    assert table.query("candidate_kind == 'crime'")["candidate_id"].tolist() == ["C002", "C003"]
    series = table.query("candidate_kind == 'series'").set_index("candidate_id")
    assert series["is_same_incident"].to_dict() == {"s": True, "t": False}


def test_links_to_solved_crimes_lead_to_series_that_the_strongest_links_miss():
    # Three unsolved crimes at one place keep each other (top_k 2); the solved one 2.5 km off is not among them.
    crimes = crimes_on([0, 0, 0, 2.5])
    groups = frame("group_id", s=["C003"])
    found = scored(crimes, solved=["C003"], top_k=2)
    links = found._replace(links=found.links[found.links["crime_id_2"] != "C003"])
    assert ranked(crimes, groups, NO_OFFENDERS, links).query("candidate_kind == 'series'").empty
    table = ranked(crimes, groups, NO_OFFENDERS, links, to_solved=found.to_solved)
    assert table.query("candidate_kind == 'series'")["crime_id"].tolist() == ["C000", "C001", "C002"]


def naive_groups(x_km, crime, groups, links):
    """Every group that a link of the crime leads to, scored one pair at a time."""
    score = pair_score(x_km)
    near = {b if a == crime else a for a, b in links if crime in (a, b)}
    rows = []
    for name, members in groups.items():
        if near & set(members) and crime not in members:
            values = [float(score(np.array([crime]), np.array([member]))[0]) for member in members]
            rows.append((name, sum(values) / len(values), max(values), min(values)))
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def random_case(seed):
    rng = np.random.default_rng(seed)
    x_km = rng.uniform(0, 40, 60)
    label = {f"g{i}": sorted(rng.choice(30, 3, replace=False)) for i in range(8)}
    crimes = crimes_on(x_km)
    return x_km, crimes, label, frame("group_id", **{g: [f"C{i:03d}" for i in rows] for g, rows in label.items()})


@pytest.mark.parametrize("seed", range(4))
def test_series_listed_are_those_found_one_pair_at_a_time(seed):
    x_km, crimes, label, groups = random_case(seed)
    found = scored(crimes, top_k=4)
    links = [(int(a[1:]), int(b[1:])) for a, b in found.links[["crime_id_1", "crime_id_2"]].to_numpy()]
    table = ranked(crimes, groups, NO_OFFENDERS, found, top_k=3).query("candidate_kind == 'series'")
    assert len(table)
    in_groups = {member for members in label.values() for member in members}
    for crime in set(range(60)) - in_groups:
        mine = table[table["crime_id"] == f"C{crime:03d}"]
        expected = naive_groups(x_km, crime, label, links)[:3]
        listed = zip(mine["candidate_id"], *(mine[name] for name in LINKAGES), strict=True)
        assert list(listed) == expected
    assert not table["crime_id"].isin([f"C{i:03d}" for i in in_groups]).any()


def test_row_order_changes_nothing():
    _, crimes, _, groups = random_case(9)
    found = scored(crimes)
    offenders = groups.rename(columns={"group_id": "person_id"})
    one = ranked(crimes, groups, offenders, found)
    shuffled = found._replace(links=found.links.sample(frac=1, random_state=1))
    two = ranked(
        crimes.sample(frac=1, random_state=2), groups.sample(frac=1, random_state=3), offenders[::-1], shuffled
    )
    pd.testing.assert_frame_equal(one, two)


def test_offenders_of_crimes_that_are_not_in_the_table_are_passed_over():
    crimes = crimes_on([0, 0.5])
    offenders = frame("person_id", P1=["C001", "C777"], P2=["C888"])
    table = ranked(crimes, NO_SERIES, offenders, scored(crimes))
    assert table.query("candidate_kind == 'offender'")["candidate_id"].tolist() == ["P1"]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_crimes_and_nothing_solved_give_the_same_columns(n):
    crimes = crimes_on([0.0, 20.0][:n])
    found = scored(crimes)
    table = ranked(crimes, NO_SERIES, NO_OFFENDERS, found)
    assert table.empty
    assert tuple(table) == RANKING_COLUMNS


def test_links_of_other_crimes_are_refused():
    found = scored(crimes_on([0, 1, 2]))
    with pytest.raises(ScoringError, match="not in it; score the links again"):
        ranked(crimes_on([0, 1]), NO_SERIES, NO_OFFENDERS, found)
