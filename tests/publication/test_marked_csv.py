import csv
from pathlib import Path

import pandas as pd
import pytest

from publication.marked_csv import write_marked_csv


def written(table: pd.DataFrame, path: Path) -> list[dict[str, str]]:
    write_marked_csv(table, path, "OFFICIAL-SENSITIVE")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_row_carries_the_marking_and_numbers_stay_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame({"n": [-3, 4], "share": [-0.5, None], "area_code": ["A, 1", None]})
    assert written(table, tmp_path / "t.csv") == [
        {"n": "-3", "share": "-0.5", "area_code": "A, 1", "protective_marking": "OFFICIAL-SENSITIVE"},
        {"n": "4", "share": "", "area_code": "", "protective_marking": "OFFICIAL-SENSITIVE"},
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\uff1d"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path, start: str) -> None:
    (row,) = written(pd.DataFrame({"area_code": [f"{start}HYPERLINK(1)"]}), tmp_path / "t.csv")
    assert row["area_code"] == f"'{start}HYPERLINK(1)"


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    write_marked_csv(pd.DataFrame({"a": pd.Series(dtype="str")}), tmp_path / "t.csv", "OFFICIAL")
    assert (tmp_path / "t.csv").read_text() == "a,protective_marking\n"
