"""The reference's own circular differences, good to a thousandth of a period, so that scores can be compared exactly.

Each window becomes the shares of it that lie in 2,000 cells around the circle; the expected distance of two windows is
that of their cells' lower ends. Found from the stored cases of `expabsdiff_circ.csv`, which it gives to rounding.
"""

import numpy as np
import numpy.typing as npt

from linkage.differences import expected_circular_gaps

Floats = npt.NDArray[np.float64]

N_CELLS = 2_000


def shares_of_cells(start: Floats, length: Floats, period: float) -> Floats:
    """Return, of each window of positive length below a period, its share in every cell; shape (n, 2000)."""
    width = period / N_CELLS
    ends = np.arange(2 * N_CELLS + 1) * width  # a window may run over midnight once
    below = np.clip(ends[None, :] - np.mod(start, period)[:, None], 0.0, length[:, None])
    inside = np.diff(below, axis=1)
    return (inside[:, :N_CELLS] + inside[:, N_CELLS:]) / length[:, None]


def fourier_gaps(start: Floats, length: Floats, period: float) -> Floats:
    """Return the reference's expected circular difference of every two windows; shape (n, n).

    A point is compared exactly, and a window of a whole period with anything at a quarter period, as the reference
    does.
    """
    n = len(start)
    one, other = np.indices((n, n)).reshape(2, -1)
    gaps = expected_circular_gaps(start[one] - start[other], length[one], length[other], period, reference=True)
    gaps = gaps.reshape(n, n)
    by_cells = np.flatnonzero((length > 0) & (length < period))
    waves = np.fft.fft(shares_of_cells(start[by_cells], length[by_cells], period))
    cell = np.arange(N_CELLS) * (period / N_CELLS)
    distance = np.fft.fft(np.minimum(cell, period - cell)).real
    gaps[np.ix_(by_cells, by_cells)] = ((waves * distance) @ waves.conj().T).real / N_CELLS
    return gaps
