"""Did a change in practice work: its effect on completeness or on links, with an interval and what it rests on.

The interval is that of a bootstrap over areas, with Student's t for as many areas as there are of the rarer kind, so
that few areas widen it. Beside it stands the share of random re-assignments of the dates to areas that would have given
as large an effect, and whether the changed areas had already been moving away from the others before.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.practice.area_panel import NEVER, Adoption, adoption, area_panel
from quality.practice.errors import PracticeError
from quality.practice.staggered_effect import GroupTimeEffects, averaged, group_time_effects, slope_before

LEAST_AREAS = 3
FEW_AREAS = 8
LEAST_MONTHS_BEFORE = 3
LEVEL = 0.95


class EffectOfChange(NamedTuple):
    """What a change did, in share (0.1: ten points) or links a crime.

    Attributes
    ----------
    effect, lower, upper
        Mean effect over the changed areas' crimes after the change, and its 95% interval.
    before
        Level of the changed areas in the months before.
    p_value
        Share of random re-assignments of the dates to areas with an effect at least as large.
    trend_before, trend_p_value
        How much changed areas moved away from the others each month before the change, and how often chance does that.
    n_changed, n_compared
        Areas that changed and were evaluated, and areas that were not yet changed at some time.
    n_crimes
        Crimes of changed areas after the change.
    events
        One row a month since the change: event, effect, lower, upper, n_crimes.
    warnings
        Sentences that a reader must see beside the effect.
    """

    effect: float
    lower: float
    upper: float
    before: float
    p_value: float
    trend_before: float
    trend_p_value: float
    n_changed: int
    n_compared: int
    n_crimes: int
    events: pd.DataFrame
    warnings: tuple[str, ...]


def evaluate_change(
    counts: pd.DataFrame,
    changes: pd.DataFrame,
    *,
    months_before: int = 12,
    months_after: int = 12,
    n_draws: int = 999,
    seed: int = 1,
) -> EffectOfChange:
    """Estimate what a change did.

    Parameters
    ----------
    counts
        area_code, month, n_expected, n_met by area and month: crimes of which an item is expected and those that meet
        the standard, or crimes and their confirmed links.
    changes
        area_code, changed_on, one row an area; areas that are not named have not changed.
    months_before, months_after
        Months that are compared.
    n_draws
        Draws of the bootstrap, and random re-assignments.
    seed
        Of both.

    Raises
    ------
    PracticeError
        Fewer than 3 areas that changed, or than 3 to compare with, or too few months before: no interval that could be
        believed exists.
    """
    adopted = adoption(area_panel(counts), changes)
    usable = _usable(adopted, months_before)
    windows = months_before, months_after
    effects = group_time_effects(usable.panel, usable.first, np.ones((1, len(usable.first))), *windows)
    after = effects.event >= 0
    effect = float(averaged(effects, after)[0])
    if np.isnan(effect):
        raise PracticeError("changes: no month has both changed areas and areas not yet changed; nothing to compare")
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(usable.first), np.full(len(usable.first), 1 / len(usable.first)), size=n_draws)
    drawn = group_time_effects(usable.panel, usable.first, draws.astype(np.float64), *windows)
    n_changed, n_compared = int((usable.first != NEVER).sum()), _n_compared(usable.first)
    freedom = min(n_changed, n_compared) - 1
    spread = _spread(averaged(drawn, after), freedom)
    trend = float(slope_before(effects)[0])
    trend_p_value = _two_sided(trend, _deviation(slope_before(drawn)), freedom)
    return EffectOfChange(
        effect=effect,
        lower=effect - spread,
        upper=effect + spread,
        before=_level_before(usable, months_before),
        p_value=_reassigned(usable, abs(effect), windows, n_draws, rng),
        trend_before=trend,
        trend_p_value=trend_p_value,
        n_changed=n_changed,
        n_compared=n_compared,
        n_crimes=int(effects.weight[0, after].sum()),
        events=_events(effects, drawn, freedom),
        warnings=tuple(_warnings(adopted, usable, trend, trend_p_value, freedom)),
    )


def _usable(adopted: Adoption, months_before: int) -> Adoption:
    """Return the areas that can be evaluated or compared with: enough months before, or never changed."""
    panel, first = adopted
    has_before = np.array(
        [
            month == NEVER
            or (panel.n_expected[row, max(0, month - months_before) : max(0, month)] > 0).sum() >= LEAST_MONTHS_BEFORE
            for row, month in enumerate(first)
        ]
    )
    n_changed, n_compared = int((has_before & (first != NEVER)).sum()), _n_compared(first[has_before])
    if n_changed < LEAST_AREAS or n_compared < LEAST_AREAS:
        raise PracticeError(
            f"changes: expected at least {LEAST_AREAS} areas that changed with {LEAST_MONTHS_BEFORE} months of crimes "
            f"before, and {LEAST_AREAS} not yet changed to compare with, got {n_changed} and {n_compared}; "
            "an interval from so few would mean nothing"
        )
    kept = panel._replace(
        area_codes=panel.area_codes[has_before],
        n_met=panel.n_met[has_before],
        n_expected=panel.n_expected[has_before],
    )
    return Adoption(kept, first[has_before])


def _n_compared(first: np.ndarray) -> int:
    """Return how many areas are at some time not yet changed while another is."""
    return int((first > first.min(initial=NEVER)).sum())


def _spread(draws: np.ndarray, freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2, freedom) * _deviation(draws))


def _deviation(draws: np.ndarray) -> float:
    # A month that few areas reach has nobody to compare with in many draws.
    known = draws[~np.isnan(draws)]
    return float(known.std(ddof=1)) if len(known) > 1 else float("nan")


def _two_sided(value: float, deviation: float, freedom: int) -> float:
    from scipy.stats import t

    return float(2 * t.sf(abs(value) / deviation, freedom)) if deviation > 0 else float("nan")


def _reassigned(
    usable: Adoption, effect: float, windows: tuple[int, int], n_draws: int, rng: np.random.Generator
) -> float:
    """Return the share of random re-assignments, the real one among them, with an effect at least as large."""
    one = np.ones((1, len(usable.first)))
    n_as_large = 1
    for _ in range(n_draws):
        shuffled = group_time_effects(usable.panel, rng.permutation(usable.first), one, *windows)
        found = averaged(shuffled, shuffled.event >= 0)[0]
        n_as_large += bool(abs(found) >= effect - 1e-12)
    return n_as_large / (n_draws + 1)


def _level_before(usable: Adoption, months_before: int) -> float:
    panel, first = usable
    month = np.arange(len(panel.months))[None, :]
    is_before = (first[:, None] != NEVER) & (month < first[:, None]) & (month >= first[:, None] - months_before)
    return float(panel.n_met[is_before].sum() / panel.n_expected[is_before].sum())


def _events(effects: GroupTimeEffects, drawn: GroupTimeEffects, freedom: int) -> pd.DataFrame:
    rows = []
    for event in np.unique(effects.event):
        chosen = effects.event == event
        effect, spread = float(averaged(effects, chosen)[0]), _spread(averaged(drawn, chosen), freedom)
        if not np.isnan(effect):
            crimes = int(effects.weight[0, chosen].sum())
            rows.append((int(event), effect, effect - spread, effect + spread, crimes))
    return pd.DataFrame(rows, columns=["event", "effect", "lower", "upper", "n_crimes"])


def _warnings(adopted: Adoption, usable: Adoption, trend: float, trend_p_value: float, freedom: int) -> list[str]:
    told = []
    if trend_p_value < 1 - LEVEL:
        direction = "rising" if trend > 0 else "falling"
        told.append(
            f"Before the change these areas were already {direction} against the others, by {abs(trend):.3f} a month: "
            "the effect may be that trend and not the change."
        )
    if freedom + 1 < FEW_AREAS:
        told.append(f"Only {freedom + 1} areas of one kind: the interval is wide for that reason.")
    left_out = len(adopted.first) - len(usable.first)
    if left_out:
        told.append(f"{left_out} changed areas had fewer than {LEAST_MONTHS_BEFORE} months before and are left out.")
    return told
