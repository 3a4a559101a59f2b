"""The warehouse of one home: a DuckDB file with one writer at a time."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd

from assets.table_columns import conform, table_ddl
from publication.versioned import replace_in_parts, replace_rows

POOL = "warehouse"
"""Every asset and check that opens the warehouse runs in this pool of one: DuckDB allows one writing process."""

SCHEMAS = ("landing", "staging", "quality", "linkage", "marts", "ops")


class WarehouseBusyError(RuntimeError):
    """Another process held the warehouse for longer than we were told to wait."""


class Warehouse(dg.ConfigurableResource):
    """Opens the warehouse file, waits for its lock, and reads and replaces tables."""

    home: str
    memory_limit: str = "4GB"
    threads: int = 2
    lock_wait_s: float = 60.0

    @property
    def path(self) -> Path:
        """File of the warehouse."""
        return Path(self.home) / "warehouse.duckdb"

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse for writing; closed before control goes anywhere else."""
        connection = self._open()
        try:
            for schema in SCHEMAS:
                connection.execute(f"create schema if not exists {schema}")
            yield connection
        finally:
            connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.lock_wait_s
        pause_s = 0.05
        while True:
            try:
                return duckdb.connect(str(self.path), config=self.settings())
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if time.monotonic() > deadline:
                    raise WarehouseBusyError(
                        f"{self.path}: another process has held the warehouse for {self.lock_wait_s:.0f} s; "
                        "wait for the other refresh to end, then try again"
                    ) from None
                time.sleep(pause_s)
                pause_s = min(1.0, pause_s * 2)

    def settings(self) -> dict[str, str | bool | int | float | list[str]]:
        """DuckDB settings; nothing is ever fetched from outside."""
        return {
            "memory_limit": self.memory_limit,
            "threads": self.threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(Path(self.home) / "spill"),
        }

    def frame(self, query: str, parameters: Sequence[object] | None = None) -> pd.DataFrame:
        """Return the rows of a query."""
        with self.connect() as connection:
            return connection.execute(query, parameters or []).df()

    def refresh_id(self) -> str:
        """Identifier of the refresh that is being made."""
        return str(self.frame("select refresh_id from ops.current_refresh").iloc[0, 0])

    def ensure(self, table: str) -> None:
        """Make a versioned table where it is absent."""
        with self.connect() as connection:
            connection.execute(table_ddl(table))

    def replace(self, table: str, frame: pd.DataFrame) -> int:
        """Replace the rows of the running refresh in a versioned table; return how many there are now."""
        refresh_id = self.refresh_id()
        self.ensure(table)
        with self.connect() as connection:
            return replace_rows(connection, table, conform(table, frame), refresh_id)

    def replace_in_parts(self, table: str, frames: Iterable[pd.DataFrame]) -> int:
        """Do as `replace` with at least one frame, each written before the next is made."""
        refresh_id = self.refresh_id()
        self.ensure(table)
        with self.connect() as connection:
            return replace_in_parts(connection, table, (conform(table, frame) for frame in frames), refresh_id)
