"""Figures of the comparison of engines, and what they are made from."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.engine_scan import told_of
from benchmarks.process_time import cpu_seconds, cpu_seconds_of_tree
from benchmarks.spark import figures_of
from linkage.force_links import ForceLinks, ScanCounts
from linkage.pair_lists import PairArrays

BUSY = "import time\nwhile time.process_time() < 0.6: pass\nprint('done', flush=True)\ntime.sleep(60)"


def test_speed_up_is_one_core_over_two() -> None:
    told = {f"{name}_{figure}": 1.0 for name in ("local", "one", "two") for figure in ("seconds", "pairs", "links")}
    told |= {"one_seconds": 30.0, "two_seconds": 20.0, "one_cpu_s": 24.0, "two_cpu_s": 32.0, "local_cpu_s": 16.0}
    figures = figures_of(told | {"two_workers_peak_mb": 500.0})
    assert (figures["speed_up"], figures["cpu_speed_up"], figures["cpu_overhead"]) == (1.5, 1.5, 2.0)
    assert figures["seconds"] == 20.0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system tells nothing of processes")
def test_processor_time_of_a_child_that_goes_on_is_counted() -> None:
    tree, own = cpu_seconds_of_tree(), cpu_seconds()
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert cpu_seconds_of_tree() - tree > 0.5 + (cpu_seconds() - own)
        child.kill()


def links_with(log_bf: float, is_same_incident: bool = False) -> ForceLinks:
    pairs = PairArrays(np.array([1], np.int32), np.array([2], np.int32), np.array([log_bf]))
    return ForceLinks(pairs, np.array([is_same_incident]), pairs, pairs, ScanCounts(*[0] * len(ScanCounts._fields)))


def test_the_hash_of_links_tells_the_last_bit_and_the_incident() -> None:
    one = told_of(links_with(1.0))
    assert one == told_of(links_with(1.0))
    assert one["links"] == 1
    assert one["rows"] != told_of(links_with(np.nextafter(1.0, 2.0)))["rows"]
    assert one["rows"] != told_of(links_with(1.0, True))["rows"]
