"""Invented crimes that lack now this, now that, for tests of what scores pairs."""

import numpy as np
import pandas as pd

_LENGTHS = pd.to_timedelta(["0h", "1min", "3h", "9h", "13h", "20h", "24h", "30h", "168h", "350h"])


def incomplete_crimes(n: int, seed: int, in_degrees: bool = False) -> pd.DataFrame:
    """Return crimes at a few dozen places within 30 km (or in Britain, in degrees) and 90 days.

    One in ten lacks a coordinate, a time, or the local clock; intervals last from nothing to two weeks; items are
    missing, not applicable or several at once; one in five has no incident.
    """
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 90 * 1440, n), unit="min")
    end = start + _LENGTHS[rng.integers(0, len(_LENGTHS), n)]
    west, south = rng.integers(0, 40, n) * 750.0, rng.integers(0, 40, n) * 500.0
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:05d}" for i in range(n)],
            "incident_id": pd.Series([f"I{i}" for i in rng.integers(0, n, n)], dtype=object),
            "easting_m": west / 10_000 - 3.0 if in_degrees else west,
            "northing_m": south / 10_000 + 51.0 if in_degrees else south,
            "committed_from_at": pd.Series(start).astype("datetime64[us]"),
            "committed_to_at": pd.Series(end).astype("datetime64[us]"),
            "committed_from_local": pd.Series(start + pd.Timedelta("1h")).astype("datetime64[us]"),
            "entry": _item(rng, n, ["door", "window", "roof", "unknown", "not_applicable", None]),
            "search": _item(rng, n, ["tidy", "untidy", None]),
            "taken": _item(rng, n, [("cash",), ("cash", "car"), ("phone", "cash", "keys"), "car", (), None]),
            "n_offenders": rng.choice([1.0, 2.0, 3.0, 7.0, np.nan], n),
            "value_gbp": np.where(rng.random(n) < 0.2, np.nan, np.round(rng.exponential(300.0, n), 2)),
            "crime_group": _item(rng, n, ["burglary", "theft", "robbery", None]),
            "mo_text": _item(rng, n, ["forced the door", "forced the window", "smashed", None]),
        }
    )
    for name in ("easting_m", "northing_m", "committed_from_at", "committed_to_at", "committed_from_local"):
        crimes.loc[rng.random(n) < 0.1, name] = None
    crimes.loc[rng.random(n) < 0.2, "incident_id"] = None
    return crimes


def _item(rng: np.random.Generator, n: int, cells: list[object]) -> pd.Series:
    return pd.Series([cells[i] for i in rng.integers(0, len(cells), n)], dtype=object)
