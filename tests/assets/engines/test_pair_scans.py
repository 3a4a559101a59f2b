"""Pairs scored on either engine: equal row by row; crimes and findings travel without a change."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.engines.crime_records import (
    as_records,
    from_records,
    no_crimes,
    places_of,
    record_type,
    records_of,
    write_crimes,
)
from assets.engines.pair_scans import scan_locally, scan_on_spark
from assets.engines.spark import spark_session
from assets.engines.tile_tables import as_table, findings_of
from linkage.candidates import LinkLimits
from linkage.force_links import links_of
from linkage.keep_rule import KeepRule
from linkage.pair_lists import PairArrays
from linkage.scan_kernel import PartnerLists
from linkage.tile_scans import ScanTask, TileFindings, scan_of_tiles, scan_tile
from tests.linkage.force_oracle import PRIOR, arrays, fitted, random_crimes, specification

HAS_SPARK = importlib.util.find_spec("pyspark") is not None
LIMITS, KEEP = LinkLimits(2.0, 90.0), KeepRule(3, 0.05, edge_log_bf=2.0)


@pytest.fixture(scope="module")
def force():
    crimes = random_crimes(300, 1)
    solved = crimes["crime_id"][::5].tolist()
    return arrays(crimes, *fitted(crimes, specification(), "calibrated"), solved=solved)


def assert_equal_tuples(found, wanted):
    for name, left, right in zip(wanted._fields, found, wanted, strict=True):
        np.testing.assert_array_equal(left, right, err_msg=name)
        assert left.dtype == right.dtype, name


def test_crimes_travel_as_records_in_any_order_and_come_back_as_columns(force, tmp_path):
    columns, _ = force
    write_crimes(columns, tmp_path / "crimes")
    table = pa.parquet.read_table(tmp_path / "crimes").take(np.random.default_rng(1).permutation(_complete(columns)))
    kind = record_type(columns)
    back = from_records(records_of(table.column("record"), kind), no_crimes(columns))
    assert back.row.tolist() == np.flatnonzero(columns.is_placed & columns.is_dated).tolist()
    assert_equal_tuples(back.columns, columns._replace(**{n: v[back.row] for n, v in columns._asdict().items()}))
    (batch,) = table.combine_chunks().to_batches()
    places = places_of(batch)
    assert places.x_m.tolist() == columns.x_m[batch.column("row").to_numpy()].tolist()


def _complete(columns):
    return int((columns.is_placed & columns.is_dated).sum())


def test_a_column_that_no_term_reads_stays_empty(force):
    columns = force[0]._replace(root_density=np.empty(0))
    back = from_records(as_records(columns, np.arange(3), record_type(columns)), no_crimes(columns)).columns
    assert back.root_density.shape == (0,)
    assert back.x.shape == (3,)


def test_findings_travel_as_rows_and_come_back_whole():
    partner = np.array([[7, 2, -1], [-1, -1, -1], [9, 1, 3]], dtype=np.int32)
    log_bf = np.array([[3.0, 1.0, -np.inf], [-np.inf] * 3, [0.5, 0.25, -1.0]])
    found = TileFindings(
        row=np.array([2, 5, 8]),
        strongest=PartnerLists(partner, log_bf),
        solved_partners=PartnerLists(np.empty((3, 0), np.int32), np.empty((3, 0))),
        pairs=PairArrays(np.array([1, 2, 8], np.int32), np.array([8, 7, 9], np.int32), np.array([4.0, 3.0, 0.5])),
        n_looks=11,
        n_looks_left_out=2,
        n_scored=7,
    )
    back = findings_of(as_table(found), 3)
    np.testing.assert_array_equal(back.row, found.row)
    assert_equal_tuples(back.strongest, found.strongest)
    assert back.solved_partners.partner.tolist() == [[-1] * 3] * 3
    assert sorted(zip(*back.pairs, strict=True)) == sorted(zip(*found.pairs, strict=True))
    assert back[4:] == (11, 2, 7)


def test_findings_of_several_tiles_in_one_table_are_added_up():
    none = PartnerLists(np.empty((1, 0), np.int32), np.empty((1, 0)))
    no_pairs = PairArrays(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    tables = [as_table(TileFindings(np.array([row]), none, none, no_pairs, row, 0, 1)) for row in (4, 9)]
    back = findings_of(pa.concat_tables(tables), 2)
    assert back.row.tolist() == [4, 9]
    assert back[4:] == (13, 0, 2)


@pytest.mark.long
@pytest.mark.skipif(not HAS_SPARK, reason="pyspark is not installed (extra spark)")
@pytest.mark.skipif(shutil.which("java") is None, reason="no Java runtime")
def test_spark_finds_row_by_row_what_the_cores_of_this_machine_find(force, tmp_path: Path) -> None:
    columns, tables = force
    local = scan_locally(columns, tables, LIMITS, KEEP, PRIOR)
    write_crimes(columns, tmp_path / "pairs" / "crimes")  # of a killed run
    with spark_session() as session:
        spark = scan_on_spark(columns, tables, LIMITS, KEEP, PRIOR, session=session, folder=tmp_path, most_owned=40)
        nobody = scan_on_spark(no_crimes(columns), tables, LIMITS, KEEP, PRIOR, session=session, folder=tmp_path)
    assert_equal_tuples(spark.strongest, local.strongest)
    assert_equal_tuples(spark.solved_partners, local.solved_partners)
    found, wanted = (links_of(columns, scan, KEEP, PRIOR) for scan in (spark, local))
    for name in ("links", "edges", "to_solved"):
        assert_equal_tuples(getattr(found, name), getattr(wanted, name))
    np.testing.assert_array_equal(found.is_same_incident, wanted.is_same_incident)
    assert found.counts._replace(n_scored=0) == wanted.counts._replace(n_scored=0)
    assert len(nobody.pairs.first) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_force_without_solved_crimes_has_no_lists_of_them_whatever_tables_hold():
    crimes = random_crimes(60, 2)
    columns, tables = arrays(crimes, *fitted(crimes, specification(), "calibrated"))
    task = ScanTask(tables, LIMITS, KEEP, PRIOR)
    everyone = np.ones(60, dtype=np.bool_)
    complete = columns.is_placed & columns.is_dated
    rows = np.flatnonzero(complete)
    seen = columns._replace(**{name: values[rows] for name, values in columns._asdict().items() if len(values)})
    travelled = findings_of(as_table(scan_tile(rows, seen, everyone[rows], task)), KEEP.top_k)
    found = scan_of_tiles([travelled], columns, task)
    assert found.solved_partners.partner.shape == (60, 0)
    wanted = scan_locally(columns, tables, LIMITS, KEEP, PRIOR)
    assert_equal_tuples(found.strongest, wanted.strongest)
