"""Training pairs: the linked ones exactly, the unlinked ones by the laws that they are drawn by."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import CrimeTableError
from linkage.pairs import (
    PairError,
    PairSampling,
    draw_across_groups,
    linked_pairs,
    training_pairs,
    unlinked_pairs,
)
from linkage.series import SeriesError, groups_of_crimes, series_data

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


def _grouped(series: pd.DataFrame, groups: dict[str, str]) -> pd.DataFrame:
    crimes = _crimes(series)
    return crimes.assign(crime_group=crimes["crime_id"].map(groups))


def test_only_labels_of_the_bases_asked_for_count():
    series = _series("pa pb pc", link_basis=["charge", "tic", None])
    assert len(linked_pairs(series, _crimes(series), PairSampling())) == 3
    assert set(_as_dict(linked_pairs(series, _crimes(series), PairSampling(bases=("charge", "tic"))))) == {"ab"}
    with pytest.raises(SeriesError, match="got rumour; the labels have charge, tic"):
        linked_pairs(series, _crimes(series), PairSampling(bases=("charge", "rumour")))


def test_pairs_across_crime_groups_are_left_out_before_weights_are_shared():
    series = _series("pa pb pc pd qe")
    crimes = _grouped(series, {"a": "burglary", "b": "burglary", "c": "robbery", "e": "burglary"})  # nobody knows d's
    within = PairSampling(across_groups=False)
    assert _as_dict(linked_pairs(series, crimes, within)) == {"ab": 1.0}
    drawn = unlinked_pairs(series, crimes, within, np.random.default_rng(0))
    assert set(_as_dict(drawn)) == {"ae", "be"}
    assert set(_as_dict(unlinked_pairs(series, crimes, PairSampling(), np.random.default_rng(0)))) == {
        "ae",
        "be",
        "ce",
        "de",
    }


def test_each_crime_group_gets_its_own_draws(reference_series, reference_crimes):
    crimes = reference_crimes.assign(crime_group=np.arange(len(reference_crimes)) % 3)
    within = PairSampling(across_groups=False, keep_same_incident=True)
    everywhere = unlinked_pairs(reference_series, crimes, AS_REFERENCE, np.random.default_rng(1))
    drawn = unlinked_pairs(reference_series, crimes, within, np.random.default_rng(1))
    group = crimes.set_index("crime_id")["crime_group"]
    assert (drawn["crime_id_1"].map(group) == drawn["crime_id_2"].map(group)).all()
    # Keeping a third of the pairs drawn everywhere would leave as many; each group of offenders draws anew instead.
    assert len(drawn) > 0.5 * len(everywhere)
    shuffled = crimes.sample(frac=1, random_state=4)
    again = unlinked_pairs(reference_series, shuffled, within, np.random.default_rng(1))
    pd.testing.assert_frame_equal(drawn, again)


# p did a and b, q did c; a scene links b with c, and d with e, whose offender nobody knows.
SOLVED, SCENE = "pa pb qc", [("scene:b", "b"), ("scene:b", "c"), ("scene:d", "d"), ("scene:d", "e")]


def _scene() -> pd.DataFrame:
    persons, crimes = zip(*SCENE, strict=True)
    return pd.DataFrame({"crime_id": crimes, "person_id": persons, "event_at": pd.Timestamp("2024-01-01")})


@pytest.mark.parametrize(
    ("use", "linked", "unlinked"),
    [
        ("ignore", {"ab"}, {"ac", "bc"}),
        ("hold_out", {"ab"}, set()),
        ("train", {"ab", "bc", "de"}, {"ad", "ae", "bd", "be", "cd", "ce"}),
    ],
)
def test_scene_links_train_or_stay_apart_and_no_unlinked_pair_contradicts_them(use, linked, unlinked):
    series = _series(SOLVED, label_strength="A")
    crimes = pd.DataFrame({"crime_id": list("abcde")})
    sampling = PairSampling(scene_links=use)
    pairs = training_pairs(series, crimes, sampling, np.random.default_rng(0), _scene())
    assert set(_as_dict(pairs[pairs["is_linked"]])) == linked
    drawn = set(_as_dict(pairs[~pairs["is_linked"]]))
    assert drawn <= unlinked
    assert bool(drawn) == bool(unlinked)


def test_a_scene_weighs_no_more_than_a_series():
    # A scene links a, b and c: three pairs, a third each; p did a and b alone: the smaller weight counts.
    series, scene = _series("pa pb"), _series("sa sb sc")
    got = linked_pairs(series, _crimes(scene), PairSampling(scene_links="train"), scene)
    assert _as_dict(got) == pytest.approx({"ab": 1 / 3, "ac": 1 / 3, "bc": 1 / 3})
    one_night = _crimes(scene, {"a": "night", "b": "night"})
    got = linked_pairs(series, one_night, PairSampling(scene_links="train"), scene)
    assert _as_dict(got) == {"ac": 0.5, "bc": 0.5}


def test_no_scene_link_changes_nothing(reference_series, reference_crimes):
    for use in ("hold_out", "train", "ignore"):
        sampling = PairSampling(scene_links=use)
        bare = training_pairs(reference_series, reference_crimes, sampling, np.random.default_rng(5))
        none = training_pairs(
            reference_series, reference_crimes, sampling, np.random.default_rng(5), reference_series.iloc[:0]
        )
        pd.testing.assert_frame_equal(bare, none)


def test_impossible_requests_are_refused_in_words():
    with pytest.raises(PairError, match="m: expected 1 or more pairs a group, got 0"):
        PairSampling(m=0)
    with pytest.raises(PairError, match="max_days: expected 0 or more"):
        PairSampling(max_days=-1)
    with pytest.raises(PairError, match="scene_links: expected one of hold_out, train, ignore, got 'test'; choose one"):
        PairSampling(scene_links="test")
    series = _series("pa qb")
    with pytest.raises(SeriesError, match="labels: expected a column link_basis to choose by, got none"):
        linked_pairs(series, _crimes(series), PairSampling(bases=("charge",)))
    with pytest.raises(CrimeTableError, match="expected a column crime_group"):
        linked_pairs(series, _crimes(series), PairSampling(across_groups=False))
