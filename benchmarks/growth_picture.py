"""How the time of force-wide scoring grows with the number of crimes, drawn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from linkage.figures.saving import save_png
from linkage.figures.style import FOR, MODEL_COLOURS, PANEL_WIDTH, styled

STAGES = {"seconds": "pairs scored, links written", "clustering_s": "series found"}


def draw_growth(growth: Mapping[int, Mapping[str, Any]], path: Path) -> None:
    """Draw seconds by crimes, and pairs a second by crimes, to a file.

    Parameters
    ----------
    growth : mapping of crimes to figures
        As `benchmarks.million_crimes` measures them: seconds, clustering_s, pairs, pairs_per_s.
    path : Path
        Of a PNG picture; its folder must exist.
    """
    import altair as alt

    rows = [
        {"crimes": n, "stage": words, "seconds": figures[name]}
        for n, figures in growth.items()
        for name, words in STAGES.items()
    ]
    crimes = alt.X("crimes:Q", title="crimes of the force", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s"))
    seconds = alt.Y("seconds:Q", title="seconds", scale=alt.Scale(type="log"), axis=alt.Axis(format="~r"))
    stage = alt.Color(
        "stage:N", scale=alt.Scale(range=list(MODEL_COLOURS)), legend=alt.Legend(title=None, orient="top")
    )
    time = alt.Chart(pd.DataFrame(rows)).mark_line(point=True).encode(crimes, seconds, stage)
    speeds = pd.DataFrame({"crimes": list(growth), "speed": [f["pairs_per_s"] / 1e6 for f in growth.values()]})
    speed = alt.Chart(speeds).mark_line(point=True, color=FOR)
    speed = speed.encode(crimes, alt.Y("speed:Q", title="million pairs a second"))
    both = alt.vconcat(*(part.properties(width=PANEL_WIDTH, height=200) for part in (time, speed)))
    words = "How long it takes to score all pairs of a force and to find its series, and how many pairs a second"
    save_png(styled(both.resolve_scale(color="independent"), words), path)
