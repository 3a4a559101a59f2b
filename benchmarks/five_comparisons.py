"""Five comparisons of two crimes, and how likely each outcome is, for every program that `pairs_against_splink` runs.

Distance and time apart fall between edges that belong to the level below them; three MO items agree, differ, or are
missing on either side, which says nothing. The probabilities are set by hand, so that no program has to learn them.
"""

import math
from typing import NamedTuple

ITEMS = ("entry_point", "entry_method", "property_class_taken")
PRIOR = 0.001
"""Probability that a pair within the limits is linked, before its evidence."""

FLOOR = 0.1
"""Links are kept from this posterior probability on, as a refresh keeps them."""


class Levels(NamedTuple):
    """A number compared in levels; a level ends at its edge, the last one nowhere.

    Attributes
    ----------
    edges : tuple of float
        In km, days or hours, ascending.
    linked, unlinked : tuple of float
        Probability of each level among linked and among unlinked pairs; one more than there are edges.
    """

    edges: tuple[float, ...]
    linked: tuple[float, ...]
    unlinked: tuple[float, ...]

    def log_bf(self) -> list[float]:
        """Return the natural log Bayes factor of each level."""
        return [math.log(m / u) for m, u in zip(self.linked, self.unlinked, strict=True)]


class Agreement(NamedTuple):
    """An item compared: the probability that linked and that unlinked pairs agree on it, where both are recorded."""

    linked: float
    unlinked: float

    def log_bf(self) -> tuple[float, float]:
        """Return the natural log Bayes factors of agreeing and of differing."""
        return math.log(self.linked / self.unlinked), math.log((1 - self.linked) / (1 - self.unlinked))


DISTANCE_KM = Levels((0.25, 0.5, 1.0, 1.5), (0.4, 0.2, 0.2, 0.1, 0.1), (0.02, 0.05, 0.2, 0.3, 0.43))
GAP_DAYS = Levels((1, 7, 30, 90), (0.3, 0.3, 0.2, 0.15, 0.05), (0.01, 0.06, 0.2, 0.4, 0.33))
AGREEMENT = dict(zip(ITEMS, (Agreement(0.7, 0.25), Agreement(0.6, 0.2), Agreement(0.5, 0.15)), strict=True))

TIME_OF_DAY_HOURS = Levels((1, 3, 6), (0.4, 0.3, 0.2, 0.1), (0.15, 0.25, 0.3, 0.3))
DAY_OF_WEEK_DAYS = Levels((0.25, 1, 2), (0.3, 0.3, 0.2, 0.2), (0.2, 0.3, 0.25, 0.25))
"""The two that only intervals of time need, for the seven variables."""


class Limits(NamedTuple):
    """How far apart two crimes may be to be compared; a pair at a limit is."""

    max_km: float
    max_days: int


def prior_log_odds() -> float:
    """Return the natural log of the prior odds."""
    return math.log(PRIOR / (1 - PRIOR))


def least_log_bf() -> float:
    """Return the natural log Bayes factor from which a pair is kept."""
    return math.log(FLOOR / (1 - FLOOR)) - prior_log_odds()
