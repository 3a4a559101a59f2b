"""Pairs scored from tables and columns: equal to the model's own scores to the last bit."""

import numpy as np
import pandas as pd
import pytest

from linkage import score_kernel
from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.crime_columns import crime_columns
from linkage.estimator import SumOfTerms
from linkage.evidence import EvidenceError, EvidenceSpec, encode_crimes, encoded_evidence, fit_spec
from linkage.histogram_term import BayesFactorTerm
from linkage.pair_scores import ScoringError, pair_scorer
from linkage.score_kernel import calibrated, raw_log_bf, scores_of_pairs
from linkage.score_tables import score_tables
from linkage.smooth_term import SmoothTerm
from tests.linkage.incomplete_crimes import incomplete_crimes

N = 70
ITEMS = ("entry", "search")
SPECS = {
    "match": EvidenceSpec(ITEMS),
    "binary, reference intervals": EvidenceSpec((*ITEMS, "taken"), match="binary", circular="reference"),
    "levels, crime groups": EvidenceSpec(ITEMS, match="levels", crime_group=True),
    "rarity, overlap": EvidenceSpec((*ITEMS, "taken"), match="rarity", overlap=("taken", "entry")),
    "numbers between items": EvidenceSpec(
        ITEMS, agreement=("taken", *ITEMS), numerical=("n_offenders", "value_gbp"), crime_group=True
    ),
    "crowding": EvidenceSpec((), agreement=("taken",), crowding_km=1.5),
    "great-circle, crowding": EvidenceSpec(ITEMS, distance="great-circle", crowding_km=1.5, circular="reference"),
}
MODELS = {
    "additive": AdditiveBayesFactor(n_knots=6),
    "additive, missing": AdditiveBayesFactor(n_knots=3, missing="bin", monotone=False),
    "histogram": HistogramBayesFactor(n_bins=6),
    "histogram, missing": HistogramBayesFactor(n_bins=9, df=4.0, missing="bin", partition="width"),
}
EMPTY = ("root_density", "numbers")  # where a specification does not ask: nothing that could be mapped
LINE = Calibration(np.array([-2.0, 0.5, 1.0, 4.0]), np.array([-4.0, -1.0, 0.0, 5.0]))


def bits(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).view(np.int64)


def every_pair(n: int) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.triu_indices(n, 1)
    return first.astype(np.int64), second.astype(np.int64)


@pytest.mark.parametrize("name", SPECS)
def test_every_model_and_form_of_evidence_is_equal_to_the_last_bit(name):
    in_degrees = SPECS[name].distance == "great-circle"
    crimes = incomplete_crimes(N, seed=len(name), in_degrees=in_degrees)
    spec = fit_spec(crimes, SPECS[name])
    first, second = every_pair(N)
    encoded = encode_crimes(crimes, spec)
    evidence = encoded_evidence(encoded, first, second, spec)
    learned = np.arange(0, len(first), 3)  # a histogram meets values and levels that it has never seen
    is_linked = (evidence["gap_days"].fillna(99.0) < 15.0).to_numpy() ^ (first % 7 == 0)
    for kind, model in MODELS.items():
        model.fit(evidence.iloc[learned], is_linked[learned])
        for each in (model, CalibratedBayesFactor(model, LINE)):
            tables = score_tables(each, spec, encoded)
            assert tables is not None, kind
            columns = crime_columns(crimes, spec, each)
            expected = each.decision_function(evidence)
            np.testing.assert_array_equal(
                bits(scores_of_pairs(tables, columns, first, second)), bits(expected), err_msg=kind
            )
            raw = raw_log_bf(tables, columns, first, second)
            np.testing.assert_array_equal(bits(raw), bits(model.decision_function(evidence)), err_msg=kind)
            np.testing.assert_array_equal(bits(calibrated(tables, raw)), bits(expected), err_msg=kind)


def smooth(knots: list[float], log_bf: list[float], missing: float = 0.0) -> SmoothTerm:
    return SmoothTerm(np.array(knots), (), np.array(log_bf), missing, np.empty(0), np.empty(0))


def bins(edges: list[float], log_bf: list[float], has_missing_bin: bool = False) -> BayesFactorTerm:
    nothing = np.empty(0)
    return BayesFactorTerm(
        np.array(edges), (), has_missing_bin, nothing, nothing, nothing, nothing, np.array(log_bf), 2.0
    )


