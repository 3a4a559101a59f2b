"""Pairs of solved crimes that do or do not share an offender: what a model learns on, and how common they are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.series import groups_of_crimes

Ints = npt.NDArray[np.int64]

PAIR = ["crime_id_1", "crime_id_2"]


class PairError(ValueError):
    """Training pairs cannot be made as asked."""


@dataclass(frozen=True)
class PairSampling:
    """Which pairs of solved crimes train a model.

    Parameters
    ----------
    max_days : float
        Pairs whose events are further apart are left out.
    m : int
        Unlinked pairs drawn for each group of connected offenders.
    keep_same_incident : bool
        Keep pairs of one incident, as the published package does. One night of car break-ins is many crimes: such
        pairs would make any model look good.
    strengths : tuple of str
        Label strengths that count as solved, where the series data tells them.
    """

    max_days: float = 365.0
    m: int = 40
    keep_same_incident: bool = False
    strengths: tuple[str, ...] = ("A", "B")

    def __post_init__(self) -> None:
        if not self.max_days >= 0:
            raise PairError(f"max_days: expected 0 or more days, got {self.max_days}; 365 is usual")
        if self.m < 1:
            raise PairError(f"m: expected 1 or more pairs a group, got {self.m}; 40 is usual")


def training_pairs(
    series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling, rng: np.random.Generator
) -> pd.DataFrame:
    """Return linked and sampled unlinked pairs for training.

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, weight, is_linked; linked pairs first, each part sorted by the ids. The same
        generator state gives the same pairs whatever the order of the rows given.
    """
    linked = linked_pairs(series, crimes, sampling).assign(is_linked=True)
    unlinked = unlinked_pairs(series, crimes, sampling, rng).assign(is_linked=False)
    return pd.concat([linked, unlinked], ignore_index=True)


def linked_pairs(series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling) -> pd.DataFrame:
    """Return all pairs of crimes that share an offender.

    Parameters
    ----------
    series : DataFrame
        crime_id, person_id, event_at, and label_strength where known.
    crimes : DataFrame
        crime_id, and incident_id where known.
    sampling : PairSampling

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, weight, sorted by the ids. A weight is one over the number of the offender's pairs
        that remain, the smallest of them for a pair in several series, so that no series weighs more than 1.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function makeLinked.
    """
    members = _solved(series, crimes, sampling)
    pairs = members.merge(members, on="person_id", suffixes=("_1", "_2"))
    pairs = pairs[pairs["crime_id_1"] < pairs["crime_id_2"]]
    pairs = pairs[_is_usable(pairs, sampling)]
    weight = 1.0 / pairs.groupby("person_id")["crime_id_1"].transform("size")
    return pairs[PAIR].assign(weight=weight.astype(float)).groupby(PAIR)["weight"].min().reset_index()


def unlinked_pairs(
    series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling, rng: np.random.Generator
) -> pd.DataFrame:
    """Return a sample of pairs of solved crimes whose offenders are not connected.

    For each group of connected offenders `m` of its crimes are drawn with replacement, and each is paired with a
    crime of another group, drawn without replacement with probability proportional to one over its group's size.

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, weight 1, sorted by the ids; each pair once.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function makeUnlinked (which always draws 40, whatever it is told).
    """
    solved = _solved(series, crimes, sampling)
    solved = solved.drop_duplicates("crime_id").sort_values("crime_id", ignore_index=True)
    groups = groups_of_crimes(_of_strength(series, sampling)).reindex(solved["crime_id"]).to_numpy()
    one, other = draw_across_groups(np.asarray(pd.factorize(groups)[0], dtype=np.int64), sampling.m, rng)
    drawn = np.unique(np.column_stack([np.minimum(one, other), np.maximum(one, other)]), axis=0)
    sides = [solved.drop(columns="person_id").take(drawn[:, i]).reset_index(drop=True) for i in (0, 1)]
    pairs = pd.concat([side.add_suffix(f"_{i}") for i, side in enumerate(sides, 1)], axis="columns")
    pairs = pairs[_is_usable(pairs, sampling)]
    return pairs[PAIR].assign(weight=1.0).reset_index(drop=True)


def draw_across_groups(group: Ints, m: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw members of each group and partners for them outside it.

    Parameters
    ----------
    group : ndarray, shape (n,), int64
        Group of each position, 0, 1, ... without gaps.
    m : int
        Draws for each group, fewer where fewer positions lie outside.

    Returns
    -------
    tuple of two ndarrays, int64
        Positions of the members (with replacement) and of their partners (without, within one group's draws; with
        probability proportional to one over the size of the partner's group).
    """
    by_group = np.argsort(group, kind="stable")
    size = np.bincount(group)
    begin = np.cumsum(size) - size
    own, partner = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for g in range(len(size)):
        n_drawn = min(m, len(group) - size[g])
        own.append(by_group[begin[g] + rng.integers(size[g], size=n_drawn)])
        partner.append(by_group[_draw_outside(g, n_drawn, size, begin, rng)])
    return np.concatenate(own), np.concatenate(partner)


