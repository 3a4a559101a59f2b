"""Whether items are ranked by what they are truly worth, on demo forces whose truth is known.

    python -m benchmarks.mo_priorities [--quick] [--json] [--crimes N] [--seeds 1,2,3] [--folder DIR]

What a force can know is measured from faulty records and solved crimes alone (`linkage.item_worth`). The truth is
measured by the same definitions from the true MO of all crimes and all true series, solved or not:

- `tau_*`: Kendall's tau between the two, within each crime group and over all crime groups and items together, for the
  evidence weight D1, the gain over items chosen before, and the links for 1,000 further crimes recorded; of the last
  the truth is what happens when the item is truly completed and everything is run again.
- `completion`: the change that completing an item was predicted to bring among the solved crimes, against the change
  when its true values are put in for all crimes and everything is run again: the share of changes within their
  predicted interval, Kendall's tau, and both totals.
- `refused`: items that were not ranked, and how many of those ranked have fewer than 30 linked pairs (none may).

True values that say nothing (`other`) are left out on both sides, for a refresh compares nothing by them.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.demo_force import DemoForce, demo_force
from benchmarks.measuring import report, sayer
from linkage.item_completion import item_completion
from linkage.item_information import interval, item_information
from linkage.item_lists import found_in_top, ranked_lists
from linkage.item_pairs import ItemPairs, drawn_groups, pairs_by_crime_group
from linkage.item_selection import item_gains
from linkage.item_worth import WorthSettings, item_worth
from linkage.series import series_data
from quality.minimum_standard import load_minimum_standard
from quality.priorities import mo_group_priorities

MAX_DAYS = 365.0
N_PAIRS, N_CANDIDATES, N_RESAMPLES = 20_000, 1_000_000, 200
TRUE_CANDIDATES = 4_000_000
"""In the lists that the truth is read from: most true series are unsolved, and there are many."""
KEY = ["crime_group", "item_code"]
MEASURES = {
    "evidence_weight": "true_weight",
    "incremental_gain": "true_gain",
    "links_per_1000_recorded": "true_links_per_1000",
}


class Truth(NamedTuple):
    """The crimes with their true MO, and the series of all of them."""

    crimes: pd.DataFrame
    series: pd.DataFrame


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="one force of 3,000 crimes")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=20_000)
    options.add_argument("--seeds", default="1,2,3")
    options.add_argument("--folder", type=Path, help="where demo forces are kept; a temporary one when left out")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    n_crimes, seeds = (3_000, [1]) if chosen.quick else (chosen.crimes, [int(one) for one in chosen.seeds.split(",")])
    tables = []
    with tempfile.TemporaryDirectory() as temporary:
        for seed in seeds:
            say(f"demo force of {n_crimes:,} crimes, seed {seed}")
            folder = chosen.folder or Path(temporary)
            demo = demo_force(n_crimes, seed, folder)
            truth = true_crimes(demo, folder / f"demo_{n_crimes}_{seed}" / "truth")
            tables.append(compared(demo, truth).assign(seed=seed))
            if not chosen.json:
                print(shown(tables[-1]).to_string(index=False))
    figures = summed_up(pd.concat(tables, ignore_index=True))
    report("mo_priorities", {"crimes": n_crimes, "seeds": seeds, **figures}, chosen.json)


def true_crimes(demo: DemoForce, folder: Path) -> Truth:
    """Return the crimes of a demo force with the true MO in place of what was recorded, and the true series."""
    standard, mo = load_minimum_standard(), pd.read_parquet(folder / "mo.parquet").set_index("crime_id")
    mo = mo.reindex(demo.crimes["crime_id"])
    columns = {item: _true_column(mo, item, standard.items[item].unspecific) for item in demo.items}
    incident = demo.truth.drop_duplicates("crime_id").set_index("crime_id")["incident_id"]
    crimes = demo.crimes.assign(**columns, incident_id=demo.crimes["crime_id"].map(incident))
    return Truth(crimes, series_data(demo.truth[["person_id", "crime_id"]], crimes))


def compared(demo: DemoForce, truth: Truth) -> pd.DataFrame:
    """Return what was measured and what is true, one row a crime group and item."""
    known = series_data(demo.offender_crimes, demo.crimes, strengths=("A", "B"))
    settings = WorthSettings(MAX_DAYS, N_PAIRS, N_CANDIDATES, N_RESAMPLES)
    worth = item_worth(demo.crimes, known, demo.items, settings, np.random.default_rng(1))
    measured = mo_group_priorities(worth.items, worth.draws, load_minimum_standard())
    parts = [
        pd.DataFrame(true_worth(truth, demo.items)),
        pd.DataFrame(completed_by_truth(demo, truth, known, "", N_CANDIDATES, simulate=True)),
        pd.DataFrame(completed_by_truth(demo, truth, truth.series, "true_", TRUE_CANDIDATES, simulate=False)),
    ]
    for part in parts:
        measured = measured.merge(part, on=KEY, how="left")
    return measured


def true_worth(truth: Truth, items: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the true evidence weight and gain of each crime group's items."""
    rng = np.random.default_rng(1)
    for pairs in _pairs(truth.crimes, truth.series, items):
        drawn, present = drawn_groups(pairs, 1, rng), _present(pairs)
        gains = {one.item: one.gain for one in item_gains(pairs, present, drawn, rng)}
        for item in present:
            weight = item_information(pairs, item, drawn, rng, n_shuffles=5).evidence_weight
            yield {
                "crime_group": pairs.crime_group,
                "item_code": item,
                "true_weight": weight,
                "true_gain": gains.get(item, np.nan),
            }


