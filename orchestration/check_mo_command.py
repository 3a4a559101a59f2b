"""The command check-mo: are records of MO readable, complete and free of contradiction? Nothing is stored."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.exits import FAILED, bad_use

if TYPE_CHECKING:
    import pandas as pd

    from quality.forms.record import ReadRecords
    from quality.minimum_standard import MinimumStandard

EXAMPLE = "Example: colink check-mo mo_records/"
MOST_LINES, MOST_NAMED, MOST_NAME = 20, 3, 13
RECORDS = {
    "record_id": "record",
    "crime_group": "crime group",
    "role": "role",
    "score": "score",
    "missing_items": "missing",
    "contradictions": "conflicts",
}
GAPS = {
    "crime_group": "crime group",
    "role": "role",
    "item_code": "item",
    "n_missing": "missing in",
    "n_records": "records",
    "share_missing": "share",
}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("check-mo", epilog=EXAMPLE)(check_mo)


def check_mo(
    file: Annotated[Path, typer.Argument(help="Records: .json, .jsonl or .csv, or a folder of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the data as JSON.")] = False,
) -> None:
    """Score records of MO against the minimum standard; 0 when all could be read, however incomplete."""
    from quality.forms.record import read_records
    from quality.forms.record_checking import check_records, record_gaps
    from quality.minimum_standard import load_minimum_standard

    if not file.exists():
        bad_use(f"{file}: expected a file or a folder, got none; check the path")
    read = read_records(file)
    standard = load_minimum_standard()
    checked = check_records(read.records, standard)
    checked.insert(0, "place", read.places)
    gaps = record_gaps(checked)
    if as_json:
        typer.echo(json.dumps(_as_data(read, checked, gaps), indent=2))
    else:
        _show(read, checked, gaps, standard)
    if read.faults or not checked["is_readable"].all():
        raise typer.Exit(FAILED)


def _as_data(read: "ReadRecords", checked: "pd.DataFrame", gaps: "pd.DataFrame") -> dict[str, Any]:
    rows = checked.astype({"score": object}).where(checked.notna(), None)
    return {
        "summary": _summary(read, checked),
        "records": rows.to_dict("records"),
        "gaps": gaps.to_dict("records"),
        "unreadable": read.faults,
    }


def _summary(read: "ReadRecords", checked: "pd.DataFrame") -> dict[str, Any]:
    readable = checked[checked["is_readable"]]
    mean = readable["score"].mean()
    return {
        "n_records": len(checked),
        "n_readable": len(readable),
        "n_unreadable": len(checked) - len(readable) + len(read.faults),
        "mean_score": None if mean != mean else round(float(mean), 1),
        "n_complete": int((readable["missing_items"] == "").sum()),
        "n_contradicting": int((readable["n_contradictions"] > 0).sum()),
    }


def _in_words(checked: "pd.DataFrame", standard: "MinimumStandard") -> "pd.DataFrame":
    def missing(codes: str) -> str:
        labels = [standard.items[code].label for code in codes.split(",") if code]
        more = f" and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else ""
        return ", ".join(labels[:MOST_NAMED]) + more

    return checked.assign(
        record_id=checked["record_id"].map(_short_name),
        crime_group=_group_labels(checked, standard),
        missing_items=checked["missing_items"].map(missing),
        contradictions=checked["contradictions"].str.replace("_", " ").str.replace(",", ", "),
    )


def _gaps_in_words(gaps: "pd.DataFrame", standard: "MinimumStandard") -> "pd.DataFrame":
    labels = gaps["item_code"].map(lambda code: standard.items[code].label)
    return gaps.assign(item_code=labels, crime_group=_group_labels(gaps, standard))


def _group_labels(frame: "pd.DataFrame", standard: "MinimumStandard") -> "pd.Series":
    return frame["crime_group"].map(lambda code: standard.crime_groups[code].label)


def _short_name(name: object) -> str:
    """Write what a file calls a record so that a terminal shows it and obeys nothing in it."""
    from rich.markup import escape

    text = name if isinstance(name, str) and name.isprintable() else ascii(name)
    return escape(text if len(text) <= MOST_NAME else text[:MOST_NAME] + "…")


def _show(read: "ReadRecords", checked: "pd.DataFrame", gaps: "pd.DataFrame", standard: "MinimumStandard") -> None:
    from orchestration.snapshot_reading import show

    summary = _summary(read, checked)
    worst = checked[checked["is_readable"]].sort_values("score", kind="stable").head(MOST_LINES)
    show(_in_words(worst, standard), "Records, least complete first", RECORDS, as_json=False)
    show(_gaps_in_words(gaps.head(MOST_LINES), standard), "What is missing most often", GAPS, as_json=False)
    lines = read.faults + [
        f"{place}: record {record_id!r}: {finding}"
        for place, record_id, findings in checked[["place", "record_id", "findings"]].itertuples(index=False)
        for finding in findings
    ]
    for line in lines[:MOST_LINES]:
        typer.echo(f"colink: {line}", err=True)
    if len(lines) > MOST_LINES:
        typer.echo(f"colink: {len(lines) - MOST_LINES:,} more findings; --json has all", err=True)
    mean = "none was scored" if summary["mean_score"] is None else f"mean score {summary['mean_score']} of 100"
    typer.echo(
        f"{summary['n_records']:,} records, {summary['n_unreadable']:,} not readable, {mean}, "
        f"{summary['n_complete']:,} complete, {summary['n_contradicting']:,} with a contradiction"
    )
