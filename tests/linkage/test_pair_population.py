"""The weighted sample of all pairs, against every pair of small tables tested one by one."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import CrimeTableError
from linkage.pair_population import PopulationError, PopulationSize, population_sample, population_size

EVERY = 10**9
DAYS, KM = 200.0, 8.0


def crimes_of(n: int, seed: int) -> pd.DataFrame:
    """Crimes over 500 days and 30 km, a tenth without a place, a tenth without a time, a few of one incident."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 500 * 24, n), unit="h")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:04d}" for i in rng.permutation(n)],
            "incident_id": rng.choice([*(f"I{i}" for i in range(n // 3)), None], n),
            "crime_group": rng.choice(["burglary", "robbery", "theft"], n),
            "easting_m": rng.uniform(0, 30_000, n),
            "northing_m": rng.uniform(0, 30_000, n),
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta(rng.integers(0, 48, n), unit="h"),
        }
    )
    crimes.loc[rng.random(n) < 0.1, "easting_m"] = np.nan
    crimes.loc[rng.random(n) < 0.1, "committed_to_at"] = pd.NaT
    return crimes


def every_pair(crimes: pd.DataFrame, across_groups: bool = True) -> pd.DataFrame:
    """All pairs within the limit of different incidents, as ids, with whether they are near."""
    i, j = np.triu_indices(len(crimes), 1)
    one, other = (crimes.take(rows).reset_index(drop=True) for rows in (i, j))
    middle = [
        side["committed_from_at"] + (side["committed_to_at"] - side["committed_from_at"]) / 2 for side in (one, other)
    ]
    incidents = [side["incident_id"] for side in (one, other)]
    is_pair = ((middle[0] - middle[1]).abs() <= pd.Timedelta(days=DAYS)) & ~(
        (incidents[0] == incidents[1]) & incidents[0].notna()
    )
    if not across_groups:
        is_pair &= one["crime_group"] == other["crime_group"]
    km = np.hypot(one["easting_m"] - other["easting_m"], one["northing_m"] - other["northing_m"]) / 1000
    ids = pd.DataFrame({"one": one["crime_id"], "other": other["crime_id"]})
    return pd.DataFrame({"pair": list(map(frozenset, ids.to_numpy())), "is_near": km <= KM})[is_pair]


def ids_of(crimes: pd.DataFrame, sample: pd.DataFrame) -> list[tuple[str, str]]:
    ids = crimes["crime_id"].to_numpy()
    return list(zip(ids[sample["first"]], ids[sample["second"]], strict=True))


def draw(crimes: pd.DataFrame, seed: int = 0, n_far: int = EVERY, **more) -> pd.DataFrame:
    return population_sample(crimes, DAYS, KM, np.random.default_rng(seed), n_far, **more)


@pytest.mark.parametrize("across_groups", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_all_pairs_drawn_are_all_pairs_there_are(seed, across_groups):
    crimes = crimes_of(120, seed)
    truth = every_pair(crimes, across_groups)
    sample = draw(crimes, across_groups=across_groups)
    pairs = ids_of(crimes, sample)
    assert sorted(map(sorted, pairs)) == sorted(map(sorted, truth["pair"]))
    assert all(one < other for one, other in pairs)
    assert (sample["weight"] == 1).all()
    n_near = int(truth["is_near"].sum())
    assert set(map(frozenset, pairs[:n_near])) == set(truth["pair"][truth["is_near"]])
    assert population_size(crimes, DAYS, KM, across_groups) == PopulationSize(n_near, len(truth) - n_near)


@pytest.mark.parametrize(("n_near", "n_far"), [(1, 1), (30, 200), (200, 3000), (None, 50)])
def test_weights_of_each_kind_sum_to_the_number_of_its_pairs_and_no_pair_comes_twice(n_near, n_far):
    crimes = crimes_of(150, seed=5)
    truth = every_pair(crimes)
    n_all_near = int(truth["is_near"].sum())
    n_all_far = len(truth) - n_all_near
    sample = draw(crimes, n_far=n_far, n_near=n_near)
    n_drawn = n_all_near if n_near is None else n_near
    near, far = sample[:n_drawn], sample[n_drawn:]
    assert len(far) == n_far
    assert near["weight"].sum() == pytest.approx(n_all_near)
    assert far["weight"].sum() == pytest.approx(n_all_far)
    assert not sample.duplicated(["first", "second"]).any()
    assert set(map(frozenset, ids_of(crimes, near))) <= set(truth["pair"][truth["is_near"]])
    assert set(map(frozenset, ids_of(crimes, far))) <= set(truth["pair"][~truth["is_near"]])


# Few of many pairs are drawn and rejected, most of them are picked from the list: both have to be fair.
@pytest.mark.parametrize(("n_near", "n_far"), [(20, 100), (95, 620)])
def test_each_pair_of_a_kind_is_drawn_equally_often(n_near, n_far):
    crimes = crimes_of(60, seed=2)
    truth = every_pair(crimes)
    n_all = {True: int(truth["is_near"].sum()), False: int((~truth["is_near"]).sum())}
    n_draws = 300
    rng = np.random.default_rng(9)
    drawn = pd.Series(0, index=truth["pair"])
    for _ in range(n_draws):
        sample = population_sample(crimes, DAYS, KM, rng, n_far, n_near)
        drawn.loc[list(map(frozenset, ids_of(crimes, sample)))] += 1
    for is_near, n in ((True, n_near), (False, n_far)):
        share = n / n_all[is_near]
        of_kind = drawn[(truth["is_near"] == is_near).to_numpy()]
        # Each count is binomial, so each of the normalised squares is 1 in the mean.
        squares = ((of_kind - n_draws * share) ** 2 / (n_draws * share * (1 - share))).sum()
        assert abs(squares - n_all[is_near]) < 5 * np.sqrt(2 * n_all[is_near])


def test_weighted_sums_estimate_sums_over_all_pairs_without_bias():
    crimes = crimes_of(80, seed=3)
    value = np.random.default_rng(1).exponential(size=80) ** 2
    everything = draw(crimes)
    truth = (value[everything["first"]] * value[everything["second"]]).sum()
    estimates = []
    for seed in range(400):
        sample = draw(crimes, seed, n_far=40, n_near=25)
        estimates.append((sample["weight"] * value[sample["first"]] * value[sample["second"]]).sum())
    assert abs(np.mean(estimates) - truth) < 4 * np.std(estimates, ddof=1) / np.sqrt(400)


def test_the_same_seed_gives_the_same_pairs_in_any_order_of_rows():
    crimes = crimes_of(100, seed=4)
    shuffled = crimes.sample(frac=1, random_state=7)
    chosen = {"n_far": 60, "n_near": 40}
    straight = ids_of(crimes, draw(crimes, seed=1, **chosen))
    assert ids_of(shuffled, draw(shuffled, seed=1, **chosen)) == straight
    assert ids_of(crimes, draw(crimes, seed=2, **chosen)) != straight


def test_crimes_left_out_make_no_pair_and_positions_stay_those_of_the_table():
    crimes = crimes_of(90, seed=6)
    keep = np.random.default_rng(0).random(90) < 0.5
    kept = crimes[keep]
    among_all, among_kept = draw(crimes, n_far=70, keep=keep), draw(kept, n_far=70)
    assert ids_of(crimes, among_all) == ids_of(kept, among_kept)


def test_pairs_at_the_limits_are_within_them_and_one_incident_is_no_pair():
    at = pd.Timestamp("2024-01-01", tz="UTC")
    times = pd.Series([at, at + pd.Timedelta(days=200), at, at + pd.Timedelta(days=200, microseconds=1)])
    crimes = pd.DataFrame(
        {
            "crime_id": list("abcd"),
            "incident_id": ["n", "m", "n", None],
            # b is 3 km east and 4 km north of a: 5 km; c and d lie where a does.
            "easting_m": [0.0, 3000.0, 0.0, 0.0],
            "northing_m": [0.0, 4000.0, 0.0, 0.0],
            "committed_from_at": times,
            "committed_to_at": times,
        }
    )
    # Near at 5 km: a-b, c-b, b-d. a and c are one incident; a-d and c-d are a microsecond too far apart in time.
    assert population_size(crimes, 200.0, 5.0) == PopulationSize(3, 0)
    assert population_size(crimes, 200.0, 4.9) == PopulationSize(0, 3)
    assert population_size(crimes, np.inf, 5.0) == PopulationSize(5, 0)
    assert population_size(crimes.assign(northing_m=None), np.inf, 5.0) == PopulationSize(0, 5)
    assert population_size(crimes.assign(incident_id=None), np.inf, 5.0) == PopulationSize(6, 0)
    assert population_size(crimes.drop(columns="incident_id"), np.inf, 5.0) == PopulationSize(6, 0)


def test_far_pairs_are_found_where_they_are_few():
    crimes = crimes_of(100, seed=8).assign(easting_m=0.0, northing_m=0.0)
    crimes.loc[:1, "northing_m"] = 50_000.0
    crimes["committed_to_at"] = crimes["committed_from_at"]
    sample = draw(crimes, n_far=5, n_near=3)
    assert len(sample) == 8
    assert (crimes["northing_m"].to_numpy()[sample[["first", "second"]][3:]].sum(axis=1) == 50_000.0).all()


@pytest.mark.parametrize("n", [0, 1])
def test_no_crimes_one_crime_and_nothing_known_make_no_pair(n):
    for crimes in (crimes_of(n, seed=1), crimes_of(9, seed=1).assign(committed_to_at=pd.NaT)):
        sample = draw(crimes, n_near=4)
        assert len(sample) == 0
        assert list(sample.dtypes) == [np.dtype("int64"), np.dtype("int64"), np.dtype("float64")]


def test_no_pairs_asked_for_are_none():
    assert len(draw(crimes_of(50, seed=1), n_far=0, n_near=0)) == 0


def test_impossible_requests_are_refused_in_words():
    crimes = crimes_of(5, seed=1)
    with pytest.raises(PopulationError, match="n_far: expected 0 or more pairs, got -1"):
        draw(crimes, n_far=-1)
    with pytest.raises(PopulationError, match="n_near: expected 0 or more pairs, got -2"):
        draw(crimes, n_near=-2)
    with pytest.raises(PopulationError, match=r"keep: expected a flag for each of 5 crimes, got bool of shape \(4,\)"):
        draw(crimes, keep=np.ones(4, dtype=bool))
    with pytest.raises(CrimeTableError, match="expected a column crime_group"):
        draw(crimes.drop(columns="crime_group"), across_groups=False)
