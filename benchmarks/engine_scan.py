"""All pairs of a force scored by one engine; a program of its own, so that no engine counts as another's.

    python -m benchmarks.engine_scan --columns FOLDER --engine local[1]|spark [--master local[2]] [--scratch FOLDER]

Prints seconds from columns to sorted links, processor seconds of all processes meanwhile, and a hash of all rows.
The engine has scored a few crimes before: Java has read its classes, and Python's workers the kernel.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assets.engines.pair_scans import scan_locally, scan_on_spark
from assets.engines.spark import spark_session
from benchmarks.memory_of_tree import peak_of_descendants
from benchmarks.process_time import cpu_seconds_of_tree
from linkage.crime_columns import CrimeColumns
from linkage.force_links import ForceLinks, ForceScan, links_of
from linkage.keep_rule import KeepRule
from linkage.score_tables import ScoreTables
from linkage.scoring import LinkLimits
from linkage.stored_columns import open_columns

FEW = 2_000

Scan = Callable[[CrimeColumns, ScoreTables, LinkLimits, KeepRule, float], ForceScan]


def main() -> None:
    """Score and print what it took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--columns", type=Path, required=True)
    options.add_argument("--engine", choices=("local", "spark"), required=True)
    options.add_argument("--master", default="local[2]")
    options.add_argument("--scratch", type=Path, required=True)
    chosen = options.parse_args()
    stored = open_columns(chosen.columns)
    prior_log_odds = float(stored.about["prior_log_odds"])
    few = CrimeColumns(*(values[:FEW] for values in stored.columns))
    with engine(chosen.engine, chosen.master, chosen.scratch) as scan, peak_of_descendants() as peak:
        scan(few, stored.tables, LinkLimits(), KeepRule(), prior_log_odds)
        began, cpu = time.monotonic(), cpu_seconds_of_tree()
        found = scan(stored.columns, stored.tables, LinkLimits(), KeepRule(), prior_log_odds)
        links = links_of(stored.columns, found, KeepRule(), prior_log_odds)
        figures = {"seconds": time.monotonic() - began, "cpu_s": cpu_seconds_of_tree() - cpu}
    print(json.dumps({**figures, "workers_peak_mb": peak.mb, "pairs": found.counts.n_considered, **told_of(links)}))


@contextmanager
def engine(name: str, master: str, scratch: Path) -> Iterator[Scan]:
    """Give the function that scores a force."""
    if name == "local":
        yield scan_locally
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with spark_session(master, scratch=scratch) as session:
        yield partial(scan_on_spark, session=session, folder=scratch)


def told_of(links: ForceLinks) -> dict[str, Any]:
    """Return how many links there are, and a hash that equal links alone have."""
    digest = hashlib.sha256()
    for part in (links.links, links.edges, links.to_solved, (links.is_same_incident,)):
        for values in part:
            digest.update(np.ascontiguousarray(values).tobytes())
    return {"links": links.n_kept, "rows": digest.hexdigest()}


if __name__ == "__main__":
    main()
