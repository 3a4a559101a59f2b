"""What each item holds: values, defaults, the four null codes apart, gaps; and how well it tells crimes apart."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.crime_labels import CrimeLabels
from quality.mo_recording import NULL_CODES, MoRecording
from quality.mo_rows import MoRows, distinct

KEY = ("crime_group", "item_code", "capture_role")
# Each asked crime is in one of these states and in no other; the first that fits is it.
_STATES = ("n_value", "n_invalid", *(f"n_{code}" for code in reversed(NULL_CODES)), "n_absent")
COUNTS = (
    *("n_asked", "n_value", "n_unspecific", "n_invalid", "n_not_recorded", "n_unknown", "n_not_applicable"),
    *("n_refused", "n_absent", "n_text_only"),
)
COLUMNS = (*KEY, *COUNTS, "entropy_bits", "n_values", "top_value_code", "top_value_share")


class ProfileCounts(NamedTuple):
    """Counts of some crimes, to be added up: by crime group, item and role, and of each value there."""

    counts: pd.DataFrame
    said: pd.DataFrame


def profile_counts(labels: CrimeLabels, recording: MoRecording, rows: MoRows) -> ProfileCounts:
    """Count what some crimes hold.

    Parameters
    ----------
    labels, recording, rows
        Of the same crimes.
    """
    # a crime group that nobody names is asked for nothing
    n_roles = len(labels.role_names)
    cell = labels.group * n_roles + labels.role
    n_cells = (len(labels.group_names) + 1) * n_roles
    counted = [_counted(column, cell, n_cells, recording) for column in range(len(rows.item_codes))]
    counts = pd.concat(counted, ignore_index=True)
    kept = np.flatnonzero(rows.is_valid & recording.is_asked[rows.crime, rows.item])
    n_codes = len(rows.value_codes)
    said = (rows.crime[kept] * len(rows.item_codes) + rows.item[kept]) * n_codes + rows.value[kept]
    said = distinct(said)  # two sources that say the same say it once
    crime, item = said // (n_codes * len(rows.item_codes)), said // n_codes % len(rows.item_codes)
    values = pd.DataFrame({"cell": cell[crime], "item": item, "value": said % n_codes})
    return ProfileCounts(counts, values.value_counts().rename("n").reset_index())


def _counted(column: int, cell: np.ndarray, n_cells: int, recording: MoRecording) -> pd.DataFrame:
    asked = recording.is_asked[:, column]
    state = _state(column, recording)
    by_state = np.bincount(cell[asked] * len(_STATES) + state[asked], minlength=n_cells * len(_STATES))
    table = pd.DataFrame(by_state.reshape(n_cells, len(_STATES)), columns=list(_STATES))
    table["n_asked"] = np.bincount(cell[asked], minlength=n_cells)
    unspecific = asked & recording.is_usable[:, column] & ~recording.is_specific[:, column]
    table["n_unspecific"] = np.bincount(cell[unspecific], minlength=n_cells)
    gap = asked & ~recording.is_recorded[:, column] & ~recording.nulls["unknown"][:, column]
    table["n_text_only"] = np.bincount(cell[gap & recording.is_told[:, column]], minlength=n_cells)
    table = table.assign(cell=np.arange(n_cells), item=column)
    return table[table["n_asked"] > 0]


def _state(column: int, recording: MoRecording) -> np.ndarray:
    state = np.full(len(recording.is_asked), len(_STATES) - 1)
    holds = {"n_value": recording.is_usable, "n_invalid": recording.is_invalid}
    holds |= {f"n_{code}": cells for code, cells in recording.nulls.items()}
    for number in reversed(range(len(_STATES) - 1)):
        state[holds[_STATES[number]][:, column]] = number
    return state


def item_profile(parts: list[ProfileCounts], labels: CrimeLabels, rows: MoRows) -> pd.DataFrame:
    """Add up the counts of parts and say how well each item tells crimes apart.

    Parameters
    ----------
    parts
        From `profile_counts`; together every crime once.
    labels, rows
        Of every crime; only their names are used.

    Returns
    -------
    DataFrame
        COLUMNS, sorted by KEY (str). Counts are int64 and of crimes: n_asked (the group asks for the item, on trial
        or not, and its condition is not known to fail) is the sum of n_value (a valid value), n_invalid, the four
        null codes and n_absent (no row at all); n_unspecific of n_value say nothing; n_text_only of the gaps are
        said by the text. entropy_bits (Shannon, NaN without a value), n_values (different ones), top_value_code and
        top_value_share are of the valid values, defaults such as `other` among them; a value counts once a crime.
    """
    names = ["cell", "item"]
    counts = pd.concat([part.counts for part in parts]).groupby(names, as_index=False).sum()
    values = pd.concat([part.said for part in parts]).groupby([*names, "value"], as_index=False).sum()
    table = counts.merge(_discriminability(values, rows.value_codes), on=names, how="left")
    n_roles = len(labels.role_names)
    group_names = np.append(labels.group_names, "")
    table["crime_group"] = group_names[table["cell"].to_numpy() // n_roles]
    table["capture_role"] = labels.role_names[table["cell"].to_numpy() % n_roles]
    table["item_code"] = np.array(rows.item_codes, dtype=object)[table["item"].to_numpy()]
    table["n_values"] = table["n_values"].fillna(0).astype("int64")
    return table.astype(dict.fromkeys(KEY, "str")).sort_values(list(KEY), ignore_index=True)[list(COLUMNS)]


def _discriminability(values: pd.DataFrame, value_codes: np.ndarray) -> pd.DataFrame:
    names = ["cell", "item"]
    said = values.assign(top_value_code=value_codes[values["value"].to_numpy(dtype=np.int64)])
    # a sum of floats depends on its order, and the numbers of values on the order in which they were read
    said = said.sort_values([*names, "top_value_code"], ignore_index=True)
    share = said["n"] / said.groupby(names)["n"].transform("sum")
    said = said.assign(top_value_share=share, bits=-share * np.log2(share))
    # equal counts: the first code of the alphabet, so that the order of rows does not decide
    tops = said.sort_values(["n", "top_value_code"], ascending=[False, True]).drop_duplicates(names)
    summed = said.groupby(names, as_index=False).agg(entropy_bits=("bits", "sum"), n_values=("n", "size"))
    return summed.merge(tops[[*names, "top_value_code", "top_value_share"]], on=names)
