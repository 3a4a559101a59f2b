"""What co-linkage promises about its input, its tables and its independence of order, labels and units."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from linkage.co_linkage import (
    CoLinkageError,
    CoLinkageEvidence,
    CoLinkageResult,
    CoLinkageSettings,
    co_linkage_data,
    leads,
    reference_prior,
    sample_co_linkage,
    scale_free_prior,
)
from linkage.co_linkage_offenders import add_offender_probability, offender_probabilities

EVIDENCE = CoLinkageEvidence(items=("tool", "entry"))
SHORT = CoLinkageSettings(n_sweeps=150, n_warm_up=20, n_chains=2)


def three_offenders(n_each: int = 6) -> tuple[pd.DataFrame, list[str | None]]:
    """Three offenders far apart in place, time and tool; the first two crimes of each of two are solved."""
    rng = np.random.default_rng(4)
    offender = np.repeat(np.arange(3), n_each)
    place = np.array([[400_000, 300_000], [410_000, 305_000], [405_000, 315_000]])[offender]
    place = place + rng.normal(0.0, 400.0, (offender.size, 2))
    day = np.array([0.0, 100.0, 200.0])[offender] + rng.normal(0.0, 3.0, offender.size)
    start = (pd.Timestamp("2026-01-01") + pd.to_timedelta(pd.Series(day), unit="D")).dt.as_unit("us")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:02d}" for i in range(offender.size)],
            "easting_m": place[:, 0],
            "northing_m": place[:, 1],
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta(np.arange(offender.size) % 3, unit="h"),
            "tool": np.array(["crowbar", "hammer", "none"], dtype=object)[offender],
            "entry": [None if i % 4 == 0 else "door" for i in range(offender.size)],
        }
    )
    known = [f"group {o}" if o < 2 and i % n_each < 2 else None for i, o in enumerate(offender)]
    return crimes, known


def sampled(crimes: pd.DataFrame, groups: list[str | None], seed: int = 1) -> CoLinkageResult:
    data = co_linkage_data(crimes, groups, EVIDENCE)
    return sample_co_linkage(data, scale_free_prior(data), SHORT, seed)


@pytest.fixture(scope="module")
def result() -> CoLinkageResult:
    return sampled(*three_offenders())


def test_crimes_of_well_separated_offenders_come_together(result: CoLinkageResult) -> None:
    best = result.candidates[result.candidates["rank"] == 1].set_index("crime_id")["group"]
    assert (best[[f"C{i:02d}" for i in range(2, 6)]] == "group 0").all()
    assert (best[[f"C{i:02d}" for i in range(8, 12)]] == "group 1").all()
    assert best[[f"C{i:02d}" for i in range(12, 18)]].isna().all()
    probability = result.pairs.set_index(["crime_id_1", "crime_id_2"])["probability"]
    assert probability.loc[[("C12", "C13"), ("C14", "C17"), ("C00", "C05"), ("C01", "C05")]].min() > 0.8
    assert probability.get(("C05", "C12"), 0.0) < 0.01


def test_pairs_are_ordered_unique_and_hold_an_unsolved_crime(result: CoLinkageResult) -> None:
    pairs = result.pairs
    assert (pairs["crime_id_1"] < pairs["crime_id_2"]).all()
    assert not pairs.duplicated(["crime_id_1", "crime_id_2"]).any()
    unsolved = set(result.data.unsolved_ids)
    assert all(one in unsolved or other in unsolved for one, other in pairs[["crime_id_1", "crime_id_2"]].to_numpy())
    assert pairs["probability"].between(SHORT.floor, 1.0).all()


def test_without_floor_every_pair_stands_once_and_candidates_add_up_to_one() -> None:
    crimes, groups = three_offenders()
    data = co_linkage_data(crimes, groups, EVIDENCE)
    everything = dataclasses.replace(SHORT, floor=0.0)
    found = sample_co_linkage(data, scale_free_prior(data), everything, 1)
    np.testing.assert_allclose(found.candidates.groupby("crime_id")["probability"].sum(), 1.0, atol=1e-12)
    assert len(found.pairs) == 18 * 17 // 2 - 4 * 3 // 2  # each pair once, pairs of two solved crimes left out
    assert not found.pairs.duplicated(["crime_id_1", "crime_id_2"]).any()


def test_rao_blackwellised_probabilities_agree_with_the_labels_drawn() -> None:
    crimes, groups = three_offenders()
    crimes["northing_m"] = 300_000.0
    crimes["easting_m"] = np.linspace(0.0, 9_000.0, len(crimes))  # now nothing is certain
    data = co_linkage_data(crimes, groups, EVIDENCE)
    settings = CoLinkageSettings(n_sweeps=2500, n_warm_up=50, n_chains=1)
    found = sample_co_linkage(data, scale_free_prior(data), settings, 3)
    for group in (0, 1):
        np.testing.assert_allclose(found.group_probability[0, :, group], (found.labels[0] == group).mean(0), atol=0.04)
    together = (found.labels[0][:, :, None] == found.labels[0][:, None, :]).mean(axis=0)
    off_diagonal = ~np.eye(together.shape[0], dtype=bool)
    np.testing.assert_allclose(found.pair_probability[0][off_diagonal], together[off_diagonal], atol=0.04)


def test_equal_seeds_give_equal_results_and_others_do_not(result: CoLinkageResult) -> None:
    again, other = sampled(*three_offenders()), sampled(*three_offenders(), seed=2)
    pd.testing.assert_frame_equal(result.pairs, again.pairs)
    pd.testing.assert_frame_equal(result.draws, again.draws)
    assert not result.draws.equals(other.draws)


def test_order_of_rows_and_names_of_groups_change_nothing(result: CoLinkageResult) -> None:
    crimes, groups = three_offenders()
    order = np.random.default_rng(9).permutation(len(crimes))
    renamed = {"group 0": "z", "group 1": "a", None: None}
    shuffled = sampled(crimes.iloc[order].reset_index(drop=True), [renamed[groups[row]] for row in order])
    pd.testing.assert_frame_equal(result.pairs, shuffled.pairs)
    pd.testing.assert_frame_equal(result.draws, shuffled.draws)
    names = result.candidates["group"].map({"group 0": "z", "group 1": "a"})
    assert names.dropna().tolist() == shuffled.candidates["group"].dropna().tolist()


def test_under_the_default_prior_the_unit_of_length_changes_nothing(result: CoLinkageResult) -> None:
    crimes, groups = three_offenders()
    in_feet = crimes.assign(easting_m=crimes["easting_m"] / 0.3048, northing_m=crimes["northing_m"] / 0.3048)
    found = sampled(in_feet, groups)
    np.testing.assert_allclose(found.pair_probability, result.pair_probability, atol=1e-6)
    np.testing.assert_allclose(found.draws["place_within_sd_m"] * 0.3048, result.draws["place_within_sd_m"], rtol=1e-6)


def test_leads_list_groups_and_crimes_above_the_line(result: CoLinkageResult) -> None:
    table = leads(result, line=0.5)
    assert (table["probability"] >= 0.5).all()
    of_c02 = table[table["crime_id"] == "C02"]
    assert ("group", "group 0") in set(zip(of_c02["candidate_kind"], of_c02["candidate_id"], strict=True))
    assert ("crime", "C03") in set(zip(of_c02["candidate_kind"], of_c02["candidate_id"], strict=True))
    assert of_c02["rank"].tolist() == list(range(1, len(of_c02) + 1))
    assert of_c02["probability"].is_monotonic_decreasing
    both_ways = table[table["candidate_kind"] == "crime"]
    assert set(zip(both_ways["crime_id"], both_ways["candidate_id"], strict=True)) == set(
        zip(both_ways["candidate_id"], both_ways["crime_id"], strict=True)
    )
    assert len(leads(result, line=1.1)) == 0


def test_an_offender_has_the_sum_of_his_groups(result: CoLinkageResult) -> None:
    rows = [("P", "C00"), ("Q", "C00"), ("P", "C01"), ("Q", "C01"), ("P", "C06"), ("P", "C07"), ("R", "not here")]
    people = pd.DataFrame(rows, columns=["person_id", "crime_id"])
    table = offender_probabilities(result, people, floor=0.0).set_index(["crime_id", "person_id"])["probability"]
    by_group = result.group_probability.mean(axis=0)
    for row, crime_id in enumerate(result.data.unsolved_ids):
        assert table[crime_id, "P"] == pytest.approx(by_group[row, 0] + by_group[row, 1])
        assert table[crime_id, "Q"] == pytest.approx(by_group[row, 0])
    assert "R" not in table.index.get_level_values("person_id")


def test_groups_that_share_an_offender_are_linked_by_offender(result: CoLinkageResult) -> None:
    people = pd.DataFrame({"person_id": ["P"] * 4, "crime_id": ["C00", "C01", "C06", "C07"]})
    pairs = add_offender_probability(result, people).set_index(["crime_id_1", "crime_id_2"])
    probability = result.pairs.set_index(["crime_id_1", "crime_id_2"])["probability"]
    by_group = result.group_probability.mean(axis=0)
    row = list(result.data.unsolved_ids).index("C02")
    assert pairs.loc[("C02", "C06"), "probability"] == pytest.approx(by_group[row, 1])
    assert pairs.loc[("C02", "C06"), "offender_probability"] == pytest.approx(by_group[row].sum())
    # C02 and C08 sit in different groups of one offender: apart by label, together by offender.
    assert probability.get(("C02", "C08"), 0.0) < 0.05
    assert pairs.loc[("C02", "C08"), "offender_probability"] > 0.8
    assert (pairs["offender_probability"] >= pairs["probability"] - 1e-12).all()
    alone = add_offender_probability(result, people.iloc[:0]).set_index(["crime_id_1", "crime_id_2"])
    np.testing.assert_allclose(alone["offender_probability"], alone["probability"])
    assert len(alone) == len(probability)


@pytest.mark.parametrize(
    "what", ["one crime", "all unsolved", "all solved", "no place", "no time", "no items recorded"]
)
def test_edges_are_sampled_without_a_fault(what: str) -> None:
    crimes, groups = three_offenders(n_each=2)
    if what == "one crime":
        crimes, groups = crimes.iloc[:1], [None]
    if what in ("all unsolved", "all solved"):
        groups = [None if what == "all unsolved" else "g"] * len(crimes)
    if what == "no place":
        crimes = crimes.assign(easting_m=np.nan)
    if what == "no time":
        crimes = crimes.assign(committed_from_at=pd.NaT, committed_to_at=pd.NaT)
    if what == "no items recorded":
        crimes = crimes.assign(tool=None, entry=None)
    found = sampled(crimes, groups)
    assert np.isfinite(found.draws.to_numpy()).all()
    assert found.pairs["probability"].notna().all()
    assert set(found.candidates["crime_id"]) == set(found.data.unsolved_ids)
    assert list(leads(found).columns) == ["crime_id", "rank", "candidate_kind", "candidate_id", "probability"]


def test_windows_are_days_and_a_missing_end_is_open() -> None:
    crimes, groups = three_offenders(n_each=1)
    start = pd.Series(pd.to_datetime(["2026-03-01 06:00", "2026-03-02 06:00", None])).dt.as_unit("us")
    end = pd.Series(pd.to_datetime(["2026-03-01 18:00", None, "2026-03-01 00:00"])).dt.as_unit("us")
    data = co_linkage_data(crimes.assign(committed_from_at=start, committed_to_at=end), groups, EVIDENCE)
    assert data.time_origin == pd.Timestamp("2026-03-01")
    np.testing.assert_array_equal(data.arrays.from_days, [0.25, 1.25, -np.inf])
    np.testing.assert_array_equal(data.arrays.to_days, [0.75, np.inf, 0.0])


def test_several_values_of_an_item_are_one_combination_in_any_order() -> None:
    crimes, groups = three_offenders(n_each=1)
    crimes["tool"] = pd.Series([("saw", "bar"), ("bar", "saw"), ()], dtype=object)
    data = co_linkage_data(crimes, groups, CoLinkageEvidence(items=("tool",)))
    assert data.levels == (("bar+saw",),)
    assert data.arrays.codes.tolist() == [[0], [0], [-1]]


def test_the_reference_prior_counts_missing_values_as_the_first() -> None:
    from linkage.co_linkage_prior import prior_values

    crimes, groups = three_offenders(n_each=2)
    crimes["tool"] = ["b", "a", None, None, "b", "b"]
    data = co_linkage_data(crimes, groups, CoLinkageEvidence(items=("tool",)))
    # a: 1 + 1 (+ 2 missing), b: 1 + 3
    np.testing.assert_allclose(prior_values(reference_prior(), data, 6).level_share, [4 / 8, 4 / 8])
    np.testing.assert_allclose(prior_values(scale_free_prior(data), data, 6).level_share, [2 / 6, 4 / 6])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c, g: (c.drop(columns="tool"), g), "columns ['tool'] are absent"),
        (lambda c, g: (c.iloc[:0], []), "at least one crime"),
        (lambda c, g: (c, g[:-1]), "one entry for each of 18 crimes, got 17"),
        (lambda c, g: (c.assign(crime_id="C1"), g), "17 crime_id repeat"),
        (lambda c, g: (c.assign(committed_to_at=c["committed_from_at"] - pd.Timedelta("1h")), g), "in 18 rows"),
    ],
)
def test_bad_input_is_named(spoil: object, message: str) -> None:
    crimes, groups = spoil(*three_offenders())  # type: ignore[operator]  # a lambda in a parameter list
    with pytest.raises(CoLinkageError) as caught:
        co_linkage_data(crimes, groups, EVIDENCE)
    assert message in str(caught.value)


def test_impossible_settings_and_priors_are_refused() -> None:
    data = co_linkage_data(*three_offenders(), EVIDENCE)
    with pytest.raises(CoLinkageError, match="n_clusters: expected at least 2"):
        sample_co_linkage(data, reference_prior(), CoLinkageSettings(1, 0, 1, n_clusters=1), 1)
    with pytest.raises(CoLinkageError, match="n_chains: expected at least 1, got 0"):
        CoLinkageSettings(n_chains=0)
    with pytest.raises(CoLinkageError, match="time_within_shape: expected a positive finite number"):
        dataclasses.replace(reference_prior(), time_within_shape=0.0)
