import numpy as np
import pytest
from scipy.stats import norm

from quality.practice.causes import CauseVerdict, name_causes
from quality.practice.unit_costs import CAUSES


def verdict(excess: dict[str, float], counts: dict[str, float] | None = None) -> CauseVerdict:
    counts = excess if counts is None else counts
    return name_causes(*(np.array([[known.get(name, 0.0) for name in CAUSES]]) for known in (excess, counts)))


def test_the_cause_of_most_of_the_excess_is_named() -> None:
    found = verdict({"not_asked": 30.0, "coded_as_other": 10.0, "not_known": -4.0})
    assert found.cause.tolist() == ["not_asked"]
    # 30 of 40: what is below the background explains no excess
    assert found.share[0] == pytest.approx(0.75)
    # (30 - 10) / sqrt(30 + 10) = 3.16
    assert found.confidence[0] == pytest.approx(norm.cdf(20 / np.sqrt(40)))


def test_a_background_is_no_cause() -> None:
    # 40 crimes are not asked, as everywhere; 15 more than elsewhere are coded as other
    found = verdict({"not_asked": 1.0, "coded_as_other": 15.0}, {"not_asked": 40.0, "coded_as_other": 18.0})
    assert found.cause.tolist() == ["coded_as_other"]


def test_two_causes_that_chance_could_exchange_are_mixed() -> None:
    found = verdict({"not_asked": 11.0, "in_text_only": 9.0})
    assert found.cause.tolist() == ["mixed"]
    # (11 - 9) / sqrt(20) = 0.447, Phi = 0.67 < 0.8
    assert found.confidence[0] == pytest.approx(norm.cdf(2 / np.sqrt(20)))
    assert CAUSES[found.leading[0]] == "not_asked"


def test_a_cause_that_makes_up_less_than_half_is_mixed() -> None:
    found = verdict({"not_asked": 45.0, "in_text_only": 20.0, "not_known": 20.0, "coded_as_other": 20.0})
    assert found.share[0] == pytest.approx(45 / 105)
    assert found.cause.tolist() == ["mixed"]


def test_nothing_in_excess_has_no_cause() -> None:
    found = verdict({"not_asked": -3.0}, {"not_asked": 5.0})
    assert found.cause.tolist() == ["mixed"]
    assert np.isnan(found.share[0])
    assert np.isnan(found.confidence[0])


def test_no_gaps_have_no_verdicts() -> None:
    assert len(name_causes(np.zeros((0, len(CAUSES))), np.zeros((0, len(CAUSES)))).cause) == 0
