"""An invented force whose areas change one after another, with an effect that is known."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class InventedChange(NamedTuple):
    """Counts by area and month, the dates of change, and the true mean effect in the first twelve months after."""

    counts: pd.DataFrame
    changes: pd.DataFrame
    effect: float


def invented_change(
    rng: np.random.Generator,
    *,
    n_areas: int = 24,
    n_changed: int = 12,
    crimes: int = 12,
    effect: float = 0.1,
    growth: float = 0.0,
    early_more: float = 0.0,
    trend: float = 0.0,
) -> InventedChange:
    """Return 36 months of areas with levels of their own, a season that all share, and months of good and bad luck.

    Parameters
    ----------
    rng
        Source of chance.
    n_areas, n_changed
        Areas, and those that change in months 14, 17, 20 and 23 in turn.
    crimes
        Mean number an area and month; areas have half to twice as many.
    effect, growth, early_more
        Rise in the share at once, more each month after, and more for each group that changed before the last.
    trend
        Rise each month of the areas that will change, before as after: what should warn.
    """
    n_months = 36
    month = np.arange(n_months)
    level = np.clip(rng.normal(0.55, 0.06, n_areas), 0.35, 0.7)
    first = np.full(n_areas, 10_000)
    changed = rng.permutation(n_areas)[:n_changed]
    first[changed] = 14 + 3 * (np.arange(n_changed) % 4)
    since = month[None, :] - first[:, None]
    earlier = np.where(first < n_months, (23 - first) / 3, 0)
    rise = np.where(since >= 0, effect + growth * since + early_more * earlier[:, None], 0.0)
    share = level[:, None] + 0.03 * np.sin(month / 6 * np.pi)[None, :] + rise
    share = share + rng.normal(0, 0.03, share.shape) + trend * month[None, :] * (first < n_months)[:, None]
    n = rng.poisson(rng.integers(crimes // 2, crimes * 2, n_areas)[:, None], (n_areas, n_months))
    met = rng.binomial(n, np.clip(share, 0.01, 0.99))
    codes, starts = [f"A{area:02}" for area in range(n_areas)], pd.date_range("2023-01-01", periods=n_months, freq="MS")
    counts = pd.DataFrame(
        {
            "area_code": np.repeat(codes, n_months),
            "month": np.tile(starts.to_numpy(), n_areas),
            "n_expected": n.ravel(),
            "n_met": met.ravel(),
        }
    )
    dates = [(code, starts[at].date(), "form") for code, at in zip(codes, first, strict=True) if at < n_months]
    judged = (since >= 0) & (since < 12)
    changes = pd.DataFrame(dates, columns=["area_code", "changed_on", "what"])
    return InventedChange(counts, changes, float((rise * n)[judged].sum() / n[judged].sum()))
