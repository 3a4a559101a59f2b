"""A column for each MO item beside the crimes, from one row per crime, item and value; needs no warehouse."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from quality.minimum_standard import MinimumStandard, load_minimum_standard

NOT_APPLICABLE = "not_applicable"


def with_values(crimes: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Return the crimes with a column for each item that somebody recorded, in order of its code.

    Parameters
    ----------
    crimes : DataFrame
        crime_id and crime_group; one row a crime.
    values : DataFrame
        crime_id, item_code, value_code, sorted by them; several rows of a crime and item only where the minimum
        standard says that the item holds several values.

    Returns
    -------
    DataFrame
        An item's column holds the value, a tuple of them for one with several, `not_applicable` where nothing is
        recorded and the minimum standard never asks the crime's group for the item, and None where it is missing.
    """
    standard = load_minimum_standard()
    groups = {code: tuple(_asking(standard, code)) for code in standard.items}
    multi = {code for code, item in standard.items.items() if item.is_multi}
    items = sorted(values["item_code"].unique())
    return crimes.assign(**{item: _item_column(item, crimes, values, item in multi, groups) for item in items})


def with_items(crimes: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Return the crimes with a column for each item that a model asks for, missing where nobody recorded it."""
    return crimes.assign(**{item: None for item in items if item not in crimes.columns})


def _asking(standard: MinimumStandard, item: str) -> Iterator[str]:
    """Yield the crime groups whose minimum standard asks for an item."""
    for group in standard.crime_groups:
        if any(entry.item_code == item for entry in standard.items_for(group)):
            yield group


def _item_column(
    item: str,
    crimes: pd.DataFrame,
    values: pd.DataFrame,
    is_multi: bool,
    groups: Mapping[str, tuple[str, ...]],
) -> np.ndarray:
    """Return one item's value for each crime; an item that its crime group is never asked is not applicable."""
    rows = values[values["item_code"] == item]
    found = rows.groupby("crime_id")["value_code"].agg(tuple) if is_multi else rows.set_index("crime_id")["value_code"]
    column = found.reindex(crimes["crime_id"]).to_numpy(dtype=object, copy=True)
    missing = pd.isna(pd.Series(column, dtype=object)).to_numpy()
    column[missing] = None
    if item in groups:
        column[missing & ~crimes["crime_group"].isin(groups[item]).to_numpy()] = NOT_APPLICABLE
    return column
