import csv
import json
from datetime import date, datetime

import duckdb
import pytest

from publication.manifest import SnapshotError
from publication.snapshot import publish_snapshot
from publication.tables import PublishedTable
from publication.targets import TargetError, publish_to

LINKS = PublishedTable("links", "linkage", ("n",), "One row per link.")
LEADS = PublishedTable("leads", "linkage", ("n",), "One row per lead.")
WIDE_EQUALS = "\N{FULLWIDTH EQUALS SIGN}"
RUN = ["=1+1", "+1", "-1", "@sum(a1)", "\tx", "\r=x", "\n=x", f"{WIDE_EQUALS}1", '="a",b']
CELLS = [*RUN, "a=1", "'=1", " =1", "", None, 'say "so", twice\nor more']
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", WIDE_EQUALS)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("create schema linkage")
        connection.execute(
            "create table linkage.links (refresh_id varchar, n bigint, said varchar, log_bf double, day date, "
            "seen_at timestamp, "
            "is_linked boolean, parts varchar[], told json, kind enum ('-a', 'b'), \"=odd\" integer)"
        )
        connection.execute("create table linkage.leads (refresh_id varchar, n bigint)")
        for number, cell in enumerate(CELLS):
            connection.execute(
                "insert into linkage.links values ('r1', ?, ?, -1.5, '2026-03-01', '2026-03-01 04:05:06', true, "
                "['=x'], '\"-x\"', '-a', -7)",
                [number, cell],
            )
        connection.execute("insert into linkage.leads values ('r1', 1)")
        yield connection


def snapshot_of(con, home, tables=(LINKS, LEADS), **more):
    return publish_snapshot(con, home, "r1", "<p>", tables=tables, created_at=datetime(2026, 3, 1), **more)


def cells(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_folder_gets_parquet_csv_marking_and_manifest(con, tmp_path):
    snapshot = snapshot_of(con, tmp_path, protective_marking="OFFICIAL")
    target = tmp_path / "exports" / "tonight"
    assert publish_to(snapshot, str(target)) == {"leads": 1, "links": len(CELLS)}
    assert sorted(path.name for path in target.iterdir()) == [
        "PROTECTIVE_MARKING.txt",
        "leads.csv",
        "leads.parquet",
        "links.csv",
        "links.parquet",
        "manifest.json",
    ]
    assert (target / "links.parquet").read_bytes() == (snapshot / "links.parquet").read_bytes()
    assert (target / "PROTECTIVE_MARKING.txt").read_text().startswith("OFFICIAL\n")
    assert json.loads((target / "manifest.json").read_text())["refresh_id"] == "r1"


def test_no_text_cell_can_run_as_a_formula_and_all_else_is_unchanged(con, tmp_path):
    target = tmp_path / "out"
    publish_to(snapshot_of(con, tmp_path), str(target))
    rows = cells(target / "links.csv")
    for cell, row in zip(CELLS, rows, strict=True):
        expected = "" if cell is None else f"'{cell}" if cell.startswith(DANGEROUS) else cell
        assert row["said"] == expected
        assert not row["said"].startswith(DANGEROUS)
    first = rows[0]
    assert (first["log_bf"], first["day"], first["is_linked"], first["'=odd"]) == ("-1.5", "2026-03-01", "true", "-7")
    assert first["seen_at"] == "2026-03-01 04:05:06"
    assert (first["parts"], first["told"], first["kind"]) == ('["=x"]', '"-x"', "'-a")


def test_a_table_that_is_gone_is_removed_and_what_others_put_there_stays(con, tmp_path):
    target = tmp_path / "out"
    publish_to(snapshot_of(con, tmp_path), str(target))
    (target / "mine.csv").write_text("mine")
    publish_to(snapshot_of(con, tmp_path / "later", skipped={"leads": "no model"}), str(target))
    assert sorted(path.name for path in target.glob("*.csv")) == ["links.csv", "mine.csv"]
    assert not (target / "leads.parquet").exists()


def test_a_damaged_snapshot_is_not_sent_anywhere(con, tmp_path):
    snapshot = snapshot_of(con, tmp_path)
    (snapshot / "leads.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"leads\.parquet: missing"):
        publish_to(snapshot, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_target_that_is_no_folder_is_refused(con, tmp_path):
    (tmp_path / "file").write_text("")
    snapshot = snapshot_of(con, tmp_path)
    with pytest.raises(TargetError, match="file: expected a folder that can be written, got File exists"):
        publish_to(snapshot, str(tmp_path / "file"))
    with pytest.raises(
        TargetError, match="target mysql://: expected a folder or postgresql://, got another kind"
    ) as caught:
        publish_to(snapshot, "mysql://me:secret@host/db")
    assert "secret" not in str(caught.value)


def test_numbers_keep_their_digits_in_csv(con, tmp_path):
    con.execute(
        "create table linkage.exact as select 'r1' as refresh_id, 0.1 + 0.2::double as n, date '1999-12-31' as day"
    )
    exact = PublishedTable("exact", "linkage", ("n",), "One row.")
    publish_to(snapshot_of(con, tmp_path, tables=[exact]), str(tmp_path / "out"))
    row = cells(tmp_path / "out" / "exact.csv")[0]
    assert float(row["n"]) == 0.1 + 0.2
    assert date.fromisoformat(row["day"]) == date(1999, 12, 31)
