"""Each unsolved crime's likeliest link, drawn."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from publication.co_linkage_figure import MOST_MARKS, counts_by_step, legend, line_picture, steps_of

SVG = "{http://www.w3.org/2000/svg}"
CRIMES = pd.DataFrame(
    {
        "crime_id": ["U2", "U1", "U3 <&>", "U4"],
        "candidate_kind": ["group", "crime", "crime", None],
        "candidate_id": ["solved:S1", "U3 <&>", "U1", None],
        "probability": [0.29, 0.25, 0.1, None],
    }
)


def marks(crimes: pd.DataFrame, line: float = 0.25) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(line_picture(crimes, line).svg)
    return [each for each in root.iter(f"{SVG}path") if "data-step" in each.attrib]


def test_marks_stand_by_strength_and_those_under_the_line_are_faint() -> None:
    drawn = marks(CRIMES)
    assert [mark.get("data-step") for mark in drawn] == ["29", "25", "10", "0"]
    assert [mark.get("class") for mark in drawn] == [None, None, "faint", "faint"]
    assert [mark.findtext(f"{SVG}title") for mark in drawn] == [
        "U2: 29% with known group solved:S1",
        "U1: 25% with unsolved crime U3 <&>",
        "U3 <&>: 10% with unsolved crime U1",
        "U4: 0%",
    ]


def test_a_step_is_rounded_down_but_for_the_last_bits_of_a_float() -> None:
    # 0.29 * 100 = 28.999999999999996 and 0.57 * 100 = 56.99999999999999
    assert steps_of(pd.Series([0.29, 0.57, 0.2899, 1.0, None])).tolist() == [29, 57, 28, 100, 0]


def test_counts_agree_with_comparing_every_crime_with_every_line() -> None:
    rng = np.random.default_rng(3)
    crimes = pd.DataFrame(
        {"probability": rng.integers(0, 1001, 400) / 1000, "candidate_kind": rng.choice(["group", "crime"], 400)}
    )
    told = counts_by_step(crimes)
    for step in range(101):
        above = crimes[crimes["probability"] >= step / 100]
        assert told["all"][step] == len(above)
        assert told["group"][step] == (above["candidate_kind"] == "group").sum()
    assert told["nobody"] == [0] * 101


def test_the_legend_has_the_kinds_that_are_there() -> None:
    told = [(each["words"], each["n_crimes"], each["does_move"]) for each in legend(CRIMES, 0.25)]
    assert told == [
        ("likeliest with a known group", 1, True),
        ("likeliest with an unsolved crime", 1, True),
        ("without any candidate", 1, False),
    ]


def test_of_many_crimes_some_are_drawn_the_ends_among_them() -> None:
    many = pd.DataFrame(
        {
            "crime_id": [f"U{n:05}" for n in range(20_000)],
            "candidate_kind": "crime",
            "candidate_id": "U00000",
            "probability": np.linspace(0.999, 0.001, 20_000),
        }
    )
    drawn = marks(many)
    assert 0.8 * MOST_MARKS < len(drawn) <= MOST_MARKS
    assert (drawn[0].get("data-step"), drawn[-1].get("data-step")) == ("99", "0")
    assert "20,000 unsolved crimes in order; 15,0" in line_picture(many, 0.25).alt


@pytest.mark.parametrize("n", [1, 2, 300, 301])
def test_any_number_of_crimes_is_drawn_within_the_picture(n: int) -> None:
    crimes = pd.DataFrame(
        {"crime_id": [f"U{k}" for k in range(n)], "candidate_kind": "crime", "candidate_id": "U", "probability": 0.5}
    )
    xs = [float(str(mark.get("d"))[1:].split()[0]) for mark in marks(crimes)]
    assert all(38 <= x <= 350 for x in xs)
    assert xs == sorted(xs)
