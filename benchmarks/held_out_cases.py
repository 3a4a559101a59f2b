"""One question for co-linkage: a force with some offenders hidden, whose crimes are asked about, and the truth."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from linkage.series import groups_of_crimes

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Case(NamedTuple):
    """A force as every model sees it, and what evaluation knows beside.

    Attributes
    ----------
    name : str
    crimes : DataFrame
        In order of crime_id.
    series : DataFrame
        crime_id, person_id, event_at of the solved crimes: every label that a model may see.
    known_group : object, shape (n_crimes,)
        Known group of each crime (`co-offenders`), None for an unsolved one.
    groups : tuple of str
        The known groups, ascending.
    shares : bool, shape (n_groups, n_groups)
        Which known groups have an offender in common; each with itself.
    asked : int64, shape (n_asked,)
        Row positions of the unsolved crimes that are judged.
    truth : bool, shape (n_asked, n_groups)
        The known groups that share an offender with each; none where nobody is known.
    unit : int64, shape (n_asked,)
        What is drawn anew by the bootstrap: crimes of one number come together.
    """

    name: str
    crimes: pd.DataFrame
    series: pd.DataFrame
    known_group: NDArray[np.object_]
    groups: tuple[str, ...]
    shares: Bools
    asked: Ints
    truth: Bools
    unit: Ints

    @property
    def is_known(self) -> Bools:
        """Whether the offender of each crime asked about is in a known group."""
        return np.asarray(self.truth.any(axis=1))


class KnownGroups(NamedTuple):
    """Known group of each crime (None where unsolved), their names ascending, and which share an offender."""

    of_crime: NDArray[np.object_]
    names: tuple[str, ...]
    shares: Bools


def known_groups(crimes: pd.DataFrame, series: pd.DataFrame) -> KnownGroups:
    """Group solved crimes by exactly the same offenders, as the published model does."""
    group = groups_of_crimes(series, "co-offenders")
    of_crime = crimes["crime_id"].map(group).astype(object)
    of_crime = of_crime.where(of_crime.notna(), None)
    names = tuple(sorted(of_crime.dropna().unique()))
    people = series.assign(group=series["crime_id"].map(group))
    member = pd.crosstab(people["group"], people["person_id"]).reindex(list(names), fill_value=0).to_numpy() > 0
    member = csr_array(member.astype(np.int32))
    return KnownGroups(of_crime.to_numpy(dtype=object), names, (member @ member.T).toarray() > 0)
