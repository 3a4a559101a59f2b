"""The guide to reading text gives the figures that were kept, and all items that fell short."""

import re
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guides" / "text-extraction.md").read_text(encoding="utf-8")
FIGURES = pd.read_csv(ROOT / "tests" / "quality" / "text" / "fresh_figures.csv")
AIM = 0.95


def test_every_item_below_the_aim_is_listed_with_its_figures() -> None:
    section = TEXT.split("\n### Fresh sentences\n")[1].split("\n### ")[0]
    told = re.findall(r"^\| `(\w+)` \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", section, flags=re.M)
    kept = FIGURES[(FIGURES["labels"] == "labels mended") & (FIGURES["precision"] < AIM)]
    kept = kept[kept["item_code"] != "all items"]
    wanted = kept[["item_code", "n_read", "precision", "recall"]].itertuples(index=False, name=None)
    assert {(item, int(n), float(precision), float(recall)) for item, n, precision, recall in told} == set(wanted)


def test_the_first_run_and_the_run_with_labels_mended_are_both_told() -> None:
    whole = FIGURES[FIGURES["item_code"] == "all items"].set_index("labels")
    for row in whole.to_dict("records"):
        assert f"{row['precision']:.3f}" in TEXT
        assert f"{row['recall']:.3f}" in TEXT
