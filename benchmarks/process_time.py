"""Processor time of this process and of those that it started and that have ended."""

import os
from pathlib import Path

from benchmarks.memory_of_tree import descendants


def cpu_seconds() -> float:
    """Return seconds, of user and system."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def cpu_seconds_of_tree() -> float:
    """Return the seconds of this process and of all below it, also where those have not ended.

    Where the system tells nothing of processes, those that have not ended count nothing.
    """
    ticks = sum(_ticks(pid) for pid in descendants(os.getpid()))
    return cpu_seconds() + ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """Return what a process and its ended children took; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0
    return sum(int(field) for field in fields[11:15])
