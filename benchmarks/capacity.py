"""What a force of any size needs: time, memory, disk and traffic by stage, worked out from measured constants.

    python -m benchmarks.capacity

Prints the tables of docs/guides/capacity.md. All constants stand in `Costs`, each with where it was measured; another
machine or another force has its own, and the tables follow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

MILLION, GB, HOUR = 1_000_000, 1e9, 3_600.0
FORCES = (1 * MILLION, 10 * MILLION, 100 * MILLION)
MACHINES_GB = (8, 24, 64, 256)
DENSITIES = {"a fifth of the demo's": 0.2, "the demo's": 1.0, "three times": 3.0, "ten times": 10.0}
CORES = 4
"""Of an executor."""
SHARE_FOR_WORK = 0.85
"""Of a machine's memory; the system and what runs beside have the rest."""


@dataclass(frozen=True)
class Costs:
    """What was measured; for a crime where nothing else is said. One core is that of docs/performance.md.

    Parameters
    ----------
    pairs : float
        Pairs within 5 km and 365 days, each counted once: 9.17 billion in the demo force of a million crimes (89 by 89
        km, three years). It grows with the crimes of a year in a square kilometre.
    pairs_per_cpu_s : float
        `benchmarks.million_crimes`.
    frame_bytes, load_cpu_s : float
        The table of crimes with its items as a refresh reads it, and the time to read, encode and lay it out.
    column_bytes : float
        What scoring reads: `linkage.crime_columns`, 22 columns of codes.
    scan_bytes : float
        Memory of a scan, columns and kept partners in it: `peak_mb` of `benchmarks.million_crimes`.
    kept_links, solved_links : float
        Links stored: the 20 strongest of each crime and all above the floor; the 20 strongest to solved crimes.
    link_disk_bytes : float
        A link as Parquet: two crime_ids, log BF, posterior.
    cluster_cpu_s, cluster_bytes : float
        Average linkage down to log BF 4, and the links that it starts from.
    co_linkage_core_s, co_linkage_bytes : float
        `benchmarks.co_linkage_scale`: 115 s on two cores for 100,000 crimes; memory from 28 GB for a million.
    record_bytes, sighting_bytes : float
        A crime on its way to a tile, and what it is in the shuffle, compressed: `benchmarks.spark`.
    found_bytes : float
        What a crime found, as Parquet.
    tile_seen_bytes : float
        Memory of a worker for each crime that its tile sees: record, columns twice, and lists.
    worker_bytes : float
        Of a Python worker before its first tile, and a core's share of the Java process.
    tile_cpu_s, sighting_cpu_s : float
        What a tile costs before its first pair, and what it costs that a tile sees a crime.
    driver_core_s : float
        What is done on the driver: planning, writing and reading Parquet, putting together, and scoring crimes that
        lack a place, 0.3% of the demo's.
    """

    pairs: float = 9_170.0
    pairs_per_cpu_s: float = 51.8e6
    frame_bytes: float = 1_500.0
    load_cpu_s: float = 45e-6
    column_bytes: float = 143.0
    scan_bytes: float = 1_760.0
    kept_links: float = 13.5
    solved_links: float = 19.3
    link_disk_bytes: float = 18.5
    cluster_cpu_s: float = 120e-6
    cluster_bytes: float = 2_500.0
    co_linkage_core_s: float = 2_300e-6
    co_linkage_bytes: float = 28_000.0
    record_bytes: float = 151.0
    sighting_bytes: float = 82.0
    found_bytes: float = 480.0
    tile_seen_bytes: float = 1_580.0
    worker_bytes: float = 0.5e9
    tile_cpu_s: float = 0.5
    sighting_cpu_s: float = 11e-6
    driver_core_s: float = 22e-6


class Tiling(NamedTuple):
    """How the demo force of a million crimes falls into tiles (`linkage.tiles.plan_tiles`).

    Attributes
    ----------
    side_km, most_owned : float
        Side of a square, and crimes that a tile owns at most.
    n_tiles : int
    sightings : float
        Tiles that see a crime, in the mean.
    most_seen : int
        Crimes that the largest tile sees.
    """

    side_km: float
    most_owned: int
    n_tiles: int
    sightings: float
    most_seen: int


