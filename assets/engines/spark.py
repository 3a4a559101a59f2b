"""Units of work on Apache Spark; the extra `spark` and a Java runtime are needed."""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from assets.engines.checkpoints import Checkpoints
from assets.engines.units import Done, finish_unit
from linkage.co_linkage_components import Unit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = "name string, seconds double"
POLL_SECONDS = 0.5
LOCAL_MASTER = "local[2]"
"""Two cores of this machine."""


class SparkMissingError(RuntimeError):
    """Spark was asked for where it is not installed."""


def finish_on_spark(folder: str, units: Sequence[Unit], session: "SparkSession") -> Iterator[Done]:
    """Do units that need none of each other; yields each once it is finished.

    Only names travel: workers read the work from the folder of checkpoints and write to it.

    Parameters
    ----------
    folder
        Of checkpoints: on a disk that every machine of the cluster reads and writes under the same path.
    units
        Those still to be done.
    session
        Of any cluster, as `spark_session` gives it. Every machine needs this version of Colink installed.
    """
    names = [unit.name for unit in sorted(units, key=lambda unit: -unit.cost)]
    if not names:
        return

    def finished(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for name in batch.column("name").to_pylist():
                yield pa.RecordBatch.from_pylist([finish_unit(folder, name)._asdict()])

    # One unit a partition: workers take the next when they are free.
    with without_advice_on_pandas():
        rows = session.sparkContext.parallelize([(name,) for name in names], len(names))
        done = session.createDataFrame(rows, "name string").mapInArrow(finished, SCHEMA)
    with ThreadPoolExecutor(1) as pool:
        collected = pool.submit(done.collect)
        seen: set[str] = set()
        # Spark hands rows back at the end only; the folder tells before what is finished.
        while not wait([collected], POLL_SECONDS).done:
            new = (Checkpoints(Path(folder)).finished() & set(names)) - seen
            seen |= new
            yield from (Done(name, float("nan")) for name in sorted(new))
    yield from (Done(row["name"], row["seconds"]) for row in collected.result() if row["name"] not in seen)


@contextmanager
def spark_session(
    master: str = LOCAL_MASTER, memory: str = "1g", scratch: Path | None = None
) -> Iterator["SparkSession"]:
    """Start Spark, or join a session that this process has, and stop what was started.

    Parameters
    ----------
    master
        `local[2]` works with two cores of this machine and is reachable from this machine alone; `spark://...`, `yarn`
        or `k8s://...` is a cluster, which Spark's own configuration describes: nothing of the network is set here.
    memory
        Of the process that hands out the units.
    scratch
        Where this machine keeps rows on their way, which are crimes; Spark's own choice is the folder for temporary
        files. A cluster's machines keep them where their own configuration says.

    Raises
    ------
    SparkMissingError
        If the extra `spark` is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SparkMissingError("engine spark: expected the extra spark, got none; install colink[spark]") from error
    builder = SparkSession.builder.master(master).appName("colink")
    for name, value in _settings(master, memory, scratch).items():
        builder = builder.config(name, value)
    found = SparkSession.getActiveSession()
    with without_advice_on_pandas():
        session = found or builder.getOrCreate()
    try:
        yield session
    finally:
        if found is None:
            session.stop()


def _settings(master: str, memory: str, scratch: Path | None) -> dict[str, str]:
    """Return Spark's settings; on this machine alone also what keeps others out."""
    settings = {"spark.driver.memory": memory, "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    if not master.startswith("local"):
        return settings
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if scratch is not None:
        settings["spark.local.dir"] = str(scratch)
    return settings | {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


@contextmanager
def without_advice_on_pandas() -> Iterator[None]:
    """Leave out the warning of Spark's conversion to pandas, which is not used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield
