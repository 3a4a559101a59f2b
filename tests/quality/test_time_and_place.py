from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from quality.minimum_standard import MinimumStandard
from quality.time_and_place import time_and_place

Frames = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def judge(standard: MinimumStandard, crimes_of: Frames) -> Callable[..., bool | None]:
    """Judge one crime: true, false, or None where it cannot be judged."""

    def one(item: str, dimension: str, **crime: Any) -> bool | None:
        judged = time_and_place(crimes_of(crime), standard.limits)[item, dimension]
        return bool(judged.is_met[0]) if judged.is_expected[0] else None

    return one


def _time(start: str | None, end: str | None, precision: str = "window", zone_hours: int = 0) -> dict[str, Any]:
    """Local times, and the instants that lie `zone_hours` before them."""
    shift = pd.Timedelta(hours=zone_hours)
    return {
        "committed_from_local": start,
        "committed_to_local": end,
        "committed_from_at": pd.Timestamp(start) - shift if start else None,
        "committed_to_at": pd.Timestamp(end) - shift if end else None,
        "time_precision": precision,
        "reported_at": "2025-12-31 00:00",
    }


@pytest.mark.parametrize(
    ("start", "end", "precision", "expected"),
    [
        ("2025-03-10 20:00", "2025-03-10 20:00", "exact", True),
        ("2025-03-10 20:00", "2025-03-11 20:00", "window", True),  # 24 h to the minute
        ("2025-03-10 20:00", "2025-03-11 20:01", "window", False),
        ("2025-03-10 00:00", "2025-03-10 00:00", "default_midnight", False),
        ("2025-03-10 00:00", "2025-03-10 00:00", "exact", False),  # seen through
        ("2025-03-10 00:00", "2025-03-10 23:59", "window", False),  # a date in disguise
        ("2025-03-10 00:00", "2025-03-10 23:59", "date_only", False),
        ("2025-03-10 00:00", "2025-03-10 06:00", "window", True),  # a night that begins at midnight
        ("2025-03-10 00:01", "2025-03-10 00:01", "exact", True),
        ("2025-03-10 20:00", None, "window", None),
        (None, None, "window", None),
    ],
)
def test_precision_of_time_sees_through_defaults(
    judge: Any, start: str | None, end: str | None, precision: str, expected: bool | None
) -> None:
    assert judge("committed_time", "precision", **_time(start, end, precision)) is expected


def test_midnight_is_read_on_the_local_clock(judge: Any) -> None:
    # In British Summer Time local midnight is 23:00 UTC: a default. 01:00 local is midnight UTC: a time.
    default = _time("2025-07-10 00:00", "2025-07-10 00:00", "exact", zone_hours=1)
    assert judge("committed_time", "precision", **default) is False
    told = _time("2025-07-10 01:00", "2025-07-10 01:00", "exact", zone_hours=1)
    assert judge("committed_time", "precision", **told) is True


@pytest.mark.parametrize(
    ("start", "end", "reported", "expected"),
    [
        ("2025-03-10 20:00", "2025-03-10 22:00", "2025-03-10 22:00", True),
        ("2025-03-10 20:00", "2025-03-10 22:00", "2025-03-10 21:00", False),
        ("2025-03-10 22:00", "2025-03-10 20:00", "2025-03-11 08:00", False),
        ("2025-03-10 20:00", "2025-03-10 22:00", None, True),
        (None, None, "2025-03-11 08:00", None),
    ],
)
def test_a_valid_time_runs_from_start_to_end_to_report(
    judge: Any, start: str | None, end: str | None, reported: str | None, expected: bool | None
) -> None:
    crime = {**_time(start, end), "reported_at": reported}
    assert judge("committed_time", "validity", **crime) is expected


def test_a_time_is_complete_with_both_ends_and_a_place_with_both_coordinates(judge: Any) -> None:
    assert judge("committed_time", "completeness") is True
    assert judge("committed_time", "completeness", **_time("2025-03-10 20:00", None)) is False
    assert judge("location", "completeness") is True
    assert judge("location", "completeness", northing_m=None) is False


@pytest.mark.parametrize(
    ("precision", "easting", "expected"),
    [("address", 450_000.0, True), ("ward", 450_000.0, False), (None, 450_000.0, None), ("address", None, None)],
)
def test_a_place_is_precise_unless_it_says_that_it_is_not(
    judge: Any, precision: str | None, easting: float | None, expected: bool | None
) -> None:
    assert judge("location", "precision", location_precision=precision, easting_m=easting) is expected


def test_moments_with_a_zone_are_read_as_the_same_instants(standard: MinimumStandard, crimes_of: Frames) -> None:
    plain = crimes_of({}, {"crime_id": "c2", "committed_to_at": None})
    zoned = plain.assign(
        **{name: plain[name].dt.tz_localize("UTC") for name in ("committed_from_at", "committed_to_at")}
    )
    first, second = (time_and_place(crimes, standard.limits) for crimes in (plain, zoned))
    for key, judged in first.items():
        assert (judged.is_expected == second[key].is_expected).all()
        assert (judged.is_met == second[key].is_met).all()
