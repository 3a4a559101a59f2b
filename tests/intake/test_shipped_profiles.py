from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from intake.landing import LandingReport, land
from intake.profiles import load_profile
from intake.projection import transform


@pytest.fixture(scope="module")
def st_louis(real_extracts: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, LandingReport]]:
    with duckdb.connect(config={"threads": 2}) as con:
        yield con, land(con, load_profile("st_louis"), real_extracts)


def test_the_reference_data_land_whole(reference: Path) -> None:
    with duckdb.connect() as con:
        report = land(con, load_profile("crimelinkage"), reference)
        assert [report.n_landed(table) for table in ("crimes", "offender_crimes")] == [490, 1507]
        # 490 of MO1 and 19 missing in each of MO2 and MO3
        assert report.n_landed("mo_features") == 3 * 490 - 2 * 19
        first = con.execute(
            "select committed_from_at, committed_to_at, easting_m, northing_m from landing.crimes"
            " where crime_id = 'C:1'"
        ).fetchall()
    assert first == [
        ("1993-01-06 23:55:00+00:00", "1993-01-07 04:39:00+00:00", "13661.1", "-4659.3000000000002"),
    ]


def test_every_row_of_st_louis_is_accounted_for(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport],
) -> None:
    account = next(account for account in st_louis[1].accounts if account.table == "crimes")
    assert account.n_in == 439_801 == sum(account[3:])
    assert account.n_landed == st_louis[0].execute("select count(*) from landing.crimes").fetchall()[0][0]


def test_retractions_of_st_louis_cancel_what_they_match(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport], real_extracts: Path
) -> None:
    con, report = st_louis
    account = next(account for account in report.accounts if account.table == "crimes")
    # counted another way: by groups of the derived date_occur instead of by the text of the source
    n_cancelled, n_retractions = con.execute(
        f"""
        select count(*) filter (n_rows = 1), sum(n_retractions) from (
            select count(*) filter (count = 1) as n_rows, count(*) filter (count = -1) as n_retractions
            from '{real_extracts}/stlouis_slmpd_2008_2015.parquet'
            group by x_spcs_ft, y_spcs_ft, date_occur, crime_code
        ) where n_retractions > 0
        """
    ).fetchall()[0]
    assert n_retractions == 7214
    assert account.n_retracted == 2 * n_cancelled == 2 * 4794
    assert account.n_quarantined == n_retractions - n_cancelled


def test_crimes_of_st_louis_have_identifiers_of_their_own(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport],
) -> None:
    n, n_distinct = st_louis[0].execute("select count(*), count(distinct crime_id) from landing.crimes").fetchall()[0]
    assert n == n_distinct > 150_000


def test_state_plane_feet_agree_with_the_longitude_and_latitude_that_others_derived(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport], real_extracts: Path
) -> None:
    rows = (
        st_louis[0]
        .execute(
            f"""
            select cast(c.easting_m as double), cast(c.northing_m as double), r.lon, r.lat
            from landing.crimes c join (
                select lon, lat, file_row_number + 1 as _row
                from read_parquet('{real_extracts}/stlouis_slmpd_2008_2015.parquet', file_row_number = true)
            ) r on r._row = c.source_row
            where c.easting_m is not null order by c.source_row limit 5000
            """
        )
        .fetchall()
    )
    easting, northing, lon, lat = np.array(rows).T
    own = transform("EPSG:4326", "EPSG:26915", lon, lat)
    # six decimals of a degree are 0.1 m
    assert np.max(np.hypot(own[0] - easting, own[1] - northing)) < 0.3


def test_the_wording_of_st_louis_gives_the_mo_that_the_gatherers_derived(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport], real_extracts: Path
) -> None:
    rows = (
        st_louis[0]
        .execute(
            f"""
            select m.value_code, r.d_entry, count(*) from landing.mo_features m join (
                select d_entry, file_row_number + 1 as _row
                from read_parquet('{real_extracts}/stlouis_slmpd_2008_2015.parquet', file_row_number = true)
            ) r on r._row = m.source_row
            where m.item_code = 'entry_method' group by all
            """
        )
        .fetchall()
    )
    pairs = {(own, derived) for own, derived, _ in rows}
    assert pairs == {("insecure", "unlawful_no_force"), ("forced", "force"), ("forced", "attempt_force")}


def test_derived_columns_of_st_louis_are_not_read(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport],
) -> None:
    ignored = st_louis[1].files[0].ignored_columns
    assert {"lon", "lat", "date_occur", "d_entry", "d_weapon", "d_outcome"} <= set(ignored)


def test_dates_of_1900_pass_to_staging_and_no_other_text_does(
    st_louis: tuple[duckdb.DuckDBPyConnection, LandingReport],
) -> None:
    con = st_louis[0]
    query = "select count(*) from landing.crimes where try_cast(committed_from_at as timestamp) is null"
    assert con.execute(query).fetchall() == [(0,)]
