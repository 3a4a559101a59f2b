from xml.etree import ElementTree

import pandas as pd
import pytest

from publication.figures import inline_svg
from publication.figures_quality import Picture, control_chart, difference, event_study, money, tornado
from publication.svg_marks import WIDTH, Scale

MINUS = "\N{MINUS SIGN}"
SENSITIVITY = pd.DataFrame(
    {
        "input": ["value_per_link", "set_up_hours", "hours & <more>"],
        "low": [50.0, 30.0, 1.0],
        "high": [1000.0, 200.0, 1.0],
        "net_at_low": [-7000.0, 5000.0, 3000.0],
        "net": [3000.0, 3000.0, 3000.0],
        "net_at_high": [42_000.0, -300.0, 3000.0],
    }
)
EVENTS = pd.DataFrame(
    {
        "event": [-2, -1, 0, 1],
        "effect": [0.01, -0.01, 0.1, 0.2],
        "lower": [-0.02, -0.04, None, 0.1],
        "upper": [0.04, 0.02, None, 0.3],
        "n_crimes": [10, 10, 30, 10],
    }
)
TREND = pd.DataFrame(
    {
        "month": pd.date_range("2024-01-01", periods=4, freq="MS"),
        "share": [0.7, 0.72, 0.5, 0.71],
        "centre": [None, 0.7, 0.71, 0.7],
        "lower": [None, 0.6, 0.6, 0.6],
        "upper": [None, 0.8, 0.8, 0.8],
        "signal": ["none", "none", "below", "none"],
    }
)


def marks(picture: Picture, tag: str, **holds: str) -> list[ElementTree.Element]:
    """Return the elements of a picture with some attributes."""
    root = ElementTree.fromstring(picture.svg)
    found = [element for element in root.iter() if element.tag.rpartition("}")[2] == tag]
    return [one for one in found if all(one.get(name) == value for name, value in holds.items())]


def words(picture: Picture) -> list[str]:
    return [element.text or "" for element in marks(picture, "text")]


@pytest.mark.parametrize(
    "picture",
    [
        tornado(SENSITIVITY, {}),
        event_study(EVENTS),
        control_chart(TREND, "Completeness"),
    ],
    ids=["tornado", "event_study", "control_chart"],
)
def test_every_picture_is_plain_fits_a_phone_and_says_what_it_shows(picture: Picture) -> None:
    inlined = inline_svg(picture.svg, picture.alt, "f-")
    assert f"max-width:{WIDTH}px" in inlined
    assert picture.alt.endswith(".")
    assert (ElementTree.fromstring(picture.svg)[0].text or "") == picture.alt
    for text in marks(picture, "text"):
        assert 0 <= float(text.get("x", -1)) <= WIDTH
        assert int(text.get("font-size", 0)) >= 11


def test_a_tornado_has_a_bar_to_each_end_and_leaves_out_what_moves_nothing() -> None:
    picture = tornado(SENSITIVITY, {"value_per_link": "Value of a link"})
    assert len(marks(picture, "rect")) == 4
    assert "Value of a link: 50 to 1,000" in words(picture)
    assert "set_up_hours: 30 to 200" in words(picture)
    assert "hours" not in " ".join(words(picture)).replace("set_up_hours", "")
    assert picture.alt.startswith("Yearly balance of £3,000 ")
    sand, slate = marks(picture, "rect")[:2]
    # from the balance to 10,000 below and to 39,000 above: 3.9 times as wide
    assert float(slate.get("width", 0)) == pytest.approx(3.9 * float(sand.get("width", 0)), rel=0.01)


def test_an_event_study_shows_months_without_an_interval_as_dots_alone() -> None:
    picture = event_study(EVENTS)
    assert len(marks(picture, "circle")) == 4
    # 30 crimes at 0.1 and 10 at 0.2: 0.125
    assert "+12.5 points on average" in picture.alt
    assert "+0.12 links a crime on average" in event_study(EVENTS, "links a crime").alt


def test_an_event_study_that_stands_by_itself_bears_its_marking_within_the_picture() -> None:
    picture = event_study(EVENTS, marking="OFFICIAL")
    assert words(picture)[-1] == "OFFICIAL"
    assert float(ElementTree.fromstring(picture.svg).get("height", 0)) > float(marks(picture, "text")[-1].get("y", 0))
    assert picture.alt.startswith("OFFICIAL. Effect of the change")
    assert "OFFICIAL" not in event_study(EVENTS).svg


def test_a_control_chart_marks_the_months_with_a_signal() -> None:
    picture = control_chart(TREND, "Completeness")
    assert len(marks(picture, "circle")) == 1
    assert "from January 2024 (70%) to April 2024 (71%)" in picture.alt
    assert "1 months show a change" in picture.alt
    # share, centre, lower, upper
    assert len(marks(picture, "polyline")) == 4


def test_months_before_any_limits_and_one_month_alone_are_drawn() -> None:
    bare = TREND.assign(centre=float("nan"), lower=float("nan"), upper=float("nan"), signal=None)
    assert len(marks(control_chart(bare, "Completeness"), "polyline")) == 1
    assert "no months show a change" in control_chart(bare.head(1), "Completeness").alt


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-8000, 2000), (0.41, 0.44), (-3, 97), (0, 3), (1e-6, 5e-6)])
def test_ticks_are_round_few_and_within_the_scale(low: float, high: float) -> None:
    ticks = Scale(low, high, 0, 100).ticks()
    assert 2 <= len(ticks) <= 9
    assert low - 1e-9 <= ticks[0]
    assert ticks[-1] <= high + 1e-9
    step = ticks[1] - ticks[0]
    assert f"{step:.0e}"[0] in "125"


def test_amounts_and_differences_in_words() -> None:
    assert money(3476.6, "GBP") == "£3,477"
    assert money(-12_600, "GBP") == f"{MINUS}£13k"
    assert money(5, "SEK") == "SEK 5"
    assert difference(0.0821, "share") == "+8.2 points"
    assert difference(-0.5, "links a crime") == f"{MINUS}0.50 links a crime"