def levels(names: dict[str, float]) -> SmoothTerm:
    return SmoothTerm(np.empty(0), tuple(names), np.array(list(names.values())), -0.25, np.empty(0), np.empty(0))


def model_of(terms: dict[str, object], base: float | None = None) -> SumOfTerms:
    model = HistogramBayesFactor() if base is None else AdditiveBayesFactor()
    model.terms_ = terms
    if base is not None:
        model.base_log_bf_ = base
    model.remember(terms)
    return model


def crimes_at(km: list[float | None], day: list[int | None] | None = None) -> pd.DataFrame:
    """Crimes along a line, at noon of days of January 2024."""
    day = [0] * len(km) if day is None else day
    at = pd.to_datetime("2024-01-01 12:00") + pd.to_timedelta(pd.Series(day, dtype="float64"), unit="D")
    at = at.astype("datetime64[us]")
    return pd.DataFrame(
        {
            "easting_m": [np.nan if each is None else 1000.0 * each for each in km],
            "northing_m": 0.0,
            "committed_from_at": at,
            "committed_to_at": at,
            "committed_from_local": at,
        }
    )


def scored(crimes: pd.DataFrame, model: object, spec: EvidenceSpec, partners: list[int]) -> list[float]:
    tables = score_tables(model, spec, encode_crimes(crimes, spec))
    second = np.array(partners, dtype=np.int64)
    return scores_of_pairs(tables, crime_columns(crimes, spec, model), np.zeros_like(second), second).tolist()


def test_a_small_model_worked_by_hand():
    crimes = crimes_at([0.0, 1.0, 4.0, None], [0, 2, 0, None]).assign(entry=["door", "door", "roof", "door"])
    terms = {
        "distance_km": smooth([0.0, 2.0], [3.0, -1.0], missing=-0.5),
        "match_entry": levels({"match": 1.0, "differ": -2.0}),
        "gap_days": bins([0.0, 1.0, 3.0], [0.5, 0.125, 7.0], has_missing_bin=True),
    }
    model = model_of(terms, base=-1.0)
    # A km away, same entry, two days later: -1 + (3 + -1) / 2 + 1 + 0.125. Four km away, another entry, the same hour:
    # -1 - 1 - 2 + 0.5. Nobody knows where or when, same entry: -1 - 0.5 + 1 + 7.
    assert scored(crimes, model, EvidenceSpec(("entry",)), [1, 2, 3]) == [1.125, -3.5, 6.5]


def test_lines_are_level_beyond_their_knots_and_meet_them():
    crimes = crimes_at([0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0])
    model = model_of({"distance_km": smooth([0.5, 1.0, 3.0], [2.0, 1.0, -3.0])})
    assert scored(crimes, model, EvidenceSpec(()), [1, 2, 3, 4, 5, 6]) == [2.0, 2.0, 1.0, -1.0, -3.0, -3.0]


def test_a_single_knot_is_one_log_bf_everywhere():
    crimes = crimes_at([0.0, 0.0, 7.0])
    assert scored(crimes, model_of({"distance_km": smooth([1.0], [2.5])}), EvidenceSpec(()), [1, 2]) == [2.5, 2.5]


def test_bins_are_closed_on_the_right_and_nothing_is_known_outside():
    crimes = crimes_at([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5])
    model = model_of({"distance_km": bins([0.5, 1.0, 2.0], [3.0, -1.0])})
    assert scored(crimes, model, EvidenceSpec(()), [1, 2, 3, 4, 5, 6]) == [0.0, 3.0, 3.0, -1.0, -1.0, 0.0]


def test_a_variable_without_any_training_value_says_nothing():
    crimes = crimes_at([0.0, 0.0, 1.0])
    model = model_of({"distance_km": bins([0.0, 0.0], [0.0])})
    assert scored(crimes, model, EvidenceSpec(()), [1, 2]) == [0.0, 0.0]


