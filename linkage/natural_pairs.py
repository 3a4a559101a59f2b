"""Pairs of solved crimes as they come in nature: every linked pair, and a weighted sample of all the others."""

import numpy as np
import pandas as pd

from linkage.pair_population import population_sample
from linkage.pairs import PAIR, PairSampling, linked_pairs


def natural_pairs(
    series: pd.DataFrame,
    crimes: pd.DataFrame,
    sampling: PairSampling,
    rng: np.random.Generator,
    *,
    near_km: float = 5.0,
    n_near: int | None = 500_000,
    n_far: int = 500_000,
) -> pd.DataFrame:
    """Return all linked pairs and a sample of the unlinked ones, each with the number of pairs that it stands for.

    Training pairs are drawn group by group, which makes links look common: measured on them, precision and posterior
    probabilities are not those that a force will see. On these pairs they are.

    Parameters
    ----------
    series : DataFrame
        Of the labels that count as solved: crime_id, person_id, event_at.
    crimes : DataFrame
        crime_id, incident_id, easting_m, northing_m, committed_from_at, committed_to_at, and crime_group where the
        sampling asks for it.
    sampling : PairSampling
        Its time limit, and whether pairs of two crime groups count, hold here too. No unlinked pair is of one incident.
    rng : Generator
    near_km : float
        Unlinked pairs at most so far apart are drawn apart from farther ones, for links are among the near.
    n_near, n_far : int
        Unlinked pairs to draw of each kind; all near ones where `n_near` is None.

    Returns
    -------
    DataFrame
        crime_id_1 < crime_id_2, is_linked, stands_for; linked pairs, which stand for themselves, first; each part
        sorted by the ids.
    """
    linked = linked_pairs(series, crimes, sampling)[PAIR].assign(is_linked=True, stands_for=1.0)
    is_solved = crimes["crime_id"].isin(series["crime_id"]).to_numpy(dtype=np.bool_)
    drawn = population_sample(
        crimes, sampling.max_days, near_km, rng, n_far, n_near, is_solved, across_groups=sampling.across_groups
    )
    ids = [crimes["crime_id"].take(drawn[side].to_numpy()).to_numpy() for side in ("first", "second")]
    others = pd.DataFrame({PAIR[0]: ids[0], PAIR[1]: ids[1], "is_linked": False, "stands_for": drawn["weight"]})
    known = pd.MultiIndex.from_frame(linked[PAIR])
    unlinked = others[~pd.MultiIndex.from_frame(others[PAIR]).isin(known)].sort_values(PAIR)
    return pd.concat([linked, unlinked], ignore_index=True)
