"""One unit done by whoever gets it: from the folder of checkpoints and a name, back into the folder."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from assets.engines.checkpoints import Checkpoints
from linkage.co_linkage_components import ForceWork, Unit, judge, plan

Say = Callable[[str], None]


class Done(NamedTuple):
    """A finished unit and how long it took."""

    name: str
    seconds: float


def finish_unit(folder: str, name: str) -> Done:
    """Do one unit and keep its tables; nothing but its name travels."""
    began = time.monotonic()
    work, units = _work_in(folder)
    checkpoints = Checkpoints(Path(folder))
    checkpoints.save(name, judge(work, units[name], checkpoints.load_table))
    return Done(name, time.monotonic() - began)


@functools.lru_cache(maxsize=1)
def _work_in(folder: str) -> tuple[ForceWork, dict[str, Unit]]:
    """Read the work once in each process."""
    work = Checkpoints(Path(folder)).work()
    return work, {unit.name: unit for stage in plan(work) for unit in stage}
