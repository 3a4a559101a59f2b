"""Runs the SQL of a guide, and writes its outputs anew from a published snapshot.

``python -m tests.docs.sql_blocks docs/guides/reading-co-linkage.md var/published/current/colink.duckdb``
"""

import re
import sys
from pathlib import Path

import duckdb

BLOCK = re.compile(r"^```sql\n(?P<query>.*?)^```\n(?:```text\n(?P<output>.*?)^```\n)?", re.M | re.S)


def queries_of(text: str) -> list[str]:
    """Return the queries of a guide in order."""
    return [found["query"] for found in BLOCK.finditer(text)]


def printed(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """Run a query and return its rows as text."""
    rows = connection.execute(query).df()
    shown = rows.astype(object).where(rows.notna(), "").to_string(index=False, float_format="{:.10g}".format)
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


def rewritten(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """Return the guide with what its queries find now."""
    return BLOCK.sub(
        lambda found: f"```sql\n{found['query']}```\n```text\n{printed(connection, found['query'])}```\n", text
    )


if __name__ == "__main__":
    guide = Path(sys.argv[1])
    with duckdb.connect(sys.argv[2], read_only=True) as snapshot:
        guide.write_text(rewritten(snapshot, guide.read_text(encoding="utf-8")), encoding="utf-8")
