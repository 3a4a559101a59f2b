"""Further crimes of a set against worked examples and against every crime scored one pair at a time."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import CrimeTableError, LinkLimits
from linkage.evidence import EvidenceSpec
from linkage.expansion import (
    CANDIDATE_COLUMNS,
    ExpansionError,
    ExpansionRule,
    comparable_crimes,
    crimes_for_members,
    series_candidates,
)
from linkage.linkages import LINKAGES, HierarchyError
from linkage.pair_scores import ScoringError, posterior_probability
from linkage.scoring import KeepRule, score_links
from linkage.strength import StrengthError

SPEC = EvidenceSpec(items=())
PRIOR = -6.0
LIMITS = LinkLimits(max_km=8.0, max_days=30.0)
ALL = ExpansionRule(top_k=None)


class NearIsLinked:
    """Whole log BFs, so ties: 5 in the same km, one less a km; half of one less a day."""

    def decision_function(self, evidence):
        return 5 - np.floor(evidence["distance_km"].to_numpy()) - 0.5 * np.floor(evidence["gap_days"].to_numpy())


def crimes_on(x_km, days=None, incident=None, **columns):
    n = len(x_km)
    moment = pd.Series(pd.Timestamp("2024-02-03 04:00") + pd.to_timedelta(days if days is not None else [0] * n, "D"))
    moment = moment.astype("datetime64[us]")
    return pd.DataFrame(
        {
            "crime_id": [f"C{i:03d}" for i in range(n)],
            "incident_id": incident or [f"I{i}" for i in range(n)],
            "easting_m": np.asarray(x_km, dtype=float) * 1000,
            "northing_m": np.zeros(n),
            "committed_from_at": moment.dt.tz_localize("UTC"),
            "committed_to_at": moment.dt.tz_localize("UTC"),
            "committed_from_local": moment,
            **columns,
        }
    )


def further(crimes, members, rule=ALL, limits=LIMITS, solved=()):
    ready = comparable_crimes(crimes, NearIsLinked(), SPEC)
    return crimes_for_members(ready, members, PRIOR, solved=solved, limits=limits, rule=rule)


def test_the_further_crimes_of_a_set_are_those_worked_by_hand():
    # Members at 0 and 3 km. C002 at 0.5 km: log BF 5 and 5 - 2 = 3. C003 at 4.2: 1 and 4. C004 at 7, two days later:
    # 5 - 7 - 1 = -3 and 5 - 4 - 1 = 0. C005 at 20 km is out of reach of both.
    crimes = crimes_on([0, 3, 0.5, 4.2, 7, 20], days=[0, 0, 0, 0, 2, 0])
    table = further(crimes, ["C000", "C001"])
    assert tuple(table) == CANDIDATE_COLUMNS
    assert table[["rank", "crime_id", *LINKAGES, "n_crimes", "nearest_crime_id"]].to_numpy().tolist() == [
        [1, "C002", 4.0, 5.0, 3.0, 2, "C000"],
        [2, "C003", 2.5, 4.0, 1.0, 2, "C001"],
        [3, "C004", -1.5, 0.0, -3.0, 2, "C001"],
    ]
    np.testing.assert_allclose(table["distance_km"], [0.5, 1.2, 4.0])
    np.testing.assert_allclose(table["gap_days"], [0.0, 0.0, 2.0])
    np.testing.assert_array_equal(table["log_bf"], table["single"])
    # 1 / (1 + exp(6 - 5)), and so on.
    np.testing.assert_allclose(table["posterior_probability"], 1 / (1 + np.exp([1.0, 2.0, 6.0])))


@pytest.mark.parametrize(
    ("linkage", "order"), [("single", ["C003", "C002"]), ("average", ["C002", "C003"]), ("complete", ["C002", "C003"])]
)
def test_the_chosen_linkage_decides_the_rank_and_the_posterior(linkage, order):
    # C002 in the middle: 3 and 3 (all linkages 3); C003 beside one member: 5 and 0 (single 5, average 2.5, complete 0).
    table = further(crimes_on([0, 5, 2.5, -0.5]), ["C000", "C001"], ExpansionRule(linkage))
    assert table["crime_id"].tolist() == order
    np.testing.assert_array_equal(table["log_bf"], table[linkage])
    np.testing.assert_array_equal(table["posterior_probability"], posterior_probability(table[linkage], PRIOR))


def test_ties_go_by_crime_id():
    assert further(crimes_on([0, 1.5, -1.5, 1.2]), ["C000"])["crime_id"].tolist() == ["C001", "C002", "C003"]


def test_a_set_of_one_crime_gives_the_score_of_each_pair():
    x_km = np.random.default_rng(5).uniform(0, 20, 40)
    crimes = crimes_on(x_km)
    table = further(crimes, ["C007"])
    pairs = score_links(crimes, NearIsLinked(), SPEC, PRIOR, LIMITS, KeepRule(100, 0.0)).links
    mine = pairs[(pairs["crime_id_1"] == "C007") | (pairs["crime_id_2"] == "C007")]
    other = mine["crime_id_1"].where(mine["crime_id_1"] != "C007", mine["crime_id_2"])
    expected = mine.set_index(other).loc[table["crime_id"]]
    assert len(table) == len(mine) > 5
    for name in LINKAGES:
        np.testing.assert_array_equal(table[name], expected["log_bf"])
    for name in ("posterior_probability", "distance_km", "gap_days"):
        np.testing.assert_array_equal(table[name], expected[name])
    assert set(table["nearest_crime_id"]) == {"C007"}


def naive(crimes, members, solved, with_solved, linkage):
    """Every crime against every member, one pair at a time, in plain Python."""
    rows = []
    x_km, day = crimes["easting_m"] / 1000, crimes["committed_from_at"].astype("int64") / 86.4e9
    place = {crime_id: i for i, crime_id in enumerate(crimes["crime_id"])}
    known = crimes.set_index("crime_id")["incident_id"].dropna().to_dict()
    for crime_id, i in place.items():
        incidents = {known[m] for m in members if m in known}
        near = [abs(x_km[i] - x_km[place[m]]) <= 8 and abs(day[i] - day[place[m]]) <= 30 for m in members]
        if crime_id in members or known.get(crime_id) in incidents or not any(near):
            continue
        if crime_id in solved and not with_solved:
            continue
        log_bf = [
            5 - np.floor(abs(x_km[i] - x_km[place[m]])) - 0.5 * np.floor(abs(day[i] - day[place[m]])) for m in members
        ]
        values = dict(zip(LINKAGES, (sum(log_bf) / len(log_bf), max(log_bf), min(log_bf)), strict=True))
        nearest = members[log_bf.index(max(log_bf))]
        rows.append((-values[linkage], crime_id, values, nearest, crime_id in solved))
    return sorted(rows, key=lambda row: row[:2])


def random_case(seed):
    rng = np.random.default_rng(seed)
    incident = [None if i % 7 == 0 else f"I{i // 2}" for i in range(80)]
    crimes = crimes_on(rng.uniform(0, 40, 80), rng.integers(0, 60, 80), incident)
    ids = crimes["crime_id"]
    return crimes, sorted(rng.choice(ids, 6, replace=False)), set(rng.choice(ids, 25, replace=False))


@pytest.mark.parametrize("with_solved", [False, True])
@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("seed", range(3))
def test_every_crime_within_the_limits_is_found_and_no_other(seed, linkage, with_solved):
    crimes, members, solved = random_case(seed)
    table = further(crimes, members, ExpansionRule(linkage, None, with_solved=with_solved), solved=solved)
    expected = naive(crimes, members, solved, with_solved, linkage)
    assert table["crime_id"].tolist() == [crime_id for _, crime_id, *_ in expected]
    assert table["nearest_crime_id"].tolist() == [nearest for *_, nearest, _ in expected]
    assert table["is_solved"].tolist() == [is_solved for *_, is_solved in expected]
    for name in LINKAGES:
        np.testing.assert_allclose(table[name], [values[name] for _, _, values, *_ in expected], rtol=1e-12)


def test_order_and_repetition_change_nothing():
    crimes, members, solved = random_case(8)
    one = further(crimes, members, solved=solved)
    two = further(crimes.sample(frac=1, random_state=1), [*members[::-1], members[2]], solved=sorted(solved))
    pd.testing.assert_frame_equal(one, two)


def test_crimes_of_an_incident_of_the_members_are_no_candidates():
    crimes = crimes_on([0, 0.1, 0.2, 0.3], incident=["I", "I", None, None])
    assert further(crimes, ["C000"])["crime_id"].tolist() == ["C002", "C003"]
    # An incident that nobody knows is not shared with another such crime.
    assert further(crimes, ["C002"])["crime_id"].tolist() == ["C000", "C001", "C003"]


def test_solved_crimes_are_left_out_unless_asked_for_and_then_flagged():
    crimes = crimes_on([0, 0.1, 0.2])
    assert further(crimes, ["C000"], solved=["C000", "C001"])["crime_id"].tolist() == ["C002"]
    both = further(crimes, ["C000"], ExpansionRule(with_solved=True), solved=["C000", "C001"])
    assert both[["crime_id", "is_solved"]].to_numpy().tolist() == [["C001", True], ["C002", False]]


def test_a_crime_at_the_limits_is_a_candidate_and_one_beyond_is_not():
    crimes = crimes_on([0, 8, 8.001, 0, 0], days=[0, 0, 0, 30, 30.001])
    assert set(further(crimes, ["C000"])["crime_id"]) == {"C001", "C003"}


def test_a_member_beyond_the_limits_counts_in_the_linkage_all_the_same():
    table = further(crimes_on([0, 12, 1]), ["C000", "C001"])
    # 1 km from one member, 11 from the other: 4 and -6.
    assert table[["average", "complete"]].to_numpy().tolist() == [[-1.0, -6.0]]


class NearIsLinkedIfKnown(NearIsLinked):
    """What is not known says nothing."""

    def decision_function(self, evidence):
        return super().decision_function(evidence.fillna(0.0))


def test_a_crime_without_place_or_time_is_compared_by_what_it_has():
    crimes = crimes_on([0, 0.1, 0.2, 40.0, 0.3])
    crimes.loc[0, ["easting_m", "northing_m"]] = np.nan
    crimes.loc[1, ["committed_from_at", "committed_to_at"]] = pd.NaT
    crimes.loc[4, ["easting_m", "northing_m"]] = np.nan
    crimes.loc[4, ["committed_from_at", "committed_to_at"]] = pd.NaT
    ready = comparable_crimes(crimes, NearIsLinkedIfKnown(), SPEC)
    found = {one: set(crimes_for_members(ready, [one], PRIOR)["crime_id"]) for one in crimes["crime_id"]}
    # C000 lacks its place, C001 its time, C004 both; C003 is 40 km away on the same day.
    assert found == {"C000": {"C002", "C003"}, "C001": {"C002"}, "C002": {"C000"}, "C003": {"C000"}, "C004": set()}


def test_without_across_groups_only_crimes_of_a_members_group_are_candidates():
    crimes = crimes_on([0, 0.1, 0.2, 0.3], crime_group=["a", "b", "a", None])
    limits = LinkLimits(max_km=8.0, max_days=30.0, across_groups=False)
    assert further(crimes, ["C000"], limits=limits)["crime_id"].tolist() == ["C002"]
    assert further(crimes, ["C000", "C001"], limits=limits)["crime_id"].tolist() == ["C002"]


def test_a_candidate_is_strong_from_the_posterior_of_the_rule():
    # Posteriors 0.269, 0.119 and 0.047 for log BF 5, 4 and 3.
    crimes = crimes_on([0, 0.5, 1.5, 2.5])
    assert not further(crimes, ["C000"])["is_strong"].any()
    assert further(crimes, ["C000"], ExpansionRule(strong_posterior=0.1))["is_strong"].tolist() == [True, True, False]


def test_top_k_keeps_the_strongest():
    crimes = crimes_on([0, 3, 2, 1])
    assert further(crimes, ["C000"], ExpansionRule(top_k=2))["crime_id"].tolist() == ["C003", "C002"]


def test_a_set_with_nothing_near_gives_the_same_columns():
    table = further(crimes_on([0.0, 20.0]), ["C000"])
    assert table.empty
    assert tuple(table) == CANDIDATE_COLUMNS


def test_a_set_must_hold_crimes_of_the_table():
    crimes = crimes_on([0.0, 1.0])
    with pytest.raises(ExpansionError, match="members: expected at least one crime, got none"):
        further(crimes, [])
    with pytest.raises(ExpansionError, match=r"got 2 that are not in it \(C777, C888\); check them against crime_id"):
        further(crimes, ["C000", "C888", "C777"])
    with pytest.raises(CrimeTableError, match="1 repeated crime_id"):
        further(pd.concat([crimes, crimes[:1]]), ["C000"])


def test_a_rule_that_makes_no_sense_is_refused():
    with pytest.raises(HierarchyError, match="got 'median'"):
        ExpansionRule("median")
    with pytest.raises(ExpansionError, match="top_k: expected 1 or more, got 0; use None for all"):
        ExpansionRule(top_k=0)
    with pytest.raises(StrengthError, match="strong_posterior: expected a probability, got 2"):
        ExpansionRule(strong_posterior=2)


def for_series(crimes, members, links, rule=ALL, solved=()):
    return series_candidates(crimes, NearIsLinked(), SPEC, PRIOR, links, members, solved, rule)


def memberships(**crimes_of):
    rows = [(series_id, crime) for series_id, crimes in crimes_of.items() for crime in crimes]
    return pd.DataFrame(rows, columns=["series_id", "crime_id"])


def all_links(crimes):
    return score_links(crimes, NearIsLinked(), SPEC, PRIOR, LIMITS, KeepRule(1000, 0.0)).links


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("seed", range(3))
def test_with_all_links_each_series_gets_the_crimes_that_it_gets_alone(seed, linkage):
    crimes, _, solved = random_case(seed)
    rng = np.random.default_rng(seed)
    members = {name: sorted(rng.choice(crimes["crime_id"], 3, replace=False)) for name in ("S1", "S2", "S3")}
    rule = ExpansionRule(linkage, 7)
    table = for_series(crimes, memberships(**members), all_links(crimes), rule, solved)
    alone = [further(crimes, ids, rule, solved=solved).assign(series_id=name) for name, ids in members.items()]
    expected = pd.concat(alone, ignore_index=True)[["series_id", *CANDIDATE_COLUMNS]]
    pd.testing.assert_frame_equal(table, expected.astype({"series_id": "str"}))


def test_only_crimes_that_a_link_leads_to_are_scored_for_a_series():
    crimes = crimes_on([0, 1, 2, 3])
    links = pd.DataFrame({"crime_id_1": ["C000", "C001"], "crime_id_2": ["C001", "C003"]})
    table = for_series(crimes, memberships(S=["C000", "C001"]), links)
    # C003 is led to by C001 alone, and scored with both: 2 and 3 km off.
    assert table[["crime_id", *LINKAGES]].to_numpy().tolist() == [["C003", 2.5, 3.0, 2.0]]


def test_no_series_and_no_crimes_give_the_same_columns():
    crimes = crimes_on([0.0, 1.0])
    for table in (
        for_series(crimes, memberships(), all_links(crimes)),
        for_series(crimes[:0], memberships(), all_links(crimes)[:0]),
    ):
        assert table.empty
        assert list(table) == ["series_id", *CANDIDATE_COLUMNS]


def test_links_of_other_crimes_are_refused_for_series():
    links = all_links(crimes_on([0, 1, 2]))
    with pytest.raises(ScoringError, match="not in it; score the links again"):
        for_series(crimes_on([0, 1]), memberships(S=["C000"]), links)
