"""A small force with records of forms beside it, and what of them has landed."""

from datetime import UTC, datetime
from typing import Any

import duckdb

from intake.landing import LandingReport
from tests.intake.conftest import PROFILE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WITH_REPORTS = (
    PROFILE.replace("      northing_m: N\n", "      northing_m: N\n      report_reference: NAME\n")
    + """  mo_features:
    source: crimes
    columns: {captured_by: {constant: call_taker}, captured_at: {constant: "2026-02-10 12:00:00"}}
    items:
      entry_point: {column: CODE, values: {"28E": front_door}, unlisted: missing}
"""
)
ROWS = (
    "C/1,28E,01/02/2026 10:00,450001,250001,WEB-AAAA-0001\n"
    "C/2,28E,02/02/2026 10:00,450002,250002,WEB-AAAA-0002\n"
    "C/3,28E,03/02/2026 10:00,450003,250003,WEB-AAAA-0003\n"
    "C/4,45A,,450004,250004,TEL-SAME\n"
    "C/5,45A,05/02/2026 10:00,450005,250005,TEL-SAME\n"
    "C/9,99Z,05/02/2026 10:00,450005,250005,WEB-OTHER\n"
)


def record(number: int, **changes: Any) -> dict[str, Any]:
    sound = {
        "schema": "colink.mo_record/1",
        "record_id": f"00000000-0000-4000-8000-{number:012d}",
        "standard_version": "1",
        "crime_group": "burglary_residential",
        "role": "victim",
        "reference": "WEB-AAAA-0001",
        "reference_kind": "report_reference",
        "started_at": "2026-02-20T09:58:00+00:00",
        "saved_at": "2026-02-20T10:00:00+00:00",
        "answers": [{"item_code": "entry_point", "values": ["rear_door"], "is_fact": True}],
        "committed_from": None,
        "committed_to": None,
        "note": "",
    }
    return sound | changes


def answer(item: str, *values: str) -> list[dict[str, Any]]:
    return [{"item_code": item, "values": list(values), "is_fact": True}]


class Landed:
    """A landing of ROWS with records beside it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, report: LandingReport) -> None:
        self.con, self.report = con, report

    def features(self, where: str = "source_file like '%mo_records%'") -> list[tuple[Any, ...]]:
        return self.con.execute(
            "select crime_id, item_code, value_code, captured_by, value_source, captured_at from landing.mo_features"
            f" where {where} order by all"
        ).fetchall()

    def notes(self) -> list[tuple[Any, ...]]:
        return self.con.execute(
            "select source_file, source_row, column_name, action, reason, value from landing.notes"
            " where source_file like '%mo_records%' order by all"
        ).fetchall()

    def winners(self, crime_id: str, item: str, role: str) -> set[str]:
        """Values of the newest rows, which staging keeps."""
        rows = self.con.execute(
            "select value_code from landing.mo_features where (crime_id, item_code, captured_by) = (?, ?, ?)"
            " qualify extract_order = max(extract_order) over ()",
            [crime_id, item, role],
        ).fetchall()
        return {value for (value,) in rows}

    def accounts(self, table: str) -> dict[str, tuple[int, ...]]:
        return {a.file: a[2:] for a in self.report.accounts if a.table == table and "mo_records" in a.file}
