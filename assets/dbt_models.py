"""The dbt layers, staging and marts: one invocation each, inside this process.

dagster-dbt would start a second interpreter for each invocation, which takes seconds before any SQL runs. The assets,
their lineage and their tests come from the manifest as usual; only the running is ours.
"""

import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from assets.described import NIGHTLY, OWNERS, table_key
from assets.table_columns import TABLE_COLUMNS
from assets.warehouse import POOL, Warehouse

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
MANIFEST = PROJECT / "target" / "manifest.json"
PARSED = PROJECT / "target" / "partial_parse.msgpack"
DATABASE = "warehouse.duckdb"  # parsed names hold the database's name, which is that of the file in every home

DbtEvent = dg.MaterializeResult | dg.AssetCheckResult


class DbtLayerError(RuntimeError):
    """A dbt model could not be built or a test that belongs to no asset failed."""


class Translator(DagsterDbtTranslator):
    """How dbt models present themselves as assets: grouped by layer, owned and kept fresh like all others."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """Return a model's asset; marts also wait for every table that their tests relate to the crimes."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        spec = spec.replace_attributes(owners=OWNERS, freshness_policy=NIGHTLY)
        if spec.key.path[0] != "marts":
            return spec
        known = {dep.asset_key for dep in spec.deps}
        tables = [table_key(table) for table in TABLE_COLUMNS]
        waits = [dg.AssetDep(key) for key in tables if key not in known]
        return spec.replace_attributes(deps=[*spec.deps, *waits])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the layer of a model."""
        return str(dbt_resource_props["fqn"][1]) if len(dbt_resource_props["fqn"]) > 2 else None


TRANSLATOR = Translator()


def parse_project() -> None:
    """Parse the dbt project into its manifest, which the definitions are read from."""
    _dbt(["parse"], Path(DATABASE), PROJECT / "target", None)


def manifest() -> Path:
    """Return the manifest, parsed now if it is absent or older than the project's files."""
    sources = [path for suffix in ("*.sql", "*.yml") for path in PROJECT.rglob(suffix) if "target" not in path.parts]
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        parse_project()
    return MANIFEST


class DbtLayers(dg.ConfigurableResource):
    """Builds a layer of the dbt project on a warehouse."""

    warehouse: Warehouse

    def build(self, layer: str) -> Iterator[DbtEvent]:
        """Run the models and tests of a layer, and report each model and each check.

        Raises
        ------
        DbtLayerError
            A model failed, or a test that is no asset's check.
        """
        known = _manifest()
        warehouse = self.warehouse
        os.environ["COLINK_MEMORY_LIMIT"] = warehouse.memory_limit
        os.environ["COLINK_THREADS"] = str(warehouse.threads)
        os.environ["COLINK_SPILL"] = str(Path(warehouse.home) / "spill")
        target = Path(warehouse.home) / "dbt"
        results = _dbt(["build", "--select", layer], warehouse.path, target, _parsed_project())
        counts = self._row_counts([known["nodes"][r.node.unique_id] for r in results if _is_model(r)])
        for result in results:
            yield from _events(result, known, counts)

    def _row_counts(self, models: list[dict[str, Any]]) -> dict[str, int]:
        with self.warehouse.connect() as connection:
            return {
                model["unique_id"]: connection.execute(
                    f"select count(*) from {model['schema']}.{model['name']}"
                ).fetchall()[0][0]
                for model in models
            }


def _is_model(result: Any) -> bool:
    return str(result.node.resource_type) == "model" and str(result.status) == "success"


def _events(result: Any, known: dict[str, Any], counts: dict[str, int]) -> Iterator[DbtEvent]:
    unique_id, status = result.node.unique_id, str(result.status)
    if unique_id.startswith("test."):
        key = get_asset_check_key_for_test(known, TRANSLATOR, unique_id, None)
        passed = status == "pass"
        finding = f"{result.node.name}: {result.failures or 0} rows break it" if not passed else "kept"
        if key and key in _declared_checks():
            yield dg.AssetCheckResult(
                asset_key=key.asset_key, check_name=key.name, passed=passed, metadata={"finding": finding}
            )
        elif not passed:
            raise DbtLayerError(f"{finding}; {result.message}")
    elif status != "success":
        raise DbtLayerError(f"dbt model {result.node.name}: {status}: {result.message}")
    else:
        yield dg.MaterializeResult(
            asset_key=TRANSLATOR.get_asset_key(known["nodes"][unique_id]),
            metadata={"dagster/row_count": counts[unique_id], "seconds": round(float(result.execution_time), 3)},
        )


def _dbt(command: list[str], warehouse_file: Path, target: Path, parsed: Any) -> list[Any]:
    """Run one dbt command in this process and return its results; a parsed project is not parsed again."""
    from dbt.cli.main import dbtRunner

    os.environ["COLINK_WAREHOUSE"] = str(warehouse_file)
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target)]
    folders += ["--log-path", str(target / "logs")]
    silent = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
    outcome = dbtRunner(manifest=parsed).invoke([*silent, *command, *folders])
    if outcome.exception:
        raise DbtLayerError(f"dbt {command[0]}: {outcome.exception}") from outcome.exception
    return list(getattr(outcome.result, "results", []))


@functools.cache
def _parsed_project() -> Any:
    """Return the project as dbt parsed it at installation; parsing it again would take seconds in every layer."""
    from dbt.contracts.graph.manifest import Manifest

    manifest()
    project = Manifest.from_msgpack(PARSED.read_bytes())
    project.build_flat_graph()
    return project


@functools.cache
def _manifest() -> dict[str, Any]:
    import json

    return dict(json.loads(manifest().read_text()))


@dbt_assets(manifest=manifest(), select="staging", name="staging", pool=POOL, dagster_dbt_translator=TRANSLATOR)
def staging(context: dg.AssetExecutionContext, dbt: DbtLayers) -> Iterator[DbtEvent]:
    """Type and judge every landed row."""
    yield from dbt.build("staging")


@dbt_assets(manifest=manifest(), select="marts", name="marts", pool=POOL, dagster_dbt_translator=TRANSLATOR)
def marts(context: dg.AssetExecutionContext, dbt: DbtLayers) -> Iterator[DbtEvent]:
    """Shape what people read, and test keys and relations of all that is published."""
    yield from dbt.build("marts")


@functools.cache
def _declared_checks() -> frozenset[dg.AssetCheckKey]:
    return frozenset(spec.key for assets in (staging, marts) for spec in assets.check_specs)
