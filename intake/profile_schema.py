"""What a force profile holds, as frozen dataclasses; reading and checking the YAML is profile_parsing's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

LOCAL_GRID = "local"
"""Coordinate system of metres from an origin that nobody told; nothing is converted."""


@dataclass(frozen=True)
class Area:
    """Smallest and largest coordinate, in metres of the grid, where a crime of this force can lie."""

    easting_min_m: float
    easting_max_m: float
    northing_min_m: float
    northing_max_m: float


@dataclass(frozen=True)
class Limits:
    """Shares above which a refresh stops before anything is published."""

    quarantined: float = 0.01
    set_missing: float = 0.05


@dataclass(frozen=True)
class Source:
    """Files that hold one kind of record in one layout."""

    name: str
    files: tuple[str, ...]
    is_optional: bool = False
    delimiter: str = ","
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class WordingMatch:
    """A regular expression on wording, and the value that it stands for."""

    pattern: str
    value: str


@dataclass(frozen=True)
class ColumnMapping:
    """How one canonical column, or one MO item, is filled.

    `fingerprint` makes an identifier out of the named columns' content: the same row gets the same one whatever its
    place in the file, and rows alike in all loaded columns are numbered.
    """

    columns: tuple[str, ...] = ()
    constant: str | None = None
    layouts: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] | None = None
    unlisted: Literal["keep", "missing"] = "keep"
    matches: tuple[WordingMatch, ...] = ()
    every_match: bool = False
    separator: str | None = None
    pad: Mapping[str, int] = field(default_factory=dict)
    is_fingerprint: bool = False
    prefix: str = ""
    where: str = ""


@dataclass(frozen=True)
class CodedCells:
    """Cells that hold codes of one list in which everything is mixed; each code gives none, one or several MO values.

    `listed` are ranges (first, last) of the codes that the force's list has; a code outside them is noted.
    """

    column: str
    separator: str | None
    pad: int | None
    listed: tuple[tuple[str, str], ...]
    values: Mapping[str, tuple[tuple[str, str], ...]]
    where: str = ""


@dataclass(frozen=True)
class RowFilter:
    """A condition on a source column; rows that fail it are out of scope."""

    column: str
    equals: tuple[str, ...] | None = None
    differs: tuple[str, ...] | None = None
    pattern: str | None = None
    where: str = ""


@dataclass(frozen=True)
class Retraction:
    """Rows that take back an earlier row: `column` holds `value`, and the `match` columns agree."""

    column: str
    value: str
    match: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True)
class TableMapping:
    """How one source fills one canonical table."""

    table: str
    source: str
    columns: Mapping[str, ColumnMapping]
    items: Mapping[str, ColumnMapping] = field(default_factory=dict)
    codes: CodedCells | None = None
    only: tuple[RowFilter, ...] = ()
    retraction: Retraction | None = None
    where: str = ""

    def is_normalised(self, name: str) -> bool:
        """Say whether a name in `match` or `fingerprint` means this table's mapped column, not one of the source.

        Normalised values compare better: dates that were written in two layouts are then equal.
        """
        return name in self.columns and name not in {"crime_id", "crime_group"}


@dataclass(frozen=True)
class ForceProfile:
    """How one force's extract maps to the canonical tables.

    `scopes_out` says that offences outside `crime_groups` are out of scope; otherwise they are quarantined.
    """

    path: Path
    profile_name: str
    force_code: str
    name: str
    extract: Literal["snapshot", "delta"]
    timezone: str
    crs: str
    grid_crs: str
    area: Area
    earliest_at: datetime
    latest_at: datetime | None
    limits: Limits
    mo_items: Mapping[str, tuple[str, ...] | None]
    crime_groups: Mapping[str, str]
    scopes_out: bool
    sources: Mapping[str, Source]
    tables: Mapping[str, tuple[TableMapping, ...]]

    @property
    def is_utc(self) -> bool:
        """Say whether date-times without offset are UTC."""
        return self.timezone in {"UTC", "Etc/UTC", "Zulu"}

    @property
    def is_converted(self) -> bool:
        """Say whether coordinates need a conversion."""
        return self.crs != self.grid_crs

    def mappings(self) -> tuple[TableMapping, ...]:
        """Return every table mapping, in the order of the file within the canonical order of tables."""
        return tuple(mapping for mappings in self.tables.values() for mapping in mappings)

    def wanted_columns(self, source: str) -> dict[str, str]:
        """Return the columns of a source that the profile uses, each with the line that asks for it."""
        wanted: dict[str, str] = {}
        for mapping in self.mappings():
            if mapping.source == source:
                for column, where in _asked(mapping):
                    wanted.setdefault(column, where)
        return wanted


def _asked(mapping: TableMapping) -> list[tuple[str, str]]:
    asked = [
        (column, cell.where)
        for cell in (*mapping.columns.values(), *mapping.items.values())
        for column in cell.columns
        if not (cell.is_fingerprint and mapping.is_normalised(column))
    ]
    asked += [(row_filter.column, row_filter.where) for row_filter in mapping.only]
    if mapping.codes:
        asked.append((mapping.codes.column, mapping.codes.where))
    if mapping.retraction:
        retraction = mapping.retraction
        asked.append((retraction.column, retraction.where))
        asked += [(name, retraction.where) for name in retraction.match if not mapping.is_normalised(name)]
    return asked
