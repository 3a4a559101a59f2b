"""Which missing item would change the judgement of a pair most, were it recorded.

Every missing item is filled in for trial, once as a match and once as a difference, and the pair is compared and
scored anew. The model is only asked for scores, so that any model will do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.judged_pair import JudgedPair
from linkage.pair_scores import LinkModel, posterior_probability
from linkage.pair_values import PairValues
from linkage.rarity import value_shares

Floats = npt.NDArray[np.float64]

MOST_TRIED = 50  # values of an item, the commonest first; a code list has fewer
UNHEARD_OF = ("(some value)", "(another value)")  # stand in where nobody recorded a value that could be tried
# Differences to try of what is a number: near in steps that a model can tell apart, far beyond any pair.
TRIED = {
    "distance_km": np.concatenate([[0.0], np.geomspace(0.01, 1000.0, 101)]),
    "gap_days": np.concatenate([[0.0], np.geomspace(0.01, 4000.0, 101)]),
    "tod_gap_hours": np.linspace(0.0, 12.0, 49),
    "dow_gap_days": np.linspace(0.0, 3.5, 29),
    "nearer_share": np.concatenate([[0.0], np.geomspace(1e-7, 100.0, 101)]),
    "text_similarity": np.linspace(0.0, 1.0, 41),
}
_TIME = ("committed_from_at", "committed_to_at", "committed_from_local")
SOURCES: dict[str, tuple[str, ...]] = {
    "distance_km": ("easting_m", "northing_m"),
    "gap_days": _TIME[:2],
    "tod_gap_hours": _TIME,
    "dow_gap_days": _TIME,
    "nearer_share": ("easting_m", "northing_m"),
}


@dataclass(frozen=True)
class MissingItem:
    """What a missing item could still say about a pair.

    Parameters
    ----------
    item : str
    missing_of : tuple of str
        Which of the two crimes lack it; empty where the evidence is missing for another reason.
    known_value : str or None
        What was recorded of the other crime, with which a match is tried; None where of neither.
    change_if_match, change_if_differ : float
        What the log Bayes factor (natural) would change by. Where no value is known, the best of all matches and the
        difference of the two commonest values; of a number the largest and the smallest change that it can make.
    posterior_if_match, posterior_if_differ : float
        The posterior probability then.
    """

    item: str
    missing_of: tuple[str, ...]
    known_value: str | None
    change_if_match: float
    change_if_differ: float
    posterior_if_match: float
    posterior_if_differ: float

    @property
    def largest_change(self) -> float:
        """How far the log Bayes factor could move at most, either way."""
        return max(abs(self.change_if_match), abs(self.change_if_differ))


class _Trial(NamedTuple):
    item: str
    is_match: bool
    first: object
    second: object


def missing_items(
    judged: JudgedPair, alike: pd.DataFrame, model: LinkModel, spec: EvidenceSpec
) -> tuple[MissingItem, ...]:
    """Return what each missing item would change, the largest possible change first.

    Parameters
    ----------
    judged : JudgedPair
    alike : DataFrame
        Crimes whose recorded values are tried.
    model : LinkModel
        The one that judged; only its scores are asked for.
    spec : EvidenceSpec
        With which the evidence was made.
    """
    missing = {item: both for item, both in judged.recorded.items() if both.is_missing}
    trials = [trial for item, both in missing.items() for trial in _trials(item, both, judged.crimes, alike)]
    changes = _changes(trials, judged, model, spec) | _numeric_changes(judged, alike, model)
    found = (_as_missing(item, change, judged) for item, change in changes.items())
    return tuple(sorted(found, key=lambda one: (-one.largest_change, one.item)))


def _trials(item: str, values: PairValues, pair: pd.DataFrame, alike: pd.DataFrame) -> Iterator[_Trial]:
    shares = value_shares(alike[item])
    common = sorted(shares, key=lambda value: (-shares[value], value))[:MOST_TRIED]
    known = values.first or values.second
    if known:
        cell = pair[item].iloc[0 if values.first else 1]
        other = next(value for value in (*common, *UNHEARD_OF) if value not in known)
        yield from (_Trial(item, True, cell, cell), _Trial(item, False, cell, other))
        return
    tried = [*common, *UNHEARD_OF] if len(common) < len(UNHEARD_OF) else common
    yield from (_Trial(item, True, value, value) for value in tried)
    yield _Trial(item, False, tried[0], tried[1])


def _changes(
    trials: list[_Trial], judged: JudgedPair, model: LinkModel, spec: EvidenceSpec
) -> dict[str, tuple[float, float]]:
    """Return for each item the change of the best match and of the difference, all trials scored at once."""
    if not trials:
        return {}
    rows = np.arange(2 * len(trials))
    crimes = judged.crimes.iloc[rows % 2].reset_index(drop=True)
    for item in dict.fromkeys(trial.item for trial in trials):
        cells = crimes[item].to_numpy(dtype=object, copy=True)
        for number, trial in enumerate(trials):
            if trial.item == item:
                cells[2 * number], cells[2 * number + 1] = trial.first, trial.second
        crimes[item] = pd.Series(cells, dtype=object)
    evidence = pair_evidence(crimes, rows[::2], rows[1::2], spec)
    change = np.asarray(model.decision_function(evidence), dtype=np.float64) - judged.log_bf
    of_trial = pd.DataFrame(trials).assign(change=change)
    best = of_trial.groupby(["item", "is_match"], sort=False)["change"].max()
    return {item: (float(best[item, True]), float(best[item, False])) for item in of_trial["item"].unique()}


def _numeric_changes(judged: JudgedPair, alike: pd.DataFrame, model: LinkModel) -> dict[str, tuple[float, float]]:
    """Return the largest and the smallest change that each missing number could make."""
    changes = {}
    for item, columns in judged.columns().items():
        column = columns[0]
        if item in judged.recorded or column not in judged.evidence or not pd.isna(judged.evidence[column].iloc[0]):
            continue
        tried = TRIED[column] if column in TRIED else _differences(alike.get(item))
        evidence = judged.evidence.iloc[np.zeros(len(tried), dtype=np.int64)].reset_index(drop=True)
        evidence[column] = tried
        change = np.asarray(model.decision_function(evidence), dtype=np.float64) - judged.log_bf
        changes[item] = (float(change.max()), float(change.min()))
    return changes


def _differences(column: pd.Series | None) -> Floats:
    """Return differences to try of a number of which only the crimes know the range."""
    spread = np.nan if column is None else column.max() - column.min()
    return np.linspace(0.0, 1.0 if pd.isna(spread) else float(spread), 41)


def _as_missing(item: str, change: tuple[float, float], judged: JudgedPair) -> MissingItem:
    values = judged.recorded.get(item)
    known = () if values is None else values.first or values.second
    lacks = _lacks_number(item, judged.crimes) if values is None else [not values.first, not values.second]
    missing_of = tuple(judged.crimes.loc[lacks, "crime_id"].astype(str))
    posterior = [float(posterior_probability(judged.log_bf + one, judged.prior_log_odds)) for one in change]
    return MissingItem(item, missing_of, ", ".join(known) or None, *change, *posterior)


def _lacks_number(item: str, crimes: pd.DataFrame) -> list[bool]:
    columns = SOURCES.get(item, (item,))
    return [bool(one) for one in crimes[[name for name in columns if name in crimes]].isna().any(axis=1)]
