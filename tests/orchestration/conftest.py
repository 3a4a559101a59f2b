"""The demo force, published once; extracts of it with faults planted; and what must hold when one is refused."""

import csv
import hashlib
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from intake.demo.writer import EXTRACT, write_demo
from orchestration.refresh import RefreshOutcome, run_refresh

CRIMES = 600
SEED = 3
SECRET_TEXT = "PRIVATE"
SECRET_DECIMALS = ".7713177"
"""No value that can identify somebody is without one of these, so finding neither anywhere proves that none leaked."""

PROFILE = Path(__file__).parents[2] / "forces" / "demo.yaml"
CHANGES = {
    "limits: {quarantined: 0.01, set_missing: 0.05}": "limits: {quarantined: 0.03, set_missing: 0.05}",
    "other_offences: out_of_scope": "other_offences: quarantine",
}
"""The shipped profile, but an offence code that nobody listed is a fault, and a few hundred crimes may hold ten."""

Row = dict[str, str]


class Extract:
    """One extract of the demo force in a landing folder of its own, which a test may spoil."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing
        self.folder = landing / EXTRACT

    def path(self, name: str) -> Path:
        """Return one of its files."""
        return self.folder / f"{name}.csv"

    def label(self, name: str) -> str:
        """Return how messages and tables name one of its files."""
        return f"{EXTRACT}/{name}.csv"

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a file."""
        with self.path(name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def write(self, name: str, rows: list[Row]) -> None:
        """Write a file anew; all rows have the columns of the first."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.path(name).write_text(text.getvalue(), encoding="utf-8", newline="")

    def change(self, name: str, change: Callable[[Row], Row], first: int = 1, last: int | None = None) -> None:
        """Change the rows from the `first` to the `last`, counted from 1 as messages do."""
        rows = self.rows(name)
        rows[first - 1 : last] = [change(row) for row in rows[first - 1 : last]]
        self.write(name, rows)

    def change_bytes(self, name: str, change: Callable[[bytes], bytes]) -> None:
        """Change the bytes of a file."""
        self.path(name).write_bytes(change(self.path(name).read_bytes()))


class Home:
    """A home folder in which a refresh was published, and what stood in it then."""

    def __init__(self, folder: Path, profile: Path, extract: Extract) -> None:
        self.folder = folder
        self.profile = profile
        self.outcome = run_refresh(str(profile), extract.landing, folder, quiet=True)
        assert self.outcome.succeeded, self.outcome.failure
        self.publication = self.read_publication()
        self.quarantine = self.query("select * from staging.stg_quarantine order by all")
        self.texts = {row["text"] for row in self.query("select text from staging.stg_mo_texts")}

    def query(self, query: str) -> list[dict[str, Any]]:
        """Return rows of the warehouse as mappings."""
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def records(self) -> list[dict[str, Any]]:
        """Return the record of every refresh that was opened, oldest first."""
        return self.query("select * from ops.refreshes order by refresh_id")

    def read_publication(self) -> dict[str, str]:
        """Return what `published/current` leads to, and the sha256 of every published file."""
        published = self.folder / "published"
        return {"current": str((published / "current").readlink()), **digests(published)}


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file below a folder, by path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _mark(extract: Extract) -> None:
    """Make every value that can identify somebody tell-tale."""
    extract.change("mo_narratives", lambda row: row | {"NARRATIVE": f"{SECRET_TEXT} {row['NARRATIVE']}"})
    extract.change("named_persons", lambda row: row | {"NOMINAL_REF": SECRET_TEXT + row["NOMINAL_REF"]})
    extract.change(
        "recorded_crimes",
        lambda row: row | {axis: row[axis] + SECRET_DECIMALS for axis in ("EASTING", "NORTHING") if row[axis] != "0"},
    )


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """The extract as it should be; not to be changed."""
    out = tmp_path_factory.mktemp("demo")
    write_demo(out, CRIMES, SEED)
    extract = Extract(out / "landing")
    _mark(extract)
    return extract


@pytest.fixture
def extract(sound: Extract, tmp_path: Path) -> Extract:
    """A copy of the sound extract, to be spoilt."""
    return Extract(Path(shutil.copytree(sound.landing, tmp_path / "landing")))


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo force's profile, somewhat stricter."""
    text = PROFILE.read_text(encoding="utf-8")
    for old, new in CHANGES.items():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path_factory.mktemp("profile") / "strict_demo.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def plant_single_faults(extract: Extract) -> None:
    """Plant one row of each fault that a force may tolerate, and text that is odd but well formed."""
    faults: dict[int, Row] = {
        1: {"BEAT": "=HYPERLINK(1)"},
        11: {"DATE_FROM": "03/02/2024 10:00", "DATE_TO": "02/02/2024 10:00"},
        12: {"DATE_FROM": "03/02/1900 10:00"},
        13: {"DATE_TO": "03/02/2099 10:00"},
        14: {"DATE_FROM": "02/23/2024 10:00", "DATE_TO": "02/23/2024 11:00"},
        15: {"HO_CODE": "99Z"},
        16: {"EASTING": f"-1{SECRET_DECIMALS}", "NORTHING": f"52{SECRET_DECIMALS}"},
        17: {"EASTING": f"250000{SECRET_DECIMALS}", "NORTHING": f"450000{SECRET_DECIMALS}"},
        18: {"EASTING": "0", "NORTHING": "0"},
        19: {"EASTING": f"650000{SECRET_DECIMALS}"},
        20: {"EASTING": f"E {SECRET_TEXT}"},
    }
    for number, cells in faults.items():
        extract.change("recorded_crimes", lambda row, cells=cells: row | cells, number, number)
    crimes = extract.rows("recorded_crimes")
    extract.write("recorded_crimes", [*crimes, crimes[20] | {"BEAT": "elsewhere"}])
    extract.change("mo_fields", lambda row: row | {"MO_FIELD": "COLOUR OF DOOR"}, 201, 201)
    extract.change("mo_fields", lambda row: row | {"MO_VALUE": "@SUM(1)"}, 202, 202)
    extract.change("mo_fields", lambda row: row | {"ENTERED_BY": "THE CAT"}, 203, 203)
    extract.change("named_persons", lambda row: row | {"BASIS": "RUMOUR"}, 2, 2)
    extract.change("property", lambda row: row | {"PROP_STATUS": "EATEN"}, 31, 31)
    extract.change("property", lambda row: row | {"QTY": "-3"}, 32, 32)
    extract.change("mo_narratives", lambda row: row | {"NARRATIVE": ODD_TEXT}, 41, 41)
    extract.change_bytes("property", lambda data: data + b'"DM/23/0000001","handbag_purse","2"\n')


ODD_TEXT = f'{SECRET_TEXT} "give me that", he said,\nthen ran; naïve façade, 5 € taken'


@pytest.fixture(scope="session")
def published(sound: Extract, profile: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one publication, made of an extract with single faulty rows; no test may change what is published."""
    folder = tmp_path_factory.mktemp("published")
    extract = Extract(Path(shutil.copytree(sound.landing, folder / "landing")))
    plant_single_faults(extract)
    return Home(folder / "home", profile, extract)


@pytest.fixture
def refused(published: Home, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Refresh with bad input and prove all but the wording: one line, nothing published, altered, printed or leaked."""

    def refuse(extract: Extract, profile: Path | str | None = None) -> str:
        landed = digests(extract.landing)
        recorded = published.records()
        outcome = run_refresh(str(profile or published.profile), extract.landing, published.folder, quiet=True)
        message = outcome.failure or ""
        assert not outcome.succeeded
        assert message
        assert "\n" not in message
        assert len(message) < 800
        opened = [(row["status"], row["failure"]) for row in published.records()[len(recorded) :]]
        assert opened in ([], [("failed", message)])
        assert digests(extract.landing) == landed
        assert published.read_publication() == published.publication
        _assert_nothing_leaked(published, outcome, "".join(capfd.readouterr()))
        return message

    return refuse


def _assert_nothing_leaked(home: Home, outcome: RefreshOutcome, printed: str) -> None:
    quarantine = home.query("from staging.stg_quarantine")
    assert not leaks(repr((outcome, printed, home.records(), quarantine)).encode())
    written = [path for folder in ("dagster", "dbt") for path in (home.folder / folder).rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in written)
    assert [path for path in written if leaks(path.read_bytes())] == []


def leaks(data: bytes) -> bool:
    """Say whether some bytes hold a value that can identify somebody."""
    return SECRET_TEXT.encode() in data or SECRET_DECIMALS.encode() in data
