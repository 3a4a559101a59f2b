"""From YAML to a force profile: sources, tables and what holds for the whole force."""

import codecs
import zoneinfo
from collections.abc import Mapping
from pathlib import Path

from intake.canonical import CANONICAL_TABLES, CRIME_GROUPS, CanonicalTable
from intake.profile_codes import LOWER_SNAKE, parse_codes
from intake.profile_columns import parse_column, parse_filter, parse_retraction
from intake.profile_nodes import ProfileNode, suggestion
from intake.profile_schema import LOCAL_GRID, Area, ColumnMapping, ForceProfile, Limits, Source, TableMapping

_TOP_KEYS = (
    "force_code",
    "name",
    "extract",
    "timezone",
    "crs",
    "grid_crs",
    "area",
    "dates",
    "limits",
    "mo_items",
    "crime_groups",
    "other_offences",
    "sources",
    "tables",
)
_REQUIRED = ("force_code", "extract", "timezone", "crs", "area", "dates", "sources", "tables")
_FILE_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".tsv.gz", ".parquet")


def parse_profile(top: ProfileNode, path: Path) -> ForceProfile:
    """Return the profile that a YAML file holds.

    Raises
    ------
    ProfileError
        With file, line and key of the first thing that cannot be used.
    """
    parts = top.mapping(_TOP_KEYS, _REQUIRED)
    crs, grid_crs = _grids(parts)
    dates = parts["dates"].mapping(("earliest", "latest"), ("earliest",))
    profile = ForceProfile(
        path=path,
        profile_name=path.stem,
        force_code=parts["force_code"].filled(),
        name=parts["name"].filled() if "name" in parts else parts["force_code"].filled(),
        extract="delta" if parts["extract"].choice(("snapshot", "delta")) == "delta" else "snapshot",
        timezone=_timezone(parts["timezone"]),
        crs=crs,
        grid_crs=grid_crs,
        area=_area(parts["area"]),
        earliest_at=dates["earliest"].date(),
        latest_at=dates["latest"].date() if "latest" in dates else None,
        limits=_limits(parts["limits"]) if "limits" in parts else Limits(),
        mo_items=_mo_items(parts["mo_items"]) if "mo_items" in parts else {},
        crime_groups=_crime_groups(parts["crime_groups"]) if "crime_groups" in parts else {},
        scopes_out="other_offences" in parts and _is_out_of_scope(parts["other_offences"]),
        sources=(sources := _sources(parts["sources"])),
        tables=_tables(parts["tables"], sources),
    )
    _need_crime_groups(parts["tables"], profile)
    return profile


def _is_out_of_scope(node: ProfileNode) -> bool:
    return node.choice(("out_of_scope", "quarantine")) == "out_of_scope"


def _grids(parts: dict[str, ProfileNode]) -> tuple[str, str]:
    crs = _crs(parts["crs"], must_be_metres="grid_crs" not in parts)
    grid = _crs(parts["grid_crs"], must_be_metres=True) if "grid_crs" in parts else crs
    if LOCAL_GRID in (crs, grid) and crs != grid:
        raise parts["grid_crs"].error("a local grid cannot be converted", f"crs and grid_crs both {LOCAL_GRID!r}")
    return crs, grid


def _crs(node: ProfileNode, must_be_metres: bool) -> str:
    # pyproj opens its database on import; only a profile that is really read should pay for it
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    name = node.filled()
    if name == LOCAL_GRID:
        return name
    try:
        system = CRS.from_user_input(name)
    except CRSError:
        raise node.error("unknown coordinate system", "a code such as EPSG:27700, or 'local'", repr(name)) from None
    is_metres = system.is_projected and all(axis.unit_conversion_factor == 1.0 for axis in system.axis_info[:2])
    if must_be_metres and not is_metres:
        raise node.error(
            "the grid must be in projected metres", got=name, remedy="name a metre grid of the area as grid_crs"
        )
    return name


def _timezone(node: ProfileNode) -> str:
    known = zoneinfo.available_timezones()
    if node.text() not in known:
        raise node.error("unknown timezone", got=repr(node.text()), remedy=suggestion(node.text(), known))
    return node.text()


def _range(node: ProfileNode) -> tuple[float, float]:
    ends = [item.number() for item in node.items()]
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise node.error("not a range", "[smallest, largest] in metres", str(ends))
    return ends[0], ends[1]


def _area(node: ProfileNode) -> Area:
    parts = node.mapping(("easting_m", "northing_m"), ("easting_m", "northing_m"))
    return Area(*_range(parts["easting_m"]), *_range(parts["northing_m"]))


def _limits(node: ProfileNode) -> Limits:
    parts = node.mapping(("quarantined", "set_missing"))
    for part in parts.values():
        if not 0.0 <= part.number() <= 1.0:
            raise part.error("not a share", "a number from 0 to 1", part.text())
    return Limits(**{name: part.number() for name, part in parts.items()})


def _code(node: ProfileNode, name: str) -> str:
    if not LOWER_SNAKE.fullmatch(name):
        raise node.error(f"{name!r} is not a code", "lower_snake_case")
    return name


