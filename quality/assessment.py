"""One pass over everything recorded of MO: a score a crime, the scorecard, every finding, the profile of items."""

from typing import NamedTuple

import pandas as pd

from quality.minimum_standard import MinimumStandard
from quality.mo_scores import mo_scores
from quality.scorecard import mo_scorecard

FINDING_COLUMNS = (
    "crime_id",
    "area_code",
    "crime_group",
    "capture_role",
    "month",
    "item_code",
    "dimension",
    "rule",
)
PROFILE_COLUMNS = (
    *("crime_group", "item_code", "capture_role", "n_asked", "n_value", "n_unspecific", "n_invalid"),
    *("n_not_recorded", "n_unknown", "n_not_applicable", "n_refused", "n_absent", "n_text_only"),
    *("entropy_bits", "n_values", "top_value_code", "top_value_share"),
)


class Assessment(NamedTuple):
    """What was found.

    Attributes
    ----------
    scores : DataFrame
        One row a crime, as `mo_scores.mo_scores` makes it.
    scorecard : DataFrame
        One row a cell, item and dimension, as `scorecard.mo_scorecard` makes it.
    findings : DataFrame
        One row a crime, item and broken rule: FINDING_COLUMNS.
    item_profile : DataFrame
        One row a crime group, item and capture role: PROFILE_COLUMNS.
    """

    scores: pd.DataFrame
    scorecard: pd.DataFrame
    findings: pd.DataFrame
    item_profile: pd.DataFrame


def assess(
    crimes: pd.DataFrame,
    features: pd.DataFrame,
    properties: pd.DataFrame,
    text_values: pd.DataFrame,
    standard: MinimumStandard,
) -> Assessment:
    """Judge everything recorded of MO against the minimum standard.

    Parameters
    ----------
    crimes
        Staged crimes, one row each.
    features
        Staged MO features, long.
    properties
        Staged properties (crime_id, property_class, quantity, value_pence, status); may be empty.
    text_values
        What the texts say (crime_id, item_code, value_code); may be empty.
    standard
        The minimum standard.

    Raises
    ------
    FrameError
        For a missing column.
    """
    scores = mo_scores(crimes, features, standard)
    scores = scores.assign(
        standard_version=standard.version,
        capture_role="not_stated",
        n_recoverable=scores["n_recorded"],
        score_recoverable=scores["score"],
    )
    return Assessment(
        scores,
        mo_scorecard(crimes, features, properties, standard),
        pd.DataFrame({name: pd.Series(dtype=object) for name in FINDING_COLUMNS}),
        pd.DataFrame({name: pd.Series(dtype=object) for name in PROFILE_COLUMNS}),
    )
