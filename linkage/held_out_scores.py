"""What models say of pairs that they have not seen: trained on one side of a split, scored on the other."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.contender import Contender
from linkage.evaluation_inputs import Bools, EvaluationError, Floats
from linkage.splits import TEST, TRAIN, Assignment, before_or_after, sides


class PairPool(NamedTuple):
    """Pairs to judge models on, apart from those that train them.

    Attributes
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2, is_linked; the crimes are solved, or their offenders known from elsewhere.
    evidence : DataFrame
        Row-aligned, in the columns that the models train on.
    stands_for : float64, shape (n_pairs,)
        How many pairs of the force each one stands for: 1 for linked pairs, all of which should be here, and more for
        sampled unlinked ones (`linkage.natural_pairs` makes such pairs).
    """

    pairs: pd.DataFrame
    evidence: pd.DataFrame
    stands_for: Floats


def as_drawn(pairs: pd.DataFrame, evidence: pd.DataFrame) -> PairPool:
    """Return pairs as a pool in which each stands for itself."""
    return PairPool(pairs, evidence, np.ones(len(pairs)))


class HeldOutScores(NamedTuple):
    """Test pairs of one split: which of the pool, how many pairs each stands for, and each model's posterior log odds.

    `size` and the `log_odds` (natural) have one element a test pair.
    """

    is_test: Bools
    size: Floats
    log_odds: dict[str, Floats]


def scores_of_split(
    models: Mapping[str, Contender],
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    assignment: Assignment,
    prior_log_odds: float | None = None,
) -> HeldOutScores:
    """Fit each model on the training pairs of a split and return its log odds of the test pairs, as they were drawn.

    Without `prior_log_odds` the odds of the training pairs are the prior: right for test pairs sampled as they were.
    """
    pool = as_drawn(pairs, evidence)
    return _scores(models, pairs, evidence, assignment == TRAIN, pool, assignment, prior_log_odds)


def scores_by_group(
    models: Mapping[str, Contender],
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    groups: pd.Series,
    held_out: Collection[str],
    pool: PairPool,
    prior_log_odds: float | None = None,
) -> HeldOutScores:
    """Fit each model on the pairs of the groups that train and return its log odds of the pool's held-out pairs.

    A split leaves out pairs that straddle it, so of the pairs of two groups it keeps a share of a share. Those that are
    left stand for the others too: with n groups and h on their side each counts (n - 1) / (h - 1) times, and the
    prevalence is that of the whole force again. The prior, where it is not given, is that of the training side.
    """
    first, second = (pool.pairs[name].map(groups).to_numpy() for name in ("crime_id_1", "crime_id_2"))
    assignment = sides(pool.pairs, groups, held_out)
    n_groups = len(set(pairs["crime_id_1"].map(groups)) | set(pairs["crime_id_2"].map(groups)))
    n_on_side = np.where(assignment == TEST, len(held_out), n_groups - len(held_out))
    straddling = np.where(first == second, 1.0, (n_groups - 1) / np.maximum(n_on_side - 1, 1))
    whole = pool._replace(stands_for=pool.stands_for * straddling)
    is_train = sides(pairs, groups, held_out) == TRAIN
    return _scores(models, pairs, evidence, is_train, whole, assignment, prior_log_odds)


def scores_by_time(
    models: Mapping[str, Contender],
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    event_at: pd.Series,
    cut: np.datetime64,
    pool: PairPool | None = None,
    prior_log_odds: float | None = None,
) -> HeldOutScores:
    """Fit each model on the pairs complete by a time and return its log odds of later pairs, of the pool where given.

    The prior, where it is not given, is that of the earlier pairs.
    """
    pool = as_drawn(pairs, evidence) if pool is None else pool
    is_train = before_or_after(pairs, event_at, cut) == TRAIN
    assignment = before_or_after(pool.pairs, event_at, cut)
    return _scores(models, pairs, evidence, is_train, pool, assignment, prior_log_odds)


def check_columns(models: Mapping[str, Contender], evidence: pd.DataFrame) -> None:
    """Refuse models that ask for evidence that is not there.

    Raises
    ------
    EvaluationError
        See above.
    """
    for name, contender in models.items():
        absent = [column for column in contender.columns or () if column not in evidence.columns]
        if absent:
            raise EvaluationError(
                f"models: expected evidence columns of {name}, got none named {', '.join(absent)}; "
                "make the evidence with them or leave them out of the model"
            )


def _scores(
    models: Mapping[str, Contender],
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    is_train: Bools,
    pool: PairPool,
    assignment: Assignment,
    prior_log_odds: float | None,
) -> HeldOutScores:
    is_test, log_bf = assignment == TEST, {}
    for name, contender in models.items():
        model = contender.fitted(pairs, evidence, is_train)
        log_bf[name] = np.asarray(model.decision_function(contender.seen(pool.evidence)[is_test]), dtype=np.float64)
    prior = _log_odds(pool, assignment == TRAIN) if prior_log_odds is None else prior_log_odds
    return HeldOutScores(is_test, pool.stands_for[is_test], {name: values + prior for name, values in log_bf.items()})


def _log_odds(pool: PairPool, chosen: Bools) -> float:
    linked = pool.pairs["is_linked"].to_numpy(dtype=np.bool_)
    return float(np.log(pool.stands_for[chosen & linked].sum() / pool.stands_for[chosen & ~linked].sum()))
