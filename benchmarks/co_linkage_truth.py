"""Whether the probabilities of a judged demo force are true: what it says beside the truth that it never saw.

A known group is right if somebody who took part in its solved crimes, wrong suspects or not, took part in the crime;
a pair of crimes if somebody took part in both.
"""

from typing import Any

import numpy as np
import pandas as pd

from assets.known_groups import known_groups
from benchmarks.scored_force import ScoredForce

BINS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)


def truth_figures(
    force: ScoredForce, crimes: pd.DataFrame, candidates: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, Any]:
    """Compare the frames `crimes`, `candidates` and `pairs` of a judged force with the truth.

    Returns
    -------
    dict
        For groups and for pairs of unsolved crimes, by bins of the probability: n, its mean, and the share that is
        true. Expected and true share of unsolved crimes whose offender is in a known group.
    """
    unsolved = pd.Index(crimes["crime_id"])
    true_groups = _true_groups(force, unsolved)
    groups = candidates[candidates["candidate_kind"] == "group"]
    said = pd.MultiIndex.from_frame(groups[["crime_id", "candidate_id"]])
    between = pairs[pairs["crime_id_1"].isin(unsolved) & pairs["crime_id_2"].isin(unsolved)]
    first_group = groups["rank"] == 1
    return {
        "expected_known": float(crimes["p_known_group"].mean()),
        "true_known": float(unsolved.isin(true_groups.get_level_values(0)).mean()),
        "groups": _by_bins(groups["probability"], said.isin(true_groups)),
        "first_groups_true": float(said.isin(true_groups)[first_group].mean()) if first_group.any() else np.nan,
        "pairs": _by_bins(between["probability"], _share_offender(force.truth, between)),
    }


def _true_groups(force: ScoredForce, unsolved: pd.Index) -> pd.MultiIndex:
    """Return unsolved crimes and the known groups that share an offender with each."""
    groups = force.known[["crime_id"]].assign(group=known_groups(force.known, "co-offenders")).drop_duplicates()
    people = force.truth[["crime_id", "person_id"]].drop_duplicates()
    of_groups = groups.merge(people, on="crime_id")[["group", "person_id"]].drop_duplicates()
    found = people[people["crime_id"].isin(unsolved)].merge(of_groups, on="person_id")
    return pd.MultiIndex.from_frame(found[["crime_id", "group"]].drop_duplicates())


def _share_offender(truth: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    people = truth[["crime_id", "person_id"]].drop_duplicates()
    ends = pairs[["crime_id_1", "crime_id_2"]].assign(row=np.arange(len(pairs)))
    first = ends.merge(people, left_on="crime_id_1", right_on="crime_id")[["row", "crime_id_2", "person_id"]]
    both = first.merge(people, left_on=["crime_id_2", "person_id"], right_on=["crime_id", "person_id"])
    is_true = np.zeros(len(pairs), dtype=np.bool_)
    is_true[both["row"]] = True
    return is_true


def _by_bins(probability: pd.Series, is_true: np.ndarray) -> list[dict[str, float]]:
    at = np.searchsorted(BINS[1:-1], probability.to_numpy(), side="right")
    table = pd.DataFrame({"bin": at, "said": probability.to_numpy(), "true": is_true})
    means = table.groupby("bin").agg(n=("said", "size"), said=("said", "mean"), true=("true", "mean"))
    return [
        {"from": BINS[int(k)], "to": BINS[int(k) + 1], "n": int(row["n"]), "said": row["said"], "true": row["true"]}
        for k, row in means.iterrows()
    ]
