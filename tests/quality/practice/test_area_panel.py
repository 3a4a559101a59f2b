from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quality.errors import FrameError
from quality.practice.area_panel import NEVER, adoption, area_panel, read_changes
from quality.practice.errors import ChangesFileError, PracticeError


def counts(*rows: tuple[str | None, str | None, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["area_code", "month", "n_expected", "n_met"])
    return frame.assign(month=pd.to_datetime(frame["month"]))


PANEL = area_panel(counts(("B", "2025-01-01", 4, 1), ("A", "2025-04-01", 6, 3)))


def changed(*rows: tuple[str, date]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["area_code", "changed_on"])


def test_months_without_crimes_are_there_with_none() -> None:
    assert PANEL.area_codes.tolist() == ["A", "B"]
    assert PANEL.months.astype(str).tolist() == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert PANEL.n_expected.tolist() == [[0, 0, 0, 6], [4, 0, 0, 0]]
    assert PANEL.n_met.tolist() == [[0, 0, 0, 3], [1, 0, 0, 0]]


def test_rows_of_one_area_and_month_add_up_and_those_without_either_are_left_out() -> None:
    panel = area_panel(
        counts(("A", "2025-01-01", 1, 1), ("A", "2025-01-01", 2, 0), (None, "2025-01-01", 9, 9), ("A", None, 9, 9))
    )
    assert (panel.n_expected.tolist(), panel.n_met.tolist()) == ([[3]], [[1]])


def test_a_change_on_the_first_of_a_month_starts_with_it() -> None:
    found = adoption(PANEL, changed(("B", date(2025, 2, 1))))
    assert found.first.tolist() == [NEVER, 1]
    assert np.array_equal(found.panel.n_expected, PANEL.n_expected)


def test_a_month_in_which_an_area_changed_is_neither_before_nor_after() -> None:
    found = adoption(PANEL, changed(("B", date(2025, 1, 20))))
    assert found.first.tolist() == [NEVER, 1]
    assert found.panel.n_expected[1].tolist() == [0, 0, 0, 0]
    assert PANEL.n_expected[1].tolist() == [4, 0, 0, 0]


@pytest.mark.parametrize("day", [date(2025, 4, 2), date(2026, 1, 1)])
def test_a_change_after_the_last_whole_month_has_not_been_made_yet(day: date) -> None:
    assert adoption(PANEL, changed(("A", day))).first.tolist() == [NEVER, NEVER]


def test_a_change_before_the_first_month_has_no_months_before() -> None:
    assert adoption(PANEL, changed(("A", date(2024, 11, 1)))).first[0] < 0


def test_an_area_without_crimes_is_named_with_the_nearest() -> None:
    with pytest.raises(PracticeError, match=r"changes row 2, area_code: .* got 'A1'; nearest is 'A'"):
        adoption(PANEL, changed(("A1", date(2025, 2, 1))))


def test_nothing_to_count_is_refused() -> None:
    with pytest.raises(PracticeError, match="counts: expected crimes by area and month, got none"):
        area_panel(counts())
    with pytest.raises(FrameError, match="counts: column 'n_met' is missing"):
        area_panel(counts().drop(columns="n_met"))


def test_changes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text("\ufeffarea_code,changed_on,what\n A1 ,2025-03-01,form\nA2,2025-04-15,\n", encoding="utf-8")
    assert read_changes(path).to_numpy().tolist() == [
        ["A1", date(2025, 3, 1), "form"],
        ["A2", date(2025, 4, 15), ""],
    ]
    path.write_text("area_code,changed_on\nA1,2025-03-01\n")
    assert read_changes(path)["what"].tolist() == [""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a row for each area that changed, got none"),
        ("area_code,changed_on\n", "expected a row for each area"),
        ("area,changed_on\nA,2025-01-01\n", "column 'area_code' is missing; nearest is 'area'"),
        ("area_code,changed_on\nA,2025-01-01\nB,1 March\n", "row 3, changed_on: expected a date .* got '1 March'"),
        ("area_code,changed_on\nA,2025-01-01\nA,2025-02-01\n", "row 3, area_code: expected an area .*, got 'A' twice"),
        ("area_code,changed_on\n,2025-01-01\n", "row 2, area_code: expected the code of an area, got none"),
        ("area_code,changed_on\nA\n", "row 2, changed_on: expected a date as 2025-03-01, got ''"),
    ],
)
def test_a_slip_in_the_file_is_named_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "changes.csv"
    path.write_text(text)
    with pytest.raises(PracticeError, match=rf"changes\.csv.*{message}"):
        read_changes(path)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("area_code,changed_on\nA,SECRET\n", " row 2, changed_on"),
        ("area_code,changed_on\nSECRET,2025-01-01\nSECRET,2025-02-01\n", " row 3, area_code"),
        ("SECRET,changed_on\nA,2025-01-01\n", ""),
    ],
)
def test_what_may_be_published_of_a_slip_names_the_place_and_nothing_of_the_file(
    tmp_path: Path, text: str, place: str
) -> None:
    path = tmp_path / "changes.csv"
    path.write_text(text)
    with pytest.raises(ChangesFileError, match="SECRET") as caught:
        read_changes(path)
    assert caught.value.place == place
    assert "SECRET" not in caught.value.expected
    assert str(tmp_path) not in caught.value.expected


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_bytes(b"area_code\xff\xfe")
    with pytest.raises(PracticeError, match=r"changes\.csv: expected a readable CSV file in UTF-8"):
        read_changes(path)
