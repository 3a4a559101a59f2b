"""The minimum-standard score of each crime: how much of what its group asks for was usefully recorded."""

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import ExpectedItem, MinimumStandard
from quality.mo_recording import MoRecording, mo_recording, told
from quality.mo_rows import mo_rows

CRIME_COLUMNS = ("crime_id", "crime_group", "area_code", "reported_at")


def mo_scores(
    crimes: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard, text_values: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Score each crime against the minimum standard.

    Parameters
    ----------
    crimes
        Staged crimes, one row each (crime_id, crime_group, area_code, reported_at; is_attempt where it is known).
    features
        Staged MO features, long.
    standard
        The minimum standard.
    text_values
        What the texts say (crime_id, item_code, value_code), if anybody has read them.

    Returns
    -------
    DataFrame
        One row a crime, sorted by crime_id: crime_id, crime_group, area_code, n_expected and n_recorded (int64),
        score (0 to 100, items weighted by tier, NaN where nothing was expected), missing_items (str, item codes
        in order of priority, joined by commas; empty where nothing is missing), n_recoverable (int64, recorded or
        said by the text) and score_recoverable (as if the text had been coded). An item counts as recorded when
        it holds a valid value that says something: `other` and the null codes do not.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(crimes, CRIME_COLUMNS, "stg_crimes")
    crimes = crimes.sort_values("crime_id", ignore_index=True)
    if "is_attempt" not in crimes.columns:
        crimes = crimes.assign(is_attempt=None)
    said = pd.DataFrame(columns=["crime_id", "item_code", "value_code"]) if text_values is None else text_values
    no_properties = pd.DataFrame({"crime_id": pd.Series(dtype="str"), "status": pd.Series(dtype="str")})
    is_told = told(pd.Index(crimes["crime_id"]), said, standard)
    recording = mo_recording(crimes, mo_rows(crimes, features, standard), no_properties, is_told, standard)
    scored = scores_of(crimes["crime_group"], recording, standard)
    return pd.concat([crimes[["crime_id", "crime_group", "area_code"]], scored], axis=1)


def scores_of(crime_group: pd.Series, recording: MoRecording, standard: MinimumStandard) -> pd.DataFrame:
    """Score crimes whose recording was judged: the columns of `mo_scores` that are measured, in the same order."""
    n_crimes = len(crime_group)
    expected = recording.is_expected
    recorded = expected & recording.is_specific
    recoverable = recorded | (expected & recording.is_told)
    score, score_recoverable = np.full(n_crimes, np.nan), np.full(n_crimes, np.nan)
    missing = np.full(n_crimes, "", dtype=object)
    for group in standard.crime_groups:
        members = np.flatnonzero(crime_group == group)
        if len(members):
            entries = standard.items_for(group)
            cells = np.ix_(members, _columns(entries, standard))
            score[members] = _score(expected[cells], recorded[cells], entries, standard)
            score_recoverable[members] = _score(expected[cells], recoverable[cells], entries, standard)
            missing[members] = _missing(expected[cells] & ~recorded[cells], entries)
    return pd.DataFrame(
        {
            "n_expected": expected.sum(axis=1),
            "n_recorded": recorded.sum(axis=1),
            "score": score,
            "missing_items": missing,
            "n_recoverable": recoverable.sum(axis=1),
            "score_recoverable": score_recoverable,
        }
    )


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
