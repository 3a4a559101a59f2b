"""The measure of co-linkage at the scale of a force, its parts by hand and the whole run small as a user would."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.co_linkage_truth import truth_figures
from benchmarks.demo_force import DemoForce
from benchmarks.memory_of_tree import peak_of_descendants
from benchmarks.scored_force import ScoredForce, further_solved

HOLD_100_MB = "import time; held = bytearray(b'x' * 100_000_000); time.sleep(1.5)"


def truth_of(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["person_id", "crime_id", "incident_id"]).assign(is_solved=False)


def test_probabilities_stand_beside_the_share_that_is_true() -> None:
    """Crime 1 is solved to a and wrongly to x; a did 2 as well, b did 3 and 4."""
    truth = truth_of([("a", "1", "1"), ("a", "2", "2"), ("b", "3", "3"), ("b", "4", "4")])
    known = pd.DataFrame({"crime_id": ["1", "1"], "person_id": ["a", "x"], "event_at": pd.NaT})
    crimes = pd.DataFrame({"crime_id": ["2", "3", "4"], "p_known_group": [0.9, 0.3, 0.0]})
    candidates = pd.DataFrame(
        [("2", "group", 1, "solved:1", 0.9), ("3", "group", 1, "solved:1", 0.3), ("3", "crime", 1, "4", 0.6)],
        columns=["crime_id", "candidate_kind", "rank", "candidate_id", "probability"],
    )
    pairs = pd.DataFrame(
        [("1", "2", 0.9), ("2", "3", 0.08), ("2", "4", 0.06), ("3", "4", 0.6)],
        columns=["crime_id_1", "crime_id_2", "probability"],
    )
    force = ScoredForce(pd.DataFrame({"crime_id": list("1234")}), known, pd.DataFrame(), truth, -5.0)
    found = truth_figures(force, crimes, candidates, pairs)
    assert found["expected_known"] == pytest.approx(0.4)
    assert found["true_known"] == pytest.approx(1 / 3)
    assert found["first_groups_true"] == pytest.approx(0.5)
    assert [(row["from"], row["n"], row["true"]) for row in found["groups"]] == [(0.3, 1, 0.0), (0.9, 1, 1.0)]
    # The pair with the solved crime is the group's affair.
    assert [(row["from"], row["n"], row["true"]) for row in found["pairs"]] == [(0.05, 2, 0.0), (0.5, 1, 1.0)]
    assert found["pairs"][0]["said"] == pytest.approx(0.07)


def test_more_offenders_are_caught_until_the_share_is_solved_and_only_for_what_they_did() -> None:
    truth = truth_of([(f"p{i // 4}", f"{i:03d}", f"i{i}") for i in range(400)])
    crimes = pd.DataFrame({"crime_id": [f"{i:03d}" for i in range(400)]})
    named = pd.DataFrame(
        {"person_id": ["p0"] * 3, "crime_id": ["000", "001", "005"], "label_strength": ["A", "B", "D"]}
    )
    demo = DemoForce(crimes, named, (), truth)
    more = further_solved(demo, 0.15, np.random.default_rng(1))
    assert 58 <= len(more) <= 61
    assert "p0" not in set(more["person_id"])
    assert len(more.merge(truth, on=["person_id", "crime_id"])) == len(more)
    assert more.groupby("person_id").size().mean() > 2.0
    assert further_solved(demo, 0.005, np.random.default_rng(1)).empty
    pd.testing.assert_frame_equal(more, further_solved(demo, 0.15, np.random.default_rng(1)))


def test_the_memory_of_two_children_at_a_time_is_added_up() -> None:
    with peak_of_descendants() as peak:
        children = [subprocess.Popen([sys.executable, "-c", HOLD_100_MB]) for _ in range(2)]
        for child in children:
            child.wait()
    if peak.mb == 0.0:
        pytest.skip("the system tells nothing of the memory of processes")
    assert 190.0 < peak.mb < 400.0  # what they hold is 191 MB; their programs share pages with others


def test_the_memory_of_nobody_is_nothing() -> None:
    with peak_of_descendants() as peak:
        time.sleep(0.6)
    assert peak.mb == 0.0


@pytest.mark.long
def test_the_benchmark_ends_with_one_line_of_json(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.co_linkage_scale", "--crimes", "2000", "--json", "--growth"]
    done = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert len(done.stdout.splitlines()) == 1
    assert figures["benchmark"] == "co_linkage_scale"
    assert 1_900 < figures["crimes"] < 2_100
    assert 0.145 < figures["solved_share"] < 0.16
    assert figures["worst_rhat"] < 1.05
    assert figures["least_ess"] > 100
    assert 0 < figures["learning_s"] + figures["drawing_s"] + figures["reading_out_s"] < figures["seconds"] < 120
    assert figures["scoring_s"] > 0
    assert 200 < figures["peak_mb"] < 1_500
    assert abs(figures["expected_known"] - figures["true_known"]) < 0.15
    assert sum(row["n"] for row in figures["pairs"]) > 1_000
