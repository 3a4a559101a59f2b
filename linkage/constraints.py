"""What people decided about pairs of crimes: that they belong together, or that they do not."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.linkages import HierarchyError
from linkage.pair_scores import row_positions

Ints = npt.NDArray[np.int64]


class LinkConstraints(NamedTuple):
    """Recorded decisions that a clustering keeps to.

    Attributes
    ----------
    must_link, cannot_link : DataFrame
        crime_id_1, crime_id_2 in any order: pairs that are one cluster whatever their score, and pairs that no
        cluster may hold both of.
    """

    must_link: pd.DataFrame
    cannot_link: pd.DataFrame


class RowConstraints(NamedTuple):
    """The same by row: int64 arrays of shape (n_pairs, 2), the lower row first, each pair once."""

    must_link: Ints
    cannot_link: Ints


NO_CONSTRAINTS = RowConstraints(np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int64))


def row_constraints(crimes: pd.DataFrame, constraints: LinkConstraints) -> RowConstraints:
    """Return the decisions by row position in the crimes, checked against one another.

    Raises
    ------
    ScoringError
        When a decision names a crime that is not there.
    HierarchyError
        When a pair is of one crime, or the decisions contradict one another.
    """
    rows = RowConstraints(*(_pairs(crimes, frame) for frame in constraints))
    check_constraints(len(crimes), rows, crimes["crime_id"].tolist())
    return rows


def check_constraints(n_crimes: int, constraints: RowConstraints, names: Sequence[object]) -> None:
    """Refuse decisions that nobody can keep to, by the names of the crimes.

    Raises
    ------
    HierarchyError
        When a pair is of one crime, or two crimes that must not be linked are joined by must-links.
    """
    for kind, pairs in constraints._asdict().items():
        if (pairs[:, 0] == pairs[:, 1]).any():
            crime = names[int(pairs[pairs[:, 0] == pairs[:, 1], 0][0])]
            raise HierarchyError(f"{kind}: expected pairs of two crimes, got {crime} with itself; remove that pair")
    group = must_link_groups(n_crimes, constraints)
    forbidden = constraints.cannot_link
    broken = np.flatnonzero(group[forbidden[:, 0]] == group[forbidden[:, 1]])
    if len(broken):
        one, other = (int(row) for row in forbidden[broken[0]])
        chain = " - ".join(str(names[row]) for row in _chain(one, other, constraints.must_link))
        raise HierarchyError(
            f"constraints: expected decisions that agree, got {names[one]} and {names[other]} that cannot be linked "
            f"but must be by {chain} ({len(broken)} such in all); withdraw one of these decisions"
        )


def must_link_groups(n_crimes: int, constraints: RowConstraints) -> npt.NDArray[np.int32]:
    """Return a number for each crime: crimes that must-links join, however remotely, have the same."""
    one, other = constraints.must_link.T
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n_crimes, n_crimes))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def pairs_within_groups(n_crimes: int, constraints: RowConstraints) -> tuple[Ints, Ints]:
    """Return the rows of all pairs within the groups that must-links make, the lower first."""
    rows = np.unique(constraints.must_link)
    group = must_link_groups(n_crimes, constraints)[rows]
    order = np.argsort(group, kind="stable")
    groups = np.split(rows[order], np.flatnonzero(np.diff(group[order])) + 1)
    first, second = np.concatenate([each[np.stack(np.triu_indices(len(each), 1))] for each in groups], axis=1)
    return first, second


def _pairs(crimes: pd.DataFrame, frame: pd.DataFrame) -> Ints:
    ends = [row_positions(crimes, frame[name]) for name in ("crime_id_1", "crime_id_2")]
    return np.unique(np.sort(np.stack(ends, axis=1), axis=1), axis=0)


def _chain(start: int, end: int, must_link: Ints) -> list[int]:
    """Return the shortest way from one crime to another along must-links."""
    ends = np.concatenate([must_link, must_link[:, ::-1]])
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    came_from, waiting = {start: start}, deque([start])
    while end not in came_from:
        here = waiting.popleft()
        begin, stop = np.searchsorted(ends[:, 0], [here, here + 1])
        for there in ends[begin:stop, 1].tolist():
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    chain = [end]
    while chain[-1] != start:
        chain.append(came_from[chain[-1]])
    return chain[::-1]
