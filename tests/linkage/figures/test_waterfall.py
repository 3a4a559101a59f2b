"""The waterfall leads from prior to posterior by the items, and shows what the missing could still change."""

import math
from dataclasses import replace

import pytest

from linkage.explanation import ItemContribution, LinkExplanation
from linkage.figures.style import AGAINST, FOR
from linkage.figures.waterfall import waterfall_figure, waterfall_rows
from linkage.missing_items import MissingItem

LOG10 = math.log(10)


def contribution(item, log_bf, **more):
    return ItemContribution(item, more.pop("value_1", None), more.pop("value_2", None), "match", log_bf, **more)


ITEMS = (
    contribution("tool_used", -0.8, value_1="screwdriver", value_2="brick_stone"),
    ItemContribution("distance_km", None, None, 0.4, 3.0),
    contribution("entry_point", 1.12, shared_value="rear_door", share_of_crimes=0.08),
    contribution("disguise", 0.01),
    contribution("occupied", 0.0),
)
MISSING = (MissingItem("occupied", ("C1",), "vacant", 2.5, -1.0, 0.5, 0.04),)
LOG_BF = 3.33
PAIR = LinkExplanation("C1", "C2", False, math.log(1e-3), LOG_BF, 1 / 1001, 0.0272, ITEMS, MISSING)


def test_the_bars_lead_from_prior_to_posterior_without_a_gap():
    rows = waterfall_rows(PAIR)
    steps = [row for row in rows if row["kind"] == "item"]
    assert rows[0]["end"] == pytest.approx(-3)
    assert [row["begin"] for row in steps] == pytest.approx([-3, *(row["end"] for row in steps[:-1])])
    posterior = next(row for row in rows if row["kind"] == "posterior")
    assert steps[-1]["end"] == pytest.approx(posterior["end"])
    assert posterior["end"] == pytest.approx((math.log(1e-3) + LOG_BF) / LOG10)


def test_items_come_strongest_first_for_before_against_and_the_little_together():
    words = [row["words"] for row in waterfall_rows(PAIR) if row["kind"] == "item"]
    assert words == [
        "0.4 km apart",
        "entry point: rear door in both (8% have it)",
        "tool used: screwdriver / brick stone",
        "one other",
    ]
    assert [row["weight"] for row in waterfall_rows(PAIR)][1:4] == ["× 20", "× 3.1", "× 0.45"]  # noqa: RUF001


def test_of_many_items_the_strongest_are_drawn_and_the_rest_still_count():
    many = tuple(contribution(f"item_{number:02d}", 0.1 + 0.01 * number) for number in range(20))
    found = replace(PAIR, items=many, log_bf=math.fsum(item.log_bf for item in many))
    steps = [row for row in waterfall_rows(found) if row["kind"] == "item"]
    assert len(steps) == 13
    assert steps[-1]["words"] == "8 others together"
    assert steps[-1]["end"] == pytest.approx((found.prior_log_odds + found.log_bf) / LOG10)


def test_terms_that_do_not_add_up_to_the_score_leave_a_row_for_the_rest():
    steps = [row for row in waterfall_rows(replace(PAIR, log_bf=LOG_BF + 1)) if row["kind"] == "item"]
    assert steps[-1]["end"] - steps[-1]["begin"] == pytest.approx(1.01 / LOG10)


def test_a_missing_item_reaches_from_the_posterior_if_it_differed_to_that_if_it_matched():
    (row,) = (row for row in waterfall_rows(PAIR) if row["kind"] == "missing")
    posterior = math.log(1e-3) + LOG_BF
    assert row["words"] == "If known: occupied (vacant)"
    assert (row["begin"], row["end"]) == pytest.approx(((posterior - 1.0) / LOG10, (posterior + 2.5) / LOG10))


def test_the_picture_is_told_in_words_and_fits_a_phone(found, fits_a_phone):
    chart = waterfall_figure(PAIR)
    as_dict = chart.to_dict()
    assert as_dict["description"] == PAIR.sentence()
    assert "may be linked" in " ".join(as_dict["title"]["text"])
    assert {FOR, AGAINST} <= {str(value) for value in found(as_dict, "value")}
    axes = [axis for axis in found(as_dict, "axis") if axis and axis.get("title")]
    assert [axis["title"] for axis in axes] == ["log10 odds", "probability"]
    assert fits_a_phone(chart)


def test_long_names_of_crimes_break_the_title_and_one_incident_is_said():
    long = replace(PAIR, crime_id_1="a" * 30, crime_id_2="b" * 30, is_same_incident=True)
    title = waterfall_figure(long).to_dict()["title"]
    assert title["text"] == ["a" * 30 + " and", "b" * 30 + " may be linked"]
    assert "Both are recorded as one incident." in title["subtitle"]


def test_a_pair_without_any_evidence_stays_at_its_prior(fits_a_phone):
    nothing = replace(PAIR, items=(), missing=(), log_bf=0.0, posterior_probability=1 / 1001)
    assert [row["kind"] for row in waterfall_rows(nothing)] == ["prior", "posterior"]
    assert len({row["end"] for row in waterfall_rows(nothing)}) == 1
    assert fits_a_phone(waterfall_figure(nothing))
