"""The command rank: what a crime may belong to, and which further crimes may belong to a series, an offender or a set.

The lists of a crime were made by the refresh. Those of a set are made when asked for, from the published snapshot
alone, for any crimes can be a set: every crime within the limits is scored against all of its members.
"""

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from linkage.linkages import LINKAGES
from orchestration.exits import bad_use, failed
from orchestration.snapshot_reading import current_snapshot, published, require, show

if TYPE_CHECKING:
    import pandas as pd

    from linkage.candidates import LinkLimits
    from linkage.expansion import ExpansionRule
    from linkage.strength import Answer

EXAMPLE = "Example: colink rank --crimes C0000123,C0000456 --linkage average --top 10"
BASE_RATE = "Candidates may be linked; a posterior judges one pair by itself, and most pairs are not linked."
PUBLISHED_LISTS = "The published lists hold the strongest of each kind."

FOR_CRIME = {
    "candidate_kind": "kind",
    "rank": "rank",
    "candidate_id": "candidate",
    "n_crimes": "crimes",
    "log10_bf": "log10\nBF",
    "posterior_probability": "posterior",
    "is_strong": "strong",
    "nearest_crime_id": "strongest\ncrime",
}
FOR_SET = {
    "rank": "rank",
    "crime_id": "crime",
    "posterior_probability": "posterior",
    "is_strong": "strong",
    "log10_bf": "log10\nBF",
    "nearest_crime_id": "strongest\nmember",
    "distance_km": "km",
    "gap_days": "days",
}
SOLVED = {"is_solved": "solved"}

CRIME_ROWS = """
    select * exclude (refresh_id), log_bf / ln(10) as log10_bf from crime_rankings
    where crime_id = ? order by candidate_kind, rank
"""
MAY_HAVE_CANDIDATES = """
    select 1 from crimes where crime_id = ? and easting_m is not null and committed_from_at is not null
    and crime_id not in (select crime_id from series_data)
"""


class _Set(NamedTuple):
    """A set of crimes that further ones are asked for: its name, its members, and the columns that name it."""

    title: str
    members: list[str]
    named: dict[str, str]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=EXAMPLE)(rank)


def rank(
    crime_id: Annotated[
        str | None, typer.Argument(help="A crime: which series and offenders it may belong to.")
    ] = None,
    series_id: Annotated[str | None, typer.Option("--series", help="A series: which crimes may belong to it.")] = None,
    person_id: Annotated[
        str | None, typer.Option("--offender", help="An offender: which crimes may be theirs.")
    ] = None,
    crime_ids: Annotated[
        str | None, typer.Option("--crimes", help="Crimes with commas between: which may belong with them.")
    ] = None,
    linkage: Annotated[
        Literal["average", "single", "complete"] | None,
        typer.Option(help="What further crimes are ranked by; as the refresh did, else single."),
    ] = None,
    with_solved: Annotated[bool, typer.Option("--with-solved", help="List solved crimes too, flagged.")] = False,
    strong: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Posterior of a strong candidate; as the refresh had it, else 0.5."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many rows.")] = 10,
    home: Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data as JSON.")] = False,
) -> None:
    """List what a crime may belong to, or the crimes that may belong to a series, an offender or any set of crimes."""
    if sum(given is not None for given in (crime_id, series_id, person_id, crime_ids)) != 1:
        bad_use("expected one of a crime, --series, --offender or --crimes; for example: colink rank C0000123")
    if crime_id is not None and (linkage or with_solved):
        bad_use(
            "--linkage and --with-solved go with --series, --offender or --crimes, not with a crime; leave them out"
        )
    snapshot = current_snapshot(home)
    settings = _settings(snapshot, linkage, strong)
    if crime_id is not None:
        _for_crime(snapshot, crime_id, settings["strong_posterior"], top, as_json=as_json)
        return
    wanted = _wanted(snapshot, series_id, person_id, crime_ids)
    _for_set(snapshot, wanted, {**settings, "with_solved": with_solved}, top, as_json=as_json)


def _settings(snapshot: Path, linkage: str | None, strong: float | None) -> dict[str, Any]:
    """Return how to rank: as asked, else as the refresh did, else by default."""
    from linkage.strength import STRONG_POSTERIOR
    from orchestration.snapshot_crimes import published_parameters

    made_with = published_parameters(snapshot).get("rankings", {})
    return {
        "linkage": linkage or made_with.get("linkage", "single"),
        "strong_posterior": made_with.get("strong_posterior", STRONG_POSTERIOR) if strong is None else strong,
    }


def _for_crime(snapshot: Path, crime_id: str, strong_posterior: float, top: int, *, as_json: bool) -> None:
    """Show what the refresh listed for a crime, and say so when it is perhaps of a new series."""
    from linkage.strength import answer_for_crime, is_strong
    from orchestration.snapshot_crimes import SnapshotError, published_model

    require(snapshot, "crimes", "crime_id", crime_id)
    try:
        published_model(snapshot)
    except SnapshotError as error:
        failed(error)
    rows = published(snapshot, CRIME_ROWS, [crime_id])
    if rows.empty and published(snapshot, MAY_HAVE_CANDIDATES, [crime_id]).empty:
        failed(f"{crime_id}: no candidates are published; solved crimes and crimes without place or time have none")
    rows["is_strong"] = is_strong(rows["posterior_probability"], strong_posterior)
    answer = answer_for_crime(rows, strong_posterior)
    rows = _with_gaps(snapshot, rows[rows["rank"] <= top].reset_index(drop=True))
    if not as_json:  # people would take it for one of the series that clustering found
        rows = _for_people(rows).assign(candidate_kind=rows["candidate_kind"].replace("series", "solved\ngroup"))
    title, note = f"What {crime_id} may be linked with", f"{BASE_RATE} {PUBLISHED_LISTS}"
    _show(rows, title, FOR_CRIME, note, answer, as_json=as_json)


