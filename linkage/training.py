"""From training pairs to a model whose posteriors are true of a force: fit, judge on held-out series, calibrate."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.calibration import CalibratedBayesFactor, fit_calibration, largest_prior_log_odds
from linkage.contender import Contender, PairModel
from linkage.cross_fitting import FoldError, held_out_strengths

Floats = npt.NDArray[np.float64]


class TrainedModel(NamedTuple):
    """A model and the log prior odds (natural) of the pairs that it is for.

    The model is calibrated, but for one of so few known groups that none can be held out to calibrate it on.
    """

    model: CalibratedBayesFactor | PairModel
    prior_log_odds: float


def train(
    contender: Contender,
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    groups: pd.Series,
    population_evidence: pd.DataFrame,
    population_weight: Floats,
    prior_log_odds: float,
    rng: np.random.Generator,
) -> TrainedModel:
    """Fit a model on training pairs and calibrate it on series held out in turn and on a sample of all pairs.

    Parameters
    ----------
    contender : Contender
        What makes the model, unfitted, and the evidence columns that it sees.
    pairs, evidence : DataFrame
        Training pairs (crime_id_1, crime_id_2, weight, is_linked) and their evidence, row-aligned.
    groups : Series of str, indexed by crime_id
        Connected groups of offenders.
    population_evidence, population_weight : DataFrame and ndarray, one row a pair
        A weighted sample of all pairs of the force (`linkage.pair_population.population_sample`). No label is used.
    prior_log_odds : float
        The largest log prior odds that the solved crimes allow (`linkage.prior_odds`); the sample may lower them.
    rng : Generator

    Raises
    ------
    BayesFactorError
        The model cannot be fitted.
    """
    model = contender.fitted(pairs, evidence)
    try:
        strengths = held_out_strengths(contender, pairs, evidence, groups, population_evidence, population_weight, rng)
    except FoldError:
        return TrainedModel(model, prior_log_odds)
    prior = min(prior_log_odds, largest_prior_log_odds(strengths))
    return TrainedModel(CalibratedBayesFactor(model, fit_calibration(strengths, prior)), prior)
