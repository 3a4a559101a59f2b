"""The command rank: what a crime may belong to, and which further crimes may belong to a series, an offender or a set.

The lists of a crime were made by the refresh. Those of a set are made when asked for, from the published snapshot
alone, for any crimes can be a set: every crime within the limits is scored against all of its members. So are, with
`--among`, those of a crime among all crimes or all known series or offenders.
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

EXAMPLE = "Example: colink rank C0000123 --among crimes --within-km 2 --top 20"
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

MEMBERS = {
    "series": "select crime_id, person_id, event_at from series_data order by person_id, crime_id",
    "offenders": "select crime_id, person_id as candidate_id from series_data order by person_id, crime_id",
}
"""Where the crimes of known series (solved groups) and of offenders stand."""

CRIME_ROWS = """
    select * exclude (refresh_id), log_bf / ln(10) as log10_bf from crime_rankings
    where crime_id = ? order by candidate_kind, rank
"""
MAY_HAVE_CANDIDATES = """
    select 1 from crimes where crime_id = ? and (easting_m is not null or committed_from_at is not null)
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
    among: Annotated[
        Literal["crimes", "series", "offenders"] | None,
        typer.Option(help="Score a crime anew against all crimes, all known series or all offenders."),
    ] = None,
    unsolved: Annotated[bool, typer.Option("--unsolved", help="All unsolved crimes, into the file of --out.")] = False,
    out: Annotated[Path | None, typer.Option(help="Parquet file for --unsolved.")] = None,
    linkage: Annotated[
        Literal["average", "single", "complete"] | None,
        typer.Option(help="What further crimes are ranked by; as the refresh did, else single."),
    ] = None,
    with_solved: Annotated[bool, typer.Option("--with-solved", help="List solved crimes too, flagged.")] = False,
    within_km: Annotated[
        float | None, typer.Option(min=0, help="Limit of distance; as the refresh had it where left out.")
    ] = None,
    within_days: Annotated[
        float | None, typer.Option(min=0, help="Limit of time; as the refresh had it where left out.")
    ] = None,
    strong: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Posterior of a strong candidate; as the refresh had it, else 0.5."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many rows; with --unsolved, for each crime.")] = 10,
    home: Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data as JSON.")] = False,
) -> None:
    """List what a crime may belong to, or the crimes that may belong to a series, an offender or any set of crimes."""
    asked = (crime_id, series_id, person_id, crime_ids, unsolved or None)
    on_demand = {
        "--linkage": linkage,
        "--with-solved": with_solved or None,
        "--within-km": within_km,
        "--within-days": within_days,
    }
    _check_use(asked, among, out, {name for name, value in on_demand.items() if value is not None})
    snapshot = current_snapshot(home)
    settings = _settings(snapshot, linkage, strong)
    limits = {"max_km": within_km, "max_days": within_days}
    if unsolved and out is not None:
        from orchestration.ranked_batch import rank_unsolved

        rank_unsolved(snapshot, out, limits, settings["strong_posterior"], top, as_json=as_json)
    elif among in MEMBERS:
        _among_groups(snapshot, str(crime_id), str(among), settings, limits, top, as_json=as_json)
    elif crime_id is not None and among is None:
        _for_crime(snapshot, crime_id, settings["strong_posterior"], top, as_json=as_json)
    else:
        wanted = _wanted(snapshot, series_id, person_id, crime_id or crime_ids)
        how = {**settings, "with_solved": with_solved or among == "crimes"}
        _for_set(snapshot, wanted, how, limits, top, as_json=as_json)


def _check_use(asked: Sequence[object], among: str | None, out: Path | None, on_demand: set[str]) -> None:
    """End with 2 where arguments do not go together; `asked` are the crime, the set in its forms, and the batch."""
    crime_id, *_, unsolved = asked
    if sum(given is not None for given in asked) != 1:
        bad_use(
            "expected one of a crime, --series, --offender, --crimes or --unsolved; for example: colink rank C0000123"
        )
    if among is not None and crime_id is None:
        bad_use("--among goes with a crime; for example: colink rank C0000123 --among crimes")
    if (unsolved is None) != (out is None):
        bad_use("--unsolved and --out go together; for example: colink rank --unsolved --out strongest.parquet")
    if crime_id is not None and among is None and on_demand:
        bad_use(
            f"{', '.join(sorted(on_demand))}: the lists of a crime were made by the refresh; "
            "add --among crimes, series or offenders to score it anew, or leave this out"
        )
    if unsolved is not None and on_demand & {"--linkage", "--with-solved"}:
        bad_use("--linkage and --with-solved do not go with --unsolved, which lists pairs of crimes; leave them out")


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
    from orchestration.snapshot_crimes import SnapshotError, published_prior_log_odds

    require(snapshot, "crimes", "crime_id", crime_id)
    try:
        published_prior_log_odds(snapshot)
    except SnapshotError as error:
        failed(error)
    rows = published(snapshot, CRIME_ROWS, [crime_id])
    if rows.empty and published(snapshot, MAY_HAVE_CANDIDATES, [crime_id]).empty:
        failed(f"{crime_id}: no candidates are published; solved crimes and those without place and time have none")
    rows["is_strong"] = is_strong(rows["posterior_probability"], strong_posterior)
    answer = answer_for_crime(rows, strong_posterior)
    rows = _with_gaps(snapshot, rows[rows["rank"] <= top].reset_index(drop=True))
    if not as_json:  # people would take it for one of the series that clustering found
        rows = _for_people(rows).assign(candidate_kind=rows["candidate_kind"].replace("series", "solved\ngroup"))
    title, note = f"What {crime_id} may be linked with", f"{BASE_RATE} {PUBLISHED_LISTS}"
    _show(rows, title, FOR_CRIME, note, answer, as_json=as_json)


