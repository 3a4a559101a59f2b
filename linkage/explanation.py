"""Why two crimes may be linked: what each item adds, from prior odds to posterior, as data and in words.

An explanation is an assessment of one pair by itself. It says "may be linked", never more, and always how rare a
link was before the evidence was seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from linkage.candidates import CandidatePairs, ordered_crimes
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.pair_scores import (
    LinkModel,
    incident_differs,
    incident_numbers,
    item_of,
    posterior_probability,
)

_INTERVAL = ("committed_from_local", "committed_to_local")
_TIMED = {"gap_days", "tod_gap_hours", "dow_gap_days"}
_WORDS = {
    "distance_km": "{:.1f} km apart",
    "gap_days": "{:.1f} days apart",
    "tod_gap_hours": "{:.1f} hours apart in time of day",
    "dow_gap_days": "{:.1f} days apart in the week",
}
_MOST_NAMED = 3
_TOO_LITTLE_TO_NAME = 0.05  # 1.05 times the odds


class ExplanationError(ValueError):
    """A link was to be explained that cannot be."""


@dataclass(frozen=True)
class ItemContribution:
    """What one item of evidence says about a pair.

    Parameters
    ----------
    item : str
        MO item, or distance_km, gap_days, tod_gap_hours, dow_gap_days.
    value_1, value_2 : str or None
        What was recorded of each crime; None where nothing was, and for the distance, whose places are not told.
    evidence : str or float or None
        The comparison: a level (match, differ, ...), a number, or None where it is missing.
    log_bf : float
        Natural log of the factor by which it multiplies the odds; below 0 it speaks against a link.
    """

    item: str
    value_1: str | None
    value_2: str | None
    evidence: str | float | None
    log_bf: float


@dataclass(frozen=True)
class LinkExplanation:
    """The judgement of one pair by itself, item by item.

    Parameters
    ----------
    crime_id_1, crime_id_2 : str
    is_same_incident : bool
        The two are recorded as one incident, so that a link is no discovery.
    prior_log_odds, log_bf : float
        Natural logs; their sum is the posterior log odds.
    prior_probability, posterior_probability : float
    items : tuple of ItemContribution
        In the order of the model's variables.
    """

    crime_id_1: str
    crime_id_2: str
    is_same_incident: bool
    prior_log_odds: float
    log_bf: float
    prior_probability: float
    posterior_probability: float
    items: tuple[ItemContribution, ...]

    def spoke_for(self) -> tuple[ItemContribution, ...]:
        """Return the items that raise the odds, the strongest first."""
        return tuple(sorted((one for one in self.items if one.log_bf > 0), key=lambda one: -one.log_bf))

    def spoke_against(self) -> tuple[ItemContribution, ...]:
        """Return the items that lower the odds, the strongest first."""
        return tuple(sorted((one for one in self.items if one.log_bf < 0), key=lambda one: one.log_bf))

    def sentence(self) -> str:
        """Return the explanation in words, with the base rate and the share of such pairs that are not linked."""
        wrong = 1.0 - self.posterior_probability
        parts = [
            f"{self.crime_id_1} and {self.crime_id_2} may be linked: before any evidence about "
            f"{_one_in(self.prior_probability)} pairs share an offender, the evidence multiplies the odds by "
            f"{_factor(self.log_bf)}, and of 100 pairs with this result "
            f"{_of_hundred(self.posterior_probability)} would be linked and {_of_hundred(wrong)} not.",
            f"For it: {_listed(self.spoke_for())}.",
            f"Against it: {_listed(self.spoke_against())}.",
        ]
        if self.is_same_incident:
            parts.insert(0, "Both are recorded as one incident.")
        return " ".join(parts)


def explain_link(
    crimes: pd.DataFrame,
    crime_id_1: str,
    crime_id_2: str,
    model: LinkModel,
    spec: EvidenceSpec,
    prior_log_odds: float,
) -> LinkExplanation:
    """Explain the score of a pair of crimes, near or far.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    crime_id_1, crime_id_2 : str
        The two crimes, in any order; the explanation has the lower first.
    model : LinkModel
    spec : EvidenceSpec
    prior_log_odds : float
        Natural log of the prior odds of a pair.

    Raises
    ------
    ExplanationError
        When the two are one crime, or one is not in the crimes.
    """
    if crime_id_1 == crime_id_2:
        raise ExplanationError(f"crime_id_2: expected another crime than {crime_id_1}, got the same; name two crimes")
    low, high = sorted((crime_id_1, crime_id_2))
    pair = _both(ordered_crimes(crimes), low, high)
    rows = CandidatePairs(np.array([0]), np.array([1]))
    evidence = pair_evidence(pair, rows.first, rows.second, spec)
    log_bf = float(np.asarray(model.decision_function(evidence), dtype=np.float64)[0])
    terms = model.log_bf_terms(evidence)
    return LinkExplanation(
        crime_id_1=low,
        crime_id_2=high,
        is_same_incident=not incident_differs(incident_numbers(pair), rows)[0],
        prior_log_odds=prior_log_odds,
        log_bf=log_bf,
        prior_probability=float(posterior_probability(0.0, prior_log_odds)),
        posterior_probability=float(posterior_probability(log_bf, prior_log_odds)),
        items=tuple(_contribution(pair, evidence, str(name), float(terms[name].iloc[0])) for name in terms.columns),
    )


def _both(crimes: pd.DataFrame, low: str, high: str) -> pd.DataFrame:
    pair = crimes[crimes["crime_id"].isin([low, high])].reset_index(drop=True)
    absent = sorted({low, high} - set(pair["crime_id"]))
    if absent:
        raise ExplanationError(
            f"crime_id: expected crimes of the table, got {', '.join(absent)} that are not in it; "
            "check the reference and the refresh"
        )
    return pair


def _contribution(pair: pd.DataFrame, evidence: pd.DataFrame, column: str, log_bf: float) -> ItemContribution:
    compared = evidence[column].iloc[0] if column in evidence else None
    item = item_of(column)
    values = [_recorded(pair.iloc[row], item) for row in (0, 1)]
    return ItemContribution(item, values[0], values[1], _plain(compared), log_bf)


def _recorded(crime: pd.Series, item: str) -> str | None:
    if item in _TIMED:
        start, end = (_minute(crime.get(name)) for name in _INTERVAL)
        return start if start is None or end in (None, start) else f"{start} to {end}"
    value = crime.get(item)
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return ", ".join(sorted(str(one) for one in value)) or None
    return None if pd.isna(value) else str(value)


def _minute(moment: Any) -> str | None:
    return None if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M}"


def _plain(compared: Any) -> str | float | None:
    if pd.isna(compared):
        return None
    return compared if isinstance(compared, str) else float(compared)


def _one_in(probability: float) -> str:
    if probability <= 0:
        return "none of the"
    return f"1 in {1 / probability:,.0f}" if probability < 0.1 else f"1 in {1 / probability:.1f}"


def _factor(log_bf: float) -> str:
    factor = np.exp(log_bf)
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.2g}"


def _of_hundred(probability: float) -> str:
    percent = 100 * probability
    if 0 < percent < 1:
        return "fewer than 1"
    return "more than 99" if 99 < percent < 100 else f"about {percent:.0f}"


def _listed(items: tuple[ItemContribution, ...]) -> str:
    named = [one for one in items if abs(one.log_bf) >= _TOO_LITTLE_TO_NAME][:_MOST_NAMED]
    return "; ".join(f"{_said(one)} (odds times {_factor(one.log_bf)})" for one in named) or "nothing of weight"


def _said(one: ItemContribution) -> str:
    if one.item in _WORDS and isinstance(one.evidence, float):
        return _WORDS[one.item].format(one.evidence)
    if one.value_1 == one.value_2 and one.value_1 is not None:
        return f"{one.item} {one.value_1} in both"
    return f"{one.item} {one.value_1 or 'not recorded'} and {one.value_2 or 'not recorded'}"
