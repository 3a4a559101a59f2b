"""The guide to capacity shows the tables that its constants give, and these follow by plain arithmetic."""

from pathlib import Path

import pytest

from benchmarks.capacity import Costs, by_density, executors, on_spark, one_machine, tables, where_one_machine_ends
from linkage.tiles import LEAST_TILE_KM, MOST_OWNED

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "capacity.md").read_text(encoding="utf-8")
ROUND = Costs(
    pairs=10_000.0,
    pairs_per_cpu_s=50e6,
    frame_bytes=500.0,
    scan_bytes=1_500.0,
    kept_links=10.0,
    solved_links=10.0,
    link_disk_bytes=20.0,
    co_linkage_bytes=30_000.0,
    record_bytes=100.0,
    found_bytes=450.0,
    sighting_bytes=100.0,
    tile_cpu_s=0.0,
    sighting_cpu_s=0.0,
    driver_core_s=1e-5,
)


def row_of(table: str, name: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


@pytest.mark.parametrize("heading", tables())
def test_the_page_shows_the_table_that_its_constants_give(heading: str) -> None:
    assert f"\n{tables()[heading]}\n" in PAGE, "run python -m benchmarks.capacity and put the table into the page"


def test_a_million_crimes_with_ten_thousand_pairs_each_take_a_hundred_seconds_of_two_cores() -> None:
    # 1e6 * 10,000 / 50e6 = 200 core seconds; 1e6 * 20 links * 20 bytes = 0.4 GB
    assert row_of(one_machine(ROUND), "pairs scored") == [
        "1.7 min, 2.0 GB, 0.4 GB on disk",
        "17 min, 20 GB, 4.0 GB on disk",
        "2.8 h, 200 GB, 40 GB on disk",
    ]


def test_a_machine_ends_where_a_stage_fills_its_share_of_the_memory() -> None:
    # 0.85 * 24e9 / 30,000 = 680,000
    assert row_of(where_one_machine_ends(ROUND), "co-linkage")[1] == "0.7 million"


def test_ten_times_the_density_is_ten_times_the_time() -> None:
    assert row_of(by_density(ROUND), "the demo's") == ["20,000", "10 billion", "1.7 min"]
    assert row_of(by_density(ROUND), "ten times") == ["200,000", "100 billion", "17 min"]


def test_cores_beyond_the_tiles_and_what_the_driver_does_shorten_nothing() -> None:
    # 39 tiles: 200 / 2 + 10, 200 / 16 + 10, then 200 / 39 + 10 s however many cores; halves go to the even
    assert row_of(on_spark(ROUND), "1 million")[4:] == ["1.8 min", "22 s", "15 s", "15 s"]
    # 1e7 * 3.8 * 100 bytes; 1e7 * (100 / 2 + 450) bytes
    assert row_of(on_spark(ROUND), "10 million")[1:3] == ["3.8 GB", "5.0 GB"]


def test_executors_have_the_time_that_the_driver_leaves() -> None:
    # 100 million: 20,000 core seconds and 1,000 of the driver; 3,600 s leave 2,600: 7.7 cores, two executors of four
    assert row_of(executors(ROUND), "100 million") == ["-", "2", "1"]
    assert row_of(executors(ROUND), "1 million") == ["1", "1", "1"]


def test_the_page_names_the_tiles_that_the_engine_cuts() -> None:
    assert f"squares of {LEAST_TILE_KM:.0f} km" in PAGE
    assert f"more than {MOST_OWNED:,} crimes" in PAGE
