"""What texts say is kept as codes and offsets, never as text, and each item is judged by the fields."""

from pathlib import Path

import pandas as pd
import pytest

from assets.text_values import text_reading
from assets.warehouse import Warehouse
from quality.contracts import check_contract

N = 40


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Forty crimes whose texts say the rear door, as their fields do; one more, whose field is empty."""
    made = Warehouse(home=str(tmp_path))
    crimes = pd.DataFrame({"crime_id": [f"C{n:02d}" for n in range(N + 1)], "crime_group": "burglary_residential"})
    texts = crimes[["crime_id"]].assign(
        text_kind="mo", written_at=pd.Timestamp("2024-01-01"), text="POE rear door. Poss jemmied. Mrs Smith has keys."
    )
    features = (
        crimes[["crime_id"]]
        .head(N)
        .assign(item_code="entry_point", value_code="rear_door", value_source="structured", is_valid_code=True)
    )
    tables = {"stg_crimes": crimes, "stg_mo_texts": texts, "stg_mo_features": features}
    with made.connect() as connection:
        connection.execute("create table ops.current_refresh as select 'R1' as refresh_id")
        for table, frame in tables.items():
            connection.register("rows", frame)
            connection.execute(f"create table staging.{table} as from rows")
            connection.unregister("rows")
    return made


def test_texts_are_read_and_judged(warehouse: Warehouse):
    results = {result.asset_key.path[-1]: result.metadata for result in text_reading(warehouse)}
    assert results["mo_text_values"]["n_texts"] == N + 1
    assert results["mo_text_values"]["n_cut"] == 0
    assert results["mo_text_precision"]["n_evidence"] == 1
    entry = warehouse.frame("select * from quality.mo_text_precision where item_code = 'entry_point' order by all")
    assert entry["value_code"].fillna("").tolist() == ["rear_door", ""]
    precision = entry.iloc[0]
    # All 40 agree; Wilson: 40 / (40 + 3.8415) = 0.9124, above 0.90.
    assert precision[["n_both", "n_agree", "agreement"]].tolist() == [N, N, 1.0]
    assert precision["agreement_lower"] == pytest.approx(0.9124, abs=1e-4)
    assert precision["is_evidence"]


def test_no_word_of_a_text_is_kept(warehouse: Warehouse):
    list(text_reading(warehouse))
    kept = warehouse.frame("from quality.mo_text_values").astype(str)
    cells = " ".join(kept.to_numpy().ravel()).casefold()
    for word in ("poe", "rear door", "smith", "keys"):
        assert word not in cells
    assert set(kept["is_hedged"][kept["item_code"] == "entry_method"]) == {"True"}


def test_reading_again_replaces_what_was_read(warehouse: Warehouse):
    list(text_reading(warehouse))
    first = warehouse.frame("from quality.mo_text_values order by all")
    list(text_reading(warehouse))
    pd.testing.assert_frame_equal(first, warehouse.frame("from quality.mo_text_values order by all"))


def test_no_texts_make_empty_tables(warehouse: Warehouse):
    with warehouse.connect() as connection:
        connection.execute("delete from staging.stg_mo_texts")
    list(text_reading(warehouse))
    assert warehouse.frame("from quality.mo_text_values").empty
    assert not warehouse.frame("select is_evidence from quality.mo_text_precision").to_numpy().any()


def test_what_was_read_keeps_its_contract_and_a_span_that_ends_before_it_begins_breaks_it(warehouse: Warehouse):
    list(text_reading(warehouse))
    values = warehouse.frame("select * exclude (refresh_id) from quality.mo_text_values")
    precision = warehouse.frame("select * exclude (refresh_id) from quality.mo_text_precision")
    assert check_contract("quality.mo_text_values", values).passed
    assert check_contract("quality.mo_text_precision", precision).passed
    values.loc[0, "span_start"] = values.loc[0, "span_end"] + 1
    assert check_contract("quality.mo_text_values", values).n_failures == 1
