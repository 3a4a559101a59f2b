"""Why two crimes may be linked: what each item adds, from prior odds to posterior, as data and in words.

An explanation is an assessment of one pair by itself. It says "may be linked", never more, and always how rare a
link was before the evidence was seen. `linkage.figures.waterfall` draws it.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from linkage.candidates import CandidatePairs, ordered_crimes
from linkage.evidence import EvidenceSpec
from linkage.explanation_words import sentence
from linkage.item_evidence import NULL_CODES
from linkage.judged_pair import JudgedPair, judge_pair
from linkage.missing_items import MissingItem, missing_items
from linkage.pair_scores import (
    LinkModel,
    incident_differs,
    incident_numbers,
    posterior_probability,
)
from linkage.pair_values import alike, rarest

_INTERVAL = ("committed_from_local", "committed_to_local")
_MOMENTS = {
    "gap_days": "%Y-%m-%d %H:%M",
    "tod_gap_hours": "%H:%M",
    "dow_gap_days": "%A",
}  # what each compares of a time
_TOLD_BESIDE = {"nearer_share": ("distance_km",)}
_THE_PAIR = CandidatePairs(np.array([0]), np.array([1]))


class ExplanationError(ValueError):
    """A link was to be explained that cannot be."""


@dataclass(frozen=True)
class ItemContribution:
    """What one item of evidence says about a pair.

    Parameters
    ----------
    item : str
        MO item, or distance_km, gap_days, tod_gap_hours, dow_gap_days, nearer_share, text_similarity.
    value_1, value_2 : str or None
        What was recorded of each crime; None where nothing was, and for places and texts, which are not told.
    evidence : str or float or None
        The comparison: a level (match, differ, ...), a number, or None where it is missing; of an item that is
        compared in several ways, the first of `comparisons`.
    log_bf : float
        Natural log of the factor by which it multiplies the odds, all its comparisons together; below 0 it speaks
        against a link.
    comparisons : tuple of (str, str or float or None)
        Each evidence column of the item with its value; beside nearer_share also distance_km, for a share of crimes
        alone tells nobody how far.
    shared_value : str or None
        The value that both crimes have; of several the rarest.
    share_of_crimes : float or None
        Share of crimes that have it, of those of the pair's crime group with the item recorded.
    """

    item: str
    value_1: str | None
    value_2: str | None
    evidence: str | float | None
    log_bf: float
    comparisons: tuple[tuple[str, str | float | None], ...] = ()
    shared_value: str | None = None
    share_of_crimes: float | None = None


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
    missing : tuple of MissingItem
        What was not recorded of one or both, the largest possible change first.
    """

    crime_id_1: str
    crime_id_2: str
    is_same_incident: bool
    prior_log_odds: float
    log_bf: float
    prior_probability: float
    posterior_probability: float
    items: tuple[ItemContribution, ...]
    missing: tuple[MissingItem, ...] = field(default=())

    def spoke_for(self) -> tuple[ItemContribution, ...]:
        """Return the items that raise the odds, the strongest first."""
        return tuple(sorted((one for one in self.items if one.log_bf > 0), key=lambda one: -one.log_bf))

    def spoke_against(self) -> tuple[ItemContribution, ...]:
        """Return the items that lower the odds, the strongest first."""
        return tuple(sorted((one for one in self.items if one.log_bf < 0), key=lambda one: one.log_bf))

    def most_telling_missing(self) -> MissingItem | None:
        """Return the missing item that could change the log Bayes factor most; None where nothing is missing."""
        return self.missing[0] if self.missing else None

    def sentence(self) -> str:
        """Return the explanation in words, with the base rate and the share of such pairs that are not linked."""
        return sentence(self)

    def as_data(self) -> dict[str, Any]:
        """Return the explanation as a dict that `json.dumps(..., allow_nan=False)` accepts; logs are natural.

        Beside the fields: `spoke_for`, `spoke_against` (item names, the strongest first), `most_telling_missing`
        (an item name or None) and `sentence`.
        """
        most = self.most_telling_missing()
        data = asdict(self)
        data["items"] = [{**one, "comparisons": dict(one["comparisons"])} for one in data["items"]]
        data["missing"] = [{**one, "missing_of": list(one["missing_of"])} for one in data["missing"]]
        return {
            **data,
            "spoke_for": [one.item for one in self.spoke_for()],
            "spoke_against": [one.item for one in self.spoke_against()],
            "most_telling_missing": None if most is None else most.item,
            "sentence": self.sentence(),
        }


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
        One row a crime, in any order: all of them, for they tell how rare a shared value is.
    crime_id_1, crime_id_2 : str
        The two crimes, in any order; the explanation has the lower first.
    model : LinkModel
        Any model; only its scores and its share of each column are asked for.
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
    pair = _both(crimes, low, high)
    judged = judge_pair(pair, model, spec, prior_log_odds)
    like = alike(crimes, pair)
    return LinkExplanation(
        crime_id_1=low,
        crime_id_2=high,
        is_same_incident=not incident_differs(incident_numbers(pair), _THE_PAIR)[0],
        prior_log_odds=prior_log_odds,
        log_bf=judged.log_bf,
        prior_probability=float(posterior_probability(0.0, prior_log_odds)),
        posterior_probability=float(posterior_probability(judged.log_bf, prior_log_odds)),
        items=_contributions(judged, crimes, like),
        missing=missing_items(judged, like, model, spec),
    )


