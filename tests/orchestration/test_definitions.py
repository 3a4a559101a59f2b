"""Everything that Dagster loads: the graph as it was last agreed in review, and what every asset says of itself."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.warehouse import POOL
from orchestration.definitions import build_definitions
from orchestration.home import instance
from tests.demo_refreshes import ROOT, Guarded, guarded, made_once, no_network

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")
REGENERATE = "COLINK_WRITE_ASSET_GRAPH"
GRAIN = re.compile(r"\bone (row|folder)( per [^;.]+|)(, and [^;.]+|)\.$")
"""How every description ends; of one refresh there is one row, of the publication one folder per refresh."""


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    """Return the specification of every asset by its name."""
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def graph_lines(definitions: dg.Definitions) -> Iterator[str]:
    """Yield the graph as text: assets with group, kinds and dependencies, checks, and when things run."""
    graph = definitions.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        yield f"asset {key.to_user_string()} ({node.group_name}; {', '.join(sorted(node.kinds))})"
        yield from (f"    needs {parent.to_user_string()}" for parent in sorted(node.parent_keys))
    for check in sorted(graph.asset_check_keys):
        manner = "stops the refresh" if graph.get(check).blocking else "warns"
        yield f"check {check.asset_key.to_user_string()}: {check.name} ({manner})"
    yield from job_lines(definitions)
    repository = definitions.get_repository_def()
    for schedule in sorted(repository.schedule_defs, key=lambda one: one.name):
        when = f"{schedule.cron_schedule} {schedule.execution_timezone}"
        yield f"schedule {schedule.name}: {schedule.job_name} at {when}"
    for sensor in sorted(repository.sensor_defs, key=lambda one: one.name):
        yield f"sensor {sensor.name}: {sensor.job_name} every {sensor.minimum_interval_seconds} s"


def job_lines(definitions: dg.Definitions) -> Iterator[str]:
    """Yield the jobs with the assets they make and the checks they run; `all` where they leave out none."""
    graph = definitions.resolve_asset_graph()
    for name in ("ingest", "quality_monitor", "refresh"):
        layer = definitions.resolve_job_def(name).asset_layer
        yield f"job {name}"
        made = sorted(key.to_user_string() for key in layer.selected_asset_keys)
        run = sorted(f"{key.asset_key.to_user_string()}: {key.name}" for key in layer.asset_graph.asset_check_keys)
        whole = (len(graph.get_all_asset_keys()), len(graph.asset_check_keys))
        yield from ["    makes all"] if len(made) == whole[0] else (f"    makes {key}" for key in made)
        yield from ["    checks all"] if len(run) == whole[1] else (f"    checks {key}" for key in run)


def test_the_asset_graph_is_the_one_last_agreed_in_review(definitions: dg.Definitions) -> None:
    found = "\n".join(graph_lines(definitions)) + "\n"
    if os.environ.get(REGENERATE):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8"), (
        f"the asset graph changed; where that is meant, run {REGENERATE}=1 pytest {Path(__file__).name} "
        f"and commit {SNAPSHOT.name} with the change"
    )


def test_every_asset_describes_itself_and_ends_with_its_grain(specs: dict[str, dg.AssetSpec]) -> None:
    described = {name: (spec.description or "").split("\n\n#### Raw SQL")[0].strip() for name, spec in specs.items()}
    assert {name: text for name, text in described.items() if not GRAIN.search(text)} == {}


def test_every_asset_has_an_owner_a_group_kinds_and_a_freshness_policy(specs: dict[str, dg.AssetSpec]) -> None:
    assert len(specs) > 50
    for name, spec in specs.items():
        assert spec.owners == ["team:crime-linkage"], name
        assert spec.group_name not in (None, "default"), name
        assert "duckdb" in spec.kinds, name
        assert spec.kinds & {"python", "dbt"}, name
        assert spec.freshness_policy is not None, name
        assert spec.metadata["dagster/table_name"].split(".")[-2:] == spec.key.path, name


def test_assets_that_are_made_here_say_their_columns(specs: dict[str, dg.AssetSpec]) -> None:
    missing = {name for name, spec in specs.items() if "dagster/column_schema" not in spec.metadata}
    assert {name.split("/")[0] for name in missing} == {"landing", "ops", "publication"}
    for name in specs.keys() - missing:
        columns = [column.name for column in specs[name].metadata["dagster/column_schema"].columns]
        assert len(columns) == len(set(columns)) > 0, name


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return made_once(tmp_path_factory, guarded)


def test_landed_tables_say_their_columns_and_all_tables_their_rows_once_made(
    specs: dict[str, dg.AssetSpec], run: Guarded
) -> None:
    with instance(run.home.folder) as dagster_instance:
        for name, spec in specs.items():
            event = dagster_instance.get_latest_materialization_event(spec.key)
            assert event is not None, name
            assert event.asset_materialization is not None
            metadata = event.asset_materialization.metadata
            if name != "publication/current":
                assert int(metadata["dagster/row_count"].value) >= 0, name
            if name.startswith(("landing/", "ops/")):
                assert len(metadata["dagster/column_schema"].value.columns) > 0, name


def test_every_step_waits_for_the_one_writer_of_the_warehouse(definitions: dg.Definitions) -> None:
    for name in ("ingest", "quality_monitor", "refresh"):
        job = definitions.resolve_job_def(name)
        assert {node.name: node.definition.pools for node in job.graph.nodes if node.definition.pools != {POOL}} == {}


def test_a_refresh_runs_nightly_at_three_and_quality_hourly_on_the_forces_clock(definitions: dg.Definitions) -> None:
    schedules = {
        schedule.job_name: (schedule.cron_schedule, schedule.execution_timezone)
        for schedule in definitions.get_repository_def().schedule_defs
    }
    refresh, quality = schedules["refresh"], schedules["quality_monitor"]
    assert refresh == ("0 3 * * *", "Europe/London")
    assert re.fullmatch(r"[0-5]?\d \* \* \* \*", quality[0])
    assert quality[1] == "Europe/London"


def test_dagster_finds_the_definitions_valid_without_a_network(tmp_path: Path) -> None:
    environment = os.environ | {"DAGSTER_HOME": str(tmp_path), "COLINK_HOME": str(tmp_path / "home")}
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    validate = ["-m", "dagster", "definitions", "validate", "-m", "orchestration.definitions"]
    done = subprocess.run(
        [*no_network(), sys.executable, *validate],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All code locations passed validation" in done.stdout + done.stderr
