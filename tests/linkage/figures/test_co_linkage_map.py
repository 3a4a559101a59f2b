"""The square of co-linkage holds the strongest leads, each beside the known group that it may belong to."""

import pandas as pd
import pytest

from linkage.figures.co_linkage_map import co_linkage_map_figure, lead_families
from linkage.figures.style import FigureError

GROUPS = {"A": "g", "B": "g", "C": "h", "Z": "alone"}
PAIRS = pd.DataFrame(
    [("A", "U", 0.4), ("B", "U", 0.4), ("V", "W", 0.9), ("C", "U", 0.3), ("X", "Z", 0.1)],
    columns=["crime_id_1", "crime_id_2", "probability"],
)


def test_leads_hold_crimes_together_strongest_family_first():
    # V and W lead each other; U leads to both of g's crimes and to C of h; X and Z are below the line.
    assert lead_families(PAIRS, GROUPS, 0.25) == [["V", "W"], ["A", "B", "C", "U"]]
    assert lead_families(PAIRS, GROUPS, 0.35) == [["V", "W"], ["A", "B", "U"]]
    assert lead_families(PAIRS, GROUPS, 0.95) == []


def test_the_order_of_rows_does_not_matter():
    assert lead_families(PAIRS[::-1], dict(reversed(GROUPS.items())), 0.25) == lead_families(PAIRS, GROUPS, 0.25)


def test_a_chain_of_leads_joins_families():
    pairs = pd.DataFrame(
        [("A", "U", 0.9), ("C", "V", 0.8), ("U", "V", 0.5)], columns=["crime_id_1", "crime_id_2", "probability"]
    )
    assert lead_families(pairs, GROUPS, 0.25) == [["A", "B", "C", "U", "V"]]


def test_the_square_shows_known_groups_and_leads(drawn, fits_a_phone):
    chart = co_linkage_map_figure(PAIRS, GROUPS)
    (rows,) = drawn(chart.to_dict())
    steps = {(row["crime_1"], row["crime_2"]): row["step"] for row in rows if row["crime_1"] < row["crime_2"]}
    assert steps == {
        ("? V", "? W"): "75 to 90%",
        ("A", "B"): "one known group",
        ("? U", "A"): "25 to 50%",
        ("? U", "B"): "25 to 50%",
        ("? U", "C"): "25 to 50%",
    }
    assert fits_a_phone(chart)


@pytest.mark.parametrize(("most", "crimes"), [(6, "VWABCU"), (5, "VW"), (1, "W")])
def test_whole_families_are_drawn_as_far_as_there_is_room(drawn, most, crimes):
    chart = co_linkage_map_figure(PAIRS, GROUPS, most_crimes=most).to_dict()
    assert [name.removeprefix("? ") for name in chart["encoding"]["x"]["sort"]] == list(crimes)


def test_no_lead_and_a_missing_column_are_told():
    with pytest.raises(FigureError, match="or more, got none; lower the line"):
        co_linkage_map_figure(PAIRS, GROUPS, line=0.95)
    with pytest.raises(FigureError, match="got none named probability"):
        co_linkage_map_figure(PAIRS.drop(columns="probability"), GROUPS)
