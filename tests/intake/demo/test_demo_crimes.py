"""Who, where and when: the county, its offenders and their habits, before anything is recorded."""

import numpy as np
import pandas as pd
import pytest

from intake.demo.calendar import FIRST_WEEKDAY, to_weekday
from intake.demo.county import inside, make_county
from intake.demo.crimes import make_crimes
from intake.demo.mo import ABSENT, true_mo
from intake.demo.offenders import series_lengths
from intake.demo.settings import CRIME_GROUPS, FIRST_DAY, MINUTES_A_DAY, N_DAYS, DemoSettings
from intake.demo.vocabulary import ITEM_INDEX, ITEMS, items_of, value_number, values_of
from intake.demo.windows import record_times


@pytest.fixture(scope="module")
def force():
    rng = np.random.default_rng(3)
    county = make_county(20_000, rng)
    crimes, offenders = make_crimes(20_000, county, DemoSettings(), rng)
    return county, crimes, offenders, true_mo(crimes, offenders, rng), record_times(crimes, rng)


def test_a_million_crimes_make_at_least_eight_billion_pairs_within_limits():
    rng = np.random.default_rng(1)
    n = 1_000_000
    crimes, _ = make_crimes(n, make_county(n, rng), DemoSettings(), rng)
    first, second = rng.integers(0, n, (2, 1_500_000))
    near = np.hypot(
        crimes.easting_m[first] - crimes.easting_m[second], crimes.northing_m[first] - crimes.northing_m[second]
    )
    soon = np.abs(crimes.minute[first] - crimes.minute[second]) <= 365 * MINUTES_A_DAY
    share = ((near < 5_000) & soon).mean()
    assert 8e9 < share * n * (n - 1) / 2 < 13e9


