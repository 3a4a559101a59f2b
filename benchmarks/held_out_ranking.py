"""How far up the lists that people read the truth stands, for offenders whom the model has not seen.

    python -m benchmarks.held_out_ranking [--quick] [--json] [--crimes N] [--models full,space_and_time]

Groups of connected offenders are held out; a model is trained on the solved crimes of the others alone. Held-out crimes
are then ranked against all crimes, unsolved ones included (`partners`), against all known offenders (`offenders`), and
as the hidden member of their series among all unsolved crimes (`hidden`); on the demo force the unsolved crimes that
truly belong to a series are ranked too (`further`). `linkage.ranked_lists` says how places are counted; intervals are
over groups of offenders, and gains over space and time alone within the same resamples.

The reference data (COLINK_SHARED/reference, default ../shared) are split again and again, 30% held out, with the truth
that labels give. On the demo force `solved` takes the labels for the truth, as a force has to; `solved_true` the true
partners, unsolved ones included; `unsolved_true` ranks unsolved crimes of held-out offenders. Pairs of one incident
never count, whether the incident was recorded or, on the demo force, is known from the truth alone.

In the line of JSON each measure has value, low, high and, but for the baseline, gain over it, low, high.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.demo_force import DemoForce, demo_force
from benchmarks.held_out_forces import (
    RANKERS,
    Force,
    Ranker,
    Split,
    chosen_rankers,
    demo_split,
    fitted,
    labels_of,
    reference_splits,
)
from benchmarks.measuring import report, sayer
from benchmarks.reference_data import ReferenceData, reference_data
from linkage.bootstrap import bootstrap_rows, intervals, paired_differences
from linkage.evaluation import BASELINE
from linkage.held_out_ranking import further_member_ranks, hidden_member_ranks, offender_ranks, partner_ranks
from linkage.linkages import LINKAGES
from linkage.pair_scores import PairScore, pair_scorer
from linkage.ranked_lists import ranking_summary, rows_per_list

SHOWN = ("hit_at_1", "hit_at_5", "hit_at_20", "median_first_rank", "share_in_top_50", "search_effort_reduction")


class Question(NamedTuple):
    """Crimes to rank, and the truth about them; all rows are positions in the crimes.

    Attributes
    ----------
    crime_rows : ndarray
        Held-out crimes.
    partners : DataFrame
        crime_row, partner_row.
    true_offenders : DataFrame
        crime_row, offender.
    hidden : DataFrame
        row, offender: series whose members are hidden in turn; empty where it is not asked.
    further : tuple of two DataFrame
        row, offender of known members of series, and of all true members, whose unsolved ones are looked for.
    """

    crime_rows: np.ndarray
    partners: pd.DataFrame
    true_offenders: pd.DataFrame
    hidden: pd.DataFrame
    further: tuple[pd.DataFrame, pd.DataFrame]


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="2 splits of the reference, 2,000 demo crimes")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=20_000, help="size of the demo force; 0 leaves it out")
    options.add_argument("--held-out", type=int, default=400, help="most crimes ranked for each demo question")
    options.add_argument("--models", default=",".join(RANKERS), help="names, comma separated; the baseline is added")
    options.add_argument("--folder", type=Path, help="keeps the staged demo force for another run")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    rankers = chosen_rankers(chosen.models)
    n_repeats, n_crimes, n_resamples = (2, 2_000, 50) if chosen.quick else (10, chosen.crimes, 500)
    figures: dict[str, Any] = {}
    reference = reference_data()
    if reference is None:
        say("reference data not found under COLINK_SHARED: left out")
    else:
        figures["reference"] = _on_reference(reference, rankers, n_repeats, n_resamples, say)
    if n_crimes:
        with tempfile.TemporaryDirectory() as folder:
            say(f"demo force of {n_crimes:,} crimes")
            force = demo_force(n_crimes, 1, chosen.folder or Path(folder))
        for name, answers in _on_demo(force, rankers, chosen.held_out, n_resamples, say).items():
            figures[f"demo_{name}"] = answers
    if not chosen.json:
        _show(figures)
    report("held_out_ranking", {"crimes": n_crimes, "repeats": n_repeats, **figures}, as_json=True)


def _on_reference(
    data: ReferenceData, rankers: Mapping[str, Ranker], n_repeats: int, n_resamples: int, say: Callable[[str], None]
) -> dict[str, Any]:
    tables: dict[str, dict[str, list[pd.DataFrame]]] = {}
    for repeat, split in enumerate(reference_splits(data, n_repeats), 1):
        say(f"reference: split {repeat} of {n_repeats}")
        question = _by_labels(split.held_out, split.held_out["row"].unique())._replace(hidden=split.held_out)
        for model, ranker in rankers.items():
            for name, table in _answers(split.force, question, _score(split, ranker)).items():
                tables.setdefault(name, {}).setdefault(model, []).append(table)
    joined = {name: {model: pd.concat(parts) for model, parts in of.items()} for name, of in tables.items()}
    return _summed_up(joined, n_resamples)


def _on_demo(
    demo: DemoForce, rankers: Mapping[str, Ranker], most: int, n_resamples: int, say: Callable[[str], None]
) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    split = demo_split(demo, rng)
    questions = _demo_questions(demo, split, most, rng)
    tables: dict[str, dict[str, dict[str, pd.DataFrame]]] = {name: {} for name in questions}
    for model, ranker in rankers.items():
        score = _score(split, ranker)
        for name, question in questions.items():
            say(f"demo: {model}, {name}, {len(question.crime_rows)} crimes")
            for kind, table in _answers(split.force, question, score).items():
                tables[name].setdefault(kind, {})[model] = table
    return {name: _summed_up(of, n_resamples) for name, of in tables.items()}


def _score(split: Split, ranker: Ranker) -> PairScore:
    return pair_scorer(split.force.crimes, *fitted(split, ranker))


def _demo_questions(demo: DemoForce, split: Split, most: int, rng: np.random.Generator) -> dict[str, Question]:
    known, held_out = split.force.known, split.held_out
    true = labels_of(demo.crimes, demo.truth)
    solved = _some(held_out["row"].unique(), most, rng)
    trained = set(known["offender"]) - set(held_out["offender"])
    touched = true["row"][true["offender"].isin(trained)]
    of_held = true[true["offender"].isin(set(held_out["offender"]))]
    unsolved = np.setdiff1d(of_held["row"], np.concatenate([touched, known["row"]]))
    return {
        "solved": _by_labels(held_out, solved)._replace(hidden=held_out),
        "solved_true": _by_labels(true, solved)._replace(further=(held_out, true)),
        "unsolved_true": _by_labels(true, _some(unsolved, most, rng)),
    }


def _by_labels(labels: pd.DataFrame, crime_rows: np.ndarray) -> Question:
    """Ask for all that share an offender according to labels (row, offender)."""
    asked = labels[labels["row"].isin(crime_rows)].rename(columns={"row": "crime_row"})
    partners = asked.merge(labels.rename(columns={"row": "partner_row"}), on="offender")
    none = labels.iloc[:0]
    return Question(np.sort(crime_rows), partners[["crime_row", "partner_row"]], asked, none, (none, none))


def _answers(force: Force, question: Question, score: PairScore) -> dict[str, pd.DataFrame]:
    """Return, for each kind of list, a row a list."""
    incident = force.incident
    known, offenders = _columns(force.known)
    unsolved = np.setdiff1d(np.arange(len(force.crimes)), known)
    partners = partner_ranks(question.crime_rows, question.partners, incident, score)
    named = offender_ranks(question.crime_rows, known, offenders, question.true_offenders, incident, score)
    hidden = hidden_member_ranks(*_columns(question.hidden), unsolved, incident, score)
    members, truth = question.further
    true_members = truth.rename(columns={"row": "crime_row", "offender": "series"})
    further = further_member_ranks(*_columns(members), true_members, unsolved, incident, score)
    lists = {"partners": rows_per_list(partners, force.groups)}
    for linkage in LINKAGES:
        for kind, ranks, asked in (
            ("offenders", named, "crime_row"),
            ("hidden", hidden, "crime_row"),
            ("further", further, "series"),
        ):
            lists[f"{kind}_{linkage}"] = rows_per_list(ranks[ranks["linkage"] == linkage], force.groups, asked)
    return {name: table for name, table in lists.items() if len(table)}


def _columns(labels: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return labels["row"].to_numpy(), labels["offender"].to_numpy()


def _summed_up(tables: Mapping[str, Mapping[str, pd.DataFrame]], n_resamples: int) -> dict[str, Any]:
    """Return the figures of every list and model with their intervals, and the gains over the baseline with theirs."""
    figures: dict[str, Any] = {}
    for kind, of_models in tables.items():
        draws = bootstrap_rows(of_models, ranking_summary, np.random.default_rng(1), n_resamples=n_resamples)
        gains = paired_differences(draws, BASELINE)
        both = intervals(draws).merge(gains, on=["model", "metric"], how="left")
        figures[kind] = {
            model: {row["metric"]: _row(row) for _, row in part.iterrows()} for model, part in both.groupby("model")
        }
    return figures


def _show(figures: Mapping[str, Any]) -> None:
    print(f"{'list':<40}{'model':<16}{'lists':>6}" + "".join(f"{name:>26}" for name in SHOWN))
    for force, kinds in figures.items():
        for kind, models in kinds.items():
            for model, of in models.items():
                cells = (f"{of[name][0]:.3g} ({of[name][1]:.3g} to {of[name][2]:.3g})" for name in SHOWN)
                line = "".join(f"{cell:>26}" for cell in cells)
                print(f"{force + ', ' + kind:<40}{model:<16}{of['n_lists'][0]:>6.0f}{line}")


def _row(row: pd.Series) -> list[float | None]:
    """Return value, low, high and, for other models than the baseline, gain, low, high."""
    names = ("value", "value_low", "value_high", "difference", "difference_low", "difference_high")
    return [round(float(row[name]), 4) for name in names if pd.notna(row[name])]


def _some(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.permutation(np.sort(rows))[:most])


if __name__ == "__main__":
    main()
