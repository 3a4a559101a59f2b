"""Which date layout a column of text is in, decided by the data; what the data cannot decide is said."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from intake.date_layouts import swapped_layout

_DATES = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", "T%H:%M:%SZ", "T%H:%M:%S%z", " %I:%M:%S %p", " %I:%M %p")
_ENOUGH = 0.97


class LayoutGuess(NamedTuple):
    """Layouts that read a column; what the data leave open about them; and the year before which little lies."""

    layouts: tuple[str, ...]
    is_ambiguous: bool
    is_always_midnight: bool
    first_year: int


def guess_layout(cells: Sequence[str]) -> LayoutGuess | None:
    """Return the layout of some cells, or None where they are no dates.

    Day first is preferred where day and month could be either, and `is_ambiguous` then says so.
    """
    distinct = sorted(set(cells))[:3000]
    if not distinct or not all(re.search(r"[0-9]", cell) and 6 <= len(cell) <= 32 for cell in distinct[:50]):
        return None
    few = distinct[:: max(1, len(distinct) // 40)]
    likely = [date + time for date in _DATES for time in _TIMES if _n_read(few, date + time)]
    if not likely:
        return None
    counted = {layout: _n_read(distinct, layout) for layout in likely}
    best = max(counted, key=lambda layout: counted[layout])
    if counted[best] >= _ENOUGH * len(distinct):
        return _guess(distinct, (best,))
    second = max(counted, key=lambda layout: _n_read([c for c in distinct if not _reads(c, best)], layout))
    either = sum(_reads(cell, best) or _reads(cell, second) for cell in distinct)
    return _guess(distinct, (best, second)) if either >= _ENOUGH * len(distinct) else None


def _guess(cells: Sequence[str], layouts: tuple[str, ...]) -> LayoutGuess:
    swapped = swapped_layout(layouts[0])
    is_ambiguous = swapped is not None and _n_read(cells, swapped) >= _n_read(cells, layouts[0])
    moments = [moment for cell in cells for layout in layouts if (moment := _read(cell, layout))]
    has_time = any("%H" in layout or "%I" in layout for layout in layouts)
    is_midnight = all((moment.hour, moment.minute) == (0, 0) for moment in moments)
    years = sorted(moment.year for moment in moments)
    return LayoutGuess(layouts, is_ambiguous, has_time and is_midnight, years[len(years) // 200])


def _n_read(cells: Sequence[str], layout: str) -> int:
    return sum(_reads(cell, layout) for cell in cells)


def _reads(cell: str, layout: str) -> bool:
    return _read(cell, layout) is not None


def _read(cell: str, layout: str) -> datetime | None:
    try:
        moment = datetime.strptime(cell, layout)
    except ValueError:
        return None
    return moment if 1850 <= moment.year <= 2150 else None
