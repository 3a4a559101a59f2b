"""A tier moves where the evidence is clear, and nowhere else."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from linkage.item_worth import WorthSettings, item_worth
from quality.item_tiers import suggested_tier
from quality.minimum_standard import MinimumStandard
from quality.priorities import mo_group_priorities
from tests.linkage.item_force import EVEN, invented_force, lose

NAN = float("nan")
PLAIN: dict[str, Any] = {
    "tier": 3,
    "reason": None,
    "n_groups": 40,
    "share_in_top": 0.0,
    "place_share": 0.05,
    "evidence_weight_lower": -0.01,
    "evidence_weight_upper": 0.3,
    "links_per_hour_lower": -5.0,
    "links_per_hour_upper": 20.0,
}
USEFUL: dict[str, Any] = PLAIN | {"links_per_hour_lower": 6.0, "evidence_weight_lower": 0.001, "share_in_top": 0.8}
USELESS: dict[str, Any] = PLAIN | {"links_per_hour_upper": 5.9, "evidence_weight_upper": 0.09}


@pytest.mark.parametrize(
    ("row", "tier"),
    [
        (PLAIN, 3),
        (PLAIN | {"tier": 1}, 1),
        # raised: six links an hour at least, surely informative, twenty groups of offenders
        (USEFUL, 1),
        (USEFUL | {"share_in_top": 0.79}, 2),
        (USEFUL | {"links_per_hour_lower": 5.99}, 3),
        (USEFUL | {"evidence_weight_lower": 0.0}, 3),
        (USEFUL | {"n_groups": 20}, 1),
        (USEFUL | {"n_groups": 19}, 3),
        (USEFUL | {"tier": 4}, 1),
        # never lowered by being useful
        (USEFUL | {"share_in_top": 0.0, "tier": 1}, 1),
        # told by the place
        (USEFUL | {"place_share": 0.50}, 1),
        (USEFUL | {"place_share": 0.51}, 3),
        (USEFUL | {"place_share": NAN}, 1),
        # dropped: less than six links an hour and less than 0.1 nats at most
        (USELESS, 4),
        (USELESS | {"tier": 1}, 4),
        (USELESS | {"links_per_hour_upper": 6.0}, 3),
        (USELESS | {"evidence_weight_upper": 0.1}, 3),
        (USELESS | {"n_groups": 20}, 4),
        (USELESS | {"n_groups": 19, "tier": 2}, 2),
        # what could not be ranked or measured stays
        (USEFUL | {"reason": "refused"}, 3),
        (USELESS | {"reason": "refused", "tier": 2}, 2),
        (USEFUL | {"links_per_hour_lower": NAN, "links_per_hour_upper": NAN}, 3),
        (USELESS | {"evidence_weight_upper": NAN}, 3),
    ],
)
def test_the_rule_of_the_proposed_tier(row: dict[str, Any], tier: int) -> None:
    assert suggested_tier(row) == tier


def test_a_wide_interval_around_fifteen_links_an_hour_drops_nothing() -> None:
    # theft from a vehicle, what was taken: 15.4 links an hour (0 to 29.6), -0.0125 nats (-0.0338 to 0.0642)
    bounds = {
        "links_per_hour_lower": 0.0,
        "links_per_hour_upper": 29.6,
        "evidence_weight_lower": -0.0338,
        "evidence_weight_upper": 0.0642,
    }
    assert suggested_tier(PLAIN | bounds | {"tier": 1}) == 1


def test_intervals_that_widen_move_less_and_less() -> None:
    order = {4: 0, 3: 1, 1: 2}
    for wider in (0.0, 1.0, 10.0, 100.0):
        useful = USEFUL | {"links_per_hour_lower": 10.0 - wider}
        useless = USELESS | {"links_per_hour_upper": 1.0 + wider}
        assert order[suggested_tier(useful)] == (2 if wider <= 1.0 else 1)
        assert order[suggested_tier(useless)] == (0 if wider <= 1.0 else 1)


ITEMS = {
    "item_habit": (EVEN, 0.9),
    "item_often": (EVEN, 0.6),
    "item_chance": (EVEN, 0.0),
    "item_common": ((0.7, 0.2, 0.1), 0.0),
}
WORTHLESS = ["item_chance", "item_common"]


def proposals(standard: MinimumStandard, seed: int, n_series: int) -> pd.Series:
    """Return what is proposed for the items of an invented force, of which two are dice; all are of tier 3."""
    crimes, series = invented_force(ITEMS, seed=seed, n_series=n_series, n_unsolved=400)
    crimes = crimes.assign(**{item: lose(crimes[item], 0.3, 10 * seed + i) for i, item in enumerate(ITEMS)})
    settings = WorthSettings(n_pairs=3_000, n_candidates=200_000, n_resamples=60, n_shuffles=4, n_draws=2)
    worth = item_worth(crimes, series, sorted(ITEMS), settings, np.random.default_rng(seed))
    return mo_group_priorities(worth.items, worth.draws, standard).set_index("item_code")["suggested_tier"]


def shares_dropped(standard: MinimumStandard, seeds: range, n_series: int) -> pd.Series:
    return pd.DataFrame([proposals(standard, seed, n_series) == 4 for seed in seeds]).mean()


def test_an_item_of_dice_is_proposed_for_drop_and_one_that_offenders_repeat_is_not(standard: MinimumStandard) -> None:
    found = proposals(standard, seed=1, n_series=60)
    assert found.to_dict() == {"item_habit": 1, "item_often": 3, "item_chance": 4, "item_common": 4}


@pytest.mark.long
def test_over_many_forces_dice_are_dropped_and_what_offenders_repeat_never_is(standard: MinimumStandard) -> None:
    dropped = shares_dropped(standard, range(40), n_series=60)
    assert dropped["item_habit"] == dropped["item_often"] == 0.0
    assert (dropped[WORTHLESS] >= 0.9).all()


@pytest.mark.long
def test_twelve_offenders_move_nothing(standard: MinimumStandard) -> None:
    for seed in range(10):
        assert (proposals(standard, seed, n_series=12) == 3).all()
