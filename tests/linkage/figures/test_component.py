"""The picture of a model tells every bin, smoothed and as counted, and renders at the width of a phone."""

import math
import struct
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import BayesFactorError, HistogramBayesFactor
from linkage.figures.component import component_figure, component_panels, component_rows, panel_title
from linkage.figures.saving import save_png
from linkage.figures.style import PHONE_WIDTH


class Smooth(NamedTuple):
    """A term that is linear between knots, or has a value for each level."""

    knots: np.ndarray
    levels: tuple[str, ...]
    log_bf: np.ndarray
    log_bf_missing: float
    n_linked: np.ndarray
    n_unlinked: np.ndarray

    @property
    def is_continuous(self):
        return len(self.knots) > 0


class Additive:
    """A fitted model of given terms."""

    def __init__(self, **terms):
        self.terms_ = terms


NEAR = Smooth(
    np.array([0.0, 1.0, 4.0, 10.0]),
    (),
    np.array([2.3, 1.0, -0.5, -1.2]),
    -0.2,
    np.array([6.0, 3.0, 1.0, 0.0]),
    np.array([10.0, 20.0, 30.0, 40.0]),
)
TOOL = Smooth(
    np.empty(0), ("differ", "match"), np.array([-0.4, 0.9]), 0.0, np.array([2.0, 8.0]), np.array([60.0, 40.0])
)


def _model(n_levels: int = 3) -> HistogramBayesFactor:
    rng = np.random.default_rng(0)
    linked = np.arange(900) < 300
    evidence = pd.DataFrame(
        {
            "distance_km": np.where(linked, rng.exponential(1, 900), rng.uniform(0, 9, 900)),
            "gap_days": np.where(rng.random(900) < 0.1, np.nan, rng.uniform(0, 365, 900)),
            "match_entry_point": rng.choice(["match", "differ", "missing"], 900),
            "match_tool_used": [f"a:{i % n_levels:02d}" for i in range(900)],
        }
    )
    return HistogramBayesFactor(n_bins=8, missing="bin").fit(evidence, linked)


def test_every_bin_is_told_with_its_bayes_factor_and_counts():
    term = _model().terms_["distance_km"]
    rows = component_rows(term)
    assert len(rows) == 8
    assert rows[0]["log10_bf"] == pytest.approx(term.log_bf[0] / np.log(10))
    assert [row["low"] for row in rows] == pytest.approx(term.edges[:-1].tolist())
    assert sum(row["n_linked"] + row["n_unlinked"] for row in rows) == pytest.approx(900)
    labels = [row["label"] for row in component_rows(_model().terms_["match_entry_point"])]
    assert labels == ["differ", "match", "missing"]


def test_the_plain_ratio_beside_the_smoothed_one_is_that_of_the_shares_as_counted():
    # Bin 0: 6 of 10 linked, 10 of 100 unlinked; log10(0.6 / 0.1) = 0.778. Bin 3: no linked pair.
    rows = component_rows(NEAR)
    assert rows[0]["raw_log10_bf"] == pytest.approx(math.log10(6), abs=1e-12)
    assert rows[1]["raw_log10_bf"] == pytest.approx(math.log10(0.3 / 0.2))
    assert rows[3]["raw_log10_bf"] == -math.inf
    assert (rows[0]["share_linked"], rows[0]["share_unlinked"]) == pytest.approx((0.6, 0.1))
    empty = NEAR._replace(n_linked=np.array([10.0, 0, 0, 0]), n_unlinked=np.array([0.0, 0, 0, 9]))
    assert [row["raw_log10_bf"] for row in component_rows(empty)[:4]] == [math.inf, None, None, -math.inf]


def test_smoothing_draws_towards_zero_so_that_the_tick_stands_further_out():
    for name, term in _model().terms_.items():
        rows = component_rows(term)
        finite = [row for row in rows if row["raw_log10_bf"] is not None and np.isfinite(row["raw_log10_bf"])]
        drawn = sum(abs(row["log10_bf"]) for row in finite)
        assert drawn <= sum(abs(row["raw_log10_bf"]) for row in finite) + 1e-9, name


def test_a_knot_stands_for_all_that_is_nearer_to_it_than_to_another():
    rows = component_rows(NEAR)
    assert [(row["low"], row["at"], row["high"]) for row in rows[:4]] == [
        (0.0, 0.0, 0.5),
        (0.5, 1.0, 2.5),
        (2.5, 4.0, 7.0),
        (7.0, 10.0, 10.0),
    ]
    assert (rows[4]["label"], rows[4]["n_linked"]) == ("missing", None)
    assert rows[4]["log10_bf"] == pytest.approx(-0.2 / math.log(10))


def test_a_smooth_term_is_a_line_and_its_levels_are_bars(found, drawn):
    panels = component_panels(Additive(distance_km=NEAR, match_tool_used=TOOL))
    near, tool = (panel.to_dict() for panel in panels.values())
    assert list(panels) == ["Distance (km); missing -0.09", "Tool used"]
    above = [[mark["type"] for mark in found(panel["vconcat"][0], "mark")] for panel in (near, tool)]
    assert ["line" in marks for marks in above] == [True, False]
    assert ["bar" in marks for marks in above] == [False, True]
    assert [row["label"] for row in drawn(tool)[0]] == ["differ", "match"]


def test_a_panel_for_each_variable_shares_one_scale():
    chart = component_figure(_model(40)).to_dict()
    panels = chart["vconcat"]
    titles = [panel["title"] for panel in panels]
    assert titles[0] == "Distance (km)"
    assert titles[1].startswith("Time between (days); missing ")
    assert titles[2:] == ["Entry point", "Tool used (12 of 40 levels)"]
    heights = [panel["vconcat"][0]["layer"][1]["encoding"]["y"]["scale"]["domain"] for panel in panels]
    assert len({tuple(height) for height in heights}) == 1
    told = {tip["field"] for tip in panels[0]["vconcat"][0]["layer"][1]["encoding"]["tooltip"]}
    assert told == {"label", "log10_bf", "raw_log10_bf", "n_linked", "n_unlinked"}


