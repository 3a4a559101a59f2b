"""How hard the linkage of the demo force is, by a small model of its own: histogram naive Bayes on the written files.

Run as a script with numbers of crimes and seeds to print the figures that the writer's docstring records:
``python tests/intake/demo/test_demo_difficulty.py 5000,20000,100000 1,2,3``
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

MAX_DAYS = 365.0
SPACE_AND_TIME = ("distance_km", "gap_days", "tod_gap_hours", "dow_gap_days")
SURE = ("CONVICTED", "CAUTIONED", "CHARGED", "TIC")
N_UNLINKED = 60_000
MOST_LINKED = 60_000


class Force:
    """The written files of a demo force as arrays, one entry a crime."""

    def __init__(self, landing: Path, truth: Path) -> None:
        self.crimes = pd.read_parquet(truth / "crimes.parquet")
        self.index = pd.Index(self.crimes["crime_id"])
        self.incident = pd.factorize(self.crimes["incident_id"])[0]
        recorded = pd.read_csv(landing / "recorded_crimes.csv", dtype=str).drop_duplicates("CRIME_REF")
        recorded = recorded.set_index("CRIME_REF").loc[self.index]
        begin, end = (
            (pd.to_datetime(recorded[name], format="%d/%m/%Y %H:%M", errors="coerce") - pd.Timestamp("2023-01-02"))
            / np.timedelta64(1, "D")
            for name in ("DATE_FROM", "DATE_TO")
        )
        begin = begin.fillna(end)
        self.middle = ((begin + end) / 2).to_numpy()
        self.width = (end - begin).to_numpy()
        self.easting = recorded["EASTING"].astype(float).to_numpy()
        self.northing = recorded["NORTHING"].astype(float).to_numpy()
        self.mo = self._masks(landing)
        offenders = pd.read_parquet(truth / "offenders.parquet")
        self.true_pairs = self.index.get_indexer(offenders["crime_id"]), offenders["person_id"].to_numpy()
        named = pd.read_csv(landing / "named_persons.csv", dtype=str)
        named = named[named["BASIS"].isin(SURE)]
        self.solved_pairs = self.index.get_indexer(named["CRIME_REF"]), named["NOMINAL_REF"].to_numpy()

    def _masks(self, landing: Path) -> dict[str, np.ndarray]:
        """Return, by item, a bit for each value that a crime holds; 0 where nothing is recorded."""
        rows = pd.read_csv(landing / "mo_fields.csv", dtype=str, keep_default_na=False)
        rows = rows[~rows["MO_VALUE"].isin(["NR", "NK", "DECLINED"])]
        rows = rows.assign(crime=self.index.get_indexer(rows["CRIME_REF"])).query("crime >= 0")
        masks = {}
        for item, part in rows.groupby("MO_FIELD"):
            bits = np.left_shift(np.int64(1), pd.factorize(part["MO_VALUE"], sort=True)[0])
            masks[item] = np.zeros(len(self.index), dtype=np.int64)
            np.bitwise_or.at(masks[item], part["crime"].to_numpy(), bits)
        return masks

    def evidence(self, first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
        gap = self.middle[first] - self.middle[second]
        vague = np.maximum(self.width[first], self.width[second]) > 0.75
        columns = {
            "distance_km": np.hypot(
                self.easting[first] - self.easting[second], self.northing[first] - self.northing[second]
            )
            / 1_000,
            "gap_days": np.abs(gap),
            "tod_gap_hours": np.where(vague, np.nan, 24 * np.abs((gap + 0.5) % 1 - 0.5)),
            "dow_gap_days": np.abs((gap + 3.5) % 7 - 3.5),
        }
        for item, mask in self.mo.items():
            both = (mask[first] > 0) & (mask[second] > 0)
            columns[item] = np.where(both, (mask[first] & mask[second] > 0).astype(float), np.nan)
        return columns


def components(crime: np.ndarray, person: np.ndarray, n_crimes: int) -> np.ndarray:
    """Return each crime's co-offending component."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    who = pd.factorize(person)[0] + n_crimes
    size = n_crimes + who.max() + 1
    graph = coo_matrix((np.ones(len(crime)), (crime, who)), shape=(size, size))
    return connected_components(graph, directed=False)[1][:n_crimes]


