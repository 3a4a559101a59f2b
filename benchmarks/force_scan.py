"""A demo force from its stored columns to its links, as a refresh keeps them; a program of its own, to be measured.

    python -m benchmarks.force_scan --columns FOLDER --out FOLDER [--edges-from LOG_BF]

Links are written as Parquet with the crime_ids of both ends. With `--edges-from` all pairs from a log Bayes factor on
are written as arrays for clustering instead, and no links.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.force_links import ForceLinks, score_force
from linkage.pair_scores import posterior_probability
from linkage.scoring import KeepRule, LinkLimits
from linkage.stored_columns import StoredColumns, open_columns

LINKS_A_PART = 2_000_000


def main() -> None:
    """Score, write, and print what it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--columns", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--edges-from", type=float)
    chosen = options.parse_args()
    began = time.monotonic()
    stored = open_columns(chosen.columns)
    prior_log_odds = float(stored.about["prior_log_odds"])
    wants_edges = chosen.edges_from is not None
    keep = KeepRule(0, 1.0, edge_log_bf=chosen.edges_from) if wants_edges else KeepRule()
    opened, cpu = time.monotonic(), time.process_time()
    found = score_force(stored.columns, stored.tables, LinkLimits(), keep, prior_log_odds)
    scanned, scan_cpu = time.monotonic(), time.process_time() - cpu
    chosen.out.mkdir(parents=True, exist_ok=True)
    if wants_edges:
        for name, column in found.edges._asdict().items():
            np.save(chosen.out / f"{name}.npy", column)
    else:
        _write_links(chosen.out / "links.parquet", found, stored, prior_log_odds)
    figures = {
        "pairs": found.counts.n_considered,
        "pairs_left_out": found.counts.n_pairs_left_out,
        "links": found.n_kept,
        "to_solved": len(found.to_solved.first),
        "edges": len(found.edges.first),
        "open_s": opened - began,
        "scan_s": scanned - opened,
        "scan_cpu_s": scan_cpu,
        "write_s": time.monotonic() - scanned,
    }
    print(json.dumps(figures))


def _write_links(path: Path, found: ForceLinks, stored: StoredColumns, prior_log_odds: float) -> None:
    schema = pa.schema(
        {
            "crime_id_1": pa.string(),
            "crime_id_2": pa.string(),
            "log_bf": pa.float64(),
            "posterior_probability": pa.float64(),
            "is_same_incident": pa.bool_(),
        }
    )
    names = pa.array(stored.ids.tolist(), pa.binary()).cast(pa.string())
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for begin in range(0, found.n_kept, LINKS_A_PART):
            part = slice(begin, begin + LINKS_A_PART)
            log_bf = found.links.log_bf[part]
            ends = [names.take(pa.array(rows[part])) for rows in (found.links.first, found.links.second)]
            posterior = posterior_probability(log_bf, prior_log_odds)
            writer.write_table(pa.table([*ends, log_bf, posterior, found.is_same_incident[part]], schema=schema))


if __name__ == "__main__":
    main()
