"""The guide to co-linkage: its SQL runs on the tables that are published, and it says what must be said."""

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from assets.co_linkage import TABLES, CoLinkageConfig
from assets.series import SeriesConfig
from assets.table_columns import TABLE_COLUMNS
from publication.co_linkage_data import LINE
from publication.tables import PUBLISHED_TABLES
from tests.docs.sql_blocks import printed, queries_of, rewritten

TEXT = (Path(__file__).parents[2] / "docs" / "guides" / "reading-co-linkage.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def snapshot() -> duckdb.DuckDBPyConnection:
    """Return the published tables of linkage without rows."""
    connection = duckdb.connect()
    for table, columns in TABLE_COLUMNS.items():
        schema, name = table.split(".")
        if schema == "linkage" and name in {each.name for each in PUBLISHED_TABLES}:
            typed = ", ".join(f'"{column}" {kind}' for column, kind in {"refresh_id": "VARCHAR", **columns}.items())
            connection.execute(f"create table {name} ({typed})")
    return connection


@pytest.mark.parametrize("query", queries_of(TEXT))
def test_every_query_runs_on_the_published_tables(snapshot: duckdb.DuckDBPyConnection, query: str) -> None:
    assert snapshot.execute(query).description


def test_every_query_has_its_output() -> None:
    assert len(queries_of(TEXT)) >= 5
    assert len(re.findall(r"^```\n```text\n", TEXT, flags=re.M)) == len(queries_of(TEXT))


def test_every_table_is_told() -> None:
    assert all(f"`{table.removeprefix('linkage.')}`" in TEXT for table in TABLES)


def test_the_line_and_the_floor_are_those_of_a_refresh() -> None:
    config = CoLinkageConfig()
    assert config.line == LINE
    assert f"{config.line:.0%}" in TEXT
    assert f"from {config.pair_floor:.0%}" in TEXT
    assert f"{config.n_draws:,} draws" in TEXT
    assert f"R-hat above {config.worst_rhat}" in TEXT


def test_the_run_configuration_says_the_defaults() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", TEXT, flags=re.M | re.S)
    shown = yaml.safe_load(block)["ops"]
    assert shown["co_linkage"]["config"] == CoLinkageConfig().model_dump()
    assert shown["series"]["config"] == SeriesConfig().model_dump()


def test_what_a_probability_is_not_is_said() -> None:
    for words in ("may be linked", "not guilt", "no evidence for a court"):
        assert words in TEXT


def test_outputs_are_written_anew() -> None:
    connection = duckdb.connect()
    old = "Words.\n\n```sql\nselect 1 as one, 0.25 as share\n```\n```text\nstale\n```\nMore.\n"
    new = rewritten(connection, old)
    assert "stale" not in new
    assert new.startswith("Words.\n\n```sql\nselect 1 as one, 0.25 as share\n```\n```text\n")
    assert new.endswith("```\nMore.\n")
    assert printed(connection, "select null as nothing, 1234.5 as many").split() == ["nothing", "many", "1234.5"]
