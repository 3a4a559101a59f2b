"""The command evaluate-change: what a change in practice did to completeness or links, from the dates it was made."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from orchestration.exits import bad_use, failed
from orchestration.snapshot_reading import current_snapshot, require

if TYPE_CHECKING:
    from assets.change_counts import Counts, Measure
    from quality.practice.change_evaluation import EffectOfChange

EXAMPLE = "Example: colink evaluate-change changes.csv --measure completeness --item entry_point"
EVENTS, FIGURE, EVALUATION = "events.csv", "event_study.svg", "evaluation.json"
DECISIONS = "select 1 from duckdb_tables() where table_name = 'decisions'"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("evaluate-change", epilog=EXAMPLE)(evaluate_change)


def evaluate_change(
    changes: Annotated[Path, typer.Argument(help="CSV of area_code, changed_on (YYYY-MM-DD) and perhaps what.")],
    measure: Annotated[
        Literal["completeness", "links"], typer.Option(help="Share of items recorded, or probable links of a crime.")
    ] = "completeness",
    item: Annotated[str | None, typer.Option(help="Only this MO item; by default all together.")] = None,
    crime_group: Annotated[str | None, typer.Option(help="Only this crime group.")] = None,
    months_before: Annotated[int, typer.Option(min=3, max=60, help="Months before a change to compare.")] = 12,
    months_after: Annotated[int, typer.Option(min=1, max=60, help="Months after a change to compare.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same interval.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder for the figure and the effect by month.")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data as JSON.")] = False,
) -> None:
    """Estimate what a change in practice did, against areas that had not changed yet, with an interval."""
    from quality.errors import QualityError
    from quality.practice.area_panel import read_changes
    from quality.practice.change_evaluation import evaluate_change as estimate

    if not changes.is_file():
        bad_use(f"{changes}: expected a CSV file of changes, got no such file; check the path")
    if measure == "links" and item is not None:
        bad_use("--item goes with --measure completeness; leave it out")
    snapshot = current_snapshot(home)
    for table, column, wanted in (("mo_scorecard", "item_code", item), ("crimes", "crime_group", crime_group)):
        if wanted is not None:
            require(snapshot, table, column, wanted, end=bad_use)
    counts = _counts(snapshot, measure, item, crime_group)
    try:
        made = read_changes(changes)
        found = estimate(counts.rows, made, months_before=months_before, months_after=months_after, seed=seed)
    except QualityError as error:
        failed(error)
    told = _told(found, counts, {"measure": measure, "item": item, "crime_group": crime_group})
    if out is not None:
        _write(snapshot, out, found, told)
    typer.echo(json.dumps(told, indent=2, allow_nan=False) if as_json else _sentences(told))


def _counts(snapshot: Path, measure: "Measure", item: str | None, crime_group: str | None) -> "Counts":
    """Return counts by area and month; links that people accepted where `decisions` is published."""
    import duckdb

    from assets.change_counts import Sources, change_counts

    with duckdb.connect(str(snapshot / "colink.duckdb"), read_only=True) as connection:
        decisions = "decisions" if connection.execute(DECISIONS).fetchone() else None
        sources = Sources("mo_scorecard", "crimes", "links", decisions)
        return change_counts(connection, measure, sources, item=item, crime_group=crime_group)


def _told(found: "EffectOfChange", counts: "Counts", asked: dict[str, str | None]) -> dict[str, Any]:
    from assets.change_counts import NOT_INDEPENDENT

    events = json.loads(found.events.to_json(orient="records"))
    numbers = {
        name: None if isinstance(value, float) and value != value else value
        for name, value in found._asdict().items()
        if name not in ("events", "warnings")
    }
    warnings = [*found.warnings, *([] if counts.is_independent else [NOT_INDEPENDENT])]
    return {**asked, "counted": counts.counted, "unit": counts.unit, **numbers, "warnings": warnings, "events": events}


def _sentences(told: dict[str, Any]) -> str:
    from publication.figures_quality import difference

    unit = told["unit"]
    effect, lower, upper = (difference(told[name], unit) for name in ("effect", "lower", "upper"))
    before = f"{told['before']:.1%}" if unit == "share" else f"{told['before']:.2f} {unit}"
    counted = told["counted"][:1].upper() + told["counted"][1:]
    lines = [
        f"{counted}: {effect} (95% interval {lower} to {upper}), from {before}.",
        f"{told['n_changed']} areas that changed, {told['n_compared']} to compare with; {told['n_crimes']:,} "
        f"{'judgements' if unit == 'share' else 'crimes'} after the change.",
        f"Dates given to areas at random reach as large an effect in {told['p_value']:.1%} of draws.",
    ]
    if told["trend_p_value"] is not None:
        lines.append(
            f"Before the change: {difference(told['trend_before'], unit)} a month against the others "
            f"(p = {told['trend_p_value']:.2f})."
        )
    return "\n".join([*lines, *(f"Beware: {warning}" for warning in told["warnings"])])


def _write(snapshot: Path, out: Path, found: "EffectOfChange", told: dict[str, Any]) -> None:
    from publication.figures_quality import event_study
    from publication.marked_csv import write_marked_csv

    marking = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))["protective_marking"]
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_marked_csv(found.events, out / EVENTS, marking)
        svg = event_study(found.events, told["unit"], marking=marking).svg
        (out / FIGURE).write_text(svg, encoding="utf-8", newline="\n")
        text = json.dumps({**told, "protective_marking": marking}, indent=2, allow_nan=False)
        (out / EVALUATION).write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        failed(f"{error.filename or out}: expected a place that can be written, got {error.strerror}; check --out")
