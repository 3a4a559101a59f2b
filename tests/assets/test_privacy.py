"""What can identify somebody stays where it is needed: texts in landing and staging, persons in a few named columns.

Every such value of the extract is tell-tale: a word of its own between the words of all texts, decimals of its own on
all coordinates, a word before all references of persons. So finding none of these in a place proves that none leaked.
"""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.crime_frame import LinkageFrames
from assets.evidence import TrainingConfig, training
from assets.warehouse import Warehouse
from linkage.model_document import from_document
from quality.errors import ProtectedFeature
from quality.features import refuse_protected
from quality.minimum_standard import load_minimum_standard
from tests.demo_refreshes import (
    SECRET_DECIMALS,
    SECRET_PERSON,
    SECRET_WORD,
    Guarded,
    TwiceRefreshed,
    guarded,
    made_once,
    published_tables,
    twice_refreshed,
)

PERSONS_PUBLISHED = {
    ("co_linkage_candidates", "candidate_id"),
    ("crime_rankings", "candidate_id"),
    ("leads", "candidate_id"),
    ("series_data", "person_id"),
}
"""Candidates may be offenders, and their solved crimes say by what; nowhere else is a person named."""
PERSONS_KEPT = {
    ("linkage", "series_data", "person_id"),
    ("linkage", "co_linkage_candidates", "candidate_id"),
    ("linkage", "crime_rankings", "candidate_id"),
    ("linkage", "leads", "candidate_id"),
}
PLACES = {"easting_m", "northing_m"}

TEXT_COLUMNS = """
    select schema_name, table_name, column_name from duckdb_columns()
    where schema_name not in ('landing', 'staging') and not internal
    and (data_type in ('VARCHAR', 'JSON') or data_type like '%[]')
"""


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> TwiceRefreshed:
    return made_once(tmp_path_factory, twice_refreshed)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return made_once(tmp_path_factory, guarded)


@pytest.fixture(scope="session")
def tables(twice: TwiceRefreshed) -> dict[str, pa.Table]:
    return published_tables(twice.snapshots[-1])


def secrets_in(data: bytes) -> list[str]:
    """Return which kinds of identifying values some bytes hold."""
    return [secret for secret in (SECRET_WORD, SECRET_PERSON, SECRET_DECIMALS) if secret.encode() in data]


def holding(table: pa.Table, secret: str) -> set[str]:
    """Return the columns of a table in which a text holds a secret."""
    texts = [name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)]
    return {name for name in texts if pc.any(pc.match_substring(table[name], secret)).as_py()}


def test_the_secrets_did_arrive(twice: TwiceRefreshed) -> None:
    (row,) = twice.home.query(f"""
        select (select bool_and(text like '{SECRET_WORD}%') from staging.stg_mo_texts) as texts,
            (select bool_and(person_id like '{SECRET_PERSON}%') from staging.stg_offender_crimes) as persons,
            (select bool_or(easting_m::varchar like '%{SECRET_DECIMALS}') from staging.stg_crimes) as coordinates
    """)
    assert row == {"texts": True, "persons": True, "coordinates": True}


def test_dagster_and_dbt_keep_nothing_that_identifies_somebody(twice: TwiceRefreshed, run: Guarded) -> None:
    for home in (twice.home, run.home):
        kept = [path for folder in ("dagster", "dbt") for path in (home.folder / folder).rglob("*") if path.is_file()]
        assert len(kept) > 10
        assert {path: found for path in kept if (found := secrets_in(path.read_bytes()))} == {}


def test_a_refresh_prints_nothing_that_identifies_somebody(run: Guarded) -> None:
    assert secrets_in(run.printed.encode()) == []


def test_the_report_and_the_manifest_hold_nothing_that_identifies_somebody(twice: TwiceRefreshed) -> None:
    for name in ("report.html", "co_linkage.html", "manifest.json"):
        assert secrets_in((twice.snapshots[-1] / name).read_bytes()) == []


