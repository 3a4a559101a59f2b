"""What a crime's missing value of an item may have been: drawn from its other fields, and from the habit of a series.

Nothing of a model of links goes in: a value drawn because it makes a link likely would prove itself right. Known
series are held to repeat a value as often as their recorded crimes do, beyond what their other fields explain.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.item_evidence import Codes
from linkage.item_levels import AGREE_COMMON, UNCOMPARED, pair_levels
from linkage.item_pairs import ItemPairs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_DONORS = 5
"""Crimes that share a value of the other item, from which a value is drawn; with fewer, from all crimes."""

MOST_CONSISTENT = 0.98
LEAST_TOLD = 0.02
"""Nats of mutual information; an item that tells less about another is not asked."""

LEAST_SHARE = 1e-6


class ItemHabits(NamedTuple):
    """What is needed to draw the missing values of one item.

    Attributes
    ----------
    item : str
    parent : str or None
        The other item that tells most about this one; its value picks the crimes that a value is drawn from.
    consistency : float
        Chance, 0 to 1, that two crimes of a known series have a value in common, beyond what the parent and chance
        give: the consistency rate. With a parent it is that of crimes with the same value of the parent.
    """

    item: str
    parent: str | None
    consistency: float


class _Series(NamedTuple):
    """Crimes of one known series whose value is missing, and how likely each value is its habit (summed up)."""

    rows: Ints
    chance: Floats


def item_habits(pairs: ItemPairs, item: str, rng: np.random.Generator) -> ItemHabits:
    """Learn how an item depends on the other fields of its crime and on the series."""
    parent = _parent(pairs, item, rng)
    encoded, linked = pairs.items[item], pairs.linked
    both = pair_levels(encoded, pairs.grades[item], linked.first, linked.second) >= 0
    if parent is not None:
        of_parent = pairs.items[parent].code
        both &= (of_parent[linked.first] == of_parent[linked.second]) & (of_parent[linked.first] >= 0)
    if not both.any():
        return ItemHabits(item, parent, 0.0)
    rows = np.flatnonzero(encoded.code >= 0)
    drawn = np.array([_agreement(pairs, item, _redrawn(pairs, item, parent, rows, rng), both) for _ in range(5)])
    by_chance, agree = float(drawn.mean()), _agreement(pairs, item, encoded.code, both)
    excess = (agree - by_chance) / max(1.0 - by_chance, 1e-9)
    return ItemHabits(item, parent, float(np.clip(excess, 0.0, MOST_CONSISTENT)))


def completed(pairs: ItemPairs, habits: ItemHabits, rng: np.random.Generator, n_draws: int = 1) -> list[Codes]:
    """Return the item of all crimes with every missing value drawn, several times over.

    Values that are there, and crimes that the item is never asked of, stay as they are.

    Returns
    -------
    list of ndarray, shape (n_crimes,), int32
        Which set of values each crime has.
    """
    missing = np.flatnonzero(pairs.items[habits.item].code == UNCOMPARED)
    codes = [_redrawn(pairs, habits.item, habits.parent, missing, rng) for _ in range(n_draws)]
    if not habits.consistency > 0 or not (pairs.items[habits.item].code >= 0).any():
        return codes
    follows = np.sqrt(habits.consistency)  # both crimes of a pair must follow the habit
    open_series = _open_series(pairs, habits, follows)
    for code in codes:
        for series in open_series:
            habit = np.searchsorted(series.chance, rng.random(), side="right")
            code[series.rows[rng.random(len(series.rows)) < follows]] = habit
    return codes


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


def _parent(pairs: ItemPairs, item: str, rng: np.random.Generator) -> str | None:
    """Return the other item with the largest mutual information, less what it has when its values are shuffled."""
    told = {
        other: _told_beyond_chance(pairs.items[item].code, pairs.items[other].code, rng)
        for other in sorted(pairs.items)
        if other != item
    }
    best = max(told, key=lambda name: told[name], default=None)
    return best if best is not None and told[best] > LEAST_TOLD else None


def _told_beyond_chance(one: Codes, other: Codes, rng: np.random.Generator) -> float:
    both = (one >= 0) & (other >= 0)
    if not both.any():
        return 0.0
    first, second = one[both].astype(np.int64), other[both].astype(np.int64)
    by_chance = np.mean([_mutual_information(first, rng.permutation(second)) for _ in range(3)])
    return _mutual_information(first, second) - float(by_chance)


def _mutual_information(one: Ints, other: Ints) -> float:
    """Return the mutual information of two codes in nats, as counted: too large where values are many."""
    parts = (np.unique(one * (other.max() + 1) + other, return_counts=True)[1], np.bincount(one), np.bincount(other))
    joint, *single = (counts[counts > 0] / len(one) for counts in parts)
    return float(joint @ np.log(joint) - sum(share @ np.log(share) for share in single))


def _open_series(pairs: ItemPairs, habits: ItemHabits, follows: float) -> list[_Series]:
    """Return the series with missing values; where there is a parent, apart for each of its values.

    Whoever uses a crowbar on doors and a brick on windows repeats himself in both. A crime without the parent goes by
    all values of its series.
    """
    code = pairs.items[habits.item].code
    of_parent = np.full(len(code), UNCOMPARED) if habits.parent is None else pairs.items[habits.parent].code
    n_sets = len(pairs.items[habits.item].bounds) - 1
    shares = {value: _shares(code, of_parent, value, n_sets) for value in np.unique(of_parent)}
    found = []
    for rows in _series(pairs):
        for value in np.unique(of_parent[rows[code[rows] == UNCOMPARED]]):
            alike = rows if value < 0 else rows[of_parent[rows] == value]
            open_rows = rows[(code[rows] == UNCOMPARED) & (of_parent[rows] == value)]
            weight = _habit_weights(code[alike][code[alike] >= 0], shares[value], follows)
            found.append(_Series(open_rows, np.cumsum(weight / weight.sum())))
    return found


def _shares(code: Codes, of_parent: Codes, value: int, n_sets: int) -> Floats:
    """Return how common the values are among crimes with a value of the parent, or among all where those are few."""
    recorded = code >= 0
    alike = recorded & (of_parent == value) & (value >= 0)
    used = alike if alike.sum() >= LEAST_DONORS else recorded
    return np.bincount(code[used], minlength=n_sets) / used.sum()


def _series(pairs: ItemPairs) -> list[Ints]:
    """Return the crimes of each known offender; one of several offenders goes with the one who has most."""
    persons = pairs.persons
    n_crimes = persons.groupby("person_id")["crime_row"].transform("size")
    ordered = persons.assign(n_crimes=n_crimes).sort_values(
        ["crime_row", "n_crimes", "person_id"], ascending=[True, False, True]
    )
    lead = ordered.drop_duplicates("crime_row")
    return [part.to_numpy(dtype=np.int64) for _, part in lead.groupby("person_id", sort=True)["crime_row"]]


def _habit_weights(recorded: Codes, share: Floats, follows: float) -> Floats:
    """Return how likely each value is the one that a series repeats, up to a factor, given the values of its crimes.

    Each crime follows the habit with chance `follows`, and otherwise has a value as common as it is elsewhere.
    """
    values, times = np.unique(recorded, return_counts=True)
    weight = np.maximum(share, LEAST_SHARE)
    # The chance of the recorded values under each habit, over their chance under a habit that none of them is.
    more = times * np.log1p(follows / ((1.0 - follows) * weight[values]))
    weight[values] *= np.exp(np.minimum(more, 500.0))
    return weight
