"""Pages beside the report: folders in a snapshot, named in its manifest like every other file."""

import stat
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from publication.manifest import SnapshotError, read_manifest, verify_snapshot
from publication.snapshot import publish_snapshot
from publication.tables import PublishedTable

TABLES = (PublishedTable("crimes", "marts", ("crime_id",), "One row per crime."),)
PAGES = {"data_docs/index.html": "<p>index</p>", "data_docs/burglary.html": "<p>burglary</p>"}
WHEN = datetime(2026, 11, 22, 3, 0)


def _publish(home: Path, pages: dict[str, str]) -> Path:
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts; create table marts.crimes as select 'r1' as refresh_id, 'c1' as crime_id"
        )
        return publish_snapshot(connection, home, "r1", "<p>report</p>", tables=TABLES, created_at=WHEN, pages=pages)


def test_pages_stand_in_their_folder_read_only_and_in_the_manifest(tmp_path: Path) -> None:
    snapshot = _publish(tmp_path, PAGES)
    assert set(PAGES) <= set(read_manifest(snapshot).files)
    for name, text in PAGES.items():
        assert (snapshot / name).read_text(encoding="utf-8") == text
        assert stat.S_IMODE((snapshot / name).stat().st_mode) == 0o444
    assert verify_snapshot(snapshot).files["data_docs/index.html"].rows is None


def test_a_page_that_was_changed_added_or_removed_is_found(tmp_path: Path) -> None:
    page = _publish(tmp_path, PAGES) / "data_docs" / "index.html"
    page.chmod(0o644)
    page.write_text("<p>other</p>", encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"data_docs/index.html: expected 12 bytes"):
        verify_snapshot(page.parents[1])
    page.unlink()
    with pytest.raises(SnapshotError, match=r"data_docs/index.html: missing"):
        verify_snapshot(page.parents[1])
    page.write_text(PAGES["data_docs/index.html"], encoding="utf-8")
    (page.parent / "more.html").write_text("", encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"data_docs/more.html: not in its manifest"):
        verify_snapshot(page.parents[1])


def test_publishing_the_same_refresh_again_replaces_its_pages(tmp_path: Path) -> None:
    _publish(tmp_path, PAGES)
    snapshot = _publish(tmp_path, {"data_docs/index.html": "<p>new</p>"})
    verify_snapshot(snapshot)
    assert sorted(path.name for path in (snapshot / "data_docs").iterdir()) == ["index.html"]
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == ["current", "r1"]


@pytest.mark.parametrize("name", ["../escaped.html", "/tmp/escaped.html", "data_docs/../../escaped.html"])
def test_a_page_outside_the_snapshot_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotError, match="expected a path within the snapshot, got one outside"):
        _publish(tmp_path, {name: "<p>out</p>"})
    assert not list(tmp_path.rglob("escaped.html"))
    assert not (tmp_path / "published" / "current").exists()
