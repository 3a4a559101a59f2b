"""What the database counts and lists is what the library makes of frames."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from assets.improvements import fix_list, gap_counts
from assets.table_columns import TABLE_COLUMNS
from assets.warehouse import Warehouse
from quality.practice.fix_list import KEYS, fix_prices, mo_fix_list
from quality.practice.gaps import count_gaps, rule_causes
from quality.practice.unit_costs import load_unit_costs

REFRESH = "r2"
RULES = [("not_asked", "completeness"), ("recorded_late", "timeliness"), ("out_of_order", "validity")]


COMPARED = {(f"c{n:02}", "keyless") for n in range(0, 40, 4)}
"""Crimes and items of which linkage holds a value, as it does of what the text says."""


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
    found = pd.DataFrame(rows).drop_duplicates(["crime_id", "item_code", "rule"], ignore_index=True)
    return found.assign(
        is_compared=[(crime, item) in COMPARED for crime, item in found[["crime_id", "item_code"]].to_numpy()]
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse that holds the findings of two refreshes, of which the other must not count."""
    made = Warehouse(home=str(tmp_path))
    with made.connect() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in TABLE_COLUMNS["quality.mo_findings"].items())
        connection.execute(f"create table quality.mo_findings (refresh_id VARCHAR, {columns})")
        for refresh_id in ("r1", REFRESH):
            frame = findings().drop(columns="is_compared").assign(refresh_id=refresh_id)
            connection.register("frame", frame)
            connection.execute("insert into quality.mo_findings by name from frame")
            connection.unregister("frame")
        _hold_values(connection)
    return made


def _hold_values(connection: duckdb.DuckDBPyConnection) -> None:
    """Hold two values of each crime and item that is compared, and in another refresh one of every crime and item."""
    held = [(REFRESH, *one, value) for one in sorted(COMPARED) for value in ("yes", "no")]
    held += [("r1", f"c{n:02}", item, "yes") for n in range(40) for item in ("keyless", "tool_used")]
    connection.execute(
        "create table linkage.mo_values (refresh_id text, crime_id text, item_code text, value_code text)"
    )
    connection.executemany("insert into linkage.mo_values values (?, ?, ?, ?)", held)


def test_gaps_are_counted_as_the_library_counts_them(warehouse: Warehouse) -> None:
    found, costs = findings(), load_unit_costs()
    counted = gap_counts(warehouse, REFRESH, rule_causes(found[["rule", "dimension"]].drop_duplicates(), costs))
    by_hand = count_gaps(found, costs)
    assert 0 < counted.by_item["n_lost"].sum() < counted.by_item["n_gap"].sum()
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
    kinds = found[KEYS].drop_duplicates(ignore_index=True)
    listed = fix_list(warehouse, REFRESH, fix_prices(kinds, priorities, costs))
    pd.testing.assert_frame_equal(listed, mo_fix_list(found, priorities, costs), check_dtype=False)
    assert listed["n_total"].iloc[0] == len(found)


def test_no_findings_make_empty_tables(warehouse: Warehouse) -> None:
    kinds = findings()[KEYS].head(0)
    none = pd.DataFrame({"crime_group": [""], "item_code": [""], "links_per_1000_recorded": [1.0]})
    assert fix_list(warehouse, "r9", fix_prices(kinds, none, load_unit_costs())).empty
    assert gap_counts(warehouse, "r9", rule_causes(kinds, load_unit_costs())).by_item.empty
