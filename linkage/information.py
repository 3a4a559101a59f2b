"""How much an MO item tells about a pair when both crimes recorded it."""

import numpy as np
import pandas as pd

from linkage.bayes_factors import HistogramBayesFactor
from linkage.histogram_term import BayesFactorTerm
from linkage.item_evidence import MISSING, NOT_APPLICABLE


def item_weights(model: HistogramBayesFactor, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the evidence weight of every MO item of a fitted model.

    Parameters
    ----------
    model : HistogramBayesFactor
        Fitted.
    pairs : DataFrame
        Training pairs: is_linked and the match columns with their levels.

    Returns
    -------
    DataFrame
        item_code, kl_linked (mean log Bayes factor, natural, that a truly linked pair gains where both crimes
        recorded the item: sum of p_L log(p_L / p_U) over the recorded levels, shares made to add up to 1 over them),
        n_linked (linked training pairs with the item on both), in order of item_code.
    """
    rows = []
    for name, term in model.terms_.items():
        if name.startswith("match_") and not term.is_continuous:
            n_linked = _n_recorded(pairs, name)
            rows.append((name.removeprefix("match_"), _kl_linked(term), n_linked))
    return pd.DataFrame(rows, columns=["item_code", "kl_linked", "n_linked"]).sort_values(
        "item_code", ignore_index=True
    )


def _kl_linked(term: BayesFactorTerm) -> float:
    recorded = np.array([level not in (MISSING, NOT_APPLICABLE) for level in term.levels], dtype=np.bool_)
    p_linked, p_unlinked = (p[: len(recorded)][recorded] for p in (term.p_linked, term.p_unlinked))
    if not p_linked.sum() > 0 or not p_unlinked.sum() > 0:
        return float("nan")
    p_linked, p_unlinked = p_linked / p_linked.sum(), p_unlinked / p_unlinked.sum()
    seen = p_linked > 0
    return float(np.sum(p_linked[seen] * np.log(p_linked[seen] / p_unlinked[seen])))


def _n_recorded(pairs: pd.DataFrame, name: str) -> int:
    if name not in pairs.columns:
        return 0
    levels = pairs[name].astype("str")
    return int((pairs["is_linked"].astype(bool) & ~levels.isin([MISSING, NOT_APPLICABLE]) & pairs[name].notna()).sum())
