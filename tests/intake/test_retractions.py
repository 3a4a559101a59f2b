from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from intake.landing import land
from intake.profiles import ForceProfile

from .conftest import PROFILE

Con = duckdb.DuckDBPyConnection
ProfileOf = Callable[..., ForceProfile]
Extract = Callable[..., Path]

RETRACTING = PROFILE.replace(
    "    columns:\n",
    '    retractions: {column: N_ROWS, value: "-1", match: [E, N, committed_from_at, offence_code]}\n    columns:\n',
).replace("crime_id: ID", "crime_id: {fingerprint: [ID, committed_from_at, CODE, E, N, N_ROWS], prefix: T}")
HEADER = "ID,CODE,FROM,E,N,N_ROWS\n"


def land_rows(con: Con, profile: ForceProfile, extract: Extract, *rows: str) -> dict[int, str]:
    """Land the rows and return what became of each, by row number."""
    land(con, profile, extract(crimes__csv=HEADER + "".join(f"{row}\n" for row in rows)))
    landed = dict(con.execute("select source_row, 'landed' from landing.crimes").fetchall())
    return landed | dict(con.execute("select source_row, reason from landing.notes").fetchall())


ROW = "a,28E,01/02/2024 10:00,450000,250000,1"
RETRACTION = "b,28E,1/2/2024 10:00,450000,250000,-1"
CANCELS = "a retraction: cancels the one row that it matches"
CANCELLED = "cancelled by the one retraction that matches it"


def test_a_retraction_of_one_row_cancels_both_though_the_date_is_written_otherwise(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    fates = land_rows(con, profile_of(text=RETRACTING), extract, ROW, RETRACTION, ROW.replace("450000", "450001"))
    assert fates == {1: CANCELLED, 2: CANCELS, 3: "landed"}


def test_a_retraction_of_nothing_is_quarantined(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    fates = land_rows(con, profile_of(text=RETRACTING), extract, ROW, RETRACTION.replace("28E", "45"))
    assert fates == {1: "landed", 2: "a retraction that matches no row"}


def test_a_retraction_of_one_of_several_rows_is_quarantined(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    fates = land_rows(con, profile_of(text=RETRACTING), extract, ROW, ROW.replace("a,", "c,"), RETRACTION)
    assert fates == {1: "landed", 2: "landed", 3: "a retraction that matches several rows"}


def test_a_row_is_cancelled_only_once(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    fates = land_rows(con, profile_of(text=RETRACTING), extract, RETRACTION, ROW, RETRACTION.replace("b,", "c,"))
    assert fates == {1: CANCELS, 2: CANCELLED, 3: "a retraction of a row that another has cancelled"}


def test_missing_places_agree_with_each_other_but_not_when_nothing_is_given(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    placeless = [row.replace("450000,250000", ",") for row in (ROW, RETRACTION)]
    assert land_rows(con, profile_of(text=RETRACTING), extract, *placeless) == {1: CANCELLED, 2: CANCELS}


def test_the_same_row_has_the_same_identifier_wherever_it_stands(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    rng = np.random.default_rng(5)
    rows = [f"{k % 7},28E,0{k % 9 + 1}/02/2024 10:00,{450000 + k % 3},250000,1" for k in range(60)]
    profile = profile_of(text=RETRACTING)
    seen = []
    for order in (range(60), rng.permutation(60)):
        land_rows(con, profile, extract, *(rows[k] for k in order))
        seen.append(
            con.execute("select crime_id, committed_from_at, easting_m from landing.crimes order by all").fetchall()
        )
    assert seen[0] == seen[1]
    assert len({crime_id for crime_id, *_ in seen[0]}) == 60


def test_identical_rows_are_numbered(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    land_rows(con, profile_of(text=RETRACTING), extract, ROW, ROW, ROW)
    ids = [row[0] for row in con.execute("select crime_id from landing.crimes order by 1").fetchall()]
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]
    assert ids[0].startswith("T-")


@pytest.mark.parametrize("extra", ["x,28E,05/02/2024 10:00,450000,250000,1"])
def test_an_identifier_does_not_change_when_other_rows_arrive(
    con: Con, profile_of: ProfileOf, extract: Extract, extra: str
) -> None:
    profile = profile_of(text=RETRACTING)
    land_rows(con, profile, extract, ROW)
    before = con.execute("select crime_id from landing.crimes").fetchall()
    land_rows(con, profile, extract, extra, ROW)
    assert con.execute("select crime_id from landing.crimes where source_row = 2").fetchall() == before