def _both(crimes: pd.DataFrame, low: str, high: str) -> pd.DataFrame:
    pair = ordered_crimes(crimes[crimes["crime_id"].isin([low, high])])
    absent = sorted({low, high} - set(pair["crime_id"]))
    if absent:
        raise ExplanationError(
            f"crime_id: expected crimes of the table, got {', '.join(absent)} that are not in it; "
            "check the reference and the refresh"
        )
    return pair


def _contributions(judged: JudgedPair, crimes: pd.DataFrame, like: pd.DataFrame) -> tuple[ItemContribution, ...]:
    # How rare a crime group is, only the crimes of all groups tell.
    among = {"crime_group": crimes}
    return tuple(
        _contribution(item, columns, judged, among.get(item, like)) for item, columns in judged.columns().items()
    )


def _contribution(item: str, columns: list[str], judged: JudgedPair, like: pd.DataFrame) -> ItemContribution:
    present = [column for column in (*columns, *_TOLD_BESIDE.get(item, ())) if column in judged.evidence]
    compared = tuple((column, _plain(judged.evidence[column].iloc[0])) for column in present)
    values = judged.recorded.get(item)
    shared, share = rarest(like[item], values.shared) if values else (None, None)
    return ItemContribution(
        item=item,
        value_1=_recorded(judged.crimes.iloc[0], item),
        value_2=_recorded(judged.crimes.iloc[1], item),
        evidence=compared[0][1] if compared else None,
        log_bf=float(judged.terms[columns].iloc[0].sum()),
        comparisons=compared,
        shared_value=shared,
        share_of_crimes=share,
    )


def _recorded(crime: pd.Series, item: str) -> str | None:
    if item in _MOMENTS:
        start, end = (_moment(crime.get(name), _MOMENTS[item]) for name in _INTERVAL)
        return start if start is None or end in (None, start) else f"{start} to {end}"
    value = crime.get(item)
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return ", ".join(sorted(str(one) for one in value)) or None
    return None if pd.isna(value) or value in NULL_CODES else str(value)


def _moment(moment: Any, layout: str) -> str | None:
    return None if pd.isna(moment) else f"{moment:{layout}}"


def _plain(compared: Any) -> str | float | None:
    if pd.isna(compared):
        return None
    return compared if isinstance(compared, str) else float(compared)
