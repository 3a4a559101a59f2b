"""`forces/demo.yaml` translates everything that the demo's record system writes."""

from pathlib import Path

import duckdb
import pytest
import yaml

from intake.demo.dirt import BROKEN_DATES
from intake.demo.record_system import (
    BASIS_NAMES,
    INVALID_CODES,
    ITEM_NAMES,
    OFFENCES,
    PREMISES,
    ROLE_NAMES,
    UNKNOWN_ITEM,
    VALUE_NAMES,
)
from intake.demo.vocabulary import ITEMS, WEIGHTS, items_of, values_of
from intake.landing import land
from intake.profiles import load_profile

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def profile():
    return load_profile("demo")


@pytest.fixture(scope="module")
def landed(summary, profile):
    connection = duckdb.connect()
    land(connection, profile, Path(summary.landing).parent)
    yield connection
    connection.close()


def column(landed, sql: str) -> set:
    return {row[0] for row in landed.sql(sql).fetchall()}


def test_items_values_roles_bases_and_offences_are_those_of_the_record_system(profile):
    mo = profile.tables["mo_features"][0].columns
    assert {name: codes[0] for name, codes in mo["item_code"].values.items()} == {n: i for i, n in ITEM_NAMES.items()}
    assert {name: codes[0] for name, codes in mo["value_code"].values.items()} == {n: v for v, n in VALUE_NAMES.items()}
    assert set(mo["captured_by"].values) == set(ROLE_NAMES)
    assert set(profile.tables["offender_crimes"][0].columns["link_basis"].values) == set(BASIS_NAMES)
    assert dict(profile.crime_groups) == OFFENCES
    premises = profile.tables["crimes"][0].columns["premises_type"].values
    assert set(premises) == {word for words in PREMISES.values() for word in words}


def test_every_item_and_value_is_in_the_minimum_standard():
    path = ROOT / "quality" / "minimum_standard.yaml"
    if not path.is_file():
        pytest.skip("quality/minimum_standard.yaml is not there")
    standard = yaml.safe_load(path.read_text())
    for item in ITEMS:
        assert set(values_of(item)) <= {str(value) for value in standard["items"][item]["values"]}, item
    for group in WEIGHTS:
        asked = {row["item"] for row in standard["crime_groups"][group]["items"]}
        assert set(items_of(group)) == asked


def test_no_invented_code_is_a_code_by_accident():
    known = {value for item in ITEMS for value in values_of(item)} | set(VALUE_NAMES) | set(VALUE_NAMES.values())
    assert not set(INVALID_CODES) & known
    assert UNKNOWN_ITEM not in ITEM_NAMES.values()


def test_all_rows_land_but_for_other_offences(landed, summary):
    accounts = landed.sql("select table_name, rows_in, rows_landed, rows_out_of_scope from landing.accounts").fetchall()
    assert len(accounts) == 5
    for table, rows_in, rows_landed, rows_out in accounts:
        assert rows_in == rows_landed + rows_out
        if table != "crimes":
            assert rows_out == 0
    out = next(row for row in accounts if row[0] == "crimes")
    assert out[3] == summary.dirty_rows["other_offence"]


def test_landed_codes_are_canonical_except_those_planted_to_be_wrong(landed):
    assert column(landed, "select distinct item_code from landing.mo_features") == {*ITEMS, UNKNOWN_ITEM}
    known = {value for item in ITEMS for value in values_of(item)} | {"not_recorded", "unknown", "refused"}
    found = column(landed, "select distinct value_code from landing.mo_features")
    assert found - known == set(INVALID_CODES)
    assert column(landed, "select distinct label_strength from landing.offender_crimes") == set("ABCD")
    assert column(
        landed, "select distinct is_fact from landing.offender_crimes where link_basis = 'suspect_named'"
    ) == {"false"}
    assert column(
        landed, "select distinct is_fact from landing.offender_crimes where link_basis <> 'suspect_named'"
    ) == {"true"}
    assert column(landed, "select distinct status from landing.properties") == {"stolen", "recovered"}


def test_landed_times_are_iso_except_those_planted_to_be_broken(landed):
    odd = column(
        landed, "select committed_from_at from landing.crimes where try_cast(committed_from_at as timestamp) is null"
    )
    assert odd
    assert odd <= set(BROKEN_DATES)
    assert column(landed, "select count(*) from landing.crimes where try_cast(reported_at as timestamp) is null") == {0}
