"""The balance of the page counts only what linkage cannot compare yet."""

from typing import Any

import pandas as pd
import pytest

from orchestration.improvement_page import Practice, _balance
from quality.minimum_standard import load_minimum_standard
from quality.practice.unit_costs import load_unit_costs

GROUP = "theft_from_vehicle"
ROW: dict[str, Any] = {
    "scope": "force",
    "area_code": "all_areas",
    "crime_group": GROUP,
    "n_expected": 5_000,
    "links_gained": 1.0,
    "rank": 1,
}


def practice(*rows: tuple[str, int, int]) -> Practice:
    """Return a year of items of the force; each is (item_code, n_gap, n_lost), worth 10 links for 1,000."""
    improvements = pd.DataFrame([ROW | {"item_code": code, "n_gap": gap, "n_lost": lost} for code, gap, lost in rows])
    worth = {f"links_per_1000_recorded{side}": 10.0 for side in ("", "_lower", "_upper")}
    priorities = pd.DataFrame([{"crime_group": GROUP, "item_code": code, **worth} for code, _, _ in rows])
    scorecard = pd.DataFrame({"month": pd.to_datetime(["2025-01-01", "2025-12-01"])})
    return Practice(improvements, pd.DataFrame(), scorecard, priorities)


def test_a_crime_whose_value_is_only_late_or_read_out_of_the_text_promises_no_link_and_is_not_asked() -> None:
    standard, costs = load_minimum_standard(), load_unit_costs()
    found = _balance(practice(("entry_method", 1_000, 400), ("tool_used", 800, 100)), standard, costs)
    assert found is not None
    likely = {name: one.likely for name, one in costs.inputs.items()}
    # 500 crimes a year lack an item, not 1,800; half end with a value; 10 links for 1,000
    assert found.amounts["links"] == pytest.approx(500 * likely["recovered_share"] * 10 / 1_000)
    # asked are these 500, at the mean of their seconds
    seconds = [standard.items[code].seconds for code in ("entry_method", "tool_used")]
    mean = round((400 * seconds[0] + 100 * seconds[1]) / 500, 1)
    assert found.amounts["cost_capture"] == pytest.approx(500 * mean / 3_600 * likely["officer_hour_cost"])
    assert "each item showed its own: an upper bound" in found.note


def test_where_linkage_compares_everything_already_no_link_is_promised() -> None:
    found = _balance(practice(("entry_method", 1_000, 0)), load_minimum_standard(), load_unit_costs())
    assert found is not None
    assert (found.amounts["benefit_links"], found.amounts["cost_capture"]) == (0, 0)
