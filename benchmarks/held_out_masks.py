"""Masks of the reference data: solved crimes whose offender is hidden, so that the truth about them is known.

The published mask hides one crime of each of the 40 groups with several crimes. Forty are too few to tell models
apart, and every hidden crime belongs to somebody known; so further masks draw another crime of each group, and hide 30
crimes whose offenders are known for nothing else, to whom "nobody known" is the right answer.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.held_out_cases import Case, known_groups
from benchmarks.reference_data import REFERENCE, ReferenceData
from linkage.series import groups_of_crimes, series_data

N_ALONE = 30


def published_mask(data: ReferenceData) -> Case:
    """Hide the 40 crimes of the published mask; the truth is the crime's own group, as the package was judged."""
    mask = pd.read_csv(REFERENCE / "heldout_mask.csv")
    series = series_data(data.offender_crimes, data.crimes)
    case = _masked("published mask", data, series, list(mask["crimeID"]), 0)
    own = _own_group(series, case)
    return case._replace(truth=own, unit=np.arange(len(case.asked)))


def random_masks(data: ReferenceData, n_masks: int, seed: int = 1) -> Iterator[Case]:
    """Hide one crime of each group with several and 30 alone; the truth is any group that shares an offender."""
    series = series_data(data.offender_crimes, data.crimes)
    group, connected = (groups_of_crimes(series, method) for method in ("co-offenders", "connected"))
    several = group[group.map(group.value_counts()) > 1]
    alone = connected[connected.map(connected.value_counts()) == 1].index.to_numpy()
    for number in range(n_masks):
        rng = np.random.default_rng([seed, number])
        hidden = [rng.choice(np.sort(members.index)) for _, members in several.groupby(several)]
        hidden += list(rng.choice(np.sort(alone), N_ALONE, replace=False))
        yield _masked(f"mask {number + 1}", data, series, hidden, number)


def _masked(name: str, data: ReferenceData, series: pd.DataFrame, hidden: list[str], number: int) -> Case:
    crimes = data.crimes.sort_values("crime_id", ignore_index=True)
    left = series[~series["crime_id"].isin(hidden)]
    known = known_groups(crimes, left)
    asked = np.flatnonzero(crimes["crime_id"].isin(hidden)).astype(np.int64)
    offenders = series.groupby("crime_id")["person_id"].agg(set)
    of_group = left.assign(group=left["crime_id"].map(dict(zip(crimes["crime_id"], known.of_crime, strict=True))))
    of_group = of_group.groupby("group")["person_id"].agg(set).reindex(list(known.names))
    truth = np.array([[bool(offenders[crime] & each) for each in of_group] for crime in crimes["crime_id"].iloc[asked]])
    unit = np.full(len(asked), number, dtype=np.int64)
    return Case(name, crimes, left, known.of_crime, known.names, known.shares, asked, truth, unit)


def _own_group(series: pd.DataFrame, case: Case) -> np.ndarray:
    people = series.sort_values("person_id").groupby("crime_id")["person_id"].agg(tuple)
    names = pd.Series(case.known_group, index=case.crimes["crime_id"]).dropna()
    of_group = {name: people[crime] for crime, name in names.items()}
    asked = case.crimes["crime_id"].iloc[case.asked]
    return np.array([[people[crime] == of_group[name] for name in case.groups] for crime in asked])
