"""What must hold of the evidence of any crimes: symmetry, invariances, clocks, types, and the edges."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.evidence import EvidenceSpec, encode_crimes, encoded_evidence, fit_spec, pair_evidence

GAPS = ["gap_days", "tod_gap_hours", "dow_gap_days"]
ALL_FORMS = EvidenceSpec(
    ("entry",),
    match="rarity",
    overlap=("taken",),
    agreement=("entry", "taken"),
    numerical=("n_offenders",),
    crime_group=True,
    text="mo_text",
)
SPACE_TIME = EvidenceSpec(())

_MINUTE = st.one_of(st.none(), st.integers(0, 2 * 365 * 24 * 60))
_VALUE = st.sampled_from(["door", "window", "roof", None, "unknown", "not_applicable"])
_CRIME = st.fixed_dictionaries(
    {
        "easting_m": st.one_of(st.just(np.nan), st.integers(0, 50_000).map(float)),
        "northing_m": st.integers(0, 50_000).map(float),
        "minute": _MINUTE,
        "length": st.one_of(st.just(0), st.integers(0, 3 * 24 * 60)),
        "entry": _VALUE,
        "taken": st.one_of(st.none(), st.lists(_VALUE, max_size=3).map(tuple)),
        "n_offenders": st.one_of(st.just(np.nan), st.integers(1, 9).map(float)),
        "crime_group": st.sampled_from(["burglary", "theft", None]),
        "mo_text": st.sampled_from([None, "", "forced the door", "forced the roof", "broke a window"]),
    }
)
_CRIMES = st.lists(_CRIME, min_size=2, max_size=8)


def _frame(rows: list[dict]) -> pd.DataFrame:
    crimes = pd.DataFrame(rows)
    for name in ("entry", "taken", "crime_group", "mo_text"):
        crimes[name] = pd.Series([row[name] for row in rows], dtype=object)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(pd.Series([row["minute"] for row in rows], dtype=float), "min")
    crimes["committed_from_at"] = start.astype("datetime64[us]")
    crimes["committed_to_at"] = crimes["committed_from_at"] + pd.to_timedelta(crimes["length"], unit="min")
    return crimes.assign(committed_from_local=crimes["committed_from_at"])


def _all_pairs(crimes: pd.DataFrame, spec: EvidenceSpec) -> pd.DataFrame:
    first, second = (rows.ravel() for rows in np.indices((len(crimes), len(crimes))))
    return pair_evidence(crimes, first, second, spec)


def _at(times: list[str], zone: str | None = None) -> pd.Series:
    return pd.Series(pd.to_datetime(times)).astype("datetime64[us]").dt.tz_localize(zone)


def _timed(utc: list[str], local: list[str], hours: tuple[float, ...] = ()) -> pd.DataFrame:
    start = _at(utc)
    end = start + pd.to_timedelta([*hours, *[0] * (len(utc) - len(hours))], unit="h")
    place = {"easting_m": 0.0, "northing_m": 0.0}
    return pd.DataFrame(
        {**place, "committed_from_at": start, "committed_to_at": end, "committed_from_local": _at(local)}
    )


@given(rows=_CRIMES)
@settings(max_examples=40, deadline=None)
def test_evidence_is_symmetric_and_of_a_pair_alone(rows):
    crimes = _frame(rows)
    n, spec = len(crimes), fit_spec(crimes, ALL_FORMS)
    straight = _all_pairs(crimes, spec)
    turned = straight.iloc[np.arange(n * n).reshape(n, n).T.ravel()].reset_index(drop=True)
    pd.testing.assert_frame_equal(straight, turned, rtol=0, atol=1e-12)
    last = pair_evidence(crimes.iloc[[0, n - 1]], np.array([0]), np.array([1]), spec)
    for name in straight.columns:
        alone, among = last[name].astype(object)[0], straight[name].astype(object)[n - 1]
        assert alone == among or (pd.isna(alone) and pd.isna(among))


@given(rows=_CRIMES, weeks=st.integers(-60, 60), east=st.integers(-9000, 9000), north=st.integers(-9000, 9000))
@settings(max_examples=40, deadline=None)
def test_weeks_later_and_miles_away_the_evidence_is_the_same(rows, weeks, east, north):
    crimes = _frame(rows)
    moved = crimes.assign(easting_m=crimes["easting_m"] + east, northing_m=crimes["northing_m"] + north)
    for name in ("committed_from_at", "committed_to_at", "committed_from_local"):
        moved[name] = crimes[name] + pd.Timedelta(weeks=weeks)
    pd.testing.assert_frame_equal(_all_pairs(crimes, SPACE_TIME), _all_pairs(moved, SPACE_TIME), check_exact=True)


@given(rows=_CRIMES)
@settings(max_examples=40, deadline=None)
def test_evidence_lies_within_its_bounds_or_is_missing(rows):
    crimes = _frame(rows)
    got = _all_pairs(crimes, fit_spec(crimes, ALL_FORMS))
    for name, most in {
        "tod_gap_hours": 12.0,
        "dow_gap_days": 3.5,
        "overlap_taken": 1.0,
        "text_similarity": 1.0,
    }.items():
        assert ((got[name] >= 0) & (got[name] <= most) | got[name].isna()).all()
    for name in ("distance_km", "gap_days", "agreement_entry", "agreement_taken", "gap_n_offenders"):
        assert ((got[name] >= 0) & np.isfinite(got[name]) | got[name].isna()).all()
    is_match = got["match_entry"].isin(["match_common", "match_uncommon", "match_rare"])
    assert ((got["agreement_entry"] > 0) <= is_match).all()
    is_timed, n = crimes["minute"].notna().to_numpy(), len(crimes)
    np.testing.assert_array_equal(got["gap_days"].notna(), np.repeat(is_timed, n) & np.tile(is_timed, n))


def test_reference_mode_is_symmetric_and_moves_with_the_weeks_too():
    rng = np.random.default_rng(5)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500_000, 60), unit="min")
    crimes = pd.DataFrame({"easting_m": rng.integers(0, 900, 60), "northing_m": 0.0, "committed_from_at": start})
    crimes["committed_to_at"] = start + pd.to_timedelta(rng.integers(0, 3000, 60), unit="min")
    crimes["committed_from_local"] = start
    spec = EvidenceSpec((), circular="reference")
    square = _all_pairs(crimes, spec).to_numpy().reshape(60, 60, 4)
    np.testing.assert_allclose(square, square.transpose(1, 0, 2), rtol=0, atol=1e-12)
    later = crimes.assign(**{name: crimes[name] + pd.Timedelta(weeks=3) for name in crimes if "committed" in name})
    np.testing.assert_array_equal(_all_pairs(later, spec).to_numpy().reshape(60, 60, 4), square)


def test_the_clock_goes_forward_in_march_and_back_in_october():
    # London 2024: forward on Sunday 31 March at 01:00 UTC, back on Sunday 27 October at 01:00 UTC. Ten in the evening:
    # Saturday 30 March is 22:00 UTC, Sunday 31 March 21:00; Saturday 26 October 21:00, Sunday 27 October 22:00.
    evenings = ["2024-03-30 22:00", "2024-03-31 22:00", "2024-10-26 22:00", "2024-10-27 22:00"]
    utc = ["2024-03-30 22:00", "2024-03-31 21:00", "2024-10-26 21:00", "2024-10-27 22:00"]
    np.testing.assert_array_equal(_at(evenings, "Europe/London").dt.tz_convert("UTC").dt.tz_localize(None), _at(utc))
    first, second = np.triu_indices(4, 1)
    got = pair_evidence(_timed(utc, evenings), first, second, SPACE_TIME)
    # From 30 March to 26 October are 210 days, and days are 24 hours long but for the first (23) and the last (25).
    days = [23 / 24, 209 + 23 / 24, 211, 209, 210 + 1 / 24, 25 / 24]
    np.testing.assert_allclose(got["gap_days"], days, rtol=1e-15)
    np.testing.assert_array_equal(got["tod_gap_hours"], 0.0)
    np.testing.assert_array_equal(got["dow_gap_days"], [1, 0, 1, 1, 0, 1])


def test_half_past_one_comes_twice_in_october():
    got = pair_evidence(
        _timed(["2024-10-27 00:30", "2024-10-27 01:30"], ["2024-10-27 01:30"] * 2),
        np.array([0]),
        np.array([1]),
        SPACE_TIME,
    )
    np.testing.assert_allclose(got[GAPS].iloc[0], [1 / 24, 0.0, 0.0], rtol=1e-15)


def test_an_interval_across_a_clock_change_keeps_its_true_length_from_its_begin_on_the_clock():
    # From 22:00 on Saturday 30 March for 6 hours, to 04:00 UTC, which the clock calls 05:00; against 01:00 of another
    # day. On the clock of its begin 22:00 to 04:00 has its middle at 01:00, so that E|u| over [-3, 3] is 1.5 hours.
    crimes = _timed(["2024-03-30 22:00", "2024-03-20 01:00"], ["2024-03-30 22:00", "2024-03-20 01:00"], hours=(6,))
    got = pair_evidence(crimes, np.array([0]), np.array([1]), SPACE_TIME)
    assert got["tod_gap_hours"][0] == pytest.approx(1.5, rel=1e-14)


def test_a_zone_on_the_civil_clock_is_dropped_and_one_on_utc_converted():
    utc, local = ["2024-07-01 21:00", "2024-12-01 22:00"], ["2024-07-01 22:00", "2024-12-01 22:00"]
    plain = _timed(utc, local)
    zoned = plain.assign(
        committed_from_local=_at(local, "Europe/London"),
        committed_from_at=_at(utc, "UTC").dt.tz_convert("Europe/London"),
        committed_to_at=_at(utc, "UTC").dt.tz_convert("America/New_York"),
    )
    pd.testing.assert_frame_equal(_all_pairs(plain, SPACE_TIME), _all_pairs(zoned, SPACE_TIME), check_exact=True)
    assert (_all_pairs(zoned, SPACE_TIME)["tod_gap_hours"] == 0).all()


@pytest.mark.parametrize("dtype", ["int64", "int32", "float32", "Float64", "Int64", object])
def test_coordinates_of_every_type_give_the_same_distance(dtype):
    crimes = _timed(["2024-01-01"] * 3, ["2024-01-01"] * 3)
    crimes["easting_m"], crimes["northing_m"] = pd.Series([0, 3, 12]).astype(dtype), pd.Series([0, 4, 5]).astype(dtype)
    got = _all_pairs(crimes, SPACE_TIME)["distance_km"].to_numpy().reshape(3, 3)
    np.testing.assert_allclose(got[0], [0.0, 0.005, 0.013], rtol=1e-15)


@pytest.mark.parametrize("dtype", ["Float64", "Int64", object])
def test_a_coordinate_that_is_not_available_is_missing(dtype):
    crimes = _timed(["2024-01-01"] * 2, ["2024-01-01"] * 2).assign(easting_m=pd.Series([1, pd.NA], dtype=dtype))
    got = _all_pairs(crimes, SPACE_TIME)
    np.testing.assert_array_equal(got["distance_km"], [0.0, np.nan, np.nan, np.nan])
    assert got[GAPS].notna().all().all()


@pytest.mark.parametrize("dtype", ["datetime64[s]", "datetime64[ns]", object])
def test_times_of_every_type_give_the_same_gaps(dtype):
    crimes = _timed(["2024-01-01 10:00", "2024-01-03 21:15"], ["2024-01-01 10:00", "2024-01-03 21:15"], hours=(2,))
    other = crimes.astype({name: dtype for name in crimes if name.startswith("committed")})
    pd.testing.assert_frame_equal(_all_pairs(crimes, SPACE_TIME), _all_pairs(other, SPACE_TIME), check_exact=True)


@pytest.mark.parametrize("dtype", [object, "str", "string", "category"])
@pytest.mark.parametrize("match", ["match-or-missing", "binary", "levels", "rarity"])
def test_items_of_every_type_give_the_same_matches(dtype, match):
    cells = ["door", "window", None, "unknown", "not_applicable", "door"]
    crimes = _timed(["2024-01-01"] * 6, ["2024-01-01"] * 6).assign(entry=pd.Series(cells, dtype=object))
    spec = fit_spec(crimes, EvidenceSpec(("entry",), match=match, agreement=("entry",)))
    other = crimes.astype({"entry": dtype})
    assert fit_spec(other, spec) == spec
    pd.testing.assert_frame_equal(_all_pairs(crimes, spec), _all_pairs(other, spec), check_exact=True)


def test_one_crime_no_crime_and_no_pair():
    crimes = _frame([{**_nothing(), "entry": "door", "minute": 5}])
    spec = fit_spec(crimes, ALL_FORMS)
    got = pair_evidence(crimes, np.array([0]), np.array([0]), spec).iloc[0]
    assert got[GAPS].tolist() == [0.0, 0.0, 0.0]
    assert got["match_entry"] == "match_common"
    none = crimes.iloc[:0]
    empty = np.empty(0, dtype=np.int64)
    for frame, learned in ((crimes, spec), (none, spec), (none, fit_spec(none, ALL_FORMS))):
        pairs = pair_evidence(frame, empty, empty, learned)
        assert len(pairs) == 0
        assert list(pairs.columns) == list(pair_evidence(crimes, empty, empty, spec).columns)


def test_crimes_of_which_nothing_is_known_give_nothing_but_missing():
    crimes = _frame([_nothing() for _ in range(4)])
    got = _all_pairs(crimes, fit_spec(crimes, ALL_FORMS))
    for name in got.columns:
        assert got[name].isna().all() or (got[name] == "missing").all()


def test_columns_that_never_vary_say_the_same_of_every_pair():
    row = {**_nothing(), "easting_m": 7.0, "northing_m": 7.0, "minute": 60, "length": 0, "n_offenders": 2.0}
    row |= {"entry": "door", "taken": ("cash",), "crime_group": "theft", "mo_text": "forced the door"}
    crimes = _frame([row] * 12)
    got = _all_pairs(crimes, fit_spec(crimes, ALL_FORMS))
    assert (got == got.iloc[0]).all(axis=None)
    first = got.iloc[0]
    numbers = ["distance_km", *GAPS, "agreement_entry", "agreement_taken", "gap_n_offenders"]
    assert (first[numbers] == 0.0).all()  # a value that every crime has surprises nobody
    assert (first["match_entry"], first["crime_group_pair"], first["overlap_taken"]) == (
        "match_common",
        "theft:theft",
        1.0,
    )
    assert first["text_similarity"] == pytest.approx(1.0)


def test_memory_grows_with_the_pairs_by_the_bytes_of_their_columns():
    crimes = _timed(["2024-01-01"] * 50, ["2024-01-01"] * 50).assign(a="x", b="y", c="z")
    spec = EvidenceSpec(("a", "b", "c"))
    encoded = encode_crimes(crimes, spec)
    peaks = []
    for n_pairs in (200_000, 400_000):
        first, second = np.random.default_rng(1).integers(0, 50, (2, n_pairs))
        encoded_evidence(encoded, first[:9], second[:9], spec)  # compiling is not counted
        tracemalloc.start()
        kept = encoded_evidence(encoded, first, second, spec)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(kept) == n_pairs
    assert (peaks[1] - peaks[0]) / 200_000 == pytest.approx(4 * 8 + 3, abs=0.5)  # four numbers and three levels


def _nothing() -> dict:
    missing = dict.fromkeys(("minute", "entry", "taken", "crime_group", "mo_text"))
    return {"easting_m": np.nan, "northing_m": np.nan, "length": 0, "n_offenders": np.nan, **missing}
