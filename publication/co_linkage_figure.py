"""Each unsolved crime's likeliest link, strongest first, drawn so that a script can move the line across it.

Marks and line carry what the script needs: `data-step` of a mark is its probability in whole hundredths, rounded down.
"""

from collections.abc import Mapping
from html import escape
from math import floor, log10
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from publication import wording
from publication.co_linkage_data import KINDS, OTHER
from publication.figures_quality import Picture
from publication.svg_marks import FAINT, INK, LINE, WIDTH, Scale, document, text

STEPS = 100  # places of the line between 0 and 1
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 260, 38, WIDTH - 10, 8, 44
STEP_HEIGHT = (HEIGHT - BOTTOM - TOP) / STEPS
"""Units of the drawing by which the line moves for each hundredth."""

MANY = 300  # crimes from which places are logarithmic: leads are few, and would all lie at the left edge
MOST_MARKS = 500  # more cannot be told apart


class Look(NamedTuple):
    """How the crimes of one kind of candidate are drawn: shape and colour both differ."""

    colour: str
    shape: str


LOOKS: Mapping[str, Look] = {
    "group": Look("#2f4656", "circle"),
    "offender": Look("#4f7d63", "square"),
    "crime": Look("#a1753a", "triangle"),
    OTHER: Look("#8a8378", "cross"),
}
ARTICLES = {"group": "a ", "offender": "", "crime": "an "}
SHAPES = {
    "circle": "M{0} {1}m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0",
    "square": "M{0} {1}m-2.8 -2.8h5.6v5.6h-5.6z",
    "triangle": "M{0} {1}m0 -3.4l3.4 6h-6.8z",
    "cross": "M{0} {1}m-1 -3h2v2h2v2h-2v2h-2v-2h-2v-2h2z",
}


def line_picture(crimes: pd.DataFrame, line: float) -> Picture:
    """Draw the crimes' greatest probabilities in order with the line; what lies under it is faint.

    Parameters
    ----------
    crimes
        crime_id, candidate_kind (missing: no candidate), candidate_id, probability; one row a crime, at least one.
    line
        Probability, where the line stands at first.
    """
    ordered = _ordered(crimes)
    across = _across(len(ordered))
    up = Scale(0.0, 1.0, HEIGHT - BOTTOM, TOP)
    parts = [_level(up, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts += [_tick(across, place) for place in across.ticks(len(ordered))]
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT - 6, "unsolved crimes, strongest first", anchor="middle", size=11))
    parts += [_mark(row, across, up, line) for row in _thinned(ordered).itertuples(index=False, name=None)]
    y = up.of(line)
    parts.append(
        f"<line class='rule' x1='{LEFT}' x2='{RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='{INK}' stroke-width='1.4' "
        f"stroke-dasharray='5 3'/>"
    )
    n_above = int((ordered["probability"] >= line - 1e-9).sum())
    alt = (
        f"Greatest probability of a link of {len(ordered):,} unsolved crimes in order; {n_above:,} are at "
        f"{wording.percent(line)} or more."
    )
    return Picture(document(parts, HEIGHT, alt), alt)


def legend(crimes: pd.DataFrame, line: float) -> list[dict[str, Any]]:
    """Return for each kind that some crime has how it is drawn, and how many crimes of it reach the line.

    Returns
    -------
    list of dict
        kind, words, colour, shape (an SVG path around 0 0), n_crimes, does_move (with the line; crimes without any
        candidate are under every line, and all counted).
    """
    told = counts_by_step(crimes)
    words = {
        **{kind: f"likeliest with {ARTICLES[kind]}{name}" for kind, name in KINDS.items()},
        OTHER: "without any candidate",
    }
    return [
        {
            "kind": kind,
            "words": words[kind],
            "colour": look.colour,
            "shape": SHAPES[look.shape].format(0, 0),
            "n_crimes": told[kind][0 if kind == OTHER else round(line * STEPS)],
            "does_move": kind != OTHER,
        }
        for kind, look in LOOKS.items()
        if told[kind][0]
    ]


