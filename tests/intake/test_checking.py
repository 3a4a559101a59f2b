from collections.abc import Callable
from pathlib import Path

import duckdb

from intake.checking import check_profile
from intake.profiles import ForceProfile

from .conftest import HEADER, PROFILE, crime_rows

Con = duckdb.DuckDBPyConnection
ProfileOf = Callable[..., ForceProfile]
Extract = Callable[..., Path]
SOUND = HEADER + crime_rows(300)


def test_a_sound_extract_would_load_and_nothing_is_kept(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    check = check_profile(con, profile_of(), extract(crimes__csv=SOUND))
    assert check.would_load
    assert check.remarks == ()
    assert con.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


def test_all_bad_files_are_named_at_once(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    check = check_profile(con, profile_of(), extract(crimes__csv="", crimes_2__csv=HEADER))
    assert [problem.split(":")[0] for problem in check.problems] == ["crimes.csv", "crimes_2.csv"]
    assert not check.would_load


def test_what_cannot_be_typed_is_counted_with_an_example(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    folder = extract(crimes__csv=SOUND.replace("C9,28E,10/10/2024", "C9,28E,31/02/2024").replace(",450008,", ",abc,"))
    check = check_profile(con, profile_of(), folder)
    found = {column.column: (column.n_untyped, column.example, column.example_at) for column in check.columns}
    assert found["committed_from_at"] == (1, "31/02/2024 09:30", "crimes.csv row 9")
    assert found["easting_m"] == (1, "<redacted, 3 characters>", "crimes.csv row 8")
    assert check.would_load


def test_implausible_rows_are_remarked_upon(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    content = SOUND.replace("C9,28E,10/10/2024", "C9,28E,01/01/1900").replace("C8,28E,09/09/2024", "C8,28E,01/01/2099")
    check = check_profile(con, profile_of(), extract(crimes__csv=content))
    assert "crimes: 2 rows where committed_from_at is implausible: the row is quarantined" in check.remarks


def test_a_wrong_layout_is_a_problem_with_its_remedy(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    check = check_profile(con, profile_of(("%d/%m/%Y", "%m/%d/%Y")), extract(crimes__csv=SOUND))
    assert "set layouts: ['%d/%m/%Y %H:%M']" in check.problems[0]


def test_free_text_is_redacted_in_what_is_shown(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    profile = profile_of(
        text=PROFILE + "  mo_texts: {source: crimes, columns: {crime_id: ID, text: NAME, written_at: NAME}}\n"
    )
    check = check_profile(con, profile, extract(crimes__csv=SOUND))
    assert not check.would_load
    assert all("Somebody" not in str(line) for line in (*check.problems, *check.remarks))
