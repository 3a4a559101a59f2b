import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from publication.snapshot import publish_snapshot
from publication.tables import PUBLISHED_TABLES, PublishedTable
from publication.targets import TargetError, publish_to

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

LINKS = next(table for table in PUBLISHED_TABLES if table.name == "links")
LEADS = next(table for table in PUBLISHED_TABLES if table.name == "leads")
PASSWORD = "s3cret/of %40ours"
QUOTED = "s3cret%2Fof%20%2540ours"


def tool(name: str) -> str:
    found = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))]
    usable = [path for path in found if path]
    if not usable:
        pytest.skip(f"PostgreSQL's {name} is not installed")
    return usable[-1]


@pytest.fixture(scope="module")
def server():
    """A private server on a socket in a folder of its own; as root it runs as nobody, which PostgreSQL demands."""
    initdb, pg_ctl = tool("initdb"), tool("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="colink-pg-"))
    (folder / "password").write_text(PASSWORD)
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        for path in (folder, folder / "password"):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)

    def run(*command: str) -> None:
        subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True, timeout=60)

    data, log = str(folder / "data"), str(folder / "log")
    login = ["--username=colink", f"--pwfile={folder / 'password'}", "--auth=scram-sha-256"]
    run(initdb, "-D", data, *login, "--no-sync", "--encoding=UTF8", "--locale=C")
    run(pg_ctl, "-D", data, "-w", "-l", log, "-o", f"-c listen_addresses='' -k {folder} -c fsync=off", "start")
    try:
        yield folder
    finally:
        run(pg_ctl, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def url(server):
    return f"postgresql://colink:{QUOTED}@/postgres?host={server}"


def snapshot_of(home: Path, refresh_id: str, links: str, leads: str = "select 1 as n", **more) -> Path:
    with duckdb.connect() as con:
        con.execute("create schema linkage")
        con.execute(f"create table linkage.links as select '{refresh_id}' as refresh_id, * from ({links})")
        con.execute(f"create table linkage.leads as select '{refresh_id}' as refresh_id, * from ({leads})")
        tables: list[PublishedTable] = [LINKS, LEADS]
        return publish_snapshot(con, home, refresh_id, "", tables=tables, created_at=datetime(2026, 3, 1), **more)


def asked(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


EVERY_TYPE = """
    select * from (values
      ('c1', 0.1 + 0.2::double, 'plain', true, date '2026-03-01', timestamp '2026-03-01 04:05:06.789', 7::integer,
       ['a', 'b"c'], {'k': 1}, 12.50::decimal(9, 2), 123456789012345678::hugeint),
      ('c2', 'nan'::double, '', false, null, null, null, null, null, null, null),
      ('c3', 'inf'::double, null, null, null, null, null, null, null, null, null),
      ('c4', 1, 'a "quoted", text' || chr(10) || 'and \\. more', null, null, null, null, null, null, null, null),
      ('c5', 1, '\\N', null, null, null, null, null, null, null, null),
      ('c6', 1, 'nul' || chr(0) || 'byte', null, null, null, null, null, null, null, null)
    ) t(crime_id_1, log_bf, said, is_linked, day, seen_at, n, parts, told, amount, huge)
"""


def test_every_type_arrives_as_it_was(url, tmp_path):
    counts = publish_to(snapshot_of(tmp_path, "r1", EVERY_TYPE), url, schema="types")
    assert counts == {"leads": 1, "links": 6}
    rows = asked(url, "select * from types.links order by crime_id_1")
    assert rows[0][1:7] == ("c1", 0.1 + 0.2, "plain", True, date(2026, 3, 1), datetime(2026, 3, 1, 4, 5, 6, 789000))
    assert rows[0][7:10] == (7, ["a", 'b"c'], {"k": 1})
    assert (str(rows[0][10]), rows[0][11]) == ("12.50", 123456789012345678)
    assert [row[3] for row in rows] == ["plain", "", None, 'a "quoted", text\nand \\. more', "\\N", "nulbyte"]
    assert str(rows[1][2]) == "nan"
    assert rows[2][2] == float("inf")
    assert asked(url, "select obj_description('types.links'::regclass)") == [
        ("One row per pair of crimes that may be linked. OFFICIAL-SENSITIVE. Refresh r1.",)
    ]


def test_a_new_refresh_replaces_the_rows_and_keeps_views_and_grants(url, tmp_path):
    publish_to(snapshot_of(tmp_path, "r1", "select 'c1' as crime_id_1, 1::integer as n"), url, schema="kept")
    with psycopg.connect(url) as connection:
        connection.execute("create view kept.mine as select crime_id_1 from kept.links")
        connection.execute("grant select on kept.links to public")
    later = snapshot_of(tmp_path, "r2", "select 'c9' as crime_id_1, 2::integer as n, 'more' as added")
    publish_to(later, url, schema="kept")
    assert asked(url, "select * from kept.links") == [("r2", "c9", 2, "more")]
    assert asked(url, "select * from kept.mine") == [("c9",)]
    assert asked(url, "select has_table_privilege('public', 'kept.links', 'select')") == [(True,)]


def test_a_column_that_changed_its_type_is_made_anew(url, tmp_path):
    publish_to(snapshot_of(tmp_path, "r1", "select 1::integer as n"), url, schema="changed")
    publish_to(snapshot_of(tmp_path, "r2", "select 'x' as n"), url, schema="changed")
    assert asked(url, "select * from changed.links") == [("r2", "x")]


def test_a_skipped_table_is_emptied_so_that_two_refreshes_never_mix(url, tmp_path):
    publish_to(snapshot_of(tmp_path, "r1", "select 1 as n"), url, schema="skipped")
    publish_to(snapshot_of(tmp_path, "r2", "select 2 as n", skipped={"leads": "no model"}), url, schema="skipped")
    assert asked(url, "select refresh_id from skipped.leads union all select refresh_id from skipped.links") == [
        ("r2",)
    ]


def test_a_refusal_changes_nothing_and_tells_neither_value_nor_password(url, tmp_path):
    publish_to(snapshot_of(tmp_path, "r1", "select 1::integer as n"), url, schema="refused")
    with psycopg.connect(url) as connection:
        connection.execute("alter table refused.links add constraint small check (n < 5)")
    changed = snapshot_of(tmp_path, "r2", "select 987654::integer as n", "select 2 as n")
    with pytest.raises(
        TargetError, match=r"schema refused links: the database refused \(CheckViolation, 23514\)"
    ) as caught:
        publish_to(changed, url, schema="refused")
    assert "987654" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert asked(url, "select refresh_id from refused.leads union all select refresh_id from refused.links") == [
        ("r1",),
        ("r1",),
    ]


def test_a_reader_sees_the_former_or_the_new_refresh_never_both_or_none(url, tmp_path):
    snapshots = [snapshot_of(tmp_path, f"r{n}", "select i as n from range(3000) t(i)") for n in (1, 2, 3, 4)]
    publish_to(snapshots[0], url, schema="read")
    seen, stop = set(), threading.Event()

    def read() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                query = (
                    "select string_agg(distinct refresh_id, ','), count(*) "
                    "from (select refresh_id from read.links union all select refresh_id from read.leads) t"
                )
                seen.add(connection.execute(query).fetchone())

    reader = threading.Thread(target=read)
    reader.start()
    for snapshot in snapshots[1:]:
        publish_to(snapshot, url, schema="read")
    stop.set()
    reader.join()
    assert seen <= {(f"r{n}", 3001) for n in (1, 2, 3, 4)}
    assert len(seen) >= 2


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://colink:wr0ng-one@/postgres?host={server}",
        "postgresql://colink@/postgres?host={server}&password=wr0ng-one",
        "postgresql://colink:wr0ng-one%zz@/postgres?host={server}",
        "postgresql://colink:wr0ng-one@/postgres?host={server}&no_such_setting=1",
        "postgresql://colink:wr0ng-one@/postgres?host=/nowhere",
        "postgresql://colink:wr0ng-one@[half/postgres",
    ],
)
def test_a_failed_connection_never_tells_the_password(server, tmp_path, address):
    snapshot = snapshot_of(tmp_path, "r1", "select 1 as n")
    with pytest.raises(TargetError, match="postgresql://") as caught:
        publish_to(snapshot, address.format(server=server))
    assert "wr0ng" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