def completed_by_truth(
    demo: DemoForce, truth: Truth, series: pd.DataFrame, prefix: str, n_candidates: int, *, simulate: bool
) -> list[dict[str, Any]]:
    """Return what completing each item by its true values changes, all pairs and models made anew.

    Links are those of the series given: of solved crimes, or of all.
    """
    now = {pairs.crime_group: pairs for pairs in _pairs(demo.crimes, series, demo.items)}
    found_now = {group: _found(pairs, n_candidates) for group, pairs in now.items()}
    rows = []
    for item in demo.items:
        asked = {group for group, pairs in now.items() if item in _present(pairs)}
        crimes = demo.crimes.assign(**{item: truth.crimes[item]})
        for pairs in _pairs(crimes[crimes["crime_group"].isin(asked)], series, demo.items):
            before = now[pairs.crime_group]
            realised = _found(pairs, n_candidates) - found_now[pairs.crime_group]
            more = float(((pairs.items[item].code >= 0).mean()) - (before.items[item].code >= 0).mean())
            rows.append(
                {
                    "crime_group": pairs.crime_group,
                    "item_code": item,
                    f"{prefix}realised": realised,
                    f"{prefix}links_per_1000": 1000 * realised / more if more > 0 else np.nan,
                    **(_predicted(before, item) if simulate else {}),
                }
            )
    return rows


