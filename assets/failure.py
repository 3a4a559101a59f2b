"""What is left in the record of a refresh that stopped."""

from datetime import UTC, datetime

from assets.warehouse import Warehouse
from publication.refreshes import RefreshError, fail_refresh


def note_failure(warehouse: Warehouse, exception: BaseException | None) -> None:
    """Mark the running refresh failed, with the reason on one line; harmless where it was never opened."""
    import duckdb

    reason = " ".join(str(exception or "a check stopped it").split())[:600]
    with warehouse.connect() as connection:
        try:
            refresh_id = connection.execute("select refresh_id from ops.current_refresh").fetchall()[0][0]
            fail_refresh(connection, refresh_id, datetime.now(UTC), reason)
        except (duckdb.CatalogException, RefreshError):
            return