TILINGS = (
    Tiling(10.0, 50_000, 89, 4.2, 197_000),
    Tiling(20.0, 20_000, 68, 7.0, 228_000),
    Tiling(20.0, 50_000, 39, 3.8, 277_000),
    Tiling(40.0, 50_000, 26, 5.4, 431_000),
    Tiling(40.0, 200_000, 12, 2.3, 549_000),
)
USUAL = TILINGS[2]
"""Widths and sizes by default."""


class Stage(NamedTuple):
    """One stage of a refresh.

    Attributes
    ----------
    name : str
    core_s : function of Costs to float
        Processor seconds a crime.
    cores : int
        How many cores it can use of two.
    memory, disk : function of Costs to float
        Bytes a crime: at its peak, and left on disk.
    """

    name: str
    core_s: Callable[[Costs], float]
    cores: int
    memory: Callable[[Costs], float]
    disk: Callable[[Costs], float]


def scan_core_s(costs: Costs) -> float:
    """Return the processor seconds of scoring all pairs of a crime."""
    return costs.pairs / costs.pairs_per_cpu_s


def refresh_bytes(costs: Costs) -> float:
    """Return the bytes of a crime while its pairs are scored in a refresh: the table of crimes is there meanwhile."""
    return costs.frame_bytes + costs.scan_bytes


STAGES = (
    Stage("crimes read and laid out", lambda c: c.load_cpu_s, 1, lambda c: c.frame_bytes, lambda c: c.column_bytes),
    Stage(
        "pairs scored",
        scan_core_s,
        2,
        refresh_bytes,
        lambda c: (c.kept_links + c.solved_links) * c.link_disk_bytes,
    ),
    Stage("clusters down to log BF 4", lambda c: c.cluster_cpu_s, 1, lambda c: c.cluster_bytes, lambda c: 0.0),
    Stage("co-linkage", lambda c: c.co_linkage_core_s, 2, lambda c: c.co_linkage_bytes, lambda c: 0.0),
)


def one_machine(costs: Costs, forces: tuple[int, ...] = FORCES) -> str:
    """Return the table of stages on one machine of two cores: time, memory, and what is left on disk."""

    def cell(stage: Stage, n: int) -> str:
        time, memory, disk = n * stage.core_s(costs) / stage.cores, n * stage.memory(costs), n * stage.disk(costs)
        return ", ".join([_time(time), _bytes(memory), *([f"{_bytes(disk)} on disk"] if disk else [])])

    rows = [[stage.name, *(cell(stage, n) for n in forces)] for stage in STAGES]
    return table(["stage", *(f"{n // MILLION} million crimes" for n in forces)], rows)


def where_one_machine_ends(costs: Costs, machines_gb: tuple[int, ...] = MACHINES_GB) -> str:
    """Return the table of the most crimes that each stage takes in a machine's memory."""
    rows = [
        [stage.name, *(_count(SHARE_FOR_WORK * gb * GB / stage.memory(costs)) for gb in machines_gb)]
        for stage in STAGES
    ]
    return table(["stage", *(f"{gb} GB" for gb in machines_gb)], rows)


def by_density(costs: Costs, crimes: int = MILLION) -> str:
    """Return the table of scoring a million crimes that lie denser or thinner than the demo's."""
    rows = []
    for name, factor in DENSITIES.items():
        pairs = factor * costs.pairs
        seconds = crimes * pairs / costs.pairs_per_cpu_s / 2
        rows.append([name, f"{2 * pairs:,.0f}", f"{crimes * pairs / 1e9:,.0f} billion", _time(seconds)])
    return table(["crimes of a year in a square km", "crimes that a crime meets", "pairs", "time on two cores"], rows)


