"""How far ours departs from the reference on purpose: each size is measured and stands in the guide for R users."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.dense_tree import merge_tree
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.hclust import tree_from_hclust
from linkage.pair_scores import pair_scorer
from linkage.pairs import PairSampling, linked_pairs, unlinked_pairs
from linkage.series import crime_groups, series_data
from linkage.space_time import EARTH_RADIUS_KM

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "coming-from-r.md"
ITEMS = ("MO1", "MO2", "MO3")
AS_R = EvidenceSpec(ITEMS, match="binary", circular="reference")
MEAN_RADIUS_KM = 6371.0088  # IUGG mean radius
NUMBERS = {"distance_km": "spatial", "gap_days": "temporal", "tod_gap_hours": "tod", "dow_gap_days": "dow"}


class Reference:
    """The reference's tables and what ours makes of the same pairs."""

    def __init__(self, folder: Path, crimes: pd.DataFrame, offenders: pd.DataFrame, pairs: pd.DataFrame) -> None:
        self.folder, self.crimes, self.offenders, self.pairs = folder, crimes, offenders, pairs
        row = pd.Series(range(len(crimes)), crimes["crime_id"])
        self.rows = [row[pairs[name]].to_numpy() for name in ("crime_id_1", "crime_id_2")]
        self.series = series_data(offenders, crimes)
        self.theirs = self.read("evidence.csv")
        self.train = self.read("train_index.csv")["train"].to_numpy() == 1

    def read(self, name: str, **options: object) -> pd.DataFrame:
        return pd.read_csv(self.folder / name, **options)

    def evidence(self, spec: EvidenceSpec) -> pd.DataFrame:
        return pair_evidence(self.crimes, *self.rows, spec)

    def fitted(self, evidence: pd.DataFrame) -> HistogramBayesFactor:
        chosen = self.pairs[self.train]
        return HistogramBayesFactor().fit(evidence[self.train], chosen["is_linked"], chosen["weight"])

    def as_ours(self) -> pd.DataFrame:
        """The reference's own evidence under our names and levels."""
        columns = {ours: self.theirs[name] for ours, name in NUMBERS.items()}
        matches = {f"match_{item}": self.theirs[item].map({0: "differ", 1: "match"}) for item in ITEMS}
        return pd.DataFrame(columns | matches)


def circular(ref: Reference) -> str:
    ours, theirs = ref.evidence(AS_R), ref.as_ours()
    apart = [np.abs(ours[name] - theirs[name]).max() for name in ("tod_gap_hours", "dow_gap_days")]
    terms = ref.fitted(theirs).terms_
    moved = np.any([terms[name].bin_of(ours[name]) != terms[name].bin_of(theirs[name]) for name in terms], axis=0)
    return (
        f"at most {apart[0]:.5f} h and {apart[1]:.5f} d on {len(ours):,} pairs; "
        f"{moved.sum()} pairs land in another bin of the published model"
    )


def long_windows(ref: Reference) -> str:
    exact, shortcut = ref.evidence(EvidenceSpec(())), ref.evidence(EvidenceSpec((), circular="reference"))
    moved = {name: np.abs(exact[name] - shortcut[name]) for name in ("tod_gap_hours", "dow_gap_days")}
    tod, dow = (((apart > 1e-6).sum(), apart.max()) for apart in moved.values())
    return f"{tod[0]:,} times of day move by up to {tod[1]:.2f} h, {dow[0]:,} days of week by up to {dow[1]:.2f} d"


def missing(ref: Reference) -> str:
    binary, aware = ref.evidence(AS_R), ref.evidence(EvidenceSpec(ITEMS, circular="reference"))
    lack = (aware[[f"match_{item}" for item in ITEMS]] == "missing").any(axis=1)
    apart = np.abs(ref.fitted(binary).decision_function(binary) - ref.fitted(aware).decision_function(aware))
    return (
        f"{lack.sum():,} of {len(lack):,} pairs lack an item; their log BF moves by {apart[lack].mean():.2f} "
        f"on average, by up to {apart.max():.2f}"
    )


def merged_values(ref: Reference) -> str:
    probe = (ref.folder / "semantics.txt").read_text().split("subset of pairs gives same merged values?")[1]
    lines = probe.splitlines()
    alone, whole = ([line.split()[3] for line in lines[at : at + 5]] for at in (3, 9))
    lost = sum(one != other for one, other in zip(alone, whole, strict=True))
    ours = ref.evidence(EvidenceSpec(ITEMS, match="levels"))["match_MO3"].head(5)
    assert ours.astype(str).tolist() == whole
    return f"{lost} of the first 5 pairs lose MO3 when compared by themselves"


