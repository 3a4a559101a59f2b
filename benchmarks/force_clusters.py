"""The series of a demo force from the edges of its links; a program of its own, to be measured.

python -m benchmarks.force_clusters --columns FOLDER --edges FOLDER --threshold LOG_BF
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from linkage.dense_tree import cut
from linkage.merge_forest import merge_forest
from linkage.score_kernel import scores_of_pairs
from linkage.stored_columns import open_columns


def main() -> None:
    """Cluster by average linkage, and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--columns", type=Path, required=True)
    options.add_argument("--edges", type=Path, required=True)
    options.add_argument("--threshold", type=float, required=True)
    chosen = options.parse_args()
    began, cpu = time.monotonic(), time.process_time()
    stored = open_columns(chosen.columns)
    first, second, log_bf = (np.load(chosen.edges / f"{name}.npy") for name in ("first", "second", "log_bf"))
    chosen_edges = log_bf >= chosen.threshold
    edges = first[chosen_edges], second[chosen_edges], log_bf[chosen_edges]

    def score(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return scores_of_pairs(stored.tables, stored.columns, one, other)

    forest = merge_forest(len(stored.ids), *edges, score, chosen.threshold)
    sizes = np.bincount(cut(forest.tree, chosen.threshold))
    figures = {
        "edges": len(edges[0]),
        "merges": len(forest.tree.first),
        "series": int((sizes > 1).sum()),
        "largest": int(sizes.max()),
        "pairs_scored": forest.n_scored,
        "seconds": time.monotonic() - began,
        "cpu_s": time.process_time() - cpu,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