def _mo_items(node: ProfileNode) -> dict[str, tuple[str, ...] | None]:
    return {_code(child, name): _item_values(child) for name, child in node.mapping().items()}


def _item_values(node: ProfileNode) -> tuple[str, ...] | None:
    if node.is_list():
        return node.texts()
    node.choice(("any",))
    return None


def _crime_groups(node: ProfileNode) -> dict[str, str]:
    return {code.strip(): child.choice(CRIME_GROUPS) for code, child in node.mapping().items()}


def _sources(node: ProfileNode) -> dict[str, Source]:
    return {_code(child, name): _source(child, name) for name, child in node.mapping().items()}


def _source(node: ProfileNode, name: str) -> Source:
    parts = node.mapping(("files", "optional", "delimiter", "encoding", "missing"), ("files",))
    for item in parts["files"].items():
        if not item.filled().lower().endswith(_FILE_ENDINGS):
            raise item.error("which kind of file is this?", "a name ending " + ", ".join(_FILE_ENDINGS), item.text())
    return Source(
        name=name,
        files=tuple(item.filled() for item in parts["files"].items()),
        is_optional="optional" in parts and parts["optional"].flag(),
        delimiter=_delimiter(parts["delimiter"]) if "delimiter" in parts else ",",
        encoding=_encoding(parts["encoding"]) if "encoding" in parts else "utf-8",
        missing=parts["missing"].texts() if "missing" in parts else (),
        where=f"{node.file} line {node.line}, {node.key}",
    )


def _delimiter(node: ProfileNode) -> str:
    text = {"tab": "\t", "\\t": "\t"}.get(node.text(), node.text())
    if len(text) != 1 or text in '"\r\n':
        raise node.error("not a delimiter", "one character, or 'tab'", repr(node.text()))
    return text


def _encoding(node: ProfileNode) -> str:
    try:
        name = codecs.lookup(node.filled()).name
    except LookupError:
        known = ("utf-8", "latin-1", "cp1252", "utf-16")
        raise node.error("unknown encoding", got=repr(node.text()), remedy=suggestion(node.text(), known)) from None
    return "utf-8" if name == "utf-8-sig" else name


def _tables(node: ProfileNode, sources: Mapping[str, Source]) -> dict[str, tuple[TableMapping, ...]]:
    parts = node.mapping(CANONICAL_TABLES, ("crimes",))
    return {
        name: tuple(_table(item, CANONICAL_TABLES[name], sources) for item in parts[name].items())
        for name in CANONICAL_TABLES
        if name in parts
    }


def _table(node: ProfileNode, table: CanonicalTable, sources: Mapping[str, Source]) -> TableMapping:
    keys = ("source", "only", "retractions", "columns") + (("items", "codes") if table.name == "mo_features" else ())
    parts = node.mapping(keys, ("source",))
    columns = parts["columns"].mapping(table.column_names) if "columns" in parts else {}
    mapping = TableMapping(
        table=table.name,
        source=parts["source"].choice(tuple(sources)),
        columns={name: parse_column(child) for name, child in columns.items()},
        items=_items(parts["items"]) if "items" in parts else {},
        codes=parse_codes(parts["codes"]) if "codes" in parts else None,
        only=tuple(parse_filter(item) for item in parts["only"].items()) if "only" in parts else (),
        retraction=parse_retraction(parts["retractions"]) if "retractions" in parts else None,
        where=f"{node.file} line {node.line}, {node.key}",
    )
    if mapping.retraction and table.name != "crimes":
        raise parts["retractions"].error("only crimes are retracted", remedy="move 'retractions' to tables.crimes")
    _need_columns(parts.get("columns", node), mapping, table)
    return mapping


def _items(node: ProfileNode) -> dict[str, ColumnMapping]:
    return {_code(child, name): parse_column(child, is_item=True) for name, child in node.mapping().items()}


def _need_columns(node: ProfileNode, mapping: TableMapping, table: CanonicalTable) -> None:
    # an MO table may take crime_id from the crimes row of the same source row, and items give both codes
    given = set(mapping.columns) | ({"item_code", "value_code"} if mapping.items or mapping.codes else set())
    absent = [name for name in table.required if name not in given]
    if table.name != "crimes" and absent == ["crime_id"]:
        return
    if absent:
        raise node.error(f"column {absent[0]!r} is missing", remedy=f"say which source column fills {absent[0]!r}")


def _need_crime_groups(node: ProfileNode, profile: ForceProfile) -> None:
    for mapping in profile.tables["crimes"]:
        by_code = bool(profile.crime_groups) and "offence_code" in mapping.columns
        if not by_code and "crime_group" not in mapping.columns:
            raise node.error(
                "nothing gives crimes their crime_group",
                remedy="map crimes.offence_code and list 'crime_groups', or map crimes.crime_group",
            )
    sources = {mapping.source for mapping in profile.tables["crimes"]}
    for mapping in profile.mappings():
        if (
            "crime_id" in CANONICAL_TABLES[mapping.table].required
            and "crime_id" not in mapping.columns
            and (mapping.source not in sources)
        ):
            raise node.error(
                f"{mapping.table} has no crime_id", remedy="map it, or use the source of crimes, whose rows have one"
            )
