"""What the database counts and lists is what the library makes of frames."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from assets.improvements import fix_list, gap_counts
from assets.table_columns import TABLE_COLUMNS
from assets.warehouse import Warehouse
from quality.practice.fix_list import fix_prices, mo_fix_list
from quality.practice.gaps import count_gaps, rule_causes
from quality.practice.unit_costs import load_unit_costs

REFRESH = "r2"
RULES = [("not_asked", "completeness"), ("recorded_late", "timeliness"), ("out_of_order", "validity")]


def findings() -> pd.DataFrame:
    """Return 90 findings of three areas, one of them not stated; crimes have one, two or three."""
    rows = [
        {
            "crime_id": f"c{n % 40:02}",
            "area_code": ("A", "B", None)[n % 3],
            "crime_group": ("g", "h")[n % 2],
            "capture_role": "officer",
            "month": pd.Timestamp("2025-01-01") + pd.DateOffset(months=n % 5),
            "item_code": ("keyless", "tool_used")[n // 45],
            "dimension": dimension,
            "rule": rule,
        }
        for n in range(90)
        for rule, dimension in RULES[: n % 3 + 1]
    ]
    return pd.DataFrame(rows).drop_duplicates(["crime_id", "item_code", "rule"], ignore_index=True)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse that holds the findings of two refreshes, of which the other must not count."""
    made = Warehouse(home=str(tmp_path))
    with made.connect() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in TABLE_COLUMNS["quality.mo_findings"].items())
        connection.execute(f"create table quality.mo_findings (refresh_id VARCHAR, {columns})")
        for refresh_id in ("r1", REFRESH):
            frame = findings().assign(refresh_id=refresh_id)
            connection.register("frame", frame)
            connection.execute("insert into quality.mo_findings by name from frame")
            connection.unregister("frame")
    return made


def test_gaps_are_counted_as_the_library_counts_them(warehouse: Warehouse) -> None:
    found = findings()
    counted = gap_counts(warehouse, REFRESH, rule_causes(found[["rule", "dimension"]].drop_duplicates()))
    by_hand = count_gaps(found)
    for one, other in zip(counted, by_hand, strict=True):
        keys = [name for name in other.columns if not name.startswith("n_")]
        expected = other.sort_values(keys, ignore_index=True)
        pd.testing.assert_frame_equal(
            one.sort_values(keys, ignore_index=True)[list(other.columns)], expected, check_dtype=False
        )


def test_the_fix_list_is_that_of_the_library(warehouse: Warehouse) -> None:
    found, costs = findings(), load_unit_costs()
    priorities = pd.DataFrame(
        {"crime_group": ["g", "h"], "item_code": ["keyless", "tool_used"], "links_per_1000_recorded": [5.0, 9.0]}
    )
    kinds = found[["crime_group", "item_code", "rule", "dimension"]].drop_duplicates(ignore_index=True)
    listed = fix_list(warehouse, REFRESH, fix_prices(kinds, priorities, costs))
    pd.testing.assert_frame_equal(listed, mo_fix_list(found, priorities, costs), check_dtype=False)
    assert listed["n_total"].iloc[0] == len(found)


def test_no_findings_make_empty_tables(warehouse: Warehouse) -> None:
    kinds = findings()[["crime_group", "item_code", "rule", "dimension"]].head(0)
    none = pd.DataFrame({"crime_group": [""], "item_code": [""], "links_per_1000_recorded": [1.0]})
    assert fix_list(warehouse, "r9", fix_prices(kinds, none, load_unit_costs())).empty
    assert gap_counts(warehouse, "r9", rule_causes(kinds[["rule", "dimension"]])).by_item.empty
