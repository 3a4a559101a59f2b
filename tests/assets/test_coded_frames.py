"""Tables read with their text as categories."""

from pathlib import Path

import pandas as pd
import pytest

from assets.coded_frames import coded_frame
from assets.warehouse import Warehouse

QUERY = """
    select 'c' || i as crime_id, if(i % 3 = 0, null, 'v' || i % 2) as value_code, i % 2 = 0 as is_even,
        timestamp '2025-03-10' + to_minutes(i) as captured_at, i / 2 as half
    from range(?) as t(i) order by i
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path))


def test_the_rows_are_those_of_the_query(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.coded_frames.ROWS_AT_ONCE", 2048)
    coded = coded_frame(warehouse, QUERY, [5000])
    assert isinstance(coded["value_code"].dtype, pd.CategoricalDtype)
    assert sorted(coded["value_code"].cat.categories) == ["v0", "v1"]
    plain = warehouse.frame(QUERY, [5000])
    same = coded.astype({"crime_id": "str", "value_code": "str"})
    pd.testing.assert_frame_equal(same, plain)


def test_no_rows_have_all_columns(warehouse: Warehouse) -> None:
    coded = coded_frame(warehouse, QUERY, [0])
    assert len(coded) == 0
    assert list(coded.columns) == ["crime_id", "value_code", "is_even", "captured_at", "half"]
    assert isinstance(coded["crime_id"].dtype, pd.CategoricalDtype)
