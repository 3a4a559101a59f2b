"""All pairs of a force scored on either engine: the cores of this machine, or Apache Spark; what is found is equal."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.engines.crime_records import from_records, no_crimes, places_of, record_type, records_of, write_crimes
from assets.engines.spark import without_advice_on_pandas
from assets.engines.tile_tables import FOUND, as_table, findings_of
from linkage.candidates import LinkLimits
from linkage.crime_cells import places_and_times
from linkage.crime_columns import CrimeColumns
from linkage.force_links import ForceScan, scan_force
from linkage.keep_rule import KeepRule
from linkage.score_tables import ScoreTables
from linkage.tile_scans import ScanTask, TileFindings, scan_of_tiles, scan_tile
from linkage.tiles import MOST_OWNED, TilePlan, fitting_plan, sightings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Say = Callable[[str], None]

PLACE = "pairs"
SIGHTED = "tile int, is_owned boolean, record binary"
TILES_PER_CORE = 2
"""Tiles of a small force are cut so that every core gets about as many."""
PARTITIONS_PER_TILE = 4
"""So that few tiles share one: tiles are dealt to partitions by a hash of their number. An empty one costs little."""

POLL_SECONDS, SECONDS_BETWEEN_REPORTS = 0.5, 5.0


def scan_locally(
    columns: CrimeColumns,
    tables: ScoreTables,
    limits: LinkLimits,
    keep: KeepRule,
    prior_log_odds: float,
    say: Say | None = None,
) -> ForceScan:
    """Score all pairs of a force on the cores of this machine; see `linkage.force_links.scan_force`."""
    return scan_force(columns, tables, limits, keep, prior_log_odds, say)


def scan_on_spark(
    columns: CrimeColumns,
    tables: ScoreTables,
    limits: LinkLimits,
    keep: KeepRule,
    prior_log_odds: float,
    say: Say | None = None,
    *,
    session: "SparkSession",
    folder: Path,
    most_owned: int = MOST_OWNED,
) -> ForceScan:
    """Score all pairs of a force on Apache Spark; equal to `scan_locally` but for the order of `pairs`.

    Crimes are written as Parquet, each row goes to the tiles that see it, the kernel of this machine runs on each tile,
    and what crimes found is written as Parquet, whence it is put together here. Crimes that lack a place or a time are
    scored here. Nothing of it is left in the folder, and what a killed run left there goes.

    Parameters
    ----------
    columns, tables, limits, keep, prior_log_odds, say
        As in `scan_locally`.
    session
        Of any cluster, as `assets.engines.spark.spark_session` gives it. Every machine needs this version of Colink.
    folder
        Of one run at a time, on a disk that every machine of the cluster reads and writes under the same path.
    most_owned
        Crimes that a tile owns at most; it decides memory and traffic, not what is found.
    """
    task = ScanTask(tables, limits, keep, prior_log_odds)
    cores = session.sparkContext.defaultParallelism
    most_owned = max(1, min(most_owned, -(-len(columns.x) // (TILES_PER_CORE * cores))))
    place = folder / PLACE
    shutil.rmtree(place, ignore_errors=True)
    try:
        write_crimes(columns, place / "crimes")
        plan = fitting_plan(places_and_times(columns), limits, most_owned)
        n_tasks = max(PARTITIONS_PER_TILE * len(plan.n_owned), 1)
        with without_advice_on_pandas():
            _tell(_scanning(columns, task, plan, n_tasks, session, place), n_tasks, session, say)
        return scan_of_tiles(_findings(place / "found", keep.top_k), columns, task)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _scanning(
    columns: CrimeColumns, task: ScanTask, plan: TilePlan, n_tasks: int, session: "SparkSession", place: Path
) -> Callable[[], None]:
    """Return the work that sends crimes to the tiles that see them, scans all tiles and writes what was found."""
    kind, empty = record_type(columns), no_crimes(columns)
    given = session.sparkContext.broadcast((plan, task, empty))

    def sighted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            row, tile, is_owned = sightings(given.value[0], places_of(batch))
            columns_sent = [
                pa.array(tile.astype(np.int32)),
                pa.array(is_owned),
                batch.column("record").take(pa.array(row)),
            ]
            yield pa.RecordBatch.from_arrays(columns_sent, ["tile", "is_owned", "record"])

    def scanned(tile: pa.Table) -> pa.Table:
        _, task, empty = given.value
        records = records_of(tile.column("record"), kind)
        seen = from_records(records, empty)
        owned = records["row"][tile.column("is_owned").to_numpy()]
        return as_table(scan_tile(seen.row, seen.columns, np.isin(seen.row, owned), task))

    def scan() -> None:
        crimes = session.read.parquet(str(place / "crimes")).mapInArrow(sighted, SIGHTED)
        tiles = crimes.repartition(n_tasks, "tile").groupBy("tile")
        tiles.applyInArrow(scanned, FOUND).write.parquet(str(place / "found"))

    return scan


def _tell(scan: Callable[[], None], n_tasks: int, session: "SparkSession", say: Say | None) -> None:
    """Do the work, and say now and then how far Spark is with it."""
    with ThreadPoolExecutor(1) as pool:
        working: Future[None] = pool.submit(scan)
        last = time.monotonic()
        while not wait([working], POLL_SECONDS).done:
            if say is not None and time.monotonic() - last >= SECONDS_BETWEEN_REPORTS:
                last = time.monotonic()
                say(_progress(session, n_tasks))
        working.result()


def _progress(session: "SparkSession", n_tasks: int) -> str:
    tracker = session.sparkContext.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    done = [stage.numCompletedTasks for stage in stages if stage and stage.numTasks == n_tasks]
    return f"pairs scored on Spark: {max(done)} of {n_tasks} tasks" if done else "crimes on their way to their tiles"


def _findings(folder: Path, top_k: int) -> Iterator[TileFindings]:
    for path in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=100_000):
            yield findings_of(pa.Table.from_batches([batch]), top_k)
