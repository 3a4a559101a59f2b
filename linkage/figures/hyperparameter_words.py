"""Hyperparameters of co-linkage in words: what a column of draws is about, in which unit and on which scale."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.figures.style import FigureError

INDEX = ("chain", "sweep")
UNITS = {"m": "m", "days": "days"}
_FORMS = (
    (r"n_clusters", "number of clusters"),
    (r"concentration", "evenness of cluster sizes (D)"),
    (r"time_of_day_concentration", "time of day: variety (nu)"),
    (r"item_concentration_(?P<of>.+)", "{of}: variety (nu)"),
    (r"feature_within_sd_(?P<of>.+)", "{of}: scatter within a series"),
    (r"feature_between_sd_(?P<of>.+)", "{of}: scatter between series"),
    (r"feature_centre_(?P<of>.+)", "{of}: centre"),
    (r"(?P<of>place|time)_within_sd_(?P<unit>m|days)", "{of}: scatter within a series"),
    (r"(?P<of>place|time)_between_sd_(?P<unit>m|days)", "{of}: scatter between series"),
    (r"(?P<of>place|time)_centre_(?P<axis>easting|northing)_(?P<unit>m)", "{of}: centre, {axis}"),
    (r"(?P<of>place|time)_centre_(?P<unit>days)", "{of}: centre"),
    (r"(?P<of>place|time)_spread_share_(?P<times>.+)", "{of}: share of series at {times} x scatter"),
    (r"(?P<of>place|time)_tail_share_(?P<times>.+)", "{of}: share of crimes at {times} x scatter"),
)


class Hyperparameter(NamedTuple):
    """A column of draws: its name there, what it is about (an item's code for one), words, unit and scale."""

    name: str
    of: str
    words: str
    unit: str
    is_log: bool


def hyperparameter(name: str, names: Mapping[str, str]) -> Hyperparameter:
    """Return a hyperparameter in words; one that is not known by name is shown with spaces.

    Parameters
    ----------
    name : str
        A column of `linkage.co_linkage.CoLinkageResult.draws`.
    names : mapping of code to str
        Items and other features in words.
    """
    is_log = "_sd_" in name or "concentration" in name
    for form, words in _FORMS:
        found = re.fullmatch(form, name)
        if found:
            parts = found.groupdict()
            of = parts.get("of", "time_of_day" if name.startswith("time_of_day") else "")
            told = words.format(**{**parts, "of": names.get(of, of.replace("_", " "))})
            return Hyperparameter(name, of, told, UNITS.get(parts.get("unit", ""), ""), is_log)
    return Hyperparameter(name, "", names.get(name, name.replace("_", " ")), "", False)


def drawn_hyperparameters(draws: pd.DataFrame, names: Mapping[str, str] | None) -> list[Hyperparameter]:
    """Return the hyperparameters of a frame of draws, in its order.

    Raises
    ------
    FigureError
        The frame has no chain or sweep, no hyperparameter, no rows, or draws that are not finite.
    """
    absent = [name for name in INDEX if name not in draws]
    if absent or len(draws.columns) == len(INDEX) or draws.empty:
        lacks = f"none named {', '.join(absent)}" if absent else f"{draws.shape[0]} rows of {list(draws)}"
        raise FigureError(
            f"draws: expected chain, sweep and a column a hyperparameter with rows, got {lacks}; add them"
        )
    chosen = [str(name) for name in draws.columns if name not in INDEX]
    wrong = [name for name in chosen if not np.isfinite(draws[name].to_numpy(dtype=np.float64)).all()]
    if wrong:
        raise FigureError(f"draws: expected finite numbers, got others in {', '.join(wrong)}; correct the prior")
    return [hyperparameter(name, names or {}) for name in chosen]
