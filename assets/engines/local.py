"""Units of work on the cores of this machine."""

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait

from assets.engines.units import Done, finish_unit
from linkage.co_linkage_components import Unit

COST_WORTH_A_PROCESS = 1_000_000.0
"""About ten seconds; a process that starts reads its libraries for three or four."""


def finish_locally(folder: str, units: Sequence[Unit], n_workers: int | None = None) -> Iterator[Done]:
    """Do units that need none of each other; yields each as it is finished.

    Processes, not threads: half of a unit's time is spent in Python, which threads of one process do in turn. A unit
    that fails ends the run as soon as the units under way are finished; they stay finished.

    Parameters
    ----------
    folder
        Of checkpoints.
    units
        Those still to be done.
    n_workers
        Processes; one works in this process. By default as many as there are cores, one for little work.
    """
    n_workers = n_workers or _workers_for(units)
    # The dearest first, so that no core waits for a long last one.
    names = [unit.name for unit in sorted(units, key=lambda unit: -unit.cost)]
    if n_workers == 1 or len(names) < 2:
        yield from (finish_unit(folder, name) for name in names)
        return
    # A fresh process: a copy of this one would hold its threads' locks for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(n_workers, len(names)), context, initializer=_end_with_parent) as pool:
        try:
            for finished in as_completed([pool.submit(finish_unit, folder, name) for name in names]):
                yield finished.result()
        finally:
            # Where a unit fails, leaving the pool would first do all the others.
            pool.shutdown(cancel_futures=True)


def _workers_for(units: Sequence[Unit]) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if sum(unit.cost for unit in units) >= COST_WORTH_A_PROCESS else 1


def _end_with_parent() -> None:
    """End this worker when the process that started it is killed: it would otherwise wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent.sentinel,), daemon=True).start()


def _wait_for(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