def test_the_data_docs_hold_nothing_that_identifies_somebody_and_fetch_nothing(twice: TwiceRefreshed) -> None:
    pages = sorted((twice.snapshots[-1] / "data_docs").iterdir())
    names = {page.stem for page in pages}
    assert {"index", "tables"} < names  # and a page of each crime group that has enough crimes to be judged
    assert names - {"index", "tables"} <= set(load_minimum_standard().crime_groups)
    for page in pages:
        text = page.read_bytes()
        assert secrets_in(text) == []
        assert b"http" not in text.replace(b"http-equiv", b"")


def test_the_records_of_refreshes_hold_nothing_that_identifies_somebody(twice: TwiceRefreshed) -> None:
    for table in ("ops.refreshes", "ops.current_refresh", "ops.published", "quality.expectation_results"):
        assert secrets_in(repr(twice.home.query(f"from {table}")).encode()) == []


def test_free_text_is_in_no_table_beyond_staging(twice: TwiceRefreshed, tables: dict[str, pa.Table]) -> None:
    assert "mo_texts" not in tables
    assert {name: columns for name, table in tables.items() if (columns := holding(table, SECRET_WORD))} == {}
    assert kept_in(twice, SECRET_WORD) == set()


def test_coordinates_are_published_as_columns_of_crimes_and_in_no_text(tables: dict[str, pa.Table]) -> None:
    assert {name for name, table in tables.items() if PLACES & set(table.column_names)} == {"crimes"}
    assert {name: columns for name, table in tables.items() if (columns := holding(table, SECRET_DECIMALS))} == {}


def test_persons_are_published_as_candidates_and_offenders_of_solved_crimes_by_their_reference(
    tables: dict[str, pa.Table],
) -> None:
    named = {(name, column) for name, table in tables.items() for column in holding(table, SECRET_PERSON)}
    assert ("crime_rankings", "candidate_id") in named
    assert named <= PERSONS_PUBLISHED
    for name, column in named - {("series_data", "person_id")}:
        is_person = pc.match_substring(tables[name][column], SECRET_PERSON)
        assert set(tables[name].filter(is_person)["candidate_kind"].to_pylist()) == {"offender"}


def test_persons_are_kept_beyond_staging_only_where_linkage_needs_them(twice: TwiceRefreshed) -> None:
    assert ("linkage", "series_data", "person_id") in kept_in(twice, SECRET_PERSON)
    assert kept_in(twice, SECRET_PERSON) <= PERSONS_KEPT | {
        ("marts", f"{table}_current", column) for table, column in PERSONS_PUBLISHED
    }


def kept_in(twice: TwiceRefreshed, secret: str) -> set[tuple[str, str, str]]:
    """Return the columns of the warehouse, beyond landing and staging, in which a text holds a secret."""
    columns = [tuple(row.values()) for row in twice.home.query(TEXT_COLUMNS)]
    assert len(columns) > 50
    found = " union all ".join(
        f"select '{schema}', '{table}', '{column}' from {schema}.{table} where contains({column}::varchar, '{secret}')"
        for schema, table, column in columns
    )
    return {tuple(row.values()) for row in twice.home.query(f"select distinct * from ({found}) as t (a, b, c)")}


def test_the_model_of_a_refresh_rests_on_behaviour_only(twice: TwiceRefreshed) -> None:
    rows = twice.home.query("select document from linkage.model_versions where document is not null")
    assert len(rows) == 2
    for row in rows:
        model, spec = from_document(json.loads(row["document"]))
        assert len(spec.items) > 10
        refuse_protected(spec.items)
        refuse_protected(model.terms_)


def test_an_item_about_who_somebody_is_stops_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frames = LinkageFrames(pd.DataFrame(), pd.DataFrame(), ("entry_point", "suspect_ethnicity"))
    monkeypatch.setattr("assets.evidence.linkage_frames", lambda warehouse: frames)
    with pytest.raises(ProtectedFeature, match="suspect_ethnicity"):
        list(training(TrainingConfig(), Warehouse(home=str(tmp_path))))
