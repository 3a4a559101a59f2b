"""The long table of MO values as whole numbers, so that a million crimes are judged without a loop over them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import moments, require_columns, sorted_codes
from quality.minimum_standard import MinimumStandard

FEATURE_COLUMNS = (
    "crime_id",
    "item_code",
    "value_code",
    "is_valid_code",
    "value_source",
    "captured_by",
    "captured_at",
)


class MoRows(NamedTuple):
    """Structured MO rows of known crimes and known items; all arrays have one entry a row.

    `crime`, `item`, `value` and `captured_by` are int32 positions in the crimes, in `item_codes`, in `value_codes`
    and in `role_codes`, -1 where there is no value or no role (a part's crimes are int64); `has_value` is true for a
    value, valid or not, and false for a null code; `captured_at` is datetime64[us] in UTC.
    """

    item_codes: tuple[str, ...]
    value_codes: np.ndarray
    role_codes: np.ndarray
    crime: np.ndarray
    item: np.ndarray
    value: np.ndarray
    has_value: np.ndarray
    is_valid: np.ndarray
    captured_by: np.ndarray
    captured_at: np.ndarray

    def holds(self, codes: tuple[str, ...]) -> np.ndarray:
        """Mark the rows whose value is one of the codes (bool, one entry a row)."""
        wanted = np.append(np.isin(self.value_codes, codes), False)
        return wanted[self.value]

    def cells(self, rows: np.ndarray, n_crimes: int) -> np.ndarray:
        """Mark the crimes and items that have a marked row (bool, shape n_crimes x n items)."""
        # an item's column lies in one piece, as it is read later
        marked = np.zeros((len(self.item_codes), n_crimes), dtype=bool)
        marked[self.item[rows], self.crime[rows]] = True
        return marked.T

    def parts(self, parts: list[np.ndarray], n_crimes: int) -> Iterator["MoRows"]:
        """Yield the rows of each part of the crimes, with positions in that part.

        Parameters
        ----------
        parts
            Positions of the crimes of each part; together they are every crime once.
        n_crimes
            Number of crimes.
        """
        part, place = np.zeros(n_crimes, dtype=np.int16), np.zeros(n_crimes, dtype=np.int64)
        for number, crimes in enumerate(parts):
            part[crimes], place[crimes] = number, np.arange(len(crimes))
        part_of_row = part[self.crime]
        order = np.argsort(part_of_row, kind="stable")
        ends = np.cumsum(np.bincount(part_of_row, minlength=len(parts)))
        for rows in np.split(order, ends[:-1]):
            taken = {name: getattr(self, name)[rows] for name in self._fields[4:]}
            yield self._replace(crime=place[self.crime[rows]], **taken)


def mo_rows(crimes: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard) -> MoRows:
    """Turn staged MO features into positions; rows of other sources, items and crimes are left out.

    Parameters
    ----------
    crimes
        Staged crimes; `crime_id` is unique.
    features
        Staged MO features (long); columns of text may be categories.
    standard
        Says which items and codes there are and which sources count as structured.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(features, FEATURE_COLUMNS, "stg_mo_features")
    item_codes = tuple(standard.items)
    structured = positions(pd.Index(standard.structured_sources), features["value_source"]) >= 0
    item = positions(pd.Index(item_codes), features["item_code"])
    crime = positions(pd.Index(crimes["crime_id"]), features["crime_id"])
    kept = np.flatnonzero(structured & (item >= 0) & (crime >= 0))

    value, values = pd.factorize(features["value_code"].iloc[kept])
    # in the order of the alphabet, so that a tie between roles does not turn on the order of rows
    captured_by, roles = sorted_codes(features["captured_by"].iloc[kept])
    value_codes = np.asarray(values, dtype=object)
    is_null = np.append(np.isin(value_codes, standard.null_codes), True)[value]
    flags = features["is_valid_code"].iloc[kept]
    # Staging blanks a value that its list does not know and says so: something was recorded, but nothing usable.
    is_invalid_value = (value < 0) & ~flags.fillna(True).to_numpy(dtype=bool)
    return MoRows(
        item_codes=item_codes,
        value_codes=value_codes,
        role_codes=np.asarray(roles, dtype=object),
        crime=crime[kept],
        item=item[kept],
        value=value.astype(np.int32),
        has_value=~is_null | is_invalid_value,
        is_valid=flags.fillna(False).to_numpy(dtype=bool) & ~is_null,
        captured_by=captured_by.astype(np.int32),
        captured_at=moments(features["captured_at"].iloc[kept]),
    )


def positions(known: pd.Index, column: pd.Series) -> np.ndarray:
    """Return where each value of a column stands in an index without repeats, int32, -1 where it does not."""
    code, values = pd.factorize(column)
    wanted = pd.Index(np.asarray(values)) if isinstance(column.dtype, pd.CategoricalDtype) else pd.Index(values)
    return np.append(known.get_indexer(wanted), -1).astype(np.int32)[code]


def distinct(keys: np.ndarray) -> np.ndarray:
    """Return whole numbers sorted and each once; some ten times as fast as hashing them, as `numpy.unique` does."""
    ordered = np.sort(keys)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
