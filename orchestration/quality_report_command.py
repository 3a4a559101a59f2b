"""The command quality: what is recorded worst, and with --report what would mend it, as a page and two lists."""

import json
from pathlib import Path
from typing import Annotated

import typer

from orchestration.exits import bad_use, failed
from orchestration.snapshot_reading import current_snapshot, published, show

EXAMPLE = "Example: colink quality --report --out improvement"
PAGE, IMPROVEMENTS, FIXES = "improvement.html", "improvements.csv", "fix_list.csv"
WORST = """
    select crime_group, item_code, dimension, sum(n_expected)::bigint as n_expected, sum(n_met)::bigint as n_met,
        sum(n_met) / sum(n_expected) as share
    from mo_scorecard group by all having sum(n_expected) > 0 order by share, crime_group, item_code, dimension
"""
HEADINGS = {
    "crime_group": "crime group",
    "item_code": "item",
    "dimension": "dimension",
    "n_expected": "expected",
    "share": "share met",
}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=EXAMPLE)(quality)


def quality(
    report: Annotated[bool, typer.Option("--report", help="Write a page on what to improve, and two lists.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the page and the lists.")] = Path("improvement"),
    unit_costs: Annotated[
        Path | None, typer.Option(help="Your own unit costs; default quality/practice/unit_costs.yaml.")
    ] = None,
    propose_standard: Annotated[
        Path | None, typer.Option(help="Write a proposed next minimum standard, as a diff to accept.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data as JSON.")] = False,
) -> None:
    """List what is recorded worst: items by crime group, over all areas; or write what to improve first."""
    from quality.errors import QualityError

    if unit_costs is not None and not report:
        bad_use("--unit-costs goes with --report; add it, or leave it out")
    if unit_costs is not None and not unit_costs.is_file():
        bad_use(f"{unit_costs}: expected a file of unit costs, got no such file; check the path")
    snapshot = current_snapshot(home)
    try:
        written = _written(snapshot, out, unit_costs) if report else {}
        if propose_standard is not None:
            written["standard"] = _propose(snapshot, propose_standard)
    except QualityError as error:
        failed(error)
    except OSError as error:
        failed(f"{error.filename or out}: expected a place that can be written, got {error.strerror}; check --out")
    if written:
        _tell(written, as_json=as_json)
        return
    rows = published(snapshot, WORST, [])
    show(rows if as_json else rows.head(25), "Recording quality, worst first", HEADINGS, as_json=as_json)


def _written(snapshot: Path, out: Path, unit_costs: Path | None) -> dict[str, str]:
    """Write the page and the lists; return what each is and where."""
    from orchestration.improvement_page import improvement_page, published_practice
    from publication.improvement_report import build_improvement_report
    from publication.marked_csv import write_marked_csv

    practice = published_practice(snapshot, unit_costs)
    page = improvement_page(snapshot, practice, unit_costs)
    html = build_improvement_report(page)
    out.mkdir(parents=True, exist_ok=True)
    (out / PAGE).write_text(html, encoding="utf-8", newline="\n")
    write_marked_csv(practice.improvements, out / IMPROVEMENTS, page.protective_marking)
    write_marked_csv(practice.fixes, out / FIXES, page.protective_marking)
    return {"page": str(out / PAGE), "improvements": str(out / IMPROVEMENTS), "fixes": str(out / FIXES)}


def _propose(snapshot: Path, path: Path) -> str:
    """Write the proposed next standard, from the priorities that the snapshot holds."""
    from quality.standard_revision import propose

    priorities = published(snapshot, "select * exclude (refresh_id) from mo_group_priorities", [])
    path.write_text(propose(None, priorities), encoding="utf-8", newline="\n")
    return str(path)


_TOLD = {
    "page": "page, for sharing within the force",
    "improvements": "every gap with its numbers, not for sharing",
    "fixes": "records to mend, not for sharing",
    "standard": "proposed next minimum standard, to be accepted by people",
}


def _tell(written: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(written, indent=2))
        return
    for kind, path in written.items():
        typer.echo(f"{path}: {_TOLD[kind]}")
