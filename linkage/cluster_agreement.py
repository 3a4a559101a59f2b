"""How far found clusters of crimes agree with the true series, and how many series were rebuilt."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evaluation_inputs import EvaluationError

Labels = Sequence[object] | pd.Series | npt.NDArray[Any]


class ClusterAgreement(NamedTuple):
    """How far found clusters agree with true ones; shares in [0, 1], NaN where there is nothing to share."""

    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    pairwise_precision: float
    pairwise_recall: float
    pairwise_f1: float
    adjusted_rand: float


class SeriesRebuilt(NamedTuple):
    """How many true series of two crimes or more were found; shares in [0, 1], NaN where there is no such series.

    Attributes
    ----------
    n_series : int
        True series of two crimes or more.
    fully : float
        Share whose crimes all lie in one found cluster, whatever else lies there.
    exactly : float
        Share that is a found cluster, without a crime too many.
    partly : float
        Share of which at least two crimes lie in one found cluster; those rebuilt fully are among them.
    """

    n_series: int
    fully: float
    exactly: float
    partly: float


def cluster_agreement(truth: Labels, found: Labels) -> ClusterAgreement:
    """Compare found clusters with true ones, both given as a label of each crime.

    Raises
    ------
    EvaluationError
        There is no crime, or not as many labels on both sides.

    References
    ----------
    Bagga and Baldwin (1998) for B-cubed; Hubert and Arabie (1985) for the adjusted Rand index.
    """
    true_code, found_code = _codes(truth, found)
    cells = _cells(true_code, found_code)
    n, n_true, n_found = cells["n"].to_numpy(), np.bincount(true_code), np.bincount(found_code)
    precision = float(np.sum(n * n / n_found[cells["found"]]) / len(true_code))
    recall = float(np.sum(n * n / n_true[cells["true"]]) / len(true_code))
    both, true_pairs, found_pairs = (float(np.sum(size * (size - 1) / 2)) for size in (n, n_true, n_found))
    all_pairs = len(true_code) * (len(true_code) - 1) / 2
    pairwise = _ratio(both, found_pairs), _ratio(both, true_pairs)
    return ClusterAgreement(
        precision,
        recall,
        _f1(precision, recall),
        *pairwise,
        _f1(*pairwise),
        _rand(both, true_pairs, found_pairs, all_pairs),
    )


def series_rebuilt(truth: Labels, found: Labels) -> SeriesRebuilt:
    """Count the true series that found clusters rebuild, both given as a label of each crime.

    A series of one crime cannot be rebuilt and does not count. Everything in one cluster rebuilds every series fully:
    read `fully` beside `exactly` and the precision of `cluster_agreement`.

    Raises
    ------
    EvaluationError
        There is no crime, or not as many labels on both sides.

    References
    ----------
    Chohlas-Wood and Levine (2019), "A recommendation engine to aid in identifying crime patterns", INFORMS Journal on
    Applied Analytics 49: patterns of the New York police rebuilt completely and at least in part.
    """
    true_code, found_code = _codes(truth, found)
    cells = _cells(true_code, found_code)
    largest = cells.loc[cells.groupby("true")["n"].idxmax()]
    n_true, n_found = np.bincount(true_code)[largest["true"]], np.bincount(found_code)[largest["found"]]
    n, is_series = largest["n"].to_numpy(), n_true >= 2
    fully = is_series & (n == n_true)
    counts = (float(np.count_nonzero(hit)) for hit in (fully, fully & (n == n_found), is_series & (n >= 2)))
    n_series = int(np.count_nonzero(is_series))
    return SeriesRebuilt(n_series, *(_ratio(count, n_series) for count in counts))


def _codes(truth: Labels, found: Labels) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    if len(truth) != len(found) or not len(truth):
        raise EvaluationError(
            f"truth, found: expected a label of each crime in both, got {len(truth)} and {len(found)}; align them"
        )
    true_code, found_code = (pd.factorize(np.asarray(labels))[0].astype(np.int64) for labels in (truth, found))
    n_missing = int(np.sum((true_code < 0) | (found_code < 0)))
    if n_missing:
        raise EvaluationError(
            f"truth, found: expected a label of each crime, got {n_missing} without; give a crime alone one of its own"
        )
    return true_code, found_code


def _cells(true_code: npt.NDArray[np.int64], found_code: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return true, found, n: how many crimes each true series and found cluster share."""
    both = pd.DataFrame({"true": true_code, "found": found_code})
    return both.groupby(["true", "found"]).size().reset_index(name="n")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _f1(precision: float, recall: float) -> float:
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _rand(both: float, true_pairs: float, found_pairs: float, all_pairs: float) -> float:
    """Return the adjusted Rand index; 1 when both sides have all crimes together or all apart."""
    expected = _ratio(true_pairs * found_pairs, all_pairs) if all_pairs else 0.0
    largest = (true_pairs + found_pairs) / 2
    return 1.0 if largest == expected else (both - expected) / (largest - expected)
