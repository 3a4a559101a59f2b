"""Colink's scoring of pairs against Splink 5 and against plain SQL, both on DuckDB: same crimes, pairs, model, floor.

    python -m benchmarks.pairs_against_splink [--quick] [--large] [--json]

Splink is of the dependency group `bench`, which `make setup` leaves out and takes away again:
`.venv/bin/uv sync --frozen --inexact --group bench`.

200,000 invented crimes of five years on 100 x 100 km, in towns. Five comparisons with probabilities set by hand
(`five_comparisons`); links are kept from the same posterior probability on. Every side runs in a process of its own
with two threads, and the processor seconds of all its threads count. Each figure is the median of five runs.

- `scoring_ratio`: pairs a processor second against Splink used as its guide shows (`pairs_by_splink`), which gets the
  pairs already found, while ours finds them in the same seconds. `_tuned`: against all that was found to help it.
- `scoring_ratio_seven`: likewise, while ours reads intervals and compares time of day and day of week as well.
- `every_pair_ratio_tuned`: without a floor, so that no pair can be left early and all are kept.
- `sql_ratio`: against the fastest plain SQL that was found (`pairs_by_sql`), which finds the pairs too.
- `end_to_end_ratio`: the whole process, from the Parquet file to one of links, its start and imports with it.
- `same_rows`: all sides found equally many pairs, kept the same, and agree on each log Bayes factor and on their sum
  to 1e-6; with the floor on all pairs, and without on the pairs within `CHECKED`.

Our kernels are compiled before. Scoring is timed warm, the second of two times; but for `splink`, whose first takes as
long, and so long that it is not done twice.
`--large` measures at about 100 million pairs instead of 20.
"""

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.five_comparisons import Limits
from benchmarks.measuring import REPEATS, report, run_measured, sayer
from benchmarks.town_crimes import write_town_crimes

N_CRIMES, N_CRIMES_QUICK = 200_000, 20_000
SEED = 1
ABOUT_20_MILLION, ABOUT_100_MILLION = Limits(2.0, 212), Limits(4.0, 327)
CHECKED = Limits(0.7, 120)
AGREE_TO = 1e-6

SIDES = {
    "splink": ["benchmarks.pairs_by_splink", "--way", "plain"],
    "splink_tuned": ["benchmarks.pairs_by_splink", "--way", "tuned"],
    "sql": ["benchmarks.pairs_by_sql"],
    "colink": ["benchmarks.pairs_by_colink"],
    "colink_seven": ["benchmarks.pairs_by_colink", "--seven"],
}
NEED_SPLINK = (
    "splink: expected the dependency group bench, got no such package; install it with "
    "`.venv/bin/uv sync --frozen --inexact --group bench`"
)

Say = Callable[[str], None]


