"""Whether co-linkage finds hidden offenders better than the pair model alone, and whether its probabilities are true.

    python -m benchmarks.held_out_co_linkage [--quick] [--json] [--masks N] [--crimes N]

Four questions, each put to every model that can answer it, trained without the hidden labels:

- `published_mask`: the 40 crimes of the reference data that the package was judged on; its figures stand beside.
- `masks`: many random masks of the reference data (`benchmarks.held_out_masks`). Intervals are over masks.
- `demo`: every unsolved crime of a demo force, whose truth is known. Intervals are over true offenders.
- `neighbourhood`: 600 crimes of the demo force, so that the published model, which cannot grow, takes part.

Models: single and average link of the pair model (`histogram` as published, `additive` the default) with fitted
probabilities; the published co-linkage model, collapsed and without its faults, under its own prior and a scale-free
one, and with extensions; the forest model with nothing learned (links between unsolved crimes in full, at a tenth, or
not at all, which is the sum of a group's Bayes factors), and learned; and the mean of the probabilities of the forest
and of the published model with a spread per series. Slow ones answer the first `--slow-masks` only.

Measures are those of `benchmarks.held_out_measures`: ranks over crimes of somebody known, by mid-rank; log score
(natural, clipped at 1e-6) and Brier score over all. The first two need COLINK_SHARED/reference (default ../shared).
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.demo_force import DemoForce, demo_force
from benchmarks.held_out_answers import Answer, mean_answer
from benchmarks.held_out_cases import Case
from benchmarks.held_out_demo_case import demo_case, demo_links, demo_scores, neighbourhood_case
from benchmarks.held_out_forest import NO_STEPS, forest_answer, learned, unlearned
from benchmarks.held_out_gaussian import EXTENDED, PUBLISHED, SPREAD, Gaussian, gaussian_answer
from benchmarks.held_out_link_probability import link_answer
from benchmarks.held_out_links import CaseLinks
from benchmarks.held_out_masks import published_mask, random_masks
from benchmarks.held_out_pairs import pairs_of_unsolved, show_pairs
from benchmarks.held_out_reference_links import reference_links
from benchmarks.held_out_tally import Tally, show
from benchmarks.measuring import report, sayer
from benchmarks.reference_data import REFERENCE, SPEC, ReferenceData, reference_data
from linkage.co_linkage import CoLinkageSettings
from linkage.forest import ForestParameters

KINDS = ("additive", "histogram")
BASELINES = ("single link, additive", "average link, additive", "published, its own prior")
FIXED = {"forest as it is": 1.0, "forest, unsolved a tenth": 0.1, "sum of Bayes factors": NO_STEPS}

Say = Callable[[str], None]


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="2 masks, 5,000 demo crimes, short chains")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--masks", type=int, default=25, help="random masks of the reference data; 0 leaves it out")
    options.add_argument("--slow-masks", type=int, default=4, help="masks that slow models answer")
    options.add_argument("--crimes", type=int, default=20_000, help="size of the demo force; 0 leaves it out")
    options.add_argument("--sweeps", type=int, default=60, help="kept sweeps of each of two chains")
    options.add_argument("--folder", type=Path, help="keeps the staged demo force for another run")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    sizes = (2, 1, 5_000, 30) if chosen.quick else (chosen.masks, chosen.slow_masks, chosen.crimes, chosen.sweeps)
    n_masks, n_slow, n_crimes, n_sweeps = sizes
    settings = CoLinkageSettings(n_sweeps=n_sweeps, n_warm_up=max(n_sweeps // 3, 10), n_chains=2)
    figures: dict[str, Any] = {}
    reference = reference_data() if n_masks else None
    if reference is None:
        say("reference data not asked for, or not found under COLINK_SHARED: left out")
    else:
        figures |= _on_reference(reference, n_masks, n_slow, settings, say)
    if n_crimes:
        with tempfile.TemporaryDirectory() as folder:
            say(f"demo force of {n_crimes:,} crimes")
            force = demo_force(n_crimes, 1, chosen.folder or Path(folder))
        figures |= _on_demo(force, settings, say)
    if not chosen.json:
        _show(figures)
    sizes_asked = {"n_masks": n_masks, "n_slow_masks": n_slow, "n_crimes": n_crimes, "n_sweeps": n_sweeps}
    report("held_out_co_linkage", sizes_asked | (figures if chosen.json else {}), chosen.json)


def _on_reference(
    data: ReferenceData, n_masks: int, n_slow: int, settings: CoLinkageSettings, say: Say
) -> dict[str, Any]:
    one = Tally()
    _ask_all(one, published_mask(data), True, settings, say)
    many = Tally()
    for number, case in enumerate(random_masks(data, n_masks)):
        _ask_all(many, case, number < n_slow, settings, say)
    return {
        "package": _package(),
        "published_mask": one.figures(BASELINES),
        "masks": many.figures(BASELINES),
    }


def _ask_all(tally: Tally, case: Case, slow: bool, settings: CoLinkageSettings, say: Say) -> None:
    say(case.name)
    for kind in KINDS:
        links = reference_links(case, kind)
        _ask_links(tally, case, links, kind, slow or kind == "additive", say)
        if kind == "additive":
            forest = forest_answer(case, links, unlearned(links))
    forms = PUBLISHED | (EXTENDED if slow else {})
    _ask_published(tally, case, forest, forms, lambda form: gaussian_answer(case, form, settings, 1, SPEC.items))


def _ask_published(
    tally: Tally, case: Case, forest: Answer, forms: Mapping[str, Gaussian], ask: Callable[[Gaussian], Answer]
) -> None:
    """Ask forms of the published model, and take the mean of the one with a spread per series and the forest."""
    for name, form in forms.items():
        answer = ask(form)
        tally.add(name, case, answer)
        if name == SPREAD:
            tally.add("mean of forest and spread", case, mean_answer(case.truth.shape, (forest, answer)))


def _ask_links(
    tally: Tally, case: Case, links: CaseLinks, kind: str, learn: bool, say: Say
) -> dict[str, ForestParameters]:
    """Ask every model that rests on the pair model; return the forests that step."""
    for linkage in ("single", "average"):
        answer, fitted = link_answer(case, links, linkage)
        say(f"  {linkage} link, {kind}: {fitted}")
        tally.add(f"{linkage} link, {kind}", case, answer)
    forests = {f"{name}, {kind}": unlearned(links, factor) for name, factor in FIXED.items()}
    if learn:
        found = learned(case, links)
        say(f"  forest, {kind}: {found.mode}, share {found.known_share:.3f}, surface {found.surface_error:.2f}")
        forests[f"forest learned, {kind}"] = found.mode
    for name, parameters in forests.items():
        tally.add(name, case, forest_answer(case, links, parameters))
    return {name: parameters for name, parameters in forests.items() if not name.startswith("sum")}


def _on_demo(demo: DemoForce, settings: CoLinkageSettings, say: Say) -> dict[str, Any]:
    whole, part = Tally(), Tally()
    case = demo_case(demo)
    near, rows = neighbourhood_case(demo)
    pairs: dict[str, Any] = {}
    for kind in KINDS:
        say(f"demo, {kind}")
        scores = demo_scores(case, demo.items, kind)
        links = demo_links(case, scores)
        forests = _ask_links(whole, case, links, kind, False, say)
        pairs[kind] = pairs_of_unsolved(demo, case, links, forests)
        say(f"demo neighbourhood, {kind}")
        near_links = demo_links(near, scores, rows)
        _ask_links(part, near, near_links, kind, kind == "additive", say)
        if kind == "additive":
            forest = forest_answer(near, near_links, unlearned(near_links))
    say("demo neighbourhood, published model")
    several, single = _items(near.crimes, demo.items)
    forms = PUBLISHED | EXTENDED
    _ask_published(part, near, forest, forms, lambda form: gaussian_answer(near, form, settings, 1, single, several))
    return {
        "demo": whole.figures(BASELINES),
        "neighbourhood": part.figures(BASELINES),
        "demo_pairs": pairs,
    }


def _items(crimes: pd.DataFrame, items: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the items of several values, and those of one."""
    several = tuple(item for item in items if crimes[item].map(lambda value: isinstance(value, tuple)).any())
    return several, tuple(item for item in items if item not in several)


def _package() -> dict[str, dict[str, float]]:
    """Return what was measured of the package, and of simpler scores, on the published mask."""
    table = pd.read_csv(REFERENCE / "heldout_series.csv").set_index("method")
    names = {"top1": "hit_at_1", "top5": "hit_at_5", "mrr": "reciprocal_rank", "mean_p_true": "p_true_known"}
    chosen = table.rename(index={"faithful": "package", "patched": "package, index fixed"})[list(names)]
    return {
        str(method): {names[str(key)]: round(float(value), 4) for key, value in row.items() if pd.notna(value)}
        for method, row in chosen.iterrows()
    }


def _show(figures: dict[str, Any]) -> None:
    for method, of in figures.get("package", {}).items():
        print(f"{method:<34}" + "  ".join(f"{name} {value:.3f}" for name, value in of.items()))
    for name in ("published_mask", "masks", "demo", "neighbourhood"):
        if name in figures:
            show(name, figures[name])
    for kind, of in figures.get("demo_pairs", {}).items():
        print(f"\n{kind}:")
        show_pairs(of)


if __name__ == "__main__":
    main()
