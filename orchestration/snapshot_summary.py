"""What a finished refresh tells the person who ran it."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table


def print_summary(snapshot: Path) -> None:
    """Print the published tables with their rows, and the paths of the report and the tables."""
    manifest = json.loads((snapshot / "manifest.json").read_text())
    table = Table(title=f"Published {manifest['refresh_id']}", show_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    for name, entry in sorted(manifest["tables"].items()):
        table.add_row(name, f"{entry['rows']:,}")
    console = Console()
    console.print(table)
    console.print(f"  report  {snapshot / 'report.html'}", soft_wrap=True, highlight=False)
    console.print(f"  tables  {snapshot / 'colink.duckdb'}", soft_wrap=True, highlight=False)