def main() -> None:
    """Compare, measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help=f"{N_CRIMES_QUICK:,} crimes, one run")
    options.add_argument("--large", action="store_true", help="about 100 million pairs")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    chosen = options.parse_args()
    if importlib.util.find_spec("splink") is None:
        raise SystemExit(NEED_SPLINK)
    n_crimes, repeats = (N_CRIMES_QUICK, 1) if chosen.quick else (N_CRIMES, REPEATS)
    limits, say = ABOUT_100_MILLION if chosen.large else ABOUT_20_MILLION, sayer(chosen.json)
    with tempfile.TemporaryDirectory() as folder:
        crimes = Path(folder) / "crimes.parquet"
        write_town_crimes(crimes, n_crimes, SEED)
        say("comparing rows")
        agreement = _agreement(crimes, limits)
        runs = [_run(crimes, limits, say, f"{number} of {repeats}") for number in range(1, repeats + 1)]
    medians = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    figures = {"crimes": n_crimes, **agreement, **ratios(agreement["pairs"], medians), **medians}
    report("pairs_against_splink", figures, chosen.json)


def same_links(one: Path, other: Path) -> bool:
    """Tell whether two Parquet files hold the same pairs with the same log Bayes factors."""
    keys = ["crime_id_1", "crime_id_2"]
    left, right = (pd.read_parquet(path).sort_values(keys, ignore_index=True) for path in (one, other))
    if len(left) != len(right) or not (left[keys] == right[keys]).all(axis=None):
        return False
    return np.allclose(left["log_bf"], right["log_bf"], rtol=0.0, atol=AGREE_TO) and bool(
        np.isclose(left["log_bf"].sum(), right["log_bf"].sum(), rtol=AGREE_TO)
    )


def ratios(pairs: int, medians: dict[str, float]) -> dict[str, float]:
    """Return how many times ours is faster, and pairs a processor second of every side."""

    def times(what: str, side: str, ours: str = "colink") -> float:
        return medians[f"{side}_{what}"] / medians[f"{ours}_{what}"]

    scored = {side: pairs / medians[f"{side}_scoring_s"] for side in SIDES}
    return {
        "scoring_ratio": times("scoring_s", "splink"),
        "scoring_ratio_tuned": times("scoring_s", "splink_tuned"),
        "scoring_ratio_seven": times("scoring_s", "splink", "colink_seven"),
        "scoring_ratio_seven_tuned": times("scoring_s", "splink_tuned", "colink_seven"),
        **({"every_pair_ratio_tuned": times("every_pair_s", "splink_tuned")} if "sql_every_pair_s" in medians else {}),
        "end_to_end_ratio": times("end_to_end_s", "splink"),
        "end_to_end_ratio_tuned": times("end_to_end_s", "splink_tuned"),
        "sql_ratio": times("scoring_s", "sql"),
        **{f"{side}_pairs_per_cpu_s": value for side, value in scored.items()},
    }


def _agreement(crimes: Path, limits: Limits) -> dict[str, Any]:
    """Run the sides of five comparisons once, and compare what they wrote; that compiles our kernels too."""
    sides = [side for side in SIDES if side != "colink_seven"]
    links = {side: crimes.parent / f"{side}.parquet" for side in sides}
    told = {side: _scored(side, crimes, limits, links[side])[0] for side in sides}
    pairs = told["colink"]["pairs"]
    is_same = [told[side].get("pairs", pairs) == pairs and same_links(links["colink"], links[side]) for side in sides]
    every = {side: _scored(side, crimes, CHECKED, links[side], "--every-pair")[0] for side in sides}
    is_same += [same_links(links["colink"], links[side]) for side in sides]
    kept = {"kept": told["colink"]["kept"], "pairs_checked_without_floor": every["colink"]["kept"]}
    return {"pairs": pairs, **kept, "same_rows": all(is_same)}


def _run(crimes: Path, limits: Limits, say: Say, which: str) -> dict[str, float]:
    """Measure every side once."""
    links = crimes.parent / "links.parquet"
    seconds: dict[str, float] = defaultdict(float)
    for side in SIDES:
        told, spent = _scored(side, crimes, limits, links)
        seconds[f"{side}_end_to_end_s"] = spent
        seconds |= {f"{side}_{step}": told[step] for step in ("load_s", "blocking_s") if step in told}
        if side != "splink":
            told, _ = _scored(side, crimes, limits, links, "--again", "1")
        seconds[f"{side}_scoring_s"] = told["scoring_s"]
    for side in ("splink_tuned", "sql", "colink") if limits == ABOUT_20_MILLION else ():
        told, _ = _scored(side, crimes, limits, links, "--again", "1", "--every-pair")
        seconds[f"{side}_every_pair_s"] = told["scoring_s"]
    spent_by = ", ".join(
        f"{side} {seconds[f'{side}_scoring_s']:.2f} of {seconds[f'{side}_end_to_end_s']:.2f}" for side in SIDES
    )
    say(f"  run {which}: CPU seconds of scoring and of all: {spent_by}")
    return dict(seconds)


def _scored(side: str, crimes: Path, limits: Limits, links: Path, *more: str) -> tuple[dict[str, Any], float]:
    """Let a side score and return what it told and the processor seconds of its process."""
    within = ["--max-km", str(limits.max_km), "--max-days", str(limits.max_days)]
    command = [sys.executable, "-m", *SIDES[side], "--crimes", str(crimes), "--out", str(links), *within, *more]
    done = run_measured(command)
    return json.loads(done.output.splitlines()[-1]), done.cpu_s


if __name__ == "__main__":
    main()
