"""Models as plain arrays: what each term becomes, and which models have no tables."""

import numpy as np
import pandas as pd
import pytest

from linkage import score_tables as module
from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.boosted import BoostedBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.evidence import EvidenceSpec, encode_crimes, encoded_evidence, fit_spec
from linkage.item_evidence import ItemError
from linkage.plain_logistic import PlainLogistic
from linkage.score_tables import (
    CODES,
    DAY_OF_WEEK,
    DISTANCE,
    GAP,
    NEARER,
    NUMBER,
    TIME_OF_DAY,
    ScoreTables,
    TermSource,
    columns_read,
    score_tables,
    term_sources,
)
from linkage.smooth_term import SmoothTerm
from tests.linkage.incomplete_crimes import incomplete_crimes

N = 40
LINE = Calibration(np.array([-1.0, 2.0]), np.array([-2.0, 1.5]))
EVERYTHING = EvidenceSpec(
    ("entry",),
    overlap=("taken",),
    agreement=("entry", "search"),
    numerical=("value_gbp", "n_offenders"),
    crime_group=True,
    crowding_km=2.0,
)


def fitted(model, spec: EvidenceSpec, seed: int = 1):
    """Return the model, the crimes as encoded, and the specification with what it learned of them."""
    crimes = incomplete_crimes(N, seed)
    spec = fit_spec(crimes, spec)
    encoded = encode_crimes(crimes, spec)
    first, second = (rows.astype(np.int64) for rows in np.triu_indices(N, 1))
    return model.fit(encoded_evidence(encoded, first, second, spec), first % 3 == 0), encoded, spec


def term_of(tables: ScoreTables, k: int) -> tuple[list[float], list[float]]:
    """Return knots or edges, and log BFs, of term k."""
    at, value = (slice(start[k], start[k + 1]) for start in (tables.at_start, tables.value_start))
    return tables.at[at].tolist(), tables.value[value].tolist()  # noqa: PD008  # no frame


def test_each_term_says_what_it_reads_in_the_order_of_the_model():
    model, _, spec = fitted(AdditiveBayesFactor(n_knots=3), EVERYTHING)
    sources = term_sources(model, spec)
    assert sources == (
        *(TermSource(kind, "") for kind in (DISTANCE, GAP, TIME_OF_DAY, DAY_OF_WEEK, NEARER)),
        *(TermSource(CODES, item) for item in ("entry", "taken", "entry", "search")),
        *(TermSource(NUMBER, name) for name in ("value_gbp", "n_offenders")),
        TermSource(CODES, "crime_group"),
    )
    assert columns_read(sources, CODES) == ("entry", "taken", "search", "crime_group")
    assert columns_read(sources, NUMBER) == ("value_gbp", "n_offenders")


def test_each_source_points_to_its_column():
    model, encoded, spec = fitted(AdditiveBayesFactor(n_knots=3), EVERYTHING)
    tables = score_tables(model, spec, encoded)
    assert tables.source.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1, 3]
    assert tables.base == model.base_log_bf_


def test_a_term_of_lines_keeps_its_knots():
    model, encoded, spec = fitted(AdditiveBayesFactor(n_knots=4, missing="bin"), EvidenceSpec(()))
    tables = score_tables(model, spec, encoded)
    for k, term in enumerate(model.terms_.values()):
        assert term_of(tables, k) == (term.knots.tolist(), term.log_bf.tolist())
        assert tables.missing[k] == term.log_bf_missing
    assert tables.is_lines.all()
    assert not tables.n_codes.any()


def test_a_term_of_steps_keeps_its_edges_and_its_missing_bin_apart():
    model, encoded, spec = fitted(HistogramBayesFactor(n_bins=4, missing="bin"), EvidenceSpec(()))
    tables = score_tables(model, spec, encoded)
    for k, term in enumerate(model.terms_.values()):
        assert term.has_missing_bin
        assert term_of(tables, k) == (term.edges.tolist(), term.log_bf[:-1].tolist())
        assert tables.missing[k] == term.log_bf[-1]
    assert not tables.is_lines.any()
    assert tables.base == 0.0


def test_the_table_of_an_item_holds_every_pair_of_recorded_sets():
    crimes = incomplete_crimes(4, 1).assign(entry=["door", ("roof", "window"), ("door", "window"), None])
    spec = EvidenceSpec(("entry",))
    model = HistogramBayesFactor()
    unused = np.empty(0)
    match = SmoothTerm(unused, ("differ", "match"), np.array([-1.5, 2.0]), -0.25, unused, unused)
    model.terms_ = {"match_entry": match}
    model.remember(model.terms_)
    tables = score_tables(model, spec, encode_crimes(crimes, spec))
    # Codes: 0 not applicable, 1 missing, then the sets in order: door; door and window; roof and window.
    expected = [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, -0.25, -0.25, -0.25, -0.25],
        [0.0, -0.25, 2.0, 2.0, -1.5],
        [0.0, -0.25, 2.0, 2.0, 2.0],
        [0.0, -0.25, -1.5, 2.0, 2.0],
    ]
    assert tables.n_codes.tolist() == [5]
    assert tables.value.reshape(5, 5).tolist() == expected


