"""What a crime's missing value of an item may have been: drawn from its other fields, and from the habit of a series.

Nothing of a model of links goes in: a value drawn because it makes a link likely would prove itself right. Known
series are held to repeat a value as often as their recorded crimes do, beyond what their other fields explain.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.item_evidence import Codes, EncodedItem
from linkage.item_levels import AGREE_COMMON, UNCOMPARED, pair_levels
from linkage.item_pairs import ItemPairs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_DONORS = 5
"""Crimes that share a value of the other item, from which a value is drawn; with fewer, from all crimes."""

MOST_CONSISTENT = 0.98


class ItemHabits(NamedTuple):
    """What is needed to draw the missing values of one item.

    Attributes
    ----------
    item : str
    parent : str or None
        The other item that tells most about this one; its value picks the crimes that a value is drawn from.
    consistency : float
        Chance, 0 to 1, that two crimes of a known series have a value in common beyond what the parent and chance
        give: the consistency rate.
    """

    item: str
    parent: str | None
    consistency: float


def item_habits(pairs: ItemPairs, item: str, rng: np.random.Generator) -> ItemHabits:
    """Learn how an item depends on the other fields of its crime and on the series."""
    parent = _parent(pairs, item)
    encoded, grades, linked = pairs.items[item], pairs.grades[item], pairs.linked
    as_recorded = pair_levels(encoded, grades, linked.first, linked.second)
    both = as_recorded >= 0
    if not both.any():
        return ItemHabits(item, parent, 0.0)
    rows = np.flatnonzero(encoded.code >= 0)
    drawn = np.array([_agreement(pairs, item, _redrawn(pairs, item, parent, rows, rng), both) for _ in range(5)])
    by_chance, agree = float(drawn.mean()), _agreement(pairs, item, encoded.code, both)
    excess = (agree - by_chance) / max(1.0 - by_chance, 1e-9)
    return ItemHabits(item, parent, float(np.clip(excess, 0.0, MOST_CONSISTENT)))


def completed(pairs: ItemPairs, habits: ItemHabits, rng: np.random.Generator) -> Codes:
    """Return the item of all crimes with every missing value drawn.

    Values that are there, and crimes that the item is never asked of, stay as they are.

    Returns
    -------
    ndarray, shape (n_crimes,), int32
        Which set of values each crime has.
    """
    encoded = pairs.items[habits.item]
    missing = np.flatnonzero(encoded.code == UNCOMPARED)
    code = _redrawn(pairs, habits.item, habits.parent, missing, rng)
    if not habits.consistency > 0:
        return code
    follows = np.sqrt(habits.consistency)  # both crimes of a pair must follow the habit
    n_sets = len(encoded.bounds) - 1
    share = np.bincount(encoded.code[encoded.code >= 0], minlength=n_sets) / max((encoded.code >= 0).sum(), 1)
    for rows in _series(pairs):
        open_rows = rows[encoded.code[rows] == UNCOMPARED]
        if len(open_rows):
            recorded = encoded.code[rows][encoded.code[rows] >= 0]
            habit = _habit(recorded, share, follows, rng)
            code[open_rows[rng.random(len(open_rows)) < follows]] = habit
    return code


def masked(code: Codes, kept: float, rng: np.random.Generator) -> Codes:
    """Return the item with recorded values lost at random, so that a share `kept` (0 to 1) of them remains."""
    out = code.copy()
    out[(code >= 0) & (rng.random(len(code)) >= kept)] = UNCOMPARED
    return out


def _redrawn(pairs: ItemPairs, item: str, parent: str | None, rows: Ints, rng: np.random.Generator) -> Codes:
    """Return the codes with those of some rows drawn from crimes that have the same value of the parent."""
    encoded = pairs.items[item]
    code, donors = encoded.code.copy(), np.flatnonzero(encoded.code >= 0)
    if not len(donors) or not len(rows):
        return code
    code[rows] = encoded.code[rng.choice(donors, len(rows))]
    if parent is None:
        return code
    of_parent = pairs.items[parent].code
    by_value = np.argsort(of_parent[donors], kind="stable")
    values, begin, size = np.unique(of_parent[donors][by_value], return_index=True, return_counts=True)
    place = np.searchsorted(values, of_parent[rows])
    place = np.minimum(place, len(values) - 1)
    usable = (values[place] == of_parent[rows]) & (of_parent[rows] >= 0) & (size[place] >= LEAST_DONORS)
    chosen = begin[place[usable]] + (rng.random(int(usable.sum())) * size[place[usable]]).astype(np.int64)
    code[rows[usable]] = encoded.code[donors[by_value[chosen]]]
    return code


def _agreement(pairs: ItemPairs, item: str, code: Codes, both: npt.NDArray[np.bool_]) -> float:
    rows = pairs.linked
    levels = pair_levels(pairs.items[item], pairs.grades[item], rows.first[both], rows.second[both], code)
    return float(np.average(levels >= AGREE_COMMON, weights=rows.weight[both]))


def _parent(pairs: ItemPairs, item: str) -> str | None:
    """Return the other item with the largest mutual information, less what chance gives (Miller and Madow)."""
    told = {other: _mutual_information(pairs.items[item], pairs.items[other]) for other in sorted(pairs.items)}
    told.pop(item)
    best = max(told, key=lambda name: told[name], default=None)
    return best if best is not None and told[best] > 0 else None


def _mutual_information(one: EncodedItem, other: EncodedItem) -> float:
    both = (one.code >= 0) & (other.code >= 0)
    n = int(both.sum())
    if not n:
        return 0.0
    n_sets = len(other.bounds) - 1
    joint = np.bincount(one.code[both].astype(np.int64) * n_sets + other.code[both])
    parts = (joint, np.bincount(one.code[both]), np.bincount(other.code[both]))
    entropy = [-float(p @ np.log(p)) for p in (counts[counts > 0] / n for counts in parts)]
    n_values = [int((counts > 0).sum()) for counts in parts]
    return entropy[1] + entropy[2] - entropy[0] - (n_values[0] - n_values[1] - n_values[2] + 1) / (2 * n)


def _series(pairs: ItemPairs) -> list[Ints]:
    """Return the crimes of each known offender; one of several offenders goes with the one who has most."""
    persons = pairs.persons
    n_crimes = persons.groupby("person_id")["crime_row"].transform("size")
    ordered = persons.assign(n_crimes=n_crimes).sort_values(
        ["crime_row", "n_crimes", "person_id"], ascending=[True, False, True]
    )
    lead = ordered.drop_duplicates("crime_row")
    return [part.to_numpy(dtype=np.int64) for _, part in lead.groupby("person_id", sort=True)["crime_row"]]


def _habit(recorded: Codes, share: Floats, follows: float, rng: np.random.Generator) -> int:
    """Draw the value that a series repeats, given the values that its crimes have.

    Each crime follows the habit with chance `follows`, and otherwise has a value as common as it is among all crimes.
    """
    values, times = np.unique(recorded, return_counts=True)
    weight = share.copy()
    # The chance of the recorded values under each habit, over their chance under a habit that none of them is.
    weight[values] *= np.exp(np.minimum(times * np.log1p(follows / ((1.0 - follows) * share[values])), 500.0))
    return int(rng.choice(len(weight), p=weight / weight.sum()))
