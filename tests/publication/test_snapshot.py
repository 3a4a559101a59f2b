import json
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from publication.manifest import SnapshotError, read_manifest, verify_snapshot
from publication.shelf import clear_unfinished, current_snapshot, switch_current
from publication.snapshot import publish_snapshot
from publication.tables import PUBLISHED_TABLES, PublishedTable

TABLES = (
    PublishedTable("crimes", "marts", ("crime_id",), "One row per crime."),
    PublishedTable("links", "linkage", ("crime_id_1", "crime_id_2"), "One row per link."),
)
STEPS = [
    "clear",
    "write crimes.parquet",
    "write links.parquet",
    "write colink.duckdb",
    "write report.html",
    "write manifest.json",
    "rename",
    "switch",
    "prune",
]
WHEN = datetime(2026, 11, 22, 3, 0)


def warehouse(*refresh_ids: str, path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(path)
    con.execute("create schema marts; create schema linkage")
    con.execute("create table marts.crimes (refresh_id varchar, crime_id varchar, easting_m double)")
    con.execute("create table linkage.links (refresh_id varchar, crime_id_1 varchar, crime_id_2 varchar)")
    for refresh_id in refresh_ids:
        con.execute("insert into marts.crimes values ($1, 'c3', 3.5), ($1, 'c1', null), ($1, 'c2', 2)", [refresh_id])
        con.execute("insert into linkage.links values ($1, 'c2', 'c3'), ($1, 'c1', 'c2')", [refresh_id])
    return con


def publish(con, home: Path, refresh_id: str, **more) -> Path:
    return publish_snapshot(con, home, refresh_id, "<p>report</p>", **({"tables": TABLES, "created_at": WHEN} | more))


def test_a_snapshot_holds_the_refresh_sorted_by_key_in_both_forms(tmp_path):
    with warehouse("r1", "r2") as con:
        snapshot = publish(con, tmp_path, "r2")
    assert snapshot == tmp_path / "published" / "r2" == current_snapshot(tmp_path)
    crimes = pq.read_table(snapshot / "crimes.parquet").to_pylist()
    assert crimes == [
        {"refresh_id": "r2", "crime_id": "c1", "easting_m": None},
        {"refresh_id": "r2", "crime_id": "c2", "easting_m": 2.0},
        {"refresh_id": "r2", "crime_id": "c3", "easting_m": 3.5},
    ]
    with duckdb.connect(str(snapshot / "colink.duckdb"), read_only=True) as published:
        assert published.execute("from crimes").fetchall() == [tuple(row.values()) for row in crimes]
        assert published.execute("from links").fetchall() == [("r2", "c1", "c2"), ("r2", "c2", "c3")]
        comments = published.execute("select comment from duckdb_tables() order by table_name").fetchall()
    assert comments == [("One row per crime. OFFICIAL-SENSITIVE",), ("One row per link. OFFICIAL-SENSITIVE",)]


def test_the_manifest_says_what_each_file_is(tmp_path):
    with warehouse("r1") as con:
        snapshot = publish(con, tmp_path, "r1", protective_marking="OFFICIAL")
    content = json.loads((snapshot / "manifest.json").read_text())
    assert sorted(content["files"]) == ["colink.duckdb", "crimes.parquet", "links.parquet", "report.html"]
    assert (content["refresh_id"], content["created_at"]) == ("r1", "2026-11-22T03:00:00Z")
    assert (content["protective_marking"], content["schema_version"]) == ("OFFICIAL", 1)
    assert content["tables"]["links"] == {"file": "links.parquet", "rows": 2}
    crimes = content["files"]["crimes.parquet"]
    assert crimes["rows"] == 3
    assert crimes["columns"] == {"refresh_id": "VARCHAR", "crime_id": "VARCHAR", "easting_m": "DOUBLE"}
    assert crimes["bytes"] == (snapshot / "crimes.parquet").stat().st_size
    assert pq.read_metadata(snapshot / "crimes.parquet").metadata[b"protective_marking"] == b"OFFICIAL"
    assert verify_snapshot(snapshot) == read_manifest(snapshot)


def test_every_published_file_is_read_only(tmp_path):
    with warehouse("r1") as con:
        snapshot = publish(con, tmp_path, "r1")
    assert {stat.S_IMODE(path.stat().st_mode) for path in snapshot.iterdir()} == {0o444}


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path):
    digests = []
    for order in ("crime_id", "crime_id desc"):
        with warehouse("r1") as con:
            con.execute(f"create or replace table marts.crimes as from marts.crimes order by {order}")
            snapshot = publish(con, tmp_path / order.replace(" ", "_"), "r1")
            digests.append(verify_snapshot(snapshot).files["crimes.parquet"].sha256)
    assert digests[0] == digests[1]


