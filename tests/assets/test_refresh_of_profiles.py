"""A refresh publishes with every profile that ships, and with a force that has no solved crimes."""

import json
from pathlib import Path

import duckdb
import pytest
import yaml

from intake.demo.writer import write_demo
from orchestration.refresh import run_refresh

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
    assert min(counts.values()) > 0, counts
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
    outcome = run_refresh(str(profile), landing, tmp_path / "home", model=tmp_path / "model.json", quiet=True)
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
