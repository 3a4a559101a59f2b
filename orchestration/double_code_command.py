"""The commands `colink double-code draw` and `report`: would a second coder record what was recorded."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.exits import bad_use, failed
from orchestration.snapshot_reading import current_snapshot, protective_marking, published, show

if TYPE_CHECKING:
    import pandas as pd

HomeOption = Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]

CRIMES = """
    select crime_id, crime_group, area_code, capture_role from mo_scores order by crime_id
"""
GROUPS = "select crime_id, crime_group from crimes order by crime_id"
RECORDED = "select crime_id, item_code, value_code from mo_recorded_values semi join coded using (crime_id)"
HAS_RECORDED = "select 1 from duckdb_tables() where table_name = 'mo_recorded_values'"
ITEMS = {
    "item_code": "item",
    "n_coded": "coded",
    "n_both": "both hold\na value",
    "n_only_record": "only\nrecord",
    "n_only_second": "only second\ncoder",
    "kappa": "kappa",
    "kappa_lower": "from",
    "kappa_upper": "to",
    "agreement": "coded\nalike",
    "adjusted_kappa": "adjusted\nkappa",
    "note": "note",
}
CONFUSIONS = {
    "item_code": "item",
    "recorded": "recorded",
    "second_coder": "second coder",
    "n_crimes": "crimes",
}
MOST_CONFUSIONS = 20
EXPLAINED = (
    "Kappa is agreement beyond chance among crimes of which both hold a value, with its 95% interval; the adjusted one "
    "takes all values as equally common. A crime of which one holds no value is a gap, counted beside."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Measure the accuracy of recording with a second coder.")
    group.command(epilog="Example: colink double-code draw --crimes 200 --out sample.csv")(draw)
    group.command(epilog="Example: colink double-code report sample.csv")(report)
    app.add_typer(group, name="double-code")


def draw(
    out: Annotated[Path, typer.Option(help="CSV file to write; one that is there already is left alone.")],
    crimes: Annotated[int, typer.Option(min=1, help="How many crimes.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same crimes.")] = 1,
    home: HomeOption = None,
) -> None:
    """Draw a sample of crimes for a second coder, who sees nothing that is recorded."""
    from publication.marked_csv import write_marked_csv
    from quality.double_coding import draw_sample
    from quality.errors import QualityError
    from quality.minimum_standard import load_minimum_standard

    if out.exists():
        bad_use(f"{out}: expected a file that is not there yet, got one that may hold codings; name another")
    snapshot = current_snapshot(home)
    try:
        sample = draw_sample(_scored(snapshot), load_minimum_standard(), crimes, seed)
        write_marked_csv(sample, out, protective_marking(snapshot))
    except QualityError as error:
        failed(error)
    except OSError as error:
        failed(f"{out}: expected a file that can be written, got {error.strerror}; check --out")
    typer.echo(
        f"{len(sample):,} crimes in {out}; a second coder fills the empty cells from the papers, with value codes "
        "(several with ; between) or not_recorded, unknown, not_applicable, refused; "
        f"then: colink double-code report {out}"
    )


def report(
    sample: Annotated[Path, typer.Argument(help="The sample as the second coder filled it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a second coder's values against the record: Cohen's kappa of each item, and the commonest confusions."""
    from quality.double_coding import compare_codings, read_codings
    from quality.errors import QualityError
    from quality.minimum_standard import load_minimum_standard

    if not sample.is_file():
        bad_use(f"{sample}: expected the sample as a CSV file, got no such file; check the path")
    snapshot, standard = current_snapshot(home), load_minimum_standard()
    groups = published(snapshot, GROUPS, [])
    try:
        codings = read_codings(sample, standard, dict(zip(groups["crime_id"], groups["crime_group"], strict=True)))
    except QualityError as error:
        failed(error)
    if not codings:
        failed(f"{sample}: expected cells filled by a second coder, got none; fill them and try again")
    found = compare_codings(codings, _recorded(snapshot, sorted({coding.crime_id for coding in codings})), standard)
    title = f"A second coder's values against the record of {snapshot.name}"
    confusions = found.confusions.head(MOST_CONFUSIONS)
    if as_json:
        rows = json.loads(confusions.to_json(orient="records"))
        show(found.items, title, ITEMS, as_json=True, note=EXPLAINED, confusions=rows)
        return
    show(found.items, title, ITEMS, as_json=False, note=EXPLAINED)
    show(confusions, "What was most often coded differently", CONFUSIONS, as_json=False)


def _scored(snapshot: Path) -> "pd.DataFrame":
    """Return what the sample is stratified by."""
    columns = published(snapshot, "select column_name from duckdb_columns() where table_name = 'mo_scores'", [])
    if "capture_role" not in set(columns["column_name"]):
        failed(f"{snapshot.name}: expected mo_scores with a capture_role, got none; run colink refresh anew")
    return published(snapshot, CRIMES, [])


def _recorded(snapshot: Path, crime_ids: list[str]) -> "pd.DataFrame":
    if published(snapshot, HAS_RECORDED, []).empty:
        failed(f"{snapshot.name}: expected a table mo_recorded_values, got none; run colink refresh anew")
    return published(snapshot, f"with coded as (select unnest(?::varchar[]) as crime_id) {RECORDED}", [crime_ids])