def linked_pairs(crime: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Return every pair of crimes of one person, once."""
    pairs = [np.column_stack(np.triu_indices(0))]
    for members in pd.Series(crime).groupby(person).agg(list):
        ends = np.sort(members)
        first, second = np.triu_indices(len(ends), 1)
        pairs.append(np.column_stack([ends[first], ends[second]]))
    return np.unique(np.concatenate(pairs), axis=0)


def edges_of(name: str, values: np.ndarray) -> np.ndarray:
    if name not in SPACE_AND_TIME:
        return np.array([0.5])
    return np.unique(np.nanquantile(values, np.linspace(0, 1, 16)[1:-1]))


def log_bf(name: str, train: np.ndarray, is_linked: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Fit one variable's histogram on the training pairs and return the log Bayes factors of the test pairs."""
    edges = edges_of(name, train)
    known = ~np.isnan(train)
    bins = np.searchsorted(edges, train[known])
    counts = [np.bincount(bins[is_linked[known] == side], minlength=len(edges) + 1) + 2.0 for side in (True, False)]
    factor = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
    return np.where(np.isnan(test), 0.0, factor[np.minimum(np.searchsorted(edges, test), len(edges))])


def auc(score: np.ndarray, is_linked: np.ndarray) -> float:
    from scipy.stats import rankdata

    rank, n = rankdata(score), np.count_nonzero(is_linked)
    return float((rank[is_linked].sum() - n * (n + 1) / 2) / (n * (len(score) - n)))


def difficulty(force: Force, labels: tuple[np.ndarray, np.ndarray], n_splits: int, seed: int) -> np.ndarray:
    """Return mean AUC of space and time, and of everything, over splits by component (train on 6 of 10)."""
    rng = np.random.default_rng(seed)
    crime, person = labels
    group = components(crime, person, len(force.index))

    def kept(pairs: np.ndarray) -> np.ndarray:
        first, second = pairs.T
        near = np.abs(force.middle[first] - force.middle[second]) <= MAX_DAYS
        return pairs[near & (force.incident[first] != force.incident[second])]

    linked = kept(linked_pairs(crime, person))
    linked = linked[rng.permutation(len(linked))[:MOST_LINKED]]
    pool = np.unique(crime)
    others = pool[rng.integers(0, len(pool), (2 * N_UNLINKED, 2))]
    unlinked = kept(others[group[others[:, 0]] != group[others[:, 1]]])
    pairs = np.concatenate([linked, unlinked])
    is_linked = np.arange(len(pairs)) < len(linked)
    evidence = force.evidence(*pairs.T)
    figures = []
    for _ in range(n_splits):
        side = (rng.random(group.max() + 1) < 0.6)[group][pairs]
        train, test = side.all(axis=1), ~side.any(axis=1)
        parts = {name: log_bf(name, x[train], is_linked[train], x[test]) for name, x in evidence.items()}
        near = auc(sum(parts[name] for name in SPACE_AND_TIME), is_linked[test])
        figures.append((near, auc(sum(parts.values()), is_linked[test])))
    return np.mean(figures, axis=0)


@pytest.fixture(scope="module")
def force(summary):
    return Force(Path(summary.landing), Path(summary.truth))


def test_all_pairs_are_about_as_hard_as_calibrated(force):
    near, full = difficulty(force, force.true_pairs, 4, 1)
    assert 0.85 <= near <= 0.905
    assert 0.87 <= full <= 0.93
    assert near + 0.003 < full


def test_pairs_of_solved_crimes_are_about_as_hard(force):
    near, full = difficulty(force, force.solved_pairs, 12, 1)
    assert 0.84 <= near <= 0.915
    assert 0.86 <= full <= 0.94


def test_the_figures_fall_to_chance_when_labels_mean_nothing(force):
    crime, person = force.true_pairs
    shuffled = [(crime, np.random.default_rng(seed).permutation(person)) for seed in range(5)]
    near, full = np.mean([difficulty(force, labels, 2, 1) for labels in shuffled], axis=0)
    assert abs(near - 0.5) < 0.02
    assert abs(full - 0.5) < 0.02


def _print_figures(sizes: list[int], seeds: list[int]) -> None:
    from intake.demo.writer import write_demo

    for size in sizes:
        rows = []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                summary = write_demo(Path(folder), size, seed)
                force = Force(Path(summary.landing), Path(summary.truth))
                figures = (difficulty(force, force.true_pairs, 4, 1), difficulty(force, force.solved_pairs, 12, 1))
            rows.append(np.concatenate(figures))
            print(size, seed, np.round(rows[-1], 3), f"solved {summary.solved_share:.3f}", flush=True)
        print(size, "mean", np.round(np.mean(rows, axis=0), 3), flush=True)


if __name__ == "__main__":
    _print_figures(*([int(part) for part in text.split(",")] for text in sys.argv[1:3]))
