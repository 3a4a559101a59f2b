"""The guide to models names settings, kinds, splits, measures and entries of documents that are there."""

import importlib
import inspect
import json
import re
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest
import yaml

from linkage.additive import AdditiveBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.evaluation import METRICS
from linkage.evidence_spec import EvidenceSpec
from linkage.model_document import to_document
from linkage.model_kinds import TRAINABLE
from linkage.ranked_lists import ranking_summary, rows_per_list
from linkage.term_data import KINDS
from orchestration.definitions import build_definitions

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
TEXT = (GUIDES / "models-and-evaluation.md").read_text()
QUOTED = set(re.findall(r"`([^`\n]+)`", TEXT))


def rows_of(heading: str) -> list[list[str]]:
    part = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("| ")]
    return rows[1:]  # below the heads


def test_the_run_configuration_is_accepted_and_says_the_defaults(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", TEXT, flags=re.M | re.S)
    shown = yaml.safe_load(block)
    job = build_definitions(tmp_path).resolve_job_def("refresh")
    dg.validate_run_config(job, shown)
    default = dg.validate_run_config(job, {"ops": {"landing": shown["ops"]["landing"]}})
    for step in ("training", "model_versions", "linkage_model_evaluation"):
        known = default["ops"][step]["config"]
        assert {name: known[name] for name in shown["ops"][step]["config"]} == shown["ops"][step]["config"]
    other = {"kind": "histogram", "n_bins": 15, "df": 10.0}
    assert all(name in block for name in other)
    dg.validate_run_config(job, {"ops": {**shown["ops"], "model_versions": {"config": other}}})


def test_every_kind_of_model_is_in_the_table() -> None:
    named = set(re.findall(r"`([a-z-]+)`", " ".join(row[0] for row in rows_of("Kinds of model"))))
    assert named == {kind.name for kind in KINDS} | set(TRAINABLE)


@pytest.mark.parametrize("symbol", sorted(one for one in QUOTED if re.fullmatch(r"linkage(\.\w+)+", one)))
def test_every_symbol_is_there_and_described(symbol: str) -> None:
    module, _, name = symbol.rpartition(".")
    try:
        found = importlib.import_module(symbol)
    except ModuleNotFoundError:
        found = getattr(importlib.import_module(module), name)
    assert inspect.getdoc(found)


def test_every_measure_that_is_named_is_measured() -> None:
    lists = rows_per_list(
        pd.DataFrame({"crime_row": [0], "partner_row": [1], "rank": [1.0], "n_candidates": [1]}), np.array(["a", "b"])
    )
    known = set(METRICS) | set(ranking_summary(lists))
    named = {"average_precision", "calibration_slope", "brier", "log_loss", "ece", "hit_at_1", "median_first_rank"}
    assert named <= QUOTED & known


def test_the_entries_of_a_document_are_those_that_are_written() -> None:
    evidence = pd.DataFrame({"match_tool_used": ["match", "differ"] * 20})
    model = AdditiveBayesFactor().fit(evidence, np.arange(40) < 20)
    calibrated = CalibratedBayesFactor(model, Calibration(np.array([0.0]), np.array([0.0])))
    document = to_document(calibrated, EvidenceSpec(("tool_used",)), prior_log_odds=-5.0)
    json.dumps(document, allow_nan=False)
    listed = [name for row in rows_of("A model as a document") for name in re.findall(r"`([a-z_]+)`", row[0])]
    assert sorted(listed) == sorted(document)


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (GUIDES / target).exists(), target


def test_benchmarks_that_are_named_are_there() -> None:
    part = TEXT.split("Other benchmarks:", 1)[1].split("\n\n", 1)[0]
    for name in {"natural_calibration", *re.findall(r"`(\w+)`", part)}:
        assert (GUIDES.parents[1] / "benchmarks" / f"{name}.py").exists(), name


def test_lines_fit_a_page() -> None:
    assert max(len(line) for line in TEXT.splitlines() if not line.startswith("|")) <= 120
