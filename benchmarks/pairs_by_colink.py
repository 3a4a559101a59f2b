"""The five comparisons by Colink, from a Parquet file of crimes to one of links, in one process.

    python -m benchmarks.pairs_by_colink --crimes FILE --out FILE --max-km 2 --max-days 212 [--seven]

`--seven` reads intervals of time and compares time of day and day of week too. Ends with one line of JSON: pairs within
the limits, pairs kept and the processor seconds of each step; `scoring_s` holds the search for the pairs.
"""

import argparse
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.five_comparisons import (
    AGREEMENT,
    DAY_OF_WEEK_DAYS,
    DISTANCE_KM,
    FLOOR,
    GAP_DAYS,
    ITEMS,
    TIME_OF_DAY_HOURS,
    Levels,
    prior_log_odds,
)
from benchmarks.pair_program import StepClock, options
from linkage.bayes_factors import BayesFactorTerm, HistogramBayesFactor
from linkage.candidates import LinkLimits, ordered_crimes
from linkage.crime_columns import CrimeColumns, crime_columns
from linkage.evidence import EvidenceSpec, encode_crimes
from linkage.force_links import ForceLinks, score_force
from linkage.keep_rule import KeepRule
from linkage.score_tables import ScoreTables, score_tables

THREADS = 2
FAR = 1e6
"""The end of the last level: nothing in a force is so far away, in km or in days."""

SPEC = EvidenceSpec(ITEMS)


class Loaded(NamedTuple):
    """What scoring reads: the crimes in order, and crimes and model as arrays."""

    crime_id: pd.Series
    columns: CrimeColumns
    tables: ScoreTables


def main(arguments: Sequence[str] | None = None) -> None:
    """Score the pairs and write the links."""
    parser = options(argparse.ArgumentParser(description=__doc__))
    parser.add_argument("--seven", action="store_true")
    chosen = parser.parse_args(arguments)
    limits, clock = LinkLimits(chosen.max_km, chosen.max_days), StepClock()
    keep = KeepRule(top_k=0, posterior_floor=0.0 if chosen.every_pair else FLOOR)
    with clock.step("load_s"):
        loaded = load(chosen.crimes, model_by_hand(chosen.seven), chosen.seven)
    for _ in range(1 + chosen.again):
        with clock.step("scoring_s"):
            scored = score_force(*loaded[1:], limits, keep, prior_log_odds(), n_workers=THREADS)
    with clock.step("write_s"):
        write_links(loaded.crime_id, scored, chosen.out)
    counts = {"pairs": scored.counts.n_considered, "kept": scored.n_kept, "scored_exactly": scored.counts.n_scored}
    print(json.dumps({**counts, "sum_log_bf": float(scored.links.log_bf.sum()), **clock.seconds()}))


def model_by_hand(seven: bool) -> HistogramBayesFactor:
    """Return the model of the five comparisons, or of the seven variables."""
    terms = {"distance_km": _levels_term(DISTANCE_KM), "gap_days": _levels_term(GAP_DAYS)}
    if seven:
        clock = {"tod_gap_hours": TIME_OF_DAY_HOURS, "dow_gap_days": DAY_OF_WEEK_DAYS}
        terms |= {name: _levels_term(levels) for name, levels in clock.items()}
    terms |= {f"match_{item}": _item_term(item) for item in ITEMS}
    model = HistogramBayesFactor()
    model.terms_ = terms
    model.remember(terms)
    return model


def load(path: str, model: HistogramBayesFactor, with_intervals: bool) -> Loaded:
    """Read the crimes and lay them out as arrays."""
    end = "interval_to_at" if with_intervals else "committed_to_at"
    read = ["crime_id", "easting_m", "northing_m", "committed_from_at", end, *ITEMS]
    crimes = ordered_crimes(pd.read_parquet(path, columns=read).rename(columns={end: "committed_to_at"}))
    crimes["committed_from_local"] = crimes["committed_from_at"]
    encoded = encode_crimes(crimes, SPEC)
    tables = score_tables(model, SPEC, encoded)
    assert tables is not None
    return Loaded(crimes["crime_id"], crime_columns(crimes, SPEC, model, encoded=encoded), tables)


def write_links(crime_id: pd.Series, scored: ForceLinks, path: str) -> None:
    """Write crime_id_1, crime_id_2 and log_bf of each link."""
    links = scored.links
    ends = {f"crime_id_{end}": crime_id.take(rows).array for end, rows in ((1, links.first), (2, links.second))}
    pd.DataFrame({**ends, "log_bf": links.log_bf}).to_parquet(path, index=False)


def _levels_term(levels: Levels) -> BayesFactorTerm:
    return _term(np.array([0.0, *levels.edges, FAR]), (), levels.linked, levels.unlinked, levels.log_bf())


def _item_term(item: str) -> BayesFactorTerm:
    agreement = AGREEMENT[item]
    linked, unlinked = ((share, 1 - share) for share in (agreement.linked, agreement.unlinked))
    return _term(np.empty(0), ("match", "differ"), linked, unlinked, agreement.log_bf())


def _term(edges, levels, linked, unlinked, log_bf) -> BayesFactorTerm:  # type: ignore[no-untyped-def]
    shares = np.array(linked), np.array(unlinked)
    return BayesFactorTerm(edges, levels, False, *shares, *shares, np.array(log_bf), float(len(log_bf)))


if __name__ == "__main__":
    main()
