"""Completeness of recording by area and crime group, as a table of coloured cells."""

from dataclasses import dataclass

import pandas as pd

STEPS: tuple[tuple[float, str, str], ...] = (
    (0.50, "#93381a", "#ffffff"),
    (0.60, "#c96f42", "#1b1714"),
    (0.70, "#e5a57c", "#1b1714"),
    (0.80, "#f4d9c4", "#1b1714"),
    (0.90, "#d6e3ee", "#12202e"),
    (0.95, "#9fc0dd", "#12202e"),
    (float("inf"), "#356a9e", "#ffffff"),
)
"""Upper limit of the share, ground, ink: rust to blue, told apart with any colour vision; text contrast 4.5 or more."""


@dataclass(frozen=True)
class HeatCell:
    """One area and crime group: share recorded, its step on the scale (None without rows), and the counts."""

    share: float | None
    step: int | None
    n_met: int
    n_expected: int


@dataclass(frozen=True)
class HeatRow:
    """One area with all crime groups together and each by itself."""

    area: str
    overall: HeatCell
    cells: tuple[HeatCell, ...]

    @property
    def all_cells(self) -> tuple[HeatCell, ...]:
        """Cells from left to right."""
        return (self.overall, *self.cells)


@dataclass(frozen=True)
class HeatTable:
    """Areas from the worst to the best, the crime groups that head the columns, and how many areas are not shown."""

    groups: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    n_left_out: int


def heat_table(completeness: pd.DataFrame, most_rows: int) -> HeatTable:
    """Return the heat table of the areas that record least.

    Parameters
    ----------
    completeness
        `area_code`, `crime_group`, `n_expected`, `n_met`; rows of one area and group are summed.
    most_rows
        How many areas to show.
    """
    if completeness.empty:
        return HeatTable((), (), 0)
    known = completeness.assign(area_code=completeness["area_code"].fillna("not known"))
    cells = known.groupby(["area_code", "crime_group"])[["n_met", "n_expected"]].sum()
    areas = cells.groupby("area_code").sum()
    areas["share"] = areas["n_met"] / areas["n_expected"].where(areas["n_expected"] > 0)
    areas = areas.reset_index().sort_values(["share", "area_code"])
    groups = tuple(sorted(known["crime_group"].unique()))
    held = {key: (int(met), int(expected)) for key, met, expected in cells.itertuples(name=None)}
    rows = [
        HeatRow(str(area), _cell(int(met), int(expected)), tuple(_cell(*held.get((area, g), (0, 0))) for g in groups))
        for area, met, expected, _ in areas.head(most_rows).itertuples(index=False, name=None)
    ]
    return HeatTable(groups, tuple(rows), max(0, len(areas) - most_rows))


def _cell(n_met: int, n_expected: int) -> HeatCell:
    if n_expected == 0:
        return HeatCell(None, None, 0, 0)
    share = n_met / n_expected
    return HeatCell(share, next(step for step, (limit, *_) in enumerate(STEPS) if share < limit), n_met, n_expected)
