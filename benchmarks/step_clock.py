"""Processor seconds of the steps of a program, all its threads counted."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class StepClock:
    """Seconds by name of the step; a step done again is one that is already warm, and its first time is left out."""

    def __init__(self) -> None:
        self._spent: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what happens inside."""
        began = time.process_time()
        yield
        self._spent[name].append(time.process_time() - began)

    def seconds(self) -> dict[str, float]:
        """Return the median of each step's later times, or the one time that there is."""
        return {name: statistics.median(times[1:] or times) for name, times in self._spent.items()}
