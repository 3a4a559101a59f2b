"""What a missing item would change is found by filling it in and scoring anew, for any model."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import EvidenceSpec, fit_spec, pair_evidence
from linkage.judged_pair import judge_pair
from linkage.missing_items import missing_items
from linkage.pair_values import alike

PRIOR = math.log(1 / 100)
TIME = pd.to_datetime(["2024-06-01 22:00", "2024-06-03 21:00", "2024-06-04 01:00", "2024-06-09 12:00"])
CRIMES = pd.DataFrame(
    {
        "crime_id": ["C1", "C2", "C3", "C4"],
        "incident_id": ["I1", "I2", "I3", "I4"],
        "easting_m": [0.0, 400.0, 900.0, np.nan],
        "northing_m": [0.0, 0.0, 0.0, np.nan],
        "committed_from_at": TIME.tz_localize("UTC"),
        "committed_to_at": TIME.tz_localize("UTC"),
        "committed_from_local": TIME,
        "committed_to_local": TIME,
        "tool": ["crowbar", None, None, "brick"],
        "entry": ["door", "door", "window", "door"],
        "style": [("tidy", "slow"), None, ("fast",), None],
        "safe": ["not_applicable", None, None, None],
        "staff": [2.0, np.nan, 7.0, 1.0],
    }
)
SPEC = EvidenceSpec(items=("tool", "entry"))


class Terms:
    """Sums functions of evidence columns."""

    def __init__(self, **terms):
        self.terms = terms

    def log_bf_terms(self, evidence):
        return pd.DataFrame({name: [float(term(v)) for v in evidence[name]] for name, term in self.terms.items()})

    def decision_function(self, evidence):
        return self.log_bf_terms(evidence).sum(axis=1).to_numpy()


def weigh(match, differ, missing=0.0):
    return lambda level: {"match": match, "differ": differ}.get(level, missing)


def missing(one, two, model, spec=SPEC, crimes=CRIMES):
    pair = crimes[crimes["crime_id"].isin([one, two])].reset_index(drop=True)
    return missing_items(judge_pair(pair, model, spec, PRIOR), alike(crimes, pair), model, spec)


def test_a_match_is_tried_with_the_known_value_and_a_difference_with_another():
    # What is missing scores -0.5 now, so a match worth 2 changes 2.5, a difference worth -1 changes -0.5.
    (tool,) = missing("C1", "C2", Terms(match_tool=weigh(2, -1, -0.5), match_entry=weigh(1, -1)))
    assert (tool.item, tool.missing_of, tool.known_value) == ("tool", ("C2",), "crowbar")
    assert (tool.change_if_match, tool.change_if_differ) == pytest.approx((2.5, -0.5))
    # Now 1 - 0.5 = 0.5 over prior odds 1 / 100; with a match exp(3) / 100 = 0.2009, 0.1673.
    assert tool.posterior_if_match == pytest.approx(0.20086 / 1.20086, abs=1e-5)
    assert tool.posterior_if_differ == pytest.approx(0.01 / 1.01)
    assert tool.largest_change == pytest.approx(2.5)


def test_an_item_recorded_of_neither_matches_at_its_best_value():
    spec = EvidenceSpec(items=("tool",), match="levels")
    worth = {"crowbar:crowbar": 3.0, "brick:brick": 1.0, "brick:crowbar": -2.0}
    (tool,) = missing("C2", "C3", Terms(match_tool=lambda level: worth.get(level, 0.0)), spec)
    assert (tool.missing_of, tool.known_value) == (("C2", "C3"), None)
    assert (tool.change_if_match, tool.change_if_differ) == (3.0, -2.0)


def test_of_a_value_that_is_known_no_better_one_is_tried():
    spec = EvidenceSpec(items=("tool",), match="levels")
    worth = {"crowbar:crowbar": 3.0, "brick:brick": 1.0, "brick:crowbar": -2.0}
    (tool,) = missing("C3", "C4", Terms(match_tool=lambda level: worth.get(level, 0.0)), spec)
    assert (tool.known_value, tool.change_if_match, tool.change_if_differ) == ("brick", 1.0, -2.0)


def test_the_largest_possible_change_comes_first_whichever_way_it_goes():
    spec = EvidenceSpec(items=("tool", "style"))
    found = missing("C1", "C2", Terms(match_tool=weigh(1, -0.5), match_style=weigh(0.2, -3)), spec)
    assert [one.item for one in found] == ["style", "tool"]
    assert found[0].known_value == "slow, tidy"


def test_all_comparisons_of_an_item_are_filled_in_together():
    spec = fit_spec(CRIMES, EvidenceSpec(items=("style",), overlap=("style",), agreement=("style",)))
    model = Terms(
        match_style=weigh(1, -1),
        overlap_style=lambda share: 0.0 if np.isnan(share) else share,
        agreement_style=lambda nats: 0.0 if np.isnan(nats) else 2 * nats,
    )
    (style,) = missing("C1", "C2", model, spec)
    # Two crimes have a style: each value has a share of 1/2, so the same set gives 1 + 1 + 2 ln 2; another one -1.
    assert style.change_if_match == pytest.approx(2 + 2 * math.log(2))
    assert style.change_if_differ == pytest.approx(-1)


def test_an_item_that_is_never_asked_is_not_missing():
    spec = EvidenceSpec(items=("safe",))
    assert missing("C1", "C2", Terms(match_safe=weigh(2, -1)), spec) == ()
    (safe,) = missing("C2", "C3", Terms(match_safe=weigh(2, -1)), spec)
    assert (safe.change_if_match, safe.change_if_differ) == (2, -1)


def test_a_missing_place_could_be_the_same_or_far_away():
    near = Terms(distance_km=lambda km: 0.0 if np.isnan(km) else 4 - min(km, 10), match_entry=weigh(1, -1))
    (place,) = missing("C1", "C4", near)
    assert (place.item, place.missing_of, place.known_value) == ("distance_km", ("C4",), None)
    assert (place.change_if_match, place.change_if_differ) == (4.0, -6.0)


def test_a_missing_number_is_tried_over_the_range_that_crimes_have():
    spec = EvidenceSpec(items=(), numerical=("staff",))
    (staff,) = missing("C1", "C2", Terms(gap_staff=lambda gap: 0.0 if np.isnan(gap) else 1 - gap), spec)
    assert (staff.item, staff.missing_of) == ("staff", ("C2",))
    assert (staff.change_if_match, staff.change_if_differ) == (1.0, -5.0)  # 1 to 7: a gap of 0 to 6


def test_a_model_that_does_not_add_up_is_asked_for_its_whole_score():
    class Product(Terms):
        def decision_function(self, evidence):
            return self.log_bf_terms(evidence).prod(axis=1).to_numpy()

    (tool,) = missing("C1", "C2", Product(match_tool=weigh(3, -1, 1), match_entry=weigh(2, 0)))
    assert (tool.change_if_match, tool.change_if_differ) == (4.0, -4.0)  # from 1 * 2 to 3 * 2 and to -1 * 2


def test_nothing_is_missing_where_all_is_recorded():
    assert missing("C1", "C4", Terms(match_tool=weigh(2, -1))) == ()


def test_filled_in_evidence_is_that_of_crimes_that_were_recorded_so():
    rng = np.random.default_rng(4)
    rows = rng.integers(0, 4, (200, 2))
    evidence = pair_evidence(CRIMES, rows[:, 0], rows[:, 1], SPEC)
    model = HistogramBayesFactor(n_bins=3).fit(evidence, rng.random(200) < 0.4)
    before = float(model.decision_function(pair_evidence(CRIMES, np.array([0]), np.array([1]), SPEC))[0])
    recorded = CRIMES.assign(tool=["crowbar", "crowbar", None, "brick"])
    after = float(model.decision_function(pair_evidence(recorded, np.array([0]), np.array([1]), SPEC))[0])
    (tool,) = missing("C1", "C2", model)
    assert tool.change_if_match == pytest.approx(after - before, abs=1e-12)
