"""What mending a gap takes and brings: the action for its cause, its hours and the links that a year of it gains."""

import numpy as np
import pandas as pd

from quality.minimum_standard import MinimumStandard
from quality.practice.unit_costs import CAUSES, Action, UnitCosts

SECONDS_AN_HOUR = 3600.0


def priced(found: pd.DataFrame, standard: MinimumStandard, costs: UnitCosts, years: float) -> pd.DataFrame:
    """Return gaps with what mends them.

    Parameters
    ----------
    found
        Gaps with cause, is_above, n_expected, n_gap, share_shrunk, share_of_force (of the force's expected crimes),
        links_per_1000_recorded (missing where it is not known), n_lost, a count for each of CAUSES and of each those
        whose evidence is lost (`lost_` and the cause).
    standard
        Seconds that an item takes to ask.
    costs
        Actions by cause.
    years
        What the counts cover.

    Returns
    -------
    DataFrame
        With action (str), n_mended (crimes), links_gained, officer_hours, analyst_hours, hours and links_per_hour, all
        of one year; links missing where the evidence is not known. A value that linkage compares already, as what the
        text says where that is evidence, gains none: what its mending saves is the time to read.
    """
    names = [_action_name(cause, above, costs) for cause, above in zip(found["cause"], found["is_above"], strict=True)]
    actions = [costs.actions[name] for name in names]
    recovers = np.array([[action.recovers[cause] for cause in CAUSES] for action in actions]).reshape(-1, len(CAUSES))
    # Counts of a small area are drawn towards the force as its gap is, so that a chance peak promises no links.
    drawn = _ratio(found["share_shrunk"] * found["n_expected"], found["n_gap"])
    mended, regained = (
        (found[names].to_numpy(dtype=np.float64) * drawn[:, None] * recovers / years).sum(axis=1)
        for names in (list(CAUSES), [f"lost_{cause}" for cause in CAUSES])
    )
    # A crime that loses its evidence for two causes gains it once.
    regained = np.minimum(regained, found["n_lost"].to_numpy(dtype=np.float64) * drawn / years)
    links = regained * np.maximum(found["links_per_1000_recorded"].to_numpy(dtype=np.float64), 0.0) / 1000
    officer, analyst = _hours(found, actions, mended, standard, years)
    told = {"n_mended": mended, "links_gained": links, "officer_hours": officer, "analyst_hours": analyst}
    hours = officer + analyst
    return found.assign(action=names, **told, hours=hours, links_per_hour=_ratio(links, hours))


def _action_name(cause: str, is_above: bool, costs: UnitCosts) -> str:
    answer = costs.causes[cause]
    return answer.local if is_above else answer.force


def _hours(
    found: pd.DataFrame, actions: list[Action], mended: np.ndarray, standard: MinimumStandard, years: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return officer and analyst hours a year; what is fixed for the force is shared by areas not above it."""
    share = np.where(found["is_above"], 1.0, found["share_of_force"])
    crimes = found["n_expected"].to_numpy(dtype=np.float64) / years
    default = standard.limits.default_seconds
    items = standard.items
    seconds = np.array([items[code].seconds if code in items else default for code in found["item_code"]])
    asks = np.array([action.asks_again for action in actions], dtype=bool)
    officer = share * np.array([action.officer_hours_fixed for action in actions])
    officer = officer + np.array([action.officer_hours_per_100_crimes for action in actions]) * crimes / 100
    officer = officer + np.where(asks, mended * seconds / SECONDS_AN_HOUR, 0.0)
    return officer, share * np.array([action.analyst_hours_fixed for action in actions])


def _ratio(above: pd.Series | np.ndarray, below: pd.Series | np.ndarray) -> np.ndarray:
    above, below = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
