"""Crimes, model and limits of a published snapshot, as linkage works on them; the warehouse is never touched."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.snapshot_reading import published

if TYPE_CHECKING:
    import pandas as pd

    from linkage.candidates import LinkLimits
    from linkage.evidence import EvidenceSpec
    from linkage.pair_scores import LinkModel

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
MODEL = "select document, prior_log_odds from model_versions where document is not null and prior_log_odds is not null"
WHY_NONE = "select reason from model_versions where reason is not null"
PARAMETERS = "select parameters from refreshes"


class SnapshotError(LookupError):
    """A snapshot does not hold what was asked of it."""


class PublishedModel(NamedTuple):
    """The model that a snapshot was scored with, and the natural log of the prior odds of a pair."""

    model: "LinkModel"
    spec: "EvidenceSpec"
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

    rows = published(snapshot, MODEL, [])
    if rows.empty:
        reasons = published(snapshot, WHY_NONE, [])["reason"]
        raise SnapshotError(
            f"{snapshot.name}: expected a published model, got none; "
            f"{reasons.iloc[0] if len(reasons) else 'run colink refresh with solved crimes, or with --model'}"
        )
    model, spec = from_document(json.loads(rows["document"].iloc[0]))
    return PublishedModel(model, spec, float(rows["prior_log_odds"].iloc[0]))


def published_parameters(snapshot: Path) -> dict[str, Any]:
    """Return the settings that the steps of the refresh recorded."""
    return dict(json.loads(published(snapshot, PARAMETERS, [])["parameters"].iloc[0]))


def published_limits(snapshot: Path) -> "LinkLimits":
    """Return the limits within which the refresh compared crimes.

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
    return LinkLimits(**limits)