def by_tile(costs: Costs, crimes: int = MILLION) -> str:
    """Return the table of tiles: how often a crime travels, and what the largest tile needs."""
    rows = [
        [
            f"{one.side_km:.0f} km, {one.most_owned:,} crimes",
            str(one.n_tiles),
            f"{one.sightings:.1f}",
            _bytes(crimes * one.sightings * costs.sighting_bytes),
            _bytes(costs.worker_bytes + one.most_seen * costs.tile_seen_bytes),
        ]
        for one in TILINGS
    ]
    head = ["side, owns at most", "tiles", "tiles that see a crime", "shuffle", "memory of a core, largest tile"]
    return table(head, rows)


def on_spark(costs: Costs, forces: tuple[int, ...] = FORCES, cores: tuple[int, ...] = (2, 16, 64, 256)) -> str:
    """Return the table of scoring on Spark: tiles, traffic, disk, and time by cores."""
    rows = []
    for n in forces:
        tiles, sightings = n / MILLION * USUAL.n_tiles, n * USUAL.sightings
        # More cores than tiles have nothing to do; what the driver does no executor shortens.
        times = [_time(executors_core_s(costs, n) / min(one, tiles) + n * costs.driver_core_s) for one in cores]
        traffic = _bytes(sightings * costs.sighting_bytes)
        disk, driver = _bytes(n * (costs.record_bytes / 2 + costs.found_bytes)), _bytes(n * refresh_bytes(costs))
        rows.append([f"{n // MILLION} million", f"{tiles:,.0f}", traffic, disk, driver, *times])
    at_work = [f"{one} cores" for one in cores]
    return table(["crimes", "tiles", "shuffle", "Parquet in and out", "memory of the driver", *at_work], rows)


def executors(costs: Costs, forces: tuple[int, ...] = FORCES, hours: tuple[float, ...] = (0.25, 1.0, 4.0)) -> str:
    """Return the table of how many executors score a force in so many hours; none can where the driver takes longer."""
    rows = []
    for n in forces:
        left_s = [one * HOUR - n * costs.driver_core_s for one in hours]
        cores = [executors_core_s(costs, n) / one if one > 0 else math.inf for one in left_s]
        has_work = [one <= n / MILLION * USUAL.n_tiles for one in cores]
        needed = [f"{math.ceil(one / CORES):,}" if can else "-" for one, can in zip(cores, has_work, strict=True)]
        rows.append([f"{n // MILLION} million", *needed])
    return table(["crimes", *(_time(one * HOUR) for one in hours)], rows)


def executors_core_s(costs: Costs, n_crimes: int) -> float:
    """Return the processor seconds that all executors together take."""
    tiles, sightings = n_crimes / MILLION * USUAL.n_tiles, n_crimes * USUAL.sightings
    return n_crimes * scan_core_s(costs) + tiles * costs.tile_cpu_s + sightings * costs.sighting_cpu_s


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table of Markdown, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables(costs: Costs = Costs()) -> dict[str, str]:
    """Return all tables by the heading that they stand under."""
    return {
        "One machine": one_machine(costs),
        "Where one machine ends": where_one_machine_ends(costs),
        "Density": by_density(costs),
        "Tiles": by_tile(costs),
        "On Spark": on_spark(costs),
        "Executors": executors(costs),
    }


def _two_digits(value: float) -> str:
    rounded = round(value, 1 - math.floor(math.log10(value)))
    return f"{rounded:,.1f}" if rounded < 10 else f"{rounded:,.0f}"


def _time(seconds: float) -> str:
    for unit, size in (("h", HOUR), ("min", 60.0)):
        if seconds >= 1.5 * size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds)} s"


def _bytes(n_bytes: float) -> str:
    return f"{_two_digits(n_bytes / GB)} GB"


def _count(crimes: float) -> str:
    return f"{_two_digits(crimes / MILLION)} million"


def main() -> None:
    """Print the tables."""
    for heading, text in tables().items():
        print(f"## {heading}\n\n{text}\n")


if __name__ == "__main__":
    main()
