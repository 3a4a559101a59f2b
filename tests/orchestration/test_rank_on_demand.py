"""Ranking from the columns that a snapshot carries: what its tables and its model give, row for row, and in bulk."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from linkage.crime_columns import crime_columns
from linkage.evidence import encode_crimes
from linkage.score_tables import score_tables
from linkage.stored_columns import save_columns
from orchestration.snapshot_crimes import SOLVED, published_crimes, published_limits, published_model
from orchestration.snapshot_reading import published as read
from publication.tables import COMPARABLE
from tests.orchestration.test_command_line import assert_one_line, call, data, snapshot

if TYPE_CHECKING:
    from tests.orchestration.conftest import Home

ALL = ("--top", 100_000)


class Homes:
    """Two homes with the same published tables; one of them carries columns."""

    def __init__(self, published: "Home", folder: Path) -> None:
        source = (published.folder / "published" / "current").resolve()
        self.plain, self.with_columns = (self._copied(source, folder / name) for name in ("plain", "with_columns"))
        self.snapshot = self.with_columns / "published" / "copy"
        model, spec, _ = published_model(self.snapshot)
        crimes = published_crimes(self.snapshot, spec.compared)
        encoded = encode_crimes(crimes, spec)
        across = published_limits(self.snapshot).across_groups
        solved = list(read(self.snapshot, SOLVED, [])["crime_id"])
        columns = crime_columns(crimes, spec, model, across, solved, encoded)
        tables = score_tables(model, spec, encoded)
        assert tables is not None
        save_columns(self.snapshot / COMPARABLE, crimes["crime_id"], columns, tables)

    @staticmethod
    def _copied(source: Path, home: Path) -> Path:
        shown = home / "published" / "copy"
        shown.mkdir(parents=True)
        for name in ("colink.duckdb", "manifest.json"):
            shutil.copy2(source / name, shown)
        (home / "published" / "current").symlink_to("copy")
        return home

    def both(self, *arguments: object) -> list[Any]:
        return [data("rank", *arguments, "--home", home) for home in (self.plain, self.with_columns)]


@pytest.fixture(scope="module")
def homes(published: "Home", tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return Homes(published, tmp_path_factory.mktemp("homes"))


@pytest.fixture(scope="module")
def crime_id(published: "Home") -> str:
    query = """
        select crime_id from crime_rankings join crimes using (crime_id) where easting_m is not null
        group by 1 order by count(distinct candidate_kind) desc, 1 limit 1
    """
    return str(snapshot(published, query)[0][0])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--among", "crimes", *ALL],
        ["--among", "crimes", "--within-km", 4, "--within-days", 330, *ALL],
        ["--among", "series", *ALL],
        ["--among", "offenders", "--linkage", "average", *ALL],
    ],
)
def test_columns_give_what_tables_and_model_give(arguments: list[object], homes: Homes, crime_id: str) -> None:
    of_tables, of_columns = homes.both(crime_id, *arguments)
    assert of_columns == of_tables
    assert of_columns["rows"]


def test_columns_give_the_same_further_crimes_of_sets(homes: Homes, published: "Home") -> None:
    sets = [
        ["--crimes", ",".join(one for (one,) in snapshot(published, "select crime_id from crimes order by 1 limit 4"))],
        ["--series", *snapshot(published, "select max(series_id) from series_members")[0]],
        ["--offender", *snapshot(published, "select min(person_id) from series_data")[0], "--with-solved"],
    ]
    for wanted in sets:
        of_tables, of_columns = homes.both(*wanted, "--linkage", "average", *ALL)
        assert of_columns == of_tables
        assert of_columns["rows"]


def test_a_crime_among_all_crimes_is_the_set_of_one_with_solved_crimes(homes: Homes, crime_id: str) -> None:
    among = data("rank", crime_id, "--among", "crimes", *ALL, "--home", homes.with_columns)
    as_set = data("rank", "--crimes", crime_id, "--with-solved", *ALL, "--home", homes.with_columns)
    assert among == as_set
    assert {row["is_solved"] for row in among["rows"]} == {True, False}


def test_limits_asked_for_hold(homes: Homes, crime_id: str) -> None:
    answer = data("rank", crime_id, "--among", "crimes", "--within-km", 2, *ALL, "--home", homes.with_columns)
    everything = data("rank", crime_id, "--among", "crimes", *ALL, "--home", homes.with_columns)["rows"]
    # A crime without a place is within any distance.
    near = [row["crime_id"] for row in everything if row["distance_km"] is None or row["distance_km"] <= 2]
    assert [row["crime_id"] for row in answer["rows"]] == near
    assert 0 < len(near) < len(everything)
    assert "every crime within 2 km and 365 days" in answer["note"]


@pytest.mark.parametrize(("among", "kind"), [("series", "series"), ("offenders", "offender")])
def test_groups_that_the_refresh_listed_are_among_all_with_the_same_figures(
    among: str, kind: str, homes: Homes, published: "Home", crime_id: str
) -> None:
    names = ("log_bf", "posterior_probability", "average", "single", "complete", "n_crimes", "nearest_crime_id")
    query = f"select candidate_id, {', '.join(names)} from crime_rankings"
    listed = snapshot(published, f"{query} where crime_id = '{crime_id}' and candidate_kind = '{kind}'")
    answer = data("rank", crime_id, "--among", among, *ALL, "--home", homes.with_columns)
    found = {row["candidate_id"]: row for row in answer["rows"]}
    assert listed
    for candidate_id, *expected in listed:
        assert [found[candidate_id][name] for name in names] == pytest.approx(expected, abs=1e-9)
    assert [row["rank"] for row in answer["rows"]] == list(range(1, len(found) + 1))
    assert {row["candidate_kind"] for row in answer["rows"]} == {kind}


def test_people_read_a_table_of_groups(homes: Homes, crime_id: str) -> None:
    result = call("rank", crime_id, "--among", "series", "--home", homes.with_columns)
    assert result.exit_code == 0, result.output
    assert "solved" in result.stdout
    assert "was scored" in " ".join(result.stdout.split())


def test_every_unsolved_crime_gets_what_it_gets_alone(homes: Homes, published: "Home", tmp_path: Path) -> None:
    out = tmp_path / "strongest.parquet"
    told = data("rank", "--unsolved", "--out", out, "--top", 5, "--home", homes.with_columns)
    table = pd.read_parquet(out)
    unsolved = "select crime_id from crimes where crime_id not in (select crime_id from series_data) order by 1"
    crimes = [crime_id for (crime_id,) in snapshot(published, unsolved)]
    placed = f"{unsolved.replace('order by 1', '')} and easting_m is not null and committed_from_at is not null"
    alone = [crime_id for (crime_id,) in snapshot(published, placed + " order by 1")]
    assert (told["unsolved_crimes"], told["rows"]) == (len(crimes), len(table))
    assert told["with_candidates"] == table["crime_id"].nunique() <= len(crimes)
    assert told["with_a_strong_one"] == table.loc[table["is_strong"], "crime_id"].nunique()
    assert set(table["crime_id"]) <= set(crimes)
    assert table["crime_id"].is_monotonic_increasing
    names = ["log_bf", "log10_bf", "posterior_probability", "is_strong", "is_solved", "distance_km", "gap_days"]
    assert set(alone) <= set(table["crime_id"])
    for crime_id in alone[::150]:
        mine = table[table["crime_id"] == crime_id]
        rows = data("rank", crime_id, "--among", "crimes", "--top", 5, "--home", homes.with_columns)["rows"]
        expected = pd.DataFrame(rows)
        assert mine["candidate_id"].tolist() == expected["crime_id"].tolist()
        assert mine["rank"].tolist() == expected["rank"].tolist()
        for name in names:
            np.testing.assert_allclose(mine[name].astype(float), expected[name].astype(float), atol=1e-9, err_msg=name)
    marking = pq.read_schema(out).metadata[b"protective_marking"]
    assert marking.decode() == "OFFICIAL-SENSITIVE"
    assert list(tmp_path.iterdir()) == [out]


def test_people_are_told_what_the_file_holds(homes: Homes, tmp_path: Path) -> None:
    out = tmp_path / "strongest.parquet"
    result = call("rank", "--unsolved", "--out", out, "--top", 1, "--within-days", 30, "--home", homes.with_columns)
    assert result.exit_code == 0, result.output
    assert f"rows in {out}: crimes within 5 km and 30 days that may be linked with" in result.stdout
    assert "A posterior judges one pair by itself" in result.stdout


def test_an_older_snapshot_cannot_rank_all_at_once_and_says_so(homes: Homes, tmp_path: Path) -> None:
    result = call("rank", "--unsolved", "--out", tmp_path / "f.parquet", "--home", homes.plain)
    assert_one_line(result, 1, "expected a folder of stored columns, got none; run colink refresh")
    nowhere = call("rank", "--unsolved", "--out", tmp_path / "no" / "f.parquet", "--home", homes.with_columns)
    assert_one_line(nowhere, 2, "expected a file in a folder that is there, got none; make ")


def test_columns_of_another_release_say_what_to_do(homes: Homes, crime_id: str, tmp_path: Path) -> None:
    home = Path(shutil.copytree(homes.with_columns, tmp_path / "home", symlinks=True))
    (home / "published" / "copy" / COMPARABLE / "crime_id.npy").unlink()
    result = call("rank", crime_id, "--among", "crimes", "--home", home)
    assert_one_line(result, 1, "expected stored columns of this release", "run colink refresh anew")
