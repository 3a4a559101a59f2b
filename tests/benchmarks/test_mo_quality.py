"""The benchmark of recording quality, run small as a user would."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from benchmarks.planted_faults import FoundFaults, fault_figures


def test_precision_and_recall_by_hand() -> None:
    faults = pd.DataFrame(
        [
            ("c1", "entry_point", "not_known", True),
            ("c2", "entry_point", "not_known", False),
            ("c3", "entry_point", "not_known", False),
            ("c1", "tool_used", "missing_item", True),
        ],
        columns=["crime_id", "item_code", "fault", "is_planted"],
    )
    findings = pd.DataFrame(
        [
            ("c1", "entry_point", "not_known"),
            ("c2", "entry_point", "not_known"),
            ("c4", "entry_point", "not_known"),
            ("c3", "entry_point", "not_asked"),
            ("c1", "tool_used", "in_text_only"),
        ],
        columns=["crime_id", "item_code", "rule"],
    )
    figures = fault_figures(FoundFaults(faults, findings)).set_index("fault")
    # two of three faults are found, and two of three findings are faults; a gap found by another rule is not found
    known = figures.loc["not_known"]
    assert (known["n_faults"], known["recall"], known["precision"]) == (3, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (known["n_planted"], known["recall_planted"]) == (1, 1.0)
    # a missing item may be called by what the text says; of the two gaps found one is a fault
    missing = figures.loc["missing_item"]
    assert (missing["recall"], missing["n_findings"], missing["precision"]) == (1.0, 2, 0.5)
    assert figures.loc["duplicate_crime", ["n_faults", "n_findings"]].tolist() == [0, 0]


@pytest.mark.long
def test_the_benchmark_ends_with_one_line_of_json() -> None:
    command = [sys.executable, "-m", "benchmarks.mo_quality", "--quick", "--json", "--crimes", "2000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert len(done.stdout.splitlines()) == 1
    assert figures["benchmark"] == "mo_quality"
    assert figures["crimes"] == 2000
    assert figures["mo_rows"] > 2000 * 8
    assert 0 < figures["seconds"] < figures["process_s"]
    assert figures["findings"] > 0


@pytest.mark.long
def test_faults_of_a_demo_force_are_measured_by_kind() -> None:
    command = [sys.executable, "-m", "benchmarks.mo_quality", "--faults", "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    faults = json.loads(done.stdout)["faults"]
    assert faults["missing_item"]["recall"] == 1.0
    assert faults["invalid_code"]["precision"] == 1.0
