"""Is recording items better worth it: the value of further confirmed links against the time that it takes.

Every unit cost is an input with a low and a high; volumes are the force's own. The model is a sum of products, so that
each break-even has a closed form (several items add up: their crimes, and their links in proportion to their gaps).
Where an item is recorded already, nobody asks longer; where it lacks, it is asked whether or not a value comes of it:

    links      = crimes that lack it x recovered share x links per 1,000 recorded / 1,000
    benefit    = links x confirmed share x value of a link
                 + records read x recovered share x minutes / 60 x officer hour
    capture    = crimes that lack it x seconds / 3,600 x officer hour
    review     = links x reviews for each x minutes / 60 x analyst hour
    fixed      = training hours x officer hour + (extraction + set-up hours) x analyst hour
    net        = benefit - capture - review - fixed
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from quality.practice.errors import PracticeError
from quality.practice.unit_costs import INPUTS, UnitCosts


@dataclass(frozen=True)
class Volumes:
    """A force's own numbers of a year, for one item or several together.

    Attributes
    ----------
    crimes_asked
        Crimes of which the item is asked; of several items, the sum.
    gap_share
        Share of them that lack it now, 0 to 1: without a value that linkage could compare. One that is only late, or
        that the text says, is there already.
    links_per_1000_recorded
        Further truly linked pairs among the first ten of a crime's ranking when 1,000 more crimes hold the item;
        `links_lower` and `links_upper` bound it, for the sensitivity.
    """

    crimes_asked: float
    gap_share: float
    links_per_1000_recorded: float
    links_lower: float | None = None
    links_upper: float | None = None

    def __post_init__(self) -> None:
        if not self.crimes_asked > 0:
            raise PracticeError(f"crimes_asked: expected more than 0, got {self.crimes_asked:g}")
        if not 0 <= self.gap_share <= 1:
            raise PracticeError(f"gap_share: expected a share from 0 to 1, got {self.gap_share:g}")
        if not self.links_per_1000_recorded >= 0:
            raise PracticeError(
                f"links_per_1000_recorded: expected 0 or more, got {self.links_per_1000_recorded:g}; "
                "an item without ranked evidence has no benefit to weigh"
            )


def summed_volumes(items: pd.DataFrame, years: float) -> Volumes:
    """Return the volumes of several items together.

    Parameters
    ----------
    items
        n_expected, n_lost (crimes without a value that linkage could compare), links_per_1000_recorded,
        links_per_1000_recorded_lower and _upper (missing counts as 0), one row an item of a crime group.
    years
        What n_expected and n_lost cover.

    Notes
    -----
    The model is linear in the links of each item, so that their mean, weighted by gaps, gives the sum of their links;
    the sum of the bounds is wider than the bounds of the sum. The links of items are added as if each item showed links
    of its own. Two items of one crime often show the same link, so that the sum is an upper bound.
    """
    gaps = items["n_lost"].astype("float64")
    names = ("", "_lower", "_upper")
    worth = [items[f"links_per_1000_recorded{name}"].astype("float64").fillna(0.0).clip(lower=0) for name in names]
    mean, lower, upper = (float((one * gaps).sum() / gaps.sum()) if gaps.sum() else 0.0 for one in worth)
    expected = float(items["n_expected"].sum())
    return Volumes(expected / years, float(gaps.sum()) / expected, mean, lower, upper)


class CostBenefit(NamedTuple):
    """A year's balance, in the currency of the unit costs; `links` and `confirmed_links` are numbers of pairs."""

    links: float
    confirmed_links: float
    benefit_links: float
    benefit_reading: float
    cost_capture: float
    cost_review: float
    cost_fixed: float
    net: float


class BreakEven(NamedTuple):
    """Where the balance is nil, all else as given; NaN where no value of the input makes it so.

    Attributes
    ----------
    value_per_link
        Least value of a confirmed link.
    capture_seconds
        Most seconds that asking may take of a crime.
    links_per_1000_recorded
        Least links gained.
    """

    value_per_link: float
    capture_seconds: float
    links_per_1000_recorded: float


