"""The record of every refresh: what went in, what came out, how it ended, and which one is published.

`ops.refreshes` has one row per refresh, `ops.published` one row: the refresh that the `_current` views show.
Moments are datetimes in UTC (one without a zone is taken as UTC).
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from publication.moments import as_utc
from publication.transactions import transaction

_MERGED = ("counts", "parameters", "seeds", "durations")

DDL = """
create schema if not exists ops;
create table if not exists ops.refreshes (
    refresh_id varchar not null,
    profile_name varchar,
    force_code varchar,
    status varchar not null check (status in ('running', 'published', 'failed', 'interrupted')),
    started_at timestamp not null,
    finished_at timestamp,
    inputs json,
    input_fingerprint varchar,
    counts json,
    code_version varchar,
    model_version varchar,
    parameters json,
    seeds json,
    durations json,
    previous_refresh_id varchar,
    failure varchar
);
create table if not exists ops.published (refresh_id varchar not null);
"""


class RefreshError(ValueError):
    """A refresh that is not there, or not in the state that the step needs."""


@dataclass(frozen=True)
class Opening:
    """What is known of a refresh when it starts; an input is a mapping with file, sha256 and rows."""

    refresh_id: str
    profile_name: str
    force_code: str
    started_at: datetime
    code_version: str = ""
    inputs: Sequence[Mapping[str, Any]] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)


def new_refresh_id(now: datetime) -> str:
    """Return a new identifier that sorts by time, is unique, and is fit for a folder name."""
    return f"{as_utc(now):%Y%m%dT%H%M%S-%f}-{secrets.token_hex(3)}"


def input_fingerprint(inputs: Sequence[Mapping[str, Any]]) -> str:
    """Return the sha256 of the inputs' names, digests and row counts, whatever their order."""
    lines = sorted(json.dumps([item["file"], item["sha256"], item["rows"]]) for item in inputs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def create_ops(con: duckdb.DuckDBPyConnection) -> None:
    """Create `ops.refreshes` and `ops.published` where they are absent."""
    con.execute(DDL)


def published_refresh_id(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the refresh that is published, or None before the first publication."""
    create_ops(con)
    found = con.execute("select refresh_id from ops.published").fetchone()
    return None if found is None else str(found[0])


def open_refresh(con: duckdb.DuckDBPyConnection, opening: Opening) -> str | None:
    """Record a refresh as running and return the refresh it follows (None for the first).

    Opening the same refresh again starts its record anew, so that a retried step is harmless.
    """
    previous = published_refresh_id(con)
    row = {
        "refresh_id": opening.refresh_id,
        "profile_name": opening.profile_name,
        "force_code": opening.force_code,
        "status": "running",
        "started_at": as_utc(opening.started_at),
        "inputs": _json(list(opening.inputs)),
        "input_fingerprint": input_fingerprint(opening.inputs),
        "code_version": opening.code_version,
        "parameters": _json(opening.parameters),
        "seeds": _json(opening.seeds),
        "previous_refresh_id": previous,
    }
    with transaction(con):
        con.execute("delete from ops.refreshes where refresh_id = ?", [opening.refresh_id])
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        con.execute(f"insert into ops.refreshes ({names}) values ({marks})", list(row.values()))
    return previous


def record(
    con: duckdb.DuckDBPyConnection,
    refresh_id: str,
    *,
    inputs: Sequence[Mapping[str, Any]] | None = None,
    model_version: str | None = None,
    **mappings: Mapping[str, Any],
) -> None:
    """Add to the record of a refresh what a step learnt.

    Parameters
    ----------
    inputs
        All inputs (file, sha256, rows): they replace those recorded before, and so does the fingerprint.
    model_version
        Version of the model that the refresh used.
    mappings
        `counts`, `parameters`, `seeds` or `durations` (seconds): new keys join those recorded before.

    Raises
    ------
    RefreshError
        The refresh is unknown, or a mapping has another name.
    """
    known = refresh(con, refresh_id)
    changes: dict[str, Any] = {}
    for name, values in mappings.items():
        if name not in _MERGED:
            raise RefreshError(f"record of a refresh: expected one of {', '.join(_MERGED)}, got {name!r}")
        changes[name] = _json({**(known[name] or {}), **values})
    if inputs is not None:
        changes |= {"inputs": _json(list(inputs)), "input_fingerprint": input_fingerprint(inputs)}
    if model_version is not None:
        changes["model_version"] = model_version
    _update(con, refresh_id, changes)


def refresh(con: duckdb.DuckDBPyConnection, refresh_id: str) -> dict[str, Any]:
    """Return the record of a refresh, its JSON columns as Python values.

    Raises
    ------
    RefreshError
        No such refresh is recorded.
    """
    create_ops(con)
    cursor = con.execute("select * from ops.refreshes where refresh_id = ?", [refresh_id])
    names = [column[0] for column in cursor.description or []]
    found = cursor.fetchone()
    if found is None:
        raise RefreshError(f"refresh {refresh_id!r} is not in ops.refreshes; open it before recording anything")
    row = dict(zip(names, found, strict=True))
    return row | {name: json.loads(row[name]) for name in (*_MERGED, "inputs") if row[name] is not None}


def close_refresh(con: duckdb.DuckDBPyConnection, refresh_id: str, finished_at: datetime) -> None:
    """Mark a refresh published and make it the one that the `_current` views show, in one transaction.

    Call it after the snapshot was switched: the folder that readers open is what decides.

    Raises
    ------
    RefreshError
        The refresh is unknown, or it failed or was interrupted.
    """
    status = refresh(con, refresh_id)["status"]
    if status not in ("running", "published"):
        raise RefreshError(f"refresh {refresh_id!r} is {status}, expected running; start a new refresh")
    with transaction(con):
        _update(con, refresh_id, {"status": "published", "finished_at": as_utc(finished_at), "failure": None})
        con.execute("delete from ops.published")
        con.execute("insert into ops.published values (?)", [refresh_id])


def fail_refresh(con: duckdb.DuckDBPyConnection, refresh_id: str, finished_at: datetime, failure: str) -> None:
    """Mark a running refresh failed, with one line that says why; what is published stays.

    Raises
    ------
    RefreshError
        The refresh is unknown or no longer running.
    """
    status = refresh(con, refresh_id)["status"]
    if status != "running":
        raise RefreshError(f"refresh {refresh_id!r} is {status}, expected running; it cannot fail any more")
    reason = " ".join(failure.split())
    _update(con, refresh_id, {"status": "failed", "finished_at": as_utc(finished_at), "failure": reason})


def interrupt_stale(
    con: duckdb.DuckDBPyConnection, finished_at: datetime, *, shown: str | None = None, alive: Collection[str] = ()
) -> list[str]:
    """Settle refreshes still marked running whose process died; return those now interrupted.

    Parameters
    ----------
    shown
        Refresh that `published/current` shows: one killed between the switch and its record was published.
    alive
        Refreshes that are known to be running and stay so.
    """
    create_ops(con)
    rows = con.execute("select refresh_id from ops.refreshes where status = 'running' order by 1").fetchall()
    stale = [str(row[0]) for row in rows if row[0] not in alive]
    if shown in stale:
        close_refresh(con, str(shown), finished_at)
        stale.remove(str(shown))
    with transaction(con):
        for refresh_id in stale:
            _update(con, refresh_id, {"status": "interrupted", "finished_at": as_utc(finished_at)})
    return stale


def _update(con: duckdb.DuckDBPyConnection, refresh_id: str, changes: Mapping[str, Any]) -> None:
    if changes:
        settings = ", ".join(f"{name} = ?" for name in changes)
        con.execute(f"update ops.refreshes set {settings} where refresh_id = ?", [*changes.values(), refresh_id])


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