def test_tables_made_in_pieces_are_the_same(monkeypatch):
    model, encoded, spec = fitted(HistogramBayesFactor(), EVERYTHING)
    whole = score_tables(model, spec, encoded)
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 7)
    np.testing.assert_array_equal(score_tables(model, spec, encoded).value, whole.value)


def test_a_calibration_goes_along():
    model, encoded, spec = fitted(HistogramBayesFactor(), EvidenceSpec(("entry",)))
    plain = score_tables(model, spec, encoded)
    assert plain.calibration_knots.size == plain.calibration_log_bf.size == 0
    tables = score_tables(CalibratedBayesFactor(model, LINE), spec, encoded)
    assert (tables.calibration_knots.tolist(), tables.calibration_log_bf.tolist()) == ([-1.0, 2.0], [-2.0, 1.5])
    np.testing.assert_array_equal(tables.value, plain.value)


@pytest.mark.parametrize("distance", ["projected", "great-circle"])
@pytest.mark.parametrize("circular", ["exact", "reference"])
def test_how_space_and_time_are_measured_goes_along(distance, circular):
    model, encoded, _ = fitted(HistogramBayesFactor(), EvidenceSpec(()))
    tables = score_tables(model, EvidenceSpec((), circular=circular, distance=distance), encoded)
    assert tables.great_circle == (distance == "great-circle")
    assert tables.reference_circular == (circular == "reference")


def test_a_model_of_another_form_has_no_tables():
    model, encoded, spec = fitted(PlainLogistic(), EvidenceSpec(("entry",)))
    assert score_tables(model, spec, encoded) is None
    assert score_tables(CalibratedBayesFactor(model, LINE), spec, encoded) is None


def test_a_model_that_is_not_fitted_or_scores_in_its_own_way_has_no_tables():
    class Doubled(HistogramBayesFactor):
        def _log_bf(self, evidence: pd.DataFrame) -> np.ndarray:
            return 2.0 * super()._log_bf(evidence)

    class AnyModel:
        def decision_function(self, evidence: pd.DataFrame) -> np.ndarray:
            return np.zeros(len(evidence))

    model, encoded, spec = fitted(Doubled(), EvidenceSpec(()))
    for each in (model, HistogramBayesFactor(), BoostedBayesFactor(), AnyModel()):
        assert score_tables(each, spec, encoded) is None


def test_a_model_that_reads_text_has_no_tables():
    model, encoded, spec = fitted(HistogramBayesFactor(), EvidenceSpec((), text="mo_text"))
    assert score_tables(model, spec, encoded) is None


def test_text_that_the_model_does_not_read_is_no_hindrance():
    model, _, _ = fitted(HistogramBayesFactor(), EvidenceSpec(("entry",)))
    crimes = incomplete_crimes(N, 1)
    spec = fit_spec(crimes, EvidenceSpec(("entry",), text="mo_text"))
    assert score_tables(model, spec, encode_crimes(crimes, spec)) is not None


def test_a_model_that_reads_a_column_which_the_specification_does_not_make_has_no_tables():
    model, encoded, _ = fitted(HistogramBayesFactor(), EvidenceSpec(("entry", "search")))
    assert score_tables(model, EvidenceSpec(("entry",)), encoded) is None


def test_an_item_with_too_many_recorded_sets_has_no_tables(monkeypatch):
    model, encoded, spec = fitted(HistogramBayesFactor(), EvidenceSpec(("entry",)))
    monkeypatch.setattr(module, "MOST_SETS", 3)
    assert score_tables(model, spec, encoded) is not None
    monkeypatch.setattr(module, "MOST_SETS", 2)
    assert score_tables(model, spec, encoded) is None


def test_values_that_cannot_be_paired_are_refused_as_in_the_evidence():
    model, _, spec = fitted(HistogramBayesFactor(), EvidenceSpec(("entry",), match="levels"))
    crimes = incomplete_crimes(2, 1).assign(entry=[("door", "roof"), "door"])
    with pytest.raises(ItemError, match="entry: expected one value a crime to pair values, got several"):
        score_tables(model, spec, encode_crimes(crimes, spec))
