"""Series that keep their name across refreshes, and the events of those that change.

A series keeps its identifier when it keeps most of its crimes: more than half of them lie together in one series now.
Where several series could give their name to one, the largest overlap wins, then the one of which less was lost, then
the lower identifier. So one series never has two names, nor one name two series.
"""

import hashlib
from collections.abc import Hashable, Iterator

import pandas as pd

EVENTS = ("new", "grown", "shrunk", "merged", "split", "dissolved")
_Event = tuple[str, str, int, int, str | None]
_EVENT_COLUMNS = ["refresh_id", "series_id", "event", "n_before", "n_after", "related_series_id"]


class SeriesNameError(ValueError):
    """Memberships from which series cannot be named."""


def name_series(previous: pd.DataFrame, current: pd.DataFrame, refresh_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Name the series of this refresh after those of the previous one, and tell what changed.

    Parameters
    ----------
    previous
        `series_id`, `crime_id` of the previous refresh; empty for the first.
    current
        `series_label`, `crime_id` now; labels of any kind. A label with one crime is not a series.
    refresh_id
        The refresh in which the events are seen.

    Returns
    -------
    names
        `series_label`, `series_id`, one row per series now, by series_id.
    events
        `refresh_id, series_id, event, n_before, n_after, related_series_id`, by series_id and event. A series whose
        crimes changed but not their number has both `grown` and `shrunk`. `merged` names the series it went into;
        `split` names the series it broke off from (n_before 0), or, for a series of which no part holds most, the
        largest part (n_after 0).

    Raises
    ------
    SeriesNameError
        A column is missing or a crime stands in two series of one refresh.

    Notes
    -----
    The same memberships give the same identifiers, whatever the labels and the order of rows. A new identifier is
    S- and 10 hexadecimal digits of the sha256 of the members.
    """
    before = _memberships(previous, "series_id", "previous")
    now = _memberships(current, "series_label", "current")
    overlaps = _overlaps(before, now)
    names = _kept_names(overlaps)
    names |= _new_names(now, names, set(before["series"]))
    events = [*_fates(before, now, overlaps, names), *_arrivals(now, overlaps, names, set(before["series"]))]
    named = pd.DataFrame(
        {"series_label": pd.Series(list(names), dtype=current["series_label"].dtype), "series_id": list(names.values())}
    )
    told = pd.DataFrame([(refresh_id, *event) for event in events], columns=_EVENT_COLUMNS)
    return (
        named.astype({"series_id": "str"}).sort_values("series_id", ignore_index=True),
        told.astype({"n_before": "int64", "n_after": "int64"}).sort_values(["series_id", "event"], ignore_index=True),
    )


def _memberships(frame: pd.DataFrame, label: str, which: str) -> pd.DataFrame:
    """Return `series`, `crime_id` of series of two crimes and more, with `size`, sorted by crime."""
    missing = [name for name in (label, "crime_id") if name not in frame.columns]
    if missing:
        raise SeriesNameError(f"{which} series: expected columns {label} and crime_id, got none named {missing[0]}")
    members = frame[[label, "crime_id"]].rename(columns={label: "series"}).drop_duplicates()
    shared = members["crime_id"].duplicated().sum()
    if shared:
        raise SeriesNameError(f"{which} series: expected every crime in one series, got {shared} in several")
    size = members.groupby("series")["crime_id"].transform("size")
    return members.assign(size=size)[size > 1].sort_values("crime_id", ignore_index=True)


def _overlaps(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return former series, series now, their sizes and the crimes they share, largest overlap first."""
    shared = before.merge(now, on="crime_id", suffixes=("_before", "_now"))
    keys = ["series_before", "series_now", "size_before", "size_now"]
    counted = shared.groupby(keys, sort=False).agg(n_shared=("crime_id", "size"), first_crime=("crime_id", "min"))
    # The first shared crime, not the label, decides the last tie: labels may differ between two equal runs.
    return counted.reset_index().sort_values(
        ["n_shared", "size_before", "series_before", "first_crime"], ascending=[False, True, True, True]
    )


def _kept_names(overlaps: pd.DataFrame) -> dict[Hashable, str]:
    """Return series now -> former identifier, for those that hold most of a former series' crimes."""
    most = overlaps[2 * overlaps["n_shared"] > overlaps["size_before"]]
    winners = most.drop_duplicates("series_now")
    return dict(zip(winners["series_now"], winners["series_before"], strict=True))


def _new_names(now: pd.DataFrame, kept: dict[Hashable, str], taken: set[str]) -> dict[Hashable, str]:
    """Return series now -> identifier made of its members, none of them in use."""
    unnamed = now[~now["series"].isin(list(kept))]
    used = set(taken)
    names: dict[Hashable, str] = {}
    for series, crimes in unnamed.groupby("series", sort=False)["crime_id"]:
        members = "\n".join(map(str, crimes))
        attempt = 0
        while (name := _digest_name(members, attempt)) in used:
            attempt += 1
        used.add(name)
        names[series] = name
    return names


def _digest_name(members: str, attempt: int) -> str:
    return "S-" + hashlib.sha256(f"{attempt}\n{members}".encode()).hexdigest()[:10]


def _fates(
    before: pd.DataFrame, now: pd.DataFrame, overlaps: pd.DataFrame, names: dict[Hashable, str]
) -> Iterator[_Event]:
    """Yield what became of each former series."""
    size_now = _sizes(now)
    holder = {name: series for series, name in names.items()}
    largest = overlaps.drop_duplicates("series_before")
    parts = dict(
        zip(largest["series_before"], zip(largest["series_now"], largest["n_shared"], strict=True), strict=True)
    )
    for series, n_before in _sizes(before).items():
        part, n_shared = parts.get(series, (None, 0))
        if series in holder:
            n_after = size_now[holder[str(series)]]
            for event in _changes(n_before, n_after, n_shared):
                yield str(series), event, n_before, n_after, None
        elif n_shared > 1:
            yield str(series), "merged" if 2 * n_shared > n_before else "split", n_before, 0, names[part]
        else:
            yield str(series), "dissolved", n_before, 0, None


def _changes(n_before: int, n_after: int, n_shared: int) -> list[str]:
    if n_before == n_after:
        return [] if n_shared == n_before else ["grown", "shrunk"]
    return ["grown"] if n_after > n_before else ["shrunk"]


def _arrivals(
    now: pd.DataFrame, overlaps: pd.DataFrame, names: dict[Hashable, str], former: set[str]
) -> Iterator[_Event]:
    """Yield the series that have a new name: broken off from a former one, or new."""
    mostly = overlaps[2 * overlaps["n_shared"] > overlaps["size_now"]]
    origin = dict(zip(mostly["series_now"], mostly["series_before"], strict=True))
    for series, n_after in _sizes(now).items():
        if names[series] not in former:
            yield names[series], "split" if series in origin else "new", 0, n_after, origin.get(series)


def _sizes(members: pd.DataFrame) -> dict[Hashable, int]:
    return dict(zip(members["series"], members["size"], strict=True))
