"""What every benchmark shares: a child process measured from outside, the machine, and the closing line."""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

REPEATS = 5
"""Noise is real: the median of five runs is what counts."""


class Measured(NamedTuple):
    """A child process: what it printed, its wall and processor seconds, and its largest resident memory."""

    output: str
    wall_s: float
    cpu_s: float
    peak_mb: float


def run_measured(command: Sequence[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end in a process of its own and measure it.

    Raises
    ------
    RuntimeError
        The command failed; carries the end of what it said.
    """
    began = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | (environment or {})
    ) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {child.returncode}: {output[-500:]}")
    return Measured(output, time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def medians(measure: Callable[[], dict[str, float]], repeats: int, say: Callable[[str], None]) -> dict[str, float]:
    """Measure several times and return the median of each figure."""
    runs = []
    for number in range(1, repeats + 1):
        runs.append(measure())
        say(f"  run {number} of {repeats}: " + ", ".join(f"{name} {value:.2f}" for name, value in runs[-1].items()))
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine() -> dict[str, Any]:
    """Describe the machine as far as it bears on speed."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 2**30),
        "python": platform.python_version(),
        "load_1m": round(os.getloadavg()[0], 2),
        "own_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def report(name: str, figures: dict[str, Any], as_json: bool) -> None:
    """Print a small table, then the one line of JSON that every benchmark ends with."""
    if not as_json:
        for figure, value in figures.items():
            print(f"  {figure:<24}{value:>14,.2f}" if isinstance(value, float) else f"  {figure:<24}{value!s:>14}")
    print(json.dumps({"benchmark": name, **figures, "machine": machine()}))


def sayer(as_json: bool) -> Callable[[str], None]:
    """Return what shows progress: standard error, or nothing when only the JSON is wanted."""
    return (lambda _text: None) if as_json else (lambda text: print(text, file=sys.stderr, flush=True))


def _cpu() -> str:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
