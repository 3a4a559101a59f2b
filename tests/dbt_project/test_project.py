"""The project itself: asset keys, descriptions, and nothing that a refresh could not repeat."""

import re
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def nodes(manifest: Any) -> dict[str, dict[str, Any]]:
    models = {name: node for name, node in manifest.nodes.items() if node.resource_type == "model"}
    return {name: node.to_dict() for name, node in (models | dict(manifest.sources)).items()}


# dagster-dbt imports sqlglot, which warns of its own faster parser
@pytest.mark.filterwarnings("ignore:sqlglotrs is deprecated:DeprecationWarning")
def test_every_asset_key_is_schema_and_name(nodes: dict[str, dict[str, Any]]) -> None:
    from dagster_dbt.asset_utils import default_asset_key_fn

    assert len(nodes) > 30
    for node in nodes.values():
        assert list(default_asset_key_fn(node).path) == [node["schema"], node["name"]]


def test_every_source_says_its_asset_key(nodes: dict[str, dict[str, Any]]) -> None:
    sources = [node for node in nodes.values() if node["resource_type"] == "source"]
    for source in sources:
        assert source["config"]["meta"]["dagster"]["asset_key"] == [source["schema"], source["name"]]


def test_every_model_ends_its_description_with_its_grain(nodes: dict[str, dict[str, Any]]) -> None:
    for node in nodes.values():
        last = re.split(r"[;.]\s", node["description"].rstrip("."))[-1]
        assert re.match(r"(One|one) row", last) or last.endswith("one row"), node["name"]


def test_every_public_column_is_described_and_exists(nodes: dict[str, dict[str, Any]], staged: Any) -> None:
    stage = staged({"crimes": [{"crime_id": "c1"}]})
    assert stage.build("marts") == []
    for node in nodes.values():
        if node["name"].startswith(("typed_", "judged_")) or node["config"].get("materialized") in {None, "ephemeral"}:
            continue
        table = f"{node['schema']}.{node['name']}"
        actual = [row[0] for row in stage.execute(f"select column_name from (describe {table})")]
        assert list(node["columns"]) == actual, table
        assert all(column["description"] for column in node["columns"].values()), table


def test_every_model_has_its_description_beside_it(project: Path) -> None:
    models = sorted((project / "models").rglob("*.sql"))
    assert models
    assert [path.name for path in models if not path.with_suffix(".yml").exists()] == []


@pytest.mark.parametrize("word", ["env_var", "var(", "now(", "current_timestamp", "current_date", "random("])
def test_no_model_reads_the_clock_the_environment_or_chance(project: Path, word: str) -> None:
    texts = [path for folder in ("models", "macros", "tests") for path in (project / folder).rglob("*.sql")]
    pattern = re.compile(rf"(?<!\w){re.escape(word)}")
    assert [path.name for path in texts if pattern.search(path.read_text())] == []


def test_models_read_at_a_glance(project: Path) -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (project / "models").rglob("*.sql")}
    assert {name: n for name, n in lengths.items() if n > 80} == {}
