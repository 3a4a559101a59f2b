"""Small extracts and profiles, written for one test each."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from intake.landing import land
from intake.profiles import ForceProfile, load_profile

if TYPE_CHECKING:
    from tests.intake.landed_records import Landed

PROFILE = """
force_code: test
name: A test force
extract: snapshot
timezone: Europe/London
crs: EPSG:27700
area: {easting_m: [400000, 500000], northing_m: [200000, 300000]}
dates: {earliest: 2000-01-01, latest: 2027-01-01}
limits: {quarantined: 0.01, set_missing: 0.05}
crime_groups:
  "28E": burglary_residential
  "45*": theft_from_vehicle
other_offences: out_of_scope
sources:
  crimes:
    files: ["crimes*.csv", "crimes*.csv.gz", "crimes*.parquet"]
tables:
  crimes:
    source: crimes
    columns:
      crime_id: ID
      offence_code: CODE
      committed_from_at: {column: FROM, layouts: ["%d/%m/%Y %H:%M"]}
      easting_m: E
      northing_m: N
"""

HEADER = "ID,CODE,FROM,E,N,NAME\n"


def crime_rows(n: int, start: int = 1) -> str:
    """Rows of sound crimes; days run to 28, so day first and month first can be told apart."""
    return "".join(
        f"C{k},28E,{k % 28 + 1:02d}/{k % 12 + 1:02d}/2024 {k % 24:02d}:30,{450000 + k},{250000 + k},Somebody\n"
        for k in range(start, start + n)
    )


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False}) as connection:
        yield connection


@pytest.fixture
def profile_of(tmp_path: Path) -> Callable[..., ForceProfile]:
    """Load the test profile with some of its text replaced."""

    def load(*changes: tuple[str, str], text: str = PROFILE) -> ForceProfile:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "force.yaml"
        path.write_text(text, encoding="utf-8")
        return load_profile(path)

    return load


@pytest.fixture
def extract(tmp_path: Path) -> Callable[..., Path]:
    """Write files into one landing folder and return it."""

    def write(**files: str | bytes) -> Path:
        folder = tmp_path / "landing"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name.replace("__", ".")).write_bytes(data)
        return folder

    return write


@pytest.fixture
def landed(
    con: duckdb.DuckDBPyConnection, profile_of: Callable[..., ForceProfile], extract: Callable[..., Path]
) -> "Callable[..., Landed]":
    """Land ROWS with files of records: a mapping of file name to text, bytes or records."""
    from tests.intake.landed_records import ROWS, WITH_REPORTS, Landed  # it builds on the profile above

    def run(**files: Any) -> Landed:
        folder = extract(crimes__csv=HEADER + ROWS)
        (folder / "mo_records").mkdir(exist_ok=True)
        for name, content in files.items():
            data = (
                content
                if isinstance(content, bytes)
                else (content if isinstance(content, str) else json.dumps(content)).encode()
            )
            (folder / "mo_records" / name.replace("__", ".")).write_bytes(data)
        return Landed(con, land(con, profile_of(text=WITH_REPORTS), folder))

    return run
