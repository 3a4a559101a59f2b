"""When a candidate is strong enough to name, and what to say when none is: perhaps a new series."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

STRONG_POSTERIOR = 0.5
"""A candidate is strong when it is more likely linked than not.

It is the posterior at which crimes join a series when a refresh clusters them, so that a crime with a strong candidate
is one that clustering could have put there, and a crime without one starts a series of its own in both. Measured with
the histogram model on demo forces, further crimes of known offenders by single linkage: of those that reach it 43 of 44
share an offender (10,000 crimes, seed 2) and 75 of 147 (2,000 crimes, seed 1, whose prior odds rest on few offenders).
Most further crimes stay below (5% and 46% of them reach it), so look at the list, not at the strong alone."""

KNOWN = ("series", "offender")


class StrengthError(ValueError):
    """A threshold was given that is no probability."""


class Answer(NamedTuple):
    """What a list of candidates says as a whole.

    Attributes
    ----------
    is_found : bool
        Whether there is a strong candidate; if not, perhaps a new series.
    n_candidates, n_strong : int
    strongest_posterior : float
        NaN without candidates.
    strong_posterior : float
        From which posterior a candidate is strong.
    text : str
        The answer as a sentence.
    """

    is_found: bool
    n_candidates: int
    n_strong: int
    strongest_posterior: float
    strong_posterior: float
    text: str


def is_strong(posterior_probability: npt.ArrayLike, strong_posterior: float) -> npt.NDArray[np.bool_]:
    """Tell which posterior probabilities make a strong candidate.

    Raises
    ------
    StrengthError
        When the threshold is no probability.
    """
    check_strong_posterior(strong_posterior)
    return np.asarray(np.asarray(posterior_probability, dtype=np.float64) >= strong_posterior, dtype=np.bool_)


def check_strong_posterior(strong_posterior: float) -> None:
    """Refuse a threshold that is no probability.

    Raises
    ------
    StrengthError
        When it is not from 0 to 1.
    """
    if not 0 <= strong_posterior <= 1:
        raise StrengthError(
            f"strong_posterior: expected a probability, got {strong_posterior}; give 0 to 1, as {STRONG_POSTERIOR}"
        )


def answer_for_crime(candidates: pd.DataFrame, strong_posterior: float = STRONG_POSTERIOR) -> Answer:
    """Say whether a crime has a series or an offender that it may belong to.

    Parameters
    ----------
    candidates : DataFrame
        candidate_kind (crime, series, offender), posterior_probability: the rows of `rank_candidates` for one crime.
    strong_posterior : float

    Returns
    -------
    Answer
        Of the series and offenders; single crimes are mentioned, for a crime may be strongly linked to another that
        nobody has solved either, and begin a series with it.

    Raises
    ------
    StrengthError
        When the threshold is no probability.
    """
    is_known = candidates["candidate_kind"].isin(KNOWN)
    found = _summary(candidates.loc[is_known, "posterior_probability"], strong_posterior)
    n_crimes = int(is_strong(candidates.loc[~is_known, "posterior_probability"], strong_posterior).sum())
    if found.is_found:
        return found._replace(
            text=f"May be linked with {_counted(found.n_strong, 'known series or offender')}: posterior "
            f"{100 * strong_posterior:g}% or more."
        )
    beside = f", begun with {_counted(n_crimes, 'single crime')} with such a posterior" if n_crimes else ""
    return found._replace(
        text=f"No strong candidate: {_nobody(found, 'known series or offender')}. Perhaps a new series{beside}."
    )


def answer_for_members(candidates: pd.DataFrame, strong_posterior: float = STRONG_POSTERIOR) -> Answer:
    """Say whether a set of crimes has further crimes that may belong to it.

    Parameters
    ----------
    candidates : DataFrame
        posterior_probability: the rows of `crimes_for_members` for one set.
    strong_posterior : float

    Raises
    ------
    StrengthError
        When the threshold is no probability.
    """
    found = _summary(candidates["posterior_probability"], strong_posterior)
    if found.is_found:
        return found._replace(
            text=f"{_counted(found.n_strong, 'further crime')} may be linked: posterior "
            f"{100 * strong_posterior:g}% or more."
        )
    return found._replace(
        text=f"No strong candidate: {_nobody(found, 'further crime')}. "
        "Perhaps these crimes stand alone, and any further crime is of a new series."
    )


def _summary(posterior: pd.Series, strong_posterior: float) -> Answer:
    n_strong = int(is_strong(posterior, strong_posterior).sum())
    strongest = float(posterior.max()) if len(posterior) else np.nan
    return Answer(n_strong > 0, len(posterior), n_strong, strongest, strong_posterior, "")


def _nobody(found: Answer, thing: str) -> str:
    if found.n_candidates == 0:
        return f"no {thing} is within the limits of distance and time"
    strongest = f"the strongest has {found.strongest_posterior:.1%}"
    return f"no {thing} reaches a posterior of {100 * found.strong_posterior:g}%, {strongest}"


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}" + ("s" if n > 1 and not thing.endswith("s") else "")
