"""The frontier leads from the best second of asking to the worst, and says what it leaves out."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.frontier import frontier_figure, frontier_rows
from linkage.figures.style import FigureError

NAMES = {"entry_point": "Point of entry"}
ITEMS = pd.DataFrame(
    {
        "item_code": ["entry_point", "tool_used", "occupied", "escape", "keyless"],
        "seconds": [10.0, 5.0, 5.0, 5.0, 5.0],
        "links_per_1000_recorded": [80.0, 50.0, -3.0, np.nan, 10.0],
        "links_per_1000_recorded_lower": [60.0, 20.0, -9.0, np.nan, np.nan],
        "links_per_1000_recorded_upper": [110.0, 70.0, 2.0, np.nan, np.nan],
        "reason": [None, None, None, "12 linked pairs, at least 30 are needed", None],
    }
)


def test_items_are_added_up_in_the_order_of_links_for_each_second():
    rows = frontier_rows(ITEMS, NAMES)
    # 10 for each second of tool_used, 8 of entry_point, 2 of keyless; occupied gains nothing, escape was refused
    assert [row["words"] for row in rows] == ["", "tool used", "Point of entry", "keyless"]
    assert [(row["seconds"], row["links"]) for row in rows] == [(0, 0), (5, 50), (15, 130), (20, 140)]
    assert [(row["low"], row["high"]) for row in rows] == [(0, 0), (20, 70), (110, 160), (140, 140)]


def test_the_line_never_bends_upwards():
    rows = frontier_rows(ITEMS, NAMES)
    seconds, links = (np.array([row[name] for row in rows]) for name in ("seconds", "links"))
    assert (np.diff(np.diff(links) / np.diff(seconds)) <= 0).all()


def test_what_is_not_on_the_line_is_counted_in_words():
    title = frontier_figure(ITEMS, NAMES, "burglary").to_dict()["title"]
    assert title["text"] == ["Links gained against seconds:", "burglary"]
    assert title["subtitle"][-2:] == ["1 more showed no gain.", "1 not ranked: too few linked pairs."]


@pytest.mark.parametrize("crime_group", ["residential burglary", "interference with a motor vehicle or trailer"])
def test_no_line_of_the_title_is_cut_off_in_a_wide_font(crime_group):
    title = frontier_figure(ITEMS, NAMES, crime_group).to_dict()["title"]
    assert " ".join(title["text"]) == f"Links gained against seconds: {crime_group}"
    # DejaVu Sans is the widest of the usual ones: 0.49 to 0.53 of the size a letter as drawn, so that 0.61 leaves room;
    # sizes of 13 and 11 pixels in the 312 of a panel with its axis
    assert all(len(line) * 0.61 * 13 <= 312 for line in title["text"])
    assert all(len(line) * 0.61 * 11 <= 312 for line in title["subtitle"])


def test_the_picture_fits_a_phone_and_is_told_in_words(fits_a_phone, drawn):
    chart = frontier_figure(ITEMS, NAMES)
    assert (
        "best first: tool used, 50 links for 5 seconds; Point of entry, 80 links for 10 seconds"
        in (chart.to_dict()["description"])
    )
    assert fits_a_phone(chart)
    listed = next(rows for rows in drawn(chart.to_dict()) if rows and "figures" in rows[0])
    assert [row["words"] for row in listed] == ["1  tool used", "2  Point of entry", "3  keyless"]
    assert [row["figures"] for row in listed][:2] == ["50 (20 to 70), 5 s", "80 (60 to 110), 10 s"]


def test_twenty_items_leave_the_least_to_a_line_of_words(fits_a_phone):
    many = pd.concat([ITEMS.iloc[[0]].assign(item_code=f"item_{i:02}") for i in range(20)])
    chart = frontier_figure(many, {})
    assert chart.to_dict()["title"]["subtitle"][-1] == "8 more would gain less than those drawn."
    assert fits_a_phone(chart)


def test_a_force_without_ranked_items_has_a_picture_that_says_so(fits_a_phone):
    chart = frontier_figure(ITEMS.iloc[[3]], NAMES, "arson")
    assert chart.to_dict()["description"] == "No item of arson could be shown to gain links"
    assert fits_a_phone(chart)


def test_a_missing_column_is_named():
    with pytest.raises(FigureError, match="got none named seconds; add them"):
        frontier_figure(ITEMS.drop(columns="seconds"), NAMES)
