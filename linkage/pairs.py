"""Pairs of solved crimes that do or do not share an offender: what a model learns on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import group_numbers, incidents_known_apart
from linkage.series import chosen_labels, groups_of_crimes

Ints = npt.NDArray[np.int64]

PAIR = ["crime_id_1", "crime_id_2"]
SCENE_LINK_USES = ("hold_out", "train", "ignore")


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
        Unlinked pairs drawn for each group of connected offenders; without `across_groups`, in each crime group.
    keep_same_incident : bool
        Keep pairs of one incident, as the published package does. One night of car break-ins is many crimes: such
        pairs would make any model look good.
    strengths : tuple of str
        Label strengths that count as solved, where the series data tells them.
    bases : tuple of str, optional
        Link bases that count as solved; every one, and labels without, when left out.
    across_groups : bool
        Whether crimes of two crime groups make a pair, linked or not. Score the way you train: a model knows nothing
        of pairs that it was never shown.
    scene_links : {"hold_out", "train", "ignore"}
        What becomes of crimes that a scene links, where `training_pairs` is given any. `train`: they are linked pairs
        like those of an offender. `hold_out`: they train nothing, and `linkage.scene_links.held_out_pairs` are the
        truth to judge a model by. Either way no unlinked pair contradicts them. `ignore`: as if there were none.
    """

    max_days: float = 365.0
    m: int = 40
    keep_same_incident: bool = False
    strengths: tuple[str, ...] = ("A", "B")
    bases: tuple[str, ...] | None = None
    across_groups: bool = True
    scene_links: str = "hold_out"

    def __post_init__(self) -> None:
        if not self.max_days >= 0:
            raise PairError(f"max_days: expected 0 or more days, got {self.max_days}; 365 is usual")
        if self.m < 1:
            raise PairError(f"m: expected 1 or more pairs a group, got {self.m}; 40 is usual")
        if self.scene_links not in SCENE_LINK_USES:
            raise PairError(
                f"scene_links: expected one of {', '.join(SCENE_LINK_USES)}, got {self.scene_links!r}; choose one"
            )