def summed_up(table: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of all forces together."""
    ranked = table[table["rank"].notna()]
    figures: dict[str, Any] = {"n_ranked": len(ranked), "n_refused": len(table) - len(ranked)}
    figures["n_ranked_below_30_pairs"] = int((ranked["n_linked"] < 30).sum())
    for measure, true in MEASURES.items():
        figures[f"tau_{measure}"] = _taus(ranked, measure, true)
    figures["tau_rank_and_true_links_per_hour"] = _taus(
        ranked.assign(true_rate=3.6 * ranked["true_links_per_1000"] / ranked["seconds"]), "links_per_hour", "true_rate"
    )
    figures["completion"] = _completion(ranked)
    return figures


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that people read."""
    names = [*KEY, "n_linked", "n_groups", "evidence_weight", "true_weight", "incremental_gain", "true_gain"]
    names += ["links_per_1000_recorded", "true_links_per_1000", "predicted", "predicted_low", "predicted_high"]
    return table[[*names, "realised", "rank", "suggested_tier", "place_share"]].round(3)


def _completion(ranked: pd.DataFrame) -> dict[str, Any]:
    within = ranked["realised"].between(ranked["predicted_low"], ranked["predicted_high"])
    sizes = ranked["n_crimes"]
    return {
        "n": len(ranked),
        "share_within_interval": float(within.mean()),
        "tau": _tau(ranked, "predicted", "realised"),
        "correlation": float(ranked["predicted"].corr(ranked["realised"])),
        "links_predicted": float((ranked["predicted"] * sizes).sum()),
        "links_realised": float((ranked["realised"] * sizes).sum()),
    }


def _taus(ranked: pd.DataFrame, measure: str, true: str) -> dict[str, Any]:
    """Return Kendall's tau within each crime group, mean over forces, their mean, and over all items together."""
    within = pd.Series(
        {key: _tau(part, measure, true) for key, part in ranked.groupby(["crime_group", "seed"]) if len(part) > 3}
    )
    by_group = within.groupby(level=0).mean() if len(within) else within
    together = [_tau(part, measure, true) for _, part in ranked.groupby("seed")]
    return {
        **{str(group): round(float(value), 3) for group, value in by_group.items()},
        "mean_within": round(float(within.mean()), 3) if len(within) else None,
        "together": round(float(np.mean(together)), 3) if together else None,
        "together_by_seed": [round(one, 3) for one in together],
    }


def _tau(part: pd.DataFrame, measure: str, true: str) -> float:
    from scipy.stats import kendalltau

    known = part[[measure, true]].dropna()
    return float(kendalltau(known[measure], known[true]).statistic) if len(known) > 1 else float("nan")


def _pairs(crimes: pd.DataFrame, series: pd.DataFrame, items: tuple[str, ...]) -> Iterator[ItemPairs]:
    rng = np.random.default_rng(1)
    return pairs_by_crime_group(crimes, series, items, MAX_DAYS, N_PAIRS, rng, most_groups=len(crimes))


def _present(pairs: ItemPairs) -> list[str]:
    return [item for item, one in sorted(pairs.items.items()) if (one.code >= 0).any()]


def _found(pairs: ItemPairs, n_candidates: int) -> float:
    """Return the linked pairs in the top of the lists, a half for each side, for a solved crime."""
    present = _present(pairs)
    lists = ranked_lists(pairs, present, MAX_DAYS, n_candidates, np.random.default_rng(2))
    found = found_in_top(lists, pairs, present[0], pairs.items[present[0]].code)
    return float(0.5 * found.sum() / max(lists.n_solved.sum(), 1))


def _predicted(pairs: ItemPairs, item: str) -> dict[str, float]:
    lists = ranked_lists(pairs, _present(pairs), MAX_DAYS, N_CANDIDATES, np.random.default_rng(2))
    rng = np.random.default_rng(3)
    found = item_completion(pairs, lists, item, drawn_groups(pairs, N_RESAMPLES, rng), rng)
    low, high = interval(found.gain_draws)
    return {
        "predicted": found.links_completed - found.links_now,
        "predicted_low": low,
        "predicted_high": high,
    }


def _true_column(mo: pd.DataFrame, item: str, unspecific: tuple[str, ...]) -> Any:
    slots = [item] if item in mo.columns else [name for name in mo.columns if name.rsplit("_", 1)[0] == item]
    told = mo[slots].astype(object)
    told = told.where(told.notna() & ~told.isin(list(unspecific)), None)
    if len(slots) == 1:
        return told[item].to_numpy()
    cells = np.empty(len(told), dtype=object)
    cells[:] = [tuple(value for value in row if value is not None) or None for row in told.to_numpy()]
    return cells


if __name__ == "__main__":
    main()
