"""Hierarchical clustering: against scipy on the full matrix, the R package's time, and how time grows with the force.

    python -m benchmarks.clustering [--quick] [--json]

`hier490_s` is what the 490 crimes of the reference take from crimes to tree: all 119,805 pairs scored and merged by
average linkage; the R package needed 51.92 seconds for that (`package_ratio`). `hier490_clusters` are counted at log BF
4, 2 and 0; the package's circular differences are good to a thousandth of a period, which moves a merge or two over a
cut (tests compare merge by merge, with its own evidence). `equal_to_scipy` says whether random
cases without ties of 50 to 3,000 crimes gave scipy's heights (to 1e-9), sizes and clusters, for the three linkages down
to several thresholds; every pair at or above the threshold was given as a link, the others were scored on demand.
`scipy_ratio` is scipy's time on the full matrix of 3,000 crimes over ours on the same matrix, both down to the end.

Larger forces are invented: crimes in towns, log BF falling with distance and time, links at log BF 4 or more (from a
tree of neighbours, not counted), merged by average linkage down to 4. `links_<n>`, `scored_<n>` (pairs scored on demand
by numpy, 30 million a second or so) and `seconds_<n>` go with each size. Seconds are processor seconds of all threads.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree
from scipy.spatial.distance import squareform

from benchmarks.measuring import REPEATS, report, sayer
from benchmarks.reference_data import REFERENCE, reference_data
from linkage.bayes_factors import HistogramBayesFactor
from linkage.dense_tree import cut, merge_tree
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.linkages import LINKAGES
from linkage.merge_forest import merge_forest
from linkage.pair_scores import PairScore, pair_scorer, row_positions

SPEC = EvidenceSpec(("MO1", "MO2", "MO3"), match="binary", circular="reference")
PACKAGE_STEP = "crimeClust_hier_n490"
CUTS = (4.0, 2.0, 0.0)
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
LINK_LOG_BF = 4.0
CRIMES_PER_TOWN = 2_000
TOWN_M = 1_500.0
# log BF = STRONGEST - ln(1 + (d / 100 m)^2) - days / 120: 4 or more within 550 m of each other on one day.
STRONGEST, METRES, DAYS = 7.5, 100.0, 120.0

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="one run, up to 10,000 crimes")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    repeats = 1 if chosen.quick else REPEATS
    figures = _of_the_reference(repeats, say)
    sizes = (50, 300) if chosen.quick else (50, 300, 1_000, 3_000)
    figures["equal_to_scipy"] = all(_is_scipys(n, each, say) for n in sizes for each in LINKAGES)
    figures |= _beside_scipy(300 if chosen.quick else 3_000, repeats, say)
    for name in list(SIZES)[: 1 if chosen.quick else None]:
        figures |= _of_a_force(name, 1 if SIZES[name] > 100_000 else repeats, say)
    report("clustering", figures, chosen.json)


def _of_the_reference(repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Cluster the 490 crimes; no figures where the reference is absent."""
    data = reference_data()
    if data is None:
        say("the reference data is absent: hier490_s is not measured")
        return {"hier490_s": None}
    trains = pd.read_csv(REFERENCE / "train_index.csv")["train"].to_numpy() == 1
    train = data.pairs[trains]
    one, other = (row_positions(data.crimes, train[name]) for name in ("crime_id_1", "crime_id_2"))
    evidence = pair_evidence(data.crimes, one, other, SPEC)
    model = HistogramBayesFactor(15, 10.0).fit(evidence, train["is_linked"], train["weight"])
    first, second = np.triu_indices(len(data.crimes), 1)

    def clustered() -> Any:
        matrix = np.zeros((len(data.crimes), len(data.crimes)))
        matrix[first, second] = pair_scorer(data.crimes, model, SPEC)(first, second)
        return merge_tree(matrix + matrix.T)

    tree = clustered()
    seconds = _median_cpu_s(clustered, repeats)
    package_s = float(pd.read_csv(REFERENCE / "timings.csv").set_index("step")["cpu_median"][PACKAGE_STEP])
    theirs = pd.read_csv(REFERENCE / "hier490_average.csv")["logBF"]
    ours = "/".join(str(cut(tree, level).max() + 1) for level in CUTS)
    published = "/".join(str(len(data.crimes) - int((theirs >= level).sum())) for level in CUTS)
    say(f"490 crimes: {seconds:.4f} s; the package: {package_s} s; clusters at {CUTS}: {ours}, theirs {published}")
    return {
        "hier490_s": seconds,
        "package_ratio": package_s / seconds,
        "hier490_clusters": ours,
        "published_clusters": published,
    }