def prior_log_odds(series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling) -> float:
    """Return the log odds that a pair of solved crimes shares an offender, before any evidence is seen.

    Counted are all pairs of solved crimes at most `max_days` apart, at any distance, of different incidents: the
    population that the unlinked pairs stand for. Each pair counts 1, whatever its training weight. Solved crimes are
    easier to solve when they are in a series, so the odds of all crimes are lower: they are settable everywhere.

    Returns
    -------
    float
        Natural log of linked over unlinked pairs.

    Raises
    ------
    PairError
        There is no linked or no unlinked pair.
    """
    solved = _solved(series, crimes, sampling).drop_duplicates("crime_id")
    n_pairs = _pairs_within(solved["event_at"], sampling.max_days)
    if not sampling.keep_same_incident:
        batches = solved.groupby("incident")["event_at"]
        n_pairs -= sum(_pairs_within(times, sampling.max_days) for _, times in batches if len(times) > 1)
    n_linked = len(linked_pairs(series, crimes, sampling))
    if not 0 < n_linked < n_pairs:
        raise PairError(
            f"series: expected linked and unlinked pairs within {sampling.max_days} days, got {n_linked} linked of "
            f"{n_pairs}; give the prior log odds yourself"
        )
    return float(np.log(n_linked / (n_pairs - n_linked)))


def prior_for_all_crimes(solved_log_odds: float, share_solved: float) -> float:
    """Carry the prior odds of pairs of solved crimes over to pairs of all crimes, on the cautious side.

    When an offender is found, all of the offender's crimes tend to be solved together. If detection is wholly by
    offender, a share s of offenders leaves s of the linked pairs but s squared of all pairs among the solved, so the
    odds of all crimes are s times those of the solved; if each crime is solved by itself, they are equal. The truth
    lies between; the lower end is taken, for a false link harms somebody and a missed one waits.

    Parameters
    ----------
    solved_log_odds : float
        From `prior_log_odds`, natural log.
    share_solved : float
        Solved crimes as a share of all, above 0 and at most 1.

    Raises
    ------
    PairError
        The share is none.
    """
    if not 0 < share_solved <= 1:
        raise PairError(f"share_solved: expected a share above 0 and at most 1, got {share_solved}; count the crimes")
    return solved_log_odds + float(np.log(share_solved))


def _of_strength(series: pd.DataFrame, sampling: PairSampling) -> pd.DataFrame:
    if "label_strength" not in series.columns:
        return series
    return series[series["label_strength"].isin(sampling.strengths)]


def _solved(series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling) -> pd.DataFrame:
    """Return person_id, crime_id, event_at and a number for the incident of each dated row, each row once."""
    rows = _of_strength(series, sampling)[["person_id", "crime_id", "event_at"]]
    rows = rows[rows["event_at"].notna()].drop_duplicates(["person_id", "crime_id"])
    known = "incident_id" in crimes.columns
    incidents = crimes.set_index("crime_id")["incident_id"] if known else pd.Series(dtype="str")
    # A crime without an incident is an incident of its own.
    incident = rows["crime_id"].map(incidents).astype(object)
    return rows.assign(incident=incident.where(incident.notna(), "\x1f" + rows["crime_id"].astype(object)))


def _is_usable(pairs: pd.DataFrame, sampling: PairSampling) -> pd.Series:
    is_near = (pairs["event_at_1"] - pairs["event_at_2"]).abs() <= pd.Timedelta(days=sampling.max_days)
    if sampling.keep_same_incident:
        return is_near
    return is_near & (pairs["incident_1"] != pairs["incident_2"])


def _draw_outside(g: int, n_drawn: int, size: Ints, begin: Ints, rng: np.random.Generator) -> Ints:
    """Draw places outside group g without replacement, each group alike, each crime of a group alike.

    Drawing again whenever a place was drawn before is drawing without replacement with the weights that remain, and
    needs no list of all crimes for each group.
    """
    drawn = np.empty(0, np.int64)
    while len(drawn) < n_drawn:
        other = rng.integers(len(size) - 1, size=2 * n_drawn)
        other += other >= g
        place = begin[other] + rng.integers(size[other])
        drawn = np.concatenate([drawn, place])
        drawn = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    return drawn[:n_drawn]


def _pairs_within(times: pd.Series, max_days: float) -> int:
    micros = np.sort(times.to_numpy(dtype="datetime64[us]").view(np.int64))
    reach = np.searchsorted(micros, micros + int(max_days * 86_400_000_000), side="right")
    return int(np.sum(reach - np.arange(len(micros)) - 1))
