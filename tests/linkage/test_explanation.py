"""An explanation adds up, says what spoke against a link, and never says more than "may be linked"."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec, fit_spec
from linkage.explanation import ExplanationError, explain_link
from linkage.explanation_words import crimes_nearer, item_name

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


def test_of_a_time_that_is_told_which_is_compared():
    clock, week = explain_link(CRIMES, "C1", "C2", Worked(tod_gap_hours=0.1, dow_gap_days=0.1), SPEC, PRIOR).items
    assert (clock.value_1, clock.value_2) == ("23:00", "22:00 to 00:00")
    assert (week.value_1, week.value_2) == ("Saturday", "Monday to Tuesday")


def test_what_spoke_for_and_against_comes_strongest_first():
    found = explained()
    assert [item.item for item in found.spoke_for()] == ["distance_km", "gap_days", "entry_point"]
    assert [item.item for item in found.spoke_against()] == ["tool_used"]


def test_the_sentence_says_may_and_gives_the_base_rate_and_the_wrong_share():
    assert explained().sentence() == (
        "C1 and C2 may be linked: before any evidence about 1 in 1,001 pairs share an offender, the evidence "
        "multiplies the odds by 124, and of 100 pairs with this result about 11 would be linked and about 89 not. "
        "For it: 0.4 km apart (odds times 20); 2.0 days apart (odds times 4.5); "
        "entry point rear door in both, as in 100% of such crimes (odds times 3.1). "
        "Against it: tool used screwdriver and brick stone (odds times 0.45)."
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
    assert "tool used screwdriver and not recorded" in explained("C1", "C3").sentence()


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


def test_a_shared_value_is_as_rare_as_it_is_among_crimes_of_the_same_group():
    # Of four burglaries with an entry point recorded three have the rear door; the robbery does not count.
    others = CRIMES.iloc[[0, 0, 0]].assign(
        crime_id=["C4", "C5", "C6"], entry_point=["rear_door", "window", "rear_door"]
    )
    groups = ["burglary", "burglary", "burglary", "burglary", "burglary", "robbery"]
    crimes = pd.concat([CRIMES, others], ignore_index=True).assign(crime_group=groups)
    items = {item.item: item for item in explain_link(crimes, "C1", "C2", Worked(), SPEC, PRIOR).items}
    assert (items["entry_point"].shared_value, items["entry_point"].share_of_crimes) == ("rear_door", 3 / 4)
    assert (items["tool_used"].shared_value, items["tool_used"].share_of_crimes) == (None, None)
    assert items["distance_km"].share_of_crimes is None
    apart = crimes.assign(crime_group=["robbery", *groups[1:]])
    items = {item.item: item for item in explain_link(apart, "C1", "C2", Worked(), SPEC, PRIOR).items}
    assert items["entry_point"].share_of_crimes == 4 / 5


def test_of_several_shared_values_the_rarest_is_told():
    crimes = CRIMES.assign(search_style=[("tidy", "none"), ("tidy", "none"), ("tidy",)])
    (item,) = explain_link(crimes, "C1", "C2", Worked(match_search_style=0.7), SPEC, PRIOR).items
    assert (item.shared_value, item.share_of_crimes) == ("none", pytest.approx(2 / 3))


def test_two_comparisons_of_one_item_are_one_item_and_add_up():
    spec = EvidenceSpec(items=("search_style",), overlap=("search_style",))
    model = Worked(distance_km=1.0, match_search_style=0.7, overlap_search_style=0.25)
    found = explain_link(CRIMES, "C1", "C2", model, spec, PRIOR)
    assert [(item.item, item.log_bf) for item in found.items] == [("distance_km", 1.0), ("search_style", 0.95)]
    assert found.items[1].evidence == "match"
    assert found.items[1].comparisons == (("match_search_style", "match"), ("overlap_search_style", 0.5))


def test_a_text_is_compared_and_never_told():
    crimes = CRIMES.assign(mo_text=["forced the door", "forced a window", None])
    learned_from = pd.DataFrame({"mo_text": ["forced door", "forced window"] * 10})
    spec = fit_spec(learned_from, EvidenceSpec(items=(), text="mo_text"))
    found = explain_link(crimes, "C1", "C2", Worked(text_similarity=0.4), spec, PRIOR)
    assert (found.items[0].value_1, found.items[0].value_2) == (None, None)
    assert 0 < found.items[0].evidence < 1
    assert "forced" not in json.dumps(found.as_data())
    assert "% alike (odds times 1.5)" in found.sentence()


def test_a_value_that_says_nothing_is_not_told_as_one():
    crimes = CRIMES.assign(tool_used=["unknown", "brick_stone", None])
    items = {item.item: item for item in explain_link(crimes, "C1", "C2", Worked(), SPEC, PRIOR).items}
    assert items["tool_used"].value_1 is None


def test_the_explanation_is_data_that_any_reader_of_json_takes():
    found = explained("C1", "C3")
    data = json.loads(json.dumps(found.as_data(), allow_nan=False))
    assert data["posterior_probability"] == found.posterior_probability
    assert [item["item"] for item in data["items"]] == [item.item for item in found.items]
    assert data["items"][2]["comparisons"] == {"match_entry_point": "missing"}
    assert data["spoke_against"] == ["tool_used"]
    assert data["missing"][0]["item"] == data["most_telling_missing"]
    assert data["sentence"] == found.sentence()


def test_what_is_missing_and_could_tell_most_is_named_with_what_it_would_do():
    # Prior odds 1 to 1000. C1 and C2 match on the entry point only: log BF 1.12; occupied is not recorded of C1.
    # Were it vacant there too, +2.5: odds exp(3.62) / 1000 = 0.03734, 3.6 of 100; were it not, -1: fewer than 1.
    found = explain_link(CRIMES, "C1", "C2", Scored(entry_point=(1.12, 0.0), occupied=(2.5, -1.0)), SPEC, PRIOR)
    assert found.sentence().endswith(
        "Of what is missing, occupied (not recorded of C1) could tell most: a match with vacant would make it "
        "about 4 of 100, a difference fewer than 1."
    )
    little = Scored(entry_point=(1.12, 0.0), occupied=(0.04, -0.04))
    assert "missing" not in explain_link(CRIMES, "C1", "C2", little, SPEC, PRIOR).sentence()


class Scored:
    """Adds a match's or a difference's weight for each item; what is missing adds nothing."""

    def __init__(self, **weights):
        self.weights = weights

    def log_bf_terms(self, evidence):
        levels = {item: evidence[f"match_{item}"].astype(object) for item in self.weights}
        return pd.DataFrame(
            {
                f"match_{item}": levels[item].map({"match": match, "differ": differ}).fillna(0.0).astype(float)
                for item, (match, differ) in self.weights.items()
            }
        )

    def decision_function(self, evidence):
        return self.log_bf_terms(evidence).sum(axis=1).to_numpy()


def test_a_distance_judged_against_crowding_is_told_with_both():
    # Two crimes: 0.4 km apart, each with about all crimes around it: pi 0.4^2 / (2 pi 1.5^2) = 0.0356, and a little
    # less, for at 0.4 km the density of the other is lower by exp(-0.4^2 / (2 1.5^2)) = 0.965: 0.0356 * 0.983 = 0.035.
    both = CRIMES[:2]
    spec = fit_spec(both, EvidenceSpec(items=(), crowding_km=1.5))
    found = explain_link(both, "C1", "C2", Worked(nearer_share=2.0), spec, PRIOR)
    one = found.items[0]
    assert one.item == "nearer_share"
    assert one.evidence == pytest.approx(0.035, rel=0.02)
    assert one.comparisons == (("nearer_share", one.evidence), ("distance_km", pytest.approx(0.4)))
    assert "0.4 km apart, where by chance about 35 in 1,000 crimes would be nearer (odds times 7.4)" in found.sentence()
    assert found.as_data()["items"][0]["comparisons"]["distance_km"] == pytest.approx(0.4)


def test_without_a_place_the_place_is_what_is_missing_of_nearer_share():
    both = CRIMES[:2].assign(easting_m=[0.0, np.nan])
    spec = fit_spec(both, EvidenceSpec(items=(), crowding_km=1.5))

    class Near(Worked):
        def log_bf_terms(self, evidence):
            return pd.DataFrame({"nearer_share": np.where(evidence["nearer_share"] < 0.01, 3.0, 0.0)})

    found = explain_link(both, "C1", "C2", Near(), spec, PRIOR)
    most = found.most_telling_missing()
    assert (most.item, most.missing_of, most.change_if_match) == ("nearer_share", ("C2",), 3.0)
    assert "Of what is missing, the place (not recorded of C2) could tell most" in found.sentence()


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("nearer_share", "place"),
        ("gap_days", "time"),
        ("n_offenders", "number of offenders"),
        ("entry_point", "entry point"),
        ("base", "correction for all together"),
    ],
)
def test_an_item_is_named_as_people_say_it(item, name):
    assert item_name(item) == name


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.012, "where by chance about 12 in 1,000 crimes would be nearer"),
        (0.00023, "where by chance about 2 in 10,000 crimes would be nearer"),
        (0.000004, "where by chance about 4 in 1,000,000 crimes would be nearer"),
        (0.0, "where hardly a crime would be nearer"),
        (0.49, "where by chance about 490 in 1,000 crimes would be nearer"),
        (7.0, "where most crimes would be nearer"),
    ],
)
def test_a_share_of_crimes_is_told_in_counts(share, words):
    assert crimes_nearer(share) == words


def test_what_an_additive_model_takes_off_for_all_together_is_told_as_that():
    found = explain_link(CRIMES, "C1", "C2", Worked(distance_km=3.0, base=-0.5), SPEC, PRIOR)
    assert "Against it: a correction for all evidence together (odds times 0.61)." in found.sentence()
    assert not found.missing
