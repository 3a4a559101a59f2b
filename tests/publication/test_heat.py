import pandas as pd
import pytest

from publication.heat import STEPS, heat_table


def completeness(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["area_code", "crime_group", "n_expected", "n_met"])


def test_areas_come_from_the_worst_to_the_best_and_rows_are_summed():
    table = heat_table(completeness(("A", "b", 60, 50), ("A", "b", 40, 40), ("B", "c", 10, 4), ("B", "b", 0, 0)), 5)
    assert table.groups == ("b", "c")
    assert [row.area for row in table.rows] == ["B", "A"]
    worst, best = table.rows
    assert (worst.overall.share, best.overall.share) == (0.4, 0.9)
    assert worst.cells[0].share is None
    assert best.cells[0].n_met == 90
    assert best.all_cells == (best.overall, *best.cells)


def test_only_the_worst_areas_are_shown_and_the_rest_counted():
    table = heat_table(completeness(*((f"A{n:02d}", "b", 100, n) for n in range(40))), 24)
    assert (len(table.rows), table.n_left_out, table.rows[-1].area) == (24, 16, "A23")


@pytest.mark.parametrize(("n_met", "step"), [(0, 0), (49, 0), (50, 1), (94, 5), (95, 6), (100, 6)])
def test_a_share_on_a_limit_belongs_to_the_step_above(n_met, step):
    assert heat_table(completeness(("A", "b", 100, n_met)), 1).rows[0].overall.step == step


def test_a_missing_area_is_named_and_no_rows_give_no_table():
    assert heat_table(completeness((None, "b", 10, 5)), 1).rows[0].area == "not known"
    assert heat_table(completeness(), 5).rows == ()


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("ground", "ink"), [(ground, ink) for _, ground, ink in STEPS])
def test_the_ink_of_every_step_is_read_easily_on_its_ground(ground, ink):
    lighter, darker = sorted((luminance(ground), luminance(ink)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