def _is_scipys(n: int, name: str, say: Callable[[str], None]) -> bool:
    rng = np.random.default_rng([n, LINKAGES.index(name)])
    first, second = np.triu_indices(n, 1)
    matrix = np.zeros((n, n))
    matrix[first, second] = rng.normal(-1.0, 2.0, len(first))
    matrix += matrix.T
    theirs = linkage(squareform(matrix.max() - matrix, checks=False), name)
    order = np.argsort(theirs[:, 2])
    heights, sizes = matrix.max() - theirs[order, 2], theirs[order, 3]
    is_equal = True
    for threshold in (-0.5, 1.0, 3.0):
        strong = matrix[first, second] >= threshold
        links = first[strong], second[strong], matrix[first, second][strong]
        tree = merge_forest(n, *links, lambda i, j: matrix[i, j], threshold, name).tree
        n_merges = int((heights >= threshold).sum())
        labels = np.stack([cut(tree, threshold), fcluster(theirs, matrix.max() - threshold, "distance")], axis=1)
        is_equal &= len(tree.log_bf) == n_merges and bool(
            np.allclose(tree.log_bf, heights[:n_merges], rtol=0, atol=1e-9)
            and np.array_equal(tree.size, sizes[:n_merges])
            and len(np.unique(labels, axis=0)) == n - n_merges
        )
    say(f"{n:,} crimes, {name}: {'equal to scipy' if is_equal else 'NOT equal to scipy'}")
    return is_equal


def _beside_scipy(n: int, repeats: int, say: Callable[[str], None]) -> dict[str, float]:
    matrix = np.random.default_rng(1).normal(-1.0, 2.0, (n, n))
    matrix = matrix + matrix.T
    distance = matrix.max() - matrix
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(distance, checks=False)
    merge_tree(matrix[:3, :3])
    ours = _median_cpu_s(lambda: merge_tree(matrix), repeats)
    theirs = _median_cpu_s(lambda: linkage(condensed, "average"), repeats)
    say(f"{n:,} crimes on the full matrix: {ours:.3f} s; scipy {theirs:.3f} s")
    return {"dense_s": ours, "scipy_s": theirs, "scipy_ratio": theirs / ours}


def _of_a_force(name: str, repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    n = SIZES[name]
    score, first, second = _invented(n, np.random.default_rng(7))
    log_bf = score(first, second)
    is_link = log_bf >= LINK_LOG_BF
    links = first[is_link].astype(np.int32), second[is_link].astype(np.int32), log_bf[is_link]
    began = time.process_time()
    forest = merge_forest(n, *links, score, LINK_LOG_BF, say=say)
    seconds = time.process_time() - began
    if repeats > 1:
        seconds = _median_cpu_s(lambda: merge_forest(n, *links, score, LINK_LOG_BF), repeats)
    say(
        f"{n:,} crimes, {len(links[0]):,} links: {len(forest.tree.first):,} merges, {forest.n_scored:,} pairs scored, "
        f"{seconds:.2f} s"
    )
    return {f"links_{name}": len(links[0]), f"scored_{name}": forest.n_scored, f"seconds_{name}": seconds}


def _invented(n: int, rng: np.random.Generator) -> tuple[PairScore, Ints, Ints]:
    """Return the score of invented crimes and all pairs that it may put at the level of a link."""
    n_towns = max(n // CRIMES_PER_TOWN, 1)
    town = rng.uniform(0, 20_000.0 * math.sqrt(n_towns), (n_towns, 2))
    place = town[rng.integers(0, n_towns, n)] + rng.normal(0, TOWN_M, (n, 2))
    x, y = np.ascontiguousarray(place[:, 0]), np.ascontiguousarray(place[:, 1])
    day = rng.uniform(0, 1_095, n)

    def score(first: Ints, second: Ints) -> Floats:
        squared = (x[first] - x[second]) ** 2 + (y[first] - y[second]) ** 2
        gap = np.abs(day[first] - day[second])
        return np.asarray(STRONGEST - np.log1p(squared / METRES**2) - gap / DAYS, dtype=np.float64)

    reach_m = METRES * math.sqrt(math.expm1(STRONGEST - LINK_LOG_BF))
    pairs = cKDTree(place).query_pairs(reach_m * (1 + 1e-9), output_type="ndarray")
    return score, pairs[:, 0], pairs[:, 1]


def _median_cpu_s(work: Callable[[], Any], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
