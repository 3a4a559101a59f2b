"""What the reference does in odd cases, as its probe printed it: ours does the same, or refuses in words."""

import re

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evaluation_inputs import EvaluationError
from linkage.evidence import EvidenceError, EvidenceSpec, pair_evidence
from linkage.histogram_term import BayesFactorError, fit_continuous
from linkage.look_up import group_scores
from linkage.pair_scores import ScoringError, row_positions
from linkage.pairs import PairSampling, linked_pairs
from linkage.ranking_metrics import ranking_curve
from linkage.series import EVENTS, event_times, series_data

ITEMS = ("MO1", "MO2", "MO3")
SPEC = EvidenceSpec(ITEMS, match="binary", circular="reference")
VARIABLES = ("spatial", "temporal", "tod", "dow", *ITEMS)
NUMBER = r"-?\d+\.?\d*(?:e-?\d+)?"


@pytest.fixture(scope="module")
def probes(reference):
    """What was printed below each headline."""
    text = (reference / "semantics.txt").read_text()
    parts = re.split(r"^--- ", text, flags=re.M)[1:]
    return {part.splitlines()[0].strip(): "\n".join(part.splitlines()[1:]) for part in parts}


@pytest.fixture(scope="module")
def model(reference, reference_pairs, reference_evidence):
    train = pd.read_csv(reference / "train_index.csv")["train"].to_numpy() == 1
    linked, weight = reference_pairs["is_linked"][train], reference_pairs["weight"][train]
    return HistogramBayesFactor(15, 10.0).fit(reference_evidence[train], linked, weight)


@pytest.fixture(scope="module")
def without_a_place(reference_crimes):
    """The first four crimes, the second of which lost its place."""
    crimes = reference_crimes.head(4).copy()
    crimes.loc[1, ["easting_m", "northing_m"]] = np.nan
    return crimes


def numbers(line):
    return [float(each) for each in re.findall(NUMBER, line)]


def table(text, after):
    """The numbers of the rows below a line that begins so; the first is R's row name."""
    rows = []
    for line in text.split(after, 1)[1].splitlines()[1:]:
        if not re.match(r" *\d", line):
            break
        rows.append(numbers(line)[1:])
    return rows


def as_levels(evidence):
    """The model of the reference's own evidence knows a match as 1."""
    matches = {
        name: evidence[name].map({"differ": "0", "match": "1"}) for name in evidence if name.startswith("match_")
    }
    return evidence.assign(**matches)


def test_a_crime_without_place_has_no_distance_and_all_other_evidence(probes, without_a_place):
    printed = [re.findall(r"NA|(?<![C:\w])" + NUMBER, line) for line in probes["NA spatial"].splitlines()[1:4]]
    got = pair_evidence(without_a_place, np.array([0, 0, 0]), np.array([1, 2, 3]), SPEC)
    for row, (_, spatial, temporal, tod, dow, *matches) in zip(got.itertuples(index=False), printed, strict=True):
        assert (
            np.isnan(row.distance_km) if spatial == "NA" else row.distance_km == pytest.approx(float(spatial), rel=1e-6)
        )
        assert row.gap_days == pytest.approx(float(temporal), rel=1e-6)
        assert row.tod_gap_hours == pytest.approx(float(tod), abs=1.1e-3)
        assert row.dow_gap_days == pytest.approx(float(dow), abs=1.2e-3)
        assert [row[i] == "match" for i in (4, 5, 6)] == [match == "1" for match in matches]


def test_missing_evidence_says_nothing(probes, model, without_a_place):
    evidence = pair_evidence(without_a_place, np.array([0, 0]), np.array([1, 2]), SPEC)
    terms = model.log_bf_terms(as_levels(evidence))
    lines = probes["predict with NA spatial ->"].splitlines()
    for row, line in enumerate(lines[1:3]):
        np.testing.assert_allclose(terms.iloc[row], numbers(line)[1:], rtol=1e-6, atol=1e-9)
    assert terms["distance_km"].iloc[0] == 0.0


