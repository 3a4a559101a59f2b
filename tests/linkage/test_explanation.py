"""An explanation adds up, says what spoke against a link, and never says more than "may be linked"."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec
from linkage.explanation import ExplanationError, explain_link

SPEC = EvidenceSpec(items=("entry_point", "tool_used", "occupied", "search_style"))
PRIOR = math.log(1 / 1000)
CRIMES = pd.DataFrame(
    {
        "crime_id": ["C1", "C2", "C3"],
        "incident_id": ["I1", "I2", "I2"],
        "easting_m": [0.0, 400.0, 400.0],
        "northing_m": [0.0, 0.0, 0.0],
        "committed_from_at": pd.to_datetime(["2024-06-01 22:00", "2024-06-03 21:00", None], utc=True),
        "committed_to_at": pd.to_datetime(["2024-06-01 22:00", "2024-06-03 23:00", None], utc=True),
        "committed_from_local": pd.to_datetime(["2024-06-01 23:00", "2024-06-03 22:00", None]),
        "committed_to_local": pd.to_datetime(["2024-06-01 23:00", "2024-06-04 00:00", None]),
        "entry_point": ["rear_door", "rear_door", None],
        "tool_used": ["screwdriver", "brick_stone", None],
        "occupied": [None, "vacant", None],
        "search_style": [("tidy", "none"), ("tidy",), None],
    }
)


class Worked:
    """Terms chosen so that they sum to 4.82, as in the worked base rate: 11 of 100."""

    def __init__(self, **terms):
        self.terms = terms or {
            "distance_km": 3.0,
            "gap_days": 1.5,
            "match_entry_point": 1.12,
            "match_tool_used": -0.8,
            "match_occupied": 0.0,
        }

    def log_bf_terms(self, evidence):
        return pd.DataFrame({name: np.full(len(evidence), value) for name, value in self.terms.items()})

    def decision_function(self, evidence):
        return self.log_bf_terms(evidence).sum(axis=1).to_numpy()


def explained(one="C1", two="C2"):
    return explain_link(CRIMES, one, two, Worked(), SPEC, PRIOR)


def test_prior_items_and_posterior_add_up():
    found = explained()
    assert sum(item.log_bf for item in found.items) == pytest.approx(4.82)
    assert found.log_bf == pytest.approx(4.82)
    assert found.prior_probability == pytest.approx(1 / 1001)
    # exp(4.82) = 123.97; odds 0.12397, probability 0.1103.
    assert found.posterior_probability == pytest.approx(0.1103, abs=5e-5)


def test_both_values_and_the_comparison_stand_beside_each_contribution():
    items = {item.item: item for item in explained().items}
    assert list(items) == ["distance_km", "gap_days", "entry_point", "tool_used", "occupied"]
    assert (items["entry_point"].value_1, items["entry_point"].value_2) == ("rear_door", "rear_door")
    assert (items["entry_point"].evidence, items["tool_used"].evidence) == ("match", "differ")
    assert (items["occupied"].value_1, items["occupied"].value_2) == (None, "vacant")
    assert items["occupied"].evidence == "missing"
    assert items["distance_km"].evidence == pytest.approx(0.4)
    assert (items["distance_km"].value_1, items["distance_km"].value_2) == (None, None)


def test_times_are_told_on_the_civil_clock():
    gap = explained().items[1]
    assert gap.value_1 == "2024-06-01 23:00"
    assert gap.value_2 == "2024-06-03 22:00 to 2024-06-04 00:00"


def test_what_spoke_for_and_against_comes_strongest_first():
    found = explained()
    assert [item.item for item in found.spoke_for()] == ["distance_km", "gap_days", "entry_point"]
    assert [item.item for item in found.spoke_against()] == ["tool_used"]


def test_the_sentence_says_may_and_gives_the_base_rate_and_the_wrong_share():
    assert explained().sentence() == (
        "C1 and C2 may be linked: before any evidence about 1 in 1,001 pairs share an offender, the evidence "
        "multiplies the odds by 124, and of 100 pairs with this result about 11 would be linked and about 89 not. "
        "For it: 0.4 km apart (odds times 20); 2.0 days apart (odds times 4.5); "
        "entry_point rear_door in both (odds times 3.1). "
        "Against it: tool_used screwdriver and brick_stone (odds times 0.45)."
    )


@pytest.mark.parametrize(
    ("posterior", "words"),
    [
        (0.0, "about 0 would be linked and about 100 not"),
        (0.0004, "fewer than 1 would be linked and more than 99 not"),
        (0.5, "about 50 would be linked and about 50 not"),
        (0.9999, "more than 99 would be linked and fewer than 1 not"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(posterior, words):
    assert words in replace(explained(), posterior_probability=posterior).sentence()


def test_one_incident_is_said_first():
    assert explained("C2", "C3").is_same_incident
    assert explained("C2", "C3").sentence().startswith("Both are recorded as one incident. C2 and C3 may be linked")
    assert not explained().is_same_incident


def test_a_crime_of_which_nothing_is_known_is_explained_without_values():
    items = {item.item: item for item in explained("C1", "C3").items}
    assert items["gap_days"].value_2 is None
    assert items["gap_days"].evidence is None
    assert items["tool_used"].value_2 is None
    assert "tool_used screwdriver and not recorded" in explained("C1", "C3").sentence()


def test_the_order_of_the_two_and_of_the_rows_changes_nothing():
    assert explained("C2", "C1") == explained("C1", "C2")
    shuffled = explain_link(CRIMES[::-1], "C1", "C2", Worked(), SPEC, PRIOR)
    assert shuffled == explained()


def test_several_values_are_listed_in_order():
    found = explain_link(CRIMES, "C1", "C2", Worked(match_search_style=0.7), SPEC, PRIOR)
    assert (found.items[0].value_1, found.items[0].value_2) == ("none, tidy", "tidy")
    assert found.items[0].evidence == "match"


def test_a_crime_that_is_not_there_is_named():
    with pytest.raises(ExplanationError, match="got C9 that are not in it; check the reference"):
        explained("C1", "C9")


def test_a_crime_is_not_explained_with_itself():
    with pytest.raises(ExplanationError, match="another crime than C1, got the same; name two crimes"):
        explained("C1", "C1")
