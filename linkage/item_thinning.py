"""What is kept of a list of candidates that is too long to hold.

Partners stay, and so does the better half of what is kept of the others: the rivals for the top of the list. Of the
rest a random part is kept and each stands for several. Which are kept goes by the scores as recorded, so that whatever
values are changed later, the number of candidates above a partner is still counted without bias (Horvitz and Thompson
1952, Journal of the American Statistical Association 47, 663-685). Whether a partner is among the first ten is exact as
long as all who stand above it are of the better half; one of the rest that comes to stand above it counts as many.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def thinned(log_bf: Floats, is_partner: Flags, most: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Choose which candidates of a list are kept.

    Parameters
    ----------
    log_bf : ndarray, shape (n_candidates,), float64
        Scores with all items as recorded.
    is_partner : ndarray, shape (n_candidates,), bool
        Always kept.
    most : int
        How many of the others are kept, 2 or more.
    rng : Generator

    Returns
    -------
    tuple of ndarray, shape (n_kept,), int64 and float64
        Places in the list, ascending, and how many candidates each stands for. Equal scores are kept at random.
    """
    others = rng.permutation(np.flatnonzero(~is_partner)) if len(log_bf) > most else np.empty(0, np.int64)
    stands_for = np.ones(len(log_bf))
    if len(others) <= most:
        return np.arange(len(log_bf)), stands_for
    n_sure = most // 2
    best_first = others[np.argsort(-log_bf[others], kind="stable")]
    drawn = rng.choice(best_first[n_sure:], most - n_sure, replace=False)
    stands_for[drawn] = (len(others) - n_sure) / (most - n_sure)
    kept = np.sort(np.concatenate([np.flatnonzero(is_partner), best_first[:n_sure], drawn]))
    return kept, stands_for[kept]
