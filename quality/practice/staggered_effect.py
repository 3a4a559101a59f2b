"""The effect of a change that areas made at different times, against areas that have not made it yet.

A regression with an effect of the area and one of the month compares late changers with early ones as if those were
untouched; where the effect grows or differs, it can even get the sign wrong. So the effect of each group of areas that
changed in one month is estimated for each later month by itself, only against areas not yet changed in that month, and
then averaged (Callaway and Sant'Anna, Difference-in-differences with multiple time periods, Journal of Econometrics
225, 2021, 200-230, with areas not yet treated as controls). Unlike there, what an area was before is the mean of all
months of a window and not the last month alone, which in an area of ten crimes a month is mostly chance.
"""

from typing import NamedTuple

import numpy as np

from quality.practice.area_panel import AreaPanel


class GroupTimeEffects(NamedTuple):
    """Effects by group of areas and month, for each set of weights.

    Attributes
    ----------
    event
        int64 (cells,): whole months since the change, below 0 before it.
    effect
        float64 (draws, cells): difference in share of those changed to those not yet, each against its own months
        before; NaN where there is nobody to compare.
    weight
        float64 (draws, cells): crimes of the changed areas.
    """

    event: np.ndarray
    effect: np.ndarray
    weight: np.ndarray


class Against(NamedTuple):
    """A panel against what each area was before one month: what is above or below it; float64 (areas, months)."""

    above: np.ndarray
    n_expected: np.ndarray


def against_before(panel: AreaPanel, month: int, months_before: int) -> Against:
    """Return counts less what they would be had each area stayed as it was in the months before `month`.

    Areas without crimes in those months count nothing.
    """
    window = slice(max(0, month - months_before), month)
    crimes = panel.n_expected[:, window].sum(axis=1)
    known = crimes > 0
    share = np.divide(panel.n_met[:, window].sum(axis=1), crimes, out=np.zeros(len(crimes)), where=known)
    n_expected = panel.n_expected * known[:, None]
    return Against(panel.n_met * known[:, None] - n_expected * share[:, None], n_expected)


def group_time_effects(
    panel: AreaPanel, first: np.ndarray, draws: np.ndarray, months_before: int, months_after: int
) -> GroupTimeEffects:
    """Return the effects by group and month.

    Parameters
    ----------
    panel
        Counts by area and month.
    first
        int64 (areas,), month from which an area is changed; beyond the panel where it never is.
    draws
        float64 (draws, areas), how often each area counts: ones for the estimate, resampled for its spread.
    months_before, months_after
        Length of the windows before and after a change.
    """
    n_months = len(panel.months)
    groups = np.unique(first[(first > 0) & (first < n_months)])
    cells = [_of_group(panel, first, draws, int(group), months_before, months_after) for group in groups]
    if not cells:
        nothing = np.zeros((len(draws), 0))
        return GroupTimeEffects(np.zeros(0, dtype=np.int64), nothing, nothing)
    event, effect, weight = (np.concatenate(part, axis=-1) for part in zip(*cells, strict=True))
    return GroupTimeEffects(event, effect, weight)


def _of_group(
    panel: AreaPanel, first: np.ndarray, draws: np.ndarray, group: int, months_before: int, months_after: int
) -> GroupTimeEffects:
    against = against_before(panel, group, months_before)
    months = np.arange(max(0, group - months_before), min(len(panel.months), group + months_after))
    above, crimes = against.above[:, months], against.n_expected[:, months]
    changed = first == group
    # Before its change a group is compared with those that change after it, as it is at the moment of change.
    untouched = first[:, None] > np.maximum(months, group)[None, :]
    n_changed = draws[:, changed] @ crimes[changed]
    n_untouched = draws @ (crimes * untouched)
    effect = _mean(draws[:, changed] @ above[changed], n_changed) - _mean(draws @ (above * untouched), n_untouched)
    return GroupTimeEffects(months - group, effect, np.where(np.isnan(effect), 0.0, n_changed))


def _mean(total: np.ndarray, n: np.ndarray) -> np.ndarray:
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)


def averaged(effects: GroupTimeEffects, chosen: np.ndarray) -> np.ndarray:
    """Return the mean effect of chosen cells, weighted by the crimes of the changed areas; float64 (draws,)."""
    weight = effects.weight[:, chosen]
    total = (np.nan_to_num(effects.effect[:, chosen]) * weight).sum(axis=1)
    return _mean(total, weight.sum(axis=1))


def slope_before(effects: GroupTimeEffects) -> np.ndarray:
    """Return how much changed areas moved away from the others each month before the change; float64 (draws,).

    Weighted least squares of the effects before the change on the month.
    """
    before = effects.event < 0
    weight, month = effects.weight[:, before], effects.event[before].astype(np.float64)
    centred = month[None, :] - _mean((weight * month).sum(axis=1), weight.sum(axis=1))[:, None]
    total = (weight * centred * np.nan_to_num(effects.effect[:, before])).sum(axis=1)
    return _mean(total, (weight * centred**2).sum(axis=1))