def test_what_lies_beyond_the_scale_is_marked_at_its_end_and_never_infinite(found, drawn):
    chart = component_figure(Additive(distance_km=NEAR)).to_dict()
    rows = drawn(chart)[0]
    reach = max(found(chart["vconcat"][0]["vconcat"][0], "domain"))[1]
    assert reach == pytest.approx(1.25 * 2.3 / math.log(10))
    assert rows[3]["beyond"] == pytest.approx(-reach)
    assert rows[3]["raw_log10_bf"] is None
    assert [row["tick"] is None for row in rows] == [False, False, False, True]


def test_the_strip_says_how_many_pairs_stand_behind_it():
    strip = component_figure(Additive(distance_km=NEAR)).to_dict()["vconcat"][0]["vconcat"][1]
    assert strip["layer"][0]["encoding"]["x"]["axis"]["title"] == "▲ 10 linked ▼ 100 unlinked"


def test_the_picture_renders_and_fits_a_phone(tmp_path):
    save_png(component_figure(_model(40)), tmp_path / "model.png", scale=1)
    png = (tmp_path / "model.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert 250 < width <= PHONE_WIDTH
    assert height > 4 * 84


def test_of_many_variables_those_that_give_linked_pairs_most_evidence_are_drawn_first():
    # 2.3 x 6 + 1 x 3 - 0.5 x 1 = 16.3; -0.4 x 2 + 0.9 x 8 = 6.4; 0.1 x 10 = 1
    little = TOOL._replace(log_bf=np.array([0.1, 0.1]))
    model = Additive(match_disguise=little, match_tool_used=TOOL, nearer_share=NEAR)
    assert [title.split(";")[0] for title in component_panels(model, 2)] == [
        "Crimes expected nearer (share)",
        "Tool used",
    ]
    assert list(component_panels(model, 5))[2] == "Disguise"
    assert next(iter(component_panels(model))) == "Disguise"


def test_levels_that_name_both_crimes_are_told_in_words_side_by_side():
    levels = ("robbery_personal:robbery_personal", "robbery_personal:theft_of_vehicle")
    term = TOOL._replace(levels=levels)
    assert [row["label"] for row in component_rows(term)] == [
        "both robbery personal",
        "robbery personal + theft of vehicle",
        "missing",
    ]
    panel = component_panels(Additive(crime_group_pair=term))["Kinds of crime"].to_dict()
    axis = panel["vconcat"][1]["layer"][0]["encoding"]["x"]["axis"]
    assert (axis["labelAngle"], axis["labelExpr"]) == (-90, "split(datum.label, ' + ')")


def test_names_are_told_in_words():
    assert panel_title("agreement_n_offenders") == "Number of offenders, weighted by rarity"
    assert panel_title("tod_gap_hours") == "Difference in time of day (hours)"
    assert panel_title("match_keys_then_car") == "Keys then car"
    assert panel_title("overlap_tool_used") == "Tool used, share in common"
    assert panel_title("agreement_tool_used") == "Tool used, weighted by rarity"


def test_a_variable_of_which_nothing_was_counted_is_drawn_all_the_same(tmp_path):
    nothing = Smooth(np.empty(0), (), np.empty(0), 0.0, np.empty(0), np.empty(0))
    flat = NEAR._replace(log_bf=np.zeros(4), n_linked=np.zeros(4), n_unlinked=np.zeros(4))
    save_png(component_figure(Additive(match_disguise=nothing, distance_km=flat)), tmp_path / "empty.png", scale=1)
    assert (tmp_path / "empty.png").stat().st_size > 0


def test_a_model_that_learned_nothing_has_no_picture():
    with pytest.raises(BayesFactorError, match="call fit"):
        component_figure(HistogramBayesFactor())


def test_each_variable_has_a_picture_of_its_own_named_by_its_title():
    panels = component_panels(_model())
    assert [title.split(";")[0] for title in panels] == [panel_title(name) for name in _model().terms_]
    assert all(panel.to_dict()["title"] == "" for panel in panels.values())
    assert all(title in panel.to_dict()["description"] for title, panel in panels.items())


def _axis_of(knots):
    n = len(knots)
    term = Smooth(np.array(knots), (), np.linspace(2.0, -1.0, n), 0.0, np.ones(n), np.ones(n))
    panel = component_panels(Additive(nearer_share=term))["Crimes expected nearer (share)"].to_dict()
    strip = panel["vconcat"][1]["layer"][0]["encoding"]["x"]
    return strip["scale"], strip["axis"]


def test_places_crowded_at_zero_are_drawn_apart_by_powers_of_ten():
    scale, axis = _axis_of([0.0, 2e-3, 0.05, 0.3, 1.0, 9.0])  # half of them in a fiftieth of the axis
    assert (scale["type"], scale["constant"]) == ("symlog", pytest.approx(0.01))
    assert axis["values"] == pytest.approx([0, 0.1, 1])
    scale, axis = _axis_of([0.0, 1e-12, 1e-3, 0.1, 1.0, 30.0])  # five decades at most, the first without a mark
    assert axis["values"] == pytest.approx([0, 0.01, 0.1, 1, 10])
    assert _axis_of([0.0, 1.0, 2.0, 10.0])[0]["type"] == "sqrt"
    assert _axis_of([0.0, 3.0, 6.0, 10.0])[0]["type"] == "linear"
    assert _axis_of([0.0, 0.0])[0]["type"] == "linear"
