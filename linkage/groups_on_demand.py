"""Which known series or offenders one crime may belong to, every group with a crime within the limits scored.

A refresh lists for each crime the groups that its strongest links lead to. This asks for one crime, of all groups.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import LinkLimits
from linkage.comparable_crimes import ComparableCrimes, rows_within_reach
from linkage.expansion import ExpansionError
from linkage.group_linkage import crime_groups_of, led_to, link_to_groups, rank_within, shares_incident
from linkage.linkages import LINKAGES, linkage_code
from linkage.posterior import posterior_probability
from linkage.strength import STRONG_POSTERIOR, is_strong

GROUP_COLUMNS = (
    "rank",
    "candidate_id",
    "log_bf",
    "posterior_probability",
    *LINKAGES,
    "n_crimes",
    "nearest_crime_id",
    "is_same_incident",
    "is_strong",
    "distance_km",
    "gap_days",
)


def groups_for_crime(
    ready: ComparableCrimes,
    crime_id: str,
    members: pd.DataFrame,
    prior_log_odds: float,
    *,
    limits: LinkLimits | None = None,
    linkage: str = "single",
    strong_posterior: float = STRONG_POSTERIOR,
) -> pd.DataFrame:
    """List the groups that a crime may belong to, strongest first.

    Parameters
    ----------
    ready : ComparableCrimes
        All crimes, from `comparable_crimes` or `stored_crimes`.
    crime_id : str
        Solved or not; groups that it is in are passed over.
    members : DataFrame
        crime_id, candidate_id: the crimes of each group. Crimes that are not among all crimes are passed over.
    prior_log_odds : float
        Natural log of the prior odds of a pair.
    limits : LinkLimits, optional
        A group has a crime within these; its linkage takes in all of its crimes all the same, however far.
    linkage : str
        What the rank, the log BF and the posterior go by: `average`, `single` or `complete`.
    strong_posterior : float
        From which posterior a group `is_strong`.

    Returns
    -------
    DataFrame
        The columns of `GROUP_COLUMNS` in order of rank (from 1; ties by candidate_id), as
        `linkage.identification.rank_candidates` has them.

    Raises
    ------
    ExpansionError
        The crime is not among all crimes.
    HierarchyError, StrengthError
        The linkage is unknown, or the threshold no probability.
    """
    linkage_code(linkage)
    mine = ready.rows([crime_id])
    if mine[0] < 0:
        raise ExpansionError(f"{crime_id}: expected a crime of the table, got one that is not in it; check crime_id")
    rows = ready.rows(members["crime_id"].to_list())
    groups = crime_groups_of(rows[rows >= 0], members["candidate_id"][rows >= 0])
    near = rows_within_reach(ready, mine, limits or LinkLimits())
    pairs = led_to(pd.DataFrame({"crime": mine[0], "partner": near}), groups)
    crime, group = (_numbers(pairs[name]) for name in ("crime", "group"))
    ranked = rank_within(link_to_groups(crime, group, groups, ready.score), "crime", linkage, "group")
    nearest = _numbers(ranked["nearest"])
    posterior = posterior_probability(ranked[linkage], prior_log_odds)
    distance_km, gap_days = ready.gaps(_numbers(ranked["crime"]), nearest)
    return ranked.assign(
        candidate_id=groups.name.take(_numbers(ranked["group"])).astype("str"),
        log_bf=ranked[linkage],
        posterior_probability=posterior,
        nearest_crime_id=ready.names(nearest),
        is_same_incident=shares_incident(ranked, groups, ready.incident),
        is_strong=is_strong(posterior, strong_posterior),
        distance_km=distance_km,
        gap_days=gap_days,
    )[list(GROUP_COLUMNS)]


def _numbers(column: pd.Series) -> npt.NDArray[np.int64]:
    return column.to_numpy(dtype=np.int64)
