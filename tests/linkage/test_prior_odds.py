"""How common linked pairs are, counted pair by pair."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.pairs import PairError, PairSampling
from linkage.prior_odds import prior_for_all_crimes, prior_log_odds
from linkage.series import series_data


def _series(rows: str, days: dict[str, float] | None = None, **columns) -> pd.DataFrame:
    """Series from words such as "pa", person p did crime a; a crime happens on day 0 unless `days` tells."""
    people, crimes = zip(*((word[0], word[1:]) for word in rows.split()), strict=True)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta([(days or {}).get(crime, 0.0) for crime in crimes], unit="D")
    return pd.DataFrame({"crime_id": crimes, "person_id": people, "event_at": at, **columns})


def _crimes(series: pd.DataFrame, incidents: dict[str, str] | None = None) -> pd.DataFrame:
    ids = sorted(set(series["crime_id"]))
    return pd.DataFrame({"crime_id": ids, "incident_id": [(incidents or {}).get(one, one) for one in ids]})


@pytest.fixture(scope="module")
def reference_series(reference_crimes, reference_offenders) -> pd.DataFrame:
    return series_data(reference_offenders, reference_crimes)


def test_prior_odds_count_all_pairs_in_reach_of_different_incidents():
    # Days 0, 10, 20, 400: within 365 days are ab, ac, bc and not the three with d... but c-d is 380 days, also not.
    series = _series("pa pb qc rd", days={"a": 0, "b": 10, "c": 20, "d": 400})
    assert prior_log_odds(series, _crimes(series), PairSampling()) == pytest.approx(math.log(1 / 2))
    # One night holding b and c takes b-c out of the population.
    one_night = _crimes(series, {"b": "night", "c": "night"})
    assert prior_log_odds(series, one_night, PairSampling()) == pytest.approx(math.log(1 / 1))


def test_prior_odds_equal_counting_pair_by_pair(reference_series, reference_crimes):
    solved = reference_series.drop_duplicates("crime_id")
    at = solved["event_at"].to_numpy()
    i, j = np.triu_indices(len(at), 1)
    n_pairs = int((np.abs(at[i] - at[j]) <= np.timedelta64(365, "D")).sum())
    assert prior_log_odds(reference_series, reference_crimes, PairSampling()) == pytest.approx(
        math.log(255 / (n_pairs - 255)), rel=1e-14
    )


def test_prior_odds_count_within_crime_groups_where_groups_are_kept_apart():
    # Burglaries a, b, d and robbery c: ab, ad and bd remain, ab linked; with b and d of one night ab and ad.
    series = _series("pa pb pc qd")
    groups = {"a": "burglary", "b": "burglary", "c": "robbery", "d": "burglary"}
    crimes = _crimes(series).assign(crime_group=list(groups.values()))
    within = PairSampling(across_groups=False)
    assert prior_log_odds(series, crimes, within) == pytest.approx(math.log(1 / 2))
    one_night = _crimes(series, {"b": "night", "d": "night"}).assign(crime_group=list(groups.values()))
    assert prior_log_odds(series, one_night, within) == pytest.approx(math.log(1 / 1))
    assert prior_log_odds(series, crimes, PairSampling()) == pytest.approx(math.log(3 / 3))


def test_prior_odds_need_linked_and_unlinked_pairs():
    series = _series("pa qb")
    with pytest.raises(PairError, match="got 0 linked of 1; give the prior log odds yourself"):
        prior_log_odds(series, _crimes(series), PairSampling())


def test_the_prior_of_all_crimes_is_the_cautious_end_of_what_detection_allows():
    assert prior_for_all_crimes(np.log(1 / 30), 0.1) == pytest.approx(np.log(1 / 300))
    assert prior_for_all_crimes(-3.0, 1.0) == -3.0
    with pytest.raises(PairError, match="share_solved"):
        prior_for_all_crimes(-3.0, 0.0)
