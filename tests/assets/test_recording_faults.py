"""The recording faults planted in the demo force are found, by the right rule and in the areas where they are."""

from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from benchmarks.planted_faults import KEY, FoundFaults, fault_figures, found_faults
from intake.demo.settings import PLANTED_FAULTS
from intake.demo.writer import write_demo
from orchestration.definitions import build_definitions
from quality.minimum_standard import load_minimum_standard

CRIMES, SEED = 5000, 1
FEW = 10
"""In an area with fewer cases than this one fault more or less decides its place among the others."""

WHOLE_FORM = "poor_form"
"""Fault of every item of an area at once: few cases of each, but no area's form is as empty."""

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
def home(force: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which the force was assessed as a refresh does it."""
    folder = tmp_path_factory.mktemp("home")
    assess_force(force / "landing", folder)
    return folder


@pytest.fixture(scope="module")
def by_area(home: Path) -> pd.DataFrame:
    """Return the share met of each item and dimension in each area."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(BY_AREA).df()


@pytest.fixture(scope="module")
def found(force: Path, home: Path) -> FoundFaults:
    """Return the faults that were there to be found, and what was found."""
    return found_faults(home, force / "truth")


@pytest.fixture(scope="module")
def figures(found: FoundFaults) -> pd.DataFrame:
    """Return precision and recall by kind of fault."""
    return fault_figures(found).set_index("fault")


def assess_force(landing: Path, home: Path) -> None:
    """Run the steps of a refresh that the tables of quality need."""
    job = build_definitions(home).resolve_job_def("refresh")
    quality = ("mo_text_values", "mo_text_precision", "mo_scores", "mo_scorecard", "mo_findings", "mo_item_profile")
    judged = dg.AssetSelection.assets(*(["quality", name] for name in quality))
    needed = (dg.AssetSelection.groups("landing", "staging") | judged).resolve(job.asset_layer.asset_graph)
    config = {"ops": {"landing": {"config": {"profile": "demo", "landing": str(landing)}}}}
    assert job.execute_in_process(run_config=config, asset_selection=sorted(needed)).success


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
    assert set(planted["fault"]) == {fault.name for fault in PLANTED_FAULTS}
    assert named(places[places["place"].isna() & (places["fault"] != WHOLE_FORM)]) == []


def test_planted_areas_are_the_worst_of_their_item_and_dimension(places: pd.DataFrame) -> None:
    items = places[places["fault"] != WHOLE_FORM]
    assert named(items[items["place"] > items["n_planted"]]) == []


def test_planted_areas_lie_below_the_median_area_by_most_of_what_was_planted(places: pd.DataFrame) -> None:
    items = places[places["fault"] != WHOLE_FORM]
    lost = items["median"] - items["share"]
    assert named(items[lost < 0.5 * (items["rate"] - items["background_rate"])]) == []


def test_the_area_whose_form_is_poor_is_the_least_complete_of_all(planted: pd.DataFrame, by_area: pd.DataFrame) -> None:
    items = by_area["item_code"].isin(list(load_minimum_standard().items))
    complete = by_area[items & (by_area["dimension"] == "completeness")]
    met = (complete["share"] * complete["n_expected"]).groupby(complete["area_code"]).sum()
    shares = (met / complete.groupby("area_code")["n_expected"].sum()).sort_values()
    poor = set(planted.loc[planted["fault"] == WHOLE_FORM, "area_code"])
    assert set(shares.index[: len(poor)]) == poor
    # of an item that other faults left, half goes: the area cannot be near the next worst
    assert shares.iloc[len(poor)] - shares.iloc[len(poor) - 1] > 0.2


def test_every_kind_of_fault_is_measured(figures: pd.DataFrame) -> None:
    assert set(figures.index) == {fault.name for fault in PLANTED_FAULTS}
    assert (figures["n_planted"] > FEW).all()


@pytest.mark.parametrize("fault", [fault.name for fault in PLANTED_FAULTS])
def test_nearly_every_fault_of_a_kind_is_found_by_its_rule(figures: pd.DataFrame, fault: str) -> None:
    # a second record whose place or time is rough must agree in more than some records hold, and what stands in
    # the text alone is found as far as the text can be read
    least = {"duplicate_crime": 0.9, "text_only": 0.95}.get(fault, 1.0)
    assert figures.loc[fault, "recall"] >= least
    assert figures.loc[fault, "recall_planted"] >= least


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        ("missing_item", 1.0),
        ("text_only", 1.0),
        ("invalid_code", 1.0),
        ("late_recording", 1.0),
        ("attempt_with_property", 1.0),
        ("duplicate_crime", 1.0),
        ("default_place", 0.95),
        ("midnight_default", 0.95),  # some crimes do happen at midnight
    ],
)
def test_nearly_every_finding_of_a_rule_is_a_fault(figures: pd.DataFrame, fault: str, least: float) -> None:
    assert figures.loc[fault, "precision"] >= least


def test_a_finding_of_other_that_is_no_fault_is_true_of_the_crime(force: Path, found: FoundFaults) -> None:
    others = found.findings[found.findings["rule"] == "coded_as_other"]
    planted = found.faults[found.faults["fault"] == "coded_other"]
    rest = others.merge(planted[KEY], on=KEY, how="left", indicator=True).query("_merge == 'left_only'")
    truth = pd.read_parquet(force / "truth" / "mo.parquet").set_index("crime_id")
    items = load_minimum_standard().items
    true = [truth.loc[row.crime_id].get(row.item_code) in items[row.item_code].unspecific for row in rest.itertuples()]
    assert len(true) > 0
    assert all(true)


def named(places: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return which faults these are, for the message of a test that fails."""
    return list(places[["area_code", "item_code", "dimension"]].itertuples(index=False, name=None))
