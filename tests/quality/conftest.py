"""Small staged frames: a row says only what the test is about."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest

from quality.minimum_standard import MinimumStandard, load_minimum_standard

Frames = Callable[..., pd.DataFrame]

CRIME: dict[str, Any] = {
    "crime_id": "c1",
    "incident_id": "i1",
    "incident_is_derived": True,
    "force_code": "demo",
    "offence_code": "28E",
    "crime_group": "burglary_residential",
    "is_attempt": False,
    "committed_from_at": "2025-03-10 20:00",
    "committed_to_at": "2025-03-10 22:00",
    "committed_from_local": "2025-03-10 20:00",
    "committed_to_local": "2025-03-10 22:00",
    "time_precision": "window",
    "reported_at": "2025-03-11 08:00",
    "recorded_at": "2025-03-11 09:00",
    "easting_m": 450_000.0,
    "northing_m": 250_000.0,
    "location_precision": "address",
    "premises_type": "dwelling",
    "area_code": "A1",
    "status": "live",
    "outcome_code": None,
    "as_of_at": "2025-06-01 00:00",
    "source_file": "crimes.csv",
    "source_row": 1,
}
FEATURE: dict[str, Any] = {
    "crime_id": "c1",
    "item_code": "entry_point",
    "value_code": "rear_door",
    "is_valid_code": True,
    "value_source": "structured",
    "captured_by": "officer",
    "captured_at": "2025-03-11 10:00",
    "is_fact": True,
}
PROPERTY: dict[str, Any] = {
    "crime_id": "c1",
    "property_class": "cash",
    "quantity": 1,
    "value_pence": 5000,
    "status": "stolen",
}


def _frame(default: dict[str, Any], rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame([{**default, **row} for row in rows], columns=list(default))
    moments = [name for name in default if name.endswith(("_at", "_local"))]
    return frame.assign(**{name: pd.to_datetime(frame[name]).astype("datetime64[us]") for name in moments})


@pytest.fixture(scope="session")
def standard() -> MinimumStandard:
    return load_minimum_standard()


@pytest.fixture(scope="session")
def crimes_of() -> Frames:
    """Staged crimes; each argument holds what differs from a flawless burglary."""
    return lambda *rows: _frame(CRIME, rows)


@pytest.fixture(scope="session")
def features_of() -> Frames:
    """Staged MO rows; each argument is (crime_id, item_code, value_code) or those and what else differs."""
    return lambda *rows: _frame(
        FEATURE,
        [
            {"crime_id": row[0], "item_code": row[1], "value_code": row[2], **(row[3] if len(row) > 3 else {})}
            for row in rows
        ],
    )


@pytest.fixture(scope="session")
def properties_of() -> Frames:
    """Staged property rows; each argument is (crime_id, status)."""
    return lambda *rows: _frame(PROPERTY, [{"crime_id": crime, "status": status} for crime, status in rows])