def test_everything_lies_within_the_county_and_the_three_years(force):
    _, crimes, _, _, _ = force
    assert crimes.easting_m.min() > 400_000
    assert crimes.easting_m.max() < 500_000
    assert crimes.northing_m.min() > 200_000
    assert crimes.northing_m.max() < 300_000
    assert crimes.minute.min() >= 0
    assert crimes.minute.max() < N_DAYS * MINUTES_A_DAY
    by_year = np.bincount(crimes.minute // (366 * MINUTES_A_DAY), minlength=3)
    assert by_year.min() > 0.27 * len(crimes.minute)


def test_places_beyond_the_edge_are_folded_back():
    outside = np.array([[450_000.0 + 47_000 + 10, 250_000.0], [450_000.0, 250_000.0 - 47_000 - 25]])
    assert inside(outside).tolist() == [[496_990.0, 250_000.0], [450_000.0, 203_025.0]]


def test_days_move_to_the_wanted_weekday_by_at_most_three():
    assert FIRST_WEEKDAY == pd.Timestamp(FIRST_DAY).weekday() == 6
    day = np.repeat(np.arange(N_DAYS), 7)
    wanted = np.tile(np.arange(7), N_DAYS)
    moved = to_weekday(day, wanted)
    assert (((moved + 6) % 7) == wanted).all()
    middle = (day > 3) & (day < N_DAYS - 4)
    assert np.abs(moved - day)[middle].max() == 3
    assert moved.min() >= 0
    assert moved.max() < N_DAYS


def test_series_lengths_add_up_and_have_a_long_tail():
    lengths = series_lengths(10_000, DemoSettings(), np.random.default_rng(0))
    assert lengths.sum() == 10_000
    assert lengths.min() >= 1
    assert 0.4 < (lengths == 1).mean() < 0.7
    assert 15 <= lengths.max() <= DemoSettings().longest_series


def test_one_incident_is_one_night_in_one_street_by_one_crew(force):
    _, crimes, _, _, _ = force
    frame = pd.DataFrame(crimes._asdict())
    several = frame.groupby("incident").filter(lambda rows: len(rows) > 1).groupby("incident")
    assert several.ngroups > 500
    assert (several["minute"].max() - several["minute"].min()).max() <= 30
    assert (several["easting_m"].max() - several["easting_m"].min()).max() <= 80
    assert not frame[["incident", "lead", "associate", "group"]].drop_duplicates()["incident"].duplicated().any()


def test_near_repeats_by_other_offenders_surround_a_crime(force):
    _, crimes, _, _, _ = force
    order = np.argsort(crimes.minute)
    near = 0
    for lag in range(1, 200):
        a, b = order[:-lag], order[lag:]
        close = np.hypot(crimes.easting_m[a] - crimes.easting_m[b], crimes.northing_m[a] - crimes.northing_m[b]) < 300
        soon = crimes.minute[b] - crimes.minute[a] < 10 * MINUTES_A_DAY
        near += np.count_nonzero(
            close & soon & (crimes.lead[a] != crimes.lead[b]) & (crimes.group[a] == crimes.group[b])
        )
    assert near > 0.03 * len(crimes.minute)


def test_crime_groups_have_their_own_hours_and_days(force):
    _, crimes, _, _, _ = force
    hour = crimes.minute // 60 % 24
    small_hours = [(hour[crimes.group == g] < 6).mean() for g in range(len(CRIME_GROUPS))]
    assert (
        small_hours[CRIME_GROUPS.index("theft_of_vehicle")]
        > 2 * small_hours[CRIME_GROUPS.index("burglary_residential")]
    )
    weekday = (crimes.minute // MINUTES_A_DAY + FIRST_WEEKDAY) % 7
    weekend = [np.isin(weekday[crimes.group == g], (4, 5)).mean() for g in range(len(CRIME_GROUPS))]
    assert np.argmax(weekend) == CRIME_GROUPS.index("theft_from_person")


def test_recorded_intervals_hold_the_true_minute_and_stamps_follow_each_other(force):
    _, crimes, _, _, stamps = force
    assert (stamps.committed_from <= crimes.minute + 63).all()  # rounding, and the hour that spring skips
    assert (stamps.committed_to >= crimes.minute - 3).all()
    assert (stamps.committed_from <= stamps.committed_to).all()
    assert (stamps.committed_to <= stamps.reported).all()
    assert (stamps.reported <= stamps.recorded).all()
    assert (stamps.recorded <= stamps.updated).all()
    robbery = crimes.group == CRIME_GROUPS.index("robbery_personal")
    width = stamps.committed_to - stamps.committed_from
    assert (width[robbery] == 0).mean() > 0.8
    vehicle = crimes.group == CRIME_GROUPS.index("theft_from_vehicle")
    assert ((width[vehicle] > 5 * 60) & (width[vehicle] < 17 * 60)).mean() > 0.5
    assert (width > 3 * MINUTES_A_DAY).mean() > 0.01


def test_no_stamp_lies_in_the_hour_that_the_clock_skips_in_spring(force):
    for stamps in force[4]:
        moment = pd.Series(FIRST_DAY.astype("datetime64[s]") + stamps.astype("timedelta64[m]"))
        moment.dt.tz_localize("Europe/London", ambiguous=np.zeros(len(moment), dtype=bool), nonexistent="raise")


def test_each_crime_has_exactly_the_items_of_its_group(force):
    _, crimes, _, mo, _ = force
    for number, group in enumerate(CRIME_GROUPS):
        here = mo[crimes.group == number, :, 0] != ABSENT
        asked = np.isin(ITEMS, items_of(group))
        assert here[:, asked].all()
        assert not here[:, ~asked].any()
    for item in ITEMS:
        assert mo[:, ITEM_INDEX[item]].max() < len(values_of(item))


def test_offenders_repeat_their_mo_and_strangers_repeat_it_less(force):
    _, crimes, _, mo, _ = force
    rng = np.random.default_rng(0)
    burglary = np.flatnonzero(crimes.group == 0)
    order = burglary[np.lexsort((rng.random(len(burglary)), crimes.lead[burglary]))]
    own = (crimes.lead[order[1:]] == crimes.lead[order[:-1]]) & (
        crimes.incident[order[1:]] != crimes.incident[order[:-1]]
    )
    value = mo[:, ITEM_INDEX["entry_method"], 0]
    agree_own = (value[order[1:]] == value[order[:-1]])[own].mean()
    strangers = rng.permutation(burglary)
    agree_others = (value[strangers[1:]] == value[strangers[:-1]]).mean()
    assert agree_others + 0.15 < agree_own < 0.8


def test_mo_never_contradicts_itself_before_it_is_recorded(force):
    _, crimes, _, mo, _ = force

    def holds(item: str, value: str) -> np.ndarray:
        return mo[:, ITEM_INDEX[item], 0] == value_number(item, value)

    taken = mo[:, ITEM_INDEX["property_class_taken"], 0]
    none = value_number("property_class_taken", "none")
    assert ((taken == none) | (taken == ABSENT))[crimes.is_attempt].all()
    assert (taken != none)[~crimes.is_attempt].all()
    assert holds("tool_used", "none")[holds("entry_method", "insecure")].all()
    assert not (holds("keyless", "no") & holds("entry_method", "relay_keyless")).any()
    assert not holds("weapon_type", "none")[holds("control_method", "show_weapon")].any()
    assert not (holds("keys_then_car", "yes") & crimes.is_attempt).any()
    slots = mo[:, ITEM_INDEX["property_class_taken"]]
    assert not ((slots[:, 0] == slots[:, 1]) & (slots[:, 1] != ABSENT)).any()
    assert not ((slots[:, 1] == slots[:, 2]) & (slots[:, 1] != ABSENT)).any()
