from dataclasses import replace

import pandas as pd
import pytest

from quality.practice.cost_benefit import (
    Volumes,
    break_even,
    cost_benefit,
    likely_inputs,
    sensitivity,
    summed_volumes,
)
from quality.practice.errors import PracticeError
from quality.practice.unit_costs import INPUTS, UnitCosts

VOLUMES = Volumes(crimes_asked=10_000, gap_share=0.36, links_per_1000_recorded=50.0)
INPUT = {
    "officer_hour_cost": 40.0,
    "analyst_hour_cost": 30.0,
    "capture_seconds": 10.0,
    "value_per_link": 300.0,
    "confirmed_share": 0.4,
    "review_minutes_per_link": 10.0,
    "reviews_per_link": 5.0,
    "recovered_share": 0.5,
    "manual_reading_minutes": 3.0,
    "records_read_a_year": 500.0,
    "training_hours": 60.0,
    "extraction_hours": 20.0,
    "set_up_hours": 80.0,
}


def test_a_year_by_hand() -> None:
    found = cost_benefit(VOLUMES, INPUT)
    # 10,000 x 0.36 = 3,600 lack it, half are recovered: 1,800; at 50 for 1,000: 90 links, 0.4 of them confirmed: 36
    assert (found.links, found.confirmed_links) == pytest.approx((90, 36))
    assert found.benefit_links == pytest.approx(36 * 300)  # 10,800
    assert found.benefit_reading == pytest.approx(500 * 0.5 * 3 / 60 * 40)  # 500
    assert found.cost_capture == pytest.approx(3_600 * 10 / 3_600 * 40)  # 400
    assert found.cost_review == pytest.approx(90 * 5 * 10 / 60 * 30)  # 2,250
    assert found.cost_fixed == pytest.approx(60 * 40 + (20 + 80) * 30)  # 5,400
    assert found.net == pytest.approx(10_800 + 500 - 400 - 2_250 - 5_400)  # 3,250


def test_where_nothing_is_recovered_nothing_is_gained_and_nobody_reads_less() -> None:
    found = cost_benefit(VOLUMES, INPUT | {"recovered_share": 0.0})
    assert (found.benefit_links, found.benefit_reading) == (0, 0)


def test_break_even_by_hand() -> None:
    found = break_even(VOLUMES, INPUT)
    # value: 36 v + 500 = 400 + 2,250 + 5,400, v = 7,550 / 36
    assert found.value_per_link == pytest.approx(7_550 / 36)
    # seconds: 3,600 s / 3,600 x 40 = 40 s; 10,800 + 500 - 2,250 - 5,400 = 3,650 = 40 s
    assert found.capture_seconds == pytest.approx(3_650 / 40)
    # links: each for 1,000 gives 1.8 links: 1.8 x 0.4 x 300 - 1.8 x 5 x 10 / 60 x 30 = 216 - 45 = 171;
    # 171 l + 500 = 400 + 5,400, l = 5,300 / 171
    assert found.links_per_1000_recorded == pytest.approx(5_300 / 171)


@pytest.mark.parametrize("name", ["value_per_link", "capture_seconds"])
def test_at_the_break_even_the_balance_is_nil(name: str) -> None:
    at = getattr(break_even(VOLUMES, INPUT), name)
    assert cost_benefit(VOLUMES, INPUT | {name: at}).net == pytest.approx(0, abs=1e-9)


def test_at_the_break_even_of_links_the_balance_is_nil() -> None:
    at = break_even(VOLUMES, INPUT).links_per_1000_recorded
    assert cost_benefit(replace(VOLUMES, links_per_1000_recorded=at), INPUT).net == pytest.approx(0, abs=1e-9)


def test_where_no_value_makes_it_so_there_is_no_break_even() -> None:
    # without links no value of a link helps, and asking would have to give time back
    none = break_even(replace(VOLUMES, links_per_1000_recorded=0.0), INPUT)
    assert none.value_per_link != none.value_per_link
    assert none.capture_seconds != none.capture_seconds
    assert none.links_per_1000_recorded == pytest.approx(5_300 / 171)
    # a link that costs more to judge than it is worth never pays
    dear = break_even(VOLUMES, INPUT | {"value_per_link": 1.0})
    assert dear.links_per_1000_recorded != dear.links_per_1000_recorded


def test_sensitivity_moves_one_input_at_a_time_and_puts_the_widest_first(costs: UnitCosts) -> None:
    found = sensitivity(VOLUMES, costs)
    assert set(found["input"]) == set(INPUTS)
    assert found["swing"].is_monotonic_decreasing
    likely = likely_inputs(costs)
    for row in found.to_dict("records"):
        assert row["net_at_low"] == pytest.approx(cost_benefit(VOLUMES, likely | {row["input"]: row["low"]}).net)
        assert row["net_at_high"] == pytest.approx(cost_benefit(VOLUMES, likely | {row["input"]: row["high"]}).net)
        assert row["net"] == pytest.approx(cost_benefit(VOLUMES, likely).net)


def test_the_interval_of_the_links_is_one_of_the_inputs(costs: UnitCosts) -> None:
    found = sensitivity(replace(VOLUMES, links_lower=-5.0, links_upper=90.0), costs).set_index("input")
    row = found.loc["links_per_1000_recorded"]
    # fewer than no links are none
    assert (row["low"], row["likely"], row["high"]) == (0, 50, 90)
    none = cost_benefit(replace(VOLUMES, links_per_1000_recorded=0), likely_inputs(costs))
    assert row["net_at_low"] == pytest.approx(none.net)


def test_a_changed_input_widens_its_range(costs: UnitCosts) -> None:
    row = sensitivity(VOLUMES, costs, capture_seconds=45.0).set_index("input").loc["capture_seconds"]
    assert (row["low"], row["likely"], row["high"]) == (5, 45, 45)


def test_volumes_of_items_add_up_to_their_links() -> None:
    items = pd.DataFrame(
        {
            "n_expected": [4_000, 2_000],
            "n_lost": [1_000, 500],
            "links_per_1000_recorded": [6.0, 3.0],
            "links_per_1000_recorded_lower": [2.0, None],
            "links_per_1000_recorded_upper": [9.0, 6.0],
        }
    )
    both = summed_volumes(items, years=2.0)
    # 1,500 of 6,000; (1,000 x 6 + 500 x 3) / 1,500 = 5; (1,000 x 2 + 0) / 1,500; (9,000 + 3,000) / 1,500
    assert both == Volumes(3_000, 0.25, 5.0, pytest.approx(4 / 3), pytest.approx(8))  # type: ignore[arg-type]
    apart = [summed_volumes(items.iloc[[row]], years=2.0) for row in (0, 1)]
    assert cost_benefit(both, INPUT).links == pytest.approx(sum(cost_benefit(one, INPUT).links for one in apart))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crimes_asked": 0}, "crimes_asked: expected more than 0, got 0"),
        ({"gap_share": 1.1}, "gap_share: expected a share from 0 to 1, got 1.1"),
        ({"links_per_1000_recorded": float("nan")}, "links_per_1000_recorded: expected 0 or more, got nan"),
    ],
)
def test_volumes_that_cannot_be_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(PracticeError, match=message):
        replace(VOLUMES, **change)


def test_an_input_that_is_none_is_refused(costs: UnitCosts) -> None:
    with pytest.raises(PracticeError, match="value_of_link: expected one of officer_hour_cost"):
        likely_inputs(costs, value_of_link=3.0)
