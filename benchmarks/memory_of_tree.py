"""The memory of a process and all that it starts, together: what a machine must have.

The system keeps the peak of each process alone. Work that is spread over processes is read while it goes on, each
page shared among the processes that hold it.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

EVERY_S = 0.25


class TreePeak(NamedTuple):
    """Megabytes read so far."""

    peaks: list[float]

    @property
    def mb(self) -> float:
        """The largest; 0 where the system tells nothing."""
        return max(self.peaks, default=0.0)


@contextmanager
def peak_of_descendants() -> Iterator[TreePeak]:
    """Read the memory of the descendants that this process gets while the block lasts."""
    found, is_over = TreePeak([]), threading.Event()
    earlier = descendants(os.getpid())

    def watch() -> None:
        while not is_over.wait(EVERY_S):
            found.peaks.append(sum(map(_resident_mb, descendants(os.getpid()) - earlier)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()


def descendants(root: int) -> set[int]:
    """Return the processes that a process started, those that they started, and so on; none where nothing tells."""
    parent = {pid: _parent(pid) for pid in _processes()}
    below: set[int] = set()
    new = {root}
    while new:
        new = {pid for pid, its in parent.items() if its in new}
        below |= new
    return below


def _processes() -> list[int]:
    try:
        return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    except OSError:
        return []


def _parent(pid: int) -> int:
    try:
        # The second field is a name in brackets, which may hold blanks.
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return -1


def _resident_mb(pid: int) -> float:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(row.split()[1]) / 1024 for row in rows if row.startswith("Pss:")), 0.0)
