"""How far work is and how long it will take, from what its finished units cost."""

import time
from collections.abc import Callable, Iterable

from linkage.co_linkage_components import Unit


class Progress:
    """Counts finished units and says a line about them, one in some seconds.

    Parameters
    ----------
    units
        All of the work.
    finished
        Names of those finished before; they are done, but say nothing of speed.
    say
        Takes a line of text.
    every_seconds
        Shortest time between two lines, and before the first; what was begun to be told is told to its end.
    """

    def __init__(
        self, units: Iterable[Unit], finished: set[str], say: Callable[[str], None], every_seconds: float = 5.0
    ) -> None:
        self._cost = {unit.name: unit.cost for unit in units}
        self._left = self._cost.keys() - finished
        self._cost_before = sum(self._cost[name] for name in self._left)
        self._say, self._every = say, every_seconds
        self._began = self._said = time.monotonic()

    def finish(self, name: str) -> None:
        """Count one more unit."""
        self._left.discard(name)
        now = time.monotonic()
        is_over = not self._left and self._said > self._began
        if is_over or now - self._said >= self._every:
            self._said = now
            self._say(self.line(now - self._began))

    def line(self, seconds: float) -> str:
        """Say how much is done and how long the rest takes if it goes on as in these seconds."""
        left = sum(self._cost[name] for name in self._left)
        share = 1.0 - left / max(sum(self._cost.values()), 1e-9)
        done = f"co-linkage: {share:.0%} done, {len(self._cost) - len(self._left)} of {len(self._cost)} units"
        done_now = self._cost_before - left
        if not self._left:
            return f"{done}, {seconds:.0f} s"
        return f"{done}, about {_duration(left * seconds / done_now)} left" if done_now > 0 else done


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
