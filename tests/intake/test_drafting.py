from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from intake.checking import check_profile
from intake.draft_layouts import guess_layout
from intake.draft_places import guess_places
from intake.drafting import draft_profile
from intake.errors import MissingInputError
from intake.profiles import ForceProfile, load_profile

from .conftest import crime_rows

Extract = Callable[..., Path]


def drafted(tmp_path: Path, *files: Path) -> tuple[str, ForceProfile]:
    """Draft, and load the draft: a proposal that does not load is none."""
    text = draft_profile(files)
    (tmp_path / "draft.yaml").write_text(text, encoding="utf-8")
    return text, load_profile(tmp_path / "draft.yaml")


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "cp1252"), ("|", "utf-8"), ("\t", "utf-16")])
def test_a_draft_loads_the_extract_that_it_was_drafted_from(
    tmp_path: Path, extract: Extract, delimiter: str, encoding: str
) -> None:
    header = "Crime Ref,HO Code,Date From,Easting,Northing,Entry Point,Officer\n"
    body = crime_rows(300).replace("Somebody", "Front Door,\u201cSm\xefth\u201d")
    folder = extract(crimes__csv=(header + body).replace(",", delimiter).encode(encoding))
    text, profile = drafted(tmp_path, folder / "crimes.csv")
    columns = profile.tables["crimes"][0].columns
    assert {name: cell.columns[0] for name, cell in columns.items()} == {
        "crime_id": "Crime Ref",
        "offence_code": "HO Code",
        "committed_from_at": "Date From",
        "easting_m": "Easting",
        "northing_m": "Northing",
    }
    assert columns["committed_from_at"].layouts == ("%d/%m/%Y %H:%M",)
    assert profile.crs == "EPSG:27700"
    assert profile.crime_groups == {"28E": "burglary_residential"}
    assert profile.tables["mo_features"][0].items["entry_point"].values == {"Front Door": ("front_door",)}
    assert "# not used: Officer" in text
    check = check_profile(duckdb.connect(), profile, folder)
    assert check.would_load
    assert {account.table: account.n_landed for account in check.accounts} == {"crimes": 300, "mo_features": 300}


def test_the_data_decide_between_day_first_and_month_first() -> None:
    day_first = guess_layout(["01/02/2024 10:00", "13/02/2024 10:00"])
    month_first = guess_layout(["01/02/2024 10:00", "02/13/2024 10:00"])
    assert day_first is not None
    assert month_first is not None
    assert (day_first.layouts, day_first.is_ambiguous) == (("%d/%m/%Y %H:%M",), False)
    assert (month_first.layouts, month_first.is_ambiguous) == (("%m/%d/%Y %H:%M",), False)


def test_what_the_data_cannot_decide_is_said(tmp_path: Path, extract: Extract) -> None:
    rows = "".join(f"C{k},39,0{k}/0{k % 3 + 1}/2024\n" for k in range(1, 10))
    folder = extract(crimes__csv="crime_no,ho_code,date_from\n" + rows)
    assert "every day is 12 or less, so day first is only assumed" in drafted(tmp_path, folder / "crimes.csv")[0]


def test_text_that_is_no_date_has_no_layout() -> None:
    assert guess_layout(["abc", "450123"]) is None
    assert guess_layout([]) is None


@pytest.mark.parametrize(
    ("x", "y", "crs", "grid", "is_swapped"),
    [
        (450_000.0, 250_000.0, "EPSG:27700", "EPSG:27700", False),
        (-1.2, 52.1, "EPSG:4326", "EPSG:27700", False),
        (52.1, -1.2, "EPSG:4326", "EPSG:27700", True),
        (-118.4, 34.0, "EPSG:4326", "EPSG:32611", False),
        (34.0, -118.4, "EPSG:4326", "EPSG:32611", True),
        (1_000_000.0, 400_000.0, "EPSG:27700", "EPSG:27700", True),
        (-4_000.0, 9_000.0, "local", "local", False),
    ],
)
def test_coordinate_systems_are_told_by_where_the_numbers_fall(
    x: float, y: float, crs: str, grid: str, is_swapped: bool
) -> None:
    spread = np.linspace(-0.01, 0.01, 50)
    guess = guess_places(x + spread, y + spread)
    assert (guess.crs, guess.grid_crs, guess.is_swapped) == (crs, grid, is_swapped)


def test_zero_coordinates_are_said_and_left_aside() -> None:
    guess = guess_places(np.array([450_000.0, 0.0]), np.array([250_000.0, 0.0]))
    assert guess.remarks == ("50.0% of the coordinates are zero: they will be set missing",)
    assert guess.area.easting_min_m == 445_000.0


def test_a_crime_number_that_repeats_is_not_taken_for_the_key(tmp_path: Path, extract: Extract) -> None:
    folder = extract(crimes__csv="complaint,ho_code,date_from\n" + "7,39,13/01/2024\n" * 5)
    text, profile = drafted(tmp_path, folder / "crimes.csv")
    assert profile.tables["crimes"][0].columns["crime_id"].is_fingerprint
    assert "repeats in 4" in text


def test_the_reference_data_are_drafted_with_their_own_items(tmp_path: Path, reference: Path) -> None:
    _, profile = drafted(tmp_path, reference / "crimes.csv", reference / "offenders.csv")
    assert set(profile.mo_items) == {"mo1", "mo2", "mo3"}
    check = check_profile(duckdb.connect(), profile, reference)
    assert {account.table: account.n_landed for account in check.accounts} == {
        "crimes": 490,
        "mo_features": 1432,
        "offender_crimes": 1507,
    }


def test_date_and_time_in_two_columns_are_joined(tmp_path: Path, real_extracts: Path) -> None:
    _, profile = drafted(tmp_path, real_extracts / "lapd_westla_2020_2021.parquet")
    cell = profile.tables["crimes"][0].columns["committed_from_at"]
    assert cell.columns == ("DATE OCC", "TIME OCC")
    assert cell.pad == {"TIME OCC": 4}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"nothing\.csv"):
        draft_profile([tmp_path / "nothing.csv"])
