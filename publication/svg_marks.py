"""Marks of a picture in plain SVG: scales, axes, bars, lines and words, sized to be read at 390 pixels."""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

INK, FAINT, LINE = "#2b3439", "#e3e0da", "#9a9a9a"
WIDTH = 360
_FONT = "font-family='system-ui, sans-serif'"


class Scale(NamedTuple):
    """Values to pixels; `start` may lie above `end`, as upward scales do."""

    low: float
    high: float
    start: float
    end: float

    def of(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (float(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return three to eight round values within the scale, a step of 1, 2 or 5 apart."""
        span = self.high - self.low
        tens = 10.0 ** floor(log10(span / 3))
        step = next(tens * unit for unit in (5, 2, 1) if span / (tens * unit) >= 3)
        return [n * step for n in range(ceil(self.low / step), floor(self.high / step) + 1)]


def scale_over(values: Sequence[float], start: float, end: float, margin: float = 0.04) -> Scale:
    """Return the scale that holds all values between two pixels, with a margin at both ends."""
    low, high = float(min(values)), float(max(values))
    spare = (high - low) * margin or (0.5 if high == low else 0.0)
    return Scale(low - spare, high + spare, start, end)


def axis(scale: Scale, y: float, words: Callable[[float], str]) -> str:
    """Return a line with ticks from left to right at height y."""
    lines = [f"<line x1='{scale.start}' x2='{scale.end}' y1='{y}' y2='{y}' stroke='{LINE}'/>"]
    for tick in scale.ticks():
        x = scale.of(tick)
        lines.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{y}' y2='{y + 4}' stroke='{LINE}'/>")
        anchor = "start" if x < 30 else "end" if x > WIDTH - 30 else "middle"
        lines.append(text(x, y + 18, words(tick), anchor=anchor, size=11))
    return "".join(lines)


def levels(scale: Scale, left: float, right: float, words: Callable[[float], str]) -> str:
    """Return faint lines across at the ticks of an upward scale, the one at 0 stronger."""
    lines = []
    for tick in scale.ticks():
        y, colour = scale.of(tick), LINE if abs(tick) < 1e-12 else FAINT
        lines.append(f"<line x1='{left}' x2='{right}' y1='{y:.1f}' y2='{y:.1f}' stroke='{colour}'/>")
        lines.append(text(left - 6, y + 4, words(tick), anchor="end", size=11))
    return "".join(lines)


def bar(start: float, end: float, y: float, colour: str) -> str:
    """Return a bar between two pixels, in either order."""
    left, width = min(start, end), abs(end - start)
    return f"<rect x='{left:.1f}' y='{y}' width='{width:.1f}' height='11' fill='{colour}'/>"


def upright(x: float, top: float, bottom: float, colour: str, *, dashed: bool = False) -> str:
    """Return a vertical line."""
    dash = " stroke-dasharray='3 3'" if dashed else ""
    return f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{top:.1f}' y2='{bottom:.1f}' stroke='{colour}'{dash}/>"


def path(points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    """Return a line through points."""
    dash = " stroke-dasharray='4 3'" if dashed else ""
    through = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"<polyline points='{through}' fill='none' stroke='{colour}' stroke-width='1.5'{dash}/>"


def dot(x: float, y: float, colour: str, radius: float = 3) -> str:
    """Return a dot."""
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius}' fill='{colour}'/>"


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    """Return words, escaped."""
    at = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}'"
    return f"<text {at} fill='{INK}'>{escape(words)}</text>"


def document(parts: Sequence[str], height: float, alt: str) -> str:
    """Return the picture as an SVG document with a title that is read out."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height:.0f}' {_FONT}>"
    return f"{head}<title>{escape(alt)}</title>{''.join(parts)}</svg>"
