"""The recording faults planted in the demo force appear in the scorecard, in the areas where they were planted."""

from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from intake.demo.writer import write_demo
from orchestration.definitions import build_definitions

CRIMES, SEED = 5000, 1
FEW = 10
"""In an area with fewer cases than this one fault more or less decides its place among the others."""

BY_AREA = """
    select item_code, dimension, area_code, sum(n_expected)::integer as n_expected,
        sum(n_met) / sum(n_expected) as share
    from quality.mo_scorecard group by all having sum(n_expected) > 0 order by all
"""


@pytest.fixture(scope="module")
def force(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with `landing` and `truth` of a demo force."""
    folder = tmp_path_factory.mktemp("force")
    write_demo(folder, CRIMES, SEED)
    return folder


@pytest.fixture(scope="module")
def planted(force: Path) -> pd.DataFrame:
    """Return where faults were planted: area_code, item_code, dimension, fault, rate, background_rate."""
    return pd.read_parquet(force / "truth" / "areas.parquet")


@pytest.fixture(scope="module")
def by_area(force: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return the share met of each item and dimension in each area, as a refresh counts it."""
    home = tmp_path_factory.mktemp("home")
    scorecard_of(force / "landing", home)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(BY_AREA).df()


def scorecard_of(landing: Path, home: Path) -> None:
    """Run the steps of a refresh that the scorecard needs."""
    job = build_definitions(home).resolve_job_def("refresh")
    needed = dg.AssetSelection.groups("landing", "staging") | dg.AssetSelection.assets(["quality", "mo_scorecard"])
    config = {"ops": {"landing": {"config": {"profile": "demo", "landing": str(landing)}}}}
    keys = needed.resolve(job.asset_layer.asset_graph)
    assert job.execute_in_process(run_config=config, asset_selection=sorted(keys)).success


@pytest.fixture(scope="module")
def places(planted: pd.DataFrame, by_area: pd.DataFrame) -> pd.DataFrame:
    """Return the planted faults, the place of their area among all, worst first and ties last, and the median area."""
    counted = by_area[by_area["n_expected"] >= FEW]
    cases = counted.groupby(["item_code", "dimension"])["share"]
    counted = counted.assign(place=cases.rank(method="max"), median=cases.transform("median"))
    found = planted.merge(counted, on=["item_code", "dimension", "area_code"], how="left")
    return found.assign(n_planted=found.groupby(["item_code", "dimension"])["area_code"].transform("nunique"))


def test_every_planted_fault_has_cases_enough_to_be_seen(planted: pd.DataFrame, places: pd.DataFrame) -> None:
    assert len(places) == len(planted) > 20
    assert planted["fault"].nunique() == 7
    assert named(places[places["place"].isna()]) == []


def test_planted_areas_are_the_worst_of_their_item_and_dimension(places: pd.DataFrame) -> None:
    assert named(places[places["place"] > places["n_planted"]]) == []


def test_planted_areas_lie_below_the_median_area_by_most_of_what_was_planted(places: pd.DataFrame) -> None:
    lost = places["median"] - places["share"]
    assert named(places[lost < 0.5 * (places["rate"] - places["background_rate"])]) == []


def named(places: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return which faults these are, for the message of a test that fails."""
    return list(places[["area_code", "item_code", "dimension"]].itertuples(index=False, name=None))
