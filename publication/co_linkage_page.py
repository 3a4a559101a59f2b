"""The page on crimes judged jointly: for analysts, beside the report, with a line that the reader moves.

It opens offline and asks for nothing; its only script stands in it, and its policy allows no other. Without script it
shows the line where the refresh set it.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from publication.co_linkage_data import KINDS, NOT_LEARNED, SURFACE_ERROR, WORST_SURFACE_ERROR, CoLinkage
from publication.co_linkage_figure import STEP_HEIGHT, STEPS, counts_by_step, legend, line_picture, steps_of
from publication.figures import inline_svg
from publication.pages import page_environment
from publication.report_co_linkage import agreement, counts, lead_rows, size_rows

MOST_CRIMES = 500
FIRST_SHOWN = 25
LINK = "link "  # how the quantities that are probabilities of links begin
PAGE_NAME = "co_linkage.html"
FAMILIES = "The strongest families of crimes that may be linked, as a square of shades"
_SCRIPT = Path(__file__).with_name("co_linkage_page.js")


@dataclass(frozen=True)
class CoLinkagePage:
    """What the page shows.

    Attributes
    ----------
    shown
        What was found; at least one unsolved crime.
    finished_at
        Moment in UTC.
    """

    shown: CoLinkage
    force_name: str
    refresh_id: str
    finished_at: datetime
    protective_marking: str = "OFFICIAL-SENSITIVE"


def build_co_linkage_page(page: CoLinkagePage) -> str:
    """Return the page as one HTML document without any outside reference, every value escaped.

    Raises
    ------
    FigureError
        A picture is not plain, self-contained SVG.
    """
    shown, script = page.shown, _SCRIPT.read_text(encoding="utf-8")
    line = round(shown.line * STEPS)
    picture = line_picture(shown.crimes, line / STEPS)
    told = counts_by_step(shown.crimes)
    return (
        page_environment()
        .get_template("co_linkage_page.html.j2")
        .render(
            page=page,
            marking_text=page.protective_marking,
            policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '{_digest(script)}'",
            script=script,
            told={"counts": told, "first": FIRST_SHOWN},
            line=line,
            step_height=STEP_HEIGHT,
            counts=counts(shown),
            n_above=told["all"][line],
            legend=legend(shown.crimes, line / STEPS),
            figure=inline_svg(picture.svg, picture.alt, "l-"),
            leads=_leads(shown, line),
            first_shown=FIRST_SHOWN,
            families=inline_svg(shown.family_figure, FAMILIES, "h-") if shown.family_figure else "",
            sizes=size_rows(shown.frame("sizes")),
            hyperparameters=_hyperparameters(shown.frame("hyperparameters")),
            not_learned=_not_learned(shown.frame("hyperparameters")),
            surface=_surface(shown.frame("diagnostics")),
            diagnostics=_rows(_diagnostics(shown.frame("diagnostics"))),
            agreement=agreement(shown),
        )
    )


def _digest(script: str) -> str:
    """Return what the page's policy names its script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def _leads(shown: CoLinkage, line: int) -> dict[str, Any]:
    """Return the strongest crimes with their step, whether they are shown at first, and how many are left out."""
    rows = lead_rows(shown.crimes, shown.frame("candidates"), MOST_CRIMES)
    steps = steps_of(pd.Series([row["probability"] for row in rows], dtype="float64")).tolist()
    rows = [row | {"step": step, "is_above": step >= line} for row, step in zip(rows, steps, strict=True)]
    n_with = int(shown.crimes["candidate_kind"].isin(list(KINDS)).sum())
    least = rows[-1]["probability"] if rows else 0.0
    return {"rows": rows, "n_left_out": max(0, n_with - len(rows)), "least": least}


def _hyperparameters(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return each with its numbers rounded to what its interval bears; one without figures has a dash."""
    rows = []
    for row in _rows(table[table["quantity"] != NOT_LEARNED]):
        has_interval = None not in (row["q05"], row["q95"])
        width = abs(row["q95"] - row["q05"]) if has_interval else 0.0
        told = {name: "" if row[name] is None else _rounded(row[name], width) for name in ("median", "q05", "q95")}
        rows.append(row | told | {"has_interval": width > 0})
    return rows


def _not_learned(table: pd.DataFrame) -> str:
    """Return why nothing was learned; empty where something was."""
    return "; ".join(table.loc[table["quantity"] == NOT_LEARNED, "meaning"].astype(str))


def _surface(table: pd.DataFrame) -> dict[str, Any]:
    """Return the error of the surface that chains walked on, in nats (none where it is not told)."""
    told = table.loc[table["quantity"] == SURFACE_ERROR, "mean"] if "mean" in table else pd.Series(dtype="float64")
    errors = told.astype("float64").dropna().tolist()
    return {"error": errors[0], "is_off": errors[0] > WORST_SURFACE_ERROR} if errors else {"error": None}


def _diagnostics(table: pd.DataFrame) -> pd.DataFrame:
    """Return every quantity that chains tell of, the sampled links as one row with the worst of each figure."""
    table = table[table["quantity"] != SURFACE_ERROR]
    is_link = table["quantity"].astype("str").str.startswith(LINK)
    links, others = table[is_link], table[~is_link].sort_values("quantity")
    if links.empty:
        return others
    worst = {"rhat": links["rhat"].max(), "ess_bulk": links["ess_bulk"].min(), "ess_tail": links["ess_tail"].min()}
    named = {"quantity": f"{len(links):,} links drawn by lot, the worst of them"}
    return pd.concat([others, pd.DataFrame([named | worst])], ignore_index=True)


def _rounded(value: float, width: float) -> str:
    """Return a number to two digits of the width of its interval."""
    return f"{value:,.3g}" if not width > 0 else f"{value:,.{max(0, 1 - _power(width))}f}"


def _power(width: float) -> int:
    return int(f"{width:.0e}".partition("e")[2])


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    plain = frame.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")