def test_a_skipped_table_is_named_with_its_reason_and_an_absent_one_is_refused(tmp_path):
    with warehouse("r1") as con:
        con.execute("drop table linkage.links")
        with pytest.raises(
            SnapshotError, match=r"linkage\.links: .* got no such table; make it .* or name it as skipped"
        ):
            publish(con, tmp_path, "r1")
        assert list((tmp_path / "published").iterdir()) == []
        snapshot = publish(con, tmp_path, "r1", skipped={"links": "no solved crimes"})
    assert verify_snapshot(snapshot).skipped == {"links": "no solved crimes"}
    assert not (snapshot / "links.parquet").exists()


def test_whole_numbers_stay_whole_numbers(tmp_path):
    with warehouse("r1") as con:
        con.execute("alter table marts.crimes add column n hugeint; update marts.crimes set n = 9007199254740993")
        snapshot = publish(con, tmp_path, "r1")
    # 2 ** 53 + 1 is the first whole number that floating point cannot hold
    assert set(pq.read_table(snapshot / "crimes.parquet")["n"].to_pylist()) == {9007199254740993}


def test_the_record_of_the_refresh_is_published_as_published(tmp_path):
    with duckdb.connect() as con:
        con.execute(
            "create schema marts; create table marts.refreshes as select 'r1' as refresh_id, 'running' as status, "
            "timestamp '2026-11-22 02:59:00' as started_at, null::timestamp as finished_at, '' as input_fingerprint"
        )
        table = next(table for table in PUBLISHED_TABLES if table.name == "refreshes")
        snapshot = publish(con, tmp_path, "r1", tables=[table])
    row = pq.read_table(snapshot / "refreshes.parquet").to_pylist()[0]
    assert (row["status"], row["finished_at"]) == ("published", WHEN)


@pytest.mark.parametrize("name", ["../r1", "r1/..", "current", "", "r1.partial-1", "it's"])
def test_an_identifier_that_cannot_name_a_folder_is_refused(tmp_path, name):
    with warehouse("r1") as con, pytest.raises(SnapshotError, match="expected letters, digits"):
        publish(con, tmp_path, name)


def test_old_snapshots_are_pruned_but_never_the_current_one(tmp_path):
    ids = [f"r{number}" for number in range(1, 8)]
    with warehouse(*ids) as con:
        for refresh_id in ids[1:]:
            publish(con, tmp_path, refresh_id)
        assert shelf(tmp_path) == ["r3", "r4", "r5", "r6", "r7"]
        publish(con, tmp_path, "r1", keep=2)
    assert shelf(tmp_path) == ["r1", "r6", "r7"]
    assert current_snapshot(tmp_path) == tmp_path / "published" / "r1"


def shelf(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "published").iterdir() if path.name != "current")


def test_publishing_a_refresh_again_changes_nothing_when_its_rows_are_the_same(tmp_path):
    with warehouse("r1") as con:
        first = publish(con, tmp_path, "r1")
        before = {path.name: path.stat().st_ino for path in first.iterdir()}
        publish(con, tmp_path, "r1", created_at=datetime(2026, 11, 23))
    assert {path.name: path.stat().st_ino for path in first.iterdir()} == before


