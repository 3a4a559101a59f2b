"""All measures of all items of all crime groups, whatever is missing."""

import numpy as np
import pandas as pd
import pytest

from linkage.item_pairs import UNSOLVED, pairs_by_crime_group
from linkage.item_worth import COUNTS, DRAW_COLUMNS, WORTH_COLUMNS, WorthSettings, item_worth
from tests.linkage.item_force import EVEN, invented_force, lose

ITEMS = ["item_a", "item_b"]
QUICK = WorthSettings(n_pairs=2_000, n_resamples=20, n_shuffles=3, n_draws=2)


@pytest.fixture(scope="module")
def force():
    crimes, series = invented_force({"item_a": (EVEN, 0.9), "item_b": (EVEN, 0.4)}, seed=1, n_series=20, n_unsolved=100)
    other = crimes.assign(
        crime_group="robbery", crime_id="r" + crimes["crime_id"], incident_id="r" + crimes["crime_id"]
    )
    return pd.concat([crimes.assign(item_a=lose(crimes["item_a"], 0.3, 1)), other.assign(item_b=None)]), series


def worth_of(crimes, series, items=ITEMS):
    return item_worth(crimes, series, items, QUICK, np.random.default_rng(1))


def test_each_item_that_was_recorded_has_a_row_in_each_crime_group(force):
    found = worth_of(*force)
    assert list(found.items.columns) == list(WORTH_COLUMNS)
    keys = list(zip(found.items["crime_group"], found.items["item_code"], strict=True))
    assert keys == [("burglary", "item_a"), ("burglary", "item_b"), ("robbery", "item_a")]
    assert (found.items[list(COUNTS)].dtypes == "int64").all()
    assert found.items["n_linked"].tolist() == [found.items["n_linked"].iloc[0], 200, 0]
    assert list(found.draws.columns) == list(DRAW_COLUMNS)
    assert len(found.draws) == 2 * 20


def test_a_crime_group_without_solved_crimes_says_what_is_recorded_and_no_more(force):
    row = worth_of(*force).items.iloc[2]
    assert (row["n_linked"], row["n_crimes"], row["n_recorded"]) == (0, 200, 200)
    assert row["coverage"] == 1.0
    assert row[["evidence_weight", "incremental_gain", "links_per_1000_recorded", "place_share"]].isna().all()


def test_bounds_stand_on_both_sides_of_what_was_measured(force):
    rows = worth_of(*force).items.iloc[:2]
    for name in ("evidence_weight", "evidence_lost", "incremental_gain", "links_per_1000_recorded"):
        assert (rows[f"{name}_lower"] <= rows[name]).all()
        assert (rows[name] <= rows[f"{name}_upper"]).all()


def test_neither_the_order_of_crimes_nor_of_items_nor_another_item_makes_a_difference(force):
    crimes, series = force
    one = worth_of(crimes, series)
    other = worth_of(crimes.sample(frac=1, random_state=3), series.sample(frac=1, random_state=4), ITEMS[::-1])
    pd.testing.assert_frame_equal(one.items, other.items)
    pd.testing.assert_frame_equal(one.draws, other.draws)
    alone = worth_of(crimes, series, ["item_a"]).items.set_index("crime_group").loc["burglary"]
    assert alone["evidence_weight"] == one.items.iloc[0]["evidence_weight"]


def test_another_crime_group_makes_no_difference(force):
    crimes, series = force
    alone = worth_of(crimes[crimes["crime_group"] == "burglary"], series)
    pd.testing.assert_frame_equal(alone.items, worth_of(crimes, series).items.iloc[:2])


def test_nothing_solved_and_nothing_recorded_give_no_error(force):
    crimes, series = force
    assert worth_of(crimes, series.iloc[:0]).items["evidence_weight"].isna().all()
    nothing = worth_of(crimes.assign(item_a=None, item_b=None), series)
    assert (len(nothing.items), len(nothing.draws)) == (0, 0)
    assert len(worth_of(crimes, series, []).items) == 0
    assert len(worth_of(crimes.iloc[:0], series.iloc[:0]).items) == 0


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="n_draws: expected 1 or more, got 0"):
        WorthSettings(n_draws=0)
    with pytest.raises(ValueError, match=r"miscoded: expected a share from 0 to 1, got 1\.5"):
        WorthSettings(miscoded=1.5)


def test_of_many_offenders_some_are_enough_and_the_others_count_as_unsolved():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=1, n_series=30, n_unsolved=10)

    def pairs(most, order=slice(None)):
        return next(
            pairs_by_crime_group(
                crimes.iloc[order], series, ["item_a"], 365.0, 100, np.random.default_rng(0), most_groups=most
            )
        )

    some = pairs(12)
    assert (pairs(30).n_groups, some.n_groups, len(some.linked.first)) == (30, 12, 12 * 10)
    assert (some.offenders == UNSOLVED).sum() == 10 + 18 * 5
    assert set(some.persons["crime_row"]) == set(np.flatnonzero(some.offenders != UNSOLVED))
    assert (pairs(12, slice(None, None, -1)).offenders == some.offenders).all()
