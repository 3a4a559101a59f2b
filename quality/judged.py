"""One judgement of one item and dimension over many crimes: who was judged, and which rule was broken."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Judged(NamedTuple):
    """A judgement, one entry a crime in every array.

    Attributes
    ----------
    is_expected : bool array (n,)
        May the crime be judged.
    broken : dict of str to bool array (n,)
        By rule, whether the crime breaks it; what it says of a crime that is not judged means nothing.
    """

    is_expected: np.ndarray
    broken: Mapping[str, np.ndarray]

    @property
    def is_met(self) -> np.ndarray:
        """Bool array (n,): judged, and no rule broken."""
        met = self.is_expected.copy()
        for broken in self.broken.values():
            met &= ~broken
        return met

    def of(self, crimes: np.ndarray) -> "Judged":
        """Return the judgement of some crimes, given by position."""
        return Judged(self.is_expected[crimes], {rule: broken[crimes] for rule, broken in self.broken.items()})
