"""Places in the lists that people read, against hand-worked lists and loops that score one pair at a time."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from linkage.held_out_ranking import further_member_ranks, hidden_member_ranks, offender_ranks, partner_ranks
from linkage.identification import identify_series
from linkage.ranked_lists import ranking_summary, rows_per_list

UNKNOWN = np.full(40, -1)


class Score:
    """A symmetric table of log Bayes factors with many ties, which refuses a crime against itself."""

    def __init__(self, seed: int, n: int = 40) -> None:
        table = np.random.default_rng(seed).integers(-3, 4, (n, n)).astype(float)
        self.table = np.triu(table, 1) + np.triu(table, 1).T

    def __call__(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        assert (first < second).all()
        return self.table[first, second]


def fixed(values: dict[tuple[int, int], float]):
    return lambda first, second: np.array([values.get(pair, 0.0) for pair in zip(first, second, strict=True)])


def frame(column: str, rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["crime_row", column])


def test_partners_as_ranked_by_hand():
    # Crime 0 against 1 to 4: 2.0, 7.0, 2.0, -1.0; partners 1 and 4.
    score = fixed({(0, 1): 2.0, (0, 2): 7.0, (0, 3): 2.0, (0, 4): -1.0})
    got = partner_ranks(np.array([0]), frame("partner_row", [(0, 4), (0, 1), (3, 1)]), np.full(5, -1), score)
    assert got["partner_row"].tolist() == [1, 4]
    assert got["rank"].tolist() == [2.5, 4.0]
    assert got["log_bf"].tolist() == [2.0, -1.0]
    assert got["n_candidates"].tolist() == [4, 4]


def test_crimes_of_one_incident_are_neither_partners_nor_competitors():
    score = fixed({(0, 1): 9.0, (0, 2): 8.0, (0, 3): 7.0})
    incident = np.array([5, 5, 6, 7, -1])
    got = partner_ranks(np.array([0]), frame("partner_row", [(0, 1), (0, 3)]), incident, score)
    assert got[["partner_row", "rank", "n_candidates"]].to_numpy().tolist() == [[3, 2, 3]]
    nothing = partner_ranks(np.array([0]), frame("partner_row", [(0, 1)]), incident, score)
    assert nothing.empty
    assert list(nothing) == list(got)


@pytest.mark.parametrize("seed", range(3))
def test_partner_ranks_are_those_of_loops_over_all_crimes(seed):
    rng, score = np.random.default_rng(seed), Score(seed)
    incident = rng.integers(-1, 12, 40)
    crimes = rng.permutation(40)[:9]
    partners = frame("partner_row", [(crime, other) for crime in crimes for other in rng.integers(0, 40, 4)])
    got = partner_ranks(crimes, partners, incident, score).set_index(["crime_row", "partner_row"])
    for crime in crimes:
        rivals = [i for i in range(40) if i != crime and (incident[i] != incident[crime] or incident[crime] == -1)]
        places = dict(zip(rivals, rankdata(-score.table[crime, rivals]), strict=True))
        wanted = set(partners.query("crime_row == @crime")["partner_row"]) & set(rivals)
        assert got.xs(crime)["rank"].to_dict() == {other: places[other] for other in wanted}


def test_offenders_as_ranked_by_hand():
    # Offender A: 1 and 2 (log BF 4 and 0 with crime 0); B: 3 (1); C: 4 and 5 (3 and 3).
    score = fixed({(0, 1): 4.0, (0, 2): 0.0, (0, 3): 1.0, (0, 4): 3.0, (0, 5): 3.0})
    known, offenders = np.array([0, 1, 2, 3, 4, 5]), np.array(["A", "A", "A", "B", "C", "C"])
    got = offender_ranks(np.array([0]), known, offenders, frame("offender", [(0, "A")]), np.full(6, -1), score)
    assert got.set_index("linkage")["rank"].to_dict() == {"average": 2, "single": 1, "complete": 3}
    assert got.set_index("linkage")["log_bf"].to_dict() == {"average": 2.0, "single": 4.0, "complete": 0.0}
    assert (got["n_candidates"] == 3).all()


def test_offenders_without_another_known_crime_cannot_be_found():
    score = fixed({})
    known, offenders = np.array([0, 1, 2]), np.array(["A", "B", "B"])
    true = frame("offender", [(0, "A"), (1, "B")])
    got = offender_ranks(np.array([0, 1]), known, offenders, true, np.full(3, -1), score)
    assert got["crime_row"].unique().tolist() == [1]
    same_incident = offender_ranks(np.array([0, 1]), known, offenders, true, np.array([-1, 4, 4]), score)
    assert same_incident.empty
    assert list(same_incident) == list(got)


def test_offenders_are_scored_as_series_identification_does():
    rng, score = np.random.default_rng(1), Score(1)
    known, offenders = np.arange(5, 40), rng.integers(0, 9, 35)
    true = frame("offender", [(crime, offender) for crime in range(8) for offender in (2, 5)])
    got = offender_ranks(np.arange(8), known, offenders, true, UNKNOWN, score)
    theirs = identify_series(np.arange(8), known, offenders, score)
    for row in got.itertuples():
        of_crime = theirs[theirs["crime_row"] == row.crime_row]
        places = dict(zip(of_crime["group"], rankdata(-of_crime[row.linkage]), strict=True))
        assert row.rank == places[row.offender]
        assert row.n_candidates == len(of_crime)


def test_a_hidden_member_as_ranked_by_hand():
    # Series {0, 1, 2}, unsolved 3 and 4. Hidden 0: with 1 and 2 it has 5 and -1; 3 has 1 and 1; 4 has 0 and 6.
    score = fixed({(0, 1): 5.0, (0, 2): -1.0, (1, 3): 1.0, (2, 3): 1.0, (1, 4): 0.0, (2, 4): 6.0})
    got = hidden_member_ranks(np.array([0, 1, 2]), ["s", "s", "s"], np.array([3, 4]), np.full(5, -1), score)
    hidden = got[got["crime_row"] == 0].set_index("linkage")
    assert hidden["log_bf"].to_dict() == {"average": 2.0, "single": 5.0, "complete": -1.0}
    assert hidden["rank"].to_dict() == {"average": 2, "single": 2, "complete": 3}
    assert (hidden["n_candidates"] == 3).all()
    assert (hidden["n_known"] == 2).all()


@pytest.mark.parametrize("seed", range(3))
def test_hidden_members_are_ranked_as_by_loops(seed):
    rng, score = np.random.default_rng(seed), Score(seed)
    incident = rng.integers(-1, 20, 40)
    members, series = np.arange(18), rng.integers(0, 5, 18)
    got = hidden_member_ranks(members, series, np.arange(15, 40), incident, score)
    gather = {"average": np.mean, "single": np.max, "complete": np.min}

    def of(crime: int, known: list[int], linkage: str) -> float:
        apart = [k for k in known if incident[k] != incident[crime] or incident[crime] == -1]
        return gather[linkage](score.table[crime, apart]) if apart else np.nan

    expected = {}
    for hidden, linkage in itertools.product(members, gather):
        group = members[series == series[hidden]]
        known = [member for member in group if member != hidden]
        rivals = [crime for crime in range(15, 40) if crime not in group]
        values = np.array([of(crime, known, linkage) for crime in [hidden, *rivals]])
        if not np.isnan(values[0]):
            expected[hidden, linkage] = rankdata(-np.round(values[~np.isnan(values)], 9))[0]
    assert got.set_index(["crime_row", "linkage"])["rank"].to_dict() == expected


def test_a_series_of_one_crime_or_of_one_incident_hides_nobody():
    got = hidden_member_ranks(np.array([0, 1, 2]), ["a", "b", "b"], np.array([3]), np.array([-1, 7, 7, -1]), fixed({}))
    assert got.empty
    assert list(got) == ["crime_row", "series", "linkage", "log_bf", "rank", "n_candidates", "n_known"]


def test_a_score_that_says_nothing_has_the_middle_place_and_saves_no_effort():
    partners = frame("partner_row", [(crime, (crime + 1) % 40) for crime in range(10)])
    ranks = partner_ranks(np.arange(10), partners, UNKNOWN, fixed({}))
    assert (ranks["rank"] == 20.0).all()
    summary = ranking_summary(rows_per_list(ranks, np.zeros(40)))
    assert summary["search_effort_reduction"] == 0.0
    assert summary["hit_at_1"] == summary["hit_at_5"] == 0.0


def test_the_order_of_rows_changes_nothing():
    score, rng = Score(4), np.random.default_rng(4)
    partners = frame("partner_row", [(crime, other) for crime in range(6) for other in (20, 30)])
    straight = partner_ranks(np.arange(6), partners, UNKNOWN, score)
    turned = partner_ranks(rng.permutation(6), partners.sample(frac=1, random_state=0), UNKNOWN, score)
    ordered = turned.sort_values(["crime_row", "partner_row"], ignore_index=True)
    pd.testing.assert_frame_equal(ordered, straight)


def test_no_crimes_make_no_rows():
    empty = partner_ranks(np.array([], dtype=np.int64), frame("partner_row", []), UNKNOWN, fixed({}))
    assert empty.empty
    assert list(empty) == ["crime_row", "partner_row", "log_bf", "rank", "n_candidates"]


def test_further_members_as_ranked_by_hand():
    # Series {0, 1}; unsolved 2, 3 and 4 with it: 5 and 1, 2 and 2, 0 and 4. 3 and 4 truly belong to it.
    score = fixed({(0, 2): 5.0, (1, 2): 1.0, (0, 3): 2.0, (1, 3): 2.0, (0, 4): 0.0, (1, 4): 4.0})
    true = frame("series", [(0, "s"), (1, "s"), (3, "s"), (4, "s")])
    got = further_member_ranks(np.array([0, 1]), ["s", "s"], true, np.array([2, 3, 4]), np.full(5, -1), score)
    ranks = got.pivot(index="crime_row", columns="linkage", values="rank")
    assert ranks.loc[3].to_dict() == {"average": 2.5, "complete": 1, "single": 3}
    assert ranks.loc[4].to_dict() == {"average": 2.5, "complete": 3, "single": 2}
    assert (got["n_candidates"] == 3).all()
    of_list = rows_per_list(got[got["linkage"] == "single"], np.array(list("aabbb")), asked="series")
    assert of_list[["n_true", "first_rank", "median_rank", "group"]].to_numpy().tolist() == [[2, 2.0, 2.5, "b"]]


def test_a_hidden_member_is_a_further_member_of_the_rest():
    score, incident = Score(6), np.random.default_rng(6).integers(-1, 20, 40)
    members, unsolved = np.arange(6), np.arange(20, 40)
    hidden = hidden_member_ranks(members, np.zeros(6), unsolved, incident, score)
    for crime in members:
        known = members[members != crime]
        true = frame("series", [(crime, 0.0)])
        found = further_member_ranks(known, np.zeros(5), true, np.append(unsolved, crime), incident, score)
        same = hidden[hidden["crime_row"] == crime].drop(columns="n_known").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, same)


def test_series_without_a_further_member_have_no_list():
    true = frame("series", [(0, "s"), (3, "t")])
    got = further_member_ranks(np.array([0, 1]), ["s", "s"], true, np.array([2, 3]), np.full(4, -1), fixed({}))
    assert got.empty
