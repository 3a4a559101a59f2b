"""One pass over everything recorded of MO: a score a crime, the scorecard, every finding, the profile of items."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.consistency import consistency
from quality.crime_judgements import crime_judgements
from quality.crime_labels import CrimeLabels, crime_labels, named
from quality.frame_columns import require_columns
from quality.item_judgements import item_judgements
from quality.item_profile import ProfileCounts, item_profile, profile_counts
from quality.judged import Judged
from quality.minimum_standard import MinimumStandard
from quality.mo_findings import broken_rules, mo_findings
from quality.mo_recording import TEXT_COLUMNS, mo_recording, told
from quality.mo_rows import MoRows, mo_rows, positions
from quality.mo_rules import PSEUDO_ITEMS, MoRule, rules_of
from quality.mo_scores import scores_of
from quality.scorecard import scorecard_of

CRIMES_AT_ONCE = 100_000
CRIME_COLUMNS = ("crime_id", "area_code", "crime_group", "is_attempt", "committed_from_local", "reported_at")


class Assessment(NamedTuple):
    """What was found.

    Attributes
    ----------
    scores : DataFrame
        One row a crime, sorted by crime_id: as `mo_scores.mo_scores` makes it, and standard_version, capture_role.
    scorecard : DataFrame
        One row a cell, item and dimension, as `scorecard.scorecard_of` makes it.
    findings : DataFrame
        One row a crime, item and broken rule, as `mo_findings.mo_findings` makes it.
    item_profile : DataFrame
        One row a crime group, item and capture role, as `item_profile.item_profile` makes it.
    """

    scores: pd.DataFrame
    scorecard: pd.DataFrame
    findings: pd.DataFrame
    item_profile: pd.DataFrame


class _Force(NamedTuple):
    """What is known of every crime before they are judged part by part."""

    crimes: pd.DataFrame
    properties: pd.DataFrame
    labels: CrimeLabels
    of_crime: dict[tuple[str, str], Judged]
    is_told: np.ndarray
    rules: dict[str, MoRule]
    item_codes: tuple[str, ...]
    standard: MinimumStandard


class _Part(NamedTuple):
    """What was found of one part of the crimes; `found` has positions among every crime."""

    scores: pd.DataFrame
    scorecard: pd.DataFrame
    found: np.ndarray
    profile: ProfileCounts


def assess(
    crimes: pd.DataFrame,
    features: pd.DataFrame,
    properties: pd.DataFrame,
    text_values: pd.DataFrame,
    standard: MinimumStandard,
    crimes_at_once: int = CRIMES_AT_ONCE,
) -> Assessment:
    """Judge everything recorded of MO against the minimum standard.

    Every finding is a crime that the scorecard counts as expected and not met, in the same cell, item and
    dimension. A gap that the text fills is counted under `recoverable` as well, and has no second finding there.

    Parameters
    ----------
    crimes
        Staged crimes, one row each.
    features
        Staged MO features, long; columns of text may be categories, which saves memory.
    properties
        Staged properties (crime_id, property_class, quantity, value_pence, status); may be empty.
    text_values
        What the texts say (crime_id, item_code, value_code); may be empty.
    standard
        The minimum standard.
    crimes_at_once
        About so many crimes are judged together; it bounds memory and changes nothing else.

    Raises
    ------
    FrameError
        For a missing column.
    StandardError
        A rule of the standard has the name of another.
    """
    require_columns(crimes, CRIME_COLUMNS, "stg_crimes")
    # categories would be sorted in the order in which they were met
    crimes = crimes.astype({"crime_id": "str"}).sort_values("crime_id", ignore_index=True)
    rows = mo_rows(crimes, features, standard)
    labels = crime_labels(crimes, rows)
    crime_id = crimes["crime_id"]
    owner = positions(pd.Index(crime_id), properties["crime_id"])
    force = _Force(
        # from here on a crime is its position, which is found faster than its name
        crimes.assign(crime_id=np.arange(len(crimes))),
        properties.assign(crime_id=owner),
        labels,
        crime_judgements(crimes, rows, properties, standard),
        told(pd.Index(crime_id), text_values, standard),
        rules_of(standard),
        (*standard.items, *PSEUDO_ITEMS),
        standard,
    )
    members = _members(labels, crimes_at_once)
    parts = list(_judged_parts(force, rows, members))
    found = np.concatenate([part.found for part in parts])
    return Assessment(
        _scores(force, crime_id, np.concatenate(members), parts),
        pd.concat([part.scorecard for part in parts], ignore_index=True),
        mo_findings(crime_id, labels, found, force.rules, force.item_codes),
        item_profile([part.profile for part in parts], labels, rows),
    )


def mo_scorecard(
    crimes: pd.DataFrame, features: pd.DataFrame, properties: pd.DataFrame, standard: MinimumStandard
) -> pd.DataFrame:
    """Return the scorecard alone, where nobody has read the texts; arguments and errors as of `assess`."""
    no_texts = pd.DataFrame({name: pd.Series(dtype="str") for name in TEXT_COLUMNS})
    return assess(crimes, features, properties, no_texts, standard).scorecard


def _members(labels: CrimeLabels, crimes_at_once: int) -> list[np.ndarray]:
    """Cut the crimes into parts, in the order of the scorecard and never through one of its cells."""
    order = np.lexsort((labels.month, labels.area))
    area, month = labels.area[order], labels.month[order]
    starts = np.flatnonzero((np.diff(area) != 0) | (np.diff(month) != 0)) + 1
    cuts = starts[np.diff(starts // crimes_at_once, prepend=0) > 0]
    return [np.sort(members) for members in np.split(order, cuts)]


def _judged_parts(force: _Force, rows: MoRows, members: list[np.ndarray]) -> Iterator[_Part]:
    part_of_crime = np.full(len(force.crimes) + 1, -1)  # the last is where rows of unknown crimes look
    for number, crimes in enumerate(members):
        part_of_crime[crimes] = number
    part_of_property = part_of_crime[force.properties["crime_id"].to_numpy()]
    for number, part_rows in enumerate(rows.parts(members, len(force.crimes))):
        properties = force.properties[part_of_property == number]
        yield _judged_part(force, members[number], part_rows, properties)


def _judged_part(force: _Force, members: np.ndarray, rows: MoRows, properties: pd.DataFrame) -> _Part:
    crimes, labels = force.crimes.iloc[members], force.labels.of(members)
    recording = mo_recording(crimes, rows, properties, force.is_told[members], force.standard)
    contradictions = consistency(crimes, rows, properties, force.standard)
    judgements = [
        *item_judgements(recording, contradictions, rows.item_codes),
        *((item, dimension, judged.of(members)) for (item, dimension), judged in force.of_crime.items()),
    ]
    found = broken_rules(judgements, force.rules, force.item_codes)
    found[:, 0] = members[found[:, 0]]
    return _Part(
        scores_of(crimes["crime_group"], recording, force.standard),
        scorecard_of(labels, judgements, force.item_codes),
        found,
        profile_counts(labels, recording, rows),
    )


def _scores(force: _Force, crime_id: pd.Series, order: np.ndarray, parts: list[_Part]) -> pd.DataFrame:
    measured = pd.concat([part.scores for part in parts], ignore_index=True).iloc[np.argsort(order)]
    scores = measured.reset_index(drop=True)
    for place, column in enumerate((crime_id, force.crimes["crime_group"], force.crimes["area_code"])):
        scores.insert(place, column.name, column)
    role = named(force.labels.role, force.labels.role_names)
    return scores.assign(standard_version=force.standard.version, capture_role=role)
