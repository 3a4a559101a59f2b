"""The sensor of landed extracts: one refresh for each new set of complete files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from intake.extracts import complete_extracts, extracts_fingerprint
from orchestration.jobs import landed_extract

NOBODY = 65534


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A landing folder that the sensor watches, empty."""
    folder = tmp_path / "landing"
    folder.mkdir()
    monkeypatch.setenv("COLINK_LANDING", str(folder))
    return folder


def land(landing: Path, name: str, text: str = "a,b\n1,2\n", complete: bool = True) -> None:
    """Put an extract of one file into the landing folder."""
    (landing / name).mkdir()
    (landing / name / "crimes.csv").write_text(text)
    if complete:
        (landing / name / "_COMPLETE").touch()


def tick(cursor: str | None = None) -> tuple[dg.SensorEvaluationContext, dg.RunRequest | dg.SkipReason]:
    """Return the sensor's context and its one answer."""
    context = dg.build_sensor_context(cursor=cursor)
    answers = list(landed_extract(context))
    assert len(answers) == 1
    return context, answers[0]


def asked(cursor: str | None = None) -> tuple[str | None, dg.RunRequest]:
    """Return the new cursor and the refresh asked for."""
    context, answer = tick(cursor)
    assert isinstance(answer, dg.RunRequest), answer
    return context.cursor, answer


def skipped(cursor: str | None = None) -> str:
    """Return why no refresh was asked for; the cursor stays."""
    context, answer = tick(cursor)
    assert isinstance(answer, dg.SkipReason), answer
    assert context.cursor == cursor
    return str(answer.skip_message)


def test_an_extract_that_is_not_complete_starts_nothing(landing: Path) -> None:
    land(landing, "2026-03-01", complete=False)
    assert "one is complete once _COMPLETE stands in it" in skipped()


def test_a_complete_extract_starts_one_refresh_known_by_the_files_fingerprint(landing: Path) -> None:
    land(landing, "2026-03-01")
    cursor, request = asked()
    assert request.run_key == cursor == extracts_fingerprint(complete_extracts(landing))
    assert request.tags["colink/extract"] == "2026-03-01"


def test_files_lying_directly_in_the_folder_are_an_extract_too(landing: Path) -> None:
    (landing / "crimes.csv").write_text("a,b\n1,2\n")
    assert "_COMPLETE" in skipped()
    (landing / "_COMPLETE").touch()
    assert asked()[1].run_key


def test_the_same_files_never_start_two_refreshes(landing: Path) -> None:
    land(landing, "2026-03-01")
    cursor, _ = asked()
    assert skipped(cursor) == "nothing new has landed since the last refresh"


def test_the_same_files_written_again_are_the_same_run_also_when_the_cursor_was_lost(landing: Path) -> None:
    land(landing, "2026-03-01")
    _, first = asked()
    shutil.rmtree(landing / "2026-03-01")
    land(landing, "2026-03-01")
    assert asked()[1].run_key == first.run_key


def test_a_new_extract_starts_one_refresh_more(landing: Path) -> None:
    land(landing, "2026-03-01")
    cursor, first = asked()
    land(landing, "2026-03-02", "a,b\n3,4\n")
    cursor, second = asked(cursor)
    assert second.run_key != first.run_key
    assert second.tags["colink/extract"] == "2026-03-02"
    skipped(cursor)


def test_an_extract_that_is_still_arriving_does_not_hold_up_the_complete_one(landing: Path) -> None:
    land(landing, "2026-03-01")
    _, alone = asked()
    land(landing, "2026-03-02", complete=False)
    assert asked()[1].run_key == alone.run_key


def test_a_file_changed_in_place_is_a_new_extract(landing: Path) -> None:
    land(landing, "2026-03-01")
    cursor, first = asked()
    (landing / "2026-03-01" / "crimes.csv").write_text("a,b\n1,3\n")
    assert asked(cursor)[1].run_key != first.run_key


def test_a_record_of_a_form_in_the_landing_folder_starts_one_refresh(landing: Path) -> None:
    land(landing, "2026-03-01")
    cursor, first = asked()
    (landing / "mo_records" / "victim").mkdir(parents=True)
    skipped(cursor)  # a folder without a file is nothing new
    (landing / "mo_records" / "victim" / "a.json").write_text("{}")
    cursor, second = asked(cursor)
    assert second.run_key != first.run_key
    assert second.tags["colink/extract"] == "2026-03-01"
    skipped(cursor)
    (landing / "mo_records" / "victim" / "a.json").write_text("[]")
    assert asked(cursor)[1].run_key not in (first.run_key, second.run_key)


def test_records_without_an_extract_start_nothing(landing: Path) -> None:
    (landing / "mo_records").mkdir()
    (landing / "mo_records" / "a.json").write_text("{}")
    assert "no complete extract" in skipped()


def test_records_of_an_extract_that_lies_in_the_landing_folder_itself_count_once(landing: Path) -> None:
    (landing / "crimes.csv").write_text("a,b\n1,2\n")
    (landing / "_COMPLETE").touch()
    (landing / "mo_records").mkdir()
    (landing / "mo_records" / "a.json").write_text("{}")
    extracts = complete_extracts(landing)
    assert asked()[1].run_key == extracts_fingerprint(extracts)


def test_an_empty_or_absent_folder_is_a_reason_to_wait(landing: Path) -> None:
    assert str(landing) in skipped()
    landing.rmdir()
    assert str(landing) in skipped()


@contextmanager
def nobody() -> Iterator[None]:
    """Act as a user to whom permissions apply; only root needs to."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("closed", [".", "2026-03-01", "2026-03-01/crimes.csv", ".."])
def test_what_may_not_be_read_is_a_reason_to_wait_and_not_an_error(
    closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own folders are closed to others
        Path(folder).chmod(0o755)
        landing = Path(folder) / "share" / "landing"
        landing.mkdir(parents=True)
        land(landing, "2026-03-01")
        monkeypatch.setenv("COLINK_LANDING", str(landing))
        (landing / closed).chmod(0o000)
        with nobody():
            reason = skipped("as before")
        (landing / closed).resolve().chmod(0o755)
    assert "\n" not in reason
    assert "landing" in reason or "crimes.csv" in reason
