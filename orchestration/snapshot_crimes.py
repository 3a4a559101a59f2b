"""Crimes, model and limits of a published snapshot, as linkage works on them; the warehouse is never touched."""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.snapshot_reading import published
from publication.tables import COMPARABLE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from linkage.candidates import LinkLimits
    from linkage.comparable_crimes import ComparableCrimes
    from linkage.evidence import EvidenceSpec
    from linkage.pair_scores import LinkModel
    from linkage.stored_columns import StoredColumns

CRIMES = """
    select crime_id, incident_id, crime_group, easting_m, northing_m, committed_from_at, committed_to_at,
        committed_from_local, committed_to_local
    from crimes order by crime_id
"""
VALUES = """
    select crime_id, item_code, value_code from mo_values
    where item_code in (select unnest(?::varchar[])) order by crime_id, item_code, value_code
"""
HAS_VALUES = "select 1 from duckdb_tables() where table_name = 'mo_values'"
HAS_MODEL = "from model_versions where document is not null and prior_log_odds is not null"
WHY_NONE = "select reason from model_versions where reason is not null"
PARAMETERS = "select parameters from refreshes"
SOLVED = "select distinct crime_id from series_data"


class SnapshotError(LookupError):
    """A snapshot does not hold what was asked of it."""


class PublishedModel(NamedTuple):
    """The model that a snapshot was scored with, and the natural log of the prior odds of a pair."""

    model: "LinkModel"
    spec: "EvidenceSpec"
    prior_log_odds: float


class PublishedCrimes(NamedTuple):
    """Crimes of a snapshot ready to be scored, which of them are solved, and the prior log odds of a pair.

    `solved` is a collection of crime_ids, or whether each crime is.
    """

    ready: "ComparableCrimes"
    solved: "Collection[str] | npt.NDArray[np.bool_]"
    prior_log_odds: float


def published_crimes(snapshot: Path, items: Sequence[str]) -> "pd.DataFrame":
    """Return all crimes of a snapshot in the form in which the refresh compared them.

    Parameters
    ----------
    snapshot : Path
        Folder of a published snapshot.
    items : sequence of str
        MO items to read (`compared` of a model's specification); one that comes twice counts once.

    Returns
    -------
    DataFrame
        In order of crime_id: crime_id, incident_id, crime_group, easting_m, northing_m (m), committed_from_at,
        committed_to_at (UTC), committed_from_local, committed_to_local (civil clock), then a column an item with
        its value, a tuple of values where an item has several, None where missing, or `not_applicable`.

    Raises
    ------
    SnapshotError
        The snapshot was published by a release that did not publish the values.
    """
    from assets.item_columns import with_items, with_values

    if published(snapshot, HAS_VALUES, []).empty:
        raise SnapshotError(f"{snapshot.name}: expected a table mo_values, got none; run colink refresh anew")
    items = list(dict.fromkeys(items))
    values = published(snapshot, VALUES, [items])
    crimes = with_items(with_values(published(snapshot, CRIMES, []), values), items)
    return crimes[[*(name for name in crimes.columns if name not in items), *items]]


def published_model(snapshot: Path) -> PublishedModel:
    """Return the model of a snapshot with its evidence specification and prior log odds.

    Raises
    ------
    SnapshotError
        The refresh had no model; the message says why.
    ModelDocumentError
        The model is of another release.
    """
    from linkage.model_document import from_document

    prior_log_odds = published_prior_log_odds(snapshot)
    document = published(snapshot, f"select document {HAS_MODEL}", [])["document"].iloc[0]
    return PublishedModel(*from_document(json.loads(document)), prior_log_odds)


def published_prior_log_odds(snapshot: Path) -> float:
    """Return the natural log of the prior odds of a pair, as the snapshot was scored with.

    Raises
    ------
    SnapshotError
        The refresh had no model; the message says why.
    """
    rows = published(snapshot, f"select prior_log_odds {HAS_MODEL}", [])
    if rows.empty:
        reasons = published(snapshot, WHY_NONE, [])["reason"]
        raise SnapshotError(
            f"{snapshot.name}: expected a published model, got none; "
            f"{reasons.iloc[0] if len(reasons) else 'run colink refresh with solved crimes, or with --model'}"
        )
    return float(rows["prior_log_odds"].iloc[0])


def published_columns(snapshot: Path) -> "StoredColumns | None":
    """Return the crimes and the model of a snapshot as columns, or None where its release published none.

    Raises
    ------
    StoredColumnsError
        The folder is not what a refresh of this release wrote.
    """
    from linkage.stored_columns import open_columns

    folder = snapshot / COMPARABLE
    return open_columns(folder) if folder.exists() else None


def comparable_snapshot(snapshot: Path) -> PublishedCrimes:
    """Return the crimes of a snapshot ready to be scored: from its columns, or else from its tables and its model.

    Raises
    ------
    SnapshotError, ModelDocumentError, StoredColumnsError
        The refresh had no model, or the snapshot is of another release.
    """
    from linkage.comparable_crimes import comparable_crimes, stored_crimes

    prior_log_odds = published_prior_log_odds(snapshot)
    stored = published_columns(snapshot)
    if stored is not None:
        return PublishedCrimes(stored_crimes(stored), stored.columns.is_solved, prior_log_odds)
    model, spec, _ = published_model(snapshot)
    ready = comparable_crimes(published_crimes(snapshot, spec.compared), model, spec)
    return PublishedCrimes(ready, list(published(snapshot, SOLVED, [])["crime_id"]), prior_log_odds)


def published_parameters(snapshot: Path) -> dict[str, Any]:
    """Return the settings that the steps of the refresh recorded."""
    return dict(json.loads(published(snapshot, PARAMETERS, [])["parameters"].iloc[0]))


def published_limits(snapshot: Path, *, max_km: float | None = None, max_days: float | None = None) -> "LinkLimits":
    """Return the limits within which the refresh compared crimes, or others where they are given (km, days).

    Raises
    ------
    SnapshotError
        The refresh compared none.
    """
    from linkage.candidates import LinkLimits

    parameters = published_parameters(snapshot)
    limits = {field.name: parameters[field.name] for field in fields(LinkLimits) if field.name in parameters}
    if not {"max_km", "max_days"} <= set(limits):
        raise SnapshotError(
            f"{snapshot.name}: expected max_km and max_days among its parameters, got neither; run colink refresh"
        )
    asked = {"max_km": max_km, "max_days": max_days}
    return LinkLimits(**limits | {name: value for name, value in asked.items() if value is not None})


def published_gaps(snapshot: Path, first: Sequence[str], second: Sequence[str]) -> "npt.NDArray[np.float64]":
    """Return distance_km and gap_days of pairs of crime_ids, shape (2, n_pairs), as the evidence has them."""
    import pandas as pd

    from linkage.comparable_crimes import place_and_time_gaps, stored_crimes
    from linkage.pair_scores import row_positions

    stored = published_columns(snapshot)
    if stored is not None:
        ready = stored_crimes(stored)
        return ready.gaps(*(ready.rows(list(ids)) for ids in (first, second)))
    crimes = published_crimes(snapshot, ())
    one, other = (row_positions(crimes, pd.Series(ids, dtype="str")) for ids in (first, second))
    return place_and_time_gaps(crimes, one, other, published_model(snapshot).spec).to_numpy().T
