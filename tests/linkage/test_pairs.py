"""Training pairs: the linked ones exactly, the unlinked ones by the laws that they are drawn by."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.pairs import (
    PairError,
    PairSampling,
    draw_across_groups,
    linked_pairs,
    prior_for_all_crimes,
    prior_log_odds,
    training_pairs,
    unlinked_pairs,
)
from linkage.series import groups_of_crimes, series_data

AS_REFERENCE = PairSampling(keep_same_incident=True)


def _series(rows: str, days: dict[str, float] | None = None, **columns) -> pd.DataFrame:
    """Series from words such as "pa", person p did crime a; a crime happens on day 0 unless `days` tells."""
    people, crimes = zip(*((word[0], word[1:]) for word in rows.split()), strict=True)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta([(days or {}).get(crime, 0.0) for crime in crimes], unit="D")
    return pd.DataFrame({"crime_id": crimes, "person_id": people, "event_at": at, **columns})


def _crimes(series: pd.DataFrame, incidents: dict[str, str] | None = None) -> pd.DataFrame:
    ids = sorted(set(series["crime_id"]))
    return pd.DataFrame({"crime_id": ids, "incident_id": [(incidents or {}).get(one, one) for one in ids]})


def _as_dict(pairs: pd.DataFrame) -> dict[str, float]:
    return {f"{p.crime_id_1}{p.crime_id_2}": p.weight for p in pairs.itertuples()}


@pytest.fixture(scope="module")
def reference_series(reference_crimes, reference_offenders) -> pd.DataFrame:
    return series_data(reference_offenders, reference_crimes)


def test_linked_pairs_are_those_of_the_reference(reference_series, reference_crimes, reference_pairs):
    got = linked_pairs(reference_series, reference_crimes, AS_REFERENCE)
    truth = reference_pairs[reference_pairs["is_linked"]].sort_values(["crime_id_1", "crime_id_2"])
    assert len(got) == 255
    assert list(got["crime_id_1"] + got["crime_id_2"]) == list(truth["crime_id_1"] + truth["crime_id_2"])
    np.testing.assert_array_equal(got["weight"], truth["weight"])


def test_unlinked_pairs_are_as_many_and_as_spread_as_in_the_reference(
    reference_series, reference_crimes, reference_pairs
):
    rng = np.random.default_rng(1)
    draws = [unlinked_pairs(reference_series, reference_crimes, AS_REFERENCE, rng) for _ in range(20)]
    sizes = np.array([len(draw) for draw in draws])
    truth = reference_pairs[~reference_pairs["is_linked"]]
    assert abs(len(truth) - sizes.mean()) < 4 * sizes.std(ddof=1)
    # How often each crime takes part: the reference's one draw against the mean of ours, crime by crime.
    counts = sum(_appearances(draw) for draw in draws) / len(draws)
    theirs = _appearances(truth).reindex(counts.index, fill_value=0)
    spread = np.sqrt(counts.clip(lower=1.0))
    assert (((theirs - counts) / spread).abs() < 5).all()
    assert np.corrcoef(theirs, counts)[0, 1] > 0.9


def _appearances(pairs: pd.DataFrame) -> pd.Series:
    return pd.concat([pairs["crime_id_1"], pairs["crime_id_2"]]).value_counts().sort_index()


def test_no_unlinked_pair_shares_connected_offenders_and_each_stands_once(reference_series, reference_crimes):
    pairs = unlinked_pairs(reference_series, reference_crimes, PairSampling(), np.random.default_rng(2))
    group = groups_of_crimes(reference_series)
    assert (pairs["crime_id_1"].map(group) != pairs["crime_id_2"].map(group)).all()
    assert (pairs["crime_id_1"] < pairs["crime_id_2"]).all()
    assert not pairs.duplicated(["crime_id_1", "crime_id_2"]).any()
    at = reference_series.drop_duplicates("crime_id").set_index("crime_id")["event_at"]
    assert ((pairs["crime_id_1"].map(at) - pairs["crime_id_2"].map(at)).abs() <= pd.Timedelta(days=365)).all()


def test_the_smallest_weight_of_several_series_counts():
    # p did a, b, c: three pairs, a third each. q did a and b: one pair of weight 1.
    series = _series("pa pb pc qa qb")
    got = _as_dict(linked_pairs(series, _crimes(series), PairSampling()))
    assert got == pytest.approx({"ab": 1 / 3, "ac": 1 / 3, "bc": 1 / 3})


def test_pairs_beyond_the_time_limit_are_left_out_before_weights_are_shared():
    series = _series("pa pb pc", days={"a": 0, "b": 365, "c": 366})
    got = _as_dict(linked_pairs(series, _crimes(series), PairSampling()))
    assert got == {"ab": 0.5, "bc": 0.5}  # exactly 365 days is within


def test_pairs_of_one_incident_are_left_out_unless_asked_for():
    series = _series("pa pb pc")
    crimes = _crimes(series, {"a": "night", "b": "night"})
    assert _as_dict(linked_pairs(series, crimes, PairSampling())) == {"ac": 0.5, "bc": 0.5}
    assert set(_as_dict(linked_pairs(series, crimes, AS_REFERENCE))) == {"ab", "ac", "bc"}
    unknown = crimes.assign(incident_id=None)
    assert set(_as_dict(linked_pairs(series, unknown, PairSampling()))) == {"ab", "ac", "bc"}
    # Two people caught for crimes of one night are no example of unlinked crimes.
    apart = _series("pa qb")
    drawn = unlinked_pairs(apart, crimes, PairSampling(), np.random.default_rng(0))
    assert len(drawn) == 0


def test_only_strong_enough_labels_count():
    series = _series("pa pb pc", label_strength=["A", "B", "C"])
    assert set(_as_dict(linked_pairs(series, _crimes(series), PairSampling()))) == {"ab"}
    weaker = PairSampling(strengths=("A", "B", "C"))
    assert len(linked_pairs(series, _crimes(series), weaker)) == 3


def _frequency(groups: str, m: int, n: int = 4000) -> dict[str, float]:
    """How often each pair of letters is drawn; a letter is a crime, its place in a word of `groups` its group."""
    crimes = groups.replace(" ", "")
    group = np.array([g for g, word in enumerate(groups.split()) for _ in word])
    rng = np.random.default_rng(11)
    draws = [draw_across_groups(group, m, rng) for _ in range(n)]
    seen = [{"".join(sorted(crimes[i] + crimes[j])) for i, j in zip(*draw, strict=True)} for draw in draws]
    return pd.Series([pair for pairs in seen for pair in pairs]).value_counts().div(n).to_dict()


def test_a_partner_is_drawn_by_one_over_the_size_of_its_group():
    # One draw each. Pair a-c: from the first group 1/2 (a) * 1/2 (c), from the second 1/2 (the first group) * 1/2 (a);
    # so 1 - (3/4)^2. Pair a-d: 1/2 * 1/2 * 1/4 from the first and 1/4 * 1/2 * 1/2 from the third; so 1 - (15/16)^2.
    got = _frequency("ab c defg", m=1)
    assert got["ac"] == pytest.approx(7 / 16, abs=4 * math.sqrt(0.25 / 4000))
    assert got["ad"] == pytest.approx(31 / 256, abs=4 * math.sqrt(0.11 / 4000))


def test_partners_are_drawn_without_replacement():
    # Two draws each. From b: a is first with 1/2, else second with 1 / (1 + 2/3) = 3/5 of the weight left, 0.8 in all;
    # likewise from a. So a-b with 1 - 0.2^2; and c-b with 1 - (1 - 0.4) (1 - 1/3).
    got = _frequency("a b cde", m=2)
    assert got["ab"] == pytest.approx(0.96, abs=4 * math.sqrt(0.0384 / 4000))
    assert got["bc"] == pytest.approx(0.6, abs=4 * math.sqrt(0.24 / 4000))


def test_fewer_crimes_outside_than_asked_for_are_all_drawn():
    series = _series("pa qb rc")
    got = unlinked_pairs(series, _crimes(series), PairSampling(m=40), np.random.default_rng(0))
    assert list(_as_dict(got)) == ["ab", "ac", "bc"]


def test_the_number_of_draws_is_the_one_asked_for(reference_series, reference_crimes):
    one = unlinked_pairs(reference_series, reference_crimes, PairSampling(m=1), np.random.default_rng(0))
    assert len(one) <= 289


def test_the_same_seed_gives_the_same_pairs_in_any_order_of_rows(reference_series, reference_crimes):
    shuffled = reference_series.sample(frac=1, random_state=3), reference_crimes.sample(frac=1, random_state=4)
    straight = training_pairs(reference_series, reference_crimes, PairSampling(), np.random.default_rng(5))
    turned = training_pairs(*shuffled, PairSampling(), np.random.default_rng(5))
    pd.testing.assert_frame_equal(straight, turned)
    assert list(straight.columns) == ["crime_id_1", "crime_id_2", "weight", "is_linked"]
    other = training_pairs(reference_series, reference_crimes, PairSampling(), np.random.default_rng(6))
    assert not straight.equals(other)


@pytest.mark.parametrize("rows", ["pa", "pa pb", "pa qb"])
def test_tiny_or_one_sided_series_give_what_there_is(rows):
    series = _series(rows)
    for part in (series, series.iloc[:0], series.assign(event_at=pd.NaT)):
        pairs = training_pairs(part, _crimes(series), PairSampling(), np.random.default_rng(0))
        n_expected = 1 if len(part) == 2 and part["event_at"].notna().all() else 0
        assert len(pairs) == n_expected


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


def test_impossible_requests_are_refused_in_words(reference: Path):
    with pytest.raises(PairError, match="m: expected 1 or more pairs a group, got 0"):
        PairSampling(m=0)
    with pytest.raises(PairError, match="max_days: expected 0 or more"):
        PairSampling(max_days=-1)
    series = _series("pa qb")
    with pytest.raises(PairError, match="got 0 linked of 1; give the prior log odds yourself"):
        prior_log_odds(series, _crimes(series), PairSampling())


def test_the_prior_of_all_crimes_is_the_cautious_end_of_what_detection_allows():
    assert prior_for_all_crimes(np.log(1 / 30), 0.1) == pytest.approx(np.log(1 / 300))
    assert prior_for_all_crimes(-3.0, 1.0) == -3.0
    with pytest.raises(PairError, match="share_solved"):
        prior_for_all_crimes(-3.0, 0.0)
