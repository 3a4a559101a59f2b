"""Series of crimes: who offended where and when, and the three ways to group solved crimes by their offenders."""

from collections.abc import Collection

import numpy as np
import pandas as pd

EVENTS = ("midpoint", "earliest", "latest")
LABEL_COLUMNS = ("label_strength", "link_basis")
METHODS = ("connected", "co-offenders", "offender")
LINK_BASES = ("charge", "conviction", "caution", "tic", "suspect_named", "forensic")
"""How an offender can have come to be linked with a crime."""


class SeriesError(ValueError):
    """Series data or groups cannot be made as asked."""


def series_data(
    offender_crimes: pd.DataFrame,
    crimes: pd.DataFrame,
    event: str = "midpoint",
    strengths: Collection[str] | None = None,
    bases: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return the crimes of each offender with the time of the event.

    Parameters
    ----------
    offender_crimes : DataFrame
        person_id, crime_id, and label_strength and link_basis where known.
    crimes : DataFrame
        crime_id, committed_from_at, committed_to_at (datetime, UTC).
    event : {"midpoint", "earliest", "latest"}
        The point of the interval that stands for the crime; NaT where a needed bound is missing.
    strengths : collection of str, optional
        Label strengths that count as solved, such as ("A", "B"); every one when left out.
    bases : collection of str, optional
        Bases that count as solved, such as ("charge", "conviction"); every one, and labels without, when left out.

    Returns
    -------
    DataFrame
        crime_id, person_id, event_at, and label_strength (the strongest, A before D) with its link_basis where they
        were given; one row an offender and crime of the crime table, sorted by person_id and crime_id.

    Raises
    ------
    SeriesError
        The event or a basis is unknown, a column is missing, a crime_id is repeated among the crimes, or strengths
        or bases are asked of labels without them.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function makeSeriesData.
    """
    if event not in EVENTS:
        raise SeriesError(f"event: expected one of {', '.join(EVENTS)}, got {event!r}; choose one of these")
    _require(offender_crimes, ("person_id", "crime_id"), "offender_crimes")
    _require(crimes, ("crime_id", "committed_from_at", "committed_to_at"), "crimes")
    if crimes["crime_id"].duplicated().any():
        raise SeriesError("crimes: expected each crime_id once, got one repeated; keep one row a crime")
    labels = chosen_labels(offender_crimes, strengths, bases)
    given = [name for name in LABEL_COLUMNS if name in labels.columns]
    labels = labels.sort_values(given)[["person_id", "crime_id", *given]].drop_duplicates(["person_id", "crime_id"])
    times = pd.DataFrame({"crime_id": crimes["crime_id"], "event_at": event_times(crimes, event)})
    joined = labels.merge(times, on="crime_id", how="inner")
    order = ["crime_id", "person_id", "event_at", *given]
    return joined.sort_values(["person_id", "crime_id"], ignore_index=True)[order]


def chosen_labels(
    labels: pd.DataFrame, strengths: Collection[str] | None = None, bases: Collection[str] | None = None
) -> pd.DataFrame:
    """Return the rows whose label strength and link basis are among those given; None chooses every one.

    Raises
    ------
    SeriesError
        A basis is neither one of `LINK_BASES` nor among the labels, or the column to choose by is missing.
    """
    for column, chosen in zip(LABEL_COLUMNS, (strengths, bases), strict=True):
        if chosen is None:
            continue
        if column not in labels.columns:
            raise SeriesError(f"labels: expected a column {column} to choose by, got none; add it, or choose every one")
        if column == "link_basis":
            _check_bases(chosen, labels)
        labels = labels[labels[column].isin(list(chosen))]
    return labels


def event_times(crimes: pd.DataFrame, event: str = "midpoint") -> pd.Series:
    """Return the time that stands for each crime, aligned with the crimes."""
    start, end = crimes["committed_from_at"], crimes["committed_to_at"]
    if event == "midpoint":
        return start + (end - start) / 2
    return start if event == "earliest" else end


def crime_groups(series: pd.DataFrame, method: str) -> pd.Series:
    """Return the group of each row of the series data.

    Parameters
    ----------
    series : DataFrame
        person_id, crime_id; one row an offender and crime, in any order.
    method : {"connected", "co-offenders", "offender"}
        Crimes of offenders who are connected by co-offending; crimes with exactly the same offenders; or crimes of
        one offender, so that a crime can be in several groups.

    Returns
    -------
    Series of str, aligned with the rows
        "1", "2", ... in order of first appearance when rows are sorted by person_id and crime_id.

    Raises
    ------
    SeriesError
        The method is unknown or a column is missing.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function makeGroups.
    """
    if method not in METHODS:
        raise SeriesError(f"method: expected one of {', '.join(METHODS)}, got {method!r}; choose one of these")
    _require(series, ("person_id", "crime_id"), "series")
    ordered = series.sort_values(["person_id", "crime_id"])
    if method == "connected":
        label = _connected(ordered)
    else:
        label = _same_offenders(ordered) if method == "co-offenders" else ordered["person_id"]
    number = pd.factorize(label)[0] + 1
    return pd.Series(number.astype(str), index=ordered.index, name="group", dtype="str").reindex(series.index)


def groups_of_crimes(series: pd.DataFrame, method: str = "connected") -> pd.Series:
    """Return the group of each crime, indexed by crime_id; only for methods that put a crime in one group.

    Raises
    ------
    SeriesError
        The method is `offender`.
    """
    if method == "offender":
        raise SeriesError("method: expected one that puts a crime in one group, got 'offender'; use 'connected'")
    groups = pd.Series(crime_groups(series, method).to_numpy(), index=pd.Index(series["crime_id"]), name="group")
    return groups[~groups.index.duplicated()].sort_index()


def _check_bases(bases: Collection[str], labels: pd.DataFrame) -> None:
    present = sorted(labels["link_basis"].dropna().unique())
    unknown = sorted(set(bases) - set(LINK_BASES) - set(present))
    if unknown:
        raise SeriesError(
            f"bases: expected some of {', '.join(LINK_BASES)}, got {', '.join(unknown)}; "
            f"the labels have {', '.join(present) or 'none'}"
        )


def _connected(series: pd.DataFrame) -> pd.Series:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    person, n_persons = _numbered(series["person_id"])
    crime, n_crimes = _numbered(series["crime_id"])
    n = n_persons + n_crimes
    edges = coo_array((np.ones(len(series), dtype=np.int8), (person, n_persons + crime)), shape=(n, n))
    return pd.Series(connected_components(edges, directed=False)[1][person])


def _same_offenders(series: pd.DataFrame) -> pd.Series:
    # Rows are sorted by person, so the same offenders give the same tuple.
    offenders = series.groupby("crime_id")["person_id"].agg(lambda persons: "\x1f".join(map(str, persons)))
    return series["crime_id"].map(offenders)


def _numbered(ids: pd.Series) -> tuple[np.ndarray, int]:
    code, names = pd.factorize(ids)
    return code, len(names)


def _require(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise SeriesError(
            f"{name}: expected columns {', '.join(columns)}, got none named {', '.join(absent)}; add or rename them"
        )
