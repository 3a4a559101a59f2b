"""What free text says of MO, as codes and offsets: the text itself goes no further than staging."""

from collections.abc import Iterator

import dagster as dg

from assets.described import made, table_spec
from assets.warehouse import POOL, Warehouse
from quality.features import refuse_protected
from quality.minimum_standard import load_minimum_standard
from quality.text.extraction import read_texts
from quality.text.measurement import agreement
from quality.text.text_rules import load_text_rules

STAGED = ("staging.stg_crimes", "staging.stg_mo_texts", "staging.stg_mo_features")
TEXTS = """
    select crime_id, crime_group, text_kind, written_at, text
    from staging.stg_mo_texts join staging.stg_crimes using (crime_id)
    order by crime_id, written_at, text_kind, text
"""
FEATURES = """
    select crime_id, item_code, value_code, value_source from staging.stg_mo_features
    where is_valid_code order by all
"""
TABLES = {
    "quality.mo_text_values": "MO values that free text says, each with its rule and the offsets of the words, never "
    "the words; one row per text, item and value.",
    "quality.mo_text_precision": "How often text agrees with what was recorded in fields, and whether what it says is "
    "evidence; one row per item, without a value, and one per value that text says.",
}


@dg.multi_asset(
    name="text_reading",
    specs=[table_spec(table, STAGED, description, "quality") for table, description in TABLES.items()],
    pool=POOL,
)
def text_reading(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Read every MO text by the rules, and judge each value by the crimes that hold both text and field."""
    standard = load_minimum_standard()
    rules = load_text_rules(standard=standard)
    reading = read_texts(warehouse.frame(TEXTS), rules, standard)
    refuse_protected(reading.found["item_code"].unique())
    precision = agreement(reading.found, warehouse.frame(FEATURES), standard, rules.limits)
    of_values = precision[precision["value_code"].notna()]
    telling = {
        "quality.mo_text_values": {"n_texts": reading.n_texts, "n_cut": reading.n_cut},
        "quality.mo_text_precision": {"n_evidence": int(of_values["is_evidence"].sum())},
    }
    for table, frame in zip(TABLES, (reading.found, precision), strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, **telling[table])
