"""A warehouse with a hand-made landing, and dbt run on it in this process."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from intake.canonical import CANONICAL_TABLES

PROJECT = Path(__file__).parents[2] / "dbt_project"

SETTINGS = {
    "memory_limit": "1GB",
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

BOOKKEEPING = """
    create schema landing; create schema ops; create schema quality; create schema linkage;
    create table landing.notes (
        table_name varchar, source_file varchar, source_row bigint, column_name varchar, action varchar,
        reason varchar, value varchar);
    create table landing.accounts (
        table_name varchar, source_file varchar, extract_id varchar, rows_in bigint, rows_landed bigint,
        rows_retracted bigint, rows_out_of_scope bigint, rows_quarantined bigint);
    create table landing.settings (table_name varchar, column_name varchar, expected varchar);
    create table landing.mo_codes (item_code varchar, value_code varchar, crime_group varchar, tier integer);
    create table ops.current_refresh as
        select '2026-01-05T03:00' as refresh_id, 'demo' as profile_name, 'demo' as force_code,
            'Europe/London' as timezone, 400000.0 as easting_min_m, 500000.0 as easting_max_m,
            200000.0 as northing_min_m, 300000.0 as northing_max_m, timestamp '2000-01-01' as earliest_at,
            timestamp '2027-01-01' as latest_at, null::varchar as previous_refresh_id;
    create table ops.refreshes as
        select '2026-01-05T03:00' as refresh_id, 'demo' as profile_name, 'demo' as force_code, 'running' as status,
            timestamp '2026-01-05 03:00:00' as started_at, null::timestamp as finished_at;
    create table quality.mo_scores (refresh_id varchar, crime_id varchar);
    create table quality.mo_findings (refresh_id varchar, crime_id varchar, item_code varchar, rule varchar);
    create table quality.mo_item_profile (
        refresh_id varchar, crime_group varchar, item_code varchar, capture_role varchar);
    create table quality.mo_group_priorities (refresh_id varchar, crime_group varchar, item_code varchar);
    create table linkage.links (
        refresh_id varchar, crime_id_1 varchar, crime_id_2 varchar, log_bf double, posterior_probability double,
        distance_km double, gap_days double, tod_gap_hours double, dow_gap_days double, is_same_incident boolean);
    create table linkage.link_terms (
        refresh_id varchar, crime_id_1 varchar, crime_id_2 varchar, item varchar, log_bf double);
    create table linkage.crime_pairs_evaluated (refresh_id varchar, crime_id_1 varchar, crime_id_2 varchar);
    create table linkage.series_data (refresh_id varchar, crime_id varchar, person_id varchar, event_at timestamp);
    create table linkage.mo_values (refresh_id varchar, crime_id varchar, item_code varchar, value_code varchar);
    create table linkage.series (refresh_id varchar, series_id varchar, n_crimes integer);
    create table linkage.series_members (refresh_id varchar, series_id varchar, crime_id varchar);
    create table linkage.co_linkage (
        refresh_id varchar, crime_id_1 varchar, crime_id_2 varchar, probability double);
"""

CRIME = {
    "offence_code": "28E",
    "crime_group": "burglary_residential",
    "committed_from_at": "2025-01-10 10:00:00",
    "easting_m": "450000",
    "northing_m": "250000",
}
"""What a crime has where a test says nothing else."""

Rows = dict[str, list[dict[str, Any]]]


class Stage:
    """One warehouse file: put rows in landing, build a layer, read tables."""

    def __init__(self, folder: Path, target: Path, manifest: Any) -> None:
        self.path = folder / "warehouse.duckdb"
        self.target = target
        self.manifest = manifest
        origin = "source_file varchar, source_row bigint, extract_id varchar, extract_order integer"
        landing = [
            f"create table landing.{table.name} ({' varchar, '.join(table.column_names)} varchar, {origin});"
            for table in CANONICAL_TABLES.values()
        ]
        self.execute(BOOKKEEPING + "".join(landing))

    def execute(self, statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement on a connection of its own, as the assets do."""
        with duckdb.connect(str(self.path), config=SETTINGS) as connection:
            return connection.execute(statement, parameters or []).fetchall()

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return rows as mappings."""
        with duckdb.connect(str(self.path), config=SETTINGS) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def land(self, tables: Rows) -> None:
        """Put rows in landing, numbered as they come; a row may name its own file, row and extract."""
        with duckdb.connect(str(self.path), config=SETTINGS) as connection:
            for table, rows in tables.items():
                for number, row in enumerate(rows, start=1):
                    beside = {"source_file": f"{table}.csv", "source_row": number, "extract_order": 1}
                    full = beside | (CRIME if table == "crimes" else {}) | row
                    names, marks = ", ".join(full), ", ".join("?" * len(full))
                    connection.execute(f"insert into landing.{table} ({names}) values ({marks})", list(full.values()))
                connection.execute(
                    "insert into landing.accounts select ?, source_file, 'one', count(*), count(*), 0, 0, 0"
                    f" from landing.{table} group by source_file",
                    [table],
                )

    def build(self, layer: str) -> list[str]:
        """Build a layer in this process; return what went wrong, one line a node."""
        from dbt.cli.main import dbtRunner

        os.environ["COLINK_WAREHOUSE"] = str(self.path)
        result = dbtRunner(manifest=self.manifest).invoke([*_command("build", self.target), "--select", layer])
        if result.result is None:
            return [str(result.exception)]
        return [
            f"{one.node.name}: {one.message}" for one in result.result.results if one.status not in {"success", "pass"}
        ]


def _command(verb: str, target: Path) -> list[str]:
    place = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target)]
    return [verb, *place, "--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"]


@pytest.fixture(scope="session")
def project() -> Path:
    """Folder of the dbt project."""
    return PROJECT


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for what dbt writes."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="session")
def manifest(target: Path) -> Iterator[Any]:
    """The parsed project. It names no folder, so one parse serves every file called warehouse.duckdb."""
    from dbt.cli.main import dbtRunner

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLINK_WAREHOUSE", "warehouse.duckdb")
        result = dbtRunner().invoke(_command("parse", target))
        assert result.success, result.exception
        yield result.result


@pytest.fixture(scope="session")
def new_stage(tmp_path_factory: pytest.TempPathFactory, target: Path, manifest: Any) -> Callable[[], Stage]:
    """Makes a warehouse with an empty landing."""
    return lambda: Stage(tmp_path_factory.mktemp("warehouse"), target, manifest)


@pytest.fixture(scope="session")
def staged(new_stage: Callable[[], Stage]) -> Callable[[Rows], Stage]:
    """Puts rows in a new landing and builds staging, all of whose tests pass."""

    def build(tables: Rows) -> Stage:
        stage = new_stage()
        stage.land(tables)
        assert stage.build("staging") == []
        return stage

    return build
