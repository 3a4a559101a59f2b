"""Crimes recorded twice, and real crimes of one night that only look alike."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.minimum_standard import MinimumStandard
from quality.mo_rows import mo_rows
from quality.uniqueness import duplicates

Frames = Callable[..., pd.DataFrame]
SAID = (("entry_method", "smash_glass"), ("tool_used", "brick_stone"), ("where_parked", "car_park"))


@pytest.fixture(scope="session")
def suspected(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> Callable[..., list[bool]]:
    """Judge two crimes of three equal values each, but for what the arguments change of the second."""

    def judge(
        second: dict[str, Any] | None = None,
        said: Any = SAID,
        owned: Any = ((), ()),
        n_vague: int = 0,
        first: dict[str, Any] | None = None,
        first_said: Any = SAID,
    ) -> list[bool]:
        crimes = crimes_of(first or {}, {"crime_id": "c2", "incident_id": "i2", **(second or {})})
        features = features_of(*[("c1", *pair) for pair in first_said], *[("c2", *pair) for pair in said])
        properties = pd.concat(
            [properties_of(), *(properties_of((crime, "stolen")).assign(**row) for crime, row in _rows(owned))]
        )
        judged = duplicates(
            crimes, mo_rows(crimes, features, standard), properties, np.ones(2, dtype=bool), np.full(2, n_vague)
        )
        return (judged.is_expected & judged.broken["duplicate_crime"]).tolist()

    return judge


def _rows(owned: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(crime, row) for crime, rows in zip(("c1", "c2"), owned, strict=True) for row in rows]


def test_the_second_record_of_a_crime_is_suspected_and_not_the_first(suspected: Any) -> None:
    assert suspected() == [False, True]


@pytest.mark.parametrize(
    "second",
    [
        {"reported_at": "2025-03-12 08:00"},
        {"recorded_at": "2025-03-12 09:00"},
        {"incident_id": "i1"},
        {"outcome_code": "filed"},
        {"source_row": 2},
    ],
)
def test_how_and_when_it_was_reported_may_differ(suspected: Any, second: dict[str, Any]) -> None:
    assert suspected(second) == [False, True]


def test_the_one_that_was_recorded_first_is_the_first_whatever_its_number(suspected: Any) -> None:
    assert suspected({"recorded_at": "2025-03-11 08:30"}) == [True, False]
    assert suspected({"recorded_at": None}) == [False, True]


@pytest.mark.parametrize(
    "second",
    [
        {"crime_group": "theft_of_vehicle"},
        {"committed_from_at": "2025-03-10 20:05"},
        {"committed_to_at": "2025-03-10 22:05"},
        {"easting_m": 450_003.0},
        {"northing_m": 250_003.0},
        {"is_attempt": True},
        {"premises_type": "car_park"},
        {"offence_code": "29A"},
        {"location_precision": "point"},
    ],
)
def test_crimes_that_differ_in_anything_recorded_of_them_are_two(suspected: Any, second: dict[str, Any]) -> None:
    assert suspected(second) == [False, False]


@pytest.mark.parametrize(
    "said",
    [
        (*SAID[:2], ("where_parked", "street_residential")),  # the next car along
        SAID[:2],
        (*SAID, ("search_style", "tidy")),
        (*SAID, ("search_style", "unknown")),
        (*SAID, ("search_style", None, {"is_valid_code": False})),
    ],
)
def test_crimes_whose_mo_differs_are_two(suspected: Any, said: Any) -> None:
    assert suspected(said=said) == [False, False]


def test_a_code_for_nothing_and_a_repeated_value_change_nothing(suspected: Any) -> None:
    assert suspected(said=(*SAID, ("search_style", "not_recorded"), SAID[0])) == [False, True]


def test_property_is_compared_row_by_row_in_any_order(suspected: Any) -> None:
    watch, cash = {"property_class": "watch"}, {"value_pence": 700}
    assert suspected(owned=((watch, cash), (cash, watch))) == [False, True]
    assert suspected(owned=((watch, cash), (watch,))) == [False, False]
    assert suspected(owned=((watch,), (watch, watch))) == [False, False]
    assert suspected(owned=((watch,), ({"property_class": "watch", "value_pence": 5001},))) == [False, False]


def test_what_one_lacks_in_mo_it_cannot_make_up_in_property(suspected: Any) -> None:
    owned = ((), ({"property_class": "watch"},))
    assert suspected(said=SAID[:2], owned=owned) == [False, False]


def test_agreement_in_next_to_nothing_is_none(suspected: Any) -> None:
    assert suspected(said=SAID[:2], first_said=SAID[:2]) == [False, False]
    # two values and one row of property are three
    owned = (({"quantity": 2},), ({"quantity": 2},))
    assert suspected(said=SAID[:2], first_said=SAID[:2], owned=owned) == [False, True]


def test_a_rough_place_needs_twice_as_much_agreement(suspected: Any) -> None:
    rows = tuple({"value_pence": pence} for pence in (100, 200, 300))
    assert suspected(n_vague=1) == [False, False]
    assert suspected(n_vague=1, owned=(rows, rows)) == [False, True]
    assert suspected(n_vague=2, owned=(rows, rows)) == [False, False]


def test_three_records_of_one_crime_are_two_too_many(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of(*[{"crime_id": f"c{i}"} for i in (1, 2, 3, 4)])
    features = features_of(*[(f"c{i}", *pair) for i in (1, 2, 3) for pair in SAID])
    rows = mo_rows(crimes, features, standard)
    judged = duplicates(crimes, rows, properties_of(), np.ones(4, dtype=bool), np.zeros(4, dtype=np.int64))
    assert judged.broken["duplicate_crime"].tolist() == [False, True, True, False]


def test_a_crime_without_time_place_or_group_is_not_judged(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({}, {"crime_id": "c2", "crime_group": None}, {"crime_id": "c3"})
    known = np.array([True, True, False])
    judged = duplicates(
        crimes, mo_rows(crimes, features_of(), standard), properties_of(), known, np.zeros(3, dtype=int)
    )
    assert judged.is_expected.tolist() == [True, False, False]
