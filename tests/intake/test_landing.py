from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from intake.canonical import CANONICAL_TABLES
from intake.errors import InputError, RefusedInputError
from intake.landing import land
from intake.profiles import ForceProfile

from .conftest import HEADER, crime_rows

Con = duckdb.DuckDBPyConnection
ProfileOf = Callable[..., ForceProfile]
Extract = Callable[..., Path]
SOUND = HEADER + crime_rows(300)
MO = """
  mo_features:
    source: crimes
    items: {tool_used: NAME}
"""


def counts(con: Con) -> dict[str, tuple[int, ...]]:
    """Accounts by table: in, landed, retracted, out of scope, quarantined."""
    rows = con.execute(
        "select table_name, rows_in, rows_landed, rows_retracted, rows_out_of_scope, rows_quarantined"
        " from landing.accounts order by all"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_every_landing_table_is_there_even_when_nothing_feeds_it(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    land(con, profile_of(), extract(crimes__csv=SOUND))
    for table in CANONICAL_TABLES.values():
        columns = [row[0] for row in con.execute(f"describe landing.{table.name}").fetchall()]
        assert columns == [*table.column_names, "source_file", "source_row", "extract_id", "extract_order"]
    assert con.execute("select count(*) from landing.properties").fetchall() == [(0,)]


def test_a_refused_extract_leaves_the_landing_before_it_untouched(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    folder = extract(crimes__csv=SOUND)
    land(con, profile_of(), folder)
    before = con.execute("select * from landing.crimes order by all").fetchall()
    extract(crimes__csv=SOUND.replace("/2024", "/24 at"))
    with pytest.raises(InputError):
        land(con, profile_of(), folder)
    assert con.execute("select * from landing.crimes order by all").fetchall() == before


def test_landing_twice_gives_the_same_rows_and_fingerprint(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    folder = extract(crimes__csv=SOUND)
    first = land(con, profile_of(), folder)
    rows = con.execute("select * from landing.crimes order by all").fetchall()
    assert land(con, profile_of(), folder) == first
    assert con.execute("select * from landing.crimes order by all").fetchall() == rows


def test_other_offences_are_out_of_scope_and_blank_ones_quarantined(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    content = SOUND.replace("C3,28E", "C3,58A").replace("C4,28E", "C4, ").replace("C5,28E", "C5,45/3")
    land(con, profile_of(), extract(crimes__csv=content))
    assert counts(con)["crimes"] == (300, 298, 0, 1, 1)
    assert con.execute("select crime_group from landing.crimes where crime_id = 'C5'").fetchall() == [
        ("theft_from_vehicle",)
    ]
    assert con.execute("select source_row, column_name, reason from landing.notes").fetchall() == [
        (4, "offence_code", "neither offence_code nor crime_group; expected one of them: check the column mapping")
    ]


def test_unknown_offences_are_quarantined_where_the_profile_says_so(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    profile = profile_of(("other_offences: out_of_scope", "other_offences: quarantine"))
    land(con, profile, extract(crimes__csv=SOUND.replace("C3,28E", "C3,58A")))
    assert counts(con)["crimes"] == (300, 299, 0, 0, 1)
    assert con.execute("select action, value from landing.notes").fetchall() == [("row_quarantined", "58A")]


def test_rows_that_a_filter_leaves_out_are_out_of_scope_with_what_hangs_on_them(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    profile = profile_of(
        ("    source: crimes\n", "    source: crimes\n    only: [{column: CODE, is_not: ['28E', '']}]\n"),
        text=_profile_with(MO),
    )
    land(con, profile, extract(crimes__csv=SOUND.replace("C3,28E", "C3,45/1").replace("C4,28E", "C4,45/1")))
    assert counts(con) == {"crimes": (300, 2, 0, 298, 0), "mo_features": (300, 2, 0, 298, 0)}
    assert con.execute("select crime_id, item_code, value_code from landing.mo_features order by 1").fetchall() == [
        ("C3", "tool_used", "Somebody"),
        ("C4", "tool_used", "Somebody"),
    ]


def test_rows_of_another_file_share_the_fate_of_their_crime(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    profile = profile_of(
        ("sources:\n", "sources:\n  persons: {files: [persons.csv]}\n"),
        text=_profile_with("  offender_crimes: {source: persons, columns: {person_id: P, crime_id: C}}\n"),
    )
    persons = "P,C\np1,C1\np2,C3\np3,nobody_sent_this\n"
    land(con, profile, extract(crimes__csv=SOUND.replace("C3,28E", "C3,58A"), persons__csv=persons))
    assert counts(con)["offender_crimes"] == (3, 2, 0, 1, 0)
    assert con.execute("select person_id from landing.offender_crimes order by 1").fetchall() == [("p1",), ("p3",)]


def _profile_with(tables: str) -> str:
    from .conftest import PROFILE

    return PROFILE + tables.strip("\n") + "\n"


def test_a_snapshot_reads_the_newest_complete_extract_and_a_delta_all(
    con: Con, profile_of: ProfileOf, tmp_path: Path
) -> None:
    for name, start in (("2024-01", 1), ("2024-02", 101), ("2024-03", 201)):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "crimes.csv").write_text(HEADER + crime_rows(50, start), encoding="utf-8")
        if name != "2024-03":
            (tmp_path / "in" / name / "_COMPLETE").touch()
    report = land(con, profile_of(), tmp_path / "in")
    assert report.extracts == ("2024-02",)
    assert report.files[0].label == "2024-02/crimes.csv"
    report = land(con, profile_of(("snapshot", "delta")), tmp_path / "in")
    assert report.extracts == ("2024-01", "2024-02")
    assert con.execute(
        "select extract_id, extract_order, count(*) from landing.crimes group by all order by all"
    ).fetchall() == [("2024-01", 0, 50), ("2024-02", 1, 50)]


def test_month_first_dates_under_a_day_first_layout_stop_the_refresh(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    profile = profile_of(("%d/%m/%Y", "%m/%d/%Y"))
    with pytest.raises(RefusedInputError) as caught:
        land(con, profile, extract(crimes__csv=SOUND))
    message = str(caught.value)
    assert message.startswith("crimes.csv row 12, column FROM: ")
    assert "expected mm/dd/yyyy hh:mm, got dd/mm/yyyy hh:mm, which fits all" in message
    assert "set layouts: ['%d/%m/%Y %H:%M']" in message


def test_another_layout_altogether_is_recognised(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    with pytest.raises(RefusedInputError, match=r"dd-Mon-yyyy hh:mm, which fits all"):
        land(con, profile_of(), extract(crimes__csv=HEADER + "C1,28E,01-Feb-2024 10:00,450000,250000,x\n"))


def test_a_few_odd_dates_pass_through_for_staging_to_refuse(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    land(con, profile_of(), extract(crimes__csv=SOUND.replace("C9,28E,10", "C9,28E,31/02")))
    assert con.execute("select committed_from_at from landing.crimes where crime_id = 'C9'").fetchall() == [
        ("31/02/10/2024 09:30",)
    ]


@pytest.mark.parametrize(
    ("east", "north", "what", "remedy"),
    [
        ("250000", "450000", "they are swapped", "exchange the columns of easting_m and northing_m"),
        ("0", "0", "they are zero", "raise limits.set_missing"),
        ("-1.2", "52.2", "in degrees of longitude and latitude", "set crs: EPSG:4326 and grid_crs: EPSG:27700"),
        ("52.2", "-1.2", "in degrees of longitude and latitude, and swapped", "exchange the two columns"),
        ("145000", "650000", "no system that we know", "widen 'area'"),
        ("E450000", "N250000", "they are no numbers", "columns that hold numbers"),
    ],
)
def test_misplaced_coordinates_stop_the_refresh_with_the_remedy(
    con: Con, profile_of: ProfileOf, extract: Extract, east: str, north: str, what: str, remedy: str
) -> None:
    bad = "".join(f"B{n},28E,01/02/2024 10:00,{east},{north},x\n" for n in range(30))
    with pytest.raises(RefusedInputError) as caught:
        land(con, profile_of(), extract(crimes__csv=SOUND + bad))
    message = str(caught.value)
    assert "30 of 330 coordinates lie outside the force" in message
    assert what in message
    assert remedy in message
    assert east not in message.replace("EPSG:4326", "") or east == "0"


def test_a_few_misplaced_coordinates_are_left_to_staging(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    folder = extract(crimes__csv=SOUND + "B1,28E,01/02/2024 10:00,0,0,x\n")
    assert land(con, profile_of(), folder).n_landed("crimes") == 301
    assert con.execute("select easting_m from landing.crimes where crime_id = 'B1'").fetchall() == [("0",)]


def test_degrees_become_metres_of_the_grid(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    # the grid's true origin, 49 N 2 W, is E 400000 N -100000; 52 N lies due north by three degrees of meridian,
    # 333.6 km times the scale of 0.9996, and WGS84 stands a hundred metres off the old datum
    content = HEADER + "C1,28E,01/02/2024 10:00,-2,52,x\nC2,28E,01/02/2024 10:00,somewhere,52,x\n"
    profile = profile_of(
        ("crs: EPSG:27700", "crs: EPSG:4326\ngrid_crs: EPSG:27700"),
        ("[400000, 500000]", "[399000, 500000]"),
        ("set_missing: 0.05", "set_missing: 0.5"),
    )
    land(con, profile, extract(crimes__csv=content))
    rows = con.execute("select easting_m, northing_m from landing.crimes order by crime_id").fetchall()
    assert float(rows[0][0]) == pytest.approx(400_000, abs=150)
    assert float(rows[0][1]) == pytest.approx(233_600, abs=150)
    assert rows[1] == ("somewhere", "52")


def test_what_the_profile_expects_is_told_in_words(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    land(con, profile_of(), extract(crimes__csv=SOUND))
    settings = dict(con.execute("select column_name, expected from landing.settings").fetchall())
    assert settings["committed_from_at"] == "a date-time such as dd/mm/yyyy hh:mm, Europe/London clock"
    assert settings["easting_m"] == "a number in EPSG:27700"


def test_rows_in_are_the_sum_of_the_rest_for_every_file(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    report = land(con, profile_of(), extract(crimes__csv=SOUND, crimes_b__csv=HEADER + crime_rows(9, 400)))
    for account in report.accounts:
        assert account.n_in == sum(account[3:])
    assert [account.n_in for account in report.accounts] == [file.n_rows for file in report.files]


def test_landing_does_not_alter_the_files(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    folder = extract(crimes__csv=SOUND)
    land(con, profile_of(), folder)
    assert [path.name for path in folder.iterdir()] == ["crimes.csv"]
    assert (folder / "crimes.csv").read_text(encoding="utf-8") == SOUND
