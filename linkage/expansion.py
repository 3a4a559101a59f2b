"""Which further crimes may belong to a series, to an offender, or to any set of crimes, strongest first.

Prepare the crimes once, then ask of as many sets as you like; a set may be known or only suspected::

    ready = comparable_crimes(crimes, model, spec)
    further = crimes_for_members(ready, ["C0000012", "C0000345"], prior_log_odds, solved=solved_crime_ids)
    answer_for_members(further).text  # linkage.strength: says so when perhaps nobody else belongs

`crimes_for_members` scores every crime within the limits. `series_candidates` does it for all series of a force at
once, and to be quick scores only the crimes that a link leads to.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import LinkLimits, ordered_crimes
from linkage.comparable_crimes import ComparableCrimes, comparable_crimes, rows_within_reach
from linkage.evidence import EvidenceSpec
from linkage.group_linkage import (
    CrimeGroups,
    both_ways,
    crime_groups_of,
    known_crime_groups,
    led_to,
    link_to_groups,
    rank_within,
    shares_incident,
)
from linkage.linkages import LINKAGES, linkage_code
from linkage.pair_scores import LinkModel, posterior_probability
from linkage.strength import STRONG_POSTERIOR, check_strong_posterior, is_strong

__all__ = ["ComparableCrimes", "ExpansionError", "ExpansionRule", "comparable_crimes", "crimes_for_members"]
__all__ += ["series_candidates"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CANDIDATE_COLUMNS = (
    "rank",
    "crime_id",
    *LINKAGES,
    "log_bf",
    "posterior_probability",
    "is_strong",
    "is_solved",
    "n_crimes",
    "nearest_crime_id",
    "distance_km",
    "gap_days",
)


class ExpansionError(ValueError):
    """Crimes were asked for that may belong to something which holds none."""


@dataclass(frozen=True)
class ExpansionRule:
    """How candidates are ranked and which are listed.

    Parameters
    ----------
    linkage : str
        What the rank, the log BF and the posterior go by: `average`, `single` or `complete` over all members.
    top_k : int, optional
        How many are listed for a set; all where it is None.
    strong_posterior : float
        From which posterior a candidate `is_strong`.
    with_solved : bool
        Whether solved crimes are listed too, flagged `is_solved`: an offender whom nobody has named for them may
        have been there.
    """

    linkage: str = "single"
    top_k: int | None = 20
    strong_posterior: float = STRONG_POSTERIOR
    with_solved: bool = False

    def __post_init__(self) -> None:
        linkage_code(self.linkage)
        check_strong_posterior(self.strong_posterior)
        if self.top_k is not None and self.top_k < 1:
            raise ExpansionError(f"top_k: expected 1 or more, got {self.top_k}; use None for all candidates")


def crimes_for_members(
    ready: ComparableCrimes,
    members: Collection[str],
    prior_log_odds: float,
    *,
    solved: Collection[str] | Flags = (),
    limits: LinkLimits | None = None,
    rule: ExpansionRule | None = None,
) -> pd.DataFrame:
    """List the further crimes that may belong to a set of crimes, every crime within the limits scored.

    Parameters
    ----------
    ready : ComparableCrimes
        All crimes, from `comparable_crimes` or `stored_crimes`.
    members : collection of str
        crime_ids of the set, solved or not; one that comes twice counts once.
    prior_log_odds : float
        Natural log of the prior odds of a pair.
    solved : collection of str, or ndarray of bool, shape (n_crimes,)
        crime_ids of solved crimes, or whether each crime is: no candidates, unless the rule lists them too.
    limits : LinkLimits, optional
        A candidate is within these of at least one member; by default those of a refresh. Its linkage with the set
        takes in all members all the same, however far.
    rule : ExpansionRule, optional

    Returns
    -------
    DataFrame
        The columns of `CANDIDATE_COLUMNS` in order of rank (from 1; ties by crime_id). average, single and complete
        are the mean, largest and smallest log Bayes factor (natural) with the `n_crimes` members; `log_bf` is that of
        the chosen linkage and `posterior_probability` that of one pair with such a log BF. `nearest_crime_id` is the
        member that speaks most for it (of equals the lowest crime_id), `distance_km` and `gap_days` how far from it.
        Members and crimes of the same incident as a member are no candidates.

    Raises
    ------
    ExpansionError
        When there is no member, or one is not in the crimes.
    """
    limits, rule = limits or LinkLimits(), rule or ExpansionRule()
    rows = _member_rows(ready, members)
    group = crime_groups_of(rows, pd.Index(["members"] * len(rows)))
    near = pd.DataFrame({"crime": rows_within_reach(ready, rows, limits), "group": 0})
    found = near[~np.isin(near["crime"], rows)]
    return _candidates(ready, found, group, _solved(ready, solved), prior_log_odds, rule)[list(CANDIDATE_COLUMNS)]


def series_candidates(
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    prior_log_odds: float,
    links: pd.DataFrame,
    members: pd.DataFrame,
    solved: Collection[str] = (),
    rule: ExpansionRule | None = None,
) -> pd.DataFrame:
    """List the crimes outside each series that may belong to it: those linked to one of its members.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    model : LinkModel
    spec : EvidenceSpec
    prior_log_odds : float
        Natural log of the prior odds of a pair.
    links : DataFrame
        crime_id_1, crime_id_2.
    members : DataFrame
        series_id, crime_id.
    solved : collection of str
        crime_ids of solved crimes.
    rule : ExpansionRule, optional

    Returns
    -------
    DataFrame
        series_id and the columns of `CANDIDATE_COLUMNS`, in order of series and rank, as `crimes_for_members` has them.

    Raises
    ------
    ScoringError
        When a link names a crime that is not in the crimes.
    """
    rule = rule or ExpansionRule()
    crimes = ordered_crimes(crimes)
    ready = comparable_crimes(crimes, model, spec)
    groups = known_crime_groups(crimes, members, "series_id")
    pairs = led_to(both_ways(crimes, links, np.ones(len(crimes), dtype=np.bool_)), groups)
    table = _candidates(ready, pairs, groups, _solved(ready, solved), prior_log_odds, rule)
    table["series_id"] = pd.Series(groups.name.take(table["group"].to_numpy()), dtype="str")
    return table[["series_id", *CANDIDATE_COLUMNS]]


def _member_rows(ready: ComparableCrimes, members: Collection[str]) -> Ints:
    wanted = sorted(set(members))
    if not wanted:
        raise ExpansionError("members: expected at least one crime, got none; name the crimes of the set")
    rows = ready.rows(wanted)
    if (rows < 0).any():
        absent = [str(name) for name, row in zip(wanted, rows, strict=True) if row < 0]
        raise ExpansionError(
            f"members: expected crimes of the table, got {len(absent)} that are not in it "
            f"({', '.join(absent[:3])}); check them against crime_id"
        )
    return rows


def _solved(ready: ComparableCrimes, solved: Collection[str] | Flags) -> Flags:
    if isinstance(solved, np.ndarray):
        return solved
    is_solved = np.zeros(ready.n_crimes, dtype=np.bool_)
    rows = ready.rows(list(solved)) if len(solved) else np.empty(0, dtype=np.int64)
    is_solved[rows[rows >= 0]] = True
    return is_solved


def _candidates(
    ready: ComparableCrimes,
    pairs: pd.DataFrame,
    groups: CrimeGroups,
    is_solved: npt.NDArray[np.bool_],
    prior_log_odds: float,
    rule: ExpansionRule,
) -> pd.DataFrame:
    """Score crimes and groups (columns crime and group), rank the crimes of each group, and describe those listed."""
    excluded = shares_incident(pairs, groups, ready.incident)
    if not rule.with_solved:
        excluded |= is_solved[pairs["crime"]]
    crime, group = (pairs.loc[~excluded, name].to_numpy(dtype=np.int64) for name in ("crime", "group"))
    ranked = rank_within(link_to_groups(crime, group, groups, ready.score), "group", rule.linkage, "crime")
    if rule.top_k is not None:
        ranked = ranked[ranked["rank"] <= rule.top_k].reset_index(drop=True)
    crime, nearest = ranked["crime"].to_numpy(), ranked["nearest"].to_numpy()
    posterior = posterior_probability(ranked[rule.linkage], prior_log_odds)
    distance_km, gap_days = ready.gaps(crime, nearest)
    return ranked.assign(
        crime_id=ready.names(crime),
        log_bf=ranked[rule.linkage],
        posterior_probability=posterior,
        is_strong=is_strong(posterior, rule.strong_posterior),
        is_solved=is_solved[crime],
        nearest_crime_id=ready.names(nearest),
        distance_km=distance_km,
        gap_days=gap_days,
    )
