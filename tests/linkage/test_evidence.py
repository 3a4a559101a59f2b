"""Evidence of pairs, against the reference and hand-worked crimes."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import (
    EvidenceError,
    EvidenceSpec,
    encode_crimes,
    encoded_evidence,
    evidence_columns,
    pair_evidence,
)
from linkage.item_evidence import ItemError, rarity_weights

REFERENCE_SPEC = EvidenceSpec(("MO1", "MO2", "MO3"), match="binary", circular="reference")


def _crimes(**columns) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    start = pd.Series(pd.to_datetime(["2024-01-10 12:00"] * n)).astype("datetime64[us]")
    base = {
        "easting_m": np.zeros(n),
        "northing_m": np.zeros(n),
        "committed_from_at": start,
        "committed_to_at": start,
        "committed_from_local": start,
    }
    return pd.DataFrame(base | columns)


def _one_pair(crimes: pd.DataFrame, spec: EvidenceSpec) -> pd.Series:
    return pair_evidence(crimes, np.array([0]), np.array([1]), spec).iloc[0]


def _positions(crimes: pd.DataFrame, pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    index = pd.Index(crimes["crime_id"])
    return index.get_indexer(pairs["crime_id_1"]), index.get_indexer(pairs["crime_id_2"])


def test_reference_mode_gives_the_evidence_of_the_reference(
    reference: Path, reference_crimes, reference_pairs, reference_evidence
):
    got = pair_evidence(reference_crimes, *_positions(reference_crimes, reference_pairs), REFERENCE_SPEC)
    for name in ("distance_km", "gap_days"):
        np.testing.assert_allclose(got[name], reference_evidence[name], rtol=1e-9, atol=1e-9)
    for name in ("match_MO1", "match_MO2", "match_MO3"):
        np.testing.assert_array_equal((got[name] == "match").astype(int).astype(str), reference_evidence[name])
    # A 2,000-point Fourier transform, good to about 1e-3 of the period.
    np.testing.assert_allclose(got["tod_gap_hours"], reference_evidence["tod_gap_hours"], rtol=0, atol=1.1e-3)
    np.testing.assert_allclose(got["dow_gap_days"], reference_evidence["dow_gap_days"], rtol=0, atol=1.2e-3)
    exact = pd.read_csv(reference / "evidence_exact_circ.csv")
    np.testing.assert_allclose(got["tod_gap_hours"], exact["tod_exact"], rtol=0, atol=1e-9)
    # The closed form of the reference cancels where both intervals last minutes; test_differences shows ours exact.
    np.testing.assert_allclose(got["dow_gap_days"], exact["dow_exact"], rtol=0, atol=1e-8)
    assert (np.abs(got["dow_gap_days"] - exact["dow_exact"]) > 1e-9).sum() <= 20


def test_exact_mode_differs_from_the_reference_only_for_windows_of_a_day_or_longer(
    reference_crimes, reference_pairs, reference_evidence
):
    first, second = _positions(reference_crimes, reference_pairs)
    exact = pair_evidence(reference_crimes, first, second, EvidenceSpec(()))
    shortcut = pair_evidence(reference_crimes, first, second, EvidenceSpec((), circular="reference"))
    moved = np.abs(exact["tod_gap_hours"] - shortcut["tod_gap_hours"])
    assert (moved > 1e-6).sum() == 1367
    assert moved.max() == pytest.approx(1.01, abs=0.005)
    length = reference_crimes["committed_to_at"] - reference_crimes["committed_from_at"]
    is_long = (length >= pd.Timedelta(days=1)).to_numpy()
    assert (is_long[first] | is_long[second])[moved > 0].all()


def test_levels_are_the_unordered_values_of_the_reference(reference: Path, reference_crimes, reference_pairs):
    first, second = _positions(reference_crimes, reference_pairs)
    got = pair_evidence(reference_crimes, first, second, EvidenceSpec(("MO1", "MO2", "MO3"), match="levels"))
    truth = pd.read_csv(reference / "evidence_nonbinary.csv", keep_default_na=False)
    for item in ("MO1", "MO2", "MO3"):
        level = got[f"match_{item}"].astype(str)
        is_missing = truth[item].str.split(":").map(lambda values: "NA" in values)
        np.testing.assert_array_equal(level[~is_missing], truth[item][~is_missing])
        assert (level[is_missing] == "missing").all()
        values = sorted(reference_crimes[item].dropna().unique())
        pairs = [f"{a}:{b}" for i, a in enumerate(values) for b in values[i:]]
        assert list(got[f"match_{item}"].cat.categories) == [*sorted(pairs), "missing", "not_applicable"]


def test_a_pair_is_measured_in_kilometres_days_and_hours():
    at = ["2024-01-10 22:00", "2024-01-15 02:30"]
    times = {name: pd.to_datetime(at) for name in ("committed_from_at", "committed_to_at", "committed_from_local")}
    row = _one_pair(_crimes(easting_m=[400000.0, 403000.0], northing_m=[300000.0, 304000.0], **times), EvidenceSpec(()))
    assert row["distance_km"] == pytest.approx(5.0, rel=1e-15)
    assert row["gap_days"] == pytest.approx(4 + 4.5 / 24, rel=1e-14)
    assert row["tod_gap_hours"] == pytest.approx(4.5, rel=1e-14)
    assert row["dow_gap_days"] == pytest.approx(7 - 4 - 4.5 / 24, rel=1e-14)


def test_time_of_day_is_that_of_the_civil_clock_across_a_clock_change():
    # 20:00 in winter and 20:00 in summer are an hour apart in UTC and no hour apart to a burglar.
    utc = pd.to_datetime(["2024-03-25 20:00", "2024-04-03 19:00"])
    local = pd.to_datetime(["2024-03-25 20:00", "2024-04-03 20:00"])
    row = _one_pair(_crimes(committed_from_at=utc, committed_to_at=utc, committed_from_local=local), EvidenceSpec(()))
    assert row["tod_gap_hours"] == 0.0
    assert row["dow_gap_days"] == 2.0
    assert row["gap_days"] == pytest.approx(9 - 1 / 24)


def test_times_with_a_zone_and_other_resolutions_give_the_same_evidence():
    at = pd.Series(pd.to_datetime(["2024-06-01 10:00", "2024-06-03 21:15"]))
    plain = _crimes(committed_from_at=at, committed_to_at=at, committed_from_local=at)
    zoned = plain.assign(
        committed_from_at=at.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
        committed_to_at=at.dt.tz_localize("UTC"),
        committed_from_local=at.astype("datetime64[s]"),
    )
    pd.testing.assert_series_equal(_one_pair(plain, EvidenceSpec(())), _one_pair(zoned, EvidenceSpec(())))


def test_great_circle_distance_of_a_degree_along_the_equator_and_between_poles():
    spec = EvidenceSpec((), distance="great-circle")
    crimes = _crimes(easting_m=[0.0, 1.0, 0.0, 0.0], northing_m=[0.0, 0.0, 90.0, -90.0])
    got = pair_evidence(crimes, np.array([0, 2]), np.array([1, 3]), spec)["distance_km"]
    np.testing.assert_allclose(got, [6378.137 * math.pi / 180, 6378.137 * math.pi], rtol=1e-12)


@pytest.mark.parametrize(
    ("one", "other", "binary", "learned"),
    [
        ("a", "a", "match", "match"),
        ("a", "b", "differ", "differ"),
        ("a", None, "differ", "missing"),
        (None, None, "match", "missing"),
        ("unknown", "unknown", "match", "missing"),
        ("not_recorded", "refused", "match", "missing"),
        ("a", float("nan"), "differ", "missing"),
        ("not_applicable", "a", "not_applicable", "not_applicable"),
        ("not_applicable", None, "not_applicable", "not_applicable"),
        (("a", "b"), ("b", "c"), "match", "match"),
        (("a", "b"), ("c",), "differ", "differ"),
        (("a", "b"), "a", "match", "match"),
        (("a", "b"), (), "differ", "missing"),
        (["a", "b"], np.array(["b"]), "match", "match"),
        (("a", "unknown"), ("unknown",), "differ", "missing"),
    ],
)
def test_two_values_of_an_item_match_differ_or_are_missing(one, other, binary, learned):
    cells = pd.Series([one, other, "z"], dtype=object)
    crimes = _crimes(entry=cells)
    for crimes_in_order in (crimes, crimes.iloc[[1, 0, 2]]):
        assert _one_pair(crimes_in_order, EvidenceSpec(("entry",), match="binary"))["match_entry"] == binary
        assert _one_pair(crimes_in_order, EvidenceSpec(("entry",)))["match_entry"] == learned


def test_overlap_is_the_weighted_share_of_values_in_common():
    cells = pd.Series([("cash", "jewellery"), ("cash", "car"), ("cash",), None], dtype=object)
    weights = rarity_weights(cells)
    assert weights == pytest.approx({"car": math.log(4 / 1), "cash": math.log(4 / 3), "jewellery": math.log(4 / 1)})
    crimes = _crimes(taken=cells)
    pairs = np.array([0, 0, 0, 2]), np.array([1, 2, 3, 2])
    plain = pair_evidence(crimes, *pairs, EvidenceSpec((), overlap=("taken",)))["overlap_taken"]
    np.testing.assert_allclose(plain, [1 / 3, 1 / 2, np.nan, 1.0])
    spec = EvidenceSpec((), overlap=("taken",), rarity={"taken": weights})
    cash, rare = math.log(4 / 3), math.log(4)
    rarer = pair_evidence(crimes, *pairs, spec)["overlap_taken"]
    np.testing.assert_allclose(rarer, [cash / (cash + 2 * rare), cash / (cash + rare), np.nan, 1.0])


def test_a_missing_place_or_time_gives_missing_evidence_and_no_other():
    crimes = _crimes(easting_m=[np.nan, 0.0], a=["x", "x"])
    row = _one_pair(crimes, EvidenceSpec(("a",)))
    assert math.isnan(row["distance_km"])
    assert row["gap_days"] == 0.0
    untimed = _crimes(committed_to_at=pd.to_datetime([None, "2024-01-10 12:00"]), a=["x", "x"])
    row = _one_pair(untimed, EvidenceSpec(("a",)))
    assert row["distance_km"] == 0.0
    assert row[["gap_days", "tod_gap_hours", "dow_gap_days"]].isna().all()
    assert row["match_a"] == "match"


def test_order_of_pair_and_of_crimes_changes_nothing(reference_crimes):
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 490, (2, 2000))
    spec = EvidenceSpec(("MO1", "MO2", "MO3"), match="levels")
    straight = pair_evidence(reference_crimes, first, second, spec)
    turned = pair_evidence(reference_crimes, second, first, spec)
    order = rng.permutation(490)
    place = np.argsort(order)
    shuffled = pair_evidence(reference_crimes.iloc[order], place[first], place[second], spec)
    pd.testing.assert_frame_equal(straight, turned, rtol=0, atol=1e-12)
    pd.testing.assert_frame_equal(straight, shuffled, check_exact=True)


def test_encoding_once_gives_what_encoding_for_each_chunk_gives(reference_crimes):
    spec = EvidenceSpec(("MO1", "MO2"))
    first, second = np.arange(0, 200), np.arange(200, 400)
    encoded = encode_crimes(reference_crimes, spec)
    parts = [encoded_evidence(encoded, first[part], second[part], spec) for part in (slice(0, 90), slice(90, 200))]
    whole = pair_evidence(reference_crimes, first, second, spec)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_no_pairs_and_no_crimes_still_have_their_columns():
    spec = EvidenceSpec(("a",), overlap=("b",))
    crimes = _crimes(a=["x"], b=[("y",)])
    nothing = np.empty(0, dtype=np.int64)
    for frame in (crimes, crimes.iloc[:0]):
        got = pair_evidence(frame, nothing, nothing, spec)
        assert tuple(got.columns) == evidence_columns(spec)
        assert len(got) == 0
    assert evidence_columns(spec)[:4] == ("distance_km", "gap_days", "tod_gap_hours", "dow_gap_days")


def test_impossible_requests_are_refused_in_words():
    crimes = _crimes(a=["x", "y"])
    with pytest.raises(EvidenceError, match="none named b, c"):
        pair_evidence(crimes, np.array([0]), np.array([1]), EvidenceSpec(("a", "b", "c")))
    with pytest.raises(EvidenceError, match="positions of 2 crimes, got 2 to 2"):
        pair_evidence(crimes, np.array([0]), np.array([2]), EvidenceSpec(("a",)))
    with pytest.raises(EvidenceError, match="got -1 to -1"):
        pair_evidence(crimes, np.array([-1]), np.array([1]), EvidenceSpec(("a",)))
    reversed_times = crimes.assign(committed_to_at=crimes["committed_from_at"] - pd.Timedelta(hours=1))
    with pytest.raises(EvidenceError, match="ends before it begins, got 2"):
        pair_evidence(reversed_times, np.array([0]), np.array([1]), EvidenceSpec(()))
    with pytest.raises(
        EvidenceError, match="match: expected one of match-or-missing, binary, levels, rarity, got 'fuzzy'"
    ):
        EvidenceSpec(("a",), match="fuzzy")
    with pytest.raises(EvidenceError, match="each item once"):
        EvidenceSpec(("a", "a"))
    several = _crimes(a=pd.Series([("x", "y"), "y"], dtype=object))
    with pytest.raises(ItemError, match="a: expected one value a crime"):
        pair_evidence(several, np.array([0]), np.array([1]), EvidenceSpec(("a",), match="levels"))