def likely_inputs(costs: UnitCosts, **changed: float) -> dict[str, float]:
    """Return the likely value of every input, some of them changed.

    Raises
    ------
    PracticeError
        For an input that is not one.
    """
    for name in changed:
        if name not in INPUTS:
            raise PracticeError(f"{name}: expected one of {', '.join(INPUTS)}")
    return {name: estimate.likely for name, estimate in costs.inputs.items()} | changed


def cost_benefit(volumes: Volumes, inputs: Mapping[str, float]) -> CostBenefit:
    """Return the balance of a year.

    Parameters
    ----------
    volumes
        The force's own numbers.
    inputs
        A value for each of INPUTS, for example from `likely_inputs`.
    """
    officer, analyst = inputs["officer_hour_cost"], inputs["analyst_hour_cost"]
    links = (
        volumes.crimes_asked * volumes.gap_share * inputs["recovered_share"] * volumes.links_per_1000_recorded / 1000
    )
    confirmed = links * inputs["confirmed_share"]
    benefit_links = confirmed * inputs["value_per_link"]
    read = inputs["records_read_a_year"] * inputs["recovered_share"]
    reading = read * inputs["manual_reading_minutes"] / 60 * officer
    asked = volumes.crimes_asked * volumes.gap_share
    capture = asked * inputs["capture_seconds"] / 3600 * officer
    review = links * inputs["reviews_per_link"] * inputs["review_minutes_per_link"] / 60 * analyst
    fixed = inputs["training_hours"] * officer + (inputs["extraction_hours"] + inputs["set_up_hours"]) * analyst
    net = benefit_links + reading - capture - review - fixed
    return CostBenefit(links, confirmed, benefit_links, reading, capture, review, fixed, net)


def break_even(volumes: Volumes, inputs: Mapping[str, float]) -> BreakEven:
    """Return where the balance is nil, one input at a time.

    Notes
    -----
    net is linear in each input by itself, net = slope x input + rest, so that it is nil at input - net / slope.
    """
    now = cost_benefit(volumes, inputs)
    per_value = now.confirmed_links
    per_second = -volumes.crimes_asked * volumes.gap_share / 3600 * inputs["officer_hour_cost"]
    per_thousand = cost_benefit(replace(volumes, links_per_1000_recorded=1.0), inputs)
    per_link = per_thousand.benefit_links - per_thousand.cost_review
    return BreakEven(
        _nil(inputs["value_per_link"], now.net, per_value),
        _nil(inputs["capture_seconds"], now.net, per_second),
        _nil(volumes.links_per_1000_recorded, now.net, per_link) if per_link > 0 else float("nan"),
    )


def _nil(value: float, net: float, slope: float) -> float:
    if slope == 0:
        return float("nan")
    nil = value - net / slope
    return nil if nil >= 0 else float("nan")


def sensitivity(volumes: Volumes, costs: UnitCosts, **changed: float) -> pd.DataFrame:
    """Return how far each input by itself moves the balance, the widest first: what a tornado figure shows.

    An input that is `changed` from its likely value keeps its low and high, widened to hold it.

    Returns
    -------
    DataFrame
        input (str), low, likely, high (its values), net_at_low, net, net_at_high, swing (float64, all in currency).
    """
    likely = likely_inputs(costs, **changed)
    net = cost_benefit(volumes, likely).net
    rows: list[tuple[str | float, ...]] = []
    for name, estimate in costs.inputs.items():
        ends = min(estimate.low, likely[name]), max(estimate.high, likely[name])
        low, high = (cost_benefit(volumes, likely | {name: at}).net for at in ends)
        rows.append((name, ends[0], likely[name], ends[1], low, net, high))
    if volumes.links_lower is not None and volumes.links_upper is not None:
        links = [max(0.0, volumes.links_lower), volumes.links_per_1000_recorded, max(0.0, volumes.links_upper)]
        nets = [cost_benefit(replace(volumes, links_per_1000_recorded=end), likely).net for end in links]
        rows.append(("links_per_1000_recorded", *links, *nets))
    columns = ["input", "low", "likely", "high", "net_at_low", "net", "net_at_high"]
    told = pd.DataFrame(rows, columns=columns)
    told["swing"] = (told["net_at_high"] - told["net_at_low"]).abs()
    return told.sort_values(["swing", "input"], ascending=[False, True], ignore_index=True)
