"""How all pictures look: slate and sand, sizes that fit a phone, and words for those who cannot see them."""

from typing import Any

FOR, AGAINST = "#4a6375", "#b5aa99"  # slate and sand: neither reads as good or bad, and they differ in grey too
INK, FAINT = "#2b3439", "#9a9a9a"
PANEL_WIDTH = 270  # with its axis a panel fits a phone of 360 pixels
PHONE_WIDTH = 360

# Colour alone is lost in print and to one reader in twelve, so that lines differ in dashes too; five dashes and six
# colours repeat together only after thirty models.
MODEL_COLOURS = ("#2f4656", "#a1753a", "#6d93ad", "#8a8378", "#4f7d63", "#c9a66b")
MODEL_DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3], [4, 1])
MODEL_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")


class FigureError(ValueError):
    """A picture was asked of data that cannot give it."""


def styled(chart: Any, description: str) -> Any:
    """Return a whole chart in the style of the house, described in words.

    Parameters
    ----------
    chart : altair chart
        No part of another chart: a part carries no configuration.
    description : str
        What the picture shows, read out where it cannot be seen.
    """
    axis = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelOverlap": True}
    return (
        chart.properties(description=description, background="white", padding=6)
        .configure_view(stroke=None)
        .configure_axis(grid=False, domainColor=FAINT, tickColor=FAINT, **axis)
        .configure_title(fontSize=13, subtitleFontSize=11, anchor="start", fontWeight="normal", subtitleColor="#555")
        .configure_legend(labelFontSize=11, titleFontSize=11, labelLimit=260, symbolStrokeWidth=2)
    )


def model_legend(symbol_size: int = 160) -> Any:
    """Return a legend below the picture: beside it there is no room on a phone."""
    import altair as alt

    look = {"title": None, "symbolSize": symbol_size, "symbolOpacity": 1, "offset": 8}
    return alt.Legend(orient="bottom", direction="vertical", columns=1, **look)
