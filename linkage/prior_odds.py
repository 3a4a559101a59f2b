"""How common linked pairs are before any evidence is seen: among solved crimes, and carried over to all."""

import numpy as np
import pandas as pd

from linkage.pairs import PairError, PairSampling, linked_pairs, placed_rows, training_series
from linkage.time_windows import count_within


def prior_log_odds(series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling) -> float:
    """Return the log odds that a pair of solved crimes shares an offender, before any evidence is seen.

    Counted are all pairs of solved crimes at most `max_days` apart, at any distance, of different incidents and, where
    groups are kept apart, of one crime group: the population that the unlinked pairs stand for. Each pair counts 1,
    whatever its training weight. Solved crimes are easier to solve when they are in a series, so the odds of all crimes
    are lower: they are settable everywhere. Crimes known by a scene link alone are left out: none of them is without
    a linked crime.

    Returns
    -------
    float
        Natural log of linked over unlinked pairs.

    Raises
    ------
    PairError
        There is no linked or no unlinked pair.
    """
    solved = placed_rows(training_series(series, sampling), crimes, sampling).drop_duplicates("crime_id")
    n_pairs = _count(solved, ["block"], sampling.max_days)
    if not sampling.keep_same_incident:
        n_pairs -= _count(solved, ["block", "incident"], sampling.max_days)
    n_linked = len(linked_pairs(series, crimes, sampling))
    if not 0 < n_linked < n_pairs:
        raise PairError(
            f"series: expected linked and unlinked pairs within {sampling.max_days} days, got {n_linked} linked of "
            f"{n_pairs}; give the prior log odds yourself"
        )
    return float(np.log(n_linked / (n_pairs - n_linked)))


def prior_for_all_crimes(solved_log_odds: float, share_solved: float) -> float:
    """Carry the prior odds of pairs of solved crimes over to pairs of all crimes, on the cautious side.

    When an offender is found, all of the offender's crimes tend to be solved together. If detection is wholly by
    offender, a share s of offenders leaves s of the linked pairs but s squared of all pairs among the solved, so the
    odds of all crimes are s times those of the solved; if each crime is solved by itself, they are equal. The truth
    lies between; the lower end is taken, for a false link harms somebody and a missed one waits.

    Parameters
    ----------
    solved_log_odds : float
        From `prior_log_odds`, natural log.
    share_solved : float
        Solved crimes as a share of all, above 0 and at most 1.

    Raises
    ------
    PairError
        The share is none.
    """
    if not 0 < share_solved <= 1:
        raise PairError(f"share_solved: expected a share above 0 and at most 1, got {share_solved}; count the crimes")
    return solved_log_odds + float(np.log(share_solved))


def _count(solved: pd.DataFrame, together: list[str], max_days: float) -> int:
    """Count the pairs of crimes within the time limit that have the same numbers in all the columns."""
    block = np.asarray(solved.groupby(together).ngroup(), dtype=np.int64)
    micros = solved["event_at"].to_numpy(dtype="datetime64[us]").view(np.int64)
    return count_within(block, micros, int(min(max_days * 86_400_000_000, 2.0**60)))
