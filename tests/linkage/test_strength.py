"""What a list of candidates says as a whole, in numbers worked by hand and in words."""

import numpy as np
import pandas as pd
import pytest

from linkage.strength import Answer, StrengthError, answer_for_crime, answer_for_members, is_strong


def of_crime(**posteriors):
    rows = [(kind, posterior) for kind, values in posteriors.items() for posterior in values]
    return pd.DataFrame(rows, columns=["candidate_kind", "posterior_probability"])


def of_members(*posteriors):
    return pd.DataFrame({"posterior_probability": pd.Series(posteriors, dtype=float)})


def test_a_candidate_at_the_threshold_is_strong():
    assert is_strong([0.49, 0.5, 0.51], 0.5).tolist() == [False, True, True]
    assert is_strong([], 0.5).tolist() == []
    assert is_strong([0.0, np.nan], 0.0).tolist() == [True, False]


@pytest.mark.parametrize("threshold", [-0.1, 1.1, np.nan])
def test_a_threshold_that_is_no_probability_is_refused(threshold):
    for ask in (
        lambda: is_strong([0.5], threshold),
        lambda: answer_for_members(of_members(), threshold),
        lambda: answer_for_crime(of_crime(), threshold),
    ):
        with pytest.raises(StrengthError, match=r"strong_posterior: expected a probability, got .*; give 0 to 1"):
            ask()


def test_a_set_with_strong_candidates_counts_them():
    found = answer_for_members(of_members(0.9, 0.5, 0.2))
    assert found == Answer(True, 3, 2, 0.9, 0.5, "2 further crimes may be linked: posterior 50% or more.")
    assert answer_for_members(of_members(0.9, 0.5, 0.2), 0.6).text.startswith("1 further crime may be linked")


def test_a_set_without_a_strong_candidate_is_told_that_nobody_else_may_belong():
    found = answer_for_members(of_members(0.31, 0.2))
    assert (found.is_found, found.n_candidates, found.n_strong, found.strongest_posterior) == (False, 2, 0, 0.31)
    assert found.text == (
        "No strong candidate: no further crime reaches a posterior of 50%, the strongest has 31.0%. "
        "Perhaps these crimes stand alone, and any further crime is of a new series."
    )


def test_a_set_with_nothing_near_is_told_so():
    found = answer_for_members(of_members())
    assert not found.is_found
    assert np.isnan(found.strongest_posterior)
    assert "no further crime is within the limits of distance and time" in found.text
    assert "new series" in found.text


def test_a_crime_with_a_strong_series_or_offender_counts_both():
    found = answer_for_crime(of_crime(crime=[0.95], series=[0.7, 0.1], offender=[0.6]))
    assert (found.is_found, found.n_candidates, found.n_strong, found.strongest_posterior) == (True, 3, 2, 0.7)
    assert found.text == "May be linked with 2 known series or offenders: posterior 50% or more."


def test_a_crime_without_one_is_perhaps_of_a_new_series():
    found = answer_for_crime(of_crime(series=[0.3], offender=[0.3]))
    assert not found.is_found
    assert found.text == (
        "No strong candidate: no known series or offender reaches a posterior of 50%, the strongest has 30.0%. "
        "Perhaps a new series."
    )


def test_a_crime_may_begin_a_new_series_with_another():
    found = answer_for_crime(of_crime(crime=[0.9, 0.6, 0.1], series=[0.3]))
    assert not found.is_found
    assert found.text.endswith("Perhaps a new series, begun with 2 single crimes with such a posterior.")


def test_a_crime_that_nothing_is_near_is_perhaps_of_a_new_series():
    found = answer_for_crime(of_crime())
    assert (found.is_found, found.n_candidates) == (False, 0)
    assert found.text == (
        "No strong candidate: no known series or offender is within the limits of distance and time. "
        "Perhaps a new series."
    )