def test_a_missing_column_is_refused_where_the_reference_warns(probes, model, without_a_place):
    assert "WARN: The columns: spatial are missing" in probes["NA spatial"]
    evidence = as_levels(pair_evidence(without_a_place, np.array([0]), np.array([1]), SPEC))
    with pytest.raises(BayesFactorError, match="got none named distance_km"):
        model.decision_function(evidence.drop(columns="distance_km"))
    # What the reference then returns is the sum of the other terms.
    total = float(re.search(rf"^\[1\] ({NUMBER})$", probes["NA spatial"], re.M)[1])
    others = model.log_bf_terms(evidence).drop(columns="distance_km").sum(axis=1)
    assert others.iloc[0] == pytest.approx(total, rel=1e-6)


def test_an_unknown_time_is_missing_where_the_reference_fails(probes, reference_crimes):
    assert "missing value where TRUE/FALSE needed" in probes["NA time"]
    crimes = reference_crimes.head(2).assign(committed_to_at=pd.NaT)
    got = pair_evidence(crimes, np.array([0]), np.array([1]), SPEC)
    assert got[["gap_days", "tod_gap_hours", "dow_gap_days"]].isna().all(axis=None)
    assert got["distance_km"].notna().all()


def test_an_unknown_crime_and_a_reversed_interval_are_refused_where_the_reference_goes_on(probes, reference_crimes):
    assert "nope" in probes["unknown ID"]
    with pytest.raises(ScoringError, match="got 1 that are not in it"):
        row_positions(reference_crimes, pd.Series(["nope"]))
    assert len(numbers(probes["reversed interval"].splitlines()[-1])) > 3
    crimes = reference_crimes.head(2).assign(committed_to_at=pd.Timestamp("1990-01-01"))
    with pytest.raises(EvidenceError, match="ends before it begins, got 2; quarantine"):
        pair_evidence(crimes, np.array([0]), np.array([1]), SPEC)


def test_two_missing_values_match_and_one_does_not_in_binary_mode(probes, reference_crimes):
    printed = next(head for head in probes if head.startswith("binary NA:"))
    crimes = reference_crimes.head(4).assign(MO1=pd.Series([None, None, "a", "a"], dtype=object))
    got = pair_evidence(crimes, np.array([0, 0, 2, 2]), np.array([1, 2, 1, 3]), EvidenceSpec(("MO1",), match="binary"))
    assert (got["match_MO1"] == "match").astype(int).tolist() == [int(n) for n in numbers(printed)] == [1, 0, 0, 1]
    learned = pair_evidence(crimes, np.array([0, 0, 2, 2]), np.array([1, 2, 1, 3]), EvidenceSpec(("MO1",)))
    assert learned["match_MO1"].tolist() == ["missing", "missing", "missing", "match"]


def test_edges_and_smoothing_of_every_variable_are_those_printed(probes, model):
    printed = probes["breaks of vignette NB"]
    for variable, (name, term) in zip(VARIABLES, model.terms_.items(), strict=True):
        bins = re.search(rf"^{variable} (\d+) bins:(.*)$", printed, re.M)
        if bins:
            assert len(term.log_bf) == int(bins[1])
            np.testing.assert_allclose(term.edges, numbers(bins[2]), rtol=1e-9, atol=1e-12, err_msg=name)
        smoothing = re.search(rf"^{variable} df= ({NUMBER}) a= ({NUMBER}) ({NUMBER}) df2= ({NUMBER})", printed, re.M)
        df, *added, of_bins = (float(each) for each in smoothing.groups())
        assert term.df == pytest.approx(df, abs=1e-7) == pytest.approx(of_bins, abs=1e-7)
        k = len(term.log_bf)
        for counts, pseudo in zip((term.n_linked, term.n_unlinked), added, strict=True):
            assert counts.sum() / k * (k - term.df) / (term.df - 1) == pytest.approx(pseudo, rel=1e-4)


def test_no_test_pair_lies_outside_the_edges(probes, reference, model, reference_evidence):
    for variable, (name, term) in zip(VARIABLES[:4], list(model.terms_.items())[:4], strict=True):
        assert f"{variable} 0 0" in probes["breaks of vignette NB"]
        assert (term.bin_of(reference_evidence[name]) >= 0).all()


