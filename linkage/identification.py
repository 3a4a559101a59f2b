"""Which crimes, series and offenders a crime may belong to, strongest first.

`identify_series` scores every solved crime, as the published method does. `rank_candidates` scores the groups that a
crime's links lead to, each against all of its crimes. The other way round, from a series to crimes: `expansion`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import ordered_crimes
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
from linkage.pair_scores import (
    LinkModel,
    PairScore,
    incident_numbers,
    pair_scorer,
    posterior_probability,
    row_positions,
)
from linkage.strength import STRONG_POSTERIOR, check_strong_posterior, is_strong

Ints = npt.NDArray[np.int64]

RANKING_COLUMNS = (
    "crime_id",
    "rank",
    "candidate_kind",
    "candidate_id",
    "log_bf",
    "posterior_probability",
    *LINKAGES,
    "n_crimes",
    "nearest_crime_id",
    "is_same_incident",
    "is_strong",
)


class IdentificationError(ValueError):
    """Crimes and groups were given that do not fit together."""


def identify_series(
    crime_rows: Ints, solved_rows: Ints, groups: npt.ArrayLike, score: PairScore, linkage: str = "average"
) -> pd.DataFrame:
    """Rank all groups of solved crimes for each crime.

    Parameters
    ----------
    crime_rows : int64, shape (n_crimes,)
        Row positions of the crimes to identify, each once.
    solved_rows : int64, shape (n_solved,)
        Row positions of solved crimes; one in several groups comes once for each.
    groups : array-like, shape (n_solved,)
        Group of each solved crime.
    score : callable
        Gives the log Bayes factors of pairs from two int64 arrays of row positions (`pair_scorer` makes one).
    linkage : str
        What the rank goes by: `average`, `single` or `complete`; ties go by the group's label.

    Returns
    -------
    DataFrame
        crime_row, rank (from 1), group, average, single, complete (natural log), n_crimes: one row per crime and
        group, in order of crime row and rank. A group that holds the crime itself is scored by its other crimes.

    Raises
    ------
    IdentificationError
        When crimes and groups differ in number.
    HierarchyError
        When the linkage is unknown.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function seriesID.
    """
    linkage_code(linkage)
    solved_rows, labels = np.asarray(solved_rows, dtype=np.int64), pd.Index(np.asarray(groups))
    if len(solved_rows) != len(labels):
        raise IdentificationError(
            f"groups: expected one for each of {len(solved_rows)} solved crimes, got {len(labels)}; "
            "repeat a crime for each of its groups"
        )
    grouped = crime_groups_of(solved_rows, labels)
    n_groups = len(grouped.name)
    crime = np.repeat(np.asarray(crime_rows, dtype=np.int64), n_groups)
    scored = link_to_groups(crime, np.tile(np.arange(n_groups), len(crime_rows)), grouped, score)
    ranked = rank_within(scored, "crime", linkage, "group")
    ranked["group"] = grouped.name.take(ranked["group"].to_numpy())
    return ranked.rename(columns={"crime": "crime_row"})[["crime_row", "rank", "group", *LINKAGES, "n_crimes"]]


def rank_candidates(
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    prior_log_odds: float,
    links: pd.DataFrame,
    solved_groups: pd.DataFrame,
    offender_crimes: pd.DataFrame,
    to_solved: pd.DataFrame | None = None,
    top_k: int = 20,
    linkage: str = "single",
    strong_posterior: float = STRONG_POSTERIOR,
) -> pd.DataFrame:
    """List the strongest crimes, solved series and offenders for each unsolved crime.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    model : LinkModel
    spec : EvidenceSpec
    prior_log_odds : float
        Natural log of the prior odds of a pair.
    links : DataFrame
        crime_id_1, crime_id_2, log_bf, is_same_incident: `ScoredLinks.links`.
    solved_groups : DataFrame
        crime_id, group_id of solved crimes. Crimes that are not in the crimes are passed over.
    offender_crimes : DataFrame
        crime_id, person_id, of the label strengths that count. Crimes not in the crimes are passed over.
    to_solved : DataFrame, optional
        crime_id_1, crime_id_2: `ScoredLinks.to_solved`, further links that lead to solved crimes, without which
        a crime whose strongest partners are all unsolved has no series or offender listed.
    top_k : int
        Candidates of each kind kept for a crime.
    linkage : str
        What series and offenders are ranked by. On 40 hidden crimes of the reference data the true series ranks
        better by `single` (mean reciprocal rank 0.61) than by `average` (0.54) or `complete` (0.50).
    strong_posterior : float
        From which posterior a candidate `is_strong`. A crime with no strong series or offender is perhaps of a new
        series (`strength.answer_for_crime`).

    Returns
    -------
    DataFrame
        The columns of `RANKING_COLUMNS`, in order of crime_id, kind (crime, series, offender) and rank (from 1 in
        each kind). `log_bf` is that of the chosen linkage, and the posterior that of one pair with such a log
        BF: it does not add up over candidates. `nearest_crime_id` is the member that speaks most for it. Crimes
        of the same incident are no candidates; a series or offender with one of them is flagged.

    Raises
    ------
    HierarchyError, StrengthError, ScoringError
        When the linkage is unknown, the threshold no probability, or a link names a crime that is not in the crimes.
    """
    linkage_code(linkage)
    check_strong_posterior(strong_posterior)
    crimes = ordered_crimes(crimes)
    ids = crimes["crime_id"]
    score = pair_scorer(crimes, model, spec)
    series = known_crime_groups(crimes, solved_groups, "group_id")
    offenders = known_crime_groups(crimes, offender_crimes, "person_id")
    unsolved = np.ones(len(crimes), dtype=np.bool_)
    unsolved[series.rows] = unsolved[offenders.rows] = False
    incident = incident_numbers(crimes)
    starts = both_ways(crimes, links if to_solved is None else pd.concat([links, to_solved]), unsolved)
    kinds = [_rank_crimes(crimes, links, unsolved, top_k)]
    for kind, groups in (("series", series), ("offender", offenders)):
        ranked = _linked_groups(starts, groups, score, linkage, top_k)
        ranked["is_same_incident"] = shares_incident(ranked, groups, incident)
        ranked["candidate_id"] = groups.name.take(ranked["group"].to_numpy()).astype("str")
        kinds.append(ranked.assign(candidate_kind=kind))
    table = pd.concat(kinds, ignore_index=True)
    table["log_bf"] = table[linkage]
    table["posterior_probability"] = posterior_probability(table["log_bf"], prior_log_odds)
    table["is_strong"] = is_strong(table["posterior_probability"], strong_posterior)
    table["crime_id"] = ids.take(table["crime"].to_numpy()).to_numpy()
    table["nearest_crime_id"] = ids.take(table["nearest"].to_numpy()).to_numpy()
    # Kinds were put together in their order, which a stable sort keeps.
    return table.sort_values("crime", kind="stable", ignore_index=True)[list(RANKING_COLUMNS)]


def _linked_groups(
    starts: pd.DataFrame, groups: CrimeGroups, score: PairScore, linkage: str, top_k: int
) -> pd.DataFrame:
    pairs = led_to(starts, groups)
    scored = link_to_groups(pairs["crime"].to_numpy(), pairs["group"].to_numpy(), groups, score)
    ranked = rank_within(scored, "crime", linkage, "group")
    return ranked[ranked["rank"] <= top_k].reset_index(drop=True)


def _rank_crimes(
    crimes: pd.DataFrame, links: pd.DataFrame, unsolved: npt.NDArray[np.bool_], top_k: int
) -> pd.DataFrame:
    """Rank each unsolved crime's linked crimes of other incidents, in the columns that groups have."""
    elsewhere = links[~links["is_same_incident"].to_numpy(dtype=np.bool_)]
    one, two = (row_positions(crimes, elsewhere[name]) for name in ("crime_id_1", "crime_id_2"))
    log_bf = np.tile(elsewhere["log_bf"].to_numpy(dtype=np.float64), 2)
    found = pd.DataFrame({"crime": np.concatenate([one, two]), "nearest": np.concatenate([two, one])})
    found = found.assign(**dict.fromkeys(LINKAGES, log_bf), n_crimes=1, is_same_incident=False, candidate_kind="crime")
    ranked = rank_within(found[unsolved[found["crime"]]], "crime", "single", "nearest")
    ranked = ranked[ranked["rank"] <= top_k].reset_index(drop=True)
    return ranked.assign(candidate_id=crimes["crime_id"].take(ranked["nearest"].to_numpy()).to_numpy())
