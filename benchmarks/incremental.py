"""An incremental refresh: a thousand new crimes against a force that was scored, beside scoring everything anew.

    python -m benchmarks.incremental [--quick] [--json] [--crimes N] [--new N] [--scattered] [--max-km KM] [--folder D]

The new crimes are the latest of a demo force, or with `--scattered` any. `seconds` is from the folder of the former
state and a table of the new crimes to all links in memory and the new state written and synced; `cpu_s` its processor
seconds, of which `in_memory_s` tells the wall time before writing. `full_s` is scoring everything anew, from the table
of all crimes to all links in memory, once. `equal_to_full` compares all links, edges, solved partners and lists.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import REPEATS, medians, report, sayer
from benchmarks.trained_force import TrainedForce, trained_force
from linkage.candidates import LinkLimits
from linkage.force_refresh import ForceResult, score_changes, score_refresh
from linkage.force_state import ForceSettings, open_state, save_state
from linkage.keep_rule import KeepRule

Flags = npt.NDArray[np.bool_]

SERIES_LOG_ODDS = 0.0
"""A refresh lets series join at a posterior of one half."""


def main() -> None:
    """Score a force without its new crimes, then with them in both ways, compare, report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="2,000 crimes, 20 of them new, one run")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=1_000_000)
    options.add_argument("--new", type=int, default=1_000)
    options.add_argument("--max-km", type=float, default=LinkLimits.max_km, help="limit of distance")
    options.add_argument("--scattered", action="store_true", help="new crimes from all over the time of the force")
    options.add_argument("--folder", type=Path, help="where the demo force is kept; a temporary one by default")
    chosen = options.parse_args()
    n_crimes, n_new, repeats = (2_000, 20, 1) if chosen.quick else (chosen.crimes, chosen.new, REPEATS)
    say = sayer(chosen.json)
    with tempfile.TemporaryDirectory() as temporary:
        say(f"{n_crimes:,} demo crimes and their model")
        force = trained_force(n_crimes, 1, chosen.folder or Path(temporary))
        is_new = _new_crimes(len(force.crimes), n_new, chosen.scattered)
        figures = _compared(force, is_new, LinkLimits(chosen.max_km), Path(temporary), repeats, say)
    report("incremental", {"crimes": len(force.crimes), "new": n_new, **figures}, chosen.json)


def _new_crimes(n_crimes: int, n_new: int, is_scattered: bool) -> Flags:
    is_new = np.zeros(n_crimes, dtype=np.bool_)
    is_new[np.random.default_rng(1).choice(n_crimes, n_new, replace=False) if is_scattered else slice(-n_new, None)] = 1
    return is_new


def _compared(
    force: TrainedForce, is_new: Flags, limits: LinkLimits, folder: Path, repeats: int, say: Callable[[str], None]
) -> dict[str, object]:
    trained = force.trained
    keep = KeepRule(edge_log_bf=SERIES_LOG_ODDS - trained.prior_log_odds)
    settings = ForceSettings(trained.model, force.spec, trained.prior_log_odds, limits, keep)
    solved = set(force.known["crime_id"])
    new, solved_before = force.crimes[is_new], solved - set(force.crimes["crime_id"][is_new])
    say("the force without its new crimes")
    former = score_refresh(None, force.crimes[~is_new], settings, solved_before, say).state
    save_state(folder / "former", former)
    del former
    say("increments")
    found: list[ForceResult] = []

    def measure() -> dict[str, float]:
        found.clear()
        began, began_cpu = time.perf_counter(), time.process_time()
        found.append(score_changes(open_state(folder / "former"), new, (), settings, solved))
        in_memory = time.perf_counter() - began
        save_state(folder / "now", found[0].state)
        wall = time.perf_counter() - began
        return {"seconds": wall, "in_memory_s": in_memory, "cpu_s": time.process_time() - began_cpu}

    figures: dict[str, object] = {**medians(measure, repeats, say)}
    say("everything anew")
    began = time.perf_counter()
    full = score_refresh(None, force.crimes, settings, solved, say)
    figures["full_s"] = time.perf_counter() - began
    figures["equal_to_full"] = _is_equal(found[0], full)
    return {"max_km": limits.max_km, **figures, "links": full.links.n_kept, "crimes_scanned": found[0].n_scanned}


def _is_equal(one: ForceResult, other: ForceResult) -> bool:
    parts = [
        *((getattr(one.links, name), getattr(other.links, name)) for name in ("links", "edges", "to_solved")),
        *((getattr(one.state, name), getattr(other.state, name)) for name in ("strongest", "solved_partners", "pairs")),
    ]
    arrays = [pair for found, full in parts for pair in zip(found, full, strict=True)]
    arrays.append((one.links.is_same_incident, other.links.is_same_incident))
    return all(np.array_equal(a, b) for a, b in arrays) and len(other.links.links.first) > 0


if __name__ == "__main__":
    main()
