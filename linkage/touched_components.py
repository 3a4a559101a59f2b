"""Which clusters of crimes a refresh has to build anew, and which keep the merges that they had.

A component of the graph of strong links in which no crime is touched has the crimes, the links and the scores that it
had, and so the same merges.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class TouchedComponents(NamedTuple):
    """Components of the graph of edges, in terms of their crimes.

    Attributes
    ----------
    is_touched : ndarray, shape (n_crimes,), bool
        Whether the component of each crime has to be built anew.
    n_touched, n_carried : int
        Components of two or more crimes of either kind.
    """

    is_touched: Flags
    n_touched: int
    n_carried: int


def touched_components(first: ShortInts, second: ShortInts, is_touched: Flags) -> TouchedComponents:
    """Return which components of the graph of edges hold a touched crime.

    Parameters
    ----------
    first, second : ndarray, shape (n_edges,), integer
        Rows of the edges as they are now.
    is_touched : ndarray, shape (n_crimes,), bool
        Crimes that are new or changed, that lost or gained an edge, or whose recorded decisions changed
        (`linkage.increment.Increment.is_touched` has all but the last).
    """
    n = len(is_touched)
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(n, n))
    n_components, label = connected_components(graph, directed=False)
    of_component = np.zeros(n_components, dtype=np.bool_)
    of_component[label[is_touched]] = True
    is_cluster = np.bincount(label, minlength=n_components) > 1
    n_touched = int((of_component & is_cluster).sum())
    return TouchedComponents(of_component[label], n_touched, int(is_cluster.sum()) - n_touched)


def with_carried(merges: pd.DataFrame, former: pd.DataFrame, crime_ids: pd.Series, is_touched: Flags) -> pd.DataFrame:
    """Return the merges of the components built anew together with those that are carried over.

    Parameters
    ----------
    merges : DataFrame
        merge_id, component_id, step and whatever else, of the touched components alone.
    former : DataFrame
        Likewise, of all components before.
    crime_ids : Series of str
        As they are now, in order of the rows.
    is_touched : ndarray, shape (n_crimes,), bool
        `TouchedComponents.is_touched`.

    Returns
    -------
    DataFrame
        In order of component and step, as one clustering of everything gives them. A component is called by its lowest
        crime_id, so that one which is carried has the name it had.
    """
    carried = former[former["component_id"].isin(crime_ids[~is_touched])]
    if not len(carried) or not len(merges):
        return (merges if len(merges) else carried).reset_index(drop=True)
    both = pd.concat([merges, carried], ignore_index=True)
    return both.sort_values(["component_id", "step"], ignore_index=True)
