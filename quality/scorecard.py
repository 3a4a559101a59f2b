"""The scorecard: how well MO is recorded, by area, crime group, month, capture role, item and dimension."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from quality.crime_labels import CrimeLabels, named
from quality.judged import Judged
from quality.mo_rules import DIMENSIONS

CELL_COLUMNS = ("area_code", "month", "crime_group", "capture_role")


def scorecard_of(
    labels: CrimeLabels, judgements: Iterable[tuple[str, str, Judged]], item_codes: tuple[str, ...]
) -> pd.DataFrame:
    """Count, for each cell, the crimes that were expected to meet a dimension of an item, and those that did.

    Parameters
    ----------
    labels
        Of the crimes that are counted.
    judgements
        Item, dimension and judgement of the same crimes.
    item_codes
        Every item that a judgement may name, which gives the order of categories.

    Returns
    -------
    DataFrame
        area_code, crime_group (category, may be missing), month (datetime64[us], first day of the month of
        `committed_from_local`, or of the report where that is missing), capture_role (category, who recorded most
        of the crime's MO), item_code (category: MO items, `committed_time`, `location`, `crime`), dimension
        (category), n_expected, n_met (int64), share (n_met / n_expected). One row per cell, item and dimension
        with n_expected > 0, sorted by area_code, month, crime_group, capture_role, item_code, dimension.
    """
    cell, firsts = _cells(labels)
    ordered = sorted(judgements, key=lambda judgement: judgement[:2])
    shape = (len(ordered), len(firsts))
    n_expected, n_met = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for number, (_, _, judged) in enumerate(ordered):
        n_expected[number] = np.bincount(cell[judged.is_expected], minlength=len(firsts))
        n_met[number] = np.bincount(cell[judged.is_met], minlength=len(firsts))
    # cell by cell, and in each cell by item and dimension
    of_cell, of_judgement = np.nonzero(n_expected.T)
    names, dimensions = sorted(item_codes), list(DIMENSIONS)
    items = np.array([names.index(item) for item, _, _ in ordered], dtype=np.int64)
    measured = np.array([dimensions.index(dimension) for _, dimension, _ in ordered], dtype=np.int64)
    expected, met = n_expected[of_judgement, of_cell], n_met[of_judgement, of_cell]
    return (
        labels.of(firsts[of_cell])
        .frame()
        .assign(
            item_code=named(items[of_judgement], names),
            dimension=named(measured[of_judgement], dimensions),
            n_expected=expected,
            n_met=met,
            share=met / expected,
        )
    )


def _cells(labels: CrimeLabels) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell of each crime and one crime of each cell, cells in the order of the scorecard."""
    # without a base month the numbers of a cell would not fit 64 bits where a month is missing
    _, month = np.unique(labels.month, return_inverse=True)
    key = labels.area * (month.max(initial=0) + 1) + month
    for code, names in ((labels.group, labels.group_names), (labels.role, labels.role_names)):
        key = key * (len(names) + 1) + code
    _, firsts, cell = np.unique(key, return_index=True, return_inverse=True)
    return cell, firsts