def _with_gaps(snapshot: Path, rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return rows with how far the strongest crime of each candidate is from the crime, in km and days."""
    from orchestration.snapshot_crimes import published_gaps

    if rows.empty:
        return rows.assign(distance_km=None, gap_days=None)
    ids = (rows[name].to_list() for name in ("crime_id", "nearest_crime_id"))
    distance_km, gap_days = published_gaps(snapshot, *ids)
    return rows.assign(distance_km=distance_km, gap_days=gap_days)


def _among_groups(
    snapshot: Path,
    crime_id: str,
    among: str,
    settings: dict[str, Any],
    limits: dict[str, float | None],
    top: int,
    *,
    as_json: bool,
) -> None:
    """Score a crime against every known series or offender with a crime within the limits; show the strongest."""
    from math import log

    from assets.known_groups import known_groups
    from linkage.groups_on_demand import groups_for_crime
    from linkage.strength import answer_for_crime
    from orchestration.snapshot_crimes import SnapshotError, comparable_snapshot, published_limits

    require(snapshot, "crimes", "crime_id", crime_id)
    members = published(snapshot, MEMBERS[among], [])
    if among == "series":
        members = members.assign(candidate_id=known_groups(members, "connected"))
    try:
        crimes, within = comparable_snapshot(snapshot), published_limits(snapshot, **limits)
        how = {"limits": within, **settings}
        found = groups_for_crime(crimes.ready, crime_id, members, crimes.prior_log_odds, **how)
    except (SnapshotError, ValueError) as error:
        failed(error)
    kind = {"series": "series", "offenders": "offender"}[among]
    found.insert(0, "crime_id", crime_id)
    found = found.assign(candidate_kind=kind, log10_bf=found["log_bf"] / log(10))
    answer = answer_for_crime(found, settings["strong_posterior"])
    rows = found[found["rank"] <= top].reset_index(drop=True)
    if not as_json:  # as for what a refresh listed
        rows = _for_people(rows).assign(candidate_kind=rows["candidate_kind"].replace("series", "solved\ngroup"))
    note = (
        f"Ranked by {settings['linkage']} linkage; every {'known series' if among == 'series' else 'offender'} with a "
        f"crime within {within.max_km:g} km and {within.max_days:g} days was scored. {BASE_RATE}"
    )
    _show(rows, f"What {crime_id} may be linked with", FOR_CRIME, note, answer, as_json=as_json)


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


def _for_set(
    snapshot: Path,
    wanted: _Set,
    settings: dict[str, Any],
    within: dict[str, float | None],
    top: int,
    *,
    as_json: bool,
) -> None:
    """Score every crime of the snapshot within the limits, and show the strongest."""
    from linkage.expansion import ExpansionRule
    from linkage.strength import answer_for_members
    from orchestration.snapshot_crimes import SnapshotError

    rule = ExpansionRule(top_k=None, **settings)
    try:
        candidates, limits = _candidates(snapshot, wanted.members, within, rule)
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


def _candidates(
    snapshot: Path, members: Sequence[str], within: dict[str, float | None], rule: "ExpansionRule"
) -> tuple["pd.DataFrame", "LinkLimits"]:
    """Return all candidates of a set, their log BFs to base 10 beside, and the limits that they are within."""
    from math import log

    from linkage.expansion import crimes_for_members
    from orchestration.snapshot_crimes import comparable_snapshot, published_limits

    ready, solved, prior_log_odds = comparable_snapshot(snapshot)
    limits = published_limits(snapshot, **within)
    found = crimes_for_members(ready, members, prior_log_odds, solved=solved, limits=limits, rule=rule)
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
