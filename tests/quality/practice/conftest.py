"""Findings and counts of a small force: a row says only what the test is about."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from quality.practice.unit_costs import UnitCosts, load_unit_costs

Frames = Callable[..., pd.DataFrame]
GROUP = "burglary_residential"
RULE_DIMENSION = {
    "not_asked": "completeness",
    "not_known": "completeness",
    "in_text_only": "completeness",
    "coded_as_other": "specificity",
    "not_in_list": "validity",
    "recorded_late": "timeliness",
    "default_midnight": "precision",
    "date_only": "precision",
    "default_place": "precision",
    "duplicate_crime": "uniqueness",
    "attempt_with_property": "consistency",
}


@pytest.fixture(scope="session")
def costs() -> UnitCosts:
    return load_unit_costs()


@pytest.fixture(scope="session")
def findings_of() -> Frames:
    """Findings; each argument is (area_code, rule, n crimes) or those and what else differs.

    No crime has a value that linkage compares, unless said otherwise.
    """

    def make(*rows: tuple[Any, ...]) -> pd.DataFrame:
        found = []
        for number, (area, rule, n_crimes, *more) in enumerate(rows):
            common: dict[str, Any] = {
                "area_code": area,
                "crime_group": GROUP,
                "capture_role": "officer",
                "month": pd.Timestamp("2025-01-01"),
                "item_code": "entry_point",
                "dimension": RULE_DIMENSION[rule],
                "rule": rule,
                "is_compared": False,
                **(more[0] if more else {}),
            }
            found += [{"crime_id": f"c{number}-{n}", **common} for n in range(n_crimes)]
        columns = ["crime_id", "area_code", "crime_group", "capture_role", "month", "item_code", "dimension", "rule"]
        return pd.DataFrame(found, columns=[*columns, "is_compared"])

    return make


@pytest.fixture(scope="session")
def scorecard_of() -> Frames:
    """Scorecard rows of completeness; each argument is (area_code, n_expected) or those and what else differs."""

    def make(*rows: tuple[Any, ...]) -> pd.DataFrame:
        common = {
            "crime_group": GROUP,
            "month": pd.Timestamp("2025-01-01"),
            "capture_role": "officer",
            "item_code": "entry_point",
            "dimension": "completeness",
            "n_met": 0,
            "share": 0.0,
        }
        return pd.DataFrame(
            [{"area_code": area, "n_expected": n, **common, **(more[0] if more else {})} for area, n, *more in rows]
        )

    return make


@pytest.fixture(scope="session")
def priorities_of() -> Frames:
    """Group priorities; each argument is (item_code, links_per_1000_recorded or None) and perhaps a crime group."""

    def make(*rows: tuple[Any, ...]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "crime_group": pd.Series([row[2] if len(row) > 2 else GROUP for row in rows], dtype="str"),
                "item_code": pd.Series([row[0] for row in rows], dtype="str"),
                "links_per_1000_recorded": pd.array([row[1] for row in rows], dtype="Float64").astype("float64"),
                "links_per_1000_recorded_lower": [None] * len(rows),
                "links_per_1000_recorded_upper": [None] * len(rows),
                "rank": pd.array([None if row[1] is None else 1 for row in rows], dtype="Int64"),
                "reason": pd.Series(
                    ["12 linked pairs, at least 30 are needed" if row[1] is None else None for row in rows], dtype="str"
                ),
            }
        )

    return make
