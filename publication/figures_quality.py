"""Pictures of recording practice as plain SVG: trend with control limits, tornado, event study.

They are drawn by hand and not by a chart library: each is a few lines and words, so that a page with many of them stays
small, its words can be read at 390 pixels, and nothing has to be started to draw it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from publication.svg_marks import (
    INK,
    LINE,
    WIDTH,
    axis,
    bar,
    document,
    dot,
    levels,
    path,
    scale_over,
    text,
    upright,
)

SLATE, SAND, RUST = "#4a6375", "#b5864a", "#a03e1c"
ROW, TOP, BOTTOM = 34, 8, 34
HEIGHT, LEFT, RIGHT = 210, 44, WIDTH - 8
MOST_BARS = 12
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_MINUS = "\N{MINUS SIGN}"


class Picture(NamedTuple):
    """An SVG document, and what it shows in words for those who cannot see it."""

    svg: str
    alt: str


def tornado(sensitivity: pd.DataFrame, labels: Mapping[str, str], currency: str = "GBP") -> Picture:
    """Draw how far each input by itself moves the yearly balance.

    Parameters
    ----------
    sensitivity
        input, low, high, net_at_low, net, net_at_high, widest first; of `cost_benefit.sensitivity`.
    labels
        Words for inputs; one without is shown by its name.
    currency
        Of the balance.
    """
    moving = sensitivity[sensitivity["net_at_low"] != sensitivity["net_at_high"]]
    shown = (moving if len(moving) else sensitivity).head(MOST_BARS)
    net = float(shown["net"].iloc[0])
    across = scale_over([*shown["net_at_low"], *shown["net_at_high"], net, 0.0], 10, WIDTH - 10)
    bottom = TOP + ROW * len(shown)
    parts = [axis(across, bottom, lambda value: money(value, currency))]
    for place, row in enumerate(shown.to_dict("records")):
        y = TOP + ROW * place
        parts.append(
            text(10, y + 12, f"{labels.get(row['input'], row['input'])}: {plain(row['low'])} to {plain(row['high'])}")
        )
        for end, colour in (("net_at_low", SAND), ("net_at_high", SLATE)):
            parts.append(bar(across.of(net), across.of(row[end]), y + 17, colour))
        parts.append(upright(across.of(net), y + 14, y + 31, INK))
        parts.append(upright(across.of(0.0), y + 14, y + 31, LINE, dashed=True))
    widest = ", ".join(labels.get(name, name).lower() for name in shown["input"].head(3))
    alt = (
        f"Yearly balance of {money(net, currency)} as each input goes from its low (sand) to its high (slate); "
        f"what moves it most: {widest}."
    )
    return Picture(document(parts, bottom + BOTTOM, alt), alt)


def event_study(events: pd.DataFrame, unit: str = "share", *, marking: str = "") -> Picture:
    """Draw the effect of a change by month since it, with 95% intervals.

    Parameters
    ----------
    events
        event (months since the change, below 0 before), effect, lower, upper, n_crimes; of
        `change_evaluation.evaluate_change`.
    unit
        `share` to show percentage points, else what one unit of the effect is.
    marking
        Protective marking, for a picture that stands by itself as a file; on a page, the page bears it.
    """
    known = events.dropna(subset=["lower", "upper"])
    across = scale_over([*events["event"], 0.0], LEFT + 6, RIGHT - 6)
    up = scale_over([*known["lower"], *known["upper"], *events["effect"], 0.0], HEIGHT - 34, 10)
    parts = [levels(up, LEFT, RIGHT, lambda value: _signed(value, unit))]
    parts.append(upright(across.of(-0.5), 10, HEIGHT - 34, LINE, dashed=True))
    for row in events.to_dict("records"):
        x, colour = across.of(row["event"]), SLATE if row["event"] >= 0 else LINE
        if row["lower"] == row["lower"]:
            parts.append(upright(x, up.of(row["upper"]), up.of(row["lower"]), colour))
        parts.append(dot(x, up.of(row["effect"]), colour))
    first, last = int(events["event"].min()), int(events["event"].max())
    months = [month for month in range(first, last + 1) if month % 3 == 0]
    parts += [text(across.of(month), HEIGHT - 20, f"{month}", anchor="middle", size=11) for month in months]
    words = f"{'points' if unit == 'share' else unit}, by month since the change"
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT - 4, words, anchor="middle", size=11))
    after = events[events["event"] >= 0]
    mean = float((after["effect"] * after["n_crimes"]).sum() / max(1, after["n_crimes"].sum()))
    alt = (
        f"Effect of the change by month, from {first} to {last} months since it: {difference(mean, unit)} on average "
        "afterwards, against the areas that had not changed."
    )
    if not marking:
        return Picture(document(parts, HEIGHT, alt), alt)
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT + 14, marking, anchor="middle", size=11))
    alt = f"{marking}. {alt}"
    return Picture(document(parts, HEIGHT + 20, alt), alt)


def control_chart(trend: pd.DataFrame, name: str) -> Picture:
    """Draw a share month by month between its control limits, months with a signal marked.

    Parameters
    ----------
    trend
        month, share, centre, lower, upper (missing where not judged), signal; one row a month, in order.
    name
        What the share is of.
    """
    limits = [trend[bound].dropna() for bound in ("lower", "upper")]
    across = scale_over([0.0, max(1.0, len(trend) - 1.0)], LEFT + 4, RIGHT - 4, margin=0.0)
    up = scale_over([*trend["share"], *limits[0], *limits[1]], HEIGHT - 34, 10)
    parts = [levels(up, LEFT, RIGHT, lambda value: f"{value:.0%}")]
    for bound, dashed in (("centre", False), ("lower", True), ("upper", True)):
        drawn = [(across.of(n), up.of(value)) for n, value in enumerate(trend[bound]) if value == value]
        parts.append(path(drawn, LINE, dashed=dashed) if drawn else "")
    parts.append(path([(across.of(n), up.of(value)) for n, value in enumerate(trend["share"])], SLATE))
    signals = trend["signal"].fillna("none").tolist()
    for n, (value, signal) in enumerate(zip(trend["share"], signals, strict=True)):
        if signal != "none":
            parts.append(dot(across.of(n), up.of(value), RUST, radius=4))
    months = [pd.Timestamp(month) for month in trend["month"]]
    for n in sorted({0, len(months) // 2, len(months) - 1}):
        anchor = "start" if n == 0 else "end" if n == len(months) - 1 else "middle"
        parts.append(text(across.of(n), HEIGHT - 16, f"{months[n]:%b %Y}", anchor=anchor, size=11))
    n_signals = sum(signal != "none" for signal in signals)
    alt = (
        f"{name} by month from {months[0]:%B %Y} ({trend['share'].iloc[0]:.0%}) to {months[-1]:%B %Y} "
        f"({trend['share'].iloc[-1]:.0%}) with control limits; {n_signals or 'no'} months show a change."
    )
    return Picture(document(parts, HEIGHT, alt), alt)


def money(value: float, currency: str) -> str:
    """Return an amount as precisely as a reader can use it: in thousands from ten thousand on."""
    sign, size = _MINUS if value < 0 else "", abs(value)
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{size / 1000:,.0f}k" if size >= 10_000 else f"{sign}{symbol}{size:,.0f}"


def plain(value: float) -> str:
    """Return a number to three digits, whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def difference(value: float, unit: str) -> str:
    """Return a difference in points of a percentage, or in what the unit says."""
    sign = "+" if value >= 0 else _MINUS
    return f"{sign}{abs(value) * 100:.1f} points" if unit == "share" else f"{sign}{abs(value):.2f} {unit}"


def _signed(value: float, unit: str) -> str:
    told = f"{value * 100:+.0f}" if unit == "share" else f"{value:+g}"
    return "0" if told in ("+0", "-0") else told.replace("-", _MINUS)
