"""The minimum-standard score of each crime: how much of what its group asks for was usefully recorded."""

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import ExpectedItem, MinimumStandard
from quality.mo_recording import mo_recording
from quality.mo_rows import mo_rows

CRIME_COLUMNS = ("crime_id", "crime_group", "area_code", "reported_at")


def mo_scores(crimes: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Score each crime against the minimum standard.

    Parameters
    ----------
    crimes
        Staged crimes, one row each (crime_id, crime_group, area_code, reported_at).
    features
        Staged MO features, long.
    standard
        The minimum standard.

    Returns
    -------
    DataFrame
        One row a crime, sorted by crime_id: crime_id, crime_group, area_code, n_expected and n_recorded (int64),
        score (0 to 100, items weighted by tier, NaN where nothing was expected), missing_items (str, item codes
        in order of priority, joined by commas; empty where nothing is missing). An item counts as recorded when
        it holds a valid value that says something: `other` and the null codes do not.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(crimes, CRIME_COLUMNS, "stg_crimes")
    crimes = crimes.sort_values("crime_id", ignore_index=True)
    recording = mo_recording(crimes, mo_rows(crimes, features, standard), standard)
    scores = crimes[["crime_id", "crime_group", "area_code"]].copy()
    expected, recorded = recording.is_expected, recording.is_expected & recording.is_specific
    scores["n_expected"] = expected.sum(axis=1)
    scores["n_recorded"] = recorded.sum(axis=1)
    scores["score"] = np.nan
    scores["missing_items"] = ""
    for group in standard.crime_groups:
        members = np.flatnonzero(crimes["crime_group"] == group)
        if len(members):
            entries = standard.items_for(group)
            cells = np.ix_(members, _columns(entries, standard))
            scores.iloc[members, 5] = _score(expected[cells], recorded[cells], entries, standard)
            scores.iloc[members, 6] = _missing(expected[cells] & ~recorded[cells], entries)
    return scores


def _columns(entries: tuple[ExpectedItem, ...], standard: MinimumStandard) -> np.ndarray:
    codes = list(standard.items)
    return np.array([codes.index(entry.item_code) for entry in entries])


def _score(
    expected: np.ndarray, recorded: np.ndarray, entries: tuple[ExpectedItem, ...], standard: MinimumStandard
) -> np.ndarray:
    weights = np.array([standard.tiers[entry.tier].weight for entry in entries])
    possible = expected @ weights
    reached = recorded @ weights
    return np.divide(100 * reached, possible, out=np.full(len(possible), np.nan), where=possible > 0)


def _missing(missing: np.ndarray, entries: tuple[ExpectedItem, ...]) -> np.ndarray:
    # Eight items make at most 256 different texts: write each once, then hand them out.
    patterns = missing @ (1 << np.arange(len(entries)))
    seen, position = np.unique(patterns, return_inverse=True)
    texts = [
        ",".join(entry.item_code for bit, entry in enumerate(entries) if pattern >> bit & 1)
        for pattern in seen.tolist()
    ]
    return np.array(texts, dtype=object)[position]
