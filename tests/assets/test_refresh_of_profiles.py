"""A refresh publishes with every profile that ships, and with a force that has no solved crimes."""

import json
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml

from intake.demo.writer import write_demo
from orchestration.definitions import build_definitions
from orchestration.refresh import RefreshOptions, run_refresh

ROOT = Path(__file__).parents[2]
NEEDS_LABELS = ("crime_pairs_evaluated", "model_evaluation", "links", "series", "co_linkage", "crime_rankings")


def _counts(snapshot: Path) -> dict[str, int]:
    manifest = json.loads((snapshot / "manifest.json").read_text())
    return {name: entry["rows"] for name, entry in manifest["tables"].items()}


def test_the_reference_data_is_published_whole(reference: Path, tmp_path: Path):
    outcome = run_refresh("crimelinkage", reference, tmp_path, quiet=True)
    assert outcome.succeeded, outcome.failure
    counts = _counts(outcome.published)
    assert counts.pop("quarantine") == 0  # nothing in it is wrong
    # it has no texts, and no file of changes
    assert {name for name, n in counts.items() if n == 0} == {"mo_text_values", "mo_change_effects"}
    assert counts["crimes"] == 490
    with duckdb.connect(str(outcome.published / "colink.duckdb"), read_only=True) as connection:
        n_ranked = connection.sql("select count(distinct crime_id) from crime_rankings").fetchall()
    assert n_ranked == [(100,)]  # the unsolved crimes, and only they, are ranked


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Profile and landing folder of the demo force without its file of named persons."""
    folder = tmp_path_factory.mktemp("unlabelled")
    write_demo(folder, 600, 5)
    profile = yaml.safe_load((ROOT / "forces" / "demo.yaml").read_text())
    source = profile["tables"].pop("offender_crimes")["source"]
    del profile["sources"][source]
    path = folder / "unlabelled.yaml"
    path.write_text(yaml.safe_dump(profile, sort_keys=False))
    return path, folder / "landing"


def test_a_force_without_solved_crimes_gets_all_that_needs_none_and_is_told(
    unlabelled: tuple[Path, Path], tmp_path: Path
):
    profile, landing = unlabelled
    outcome = run_refresh(str(profile), landing, tmp_path, quiet=True)
    assert outcome.succeeded, outcome.failure
    counts = _counts(outcome.published)
    assert [counts[name] for name in NEEDS_LABELS] == [0] * len(NEEDS_LABELS)
    assert min(counts[name] for name in ("crimes", "mo_scores", "mo_scorecard", "quarantine")) > 0
    assert "linked training pairs, at least" in (outcome.published / "report.html").read_text()


def test_a_supplied_model_links_a_force_without_solved_crimes(unlabelled: tuple[Path, Path], tmp_path: Path):
    profile, landing = unlabelled
    trained = run_refresh("demo", landing, tmp_path / "labelled", quiet=True)
    assert trained.succeeded, trained.failure
    with duckdb.connect(str(trained.published / "colink.duckdb"), read_only=True) as connection:
        ((document,),) = connection.sql("select document from model_versions").fetchall()
    if document is None:
        pytest.fail("expected a trained model on 600 demo crimes, got none")
    (tmp_path / "model.json").write_text(document)
    outcome = run_refresh(str(profile), landing, tmp_path / "home", RefreshOptions(tmp_path / "model.json"), quiet=True)
    assert outcome.succeeded, outcome.failure
    assert _counts(outcome.published)["links"] > 0


@pytest.mark.long
def test_every_row_of_st_louis_is_accounted_for(real_extracts: Path, tmp_path: Path):
    outcome = run_refresh("st_louis", real_extracts, tmp_path, quiet=True)
    assert outcome.succeeded, outcome.failure
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.sql(
            "select sum(rows_in), sum(rows_in - rows_loaded - rows_retracted - rows_superseded - rows_out_of_scope "
            "- rows_quarantined), sum(rows_retracted) from staging.stg_accounts where table_name = 'crimes'"
        ).fetchall()
    assert rows == [(439_801, 0, 2 * 4_794)]


NOTED = """
    select table_name, action, regexp_replace(reason, '[0-9]+', 'n', 'g') as reason, count(*) as n
    from staging.stg_quarantine where reason not like 'the crime is%' group by all
