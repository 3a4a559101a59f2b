"""The strongest crimes for every unsolved crime of a snapshot, scored anew into one file: `colink rank --unsolved`."""

import json
import secrets
from collections.abc import Iterator
from itertools import chain
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from orchestration.exits import bad_use, failed
from orchestration.snapshot_reading import protective_marking

if TYPE_CHECKING:
    import pyarrow as pa

    from linkage.comparable_crimes import ComparableCrimes
    from linkage.scan_kernel import PartnerLists
    from linkage.stored_columns import StoredColumns

CRIMES_AT_A_TIME = 20_000
"""Crimes whose rows are written together, which bounds the memory that writing takes."""

PROPER = "A posterior judges one pair by itself, and most pairs are not linked."


def rank_unsolved(
    snapshot: Path, out: Path, within: dict[str, float | None], strong_posterior: float, top: int, *, as_json: bool
) -> None:
    """Write the `top` strongest crimes of other incidents, solved or not, for each unsolved crime."""
    from linkage.force_links import scan_force
    from linkage.keep_rule import KeepRule
    from orchestration.snapshot_crimes import (
        SnapshotError,
        published_columns,
        published_limits,
        published_prior_log_odds,
    )

    if not out.parent.is_dir():
        bad_use(f"{out}: expected a file in a folder that is there, got none; make {out.parent} first")
    try:
        prior_log_odds, limits = published_prior_log_odds(snapshot), published_limits(snapshot, **within)
        stored = published_columns(snapshot)
        if stored is None:
            raise SnapshotError(f"{snapshot.name}: expected a folder of stored columns, got none; run colink refresh")
        is_unsolved = ~stored.columns.is_solved
        # Nobody asks for the strongest solved ones apart, so that no crime is marked.
        unmarked = stored.columns._replace(is_solved=np.zeros_like(is_unsolved))
        scan = scan_force(
            unmarked,
            stored.tables,
            limits,
            KeepRule(top_k=top, posterior_floor=1.0),
            prior_log_odds,
            say=None if as_json else lambda text: typer.echo(text, err=True),
            is_owner=is_unsolved,
        )
        parts = _parts(stored, scan.strongest, prior_log_odds, strong_posterior)
        n_rows, n_strong = _write(out, parts, protective_marking(snapshot))
    except (SnapshotError, ValueError, OSError) as error:
        failed(error)
    n_listed = int((scan.strongest.partner[is_unsolved, 0] >= 0).sum())
    _tell(
        {
            "file": str(out),
            "unsolved_crimes": int(is_unsolved.sum()),
            "with_candidates": n_listed,
            "with_a_strong_one": n_strong,
            "rows": n_rows,
            "max_km": limits.max_km,
            "max_days": limits.max_days,
        },
        as_json=as_json,
    )


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(
        f"{told['rows']:,} rows in {told['file']}: crimes within {told['max_km']:g} km and {told['max_days']:g} days "
        f"that may be linked with {told['with_candidates']:,} of {told['unsolved_crimes']:,} unsolved crimes; "
        f"{told['with_a_strong_one']:,} have a strong one. {PROPER}"
    )


def _parts(
    stored: "StoredColumns", lists: "PartnerLists", prior_log_odds: float, strong_posterior: float
) -> Iterator["pa.Table"]:
    from linkage.comparable_crimes import stored_crimes

    ready = stored_crimes(stored)
    rows = np.flatnonzero(lists.partner[:, 0] >= 0)
    for begin in range(0, max(len(rows), 1), CRIMES_AT_A_TIME):
        yield _part(stored, ready, rows[begin : begin + CRIMES_AT_A_TIME], lists, prior_log_odds, strong_posterior)


def _part(
    stored: "StoredColumns",
    ready: "ComparableCrimes",
    rows: "np.ndarray[Any, np.dtype[np.int64]]",
    lists: "PartnerLists",
    prior_log_odds: float,
    strong_posterior: float,
) -> "pa.Table":
    import pyarrow as pa

    from linkage.posterior import posterior_probability
    from linkage.strength import is_strong

    partner, log_bf = lists.partner[rows], lists.log_bf[rows]
    at, place = np.nonzero(partner >= 0)
    crime, candidate = rows[at], partner[at, place].astype(np.int64)
    posterior = posterior_probability(log_bf[at, place], prior_log_odds)
    distance_km, gap_days = ready.gaps(crime, candidate)
    return pa.table(
        {
            "crime_id": pa.array(stored.names(crime), pa.string()),
            "rank": pa.array(place + 1, pa.int64()),
            "candidate_id": pa.array(stored.names(candidate), pa.string()),
            "log_bf": log_bf[at, place],
            "log10_bf": log_bf[at, place] / log(10),
            "posterior_probability": posterior,
            "is_strong": is_strong(posterior, strong_posterior),
            "is_solved": stored.columns.is_solved[candidate],
            "distance_km": pa.array(distance_km, from_pandas=True),
            "gap_days": pa.array(gap_days, from_pandas=True),
        }
    )


def _write(out: Path, parts: Iterator["pa.Table"], marking: str) -> tuple[int, int]:
    """Write a file aside and give it its name when it is whole; return its rows and the crimes with a strong one."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    partial = out.with_name(f"{out.name}.partial-{secrets.token_hex(4)}")
    n_rows = n_strong = 0
    try:
        first = next(parts)
        schema = first.schema.with_metadata({"protective_marking": marking})
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            for part in chain([first], parts):
                writer.write_table(part.cast(schema))
                n_rows += part.num_rows
                n_strong += pc.sum(pc.and_(part["is_strong"], pc.equal(part["rank"], pa.scalar(1)))).as_py() or 0
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return n_rows, n_strong
