"""Publication: the report and the snapshot of a refresh, and the switch that makes them current."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from assets.described import table_spec
from assets.force_scan import comparable_columns
from assets.report_inputs import report_data
from assets.table_columns import TABLE_COLUMNS
from assets.warehouse import POOL, Warehouse
from publication.co_linkage_page import PAGE_NAME, CoLinkagePage, build_co_linkage_page
from publication.refreshes import close_refresh, record
from publication.report import build_report
from publication.report_data import ReportData
from publication.snapshot import publish_snapshot
from publication.tables import COMPARABLE, PUBLISHED_TABLES, PublishedTable
from publication.versioned import current_views, keep_last

KEEP_REFRESHES = 5
DATA_DOCS = "data_docs"
PAGES = "select page, html from quality.expectation_pages where refresh_id = ? order by page"
BESIDE = ("link_terms", "link_edges", "solved_partners", "item_weights", "expectation_results", "expectation_pages")
"""Versioned tables that are not published but pruned with the rest."""


@dg.multi_asset(
    name="publication",
    specs=[
        table_spec(
            "publication.current",
            [*(f"{table.schema}.{table.name}" for table in PUBLISHED_TABLES), "quality.expectation_pages"],
            "The published snapshot: Parquet, DuckDB, report, pages beside it, manifest; one folder per refresh.",
            "publication",
        )
    ],
    pool=POOL,
)
def publication(warehouse: Warehouse) -> dg.MaterializeResult:
    """Write the snapshot aside, switch to it, and only then record the refresh as published."""
    refresh_id = warehouse.refresh_id()
    now = datetime.now(UTC).replace(tzinfo=None)
    data = report_data(warehouse, now)
    with warehouse.connect() as connection:
        counts = {"rows": _accounts(connection), **data.totals}
        took_s = {"total": round((now - data.started_at).total_seconds(), 1)}
        record(connection, refresh_id, counts=counts, durations=took_s)
        pages = {f"{DATA_DOCS}/{page}": html for page, html in connection.execute(PAGES, [refresh_id]).fetchall()}
        joint = _co_linkage_page(data)
        data_docs = f"{DATA_DOCS}/index.html" if pages else ""
        report = build_report(replace(data, data_docs=data_docs, co_linkage_page=next(iter(joint), "")))
        pages |= joint
        home = Path(warehouse.home)
        columns = None if data.linkage_skipped else comparable_columns(home, refresh_id)
        beside = {COMPARABLE: columns} if columns else {}
        folder = publish_snapshot(connection, home, refresh_id, report, created_at=now, pages=pages, folders=beside)
        close_refresh(connection, refresh_id, now)
        keep_last(connection, [*PUBLISHED_TABLES, *_beside()], KEEP_REFRESHES)
        current_views(connection, PUBLISHED_TABLES)
    return dg.MaterializeResult(
        metadata={
            "refresh_id": refresh_id,
            "report": dg.MetadataValue.path(folder / "report.html"),
            **{name: dg.MetadataValue.int(n) for name, n in data.totals.items()},
        }
    )


def _co_linkage_page(data: ReportData) -> dict[str, str]:
    """Return the page on crimes judged jointly by its name; none where no crime was."""
    if data.co_linkage is None or data.linkage_skipped:
        return {}
    page = CoLinkagePage(data.co_linkage, data.force_name, data.refresh_id, data.finished_at, data.protective_marking)
    return {PAGE_NAME: build_co_linkage_page(page)}


def _accounts(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Return what became of the rows of each table; rows in are the sum of the others."""
    found = connection.execute(
        "select table_name, sum(columns('rows_.*'))::bigint from staging.stg_accounts group by all order by 1"
    )
    names = [str(column[0]) for column in found.description or []][1:]
    return {str(table): dict(zip(names, counts, strict=True)) for table, *counts in found.fetchall()}


def _beside() -> list[PublishedTable]:
    """Return the versioned tables that stand beside the published ones."""
    names = (table.split(".") for table in TABLE_COLUMNS)
    return [PublishedTable(name, schema, (), "") for schema, name in names if name in BESIDE]
