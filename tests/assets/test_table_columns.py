"""Tables keep the columns that they promise, with or without rows."""

import duckdb
import pandas as pd
import pytest

from assets.table_columns import TABLE_COLUMNS, column_schema, conform, empty_table, table_ddl

TABLE = "linkage.leads"


def test_every_table_can_be_made_and_has_its_refresh_first():
    with duckdb.connect() as connection:
        for schema in ("linkage", "quality"):
            connection.execute(f"create schema {schema}")
        for table, columns in TABLE_COLUMNS.items():
            connection.execute(table_ddl(table))
            found = connection.execute(f"select * from {table}").description or []
            assert [name for name, *_ in found] == ["refresh_id", *columns]
            assert [column.name for column in column_schema(table).columns] == ["refresh_id", *columns]


def test_a_frame_is_put_in_the_order_of_its_table_with_further_columns_behind():
    frame = pd.DataFrame(
        {"rank": [1], "probability": [0.5], "candidate_id": ["B"], "candidate_kind": ["crime"], "crime_id": ["A"]}
    )
    assert list(conform(TABLE, frame).columns) == ["crime_id", "candidate_kind", "candidate_id", "probability", "rank"]


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"linkage\.leads: expected columns .* got none named probability"):
        conform(TABLE, empty_table(TABLE).drop(columns="probability"))


def test_a_table_without_rows_keeps_its_columns():
    assert list(conform(TABLE, empty_table(TABLE)).columns) == list(TABLE_COLUMNS[TABLE])