def _with_gaps(snapshot: Path, rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return rows with how far the strongest crime of each candidate is from the crime, in km and days."""
    from linkage.expansion import place_and_time_gaps
    from linkage.pair_scores import row_positions
    from orchestration.snapshot_crimes import published_crimes, published_model

    if rows.empty:
        return rows.assign(distance_km=None, gap_days=None)
    crimes = published_crimes(snapshot, ())
    first, second = (row_positions(crimes, rows[name]) for name in ("crime_id", "nearest_crime_id"))
    gaps = place_and_time_gaps(crimes, first, second, published_model(snapshot).spec)
    return rows.assign(distance_km=gaps["distance_km"], gap_days=gaps["gap_days"])


def _wanted(snapshot: Path, series_id: str | None, person_id: str | None, crime_ids: str | None) -> _Set:
    """Return the set that was asked for; an unknown name ends with one line."""
    if series_id is not None:
        require(snapshot, "series", "series_id", series_id)
        members = published(snapshot, "select crime_id from series_members where series_id = ?", [series_id])
        return _Set(f"series {series_id}", list(members["crime_id"]), {"series_id": series_id})
    if person_id is not None:
        require(snapshot, "series_data", "person_id", person_id)
        members = published(snapshot, "select crime_id from series_data where person_id = ?", [person_id])
        return _Set(f"offender {person_id}", list(members["crime_id"]), {"person_id": person_id})
    named = sorted({name.strip() for name in str(crime_ids).split(",")} - {""})
    if not named:
        bad_use("--crimes: expected crime_ids with commas between, got none; for example: --crimes C0000123,C0000456")
    for crime_id in named:
        require(snapshot, "crimes", "crime_id", crime_id)
    return _Set(named[0] if len(named) == 1 else f"these {len(named)} crimes", named, {})


def _for_set(snapshot: Path, wanted: _Set, settings: dict[str, Any], top: int, *, as_json: bool) -> None:
    """Score every crime of the snapshot within the limits, and show the strongest."""
    from linkage.expansion import ExpansionRule
    from linkage.strength import answer_for_members
    from orchestration.snapshot_crimes import SnapshotError

    rule = ExpansionRule(top_k=None, **settings)
    try:
        candidates, limits = _candidates(snapshot, wanted.members, rule)
    except (SnapshotError, ValueError) as error:
        failed(error)
    answer = answer_for_members(candidates, rule.strong_posterior)
    rows = candidates[candidates["rank"] <= top].assign(**wanted.named)
    note = (
        f"Ranked by {rule.linkage} linkage with {len(wanted.members)} crime{'s' * (len(wanted.members) > 1)}; every "
        f"{'' if rule.with_solved else 'unsolved '}crime within {limits.max_km:g} km and {limits.max_days:g} days "
        f"of one was scored. {BASE_RATE}"
    )
    columns = FOR_SET | (SOLVED if rule.with_solved else {})
    title = f"Further crimes that may be linked with {wanted.title}"
    _show(rows if as_json else _for_people(rows), title, columns, note, answer, as_json=as_json)


def _candidates(snapshot: Path, members: Sequence[str], rule: "ExpansionRule") -> tuple["pd.DataFrame", "LinkLimits"]:
    """Return all candidates of a set, their log BFs to base 10 beside, and the limits that they are within."""
    from math import log

    from linkage.expansion import comparable_crimes, crimes_for_members
    from orchestration.snapshot_crimes import published_crimes, published_limits, published_model

    model, spec, prior_log_odds = published_model(snapshot)
    limits = published_limits(snapshot)
    ready = comparable_crimes(published_crimes(snapshot, spec.compared), model, spec)
    solved = published(snapshot, "select distinct crime_id from series_data", [])["crime_id"]
    found = crimes_for_members(ready, members, prior_log_odds, solved=list(solved), limits=limits, rule=rule)
    base_ten = {f"log10_{name}": found[name] / log(10) for name in LINKAGES}
    return found.assign(log10_bf=found["log_bf"] / log(10), **base_ten), limits


def _for_people(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return rows with yes, or nothing, for what is true or not."""
    flags = [name for name in ("is_strong", "is_solved") if name in rows]
    return rows.assign(**{name: rows[name].map({True: "yes", False: ""}) for name in flags})


def _show(
    rows: "pd.DataFrame", title: str, columns: dict[str, str], note: str, answer: "Answer", *, as_json: bool
) -> None:
    """Print the answer as a whole and its rows."""
    data = answer._asdict()
    if isnan(answer.strongest_posterior):
        data["strongest_posterior"] = None
    columns = columns | {"is_strong": f"≥{100 * answer.strong_posterior:g}%"}
    show(rows, title, columns, as_json=as_json, note=f"{answer.text} {note}", answer=data)
