"""The judgements of every crime as a whole, over the whole force at once: when, where, in what order, how often."""

import numpy as np
import pandas as pd

from quality.frame_columns import moments
from quality.judged import Judged
from quality.minimum_standard import MinimumStandard
from quality.mo_rows import MoRows
from quality.mo_rules import COMMITTED_TIME, CRIME, LOCATION
from quality.time_and_place import time_and_place
from quality.uniqueness import duplicates


def crime_judgements(
    crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, standard: MinimumStandard
) -> dict[tuple[str, str], Judged]:
    """Judge what is said of each crime beside its MO items.

    Parameters
    ----------
    crimes
        Staged crimes of the whole force, sorted by crime_id.
    rows
        The crimes' MO rows.
    properties
        Staged properties; may be empty.
    standard
        The minimum standard.

    Returns
    -------
    dict
        By pseudo-item and dimension.
    """
    judged = time_and_place(crimes, standard.limits)
    when, where = judged[COMMITTED_TIME, "precision"], judged[LOCATION, "precision"]
    vague_time = when.broken["default_midnight"] | when.broken["date_only"]
    vague_place = where.broken["default_place"] | where.broken["rough_place"]
    n_vague = vague_time.astype(np.int64) + vague_place
    has_place = ~judged[LOCATION, "completeness"].broken["no_place"]
    return judged | {
        (CRIME, "validity"): _recorded_after_report(crimes),
        (CRIME, "consistency"): _captured_after_start(crimes, rows),
        (CRIME, "uniqueness"): duplicates(crimes, rows, properties, when.is_expected & has_place, n_vague),
    }


def _recorded_after_report(crimes: pd.DataFrame) -> Judged:
    reported, recorded = moments(crimes["reported_at"]), moments(crimes["recorded_at"])
    known = ~np.isnat(reported) & ~np.isnat(recorded)
    return Judged(known, {"recorded_before_report": recorded < reported})


def _captured_after_start(crimes: pd.DataFrame, rows: MoRows) -> Judged:
    start = moments(crimes["committed_from_at"])[rows.crime]
    dated = rows.has_value & ~np.isnat(rows.captured_at) & ~np.isnat(start)
    found = np.zeros((2, len(crimes)), dtype=bool)
    found[0, rows.crime[dated]] = True
    found[1, rows.crime[dated & (rows.captured_at < start)]] = True
    return Judged(found[0], {"captured_before_crime": found[1]})
