"""The long table of MO values as whole numbers, so that 440,000 crimes are judged without a loop over them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
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

    `crime` and `item` are int64 positions in the crimes and in `item_codes`; `value` is an int64 position in
    `value_codes`, -1 where none; `has_value` is true for a value, valid or not, and false for a null code.
    """

    item_codes: tuple[str, ...]
    value_codes: np.ndarray
    crime: np.ndarray
    item: np.ndarray
    value: np.ndarray
    has_value: np.ndarray
    is_valid: np.ndarray
    captured_by: np.ndarray
    captured_at: pd.Series

    def holds(self, codes: tuple[str, ...]) -> np.ndarray:
        """Mark the rows whose value is one of the codes (bool, one entry a row)."""
        wanted = np.append(np.isin(self.value_codes, codes), False)
        return wanted[self.value]

    def cells(self, rows: np.ndarray, n_crimes: int) -> np.ndarray:
        """Mark the crimes and items that have a marked row (bool, shape n_crimes x n items)."""
        marked = np.zeros((n_crimes, len(self.item_codes)), dtype=bool)
        marked[self.crime[rows], self.item[rows]] = True
        return marked


def mo_rows(crimes: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard) -> MoRows:
    """Turn staged MO features into positions; rows of other sources, items and crimes are left out.

    Parameters
    ----------
    crimes
        Staged crimes; `crime_id` is unique.
    features
        Staged MO features (long).
    standard
        Says which items and codes there are and which sources count as structured.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(features, FEATURE_COLUMNS, "stg_mo_features")
    item_codes = tuple(standard.items)
    source, sources = pd.factorize(features["value_source"])
    item, items = pd.factorize(features["item_code"])
    structured = np.append(np.isin(sources, standard.structured_sources), False)[source]
    item = np.append(pd.Index(item_codes).get_indexer(pd.Index(items)), -1)[item]
    crime = pd.Index(crimes["crime_id"]).get_indexer(pd.Index(features["crime_id"]))
    kept = np.flatnonzero(structured & (item >= 0) & (crime >= 0))

    value, value_codes = pd.factorize(features["value_code"].iloc[kept])
    is_null = np.append(np.isin(value_codes, standard.null_codes), True)[value]
    flags = features["is_valid_code"].iloc[kept]
    # Staging blanks a value that its list does not know and says so: something was recorded, but nothing usable.
    is_invalid_value = (value < 0) & ~flags.fillna(True).to_numpy(dtype=bool)
    return MoRows(
        item_codes=item_codes,
        value_codes=np.asarray(value_codes, dtype=object),
        crime=crime[kept],
        item=item[kept],
        value=value,
        has_value=~is_null | is_invalid_value,
        is_valid=flags.fillna(False).to_numpy(dtype=bool) & ~is_null,
        captured_by=features["captured_by"].iloc[kept].to_numpy(dtype=object),
        captured_at=features["captured_at"].iloc[kept],
    )
