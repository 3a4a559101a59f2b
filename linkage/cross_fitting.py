"""How strong a model finds pairs that it has not seen: each fold of offender groups judged by a model without them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.calibration import Strengths
from linkage.contender import Contender

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

N_FOLDS = 5


class FoldError(ValueError):
    """Groups cannot be divided into folds as asked."""


def held_out_strengths(
    contender: Contender,
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    groups: pd.Series,
    population_evidence: pd.DataFrame,
    population_weight: Floats,
    rng: np.random.Generator,
    n_folds: int = N_FOLDS,
) -> Strengths:
    """Return the log Bayes factors of held-out linked pairs and of a sample of all pairs.

    Parameters
    ----------
    contender : Contender
        What makes the model, and the columns that it sees.
    pairs : DataFrame
        crime_id_1, crime_id_2, weight, is_linked: training pairs.
    evidence : DataFrame
        Of the training pairs, row-aligned.
    groups : Series of str, indexed by crime_id
        Connected groups of offenders; a fold holds whole groups, and a pair across folds is in none.
    population_evidence, population_weight : DataFrame and ndarray, one row a sampled pair
        A weighted sample of all pairs. Each pair is judged by one of the folds' models, drawn at random, so that both
        parts come from models that saw as much.
    rng : Generator
    n_folds : int
        Fewer where fewer groups have a linked pair.

    Raises
    ------
    FoldError
        Fewer than two groups have a linked pair, or without a fold only one kind of pair is left.
    """
    linked, weight = pairs["is_linked"].to_numpy(dtype=np.bool_), pairs["weight"].to_numpy(dtype=np.float64)
    one, two = _folds(pairs, groups, linked, n_folds, rng)
    fold_of_sample = rng.integers(one.max() + 1, size=len(population_evidence))
    held_out, sampled = np.full(len(pairs), np.nan), np.empty(len(population_evidence))
    for fold in range(one.max() + 1):
        trains = (one != fold) & (two != fold)
        if linked[trains].all() or not linked[trains].any():
            raise FoldError(
                f"groups: expected linked and unlinked pairs without fold {fold + 1}, got {int(linked[trains].sum())} "
                f"linked of {int(trains.sum())}; nothing can be held out of so few groups"
            )
        model = contender.fitted(pairs, evidence, trains)
        judged = linked & (one == fold) & (two == fold)
        held_out[judged] = model.decision_function(contender.seen(evidence)[judged])
        of_fold = fold_of_sample == fold
        sampled[of_fold] = model.decision_function(contender.seen(population_evidence)[of_fold])
    is_judged = ~np.isnan(held_out)
    n_linked = np.ones(int(is_judged.sum()))
    return Strengths(held_out[is_judged], n_linked, float(weight[is_judged].sum()), sampled, population_weight)


def _folds(
    pairs: pd.DataFrame, groups: pd.Series, linked: npt.NDArray[np.bool_], n_folds: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return the fold of each crime of each pair; groups with a linked pair are dealt evenly, then the others."""
    one, two = (pairs[name].map(groups) for name in ("crime_id_1", "crime_id_2"))
    with_linked = sorted(set(one[linked]))
    if len(with_linked) < 2:
        raise FoldError(
            f"pairs: expected linked pairs in two groups or more, got {len(with_linked)}; nothing can be held out"
        )
    others = sorted((set(one) | set(two)) - set(with_linked))
    dealt = [*rng.permutation(with_linked), *rng.permutation(others)]
    fold = {group: place % min(n_folds, len(with_linked)) for place, group in enumerate(dealt)}
    return one.map(fold).to_numpy(dtype=np.int64), two.map(fold).to_numpy(dtype=np.int64)