def test_publishing_a_refresh_again_replaces_changed_rows_and_a_damaged_snapshot(tmp_path):
    with warehouse("r1") as con:
        publish(con, tmp_path, "r1")
        con.execute("delete from marts.crimes where crime_id = 'c3'")
        snapshot = publish(con, tmp_path, "r1")
        assert pq.read_table(snapshot / "crimes.parquet").num_rows == 2
        (snapshot / "links.parquet").unlink()
        publish(con, tmp_path, "r1")
    assert verify_snapshot(snapshot).files["links.parquet"].rows == 2
    assert shelf(tmp_path) == ["r1"]


@pytest.mark.parametrize("damage", ["changed", "missing", "added", "no manifest", "cut manifest"])
def test_damage_is_found_and_the_file_named(tmp_path, damage):
    with warehouse("r1") as con:
        snapshot = publish(con, tmp_path, "r1")
    file = snapshot / ("manifest.json" if "manifest" in damage else "links.parquet")
    content = bytearray(file.read_bytes())
    file.unlink()
    if damage == "changed":
        content[20] ^= 1
        file.write_bytes(content)
    elif damage == "added":
        file.write_bytes(content)
        file = snapshot / "notes.txt"
        file.write_text("mine")
    elif damage == "cut manifest":
        file.write_bytes(content[:40])
    with pytest.raises(SnapshotError, match=file.name):
        verify_snapshot(snapshot)


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_a_whole_publication(tmp_path, step):
    def fail(name: str) -> None:
        if name == step:
            raise RuntimeError("cut")

    with warehouse("r1", "r2") as con:
        publish(con, tmp_path, "r1")
        with pytest.raises(RuntimeError, match="cut"):
            publish(con, tmp_path, "r2", on_step=fail)
        shown = current_snapshot(tmp_path)
        assert verify_snapshot(shown).refresh_id == ("r2" if step == "prune" else "r1")
        assert not [name for name in shelf(tmp_path) if "partial" in name]
        publish(con, tmp_path, "r2")
    assert verify_snapshot(current_snapshot(tmp_path)).refresh_id == "r2"
    assert shelf(tmp_path) == ["r1", "r2"]


KILLED = """
    import os, pathlib, signal, sys
    import duckdb
    from publication.snapshot import publish_snapshot
    from publication.tables import PUBLISHED_TABLES
    home, last = pathlib.Path(sys.argv[1]), sys.argv[2]
    tables = [table for table in PUBLISHED_TABLES if table.name in ("crimes", "links")]
    def kill(step):
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)
    publish_snapshot(duckdb.connect(home / "warehouse.duckdb"), home, "r2", "", tables=tables, on_step=kill)
"""


@pytest.mark.parametrize("step", ["write links.parquet", "write report.html", "rename", "switch", "prune"])
def test_a_process_killed_at_a_step_leaves_a_whole_publication_and_its_litter_goes(tmp_path, step):
    with warehouse("r1", "r2", path=tmp_path / "warehouse.duckdb") as con:
        publish(con, tmp_path, "r1")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), step]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert verify_snapshot(current_snapshot(tmp_path)).refresh_id == ("r2" if step == "prune" else "r1")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        publish(con, tmp_path, "r2")
    assert shelf(tmp_path) == ["r1", "r2"]
    assert verify_snapshot(current_snapshot(tmp_path)).refresh_id == "r2"


def test_what_killed_runs_left_is_cleared_but_not_what_is_shown(tmp_path):
    published = tmp_path / "published"
    for name in ("r1", "r2.partial-ab12", "r1.replacing-00ff", "mine.txt.d"):
        (published / name).mkdir(parents=True)
    (published / ".current-12").symlink_to("r1")
    switch_current(published, "r1.replacing-00ff")
    assert clear_unfinished(published) == [".current-12", "r2.partial-ab12"]
    switch_current(published, "r1")
    assert clear_unfinished(published) == ["r1.replacing-00ff"]
    assert shelf(tmp_path) == ["mine.txt.d", "r1"]