def test_a_variable_with_gaps_is_fitted_on_the_rest_or_with_a_bin_for_them(probes):
    # The probe asked for 5 bins and 5 degrees of freedom. Its own counts, fitted by ours, give its own shares.
    printed = {"naiveBayes drops NA rows (formula)?": False, "naiveBayes.fit with NA": True}
    for head, with_missing in printed.items():
        rows = np.array([row[-4:] for row in table(probes[head], "       from")])
        factors = [row[0] for row in table(probes[head], "         BF")]
        k = len(rows)
        assert k == 5 + with_missing
        at = np.repeat([*(np.arange(5) + 0.5), np.nan][:k], 2)
        is_linked, edges = np.tile([True, False], k), np.arange(6.0)
        term = fit_continuous(at, is_linked, np.ravel(rows[:, :2]), edges, df=5, with_missing=True)
        assert term.has_missing_bin == with_missing
        np.testing.assert_allclose(term.p_linked, rows[:, 2], rtol=1e-6)
        np.testing.assert_allclose(term.p_unlinked, rows[:, 3], rtol=1e-6)
        np.testing.assert_allclose(np.exp(term.log_bf), factors, rtol=1e-6)


def test_what_lies_outside_the_edges_says_nothing_where_the_reference_takes_the_missing_bin(probes):
    lines = [line for line in probes["naiveBayes.fit with NA"].splitlines() if line.startswith("[1]")]
    with_bin, without = (numbers(line)[1:] for line in lines)  # a missing value, one on either side, one inside
    rows = table(probes["naiveBayes.fit with NA"], "       from")
    edges = np.array([rows[0][0], *(row[1] for row in rows[:5])])
    at = np.repeat([*(0.5 * (edges[1:] + edges[:-1])), np.nan], 2)
    counts = np.ravel([row[-4:-2] for row in rows])
    term = fit_continuous(at, np.tile([True, False], 6), counts, edges, df=5, with_missing=True)
    ours = term.score(pd.Series([np.nan, -1.0, 99.0, 4.0]))
    assert with_bin == pytest.approx([ours[0], ours[0], ours[0], ours[3]], rel=1e-6)
    assert ours[1:3].tolist() == [0.0, 0.0] == without[1:3]


@pytest.mark.parametrize("case", ["num_df1", "num_df_below1"])
def test_no_degree_of_freedom_is_refused_where_the_reference_turns_the_histogram_over(reference, case):
    seen = pd.read_csv(reference / "getbf_inputs.csv").query("case == @case")
    theirs = pd.read_csv(reference / "getbf_cases.csv").query("case == @case")
    linked, weight = seen["y"].to_numpy() == 1, seen["w"].to_numpy(dtype=float)
    edges = np.array([theirs["from"].iloc[0], *theirs["to"]])
    with pytest.raises(BayesFactorError, match="df: expected more than 1, got"):
        fit_continuous(seen["x"].to_numpy(float), linked, weight, edges, theirs["df_in"].iloc[0], with_missing=True)
    # Below 1 the reference's pseudo-counts are negative: the bin with the most linked pairs comes out the least likely.
    if case == "num_df_below1":
        assert (theirs[["a.linked", "a.unlinked"]] < 0).all(axis=None)
        assert theirs["p.linked"].idxmin() == theirs["N.linked"].idxmax()
    else:
        assert (theirs["BF"] == 1).all()


def test_a_pair_of_values_does_not_depend_on_the_other_pairs_compared(probes, reference_crimes, reference_pairs):
    # The reference loses a value that no first crime of the pairs given has: "MO3 FALSE".
    answer = probes["non-binary categorical level loss"].split("subset of pairs gives same merged values?")[1]
    assert answer.splitlines()[1].split() == ["TRUE", "TRUE", "FALSE"]
    row = pd.Series(range(len(reference_crimes)), reference_crimes["crime_id"])
    one, other = (row[reference_pairs[name]].to_numpy() for name in ("crime_id_1", "crime_id_2"))
    spec = EvidenceSpec(ITEMS, match="levels")
    whole, part = (pair_evidence(reference_crimes, one[rows], other[rows], spec) for rows in (slice(None), slice(5)))
    assert whole.head(5).astype(str).equals(part.astype(str))
    assert part["match_MO3"].astype(str).tolist() == ["E:E", "D:E", "D:E", "E:E", "E:H"]


def test_ties_of_a_ranking_are_counted_together_and_a_gap_is_refused(probes):
    rows = np.array(table(probes["getROC ties/NA"], "  FPR"))
    curve = ranking_curve([3, 3, 2, 1, 1], [True, False, True, True, False])
    names = ["false_positive_rate", "true_positive_rate", "precision", "n_examined", "share_examined", "threshold"]
    np.testing.assert_allclose(curve[names], rows, rtol=1e-6)
    with pytest.raises(EvaluationError, match="got 1 that are not"):
        ranking_curve([3, 2, 1, np.nan], [True, False, False, True])


