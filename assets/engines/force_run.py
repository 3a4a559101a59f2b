"""Force-wide co-linkage from beginning to end on either engine: units not yet finished are done, all are joined."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from assets.engines.checkpoints import open_checkpoints
from assets.engines.local import finish_locally
from assets.engines.progress import Progress
from assets.engines.units import Done
from linkage.co_linkage_components import ForceWork, Unit, joined_outcomes, plan

Engine = Callable[[str, Sequence[Unit]], Iterator[Done]]


def _to_standard_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run_force(
    work: ForceWork,
    root: Path,
    code: str,
    engine: Engine = finish_locally,
    say: Callable[[str], None] = _to_standard_error,
) -> dict[str, pd.DataFrame]:
    """Do what is not yet done of a force's co-linkage and return the joined outcomes.

    Equal work gives equal tables, whatever the engine, the number of workers and how often a run was killed.

    Parameters
    ----------
    work
    root
        Folder of checkpoints; those that other work left there are removed. The finished units of this work stay
        until `remove_checkpoints` or other work.
    code
        Version of the code, as `code_version` gives it: units of another version are not taken up.
    engine
        `finish_locally`, `partial(finish_locally, n_workers=1)`, or `partial(finish_on_spark, session=...)`.
    say
        Takes lines that tell the share done and the time left: one in five seconds at most, and none before five
        seconds are over, so that work which is soon done says nothing.
    """
    checkpoints = open_checkpoints(root, work, code)
    stages = plan(work)
    units = [unit for stage in stages for unit in stage]
    progress = Progress(units, checkpoints.finished(), say)
    for stage in stages:
        finished = checkpoints.finished()
        for done in engine(str(checkpoints.folder), [unit for unit in stage if unit.name not in finished]):
            progress.finish(done.name)
    return joined_outcomes([checkpoints.load(unit.name) for unit in units if unit.kind != "draws"])
