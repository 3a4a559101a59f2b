"""From YAML to column mappings: the part of a profile that says how one canonical column is filled."""

import re

from intake.profile_nodes import ProfileNode
from intake.profile_schema import ColumnMapping, Retraction, RowFilter, WordingMatch

_COLUMN_KEYS = (
    "column",
    "columns",
    "constant",
    "layouts",
    "values",
    "unlisted",
    "matches",
    "every_match",
    "separator",
    "pad",
    "fingerprint",
    "prefix",
)
_FILLED_BY = ("column", "columns", "constant", "fingerprint")
_LAYOUT_CODES = "aAbBdfgGHIjmMnpSuUwWyYzZ%-"
# RE2, which DuckDB runs, promises linear time and therefore has neither of these.
_NOT_IN_RE2 = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]")


def parse_column(node: ProfileNode, is_item: bool = False) -> ColumnMapping:
    """Return the mapping of one canonical column or, with `is_item`, of one MO item.

    Raises
    ------
    ProfileError
        Unknown keys, a layout or regular expression that cannot work, or nothing that says where values come from.
    """
    where = f"{node.file} line {node.line}, {node.key}"
    if not node.is_mapping():
        return ColumnMapping(columns=(node.filled(),), where=where)
    parts = node.mapping(_COLUMN_KEYS)
    named = [key for key in _FILLED_BY if key in parts]
    if len(named) != 1:
        raise node.error(
            "what fills this column?", "exactly one of " + ", ".join(_FILLED_BY), " and ".join(named) or "none of them"
        )
    columns = () if named[0] == "constant" else tuple(item.filled() for item in parts[named[0]].items())
    _refuse_quarrels(node, parts, is_item)
    return ColumnMapping(
        columns=columns,
        constant=parts["constant"].text() if "constant" in parts else None,
        layouts=tuple(_layout(item) for item in parts["layouts"].items()) if "layouts" in parts else (),
        values=_values(parts["values"], is_item) if "values" in parts else None,
        unlisted="missing"
        if "unlisted" in parts and parts["unlisted"].choice(("keep", "missing")) == "missing"
        else "keep",
        matches=tuple(_match(item) for item in parts["matches"].items()) if "matches" in parts else (),
        every_match="every_match" in parts and parts["every_match"].flag(),
        separator=_separator(parts["separator"]) if "separator" in parts else None,
        pad=_pad(parts["pad"], columns) if "pad" in parts else {},
        is_fingerprint="fingerprint" in parts,
        prefix=parts["prefix"].text() if "prefix" in parts else "",
        where=where,
    )


def _refuse_quarrels(node: ProfileNode, parts: dict[str, ProfileNode], is_item: bool) -> None:
    ways = [key for key in ("layouts", "values", "matches") if key in parts]
    if len(ways) > 1:
        raise node.error(f"{ways[0]!r} and {ways[1]!r} exclude each other", remedy="keep one of them")
    if not is_item:
        many = next((key for key in ("separator", "every_match") if key in parts), None)
        if many:
            raise parts[many].error(f"{many!r} gives several values", remedy="it belongs under 'items'")
    if is_item and ("layouts" in parts or "fingerprint" in parts):
        raise node.error("an MO item holds a code", "column, columns or constant", "layouts or fingerprint")
    if "separator" in parts and ("columns" in parts or "constant" in parts):
        raise parts["separator"].error("only one column can be split", "'column'")
    if "every_match" in parts and "matches" not in parts:
        raise parts["every_match"].error("'every_match' speaks of patterns", remedy="add 'matches'")
    if "fingerprint" in parts and not node.key.endswith("crimes.columns.crime_id"):
        raise parts["fingerprint"].error("only crimes.crime_id can be a fingerprint", "column, columns or constant")
    if "prefix" in parts and "fingerprint" not in parts:
        raise parts["prefix"].error("'prefix' stands in front of a fingerprint", remedy="add 'fingerprint'")


def _layout(node: ProfileNode) -> str:
    layout = node.filled()
    codes = re.findall(r"%(.?)", layout)
    bad = next((code for code in codes if not code or code not in _LAYOUT_CODES), None)
    if bad is not None or not codes:
        got = f"%{bad}" if bad is not None else repr(layout)
        raise node.error("not a date layout", "strptime codes such as %d/%m/%Y %H:%M", got)
    return layout


def _values(node: ProfileNode, is_item: bool) -> dict[str, tuple[str, ...]]:
    values = {source.strip(): child.texts() for source, child in node.mapping().items()}
    for source, child in node.mapping().items():
        if len(values[source.strip()]) != 1 and not is_item:
            raise child.error("a column holds one value", "one value", "a list")
    return values


def _match(node: ProfileNode) -> WordingMatch:
    parts = node.mapping(("pattern", "value"), ("pattern", "value"))
    return WordingMatch(parse_pattern(parts["pattern"]), parts["value"].text())


def parse_pattern(node: ProfileNode) -> str:
    """Return a regular expression that DuckDB's RE2 can run."""
    pattern = node.filled()
    try:
        re.compile(pattern)
    except re.error as error:
        raise node.error(f"not a regular expression ({error})", got=repr(pattern)) from None
    if _NOT_IN_RE2.search(pattern):
        raise node.error(
            "lookaround and back-references are not available",
            got=repr(pattern),
            remedy="list more patterns, first match wins",
        )
    return pattern


def _separator(node: ProfileNode) -> str:
    if not node.text():
        raise node.error("a separator cannot be empty", "one or more characters")
    return node.text()


def _pad(node: ProfileNode, columns: tuple[str, ...]) -> dict[str, int]:
    if not node.is_mapping():
        return dict.fromkeys(columns, _width(node))
    return {name: _width(child) for name, child in node.mapping(columns).items()}


def _width(node: ProfileNode) -> int:
    width = node.number()
    if width != int(width) or not 1 <= width <= 32:
        raise node.error("not a width", "a whole number from 1 to 32", repr(node.text()))
    return int(width)


def parse_filter(node: ProfileNode) -> RowFilter:
    """Return one condition of `only`."""
    parts = node.mapping(("column", "is", "is_not", "matches"), ("column",))
    tests = [key for key in ("is", "is_not", "matches") if key in parts]
    if len(tests) != 1:
        raise node.error(
            "what should the column hold?", "exactly one of is, is_not, matches", " and ".join(tests) or "none"
        )
    return RowFilter(
        column=parts["column"].filled(),
        equals=parts["is"].texts() if "is" in parts else None,
        differs=parts["is_not"].texts() if "is_not" in parts else None,
        pattern=parse_pattern(parts["matches"]) if "matches" in parts else None,
        where=f"{node.file} line {node.line}, {node.key}",
    )


def parse_retraction(node: ProfileNode) -> Retraction:
    """Return how rows take back an earlier row."""
    parts = node.mapping(("column", "value", "match"), ("column", "value", "match"))
    return Retraction(
        column=parts["column"].filled(),
        value=parts["value"].filled(),
        match=tuple(item.filled() for item in parts["match"].items()),
        where=f"{node.file} line {node.line}, {node.key}",
    )
