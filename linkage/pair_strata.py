"""Parts of the pairs that are judged by themselves: crime groups, and bands of distance."""

from itertools import pairwise

import numpy as np
import pandas as pd

DISTANCE_BANDS_KM = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Edges of the bands, each with its lower edge; the last is open above."""

MIXED = "mixed"
"""Pairs whose crimes are of two crime groups."""


def pair_strata(pairs: pd.DataFrame, evidence: pd.DataFrame, crime_group: pd.Series | None = None) -> pd.DataFrame:
    """Return the crime group and the distance band of each pair.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2, row-aligned with the evidence.
    evidence : DataFrame
        distance_km.
    crime_group : Series of str, indexed by crime_id, optional

    Returns
    -------
    DataFrame of str, index of the pairs
        crime_group (`mixed` where the two differ) when it was given, and distance_km, such as `0.5-1`; missing where
        a crime's group or place is.
    """
    strata = pd.DataFrame({"distance_km": _bands(evidence["distance_km"]).to_numpy()}, index=pairs.index)
    if crime_group is None:
        return strata
    one, two = (pairs[name].map(crime_group).astype("str") for name in ("crime_id_1", "crime_id_2"))
    both = one.where(one == two, MIXED).where(one.notna() & two.notna())
    return strata.assign(crime_group=both)[["crime_group", "distance_km"]]


def _bands(distance_km: pd.Series) -> pd.Series:
    edges = [*DISTANCE_BANDS_KM, np.inf]
    names = [f"{low:g}-{high:g}" for low, high in pairwise(edges[:-1])] + [f"{edges[-2]:g}+"]
    return pd.Series(pd.cut(distance_km, edges, right=False, labels=names), index=distance_km.index).astype("str")