def test_a_folder_named_current_is_not_overwritten(tmp_path):
    (tmp_path / "published" / "current").mkdir(parents=True)
    with warehouse("r1") as con, pytest.raises(SnapshotError, match="current: expected a link"):
        publish(con, tmp_path, "r1")


READER = """
    import json, pathlib, sys
    import duckdb, pyarrow.parquet as pq
    home, kind = pathlib.Path(sys.argv[1]), sys.argv[2]
    def of_database():
        with duckdb.connect(str(home / "published/current/colink.duckdb"), read_only=True) as con:
            found = con.execute("select refresh_id from crimes union select refresh_id from links").fetchall()
        return {row[0] for row in found}
    def of_folder():
        snapshot = (home / "published/current").resolve()
        tables = [pq.ParquetFile(snapshot / f"{name}.parquet").read() for name in ("crimes", "links")]
        told = json.loads((snapshot / "manifest.json").read_text())["refresh_id"]
        return {told} | {name for table in tables for name in table["refresh_id"].to_pylist()}
    read = {"database": of_database, "folder": of_folder}[kind]
    read()
    print("ready", flush=True)
    seen, openings = set(), 0
    while not (home / "stop").exists():
        found = read()
        assert len(found) == 1, found
        seen |= found
        openings += 1
    print(openings, len(seen))
"""


@pytest.mark.parametrize(("kind", "keep"), [("database", 10), ("folder", 40)])
def test_a_reading_process_never_fails_and_never_sees_two_refreshes_mixed(tmp_path, kind, keep):
    ids = [f"r{number:02d}" for number in range(40)]
    with warehouse(*ids) as con:
        publish(con, tmp_path, ids[0])
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(READER), str(tmp_path), kind]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
            assert reader.stdout.readline() == "ready\n"
            for refresh_id in ids[1:]:
                publish(con, tmp_path, refresh_id, keep=keep)
            (tmp_path / "stop").touch()
            told, errors = reader.communicate(timeout=30)
    assert reader.returncode == 0, errors
    openings, seen = map(int, told.split())
    assert openings >= 10
    assert seen >= 5


def test_a_reader_of_one_refresh_that_is_published_again_never_finds_it_gone(tmp_path):
    failures, openings, stop = [], [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                openings.append((tmp_path / "published/current/manifest.json").read_bytes())
            except OSError as error:
                failures.append(error)

    with warehouse("r1") as con:
        publish(con, tmp_path, "r1")
        reader = threading.Thread(target=read)
        reader.start()
        for number in range(12):
            con.execute("insert into marts.crimes values ('r1', ?, null)", [f"x{number}"])
            publish(con, tmp_path, "r1")
        stop.set()
        reader.join()
    assert not failures
    assert len(set(openings)) > 3
    assert shelf(tmp_path) == ["r1"]


def test_a_table_larger_than_the_memory_limit_is_sorted_and_published(tmp_path):
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), config={"memory_limit": "128MB", "threads": 2}) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.crimes as select 'r1' as refresh_id, lpad(hash(i)::varchar, 20, '0') as crime_id, "
            "repeat(crime_id, 5) as other from range(1_000_000) t(i)"
        )
        snapshot = publish(con, tmp_path, "r1", tables=TABLES[:1])
    ids = pq.read_table(snapshot / "crimes.parquet", columns=["crime_id"]).to_pandas()["crime_id"]
    assert len(ids) == 1_000_000
    assert ids.is_monotonic_increasing


def test_a_folder_that_others_write_is_read_only_and_in_the_manifest(tmp_path):
    def write(folder: Path) -> None:
        folder.mkdir()
        (folder / "crime_id.npy").write_bytes(b"c1")

    with warehouse("r1") as con:
        snapshot = publish(con, tmp_path, "r1", folders={"comparable": write})
    assert verify_snapshot(snapshot).files["comparable/crime_id.npy"].bytes == 2
    assert stat.S_IMODE((snapshot / "comparable" / "crime_id.npy").stat().st_mode) == 0o444
