"""What is left in the record of a refresh that stopped."""

from datetime import UTC, datetime

from assets.warehouse import Warehouse
from publication.refreshes import RefreshError, fail_refresh

LONGEST_REASON = 1000


def note_failure(warehouse: Warehouse, reason: object) -> None:
    """Mark the running refresh failed, with the reason on one line; the first reason stays.

    Harmless where the refresh was never opened.
    """
    import duckdb

    line = " ".join(str(reason or "a check stopped it").split())[:LONGEST_REASON]
    with warehouse.connect() as connection:
        try:
            refresh_id = connection.execute("select refresh_id from ops.current_refresh").fetchall()[0][0]
            fail_refresh(connection, refresh_id, datetime.now(UTC), line)
        except (duckdb.CatalogException, RefreshError):
            return
