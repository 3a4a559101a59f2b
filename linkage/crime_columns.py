"""The crimes of a force as plain columns: all that scoring a pair reads of each of the two.

Plain arrays can be stored one by one, mapped from disk and shared by threads.
"""

from collections.abc import Collection
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import event_midpoints, group_numbers, incident_numbers
from linkage.evidence import EncodedCrimes, EvidenceSpec, encode_crimes
from linkage.score_tables import CODE_OFFSET, CODES, MOST_SETS, NUMBER, coded_item, columns_read, term_sources

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)
Arrays = TypeVar("Arrays", bound=tuple)


class CrimeColumnsError(ValueError):
    """The crimes cannot be laid out as columns for this model."""


class CrimeColumns(NamedTuple):
    """Crimes as plain columns, one element a crime, in the order of the table.

    Attributes
    ----------
    x, y : ndarray, float64
        Projected metres, or longitude and latitude in radians; NaN where nobody knows.
    x_m, y_m : ndarray, float64
        What limits are measured on: easting_m and northing_m as the table gives them; x and y where projected.
    start : ndarray, int64
        Begin of the interval, microseconds in UTC.
    length_days, length_hours : ndarray, float64
        Length of the interval; NaN where either end is missing.
    time_of_day, time_of_week : ndarray, int64
        Begin on the local civil clock, microseconds into its day and into its week; -1 where missing.
    midpoint : ndarray, int64
        Middle of the interval in half microseconds since 1970 (UTC); 0 where not dated.
    is_placed, is_dated : ndarray, bool
        Whether both coordinates, and both ends of the interval, are known.
    block : ndarray, int32
        Only crimes of one block make a candidate pair.
    incident : ndarray, int32
        Crimes of one incident share a number; -1 where nobody knows it.
    root_density : ndarray, float64
        Square root of the density of crimes around, in 1/km; empty where the model does not ask.
    codes : ndarray, shape (n_crimes, n_coded), uint16
        Which recorded set of each item a crime has: 0 not applicable, 1 missing, the distinct sets from 2 on. A column
        for each item (or the crime group) that a term reads, in the order in which terms read them first.
    numbers : ndarray, shape (n_crimes, n_numbers), float64
        Likewise the numeric columns; NaN missing.
    is_solved : ndarray, bool
    """

    x: Floats
    y: Floats
    x_m: Floats
    y_m: Floats
    start: Ints
    length_days: Floats
    length_hours: Floats
    time_of_day: Ints
    time_of_week: Ints
    midpoint: Ints
    is_placed: Flags
    is_dated: Flags
    block: ShortInts
    incident: ShortInts
    root_density: Floats
    codes: Codes
    numbers: Floats
    is_solved: Flags


def crime_columns(
    crimes: pd.DataFrame,
    spec: EvidenceSpec,
    model: object,
    across_groups: bool = True,
    solved: Collection[str] = (),
    encoded: EncodedCrimes | None = None,
) -> CrimeColumns:
    """Lay the crimes out as columns for one model.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime; for a whole force as `linkage.candidates.ordered_crimes` gives them.
    spec : EvidenceSpec
    model : LinkModel
        An additive model, with a calibration or without; it says which items and numbers are read.
    across_groups : bool
        Whether crimes of two crime groups may make a candidate pair.
    solved : collection of str
        crime_ids of solved crimes.
    encoded : EncodedCrimes, optional
        What `encode_crimes` gave for these crimes, where it is at hand.

    Raises
    ------
    CrimeColumnsError
        The model cannot be put into tables, or an item has too many distinct recorded sets.
    EvidenceError, ItemError, CrimeTableError
        A column is missing or holds what cannot be compared.
    """
    sources = term_sources(model, spec)
    if sources is None:
        raise CrimeColumnsError(
            f"model: expected a sum of histogram or smooth terms over evidence of the specification, got a "
            f"{type(model).__name__} that is none; score it with linkage.scoring.score_links"
        )
    if encoded is None:
        encoded = encode_crimes(crimes, spec)
    events = encoded.events
    x_m, y_m = (
        (events.x, events.y)
        if spec.distance == "projected"
        else (crimes[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("easting_m", "northing_m"))
    )
    is_dated, midpoint = event_midpoints(crimes)
    n = len(crimes)
    return CrimeColumns(
        x=events.x,
        y=events.y,
        x_m=x_m,
        y_m=y_m,
        start=events.start,
        length_days=events.length_days,
        length_hours=events.length_hours,
        time_of_day=events.time_of_day,
        time_of_week=events.time_of_week,
        midpoint=midpoint,
        is_placed=np.isfinite(x_m) & np.isfinite(y_m),
        is_dated=is_dated,
        block=group_numbers(crimes, across_groups).astype(np.int32),
        incident=incident_numbers(crimes).astype(np.int32) if "incident_id" in crimes else np.full(n, -1, np.int32),
        root_density=np.empty(0) if encoded.root_density is None else encoded.root_density,
        codes=_codes(encoded, columns_read(sources, CODES), n),
        numbers=_numbers(encoded, columns_read(sources, NUMBER), n),
        is_solved=crimes["crime_id"].isin(list(solved)).to_numpy(dtype=np.bool_) if len(solved) else np.zeros(n, bool),
    )


def read_only(arrays: Arrays) -> Arrays:
    """Return the same record with plain, contiguous views that cannot be written to.

    Columns mapped from disk are of another kind to the compiler than columns made in memory: seen like this, all are
    of one kind, and a kernel is compiled once.
    """
    return type(arrays)(*(read_only_view(one) if isinstance(one, np.ndarray) else one for one in arrays))


def read_only_view(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Return the same array, contiguous and of numpy's own kind, that cannot be written to."""
    if type(array) is np.ndarray and array.flags.c_contiguous and not array.flags.writeable:
        return array
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _codes(encoded: EncodedCrimes, names: tuple[str, ...], n_crimes: int) -> Codes:
    out = np.empty((n_crimes, len(names)), dtype=np.uint16)
    for column, name in enumerate(names):
        item = coded_item(encoded, name)
        if len(item.bounds) - 1 > MOST_SETS:
            raise CrimeColumnsError(
                f"{name}: expected at most {MOST_SETS:,} distinct recorded sets, got {len(item.bounds) - 1:,}; "
                "group its values, or score with linkage.scoring.score_links"
            )
        out[:, column] = item.code + CODE_OFFSET
    return out


def _numbers(encoded: EncodedCrimes, names: tuple[str, ...], n_crimes: int) -> Floats:
    out = np.empty((n_crimes, len(names)))
    for column, name in enumerate(names):
        out[:, column] = encoded.numbers[name]
    return out
