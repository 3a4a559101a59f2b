"""A pair of crimes as a model judges it: its evidence, each column's share, and the values that were compared."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.evidence import SPACE_AND_TIME, EvidenceSpec, pair_evidence
from linkage.pair_scores import LinkModel, item_of
from linkage.pair_values import PairValues, pair_values


class JudgedPair(NamedTuple):
    """A pair as it was judged.

    Attributes
    ----------
    crimes : DataFrame
        The two crimes.
    evidence : DataFrame
        One row.
    terms : DataFrame
        One row: what each evidence column adds to the log Bayes factor (natural).
    recorded : dict of str to PairValues
        What both crimes hold of each item that the model weighs, those left out that are numbers or text.
    log_bf, prior_log_odds : float
        Natural logs.
    """

    crimes: pd.DataFrame
    evidence: pd.DataFrame
    terms: pd.DataFrame
    recorded: dict[str, PairValues]
    log_bf: float
    prior_log_odds: float

    def columns(self) -> dict[str, list[str]]:
        """Return the evidence columns of each item, in the order of the model."""
        found: dict[str, list[str]] = {}
        for column in self.terms.columns:
            found.setdefault(item_of(str(column)), []).append(str(column))
        return found


def judge_pair(crimes: pd.DataFrame, model: LinkModel, spec: EvidenceSpec, prior_log_odds: float) -> JudgedPair:
    """Compare and score the two crimes of a frame."""
    evidence = pair_evidence(crimes, np.array([0]), np.array([1]), spec)
    terms = model.log_bf_terms(evidence)
    numbers = {*SPACE_AND_TIME, "text_similarity", *spec.numerical}
    items = dict.fromkeys(item_of(str(column)) for column in terms.columns)
    return JudgedPair(
        crimes=crimes,
        evidence=evidence,
        terms=terms,
        recorded={item: pair_values(crimes[item]) for item in items if item not in numbers and item in crimes},
        log_bf=float(np.asarray(model.decision_function(evidence), dtype=np.float64)[0]),
        prior_log_odds=prior_log_odds,
    )