"""
FOUND = "select rule, item_code, count(*) from quality.mo_findings group by all"
GUIDE = (ROOT / "docs" / "guides" / "real-extracts.md").read_text()


def judged(profile: str, landing: Path, home: Path) -> dict[str, int]:
    """Run a refresh up to the scorecard; return how often each defect is named, by the first words or by the rule."""
    job = build_definitions(home).resolve_job_def("refresh")
    wanted = dg.AssetSelection.groups("landing", "staging") | dg.AssetSelection.assets(["quality", "mo_scorecard"])
    for _ in range(3):  # what the scorecard is made of, and what is made together with that
        wanted = (wanted | wanted.upstream()).required_multi_asset_neighbors()
    keys = sorted(wanted.resolve(job.asset_layer.asset_graph))
    config = {"ops": {"landing": {"config": {"profile": profile, "landing": str(landing)}}}}
    assert job.execute_in_process(run_config=config, asset_selection=keys).success
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        noted = {reason: n for _, _, reason, n in connection.execute(NOTED).fetchall()}
        found = {f"{rule} {item}": n for rule, item, n in connection.execute(FOUND).fetchall()}
        derived = "select count_if(incident_is_derived), count(*) from staging.stg_crimes"
        ((n_derived, n_crimes),) = connection.execute(derived).fetchall()
    return noted | found | {"derived incidents": n_derived, "crimes": n_crimes}


def named(counts: dict[str, int], words: str) -> int:
    return sum(n for name, n in counts.items() if name.startswith(words))


WEST_LA = {
    "leading zeros restored": 1_177,
    "no code at all": 1_193,
    "no code of the force's list": 82,
    "a coordinate is zero": 1,
    "no_place location": 1,
    "reported more than a year after it was committed": 13,
    "rough_place location": 4_383,
    "default_place location": 58,
    "default_midnight committed_time": 63,
    "not_asked entry_point": 898,
    "weapon_used_without_weapon weapon_type": 11,
}
ST_LOUIS = {
    "a retraction: cancels the one row that it matches": 4_794,
    "a retraction that matches no row": 2_348,
    "a retraction that matches several rows": 67,
    "a retraction of a row that another has cancelled": 5,
    "outside the dates that the profile allows": 11,
    "alike to an earlier row": 302,
    "no_place location": 1_534,
    "date_only committed_time": 18_697,
    "not_asked entry_point": 38_538,
    "derived incidents": 116_964,
}


@pytest.mark.long
def test_the_defects_of_west_la_are_named_with_their_counts(real_extracts: Path, tmp_path: Path):
    counts = judged("lapd", real_extracts, tmp_path)
    assert {words: named(counts, words) for words in WEST_LA} == WEST_LA
    assert counts["crimes"] == 4_442


@pytest.mark.long
def test_the_defects_of_st_louis_are_named_with_their_counts(real_extracts: Path, tmp_path: Path):
    counts = judged("st_louis", real_extracts, tmp_path)
    assert {words: named(counts, words) for words in ST_LOUIS} == ST_LOUIS
    assert sum(n for words, n in ST_LOUIS.items() if words.startswith("a retraction")) == 7_214
    assert counts["crimes"] == 153_380


def test_the_guide_gives_the_counts_that_are_tested():
    west_la, st_louis = GUIDE.split("## St. Louis")
    for page, expected in ((west_la, WEST_LA), (st_louis, ST_LOUIS)):
        cells = [cell.strip() for line in page.splitlines() if line.startswith("|") for cell in line.split("|")]
        told = {cell.split(" ")[0] for cell in cells}
        assert {f"{n:,}" for n in expected.values()} <= told
