"""Scores of any pairs of a crime group by `linkage.item_model`, fitted on other offenders than those ranked for."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.evidence import SPACE_AND_TIME, EncodedCrimes, EvidenceSpec, encode_crimes, encoded_evidence
from linkage.item_levels import pair_levels
from linkage.item_model import BinnedPairs, bin_tables, binned_pairs, binned_space_time, features, stacked
from linkage.item_pairs import ItemPairs
from linkage.item_selection import fold_of_groups

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SPEC = EvidenceSpec(items=())


class Scorer(NamedTuple):
    """What scores pairs.

    Attributes
    ----------
    items : tuple of str
    fold : ndarray, shape (n_groups,), int64
        Round in which a group of offenders is held out.
    tables : ndarray, shape (n_folds, n_variables, n_bins + 1), float64
        What each bin of a variable, or level of an item, adds to the score; space and time first. The last is 0.
    edges : list of ndarray
        Of the bins of space and time.
    encoded : EncodedCrimes
        Places and times of the group's crimes.
    """

    items: tuple[str, ...]
    fold: Ints
    tables: Floats
    edges: list[Floats]
    encoded: EncodedCrimes


def fit_scorer(pairs: ItemPairs, items: tuple[str, ...], rng: np.random.Generator) -> Scorer:
    """Fit a model for each fold of offenders, on the solved pairs of all others."""
    binned, edges = binned_pairs(pairs, list(items))
    fold = fold_of_groups(pairs, rng)
    n_folds = int(fold.max(initial=-1)) + 1
    tables = [_learned(binned, (fold[binned.first] != n) & (fold[binned.second] != n)) for n in range(n_folds)]
    nothing = np.zeros((0, len(SPACE_AND_TIME) + len(items), 0))
    return Scorer(items, fold, np.stack(tables) if tables else nothing, edges, encode_crimes(pairs.crimes, _SPEC))


def pair_scores(scorer: Scorer, pairs: ItemPairs, first: Ints, second: Ints) -> Floats:
    """Return the score of each pair by the model that never saw the offenders of its first crime.

    Parameters
    ----------
    scorer : Scorer
    pairs : ItemPairs
        Of the same crime group.
    first, second : ndarray, shape (n_pairs,), int64
        Rows of crimes; the first of each pair is solved.

    Returns
    -------
    ndarray, shape (n_pairs,), float64
        Natural log, up to a constant of the first crime.
    """
    fold = scorer.fold[pairs.offenders[first]]
    bins = binned_space_time(encoded_evidence(scorer.encoded, first, second, _SPEC), scorer.edges)
    levels = [pair_levels(pairs.items[item], pairs.grades[item], first, second) for item in scorer.items]
    log_bf = np.zeros(len(first))
    for variable, column in enumerate([*bins, *levels]):
        log_bf += scorer.tables[fold, variable, np.maximum(column, -1)]
    return log_bf


def _learned(binned: BinnedPairs, trains: npt.NDArray[np.bool_]) -> Floats:
    learned = bin_tables(binned, trains)
    if not binned.linked[trains].any():
        return learned
    evidence = features(binned, learned)[trains]
    return learned * stacked(evidence, binned.linked[trains], binned.weight[trains])[1:, None]
