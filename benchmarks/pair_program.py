"""What the programs that score the same pairs share: what they are told, and the processor seconds of their steps."""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


def options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add what every program that scores these pairs is told."""
    parser.add_argument("--crimes", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--max-km", type=float, required=True)
    parser.add_argument("--max-days", type=int, required=True)
    parser.add_argument("--again", type=int, default=0, help="score so many times more; the first is not counted")
    parser.add_argument("--every-pair", action="store_true", help="keep all pairs, without a threshold")
    return parser


class StepClock:
    """Processor seconds of all threads by name of the step.

    A step done again is one that is already warm: its first time is left out.
    """

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
