"""The measure of convergence, run small as a user would."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.co_linkage_convergence import package_ess_per_cpu_s, reference_crimes


@pytest.mark.long
def test_the_benchmark_ends_with_one_line_of_json(reference: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.co_linkage_convergence", "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert len(done.stdout.splitlines()) == 1
    assert figures["benchmark"] == "co_linkage_convergence"
    assert figures["seeds"] == len(figures["by_seed"]) == 1
    assert 1_500 < figures["links"] < 1_700
    assert 1.0 < figures["worst_rhat_of_links"] <= figures["worst_rhat"] < 1.1
    assert 100 < figures["least_ess"] <= figures["least_ess_of_hyperparameters"] < 1_200
    assert figures["ess_ratio_to_package"] > 15_000
    assert max(figures["rmse_from_exact_seed1"], figures["rmse_from_exact_seed2"]) < 0.002


def test_the_package_is_worth_an_effective_draw_in_six_minutes(reference: Path) -> None:
    assert 1.0 / package_ess_per_cpu_s(reference) == pytest.approx(10_000 * 0.12 / 3.2, rel=0.02)


def test_the_benchmark_reads_the_crimes_that_the_package_was_given(reference: Path) -> None:
    data = reference_crimes(reference)
    assert (len(data.crime_ids), data.arrays.unsolved.size, data.arrays.n_known) == (490, 100, 312)
    np.testing.assert_array_equal(data.missing_counts, [0, 19, 19])


def test_absent_reference_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="set COLINK_SHARED"):
        reference_crimes(tmp_path)
