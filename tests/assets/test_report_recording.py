"""What the report of a refresh shows of recording."""

from pathlib import Path

import pandas as pd

from assets.report_recording import recording_parts
from assets.table_columns import TABLE_COLUMNS, table_ddl
from assets.warehouse import Warehouse
from quality.control_limits import mo_trends

MONTHS = pd.date_range("2024-01-01", periods=3, freq="MS")


def test_the_trend_shows_months_of_enough_crimes_however_many_items_are_judged_of_each(tmp_path: Path) -> None:
    # eight items and the place are judged of each crime: 9 crimes make 81 judgements, and are too few all the same
    rows = [
        {"month": month, "item_code": item, "n_expected": n_crimes, "n_met": n_crimes // 2}
        for month, n_crimes in zip(MONTHS, (9, 10, 40), strict=True)
        for item in (*(f"item_{n}" for n in range(8)), "location")
    ]
    card = pd.DataFrame(rows).assign(area_code="A1", crime_group="robbery_personal", dimension="completeness")
    warehouse = Warehouse(home=str(tmp_path))
    with warehouse.connect() as connection:
        connection.execute("create table ops.current_refresh as select 'r1' as refresh_id")
        for table in TABLE_COLUMNS:
            if table.startswith("quality."):
                connection.execute(table_ddl(table))
    warehouse.replace("quality.mo_trends", mo_trends(card))
    assert recording_parts(warehouse, "r1")["trend"]["month"].tolist() == [*MONTHS[1:]]
