"""Links that items bring, steadied by what the items tell: each measured slope is drawn towards its evidence weight.

Counting partners in the top of lists is noisy with a few dozen offenders; evidence weights are steady. Within a crime
group links are taken to be proportional to the weight, but for what an item has of its own (tau), and each slope is
drawn to the line the more, the less certain it is.

Source: Fay and Herriot (1979), Journal of the American Statistical Association 74, 269-277; tau by moments, as
DerSimonian and Laird (1986).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_ITEMS = 3
"""Fewer slopes show no line to draw them to."""

MOST_PULL = 0.7
"""Of the way to the line; eight items cannot show that an item has nothing of its own."""

LEAST_SD = 5.0
"""Links for 1,000 crimes; no slope is held to be known better, though the lists of all resamples agree."""


def steadied(slopes: Floats, draws: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Draw slopes towards the line through the origin that the evidence weights give.

    Parameters
    ----------
    slopes : ndarray, shape (n_items,), float64
    draws : ndarray, shape (n_items, n_resamples), float64
        The slopes in resamples of offenders, the same resamples for all items.
    weights : ndarray, shape (n_items,), float64
        Evidence weights, in nats; one below 0 counts as 0.

    Returns
    -------
    tuple of ndarray
        Slopes and draws of the same shapes; the draws spread as the steadied slopes are uncertain. Unchanged for fewer
        than `LEAST_ITEMS` items.
    """
    if len(slopes) < LEAST_ITEMS:
        return slopes, draws
    weight, variance = np.maximum(weights, 0.0), np.maximum(draws.std(axis=1), LEAST_SD) ** 2
    to_line = weight / variance / max(float(weight**2 @ (1.0 / variance)), 1e-12)
    line = to_line @ slopes
    excess = float((slopes - line * weight) ** 2 @ (1.0 / variance)) - (len(slopes) - 1)
    own = max(excess, 0.0) / float((1.0 / variance).sum())
    pull = np.minimum(variance / (variance + own), MOST_PULL)
    steady = (1.0 - pull) * slopes + pull * line * weight
    lines = to_line @ draws
    moved = (1.0 - pull)[:, None] * draws + (pull * weight)[:, None] * lines
    uncertain = np.sqrt((1.0 - pull) * variance + (pull * weight) ** 2 * lines.var())
    spread = moved.std(axis=1)
    scale = np.divide(uncertain, spread, out=np.ones_like(spread), where=spread > 0)
    return steady, steady[:, None] + (moved - moved.mean(axis=1, keepdims=True)) * scale[:, None]
