"""Answers of many models to many cases, judged and set beside each other."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmarks.held_out_answers import Answer
from benchmarks.held_out_cases import Case
from benchmarks.held_out_measures import MEASURES, at_best_rate, calibration, differences, per_crime, statements


class Tally:
    """Collects judged answers by model; a model need not answer every case."""

    def __init__(self) -> None:
        self._judged: dict[str, list[pd.DataFrame]] = {}
        self._stated: dict[str, list[pd.DataFrame]] = {}

    def add(self, model: str, case: Case, answer: Answer) -> None:
        """Judge an answer."""
        self._judged.setdefault(model, []).append(per_crime(case, answer))
        self._stated.setdefault(model, []).append(statements(case, answer))

    def figures(self, baselines: Sequence[str]) -> dict[str, Any]:
        """Return measures and calibration of each model, and its differences from each baseline.

        A difference is [mean, low, high, share of units won]; intervals are 95% over units.
        """
        judged = {model: at_best_rate(pd.concat(tables)) for model, tables in self._judged.items()}
        return {
            "models": {
                model: {
                    "cases": len(self._judged[model]),
                    "crimes": len(table),
                    "known": int(table["is_known"].sum()),
                    **{name: round(float(table[name].mean()), 4) for name in MEASURES},
                    "calibration": calibration(pd.concat(self._stated[model])),
                }
                for model, table in judged.items()
            },
            "differences": {name: differences(judged, name) for name in baselines if name in judged},
        }


def show(title: str, figures: dict[str, Any]) -> None:
    """Print measures, differences in reciprocal rank and log score, and calibration."""
    print(
        f"\n{title}\n{'':<34}{'cases':>6}{'crimes':>8}" + "".join(f"{name[:13]:>15}" for name in MEASURES) + "  slope"
    )
    for model, of in figures["models"].items():
        cells = "".join(f"{of[name]:>15.3f}" for name in MEASURES)
        print(f"{model:<34}{of['cases']:>6}{of['crimes']:>8}{cells}{of['calibration']['slope']:>7.2f}")
    for baseline, models in figures["differences"].items():
        print(f"\nagainst {baseline}: mean (95% interval), share of units won")
        for model, of in models.items():
            cells = (
                f"{name} {of[name][0]:+.3f} ({of[name][1]:+.3f} to {of[name][2]:+.3f}) {of[name][3]:.2f}"
                for name in ("reciprocal_rank", "log_score", "log_score_at_best_rate")
            )
            print(f"{model:<34}" + "  ".join(cells))
    print("\nstated probability from: statements, mean stated, share true")
    for model, of in figures["models"].items():
        cells = (f"{low:g}: {n}, {stated:.2f}, {true:.2f}" for low, n, stated, true in of["calibration"]["bins"])
        print(f"{model:<34}" + "; ".join(cells))