def counts_by_step(crimes: pd.DataFrame) -> dict[str, list[int]]:
    """Return kind of candidate -> how many crimes reach 0, 1, ... 100 hundredths; `all` is their sum."""
    steps = steps_of(crimes["probability"])
    kinds = crimes["candidate_kind"].where(crimes["candidate_kind"].isin(list(KINDS)), OTHER)
    found = {
        kind: np.bincount(steps[(kinds == kind).to_numpy()], minlength=STEPS + 1)[::-1].cumsum()[::-1]
        for kind in (*KINDS, OTHER)
    }
    every = np.sum(list(found.values()), axis=0)
    return {"all": every.tolist(), **{kind: each.tolist() for kind, each in found.items()}}


def steps_of(probability: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return probabilities in whole hundredths, rounded down but for what only the last bits of a float lack."""
    hundredths = probability.astype("float64").fillna(0.0).to_numpy() * STEPS
    return np.floor(hundredths + 1e-7).astype(np.int64)


def _ordered(crimes: pd.DataFrame) -> pd.DataFrame:
    told = crimes[["crime_id", "candidate_kind", "candidate_id", "probability"]]
    told = told.assign(
        probability=told["probability"].astype("float64").fillna(0.0), step=steps_of(told["probability"])
    )
    ordered = told.sort_values(["probability", "crime_id"], ascending=[False, True], ignore_index=True)
    return ordered.assign(place=np.arange(1, len(ordered) + 1))


def _thinned(ordered: pd.DataFrame) -> pd.DataFrame:
    """Return rows that draw like all of them on either axis; the ends always stay."""
    n = len(ordered)
    if n <= MOST_MARKS:
        return ordered
    half = MOST_MARKS // 2
    wanted = np.concatenate([np.linspace(0, n - 1, half), np.geomspace(1, n, MOST_MARKS - half) - 1])
    return ordered.iloc[np.unique(wanted.round().astype(np.int64))]


class Across(NamedTuple):
    """Places from left to right, by logarithm where there are many crimes."""

    scale: Scale
    is_log: bool

    def of(self, place: float) -> float:
        """Return the pixel of a place."""
        return self.scale.of(log10(place) if self.is_log else place)

    def ticks(self, n: int) -> list[int]:
        """Return the places to be named among n."""
        if self.is_log:
            return [10**power for power in range(floor(log10(n)) + 1)]
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if n <= 6 * step)
        return list(range(step, n + 1, step))


def _across(n: int) -> Across:
    is_log = n > MANY
    return Across(Scale(0.0, log10(n) if is_log else n + 1.0, LEFT + 6, RIGHT - 6), is_log)


def _tick(across: Across, place: int) -> str:
    x, y = across.of(place), HEIGHT - BOTTOM
    mark = f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{y}' y2='{y + 4}' stroke='{LINE}'/>"
    return mark + text(x, y + 17, f"{place:,}", anchor="middle", size=11)


def _level(up: Scale, share: float) -> str:
    y = up.of(share)
    colour = LINE if share == 0.0 else FAINT
    line = f"<line x1='{LEFT}' x2='{RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='{colour}'/>"
    return line + text(LEFT - 5, y + 4, f"{share:.0%}", anchor="end", size=11)


def _mark(row: tuple[Any, ...], across: Across, up: Scale, line: float) -> str:
    """Return the mark of one crime: (crime_id, candidate_kind, candidate_id, probability, step, place)."""
    crime_id, code, candidate_id, probability, step, place = row
    kind = code if code in KINDS else OTHER
    where = SHAPES[LOOKS[kind].shape].format(f"{across.of(place):.1f}", f"{up.of(probability):.1f}")
    name = "" if kind == "offender" else f" {candidate_id}"  # persons are not named
    with_whom = f" with {KINDS[kind]}{name}" if kind in KINDS else ""
    told = escape(f"{crime_id}: {wording.percent(probability)}{with_whom}")
    faint = "" if probability >= line - 1e-9 else " class='faint'"
    return f"<path data-step='{step}'{faint} d='{where}' fill='{LOOKS[kind].colour}'><title>{told}</title></path>"