def missing_evidence(ref: Reference) -> str:
    n_lacking = ref.evidence(AS_R).isna().any(axis=1).sum()
    return f"{n_lacking or 'none'} of {len(ref.pairs):,} pairs"


def outside_values(ref: Reference) -> str:
    asked, edges = ref.read("getbf_predict.csv"), ref.read("getbf_breaks.csv").groupby("case")["breaks"]
    asked = asked[asked["case"].isin(edges.groups)]
    value = pd.to_numeric(asked["newx"])
    is_outside = (value < asked["case"].map(edges.min())) | (value > asked["case"].map(edges.max()))
    terms, evidence = ref.fitted(ref.as_ours()).terms_, ref.as_ours()
    n_outside = sum((terms[name].bin_of(evidence[name]) < 0).sum() for name in NUMBERS)
    largest = asked.loc[is_outside, "logBF"].abs().max()
    return f"up to {largest:.2f} in the stored cases; {n_outside or 'none'} of {len(evidence):,} pairs"


def df(ref: Reference) -> str:
    cases = ref.read("getbf_cases.csv").set_index(["case", "bin"])
    turned, right = (np.log(cases.loc[case, "BF"]) for case in ("num_df_below1", "num_plain"))
    wrong = turned[np.sign(turned) != np.sign(right)]
    return f"a log BF of up to {wrong.abs().max():.2f} with the wrong sign"


def defaults(ref: Reference) -> str:
    # test_reference_quality shows that ours gives these figures.
    of_groups = ref.read("quality_summary.csv").query("split == 'offender_group'").set_index("model")
    ours, theirs = (of_groups.loc[name] for name in ("nb_q15_df10", "nb_default_q30_df20"))
    return (
        f"over ten group splits AUC {ours['auc.mean']:.3f} against {theirs['auc.mean']:.3f}, "
        f"average precision {ours['ap.mean']:.3f} against {theirs['ap.mean']:.3f}"
    )


def m(ref: Reference) -> str:
    samplings = [PairSampling(m=m, keep_same_incident=True) for m in (10, 40)]
    few, many = (len(unlinked_pairs(ref.series, ref.crimes, each, np.random.default_rng(1))) for each in samplings)
    assert abs(many - (~ref.pairs["is_linked"]).sum()) < 150
    return f"m = 10 gives about {round(few, -2):,} unlinked pairs, m = 40 about {round(many, -2):,}"


def order(ref: Reference) -> str:
    other = ref.read("pairs_icu_collation.csv")
    moved = (other["i1"] != ref.pairs["crime_id_1"]) | (other["i2"] != ref.pairs["crime_id_2"])
    assert (other["type"] == "linked")[moved].all()
    return f"another string order moves {moved.sum()} of {ref.pairs['is_linked'].sum()} linked rows"


def incidents(ref: Reference) -> str:
    kept = [len(linked_pairs(ref.series, ref.crimes, PairSampling(keep_same_incident=keep))) for keep in (True, False)]
    return f"{kept[0] - kept[1] or 'none'} of {kept[0]} linked pairs"


def numbers(ref: Reference) -> str:
    theirs = ref.read("groups_method2.csv", dtype={"group": str})
    ours = ref.series.assign(group=crime_groups(ref.series, "co-offenders"))
    both = ours.merge(theirs, left_on=["person_id", "crime_id"], right_on=["offenderID", "crimeID"])
    pairs = both[["group_x", "group_y"]].drop_duplicates()
    assert len(pairs) == both["group_x"].nunique() == both["group_y"].nunique()
    other = (pairs["group_x"] != pairs["group_y"]).sum()
    return f"{len(pairs)} groups with the same crimes, other numbers for {other} of them"


def clock(ref: Reference) -> str:
    utc = pd.Series(pd.to_datetime(["1993-01-15 12:00", "1993-07-15 12:00"]))
    local = utc.dt.tz_localize("UTC").dt.tz_convert("Europe/London").dt.tz_localize(None)
    crimes = ref.crimes.head(2).assign(committed_from_at=utc, committed_to_at=utc)
    read = [crimes.assign(committed_from_local=each) for each in (utc, local)]
    apart = [pair_evidence(each, np.array([0]), np.array([1]), EvidenceSpec(()))["tod_gap_hours"][0] for each in read]
    return f"{abs(apart[1] - apart[0]):.0f} h for a summer crime of Europe/London read as UTC"