def training_pairs(
    series: pd.DataFrame,
    crimes: pd.DataFrame,
    sampling: PairSampling,
    rng: np.random.Generator,
    scene: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return linked and sampled unlinked pairs for training.

    Parameters
    ----------
    series, crimes, sampling
        As `linked_pairs` takes them.
    rng : Generator
    scene : DataFrame, optional
        crime_id, person_id, event_at of crimes that a scene links (`linkage.scene_links.scene_series`).

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, weight, is_linked; linked pairs first, each part sorted by the ids. The same
        generator state gives the same pairs whatever the order of the rows given.
    """
    linked = linked_pairs(series, crimes, sampling, scene).assign(is_linked=True)
    unlinked = unlinked_pairs(series, crimes, sampling, rng, scene).assign(is_linked=False)
    return pd.concat([linked, unlinked], ignore_index=True)


def linked_pairs(
    series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling, scene: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return all pairs of crimes that share an offender.

    Parameters
    ----------
    series : DataFrame
        crime_id, person_id, event_at, and label_strength and link_basis where known.
    crimes : DataFrame
        crime_id, incident_id where known, and crime_group where the sampling asks for it.
    sampling : PairSampling
    scene : DataFrame, optional
        Rows like the series, whose pairs are linked too where scene links train.

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, weight, sorted by the ids. A weight is one over the number of the offender's pairs
        that remain, the smallest of them for a pair in several series, so that no series weighs more than 1.

    Raises
    ------
    SeriesError
        A link basis is unknown, or asked of a series without.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function makeLinked.
    """
    rows = training_series(series, sampling, scene if sampling.scene_links == "train" else None)
    members = placed_rows(rows, crimes, sampling)
    pairs = members.merge(members, on="person_id", suffixes=("_1", "_2"))
    pairs = pairs[pairs["crime_id_1"] < pairs["crime_id_2"]]
    pairs = pairs[are_usable(pairs, sampling)]
    weight = 1.0 / pairs.groupby("person_id")["crime_id_1"].transform("size")
    return pairs[PAIR].assign(weight=weight.astype(float)).groupby(PAIR)["weight"].min().reset_index()


def unlinked_pairs(
    series: pd.DataFrame,
    crimes: pd.DataFrame,
    sampling: PairSampling,
    rng: np.random.Generator,
    scene: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return a sample of pairs of solved crimes whose offenders are not connected.

    For each group of connected offenders `m` of its crimes are drawn with replacement, and each is paired with a
    crime of another group, drawn without replacement with probability proportional to one over its group's size.
    Crimes that a scene links are of one group.

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, weight 1, sorted by the ids; each pair once.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function makeUnlinked (which always draws 40, whatever it is told).
    """
    rows = training_series(series, sampling, scene)
    solved = placed_rows(rows, crimes, sampling).drop_duplicates("crime_id")
    solved = solved.drop(columns="person_id").sort_values("crime_id", ignore_index=True)
    group = groups_of_crimes(rows).reindex(solved["crime_id"]).to_numpy()
    one, other = _draw_in_blocks(solved["block"].to_numpy(), group, sampling.m, rng)
    drawn = np.unique(np.column_stack([np.minimum(one, other), np.maximum(one, other)]), axis=0)
    sides = [solved.take(drawn[:, i]).reset_index(drop=True) for i in (0, 1)]
    pairs = pd.concat([side.add_suffix(f"_{i}") for i, side in enumerate(sides, 1)], axis="columns")
    pairs = pairs[are_usable(pairs, sampling)]
    return pairs[PAIR].assign(weight=1.0).reset_index(drop=True)


def training_series(series: pd.DataFrame, sampling: PairSampling, scene: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the rows whose connected groups say which crimes are never an unlinked pair, nor on two sides of a split.

    Returns
    -------
    DataFrame
        person_id, crime_id, event_at: the series of the strengths and bases that count, and after them the rows
        of the scene where scene links train; where they are held out, only those of crimes in the series, for what is
        known of other crimes stays out of training.
    """
    strengths = sampling.strengths if "label_strength" in series.columns else None
    rows = chosen_labels(series, strengths, sampling.bases)[["person_id", "crime_id", "event_at"]]
    if scene is None or sampling.scene_links == "ignore":
        return rows
    if sampling.scene_links == "hold_out":
        scene = scene[scene["crime_id"].isin(rows["crime_id"])]
    return pd.concat([rows, scene[rows.columns]], ignore_index=True)


def placed_rows(rows: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling) -> pd.DataFrame:
    """Return the dated rows, each once, with numbers for the incident and for the block that pairs are made in.

    A crime without an incident is an incident of its own; one of no known crime group is, where groups are kept
    apart, a block of its own.
    """
    rows = rows[rows["event_at"].notna()].drop_duplicates(["person_id", "crime_id"])
    known = crimes.columns.intersection(["incident_id", "crime_group"])
    of_crime = crimes[["crime_id", *known]].set_index("crime_id").reindex(rows["crime_id"])
    return rows.assign(incident=incidents_known_apart(of_crime), block=group_numbers(of_crime, sampling.across_groups))


def are_usable(pairs: pd.DataFrame, sampling: PairSampling) -> pd.Series:
    """Tell which pairs of `placed_rows` (suffixes _1 and _2) are near in time, of one block and of two incidents."""
    is_near = (pairs["event_at_1"] - pairs["event_at_2"]).abs() <= pd.Timedelta(days=sampling.max_days)
    is_usable = is_near & (pairs["block_1"] == pairs["block_2"])
    if sampling.keep_same_incident:
        return is_usable
    return is_usable & (pairs["incident_1"] != pairs["incident_2"])


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


def _draw_in_blocks(block: Ints, group: np.ndarray, m: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw across the groups within each block, in order of the blocks' first appearance."""
    code = pd.factorize(block)[0]
    one, other = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for places in np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1]):
        drawn = draw_across_groups(np.asarray(pd.factorize(group[places])[0], dtype=np.int64), m, rng)
        one.append(places[drawn[0]])
        other.append(places[drawn[1]])
    return np.concatenate(one), np.concatenate(other)


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
