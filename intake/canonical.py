"""The canonical tables that every force's extract is brought to, as landing holds them (all text).

Which columns a table has, which make its key, which a profile must fill, and which can identify somebody. Types are
staging's; here a column's `kind` only says how a profile's text is normalised.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "date_time", "number", "boolean"]

CRIME_GROUPS = (
    "burglary_residential",
    "robbery_personal",
    "theft_from_person",
    "theft_from_vehicle",
    "theft_of_vehicle",
    "vehicle_interference",
)

NULL_CODES = ("not_recorded", "unknown", "not_applicable", "refused")


@dataclass(frozen=True)
class CanonicalColumn:
    """One column of a canonical table."""

    name: str
    kind: Kind = "text"
    is_required: bool = False
    is_identifying: bool = False


@dataclass(frozen=True)
class CanonicalTable:
    """One canonical table: its columns in order, and the columns that make its key."""

    name: str
    columns: tuple[CanonicalColumn, ...]
    key: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that a profile must fill."""
        return tuple(column.name for column in self.columns if column.is_required)

    def column(self, name: str) -> CanonicalColumn:
        """Return the column of that name; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]


def _text(name: str, *, required: bool = False, identifying: bool = False) -> CanonicalColumn:
    return CanonicalColumn(name, "text", required, identifying)


def _at(name: str) -> CanonicalColumn:
    return CanonicalColumn(name, "date_time")


def _number(name: str, *, identifying: bool = False) -> CanonicalColumn:
    return CanonicalColumn(name, "number", is_identifying=identifying)


def _is(name: str) -> CanonicalColumn:
    return CanonicalColumn(name, "boolean")


_TABLES = (
    CanonicalTable(
        "crimes",
        (
            _text("crime_id", required=True),
            _text("incident_id"),
            _text("force_code"),
            _text("offence_code"),
            _text("crime_group"),
            _is("is_attempt"),
            _at("committed_from_at"),
            _at("committed_to_at"),
            _text("time_precision"),
            _at("reported_at"),
            _at("recorded_at"),
            _number("easting_m", identifying=True),
            _number("northing_m", identifying=True),
            _text("location_precision"),
            _text("premises_type"),
            _text("area_code"),
            _text("status"),
            _text("outcome_code"),
            _at("as_of_at"),
            _text("report_reference", identifying=True),
        ),
        ("crime_id",),
    ),
    CanonicalTable(
        "mo_features",
        (
            _text("crime_id", required=True),
            _text("item_code", required=True),
            _text("value_code", required=True),
            _text("value_source"),
            _text("captured_by"),
            _at("captured_at"),
            _is("is_fact"),
        ),
        ("crime_id", "item_code", "value_code"),
    ),
    CanonicalTable(
        "mo_texts",
        (
            _text("crime_id", required=True),
            _text("text_kind"),
            _at("written_at"),
            _text("text", required=True, identifying=True),
        ),
        ("crime_id", "text_kind", "written_at"),
    ),
    CanonicalTable(
        "offender_crimes",
        (
            _text("person_id", required=True, identifying=True),
            _text("crime_id", required=True),
            _text("link_basis"),
            _text("label_strength"),
            _is("is_fact"),
        ),
        ("person_id", "crime_id"),
    ),
    CanonicalTable(
        "properties",
        (
            _text("crime_id", required=True),
            _text("property_class", required=True),
            _number("quantity"),
            _number("value_pence"),
            _text("status"),
        ),
        ("crime_id", "property_class", "status"),
    ),
    CanonicalTable(
        "scene_links",
        (
            _text("crime_id_1", required=True),
            _text("crime_id_2", required=True),
            _text("basis"),
            _at("confirmed_at"),
        ),
        ("crime_id_1", "crime_id_2", "basis"),
    ),
    CanonicalTable(
        "link_decisions",
        (
            _text("crime_id_1"),
            _text("crime_id_2"),
            _text("series_id"),
            _text("user_id", identifying=True),
            _text("decision", required=True),
            _text("reason", identifying=True),
            _at("decided_at"),
            _text("model_version"),
            _number("posterior_shown"),
        ),
        ("crime_id_1", "crime_id_2", "series_id", "user_id", "decided_at"),
    ),
)

CANONICAL_TABLES: dict[str, CanonicalTable] = {table.name: table for table in _TABLES}
"""Every canonical table by name, crimes first: the others hang on it."""


def redact(value: str | None) -> str | None:
    """Return what may be shown of a value that can identify somebody: its length."""
    return None if value is None else f"<redacted, {len(value)} characters>"


def redacted_sql(expression: str) -> str:
    """Return SQL that does to an expression what `redact` does to a text."""
    return f"'<redacted, ' || length({expression}) || ' characters>'"
