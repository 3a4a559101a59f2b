from datetime import date, datetime

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from publication.refreshes import Opening, close_refresh, open_refresh
from publication.relations import column_types
from publication.tables import PublishedTable
from publication.versioned import VersionedTableError, current_views, keep_last, replace_in_parts, replace_rows

LINKS = PublishedTable("links", "linkage", ("crime_id",), "One row per link.")


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("create schema linkage; create schema marts")
        yield connection


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def rows(con, table="linkage.links"):
    return con.execute(f"select * from {table}").fetchall()


def publish(con, refresh_id: str) -> None:
    open_refresh(con, Opening(refresh_id, "demo", "demo", datetime(2026, 1, 1)))
    close_refresh(con, refresh_id, datetime(2026, 1, 1))


def test_the_table_is_made_with_refresh_id_first_and_columns_in_order(con):
    assert replace_rows(con, "linkage.links", frame(b=["x"], a=[1.5]), "r1") == 1
    assert column_types(con, "linkage.links") == {"refresh_id": "VARCHAR", "b": "VARCHAR", "a": "DOUBLE"}
    assert rows(con) == [("r1", "x", 1.5)]


def test_replacing_a_refresh_twice_leaves_its_last_rows_and_those_of_others(con):
    replace_rows(con, "linkage.links", frame(a=[1, 2, 3]), "r1")
    replace_rows(con, "linkage.links", frame(a=[4]), "r2")
    replace_rows(con, "linkage.links", frame(a=[5, 6]), "r1")
    assert sorted(rows(con)) == [("r1", 5), ("r1", 6), ("r2", 4)]


def test_parts_stand_together_as_the_rows_of_one_refresh(con):
    replace_rows(con, "linkage.links", frame(a=[9]), "r1")
    assert replace_in_parts(con, "linkage.links", (frame(a=[n], b=[str(n)]) for n in range(3)), "r1") == 3
    assert rows(con) == [("r1", 0, "0"), ("r1", 1, "1"), ("r1", 2, "2")]


def test_a_part_that_fails_leaves_the_former_rows(con):
    replace_rows(con, "linkage.links", frame(a=[9]), "r1")

    def parts():
        yield frame(a=[1])
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        replace_in_parts(con, "linkage.links", parts(), "r1")
    assert rows(con) == [("r1", 9)]


def test_no_rows_empty_a_refresh(con):
    replace_rows(con, "linkage.links", frame(a=[1]), "r1")
    assert replace_rows(con, "linkage.links", frame(a=[1]).iloc[:0], "r1") == 0
    assert rows(con) == []


def test_new_columns_come_last_and_lacking_ones_become_null(con):
    replace_rows(con, "linkage.links", frame(a=[1], b=["x"]), "r1")
    replace_rows(con, "linkage.links", frame(new=[True], a=[2]), "r2")
    assert list(column_types(con, "linkage.links")) == ["refresh_id", "a", "b", "new"]
    assert rows(con) == [("r1", 1, "x", None), ("r2", 2, None, True)]


def test_values_after_a_long_run_of_missing_ones_survive(con):
    values = [None] * 50_000 + ["late"]
    replace_rows(con, "linkage.links", frame(a=pd.Series(values, dtype=object)), "r1")
    assert con.execute("select max(a) from linkage.links").fetchone() == ("late",)


def test_a_column_missing_throughout_is_text_and_takes_its_type_when_values_come(con):
    replace_rows(con, "linkage.links", frame(a=pd.Series([None], dtype=object)), "r1")
    assert column_types(con, "linkage.links")["a"] == "VARCHAR"
    replace_rows(con, "linkage.links", frame(a=[(1.5, 2.5)]), "r2")
    assert rows(con) == [("r1", None), ("r2", [1.5, 2.5])]


def test_a_column_keeps_its_type_when_values_fit_and_widens_when_they_do_not(con):
    con.execute("create table linkage.links (refresh_id varchar, n integer, month date)")
    months = pd.to_datetime(["2026-03-01", "2026-04-01"])
    replace_rows(con, "linkage.links", frame(n=[1.0, np.nan], month=months), "r1")
    assert column_types(con, "linkage.links") == {"refresh_id": "VARCHAR", "n": "INTEGER", "month": "DATE"}
    assert rows(con) == [("r1", 1, date(2026, 3, 1)), ("r1", None, date(2026, 4, 1))]
    replace_rows(con, "linkage.links", frame(n=[0.5], month=months[:1]), "r2")
    assert column_types(con, "linkage.links")["n"] == "DOUBLE"
    assert rows(con)[-1] == ("r2", 0.5, date(2026, 3, 1))


def test_a_column_that_cannot_share_the_type_is_refused_and_nothing_changes(con):
    replace_rows(con, "linkage.links", frame(a=[1]), "r1")
    with pytest.raises(VersionedTableError, match=r"linkage\.links\.a: expected BIGINT as in earlier .* got VARCHAR"):
        replace_rows(con, "linkage.links", frame(b=[1], a=["x"]), "r1")
    assert rows(con) == [("r1", 1)]
    assert list(column_types(con, "linkage.links")) == ["refresh_id", "a"]