def earth(ref: Reference) -> str:
    return f"{EARTH_RADIUS_KM / MEAN_RADIUS_KM - 1:.2%} above the mean radius"


def ties(ref: Reference) -> str:
    model = ref.fitted(ref.as_ours())
    one, other = np.triu_indices(len(ref.crimes), 1)
    matrix = np.zeros((len(ref.crimes), len(ref.crimes)))
    matrix[one, other] = pair_scorer(ref.crimes, model, AS_R)(one, other)
    table = ref.read("hier490_average.csv")
    theirs = tree_from_hclust(table[["merge1", "merge2"]], table["logBF"])
    sets = [_united(tree) for tree in (merge_tree(matrix + matrix.T), theirs)]
    share = "all" if sets[0] == sets[1] else str(len(sets[0] & sets[1]))
    distinct = table["logBF"].round(12).nunique()
    n_crimes = theirs.n_crimes
    return f"{share} {len(table)} merges of the {n_crimes} crimes unite the same sets, with {distinct} distinct heights"


def _united(tree):
    members = [frozenset([crime]) for crime in range(tree.n_crimes)]
    for one, other in zip(tree.first, tree.second, strict=True):
        members.append(members[one] | members[other])
    return set(members[tree.n_crimes :])


def path(ref: Reference) -> str:
    wrong = ref.read("cluster_path.csv").query("agree == 0").groupby("linkage")["crimeID"].nunique()
    return (
        f"wrong for {wrong['average']}, {wrong['single']} and {wrong['complete']} of 100 crimes "
        "(average, single, complete)"
    )


def sampler(ref: Reference) -> str:
    means = ref.read("mcmc_posterior_summary.csv").set_index(["run", "param"])["mean"]
    theirs, right = ([means[run, f"df{i}"] for i in (1, 2, 3)] for run in ("published", "exact_seed1"))
    unsolved = set(ref.read("unsolved.csv")["crimeID"])
    runs = [
        ref.read(f"mcmc_{run}_pequal.csv").set_index(["crime_i", "crime_j"])["p"]
        for run in ("published", "exact_seed1")
    ]
    both = pd.concat(runs, axis=1).fillna(0.0)
    is_open = np.array([bool(unsolved & {one, other}) for one, other in both.index])
    n_pairs = 490 * 489 // 2 - 390 * 389 // 2
    p, q = both[is_open].to_numpy().T
    # The pairs that neither run lists are 0 in both.
    centred = (p @ q - p.sum() * q.sum() / n_pairs, p @ p - p.sum() ** 2 / n_pairs, q @ q - q.sum() ** 2 / n_pairs)
    correlation = centred[0] / np.sqrt(centred[1] * centred[2])
    return (
        f"its pair probabilities correlate {correlation:.2f} with the exact posterior's; MO concentrations of "
        f"{theirs[0]:.0f}, {theirs[1]:.0f} and {theirs[2]:.0f} where {right[0]:.1f}, {right[1]:.1f} and "
        f"{right[2]:.1f} are right"
    )


MEASURED = (
    circular,
    long_windows,
    missing,
    merged_values,
    missing_evidence,
    outside_values,
    df,
    defaults,
    m,
    order,
    incidents,
    numbers,
    clock,
    earth,
    ties,
    path,
    sampler,
)


def stated() -> dict[str, str]:
    """The bold size of each row of the guide's second table, by the row's name."""
    rows = [line.split(" | ") for line in GUIDE.read_text().splitlines() if line.startswith("| ")]
    sizes = {cells[0].removeprefix("| "): re.findall(r"\*\*(.+?)\*\*", cells[2]) for cells in rows if len(cells) == 4}
    return {name.replace(" ", "_"): found[0] for name, found in sizes.items() if found}


@pytest.fixture(scope="module")
def ref(reference, reference_crimes, reference_offenders, reference_pairs):
    return Reference(reference, reference_crimes, reference_offenders, reference_pairs)


@pytest.mark.parametrize("measure", MEASURED, ids=lambda measure: measure.__name__)
def test_the_guide_states_the_size_that_is_measured(ref, measure):
    assert stated()[measure.__name__] == measure(ref)


def test_every_size_in_the_guide_is_measured():
    assert set(stated()) == {measure.__name__ for measure in MEASURED}
    assert len(re.findall(r"\*\*(.+?)\*\*", GUIDE.read_text())) == len(MEASURED)
