"""Links kept against all pairs scored at once, and the arithmetic of the posterior."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import CrimeTableError
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.pair_scores import ScoringError, pair_scorer, posterior_probability
from linkage.scoring import KeepRule, LinkLimits, link_terms, score_links

SPEC = EvidenceSpec(items=("entry_point",))
LIMITS = LinkLimits(max_km=6.0, max_days=150.0)
PRIOR = float(np.log(1 / 1000))


class NearIsLinked:
    """A stand-in model: two log BFs lost a km and 0.02 a day, 5 to begin with, in steps that make ties."""

    def log_bf_terms(self, evidence):
        return pd.DataFrame(
            {
                "distance_km": 5 - 2 * np.floor(evidence["distance_km"]),
                "gap_days": -np.floor(0.02 * evidence["gap_days"]),
                "match_entry_point": np.zeros(len(evidence)),
            }
        )

    def decision_function(self, evidence):
        return self.log_bf_terms(evidence).sum(axis=1).to_numpy()


class NeverSure(NearIsLinked):
    def decision_function(self, evidence):
        return np.full(len(evidence), np.nan)


def crimes_of(n, seed=0, side_km=15.0):
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 300 * 24, n), unit="h")
    start = pd.Series(start).dt.as_unit("us")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:04d}" for i in range(n)],
            "incident_id": [f"I{i}" for i in range(n)],
            "crime_group": "burglary_residential",
            "easting_m": rng.uniform(0, side_km * 1000, n),
            "northing_m": rng.uniform(0, side_km * 1000, n),
            "committed_from_at": start,
            "committed_to_at": start,
            "entry_point": rng.choice(["rear_door", "front_door", None], n),
        }
    )
    return crimes.assign(
        committed_from_local=crimes["committed_from_at"].dt.tz_localize(None),
        committed_to_local=crimes["committed_to_at"].dt.tz_localize(None),
    )


def score(crimes, keep, **more):
    return score_links(crimes, NearIsLinked(), SPEC, PRIOR, LIMITS, keep, **more)


def all_scored(crimes):
    """Every pair within the limits, one frame, without any of the code under test."""
    first, second = np.triu_indices(len(crimes), 1)
    evidence = pair_evidence(crimes, first, second, SPEC)
    frame = pd.DataFrame({"i": first, "j": second, "log_bf": NearIsLinked().decision_function(evidence)})
    return frame[(evidence["distance_km"] <= LIMITS.max_km) & (evidence["gap_days"] <= LIMITS.max_days)]


def naive_links(crimes, keep):
    pairs = all_scored(crimes)
    both = pd.concat([pairs, pairs.rename(columns={"i": "j", "j": "i"})])
    strongest = both.sort_values(["i", "log_bf", "j"], ascending=[True, False, True]).groupby("i").head(keep.top_k)
    wanted = {(min(i, j), max(i, j)) for i, j in zip(strongest["i"], strongest["j"], strict=True)}
    likely = 1 / (1 + np.exp(-(pairs["log_bf"] + PRIOR))) >= keep.posterior_floor
    wanted |= set(zip(pairs["i"][likely], pairs["j"][likely], strict=True))
    ids = crimes["crime_id"]
    return [(ids[i], ids[j]) for i, j in sorted(wanted)]


def ids_of(frame):
    return list(zip(frame["crime_id_1"], frame["crime_id_2"], strict=True))


def test_posterior_is_the_sigmoid_of_log_bf_and_prior():
    # Odds 1:1000 times exp(4.82) = 123.97 are 0.124:1, a probability of 0.124 / 1.124 = 0.1103.
    assert posterior_probability(4.82, PRIOR) == pytest.approx(0.1103, abs=5e-5)
    assert posterior_probability(0.0, 0.0) == 0.5
    assert posterior_probability([-2000.0, 2000.0], 0.0).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("keep", [KeepRule(3, 0.1), KeepRule(1, 1.0), KeepRule(0, 0.05), KeepRule(500, 1.0)])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_links_kept_are_the_strongest_of_each_crime_and_all_above_the_floor(keep, seed):
    crimes = crimes_of(120, seed)
    scored = score(crimes, keep)
    assert ids_of(scored.links) == naive_links(crimes, keep)
    assert scored.n_considered == len(all_scored(crimes))
    assert scored.n_kept == len(scored.links)


def test_a_floor_of_zero_keeps_every_pair_within_limits():
    crimes = crimes_of(60)
    assert score(crimes, KeepRule(0, 0.0)).n_kept == len(all_scored(crimes))


def test_crime_groups_kept_apart_are_scored_like_forces_of_their_own():
    groups = np.random.default_rng(4).choice(["burglary", "robbery"], 140)
    crimes = crimes_of(140, seed=3).assign(crime_group=groups)
    keep, apart = KeepRule(2, 0.1, edge_log_bf=3.0), LinkLimits(LIMITS.max_km, LIMITS.max_days, across_groups=False)
    solved = set(crimes["crime_id"][::3])
    scored = score_links(crimes, NearIsLinked(), SPEC, PRIOR, apart, keep, solved)
    alone = [score(crimes[groups == group], keep, solved=solved) for group in ("burglary", "robbery")]
    for name in ("links", "edges", "to_solved"):
        both = pd.concat([getattr(part, name) for part in alone], ignore_index=True)
        both = both.sort_values(["crime_id_1", "crime_id_2"], ignore_index=True)
        pd.testing.assert_frame_equal(getattr(scored, name), both)
    assert scored.n_considered == sum(part.n_considered for part in alone) < score(crimes, keep).n_considered


def test_edges_are_all_pairs_at_or_above_their_threshold_kept_or_not():
    crimes = crimes_of(120)
    edges = score(crimes, KeepRule(0, 1.0, edge_log_bf=3.0)).edges
    strong = all_scored(crimes).query("log_bf >= 3")
    assert (strong["log_bf"] == 3).any()
    assert ids_of(edges) == [
        (crimes["crime_id"][i], crimes["crime_id"][j]) for i, j in zip(strong["i"], strong["j"], strict=True)
    ]
    assert edges["log_bf"].tolist() == strong["log_bf"].tolist()


def test_chunks_and_row_order_change_nothing():
    crimes = crimes_of(150)
    keep = KeepRule(4, 0.1, edge_log_bf=2.0)
    solved = crimes["crime_id"][::7].tolist()
    whole = score(crimes, keep, solved=solved)
    pieces = score(crimes.sample(frac=1, random_state=3), keep, solved=solved, pairs_per_chunk=37)
    for name in ("links", "edges", "to_solved"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(pieces, name))
    assert whole[3:] == pieces[3:]


def test_to_solved_holds_the_strongest_solved_partners_of_each_crime():
    crimes = crimes_of(100)
    is_solved = np.arange(100) % 5 == 0
    pairs = all_scored(crimes)
    both = pd.concat([pairs, pairs.rename(columns={"i": "j", "j": "i"})])
    both = both[is_solved[both["j"]]].sort_values(["i", "log_bf", "j"], ascending=[True, False, True])
    both = both.groupby("i").head(2)
    wanted = sorted({(min(i, j), max(i, j)) for i, j in zip(both["i"], both["j"], strict=True)})
    found = score(crimes, KeepRule(2), solved=crimes["crime_id"][is_solved].tolist()).to_solved
    assert ids_of(found) == [(crimes["crime_id"][i], crimes["crime_id"][j]) for i, j in wanted]


def test_columns_are_those_of_the_published_table():
    links = score(crimes_of(30), KeepRule()).links
    assert list(links)[:5] == ["crime_id_1", "crime_id_2", "log_bf", "posterior_probability", "is_same_incident"]
    assert list(links)[5:] == [
        "distance_km", "gap_days", "tod_gap_hours", "dow_gap_days", "match_entry_point"
    ]  # fmt: skip
    expected = posterior_probability(links["log_bf"], PRIOR)
    np.testing.assert_array_equal(links["posterior_probability"], expected)


def test_pairs_of_one_incident_are_kept_and_flagged_and_take_no_place():
    # Crimes 0, 1, 2 are one incident at one place; 3 is 1.5 km off: 0's one strongest partner elsewhere.
    crimes = crimes_of(4).assign(
        incident_id=["I", "I", "I", "J"],
        easting_m=[0, 0, 0, 1500],
        northing_m=0.0,
        committed_from_at=pd.Timestamp("2024-05-01", tz="UTC"),
        committed_to_at=pd.Timestamp("2024-05-01", tz="UTC"),
    )
    links = score(crimes, KeepRule(1, 1.0)).links
    # Of the equals 0, 1, 2, crime 3 keeps the lowest, 0; each of them keeps 3.
    assert ids_of(links) == [(f"C000{i}", f"C000{j}") for i in range(4) for j in range(i + 1, 4)]
    assert links["is_same_incident"].tolist() == [True, True, False, True, False, False]


def test_crimes_without_an_incident_are_never_of_the_same_one():
    crimes = crimes_of(30).assign(incident_id=None)
    assert not score(crimes, KeepRule()).links["is_same_incident"].any()


def test_crimes_without_place_or_time_are_counted():
    crimes = crimes_of(20)
    crimes.loc[[3, 4], "easting_m"] = np.nan
    crimes.loc[4, "committed_to_at"] = pd.NaT
    crimes.loc[5, "committed_from_at"] = pd.NaT
    scored = score(crimes, KeepRule())
    # 3 is compared by its time, 5 by its place; 4 has nothing to be found by.
    assert (scored.counts.n_without_place, scored.counts.n_without_time, scored.counts.n_without_both) == (1, 1, 1)
    assert scored.n_without_place_or_time == 3
    linked = set(scored.links["crime_id_1"]) | set(scored.links["crime_id_2"])
    assert {"C0003", "C0005"} <= linked
    assert "C0004" not in linked


@pytest.mark.parametrize("n", [0, 1])
def test_no_crimes_and_one_crime_give_empty_tables_with_all_columns(n):
    scored = score(crimes_of(n), KeepRule(), solved=["C0000"])
    assert len(scored.links) == len(scored.edges) == len(scored.to_solved) == scored.n_considered == 0
    assert list(scored.links) == list(score(crimes_of(30), KeepRule()).links)
    assert link_terms(scored.links, crimes_of(n), NearIsLinked(), SPEC).columns.tolist() == [
        "crime_id_1", "crime_id_2", "item", "log_bf"
    ]  # fmt: skip


def test_terms_of_each_link_add_up_to_its_log_bf():
    crimes = crimes_of(60)
    links = score(crimes, KeepRule(2)).links
    terms = link_terms(links, crimes.sample(frac=1, random_state=1), NearIsLinked(), SPEC, pairs_per_chunk=11)
    assert terms["item"][:3].tolist() == ["distance_km", "gap_days", "entry_point"]
    assert ids_of(terms)[::3] == ids_of(links)
    np.testing.assert_allclose(terms["log_bf"].to_numpy().reshape(-1, 3).sum(axis=1), links["log_bf"])


def test_a_scorer_scores_any_pairs_in_pieces():
    crimes = crimes_of(50)
    first, second = np.triu_indices(50, 1)
    whole = NearIsLinked().decision_function(pair_evidence(crimes, first, second, SPEC))
    np.testing.assert_array_equal(pair_scorer(crimes, NearIsLinked(), SPEC, 100)(first, second), whole)


def test_links_of_other_crimes_are_refused_by_count():
    links = score(crimes_of(30), KeepRule()).links
    with pytest.raises(ScoringError, match="that are not in it; score the links again"):
        link_terms(links, crimes_of(5), NearIsLinked(), SPEC)


def test_a_model_that_gives_no_number_is_refused():
    with pytest.raises(ScoringError, match="that are not numbers; missing evidence should contribute 0"):
        score_links(crimes_of(30), NeverSure(), SPEC, PRIOR, LIMITS, KeepRule())


def test_a_crime_given_twice_is_refused():
    crimes = crimes_of(3)
    with pytest.raises(CrimeTableError, match="1 repeated crime_id"):
        score(pd.concat([crimes, crimes[:1]]), KeepRule())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top_k": -1}, "top_k: expected 0 or more, got -1"),
        ({"posterior_floor": 1.5}, "expected a probability, got 1.5"),
        ({"edge_log_bf": np.nan}, "use inf for no edges"),
    ],
)
def test_a_keep_rule_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        KeepRule(**change)


def test_links_hold_every_pair_from_the_log_bf_at_which_the_floor_is_met():
    # A floor of 0.1 is odds of 1:9; at prior odds 1:1000 it takes a Bayes factor of 1000/9.
    assert KeepRule(posterior_floor=0.1).complete_above(PRIOR) == pytest.approx(np.log(1000 / 9))
    assert KeepRule(posterior_floor=0.0).complete_above(PRIOR) == -np.inf