def test_moments_become_utc_and_categories_text(con):
    given = frame(
        at=pd.to_datetime(["2026-07-01 12:00"]).tz_localize("Europe/London"),
        local=pd.to_datetime(["2026-07-01 12:00"]).astype("datetime64[ns]"),
        group=pd.Categorical(["burglary"]),
    )
    replace_rows(con, "linkage.links", given, "r1")
    assert list(column_types(con, "linkage.links").values())[1:] == ["TIMESTAMP", "TIMESTAMP", "VARCHAR"]
    assert rows(con) == [("r1", datetime(2026, 7, 1, 11), datetime(2026, 7, 1, 12), "burglary")]


def test_arrow_tables_and_relations_are_taken_too(con):
    replace_rows(con, "linkage.links", pa.table({"a": [1]}), "r1")
    replace_rows(con, "linkage.links", con.sql("select 2::bigint as a"), "r2")
    assert rows(con) == [("r1", 1), ("r2", 2)]
    assert con.execute("select count(*) from duckdb_views() where view_name like 'colink_%'").fetchone() == (0,)


def test_a_relation_over_the_same_table_can_replace_it(con):
    replace_rows(con, "linkage.links", frame(a=[1, 2, 3]), "r1")
    replace_rows(con, "linkage.links", con.sql("select a from linkage.links where a > 1"), "r1")
    assert rows(con) == [("r1", 2), ("r1", 3)]


def test_rows_of_another_refresh_are_refused(con):
    replace_rows(con, "linkage.links", frame(refresh_id=["r1"], a=[1]), "r1")
    with pytest.raises(VersionedTableError, match="expected rows of refresh 'r2' only, got 1 of another"):
        replace_rows(con, "linkage.links", frame(refresh_id=["r2", "r1"], a=[1, 2]), "r2")
    assert rows(con) == [("r1", 1)]


def test_mixed_types_are_refused_without_repeating_the_value(con):
    mixed = frame(a=pd.Series([1, "Jane Doe"], dtype=object))
    with pytest.raises(VersionedTableError, match="mixed ones among a;") as caught:
        replace_rows(con, "linkage.links", mixed, "r1")
    assert "Jane" not in str(caught.value)


def test_rows_without_columns_are_refused(con):
    with pytest.raises(VersionedTableError, match="expected rows with at least one column"):
        replace_rows(con, "linkage.links", pd.DataFrame(), "r1")


def test_names_with_quotes_and_dots_stay_names(con):
    replace_rows(con, "linkage.links", pd.DataFrame({'a"b.c; drop': [1], "rank": [2]}), "r1")
    assert list(column_types(con, "linkage.links")) == ["refresh_id", 'a"b.c; drop', "rank"]


def test_current_views_show_the_published_refresh_and_survive_new_and_wider_columns(con):
    replace_rows(con, "linkage.links", frame(a=[1]), "r1")
    absent = PublishedTable("leads", "linkage", ("crime_id",), "One row per lead.")
    assert current_views(con, [LINKS, absent]) == ["marts.links_current"]
    assert rows(con, "marts.links_current") == []
    publish(con, "r1")
    replace_rows(con, "linkage.links", frame(a=[2.5], b=["x"]), "r2")
    assert con.execute("select a from marts.links_current").fetchall() == [(1.0,)]
    publish(con, "r2")
    assert con.execute("select a from marts.links_current").fetchall() == [(2.5,)]


def test_retention_keeps_the_newest_published_the_current_and_the_running(con):
    for name in ("r1", "r2", "r3", "r4"):
        replace_rows(con, "linkage.links", frame(a=[1]), name)
        publish(con, name)
    for name in ("r5", "r6"):
        replace_rows(con, "linkage.links", frame(a=[1, 2]), name)
    open_refresh(con, Opening("r6", "demo", "demo", datetime(2026, 1, 1)))
    con.execute("update ops.published set refresh_id = 'r1'")
    con.execute("create view linkage.seen as select * from linkage.links")
    view = PublishedTable("seen", "linkage", (), "A view.")
    assert keep_last(con, [LINKS, view], 2) == {"links": 3}
    assert con.execute("select distinct refresh_id from linkage.links order by 1").fetchall() == [
        ("r1",),
        ("r3",),
        ("r4",),
        ("r6",),
    ]


def test_retention_of_nothing_is_refused(con):
    with pytest.raises(VersionedTableError, match="at least 1 refresh, got 0"):
        keep_last(con, [LINKS], 0)


def test_retention_before_any_publication_deletes_nothing(con):
    replace_rows(con, "linkage.links", frame(a=[1]), "r1")
    keep_last(con, [LINKS], 1)
    assert rows(con) == [("r1", 1)]
