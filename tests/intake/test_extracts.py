from pathlib import Path

import pytest

from intake.errors import MissingInputError
from intake.extracts import complete_extracts, extracts_fingerprint, fingerprint
from intake.landing import survey_input
from intake.profiles import load_profile


def _extract(folder: Path, name: str, complete: bool = True) -> None:
    (folder / name).mkdir()
    (folder / name / "crimes.csv").write_text(f"of {name}", encoding="utf-8")
    if complete:
        (folder / name / "_COMPLETE").touch()


def test_only_folders_with_complete_in_them_count_in_order_of_name(tmp_path: Path) -> None:
    for name, complete in (("b", True), ("a", True), ("c", False)):
        _extract(tmp_path, name, complete)
    assert [(extract.name, extract.order) for extract in complete_extracts(tmp_path)] == [("a", 0), ("b", 1)]


def test_a_folder_that_is_complete_itself_is_the_one_extract(tmp_path: Path) -> None:
    _extract(tmp_path, "a")
    assert [extract.folder for extract in complete_extracts(tmp_path / "a")] == [tmp_path / "a"]


def test_a_landing_folder_with_nothing_complete_says_what_to_do(tmp_path: Path) -> None:
    import duckdb

    _extract(tmp_path, "a", complete=False)
    with pytest.raises(MissingInputError, match=r"no complete extract; expected a file _COMPLETE in one of a"):
        survey_input(duckdb.connect(), load_profile("crimelinkage"), tmp_path)


def test_a_fingerprint_tells_content_and_name_but_not_time(tmp_path: Path) -> None:
    _extract(tmp_path, "a")
    first = extracts_fingerprint(complete_extracts(tmp_path))
    (tmp_path / "a" / "crimes.csv").touch()
    (tmp_path / "a" / "_COMPLETE").write_text("again", encoding="utf-8")
    assert extracts_fingerprint(complete_extracts(tmp_path)) == first
    (tmp_path / "a" / "crimes.csv").write_text("other", encoding="utf-8")
    assert extracts_fingerprint(complete_extracts(tmp_path)) != first


def test_a_fingerprint_does_not_depend_on_the_order_of_files() -> None:
    assert fingerprint([("a", "1"), ("b", "2")]) == fingerprint([("b", "2"), ("a", "1")])
    assert fingerprint([("a", "1"), ("b", "2")]) != fingerprint([("a", "2"), ("b", "1")])
