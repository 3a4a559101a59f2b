from collections.abc import Callable
from pathlib import Path

import duckdb

from intake.landing import land
from intake.profiles import ForceProfile

from .conftest import PROFILE

ITEMS = """  mo_features:
    source: crimes
    items:
      weapon_type:
        {column: NAME, separator: " ", pad: 4, unlisted: missing, values: {"0416": blunt, "0302": knife}}
"""


def test_a_code_that_lost_its_zero_is_repaired_and_noted(
    con: duckdb.DuckDBPyConnection,
    profile_of: Callable[..., ForceProfile],
    extract: Callable[..., Path],
) -> None:
    rows = "ID,CODE,FROM,E,N,NAME\nC1,28E,13/02/2024 10:00,450000,250000,"
    land(con, profile_of(text=PROFILE + ITEMS), extract(crimes__csv=rows + "416 0302 1402 999\n"))
    values = con.execute("select value_code from landing.mo_features order by 1").fetchall()
    assert values == [("blunt",), ("knife",)]
    notes = con.execute(
        "select table_name, source_row, column_name, action, reason, value from landing.notes"
    ).fetchall()
    assert notes == [("mo_features", 1, "value_code", "value_repaired", "leading zeros restored: 0416", "416")]
