"""The tree of merges within each series that was found another way, and how well the series holds together."""

import numpy as np
import pandas as pd

from linkage.candidates import ordered_crimes
from linkage.evidence import EvidenceSpec
from linkage.hierarchy import LinkClusters, cluster_rows
from linkage.pair_scores import LinkModel, pair_scorer, row_positions


def series_trees(crimes: pd.DataFrame, model: LinkModel, spec: EvidenceSpec, members: pd.DataFrame) -> LinkClusters:
    """Merge the crimes of each series by average linkage until it is whole, whatever its weakest merge.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    model : LinkModel
    spec : EvidenceSpec
    members : DataFrame
        series, crime_id: each crime in one series.

    Returns
    -------
    LinkClusters
        Of the crimes in series of two or more; its clusters are the series, each called by its lowest crime.

    Raises
    ------
    ScoringError
        When a member is not among the crimes.
    """
    ordered = members.sort_values("crime_id", ignore_index=True)
    sizes = ordered.groupby("series")["crime_id"].transform("size")
    inside = ordered[sizes > 1]
    chosen = ordered_crimes(crimes[crimes["crime_id"].isin(inside["crime_id"])])
    first, second = _pairs_within(inside, chosen)
    score = pair_scorer(chosen, model, spec)
    log_bf = score(first, second) if len(first) else np.empty(0)
    return cluster_rows(chosen["crime_id"], first, second, log_bf, score, threshold=-np.inf)


def _pairs_within(members: pd.DataFrame, crimes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the row positions of the two crimes of every pair within a series, the lower first."""
    rows = row_positions(crimes, members["crime_id"])
    pairs = [np.sort(each)[np.stack(np.triu_indices(len(each), 1))] for each in _split(rows, members["series"])]
    first, second = np.concatenate(pairs, axis=1) if pairs else np.empty((2, 0), dtype=np.int64)
    return first, second


def _split(rows: np.ndarray, series: pd.Series) -> list[np.ndarray]:
    code = pd.factorize(series)[0]
    order = np.argsort(code, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(code[order])) + 1) if len(rows) else []
