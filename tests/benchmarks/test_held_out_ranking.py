"""The comparison of ranked lists, run small as a user would."""

import json
import subprocess
import sys

import pytest


@pytest.mark.long
def test_the_benchmark_ends_with_one_line_of_json():
    command = [sys.executable, "-m", "benchmarks.held_out_ranking", "--quick", "--json", "--models", "full"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert len(done.stdout.splitlines()) == 1
    assert figures["benchmark"] == "held_out_ranking"
    lists = figures["demo_solved_true"]
    assert {"partners", "offenders_single", "further_average"} <= set(lists)
    for models in lists.values():
        assert set(models) == {"full", "space_and_time"}
        value, low, high, gain, gain_low, gain_high = models["full"]["hit_at_20"]
        assert 0 <= low <= value <= high <= 1
        assert gain_low <= gain <= gain_high
        assert len(models["space_and_time"]["hit_at_20"]) == 3
