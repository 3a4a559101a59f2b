"""Files that cannot be read as the profile declares them: refused before anything is touched, in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv
import pyarrow.parquet
import pytest

if TYPE_CHECKING:
    from tests.orchestration.conftest import Extract

Plant = Callable[["Extract"], object]


def remove_file(extract: "Extract") -> None:
    extract.path("mo_fields").unlink()


def empty_file(extract: "Extract") -> None:
    extract.path("recorded_crimes").write_bytes(b"")


def header_only(extract: "Extract") -> None:
    extract.change_bytes("named_persons", lambda data: data.splitlines(keepends=True)[0])


def drop_column(extract: "Extract") -> None:
    rows = extract.rows("mo_fields")
    extract.write("mo_fields", [{name: row[name] for name in row if name != "ENTERED"} for row in rows])


def rename_column(extract: "Extract") -> None:
    extract.change_bytes("recorded_crimes", lambda data: data.replace(b'"DATE_FROM"', b'"DATE_FORM"', 1))


def semicolons(extract: "Extract") -> None:
    extract.change_bytes("named_persons", lambda data: data.replace(b'","', b'";"'))


def latin_1(extract: "Extract") -> None:
    extract.change_bytes("mo_narratives", lambda data: on_line(data, 101, lambda line: line[:-2] + b' caf\xe9"\n'))


def nul_byte(extract: "Extract") -> None:
    extract.change_bytes("mo_narratives", lambda data: on_line(data, 101, lambda line: line[:-2] + b'\x00"\n'))


def open_quotation_mark(extract: "Extract") -> None:
    extract.change_bytes("mo_narratives", lambda data: on_line(data, 101, lambda line: line[:-2] + b"\n"))


def stray_quotation_mark(extract: "Extract") -> None:
    extract.change_bytes("mo_narratives", lambda data: on_line(data, 101, lambda line: line[:-2] + b' "so" said"\n'))


def ragged_rows(extract: "Extract") -> None:
    for number in range(11, 111):
        extract.change_bytes("mo_narratives", lambda data, n=number: on_line(data, n, lambda line: b"PRIVATE," + line))


def columns_300(extract: "Extract") -> None:
    extract.write("property", [row | {f"C{n}": "" for n in range(295)} for row in extract.rows("property")])


def field_of_ten_million(extract: "Extract") -> None:
    extract.change("mo_narratives", lambda row: row | {"NARRATIVE": "PRIVATE" + "x" * 10_000_000}, 101, 101)


def unquoted_field_of_ten_million(extract: "Extract") -> None:
    extract.change_bytes(
        "named_persons", lambda data: on_line(data, 3, lambda line: b"PRIVATE" + b"x" * 10_000_000 + b",,\n")
    )


def parquet_crimes(extract: "Extract") -> Path:
    path = extract.folder / "recorded_crimes.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(extract.path("recorded_crimes")), path)
    return path


def cut_parquet(extract: "Extract") -> None:
    path = parquet_crimes(extract)
    path.write_bytes(path.read_bytes()[:-1000])


def on_line(data: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    lines[number - 1] = change(lines[number - 1])
    return b"".join(lines)


CASES: dict[Plant, tuple[str, ...]] = {
    remove_file: ("no file for source 'mo'", "expected mo_fields*.csv", "got mo_narratives.csv", "optional: true"),
    empty_file: ("recorded_crimes.csv: the file is empty", "send it again"),
    header_only: ("named_persons.csv: only a header, no rows", "expected at least one row", "send it again"),
    drop_column: (
        "mo_fields.csv: column 'ENTERED' is missing",
        "got columns CRIME_REF, ",
        "tables.mo_features.columns.captured_at",
    ),
    rename_column: ("recorded_crimes.csv: column 'DATE_FROM' is missing", "nearest column is 'DATE_FORM'", "mend"),
    semicolons: ("named_persons.csv line 1", "is the delimiter ';'? set it in the profile"),
    latin_1: ("mo_narratives.csv line 101", "expected utf-8, got byte 0xE9", "latin-1"),
    nul_byte: ("mo_narratives.csv line 101: a NUL byte", "expected text only", "ask for it again"),
    open_quotation_mark: ("mo_narratives.csv line 101", "unbalanced quotation marks", "mend the line"),
    stray_quotation_mark: ("mo_narratives.csv line 101", "unbalanced quotation marks", "mend the line"),
    ragged_rows: ("mo_narratives.csv line 11", "100 of 566 rows are ragged", "expected 3 cells, got 4", "quote the"),
    columns_300: ("property.csv line 1: too many columns", "expected at most 256, got 300", "fewer columns"),
    field_of_ten_million: ("mo_narratives.csv line 102: a field is too long", "1,000,000", "shorten the field"),
    unquoted_field_of_ten_million: ("named_persons.csv line 3: a field is too long", "1,000,000", "shorten the field"),
    cut_parquet: ("recorded_crimes.parquet: not a whole Parquet file", "send it again"),
}


@pytest.mark.parametrize("plant", CASES, ids=lambda plant: plant.__name__)
def test_an_unreadable_file_is_refused_in_one_line(
    plant: Plant, extract: "Extract", profile: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    plant(extract)
    message = refused(extract, with_parquet(profile, tmp_path) if "parquet" in plant.__name__ else None)
    assert all(part in message for part in CASES[plant]), message


def with_parquet(profile: Path, folder: Path) -> Path:
    """Return a profile that reads crimes from Parquet."""
    text = profile.read_text(encoding="utf-8")
    assert "recorded_crimes*.csv" in text
    path = folder / "parquet_demo.yaml"
    path.write_text(text.replace("recorded_crimes*.csv", "recorded_crimes*.parquet"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("absent", ("no such landing folder", "name the folder")),
        ("empty", ("no file that the profile names", "got an empty folder", "check --landing")),
    ],
)
def test_a_folder_without_an_extract_is_refused_in_one_line(
    folder: str, expected: tuple[str, ...], extract: "Extract", tmp_path: Path, refused: Callable[..., str]
) -> None:
    extract.landing = tmp_path / folder
    if folder == "empty":
        extract.landing.mkdir()
    message = refused(extract)
    assert str(extract.landing) in message
    assert all(part in message for part in expected), message


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_may_not_be_read_is_refused_in_one_line(
    what: str, extract: "Extract", monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    closed = extract.landing if what == "folder" else extract.path("mo_fields")
    method = "iterdir" if what == "folder" else "open"
    real = getattr(Path, method)

    # the administrator, whom no permission stops, runs tests too
    def denied(self: Path, *args: object, **kwargs: object) -> object:
        if self == closed and not kwargs:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, method, denied)
    message = refused(extract)
    assert closed.name in message
    assert "cannot be read (Permission denied)" in message
    assert "check its permissions" in message
