"""Crimes that forensic evidence from their scenes joins: series of an offender whom nobody needs to know.

They are the one truth about linked crimes that does not depend on an offender being found: they train a model, or they
are held out to judge it on crimes of the kind that nobody solves.
"""

from collections.abc import Collection

import pandas as pd

from linkage.pairs import PAIR, PairSampling, are_usable, placed_rows, training_series
from linkage.series import event_times, groups_of_crimes

SCENE_BASES = ("dna", "finger", "footwear", "toolmark")
PERSON_BASES = ("dna", "finger")
"""Bases that name a person. A sole or a tool may be lent, sold or one of many alike, so two crimes with its mark need
not share an offender; and without a common mark they may, for shoes are changed, so that crimes which only such marks
describe are no examples of unlinked crimes either."""


class SceneLinkError(ValueError):
    """Scene links cannot be used as asked."""


def scene_series(
    scene_links: pd.DataFrame, crimes: pd.DataFrame, bases: Collection[str] = PERSON_BASES
) -> pd.DataFrame:
    """Return the crimes that scene links join, directly or through others, as series like those of offenders.

    Parameters
    ----------
    scene_links : DataFrame
        crime_id_1, crime_id_2, basis; links of crimes that are not among the crimes are passed over.
    crimes : DataFrame
        crime_id, committed_from_at, committed_to_at (datetime, UTC).
    bases : collection of str
        Which of `SCENE_BASES` count.

    Returns
    -------
    DataFrame
        crime_id, person_id, event_at (the midpoint), sorted by person_id and crime_id; one row a crime. The person is
        nobody that is known: `scene:` and the lowest crime_id of the connected component.

    Raises
    ------
    SceneLinkError
        A basis is unknown or a column is missing.
    """
    links = _chosen(scene_links, crimes, bases)
    # Each link is taken for a person who did both crimes: connected persons are connected crimes.
    rows = pd.concat([links[name].rename("crime_id") for name in PAIR]).rename_axis("person_id").reset_index()
    group = groups_of_crimes(rows)
    series = pd.DataFrame({"crime_id": group.index, "group": group.to_numpy()})
    lowest = series.groupby("group")["crime_id"].transform("min")
    at = pd.DataFrame({"crime_id": crimes["crime_id"], "event_at": event_times(crimes)})
    named = series.assign(person_id="scene:" + lowest).merge(at, on="crime_id")
    return named.sort_values(["person_id", "crime_id"], ignore_index=True)[["crime_id", "person_id", "event_at"]]


def held_out_pairs(
    scene_links: pd.DataFrame,
    series: pd.DataFrame,
    crimes: pd.DataFrame,
    sampling: PairSampling,
    bases: Collection[str] = PERSON_BASES,
) -> pd.DataFrame:
    """Return the truly linked pairs that a model trained with this sampling knows nothing of.

    Only pairs that a link itself names are true beyond doubt: of two crimes joined through a third, one may be the
    work of one of two partners and the other of the other. Pairs that training would not use (too far apart in time, of
    one incident, of two crime groups where those are kept apart) are no truth to judge by either.

    Parameters
    ----------
    scene_links, crimes, bases
        As `scene_series` takes them.
    series : DataFrame
        The series data that train.
    sampling : PairSampling

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, basis (the first of `SCENE_BASES` where there are several), group (the person_id of
        `scene_series`, to resample by), sorted by the ids. No pair is of a component that has a crime of a series that
        trains; there is none where scene links are not held out.

    Raises
    ------
    SceneLinkError, SeriesError
        A basis is unknown or a column is missing.
    """
    scene = scene_series(scene_links, crimes, bases)
    is_trained = scene["crime_id"].isin(training_series(series, sampling)["crime_id"])
    free = scene[~scene["person_id"].isin(scene["person_id"][is_trained])]
    members = placed_rows(free, crimes, sampling)
    links = _chosen(scene_links, crimes, bases)
    for number in (1, 2):
        links = links.merge(members.add_suffix(f"_{number}"), on=f"crime_id_{number}")
    pairs = links[are_usable(links, sampling) & (sampling.scene_links == "hold_out")]
    pairs = pairs.rename(columns={"person_id_1": "group"})[[*PAIR, "basis", "group"]]
    strength = pairs["basis"].map({basis: place for place, basis in enumerate(SCENE_BASES)})
    pairs = pairs.assign(strength=strength).sort_values([*PAIR, "strength"]).drop_duplicates(PAIR)
    return pairs.drop(columns="strength").reset_index(drop=True)


def _chosen(scene_links: pd.DataFrame, crimes: pd.DataFrame, bases: Collection[str]) -> pd.DataFrame:
    """Return crime_id_1 < crime_id_2 and basis of the links that count, rows numbered."""
    absent = [name for name in (*PAIR, "basis") if name not in scene_links.columns]
    if absent:
        raise SceneLinkError(f"scene_links: expected columns {', '.join((*PAIR, 'basis'))}, got no {', '.join(absent)}")
    present = sorted(scene_links["basis"].dropna().unique())
    unknown = sorted(set(bases) - set(SCENE_BASES))
    if unknown:
        raise SceneLinkError(
            f"bases: expected some of {', '.join(SCENE_BASES)}, got {', '.join(unknown)}; "
            f"the scene links have {', '.join(present) or 'none'}"
        )
    known = crimes["crime_id"]
    is_chosen = scene_links["basis"].isin(list(bases))
    links = scene_links[is_chosen & scene_links["crime_id_1"].isin(known) & scene_links["crime_id_2"].isin(known)]
    ends = links[PAIR]
    ordered = pd.DataFrame({PAIR[0]: ends.min(axis=1), PAIR[1]: ends.max(axis=1), "basis": links["basis"]})
    return ordered[ordered[PAIR[0]] != ordered[PAIR[1]]].reset_index(drop=True)
