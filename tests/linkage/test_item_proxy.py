"""An item that only says where it was keeps its weight among crimes near by; a habit loses it."""

import numpy as np
import pytest

from linkage.item_information import item_information
from linkage.item_pairs import drawn_groups
from linkage.item_proxy import place_share, place_weight
from tests.linkage.item_force import EVEN, invented_force, pairs_of


def shares(crimes, series, item):
    pairs, rng = pairs_of(crimes, series), np.random.default_rng(0)
    one = item_information(pairs, item, drawn_groups(pairs, 10, rng), rng)
    return one.evidence_weight, place_share(one.evidence_weight, one.chance_weight, place_weight(pairs, item, rng))


def test_a_code_of_the_place_is_found_out_and_a_habit_is_not():
    crimes, series = invented_force({"item_habit": (EVEN, 0.9)}, seed=1, n_series=60, n_unsolved=900)
    cell = (crimes["easting_m"] // 10_000).astype(int) * 3 + (crimes["northing_m"] // 10_000).astype(int)
    crimes["item_place"] = "district_" + cell.astype(str)
    weight, share = shares(crimes, series, "item_place")
    assert weight > 0.3
    assert share > 0.6
    weight, share = shares(crimes, series, "item_habit")
    assert weight > 0.3
    assert share < 0.15


def test_what_has_no_weight_has_no_origin():
    assert np.isnan(place_share(0.01, 0.0, 0.01))
    assert np.isnan(place_share(0.5, 0.0, np.nan))
    assert place_share(0.5, 0.1, 0.35) == pytest.approx(0.5)
    assert place_share(0.5, 0.1, 0.05) == 0.0


def test_crimes_without_a_place_lend_and_borrow_nothing():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=2)
    nowhere = crimes.assign(easting_m=np.nan)
    assert np.isnan(place_weight(pairs_of(nowhere, series), "item_a", np.random.default_rng(0)))
    assert np.isnan(place_weight(pairs_of(crimes.assign(item_a=None), series), "item_a", np.random.default_rng(0)))


def test_the_offender_himself_lends_no_value():
    crimes, series = invented_force({"item_a": (EVEN, 1.0)}, seed=3, n_series=30, n_unsolved=0)
    crimes["item_a"] = series.set_index("crime_id")["person_id"].reindex(crimes["crime_id"]).to_numpy()
    pairs = pairs_of(crimes, series)
    # every value belongs to one offender, so borrowed ones never agree
    donated = place_weight(pairs, "item_a", np.random.default_rng(0))
    own = item_information(pairs, "item_a", drawn_groups(pairs, 1, np.random.default_rng(0)), np.random.default_rng(0))
    assert donated < 0.1 * own.evidence_weight
