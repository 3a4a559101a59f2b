"""What two crimes record of one item: the values of each, what they share, and how rare that is."""

from typing import NamedTuple

import pandas as pd

from linkage.item_evidence import NOT_APPLICABLE, EncodedItem, encode_item
from linkage.rarity import value_shares


class PairValues(NamedTuple):
    """The recorded values of one item in the two crimes of a pair.

    Attributes
    ----------
    first, second : tuple of str
        Ascending; empty where nothing was recorded.
    is_applicable : bool
        False where the item is never asked of one of the crimes; then nothing is missing.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    is_applicable: bool

    @property
    def shared(self) -> tuple[str, ...]:
        """The values that both crimes have."""
        return tuple(value for value in self.first if value in self.second)

    @property
    def is_missing(self) -> bool:
        """Whether the item could have been recorded of both crimes and was not."""
        return self.is_applicable and not (self.first and self.second)


def pair_values(column: pd.Series) -> PairValues:
    """Return what the two cells of an item hold; a cell is a value, or a tuple, list, set or array of them."""
    encoded = encode_item(column)
    first, second = (_values(encoded, int(code)) for code in encoded.code)
    is_applicable = not any(isinstance(cell, str) and cell == NOT_APPLICABLE for cell in column)
    return PairValues(first, second, is_applicable)


def alike(crimes: pd.DataFrame, pair: pd.DataFrame) -> pd.DataFrame:
    """Return the crimes among which a pair's values are rare or common: those of its crime group, where it has one."""
    first, second = pair.get("crime_group", (None, None))
    if pd.isna(first) or first != second:
        return crimes
    return crimes[crimes["crime_group"] == first]


def rarest(column: pd.Series, shared: tuple[str, ...]) -> tuple[str, float] | tuple[None, None]:
    """Return the shared value that fewest crimes have, and the share of crimes that have it.

    Parameters
    ----------
    column : Series
        The item of all crimes to compare with, the pair's two among them.
    shared : tuple of str
        Values that both crimes have.

    Returns
    -------
    str, float
        Of the crimes with the item recorded; None twice where nothing is shared.
    """
    if not shared:
        return None, None
    shares = value_shares(column)
    value = min(shared, key=lambda one: (shares[one], one))
    return value, shares[value]


def _values(encoded: EncodedItem, code: int) -> tuple[str, ...]:
    if code < 0:
        return ()
    members = encoded.members[encoded.bounds[code] : encoded.bounds[code + 1]]
    return tuple(encoded.names[member] for member in members)
