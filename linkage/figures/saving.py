"""Charts as files that open without a network: PNG, one HTML page with everything inside, and SVG."""

import json
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from linkage.figures.style import FigureError

# The page may run what stands in it and load nothing, so that a figure about crimes tells no other machine anything.
# Vega compiles its expressions, hence unsafe-eval.
POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; font-family: sans-serif }}
#figure {{ display: block; margin: 0 auto; width: fit-content }}
</style>
</head>
<body>
<main id="figure"></main>
<script type="application/json" id="chart">{chart}</script>
<script>{bundle}</script>
</body>
</html>
"""
# Without the menu of vega-embed: its "open in the editor" would send the data to a page elsewhere.
DRAW = """
vegaEmbed("#figure", JSON.parse(document.getElementById("chart").textContent), {actions: false, renderer: "svg"});
"""


def save_png(chart: Any, path: Path | str, scale: float = 2.0) -> None:
    """Write a chart as a PNG picture.

    Parameters
    ----------
    chart : altair chart
    path : path
        Its folder must exist.
    scale : float
        Pixels of the picture for each pixel of the chart; 2 is sharp on a phone and in print.

    Raises
    ------
    FigureError
        The scale is not positive.
    """
    import vl_convert

    if not scale > 0:
        raise FigureError(f"scale: expected more than 0, got {scale}; 2 is sharp on a phone and in print")
    Path(path).write_bytes(vl_convert.vegalite_to_png(_specification(chart), scale=scale))


def save_html(chart: Any, path: Path | str) -> None:
    """Write a chart as one HTML page with all its scripts inside, tooltips included."""
    Path(path).write_text(as_html(chart), encoding="utf-8")


def as_html(chart: Any) -> str:
    """Return a chart as an HTML page that loads nothing from anywhere."""
    spec = _specification(chart)
    # A text of the data may hold "</script>", which would end its element early.
    data = json.dumps(spec, allow_nan=False).replace("<", "\\u003c")
    title = escape(spec.get("description", "Figure"))
    return PAGE.format(policy=POLICY, title=title, chart=data, bundle=_bundle())


def as_svg(chart: Any) -> str:
    """Return a chart as an SVG document."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_specification(chart)))


def _specification(chart: Any) -> dict[str, Any]:
    # To validate every row of the data against the grammar takes longer than to draw it; the tests validate charts.
    return dict(chart.to_dict(validate=False))


@lru_cache(maxsize=1)
def _bundle() -> str:
    """Return Vega and what draws the page's chart with it; the same for every page, and slow to put together."""
    import vl_convert

    return str(vl_convert.javascript_bundle(DRAW))
