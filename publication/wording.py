"""How the report says numbers, moments and codes to people."""

from datetime import datetime
from math import exp, log

import pandas as pd

_CRIME_GROUPS = {
    "burglary_residential": "Residential burglary",
    "robbery_personal": "Personal robbery",
    "theft_from_person": "Theft from the person",
    "theft_from_vehicle": "Theft from a vehicle",
    "theft_of_vehicle": "Theft of a vehicle",
    "vehicle_interference": "Vehicle interference",
}
_METRICS = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "prevalence": "Prevalence",
    "tpr_at_1pct_fpr": "Found at 1% false alarms",
    "tpr_at_5pct_fpr": "Found at 5% false alarms",
    "calibration_slope": "Calibration slope",
    "ece": "Calibration error",
    "brier": "Brier score",
    "hit_at_1": "Partner stands first",
    "hit_at_5": "Among the first 5",
    "hit_at_20": "Among the first 20",
    "median_first_rank": "Median place",
}
_SPLITS = {
    "group": "Groups of offenders",
    "time": "Later crimes",
    "pair": "Pairs of any kind",
    "scene_links": "Scene evidence",
}
_MODELS = {"full": "All evidence", "space_and_time": "Place and time", "histogram": "Published method"}
_ITEMS = {"n_offenders": "Number of offenders"}
NONE = "\N{EN DASH}"
_TIMES = "\N{MULTIPLICATION SIGN} "


def count(value: float) -> str:
    """Return a whole number with thousands separated."""
    return f"{round(value):,}"


def percent(share: float | None) -> str:
    """Return a share in [0, 1] as a percentage that never rounds to 0 or 100 what is neither."""
    if share is None or pd.isna(share):
        return NONE
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def rare(share: float | None) -> str:
    """Return a share in [0, 1] as a percentage, one below a hundredth as one in so many."""
    if share is None or pd.isna(share) or not 0 < share < 0.01:
        return percent(share)
    return f"1 in {1 / share:,.0f}"


def measure(value: float | None) -> str:
    """Return how a model did: three decimals, or one of a place in a list."""
    if value is None or pd.isna(value):
        return NONE
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"


def times(log_bf: float | None) -> str:
    """Return by how much a log Bayes factor (natural) multiplies the odds."""
    if log_bf is None or pd.isna(log_bf):
        return NONE
    powers = log_bf / log(10)
    if powers >= 9:
        return f"{_TIMES}10{_superscript(int(powers))}"
    factor = exp(log_bf)
    if factor >= 1e6:
        return _TIMES + f"{factor / 1e6:,.3g} million"
    return _TIMES + (f"{factor:,.0f}" if factor >= 10 else f"{factor:.2g}")


def posterior(log_bf: float, prior_odds: float) -> float:
    """Return the probability that a log Bayes factor (natural) gives at some prior odds."""
    odds = prior_odds * exp(log_bf)
    return odds / (1 + odds)


def one_in(prior_odds: float) -> str:
    """Return small prior odds as people say them: 1 to so many."""
    against = 1 / prior_odds
    return f"1 to {against:,.0f}" if against >= 10 else f"1 to {against:.2g}"


def moment(value: datetime) -> str:
    """Return a UTC moment in words."""
    return f"{value.day} {value:%B %Y, %H:%M} UTC"


def day(value: datetime | None) -> str:
    """Return the day of a moment, short."""
    return NONE if value is None or pd.isna(value) else f"{value.day} {value:%b %Y}"


def days(value: float | None) -> str:
    """Return a number of days in the unit that reads best."""
    if value is None or pd.isna(value):
        return NONE
    if value < 1 / 24:
        return "less than 1 h"
    if value < 1:
        return f"{value * 24:.0f} h"
    return f"{value:.0f} day" + ("" if round(value) == 1 else "s")


def distance(value_km: float | None) -> str:
    """Return a distance given in km, in metres where it is short."""
    if value_km is None or pd.isna(value_km):
        return NONE
    return f"{value_km * 1000:.0f} m" if value_km < 1 else f"{value_km:.1f} km"


def words(code: str | None) -> str:
    """Return a code in lower_snake_case as words."""
    text = code or ""
    plain = text.replace("_", " ").strip()
    plain = "MO" + plain[2:] if plain.startswith("mo ") else plain[:1].upper() + plain[1:]
    return {**_CRIME_GROUPS, **_METRICS, **_SPLITS, **_MODELS, **_ITEMS}.get(text, plain)


def several(mix: str | None) -> str:
    """Return codes parted by commas, each with a count behind it or not, in words."""
    said = []
    for part in (mix or "").split(", "):
        code, space, number = part.rpartition(" ")
        said.append(f"{words(code)}{space}{number}" if number.isdigit() else words(part))
    return ", ".join(said)


def metric_order(metric: str) -> tuple[int, str]:
    """Return by what metrics are put in order: those that have a plain name first."""
    known = list(_METRICS)
    return (known.index(metric) if metric in known else len(known), metric)


def css_string(text: str) -> str:
    """Return text as a CSS string in which every sign but letters and digits is escaped."""
    return '"' + "".join(sign if sign.isalnum() and sign.isascii() else f"\\{ord(sign):x} " for sign in text) + '"'


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
