"""Links of a force scanned on arrays, against every pair scored by the model and sorted whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.candidates import LinkLimits
from linkage.force_links import score_force
from linkage.keep_rule import KeepRule
from linkage.pair_scores import ScoringError
from linkage.scoring import score_links
from tests.linkage.force_oracle import PRIOR, arrays, as_dict, fitted, random_crimes, specification, wanted

LIMITS = LinkLimits(2.0, 90.0)
KEEP = KeepRule(3, 0.05, edge_log_bf=2.0)


def check(crimes, model, spec, limits=LIMITS, keep=KEEP, n_workers=2):
    solved = crimes["crime_id"][::5].tolist()
    columns, tables = arrays(crimes, model, spec, limits.across_groups, solved)
    found = score_force(columns, tables, limits, keep, PRIOR, n_workers=n_workers)
    links, edges, to_solved, n_considered, n_out = wanted(crimes, model, spec, limits, keep, solved)
    assert as_dict(found.edges) == edges
    assert as_dict(found.to_solved) == to_solved
    assert as_dict(found.links) == links
    assert list(as_dict(found.links)) == list(links)
    incident = crimes["incident_id"].tolist()
    assert found.is_same_incident.tolist() == [
        isinstance(incident[i], str) and incident[i] == incident[j] for i, j in links
    ]
    assert (found.counts.n_considered, found.counts.n_pairs_left_out) == (n_considered, n_out)
    assert found.n_kept == len(links)
    return found


@pytest.mark.parametrize("kind", ["additive", "histogram", "calibrated"])
@pytest.mark.parametrize("seed", [0, 1])
def test_links_edges_and_solved_partners_are_those_of_all_pairs(kind, seed):
    crimes = random_crimes(250, seed)
    found = check(crimes, *fitted(crimes, specification(), kind, seed))
    assert len(found.links.first) > 300


@pytest.mark.parametrize(
    "keep", [KeepRule(0, 0.05), KeepRule(0, 0.0), KeepRule(500, 1.0), KeepRule(1, 1.0, -np.inf), KeepRule(0, 1.0, 1.0)]
)
def test_whatever_is_asked_for_is_found(keep):
    crimes = random_crimes(120, 3)
    check(crimes, *fitted(crimes, specification(), "calibrated"), keep=keep)


@pytest.mark.parametrize(
    "limits",
    [
        LinkLimits(np.inf, np.inf),
        LinkLimits(0.0, np.inf),
        LinkLimits(np.inf, 0.0),
        LinkLimits(0.25, 6.0),
        LinkLimits(1.5, 60.0, across_groups=False),
        LinkLimits(2.0, 90.0, most_at_one_place=1, most_partners_at_one_place=1, most_partners_of_incomplete=7),
        LinkLimits(2.0, 90.0, False, most_at_one_place=0, most_partners_at_one_place=0, most_partners_of_incomplete=0),
        LinkLimits(2.0, 90.0, False, most_at_one_place=1, most_partners_at_one_place=2, most_partners_of_incomplete=3),
    ],
)
def test_whatever_the_limits_and_caps(limits):
    crimes = random_crimes(130, 4, side_km=4.0)
    check(crimes, *fitted(crimes, specification(), "additive"), limits=limits)


@pytest.mark.parametrize(
    "more",
    [
        {"crowding_km": None},
        {"items": ("entry_point",), "agreement": (), "overlap": ("property_class_taken",), "crime_group": False},
        {"agreement": (), "crime_group": False, "crowding_km": None},
        {"circular": "reference", "match": "levels", "items": ("tool_used",)},
        {"numerical": ("value",)},
    ],
)
def test_whatever_the_evidence(more):
    crimes = random_crimes(150, 5).assign(value=np.random.default_rng(1).choice([1.0, 10.0, np.nan], 150))
    check(crimes, *fitted(crimes, specification(**more), "histogram"))


def test_on_the_sphere_too():
    crimes = random_crimes(100, 6)
    crimes["easting_m"], crimes["northing_m"] = crimes["easting_m"] / 1e5, 51.0 + crimes["northing_m"] / 1e5
    spec = specification(distance="great-circle")
    check(crimes, *fitted(crimes, spec), limits=LinkLimits(0.00002, 90.0))


def test_all_crimes_alike_at_one_point_are_ties_that_the_lower_row_wins():
    crimes = random_crimes(60, 7, known=1.0).assign(easting_m=-1e9, northing_m=3e9, crime_group="theft")
    crimes["incident_id"] = None
    for name in ("committed_from_at", "committed_to_at", "committed_from_local"):
        crimes[name] = crimes[name].iloc[0]
    for name in ("entry_point", "tool_used", "property_class_taken"):
        crimes[name] = [crimes[name].iloc[3]] * len(crimes)
    model, spec = fitted(random_crimes(100, 8), specification(crowding_km=None))
    found = check(crimes, model, spec, keep=KeepRule(2, 1.0))
    # Everybody keeps the two lowest others: 1 and 2 keep 0, 0 keeps 1 and 2, all others keep 0 and 1.
    assert set(as_dict(found.links)) == {(0, j) for j in range(1, 60)} | {(1, j) for j in range(2, 60)}


def test_nothing_known_and_nobody_there_make_no_pairs():
    crimes = random_crimes(30, 9)
    model, spec = fitted(crimes, specification())
    nothing = crimes.assign(easting_m=np.nan, committed_to_at=pd.NaT)
    assert check(nothing, model, spec).counts.n_without_both == 30
    for n in (0, 1):
        check(crimes[:n], model, spec)


def test_crimes_without_place_or_time_are_compared_and_counted():
    crimes = random_crimes(80, 10, known=1.0)
    crimes.loc[[3, 4], "easting_m"] = np.nan
    crimes.loc[[4, 5, 6], "committed_to_at"] = pd.NaT
    model, spec = fitted(crimes, specification())
    found = check(crimes, model, spec)
    assert found.counts[2:5] == (1, 2, 1)
    partners = {pair for pair in as_dict(found.links) if 3 in pair}
    assert partners


def test_threads_and_tiles_change_nothing():
    crimes = random_crimes(300, 11)
    model, spec = fitted(crimes, specification())
    columns, tables = arrays(crimes, model, spec, solved=crimes["crime_id"][::4].tolist())
    one, many = (score_force(columns, tables, LIMITS, KEEP, PRIOR, n_workers=n) for n in (1, 7))
    for name in ("links", "edges", "to_solved"):
        for left, right in zip(getattr(one, name), getattr(many, name), strict=True):
            np.testing.assert_array_equal(left, right)
    assert one.counts == many.counts


@settings(max_examples=15, deadline=None)
@given(
    st.integers(2, 60),
    st.integers(0, 2**16),
    st.floats(0.0, 3.0),
    st.integers(0, 60),
    st.integers(0, 4),
    st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    st.sampled_from(["additive", "histogram", "calibrated"]),
)
def test_any_small_force(n, seed, max_km, max_days, top_k, floor, kind):
    crimes = random_crimes(n, seed, side_km=2.0, n_days=60, known=0.7)
    model, spec = fitted(random_crimes(100, 1, side_km=3.0), specification(), kind)
    limits = LinkLimits(max_km, max_days, seed % 2 == 0, seed % 3, 1 + seed % 2, 2 + seed % 7)
    check(crimes, model, spec, limits, KeepRule(top_k, floor, 1.5))


@pytest.mark.parametrize("kind", ["histogram", "calibrated"])
def test_a_model_scored_in_chunks_of_evidence_gives_the_same_links(kind):
    crimes = random_crimes(200, 13)
    model, spec = fitted(crimes, specification(), kind)
    limits = LinkLimits(2.0, 90.0, most_at_one_place=1, most_partners_at_one_place=1, most_partners_of_incomplete=20)
    solved = crimes["crime_id"][::3].tolist()
    scanned = score_links(crimes, model, spec, PRIOR, limits, KEEP, solved)
    chunked = score_links(crimes, OnlyEvidence(model), spec, PRIOR, limits, KEEP, solved, pairs_per_chunk=997)
    for name in ("links", "edges", "to_solved"):
        pd.testing.assert_frame_equal(getattr(scanned, name), getattr(chunked, name), check_exact=True)
    assert scanned.counts._replace(n_scored=0) == chunked.counts._replace(n_scored=0)


class OnlyEvidence:
    """A model that nobody can put into tables."""

    def __init__(self, model):
        self.decision_function, self.log_bf_terms = model.decision_function, model.log_bf_terms


def test_a_calibration_that_falls_is_refused():
    crimes = random_crimes(30, 14)
    columns, tables = arrays(crimes, *fitted(crimes, specification(), "calibrated"))
    falling = tables._replace(calibration_log_bf=tables.calibration_log_bf[::-1].copy())
    with pytest.raises(ScoringError, match=r"expected a calibration that rises .* calibrate it again"):
        score_force(columns, falling, LIMITS, KEEP, PRIOR)


def test_a_model_that_holds_infinite_factors_is_refused():
    crimes = random_crimes(30, 15)
    columns, tables = arrays(crimes, *fitted(crimes, specification()))
    infinite = tables._replace(value=np.where(np.arange(len(tables.value)) == 3, np.inf, tables.value))
    with pytest.raises(ScoringError, match="expected finite log Bayes factors, got others; smooth the model"):
        score_force(columns, infinite, LIMITS, KEEP, PRIOR)


@pytest.mark.long
def test_a_hundred_thousand_crimes_at_one_point_are_capped_and_counted():
    crimes = random_crimes(100, 16, known=1.0)
    model, spec = fitted(crimes, specification())
    crimes = crimes.loc[np.arange(100_000) % 100].assign(easting_m=0.0, northing_m=0.0, incident_id=None)
    crimes["crime_id"] = [f"C{i:06d}" for i in range(100_000)]
    shift = pd.to_timedelta(np.arange(100_000) // 100, unit="h")
    for name in ("committed_from_at", "committed_to_at", "committed_from_local"):
        crimes[name] = crimes[name] + shift
    columns, tables = arrays(crimes.reset_index(drop=True), model, spec)
    limits = LinkLimits(most_partners_at_one_place=500)
    found = score_force(columns, tables, limits, KeepRule(5, 1.0), PRIOR)
    # All are within 365 days: each meets 500 before and 500 after it but at both ends.
    considered = 100_000 * 500 - 500 * 501 // 2
    assert found.counts.n_considered == considered
    assert found.counts.n_pairs_left_out == 100_000 * 99_999 // 2 - considered
    assert found.counts.n_capped_crimes == 100_000


def test_progress_is_told_by_tile():
    crimes = random_crimes(50, 12)
    columns, tables = arrays(crimes, *fitted(crimes, specification()))
    told = []
    score_force(columns, tables, LIMITS, KEEP, PRIOR, told.append)
    assert told[-1].startswith("pairs scored: 100% of the work, ")


def test_pairs_left_out_at_a_crowded_place_are_told():
    crimes = random_crimes(20, 12, known=1.0).assign(easting_m=5.0, northing_m=5.0, incident_id=None)
    crimes["committed_from_at"] = crimes["committed_to_at"] = crimes["committed_from_at"].iloc[0]
    columns, tables = arrays(crimes, *fitted(random_crimes(50, 12), specification()))
    told = []
    limits = LinkLimits(1.0, 9.0, most_at_one_place=19, most_partners_at_one_place=18)
    score_force(columns, tables, limits, KEEP, PRIOR, told.append)
    # Of twenty in order of time only the first and the last are more than 18 apart.
    assert told[-1].startswith("1 pairs left out at crowded places, where 20 crimes lie at points with more than 19:")
