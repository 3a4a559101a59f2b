"""Scores that stay comparable when the minimum standard changes: what changed because of recording, what because of it.

The crimes of a refresh are scored under the standard of the refresh before it as well. Then, exactly,
mean now - mean before = (these crimes under the previous standard - mean before)      change by recording
                       + (these crimes now - these crimes under the previous standard) change by standard
"""

import json
from pathlib import Path

import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import STANDARD_FILE, MinimumStandard, standard_from_document
from quality.mo_scores import mo_scores
from quality.standard_document import check_document, read_document

SCORE_COLUMNS = ("crime_id", "crime_group", "area_code", "score")
STANDARDS_COLUMNS = ["standard_version", "standard_fingerprint", "document"]
CELL = ["crime_group", "area_code"]
COLUMNS = [
    *CELL,
    "standard_from",
    "standard_to",
    "n_crimes_before",
    "n_crimes",
    "mean_score_before",
    "mean_score_under_previous",
    "mean_score_under_current",
    "change_by_recording",
    "change_by_standard",
]
ALL = "all"
NOT_STATED = "not_stated"
SHOWN_OF_FINGERPRINT = 8


def mo_standards(path: Path | None = None) -> pd.DataFrame:
    """Return the standard in force as one row, so that any later refresh can score by it.

    Parameters
    ----------
    path
        A YAML file; the standard that ships with the software where none is given.

    Returns
    -------
    DataFrame
        standard_version, standard_fingerprint, document (str, the whole standard as JSON).
    """
    document = read_document(STANDARD_FILE if path is None else path)
    standard = standard_from_document(document)
    row = (standard.version, standard.fingerprint, json.dumps(document, ensure_ascii=False))
    return pd.DataFrame([row], columns=STANDARDS_COLUMNS)


def recorded_standard(document: str) -> MinimumStandard:
    """Return the standard that a refresh recorded.

    Raises
    ------
    StandardError
        A standard of a form that this release no longer reads.
    """
    read = json.loads(document)
    # Tiers are whole numbers, which JSON makes text of where they are keys.
    tiers = {int(tier): node for tier, node in read["tiers"].items()}
    targets = {
        dimension: {int(tier): share for tier, share in node.items()} if isinstance(node, dict) else node
        for dimension, node in read["targets"].items()
    }
    # No score depends on a target, so one for a dimension that came later does not stand in the way.
    later = read_document(STANDARD_FILE)["targets"]
    former = read | {"tiers": tiers, "targets": later | targets}
    check_document(former)
    return standard_from_document(former)


def standard_name(version: str, fingerprint: str) -> str:
    """Return what tells standards apart: the version, and the start of the fingerprint that an edit changes."""
    return f"{version}@{fingerprint[:SHOWN_OF_FINGERPRINT]}"


def mo_score_changes(
    before: pd.DataFrame, under_previous: pd.DataFrame, current: pd.DataFrame, standard_from: str, standard_to: str
) -> pd.DataFrame:
    """Take the change of the mean score since the previous refresh apart.

    Parameters
    ----------
    before
        Scores that the previous refresh published.
    under_previous, current
        Scores of this refresh's crimes under the previous and under the present standard (`mo_scores.mo_scores`).
    standard_from, standard_to
        Names of the two standards.

    Returns
    -------
    DataFrame
        crime_group, area_code (str; `all` for all areas, and for all groups and areas), standard_from, standard_to,
        n_crimes_before, n_crimes (int64, scored), mean_score_before, mean_score_under_previous,
        mean_score_under_current (0 to 100), change_by_recording, change_by_standard (points; their sum is the change
        of the mean), missing where a mean is. One row per crime group and area that this refresh has, sorted.

    Raises
    ------
    FrameError
        For a missing column.
    """
    sides = {"before": before, "under_previous": under_previous, "under_current": current}
    means = [_means(scores, name) for name, scores in sides.items()]
    changes = means[2].join(means[1]).join(means[0])
    changes["change_by_recording"] = changes["mean_score_under_previous"] - changes["mean_score_before"]
    changes["change_by_standard"] = changes["mean_score_under_current"] - changes["mean_score_under_previous"]
    counts = {"n_crimes": changes["n_under_current"], "n_crimes_before": changes["n_before"].fillna(0)}
    changes = changes.assign(**{name: count.astype("int64") for name, count in counts.items()})
    changes = changes.assign(standard_from=standard_from, standard_to=standard_to)
    return changes.reset_index().sort_values(CELL, ignore_index=True)[COLUMNS]


def rescored(crimes: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Score the crimes of this refresh under another standard; of the values that it lists, that is.

    Staging keeps no value that the present standard does not list, so one that was since struck off reads as not
    valid under both, and its loss counts as recording.
    """
    listed = standard.code_list().drop_duplicates(["item_code", "value_code", "crime_group"])
    known = pd.MultiIndex.from_frame(listed[["item_code", "value_code", "crime_group"]])
    groups = features["crime_id"].map(crimes.set_index("crime_id")["crime_group"])
    said = pd.MultiIndex.from_arrays([features["item_code"], features["value_code"], groups])
    return mo_scores(crimes, features.assign(is_valid_code=said.isin(known)), standard)


def _means(scores: pd.DataFrame, name: str) -> pd.DataFrame:
    require_columns(scores, SCORE_COLUMNS, f"mo_scores ({name})")
    stated = scores.assign(**{key: scores[key].fillna(NOT_STATED) for key in CELL})
    views = (stated, stated.assign(area_code=ALL), stated.assign(area_code=ALL, crime_group=ALL))
    summed = pd.concat([view.groupby(CELL)["score"].agg(["count", "mean"]) for view in views])
    return summed.set_axis([f"n_{name}", f"mean_score_{name}"], axis=1)
