"""The recorded sets that the codes of crime columns stand for, so that columns made at different times agree.

Codes number the distinct sets of an item in order. A value never seen before moves those that follow it: what changes
then is one small table from old codes to new ones.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from linkage.crime_columns import Codes
from linkage.evidence import EncodedCrimes, EvidenceSpec
from linkage.item_evidence import EncodedItem
from linkage.score_tables import CODE_OFFSET, CODES, coded_item, columns_read, term_sources
from linkage.space_time import Events

Sets = dict[str, list[tuple[str, ...]]]
"""Of each column of codes, in order, the distinct recorded sets in order of their codes."""

VANISHED = np.iinfo(np.uint16).max
"""Code of a set that the other numbering does not have."""


def recorded_sets(encoded: EncodedCrimes, model: object, spec: EvidenceSpec) -> Sets:
    """Return the sets behind the columns of codes that `crime_columns` makes for a model of additive terms."""
    sources = term_sources(model, spec)
    return {name: _sets_of(coded_item(encoded, name)) for name in columns_read(sources or (), CODES)}


def sets_together(one: Sets, other: Sets) -> Sets:
    """Return the sets of both, numbered as crimes that have them all would be."""
    return {name: sorted({*sets, *other.get(name, ())}) for name, sets in one.items()}


def recoded(codes: Codes, before: Sets, after: Sets) -> Codes:
    """Return codes in another numbering of the sets; `VANISHED` for a set that it does not have."""
    out = np.empty_like(codes)
    for column, name in enumerate(after):
        number = {one: at + CODE_OFFSET for at, one in enumerate(after[name])}
        moved = [*range(CODE_OFFSET), *(number.get(one, VANISHED) for one in before[name])]
        out[:, column] = np.array(moved, dtype=np.uint16)[codes[:, column]]
    return out


def crimes_with_sets(sets: Sets) -> EncodedCrimes:
    """Return no crimes, encoded as if they had all the sets, which is what `score_tables` asks for."""
    items = {name: _item_of(each) for name, each in sets.items()}
    nothing, never = np.empty(0), np.empty(0, dtype=np.int64)
    events = Events(nothing, nothing, never, nothing, nothing, never, never)
    return EncodedCrimes(events, items, {}, items.get("crime_group"), None, None)


def sets_as_data(sets: Sets) -> dict[str, list[list[str]]]:
    """Return the sets as JSON holds them."""
    return {name: [list(one) for one in each] for name, each in sets.items()}


def sets_from_data(data: Mapping[str, Sequence[Sequence[str]]]) -> Sets:
    """Return what `sets_as_data` wrote."""
    return {name: [tuple(one) for one in each] for name, each in data.items()}


def _sets_of(item: EncodedItem) -> list[tuple[str, ...]]:
    names = np.array(item.names, dtype=object)[item.members].tolist()
    return [tuple(names[begin:end]) for begin, end in zip(item.bounds[:-1], item.bounds[1:], strict=True)]


def _item_of(sets: list[tuple[str, ...]]) -> EncodedItem:
    names = sorted({value for one in sets for value in one})
    place = {value: at for at, value in enumerate(names)}
    members = np.array([place[value] for one in sets for value in one], dtype=np.int64)
    bounds: npt.NDArray[np.int64] = np.cumsum([0, *(len(one) for one in sets)], dtype=np.int64)
    return EncodedItem(np.empty(0, dtype=np.int32), members, bounds, tuple(names))
