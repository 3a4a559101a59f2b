"""What text rules read out of narratives: precision and recall of each item, and texts a second.

    python -m benchmarks.text_extraction [--quick] [--json] [--crimes 20000] [--seed 41] [--wording known|unseen|both]

Narratives come from the demo force, whose truth is known: `known` wording is that which the rules' author could read,
`unseen` is other wording of the same facts, written by somebody else, first read by the rules when they were done.
Precision is of values read of items that the truth holds; recall of facts that the narrative tells in some wording;
doubted values are left out of both (`recall_doubted` counts them in). `texts_per_s` is by CPU seconds of one process,
rules compiled, equal sentences read once; `distinct_per_s` reads texts none of whose sentences came before.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.measuring import report, sayer
from intake.demo.wordings import load_wordings
from intake.demo.writer import write_demo
from quality.minimum_standard import MinimumStandard, load_minimum_standard
from quality.text.extraction import read_texts
from quality.text.measurement import against_truth
from quality.text.text_rules import TextRules, load_text_rules

KEY = ["crime_id", "item_code", "value_code"]


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="2,000 crimes, known wording")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=41)
    options.add_argument("--wording", choices=["known", "unseen", "both"], default="both")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    wordings = ["known"] if chosen.quick else ["known", "unseen"] if chosen.wording == "both" else [chosen.wording]
    figures: dict[str, Any] = {}
    for wording in wordings:
        say(f"{wording} wording: {2000 if chosen.quick else chosen.crimes:,} crimes, seed {chosen.seed}")
        table, speed = measure(wording, 2000 if chosen.quick else chosen.crimes, chosen.seed)
        if not chosen.json:
            print(table.round(3).to_string(index=False))
        figures |= {f"{wording}_{name}": value for name, value in (_worst(table) | speed).items()}
    report("text_extraction", figures, chosen.json)


def measure(wording: str, n_crimes: int, seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """Make a demo force, read its narratives and compare with its truth.

    Returns
    -------
    DataFrame
        As `measurement.against_truth` gives it of certain values, with `recall_doubted`.
    dict
        texts, texts_per_s, distinct_per_s.
    """
    standard = load_minimum_standard()
    rules = load_text_rules(standard=standard)
    with tempfile.TemporaryDirectory() as folder:
        write_demo(Path(folder), n_crimes, seed, wording=wording)
        texts, truth = narratives(Path(folder)), true_values(Path(folder))
    truth = truth[truth["crime_id"].isin(texts["crime_id"])]
    told = truth[is_told(truth.merge(texts[["crime_id", "text"]], how="left", on="crime_id"), wording).to_numpy()]
    told = told[~told["value_code"].isin(["other", "unknown_tool"])]  # what says nothing is no evidence
    speed = _speed(texts, rules, standard)
    found = read_texts(texts, rules, standard).found
    certain = against_truth(found[~found["is_hedged"]], truth, told)
    every = against_truth(found, truth, told)
    return certain.merge(every[["item_code", "recall"]], on="item_code", suffixes=("", "_doubted")), speed


def narratives(demo: Path) -> pd.DataFrame:
    """Return the narratives that a demo force's extract holds, with the true crime group."""
    written = pd.concat([pd.read_csv(path, dtype=str) for path in sorted(demo.glob("landing/*/mo_narratives.csv"))])
    named = written.rename(columns={"CRIME_REF": "crime_id", "NARRATIVE": "text"})[["crime_id", "text"]].dropna()
    groups = pd.read_parquet(demo / "truth" / "crimes.parquet", columns=["crime_id", "crime_group"]).astype(str)
    texts = named.drop_duplicates("crime_id").merge(groups, on="crime_id")
    return texts.assign(text_kind="mo_summary", written_at=pd.Timestamp("2026-01-01"))


def true_values(demo: Path) -> pd.DataFrame:
    """Return the true MO as crime_id, item_code, value_code."""
    mo = pd.read_parquet(demo / "truth" / "mo.parquet").astype(object)
    long = mo.melt("crime_id", var_name="item_code", value_name="value_code").dropna()
    long["item_code"] = long["item_code"].str.replace(r"_[123]$", "", regex=True)
    return long.astype(str).drop_duplicates().reset_index(drop=True)


def is_told(facts: pd.DataFrame, wording: str) -> pd.Series:
    """Return whether a crime's text holds some wording of the fact, in whatever case and with whatever stop."""
    words = load_wordings(wording).facts
    said = {
        (item, value): [text.strip().rstrip(".").casefold() for said in pair for text in said if text.strip()]
        for item, values in words.items()
        for value, pair in values.items()
    }
    rows = zip(facts["item_code"], facts["value_code"], facts["text"].str.casefold(), strict=True)
    return pd.Series([any(phrase in text for phrase in said.get((item, value), ())) for item, value, text in rows])


def _worst(table: pd.DataFrame) -> dict[str, float]:
    judged = table[table["n_read"] >= 30]
    return {
        "precision": float(table["n_right"].sum() / table["n_read"].sum()),
        "least_precision": float(judged["precision"].min()),
        "recall": float((table["recall"] * table["n_told"]).sum() / table["n_told"].sum()),
        "least_recall": float(judged["recall"].min()),
    }


def _speed(texts: pd.DataFrame, rules: TextRules, standard: MinimumStandard) -> dict[str, float]:
    read_texts(texts.head(200), rules, standard)  # compiles
    began = time.process_time()
    n = read_texts(texts, rules, standard).n_texts
    took_s = time.process_time() - began
    sample = texts.head(2000).reset_index(drop=True)
    # A number after every word makes every sentence new, and leaves gaps that the rules must walk through.
    distinct = sample.assign(text=[_renumbered(text, row) for row, text in enumerate(sample["text"])])
    began = time.process_time()
    read_texts(distinct, rules, standard)
    return {"texts": n, "texts_per_s": n / took_s, "distinct_per_s": len(distinct) / (time.process_time() - began)}


def _renumbered(text: str, row: int) -> str:
    return ". ".join(f"{part} {row}" for part in text.split(". "))


if __name__ == "__main__":
    main()
