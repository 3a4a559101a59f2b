"""Date-times in SQL: any layout to ISO text, unrecognised text passed through for staging to refuse.

A date-time becomes `YYYY-MM-DD HH:MM:SS` on the civil clock that the profile names, or `...+00:00` where the text has
an offset or the profile's clock is UTC. A bare date stays `YYYY-MM-DD`, so that staging sees how precise it is.
"""

import re

from intake.sql_text import literal

_WORDS = {
    "%d": "dd",
    "%m": "mm",
    "%Y": "yyyy",
    "%y": "yy",
    "%H": "hh",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%b": "Mon",
    "%B": "Month",
    "%p": "am/pm",
    "%z": "+hhmm",
    "%Z": "zone",
}
_TIME_CODE = re.compile(r"%-?[HI]")
_ISO = "'%Y-%m-%d %H:%M:%S'"
_OFFSET = r"[0-9]\s*(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)$"


def layout_in_words(layout: str) -> str:
    """Return a layout as people write it: %d/%m/%Y %H:%M is dd/mm/yyyy hh:mm."""
    return re.sub(r"%-?[A-Za-z]", lambda code: _WORDS.get(code.group().replace("-", ""), code.group()), layout)


def swapped_layout(layout: str) -> str | None:
    """Return a layout with day and month changed over, or None where it has no numbers for both."""
    if not ("%d" in layout and "%m" in layout):
        return None
    return layout.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def date_sql(cell: str, layouts: tuple[str, ...], is_utc: bool) -> str:
    """Return SQL that brings a text cell to ISO text, or leaves it as it is.

    Parameters
    ----------
    cell
        SQL of the text, blank being NULL.
    layouts
        strptime layouts, tried in order; none means ISO 8601.
    is_utc
        Whether text without offset is UTC.
    """
    suffix = " || '+00:00'" if is_utc else ""
    if not layouts:
        return _iso_sql(cell, suffix)
    tries = [_layout_sql(cell, layout, suffix) for layout in layouts]
    return f"coalesce({', '.join([*tries, cell])})"


def parses_sql(cell: str, layouts: tuple[str, ...]) -> str:
    """Return SQL that says whether any of the layouts reads a cell."""
    return " or ".join(f"try_strptime({_zoned(cell, layout)}, {literal(layout)}) is not null" for layout in layouts)


def _layout_sql(cell: str, layout: str, suffix: str) -> str:
    parsed = f"try_strptime({_zoned(cell, layout)}, {literal(layout)})"
    if "%z" in layout or "%Z" in layout:
        return f"strftime({parsed} at time zone 'UTC', {_ISO}) || '+00:00'"
    if layout.endswith("Z"):
        return f"strftime({parsed}, {_ISO}) || '+00:00'"
    if not _TIME_CODE.search(layout):
        return f"strftime({parsed}, '%Y-%m-%d')"
    return f"strftime({parsed}, {_ISO}){suffix}"


def _zoned(cell: str, layout: str) -> str:
    # DuckDB's %z knows no Z
    return f"regexp_replace({cell}, '[Zz]$', '+00:00')" if "%z" in layout else cell


def _iso_sql(cell: str, suffix: str) -> str:
    # a cast to TIMESTAMP would drop the offset in silence, so text with one goes by way of TIMESTAMPTZ
    return (
        "coalesce(case"
        f" when length({cell}) <= 10 then strftime(try_cast({cell} as date), '%Y-%m-%d')"
        f" when regexp_matches({cell}, {literal(_OFFSET)}) and contains({cell}, ':')"
        f" then strftime(try_cast({cell} as timestamptz) at time zone 'UTC', {_ISO}) || '+00:00'"
        f" else strftime(try_cast({cell} as timestamp), {_ISO}){suffix} end, {cell})"
    )