def test_groups_of_equal_score_come_in_order_of_their_label(probes):
    printed = [line.split()[1:] for line in probes["linkage ties & NA"].splitlines()[1:5]]
    ours = group_scores([1, 2, 3, 1], ["b", "c", "d", "a"])
    assert ours[["group", "average", "single", "complete"]].astype(str).to_numpy().tolist() == [
        [group, *(str(float(each)) for each in scores)] for group, *scores in printed
    ]
    by_single = [line.split()[1:] for line in probes["linkage ties & NA"].splitlines()[6:9]]
    ours = group_scores([3, 2, 1, 1], [1, 2, 2, 10], "single")
    assert ours[["group", "single", "average"]].astype(float).to_numpy().tolist() == [
        [float(each) for each in row] for row in by_single
    ]


def test_the_earth_has_the_radius_of_the_reference(probes):
    distance_km, radius_m = (float(line.split()[1]) for line in probes["longlat"].splitlines())
    crimes = pd.DataFrame({"easting_m": [-76.6, -76.5], "northing_m": [39.3, 39.4]})
    at = pd.Series(pd.to_datetime(["1993-01-01"] * 2))
    crimes = crimes.assign(committed_from_at=at, committed_to_at=at, committed_from_local=at)
    got = pair_evidence(crimes, np.array([0]), np.array([1]), EvidenceSpec((), distance="great-circle"))
    assert radius_m == 6_378_137
    assert got["distance_km"][0] == pytest.approx(distance_km, rel=1e-9)


def test_the_event_stands_at_the_middle_the_beginning_or_the_end_as_printed(probes, reference_crimes):
    crimes = reference_crimes.set_index("crime_id").loc[["C:6", "C:9"]]
    for line, crime in zip(probes["time arg"].splitlines()[1:3], ("C:6", "C:9"), strict=True):
        stamps = re.findall(r'"([^"]+)"', line)
        got = [str(event_times(crimes, event)[crime]) for event in EVENTS]
        assert got == stamps


def test_no_series_weighs_more_than_one(probes, reference_crimes, reference_offenders):
    head = next(head for head in probes if head.startswith("weights sum per series"))
    series = series_data(reference_offenders, reference_crimes)
    got = linked_pairs(series, reference_crimes, PairSampling(keep_same_incident=True))
    assert got["weight"].sum() == pytest.approx(numbers(head)[-1], rel=1e-9)


def test_repeated_labels_count_once_and_crimes_of_no_table_not_at_all(probes, reference_crimes, reference_offenders):
    head = next(head for head in probes if head.startswith("duplicated offenders rows"))
    n_repeated, n_absent = (int(number) for number in re.findall(r": (\d+)", f"{head} "))
    once = reference_offenders.drop_duplicates()
    inside = once["crime_id"].isin(reference_crimes["crime_id"])
    assert len(reference_offenders) - len(once) == n_repeated
    assert once.loc[~inside, "crime_id"].nunique() == n_absent
    assert len(series_data(reference_offenders, reference_crimes)) == inside.sum()


def test_one_offender_has_a_series_where_the_reference_fails(probes, reference_crimes, reference_offenders):
    assert "ERROR" in probes["single offender makeSeriesData"]
    one = reference_offenders[reference_offenders["person_id"] == "O:40"]
    assert set(series_data(one, reference_crimes)["person_id"]) == {"O:40"}


def test_evidence_of_every_type_is_categorical_or_a_number(probes):
    assert "ERROR" in probes["ordered factor evidence"]
    assert "ERROR" in probes["logical evidence"]
    levels = pd.Series(["0", "1", "1", "0"] * 3)
    forms = [levels, levels == "1", levels.astype(pd.CategoricalDtype(["0", "1"], ordered=True))]
    linked = [1, 1, 0, 0, 1, 0] * 2
    scores = [
        HistogramBayesFactor().fit(form.to_frame("m"), linked).decision_function(form.to_frame("m")) for form in forms
    ]
    for score in scores:
        np.testing.assert_array_equal(score, scores[0])
