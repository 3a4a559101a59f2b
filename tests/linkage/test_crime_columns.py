"""The crimes of a force as plain columns."""

import numpy as np
import pandas as pd
import pytest

from linkage import crime_columns as module
from linkage.bayes_factors import HistogramBayesFactor
from linkage.boosted import BoostedBayesFactor
from linkage.candidates import CrimeTableError
from linkage.crime_columns import CrimeColumns, CrimeColumnsError, crime_columns, read_only
from linkage.evidence import EvidenceSpec, encode_crimes, fit_spec, pair_evidence

SPEC = EvidenceSpec(("entry",), overlap=("taken",), numerical=("n_offenders",))


def crimes() -> pd.DataFrame:
    """Four crimes: the second without a northing and a clock, the third without an end, the fourth without items."""
    at = pd.to_datetime(["1970-01-01 06:00", "1970-01-02 00:00", "1970-01-09 12:00", "1970-01-03 23:00"])
    end = pd.to_datetime(["1970-01-01 18:00", "1970-01-02 00:00", None, "1970-01-04 23:00"])
    return pd.DataFrame(
        {
            "crime_id": ["A", "B", "C", "D"],
            "incident_id": ["I1", None, "I1", "I2"],
            "easting_m": [1000.0, 2000.0, 3000.0, 4000.0],
            "northing_m": [10.0, np.nan, 30.0, 40.0],
            "committed_from_at": at.astype("datetime64[us]"),
            "committed_to_at": end.astype("datetime64[us]"),
            "committed_from_local": at.where([True, False, True, True]).astype("datetime64[us]"),
            "entry": ["door", "roof", "door", None],
            "taken": [("cash", "car"), ("cash",), "not_applicable", None],
            "n_offenders": [1.0, 2.0, 2.0, np.nan],
            "crime_group": ["burglary", "theft", "burglary", None],
        }
    )


def fitted(spec: EvidenceSpec) -> HistogramBayesFactor:
    table = crimes()
    first, second = (rows.astype(np.int64) for rows in np.triu_indices(len(table), 1))
    evidence = pair_evidence(table, first, second, spec)
    return HistogramBayesFactor().fit(evidence, first == 0)


def columns_of(spec: EvidenceSpec = SPEC, **settings: object) -> CrimeColumns:
    return crime_columns(crimes(), spec, fitted(spec), **settings)


def test_places_and_times_of_four_crimes_worked_by_hand():
    got = columns_of()
    hour = 3_600_000_000
    assert got.x.tolist() == got.x_m.tolist() == [1000.0, 2000.0, 3000.0, 4000.0]
    assert got.is_placed.tolist() == [True, False, True, True]
    assert got.is_dated.tolist() == [True, True, False, True]
    assert got.start.tolist() == [6 * hour, 24 * hour, 204 * hour, 71 * hour]
    np.testing.assert_array_equal(got.length_hours, [12.0, 0.0, np.nan, 24.0])
    np.testing.assert_array_equal(got.length_days, [0.5, 0.0, np.nan, 1.0])
    assert got.time_of_day.tolist() == [6 * hour, -1, 12 * hour, 23 * hour]
    assert got.time_of_week.tolist() == [6 * hour, -1, 36 * hour, 71 * hour]
    assert got.midpoint.tolist() == [24 * hour, 48 * hour, 0, 166 * hour]  # half microseconds


def test_items_are_codes_and_numbers_are_numbers():
    got = columns_of()
    # The sets of `taken`: car and cash, cash alone. 0 is not applicable, 1 missing.
    assert got.codes.tolist() == [[2, 2], [3, 3], [2, 0], [1, 1]]
    assert got.codes.dtype == np.uint16
    np.testing.assert_array_equal(got.numbers, [[1.0], [2.0], [2.0], [np.nan]])
    assert got.root_density.size == 0


def test_incidents_groups_and_solved_crimes_are_numbers():
    got = columns_of(solved=["C", "elsewhere"])
    assert got.incident[0] == got.incident[2] != got.incident[3]
    assert got.incident[1] == -1
    assert got.is_solved.tolist() == [False, False, True, False]
    assert got.block.tolist() == [0, 0, 0, 0]
    apart = columns_of(across_groups=False).block
    assert apart[0] == apart[2]
    assert len(set(apart.tolist())) == 3  # the crime of no known group is a group of its own


def test_an_item_that_several_terms_read_is_one_column():
    spec = fit_spec(crimes(), EvidenceSpec(("entry",), agreement=("entry",), overlap=("taken",)))
    assert columns_of(spec).codes.shape == (4, 2)


def test_the_crime_group_is_a_column_of_codes_where_it_is_evidence():
    got = columns_of(EvidenceSpec((), crime_group=True))
    assert got.codes.tolist() == [[2], [3], [2], [1]]


def test_limits_are_measured_on_places_as_given_also_where_evidence_goes_round_the_earth():
    table = crimes().assign(easting_m=[-1.0, 0.0, 1.0, 2.0], northing_m=[51.0, np.nan, 52.0, 53.0])
    spec = EvidenceSpec((), distance="great-circle")
    got = crime_columns(table, spec, fitted(spec))
    assert got.x_m.tolist() == [-1.0, 0.0, 1.0, 2.0]
    np.testing.assert_array_equal(got.x, np.radians([-1.0, 0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(got.y, np.radians([51.0, np.nan, 52.0, 53.0]))


def test_how_crowded_places_are_comes_along_where_it_is_asked_for():
    spec = fit_spec(crimes(), EvidenceSpec((), crowding_km=1.5))
    got = columns_of(spec)
    np.testing.assert_array_equal(got.root_density, encode_crimes(crimes(), spec).root_density)
    assert np.isnan(got.root_density).tolist() == [False, True, False, False]


def test_crimes_without_an_incident_column_are_of_unknown_incidents():
    spec = EvidenceSpec(())
    got = crime_columns(crimes().drop(columns=["incident_id", "crime_id"]), spec, fitted(spec))
    assert got.incident.tolist() == [-1, -1, -1, -1]


def test_no_crimes_make_empty_columns():
    got = crime_columns(crimes()[:0], SPEC, fitted(SPEC))
    assert got.codes.shape == (0, 2)
    assert got.numbers.shape == (0, 1)
    assert all(len(column) == 0 for column in got)


def test_what_is_read_only_shows_the_same_numbers_and_cannot_be_written():
    got = read_only(columns_of())
    assert type(got) is CrimeColumns
    np.testing.assert_array_equal(got.codes, columns_of().codes)
    assert not any(column.flags.writeable for column in got)


def test_a_model_without_tables_is_refused():
    with pytest.raises(CrimeColumnsError, match="got a BoostedBayesFactor that is none; score it"):
        crime_columns(crimes(), SPEC, BoostedBayesFactor())


def test_an_item_with_too_many_recorded_sets_is_refused(monkeypatch):
    model = fitted(SPEC)
    monkeypatch.setattr(module, "MOST_SETS", 1)
    with pytest.raises(CrimeColumnsError, match="entry: expected at most 1 distinct recorded sets, got 2; group its"):
        crime_columns(crimes(), SPEC, model)


def test_groups_that_matter_and_are_not_given_are_refused():
    with pytest.raises(CrimeTableError, match="expected a column crime_group"):
        crime_columns(crimes().drop(columns="crime_group"), SPEC, fitted(SPEC), across_groups=False)
