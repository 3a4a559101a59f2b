"""The comparison of rebuilt series, run small as a user would."""

import json
import subprocess
import sys

import pytest


@pytest.mark.long
def test_the_benchmark_ends_with_one_line_of_json():
    command = [sys.executable, "-m", "benchmarks.held_out_series", "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert figures["benchmark"] == "held_out_series"
    assert set(figures["demo"]) == {"full", "space_and_time", "histogram"}
    for of in figures["demo"].values():
        assert 0 <= of["fully"] <= of["partly"] <= 1
        assert of["exactly"] <= of["fully"]
        assert 0 < of["bcubed_f1"] <= 1


@pytest.mark.long
def test_an_unknown_model_is_refused_in_words():
    command = [sys.executable, "-m", "benchmarks.held_out_series", "--quick", "--models", "best"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--models: expected some of full, space_and_time" in done.stderr
    assert "got best" in done.stderr
