"""The guide to reading text gives the figures that were kept, and all items that fell short."""

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guides" / "text-extraction.md").read_text(encoding="utf-8")
FIGURES = pd.read_csv(ROOT / "tests" / "quality" / "text" / "fresh_figures.csv")
SECOND = pd.read_csv(ROOT / "tests" / "quality" / "text" / "second_figures.csv")
AIM = 0.95


@pytest.mark.parametrize(
    ("title", "figures", "labels"),
    [("Fresh sentences", FIGURES, "labels mended"), ("Second blind sentences", SECOND, "first run")],
)
def test_every_item_below_the_aim_is_listed_with_its_figures(title: str, figures: pd.DataFrame, labels: str) -> None:
    section = TEXT.split(f"\n### {title}\n")[1].split("\n### ")[0]
    told = re.findall(r"^\| `(\w+)` \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", section, flags=re.M)
    kept = figures[(figures["labels"] == labels) & (figures["precision"] < AIM)]
    kept = kept[kept["item_code"] != "all items"]
    wanted = kept[["item_code", "n_read", "precision", "recall"]].itertuples(index=False, name=None)
    assert {(item, int(n), float(precision), float(recall)) for item, n, precision, recall in told} == set(wanted)


def test_the_first_run_and_the_run_with_labels_mended_are_both_told() -> None:
    whole = pd.concat([FIGURES, SECOND[SECOND["labels"].isin(["first run", "labels mended"])]])
    for row in whole[whole["item_code"] == "all items"].to_dict("records"):
        assert f"{row['precision']:.3f}" in TEXT
        assert f"{row['recall']:.3f}" in TEXT
