"""The command explain: why any two crimes of the published refresh may be linked.

The pair is compared and scored when asked for, with the published crimes and model alone, so that it need not be
among the published links; of one that is, the figures are the same.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.exits import bad_use, failed
from orchestration.snapshot_reading import current_snapshot, require, show

if TYPE_CHECKING:
    import pandas as pd

    from linkage.explanation import ItemContribution, LinkExplanation

EXAMPLE = "Example: colink explain C0000123 C0000456 --picture why.html"
PICTURES = (".png", ".html")

TERMS = {
    "item": "item",
    "value_1": "first",
    "value_2": "second",
    "share_of_crimes": "share with it",
    "log10_bf": "log10 BF",
}
MISSING = {
    "item": "item",
    "missing_of": "not recorded of",
    "known_value": "of the other",
    "posterior_if_match": "posterior, match",
    "posterior_if_differ": "posterior, differ",
}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=EXAMPLE)(explain)


def explain(
    crime_id_1: Annotated[str, typer.Argument(help="A crime.")],
    crime_id_2: Annotated[str, typer.Argument(help="Another crime.")],
    picture: Annotated[
        Path | None, typer.Option(help="Draw it too, from prior to posterior, in this .png or .html file.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data as JSON.")] = False,
) -> None:
    """Say why two crimes may be linked: each item's values, how rare they are, and what is missing."""
    first, second = sorted((crime_id_1, crime_id_2))
    if first == second:
        bad_use(f"expected two crimes, got {first} twice; name another")
    if picture and picture.suffix.lower() not in PICTURES:
        bad_use(
            f"{picture}: expected a file that ends in .png or .html, got {picture.suffix or 'no ending'}; rename it"
        )
    snapshot = current_snapshot(home)
    for crime in (first, second):
        require(snapshot, "crimes", "crime_id", crime)
    found, crimes = _explanation(snapshot, first, second)
    if picture:
        _draw(found, picture)
    _show(found, crimes, picture, as_json=as_json)


def _explanation(snapshot: Path, first: str, second: str) -> tuple["LinkExplanation", "pd.DataFrame"]:
    """Return the explanation and the two crimes."""
    from linkage.explanation import explain_link
    from orchestration.snapshot_crimes import SnapshotError, published_crimes, published_model

    try:
        model, spec, prior_log_odds = published_model(snapshot)
        crimes = published_crimes(snapshot, spec.compared)
        found = explain_link(crimes, first, second, model, spec, prior_log_odds)
    except (SnapshotError, ValueError) as error:
        failed(error)
    return found, crimes[crimes["crime_id"].isin([first, second])]


def _draw(found: "LinkExplanation", picture: Path) -> None:
    from linkage.figures.saving import save_html, save_png
    from linkage.figures.waterfall import waterfall_figure

    save = save_png if picture.suffix.lower() == ".png" else save_html
    try:
        save(waterfall_figure(found), picture)
    except OSError as error:
        failed(f"{picture}: expected a file that can be written, got {error.strerror}; check its folder")


def _show(found: "LinkExplanation", crimes: "pd.DataFrame", picture: Path | None, *, as_json: bool) -> None:
    title = f"{found.crime_id_1} and {found.crime_id_2}"
    terms = _terms(found, _places(crimes))
    if as_json:
        drawn = {"picture": str(picture)} if picture else {}
        show(terms, title, TERMS, as_json=True, note=found.sentence(), explanation=found.as_data(), **drawn)
        return
    show(_in_words(terms), title, TERMS, as_json=False, note=found.sentence())
    if found.missing:
        missing = _in_words(_missing(found))
        show(missing, "What is missing, and what it would make of the posterior", MISSING, as_json=False)
    if picture:
        typer.echo(f"picture  {picture}")


def _in_words(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return rows with the name of each item as people say it."""
    from linkage.explanation_words import item_name

    return rows.assign(item=rows["item"].map(item_name))


def _terms(found: "LinkExplanation", places: list[str | None]) -> "pd.DataFrame":
    """Return what each item adds, the strongest first; what says nothing is left to the explanation's own list."""
    from math import log

    import pandas as pd

    def row(one: "ItemContribution") -> dict[str, Any]:
        values = places if one.item in ("distance_km", "nearer_share") else [one.value_1, one.value_2]
        return {
            "item": one.item,
            "value_1": values[0],
            "value_2": values[1],
            "log_bf": one.log_bf,
            "log10_bf": one.log_bf / log(10),
            "share_of_crimes": one.share_of_crimes,
        }

    said = sorted((one for one in found.items if one.log_bf), key=lambda one: (-abs(one.log_bf), one.item))
    rows = pd.DataFrame(
        [row(one) for one in said], columns=["item", "value_1", "value_2", "log_bf", "log10_bf", "share_of_crimes"]
    )
    return rows.astype({"share_of_crimes": "float64"})


def _places(crimes: "pd.DataFrame") -> list[str | None]:
    """Return where each crime was, as the published evidence writes it."""
    rows = crimes.sort_values("crime_id")[["easting_m", "northing_m"]]
    return [None if row.isna().any() else f"{row.iloc[0]:.0f} E, {row.iloc[1]:.0f} N" for _, row in rows.iterrows()]


def _missing(found: "LinkExplanation") -> "pd.DataFrame":
    import pandas as pd

    rows = pd.DataFrame([vars(one) for one in found.missing])
    return rows.assign(missing_of=rows["missing_of"].map(", ".join))