def test_the_number_of_threads_and_the_cuts_between_them_change_nothing(monkeypatch):
    crimes = incomplete_crimes(N, 1)
    spec = fit_spec(crimes, SPECS["numbers between items"])
    first, second = every_pair(N)
    evidence = encoded_evidence(encode_crimes(crimes, spec), first, second, spec)
    model = CalibratedBayesFactor(AdditiveBayesFactor(n_knots=4).fit(evidence, first % 3 == 0), LINE)
    tables, columns = score_tables(model, spec, encode_crimes(crimes, spec)), crime_columns(crimes, spec, model)
    whole = scores_of_pairs(tables, columns, first, second)
    for size in (1, 97, 1_000):
        monkeypatch.setattr(score_kernel, "PAIRS_PER_SLICE", size)
        for n_workers in (1, 3):
            few = slice(0, 40 if size == 1 else None)
            got = scores_of_pairs(tables, columns, first[few], second[few], n_workers)
            np.testing.assert_array_equal(bits(got), bits(whole[few]))


def test_either_crime_may_come_first_as_in_the_evidence():
    crimes = incomplete_crimes(N, 2)
    spec = EvidenceSpec(ITEMS)
    first, second = every_pair(N)
    encoded = encode_crimes(crimes, spec)
    turned = encoded_evidence(encoded, second, first, spec)
    model = HistogramBayesFactor(n_bins=5).fit(turned, first % 3 == 0)
    got = raw_log_bf(score_tables(model, spec, encoded), crime_columns(crimes, spec, model), second, first)
    np.testing.assert_array_equal(bits(got), bits(model.decision_function(turned)))


def test_columns_mapped_from_disk_score_alike(tmp_path):
    crimes = incomplete_crimes(N, 3)
    spec = EvidenceSpec(ITEMS)
    first, second = every_pair(N)
    encoded = encode_crimes(crimes, spec)
    model = HistogramBayesFactor(n_bins=5).fit(encoded_evidence(encoded, first, second, spec), first % 3 == 0)
    tables, columns = score_tables(model, spec, encoded), crime_columns(crimes, spec, model)
    for name, column in columns._asdict().items():
        np.save(tmp_path / f"{name}.npy", column)
    stored = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in columns._fields if name not in EMPTY}
    mapped = columns._replace(**stored)
    expected = scores_of_pairs(tables, columns, first, second)
    np.testing.assert_array_equal(bits(scores_of_pairs(tables, mapped, first, second)), bits(expected))


def test_a_table_that_is_not_symmetric_keeps_the_order_of_the_pair():
    crimes = crimes_at([0.0, 0.0]).assign(entry=["door", "roof"])
    spec = EvidenceSpec(("entry",))
    model = model_of({"match_entry": levels({"match": 1.0, "differ": 2.0})})
    tables = score_tables(model, spec, encode_crimes(crimes, spec))
    # Codes: 0 not applicable, 1 missing, 2 door, 3 roof.
    table = np.arange(16.0)
    columns = crime_columns(crimes, spec, model)
    got = raw_log_bf(tables._replace(value=table), columns, np.array([0, 1]), np.array([1, 0]))
    assert got.tolist() == [2 * 4 + 3, 3 * 4 + 2]


def test_no_pairs_give_no_scores():
    crimes = crimes_at([0.0, 1.0])
    assert scored(crimes, model_of({"distance_km": smooth([0.0, 1.0], [1.0, 0.0])}), EvidenceSpec(()), []) == []


def test_positions_outside_the_crimes_are_refused():
    crimes = crimes_at([0.0, 1.0])
    with pytest.raises(EvidenceError, match="expected positions of 2 crimes, got 2 to 2; look the crimes up"):
        scored(crimes, model_of({"distance_km": smooth([0.0, 1.0], [1.0, 0.0])}), EvidenceSpec(()), [2])


def test_a_scorer_refuses_a_model_that_gives_no_number():
    crimes = crimes_at([0.0, 1.0, None])
    model = model_of({"distance_km": smooth([0.0, 2.0], [1.0, 0.0], missing=np.nan)})
    score = pair_scorer(crimes, model, EvidenceSpec(()))
    assert score(np.array([0]), np.array([1])).tolist() == [0.5]
    with pytest.raises(ScoringError, match=r"each of 2 pairs, got shape \(2,\) with 1 that are not numbers"):
        score(np.array([0, 0]), np.array([1, 2]))
