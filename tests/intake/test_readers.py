import gzip
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from intake.errors import ColumnError, InputError, MissingInputError, RefusedInputError, UnreadableFileError
from intake.landing import land
from intake.profiles import ForceProfile

from .conftest import HEADER, crime_rows

Con = duckdb.DuckDBPyConnection
ProfileOf = Callable[..., ForceProfile]
Extract = Callable[..., Path]
SOUND = HEADER + crime_rows(300)


def refused(con: Con, profile: ForceProfile, folder: Path, kind: type[InputError]) -> str:
    """Land, expect a refusal of that kind, and return its one line."""
    with pytest.raises(kind) as caught:
        land(con, profile, folder)
    message = str(caught.value)
    assert "\n" not in message
    assert "Somebody" not in message
    return message


def test_a_landing_folder_that_is_not_there_is_named(con: Con, profile_of: ProfileOf, tmp_path: Path) -> None:
    assert "no such landing folder" in refused(con, profile_of(), tmp_path / "nowhere", MissingInputError)


def test_a_missing_file_is_named_with_what_was_found(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    message = refused(con, profile_of(), extract(other__csv="a\n1\n"), MissingInputError)
    assert "crimes*.csv" in message
    assert "other.csv" in message


def test_an_empty_file_is_refused(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    assert "crimes.csv: the file is empty" in refused(con, profile_of(), extract(crimes__csv=""), MissingInputError)


def test_a_file_of_blank_lines_is_empty(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    assert "empty" in refused(con, profile_of(), extract(crimes__csv="\n\n"), MissingInputError)


def test_a_header_without_rows_is_refused(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    assert "only a header" in refused(con, profile_of(), extract(crimes__csv=HEADER), MissingInputError)


def test_a_renamed_column_is_answered_with_the_nearest_and_the_profile_line(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    message = refused(con, profile_of(), extract(crimes__csv=SOUND.replace("FROM", "FROM_DT")), ColumnError)
    assert "column 'FROM' is missing" in message
    assert "nearest column is 'FROM_DT'" in message
    assert "force.yaml line 23" in message


def test_a_missing_column_without_likeness_lists_the_columns(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    message = refused(con, profile_of(), extract(crimes__csv=SOUND.replace("FROM", "ZZQ")), ColumnError)
    assert "columns ID, CODE, ZZQ, E, N, NAME" in message


def test_the_wrong_delimiter_is_suspected(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    message = refused(con, profile_of(), extract(crimes__csv=SOUND.replace(",", ";")), ColumnError)
    assert "is the delimiter ';'?" in message


def test_a_column_that_stands_twice_is_refused(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    message = refused(con, profile_of(), extract(crimes__csv=SOUND.replace("NAME", "id")), ColumnError)
    assert "'ID' stands twice" in message


@pytest.mark.parametrize("padding", ["", "x" * 40_000])
def test_latin_1_bytes_in_a_utf_8_file_are_named_with_their_line(
    con: Con, profile_of: ProfileOf, extract: Extract, padding: str
) -> None:
    rows = SOUND.splitlines(keepends=True)
    rows[150] = rows[150].replace("28E", "caf\xe9" + padding)
    content = "".join(rows).encode("latin-1")
    message = refused(con, profile_of(), extract(crimes__csv=content), UnreadableFileError)
    assert message.startswith("crimes.csv line 151: bytes that are not utf-8")
    assert "0xE9" in message
    assert "'encoding'" in message


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig"])
def test_a_declared_encoding_is_read(con: Con, profile_of: ProfileOf, extract: Extract, encoding: str) -> None:
    profile = profile_of(("    files:", f"    encoding: {encoding}\n    files:"))
    content = SOUND.replace("C7,", "Caf\xe9,").encode(encoding)
    assert land(con, profile, extract(crimes__csv=content)).n_landed("crimes") == 300
    assert con.execute("select count(*) from landing.crimes where crime_id = 'Caf\xe9'").fetchall() == [(1,)]


def test_a_byte_order_mark_is_no_part_of_the_first_column(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    folder = extract(crimes__csv=b"\xef\xbb\xbf" + SOUND.encode())
    assert land(con, profile_of(), folder).n_landed("crimes") == 300


def test_few_ragged_rows_are_quarantined_with_their_line(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    rows = SOUND.splitlines(keepends=True)
    rows[20] = rows[20].replace(",Somebody", "")
    rows[30] = rows[30].replace("Somebody", "Somebody,else")
    report = land(con, profile_of(), extract(crimes__csv="".join(rows)))
    assert [(a.n_in, a.n_landed, a.n_quarantined) for a in report.accounts] == [(300, 298, 2)]
    notes = con.execute("select source_row, action, reason, value from landing.notes order by all").fetchall()
    assert notes == [
        (20, "row_quarantined", "ragged row: line 21 has 5 cells, not 6", None),
        (30, "row_quarantined", "ragged row: line 31 has 7 cells, not 6", None),
    ]
    assert con.execute("select source_row from landing.crimes where crime_id = 'C31'").fetchall() == [(31,)]


def test_many_ragged_rows_stop_the_refresh(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    content = HEADER + "C1,28E\n" * 4 + crime_rows(300)
    message = refused(con, profile_of(), extract(crimes__csv=content), RefusedInputError)
    assert message.startswith("crimes.csv line 2: 4 of 304 rows are ragged, above the limit of 1.0%")


def test_blank_cells_beyond_the_last_column_are_no_raggedness(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    folder = extract(crimes__csv=SOUND.replace("Somebody\n", "Somebody,,\n"))
    assert land(con, profile_of(), folder).n_landed("crimes") == 300


def test_quoted_newlines_and_quotes_load_and_keep_their_row_numbers(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    content = SOUND.replace("C5,", '"C""5\nb",').replace("Somebody", '"Some, ""body""\r\nelse"')
    assert land(con, profile_of(), extract(crimes__csv=content)).n_landed("crimes") == 300
    rows = con.execute("select crime_id from landing.crimes where source_row in (5, 6) order by source_row").fetchall()
    assert rows == [('C"5\nb',), ("C6",)]


@pytest.mark.parametrize("field", ['"Some', 'So"me" x"'])
def test_unbalanced_quotes_are_named_with_the_line_where_the_record_starts(
    con: Con, profile_of: ProfileOf, extract: Extract, field: str
) -> None:
    rows = SOUND.splitlines(keepends=True)
    rows[42] = rows[42].replace("28E", '"28E' if field == '"Some' else '"28E"x')
    message = refused(con, profile_of(), extract(crimes__csv="".join(rows)), UnreadableFileError)
    assert message.startswith("crimes.csv line 43: unbalanced quotation marks")


def test_a_nul_byte_is_named_with_its_line(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    message = refused(con, profile_of(), extract(crimes__csv=SOUND.replace("C9,", "C\0009,")), UnreadableFileError)
    assert message.startswith("crimes.csv line 10: a NUL byte")


def test_three_hundred_columns_are_too_many(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    wide = ",".join(f"c{n}" for n in range(300))
    message = refused(con, profile_of(), extract(crimes__csv=f"{wide}\n{wide}\n"), UnreadableFileError)
    assert "too many columns; expected at most 256, got 300" in message


@pytest.mark.parametrize("length", [1_000_001, 10_000_000])
def test_an_endless_field_is_named_with_its_line(
    con: Con, profile_of: ProfileOf, extract: Extract, length: int
) -> None:
    content = SOUND.replace("C9,", "C" * length + ",")
    message = refused(con, profile_of(), extract(crimes__csv=content), UnreadableFileError)
    assert message.startswith("crimes.csv line 10: a field is too long; expected at most 1,000,000 characters")


def test_a_truncated_parquet_is_refused(con: Con, profile_of: ProfileOf, extract: Extract, tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    con.execute(f"copy (select 'C' || i as ID, '28E' as CODE from range(9999) t(i)) to '{whole}' (format parquet)")
    content = whole.read_bytes()
    message = refused(con, profile_of(), extract(crimes__parquet=content[: len(content) // 2]), UnreadableFileError)
    assert message.startswith("crimes.parquet: not a whole Parquet file")


def test_a_parquet_whose_pages_are_damaged_is_refused(
    con: Con, profile_of: ProfileOf, extract: Extract, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.parquet"
    (tmp_path / "crimes.csv").write_text(SOUND, encoding="utf-8")
    con.execute(f"copy (from read_csv('{tmp_path}/crimes.csv', all_varchar = true)) to '{whole}' (format parquet)")
    content = bytearray(whole.read_bytes())
    content[4:2000] = bytes(1996)
    refused(con, profile_of(), extract(crimes__parquet=bytes(content)), UnreadableFileError)


def test_parquet_and_gzip_load_as_the_csv_does(
    con: Con, profile_of: ProfileOf, extract: Extract, tmp_path: Path
) -> None:
    (tmp_path / "crimes.csv").write_text(SOUND, encoding="utf-8")
    con.execute(f"copy (from read_csv('{tmp_path}/crimes.csv', all_varchar = true)) to '{tmp_path}/p' (format parquet)")
    landed = []
    for files in (
        {"crimes__csv": SOUND},
        {"crimes__csv__gz": gzip.compress(SOUND.encode())},
        {"crimes__parquet": (tmp_path / "p").read_bytes()},
    ):
        folder = extract(**files)
        land(con, profile_of(), folder)
        landed.append(con.execute("select * exclude (source_file) from landing.crimes order by source_row").fetchall())
        next(folder.iterdir()).unlink()
    assert landed[0] == landed[1] == landed[2]
    assert len(landed[0]) == 300


def test_a_damaged_gzip_is_refused(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    content = gzip.compress(SOUND.encode())
    message = refused(con, profile_of(), extract(crimes__csv__gz=content[:-200]), UnreadableFileError)
    assert "cut short or damaged" in message


def test_a_file_that_may_not_be_read_is_named(
    con: Con, profile_of: ProfileOf, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = extract(crimes__csv=SOUND)

    def closed(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    profile = profile_of()
    monkeypatch.setattr(Path, "open", closed)
    assert "Permission denied" in refused(con, profile, folder, MissingInputError)


def test_a_folder_that_may_not_be_read_is_named(
    con: Con, profile_of: ProfileOf, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = extract(crimes__csv=SOUND)

    def closed(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    profile = profile_of()
    monkeypatch.setattr(Path, "iterdir", closed)
    assert "the folder cannot be read" in refused(con, profile, folder, MissingInputError)


def test_mixed_line_ends_and_blank_lines_are_read_with_care(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    content = "\n" + HEADER.replace("\n", "\r\n") + crime_rows(2) + "\r\n" + crime_rows(2, start=3)
    assert land(con, profile_of(), extract(crimes__csv=content)).n_landed("crimes") == 4
    assert con.execute("select crime_id, source_row from landing.crimes order by source_row").fetchall() == [
        ("C1", 1),
        ("C2", 2),
        ("C3", 3),
        ("C4", 4),
    ]


def test_files_of_one_source_may_order_their_columns_differently(
    con: Con, profile_of: ProfileOf, extract: Extract
) -> None:
    other = "NAME,N,E,FROM,CODE,ID\nSomebody,250000,450000,01/02/2024 10:00,28E,X1\n"
    report = land(con, profile_of(), extract(crimes__csv=SOUND, crimes_2__csv=other))
    assert [account.n_landed for account in report.accounts] == [300, 1]
    assert con.execute("select offence_code, easting_m from landing.crimes where crime_id = 'X1'").fetchall() == [
        ("28E", "450000")
    ]


def test_columns_that_nobody_maps_are_never_loaded(con: Con, profile_of: ProfileOf, extract: Extract) -> None:
    land(con, profile_of(), extract(crimes__csv=SOUND))
    columns = [row[0] for row in con.execute("describe landing.raw_crimes").fetchall()]
    assert columns == ["ID", "CODE", "FROM", "E", "N", "_file", "_row", "_extract"]
    assert con.execute("select loaded_columns, ignored_columns from landing.files").fetchall() == [
        ("ID, CODE, FROM, E, N", "NAME")
    ]


def test_a_file_that_changes_while_it_is_read_is_refused(
    con: Con, profile_of: ProfileOf, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = extract(crimes__csv=SOUND)
    from intake import landing

    def cut_short(*args: object) -> None:
        (folder / "crimes.csv").write_text(SOUND[:-40] + "\n", encoding="utf-8")

    monkeypatch.setattr(landing, "create_landing", cut_short_then(landing.create_landing, cut_short))
    assert "changed while it was read" in refused(con, profile_of(), folder, UnreadableFileError)


def cut_short_then(real: Callable[..., None], first: Callable[..., None]) -> Callable[..., None]:
    """Run `first` before the real function."""

    def both(*args: object) -> None:
        first(*args)
        real(*args)

    return both
