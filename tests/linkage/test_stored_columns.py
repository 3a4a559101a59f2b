"""Stored columns: what was saved scores pairs as what was in memory did, and crimes are found by name."""

import numpy as np
import pytest

from linkage.array_folder import save_arrays
from linkage.crime_columns import crime_columns
from linkage.evidence import encode_crimes
from linkage.score_kernel import scores_of_pairs
from linkage.score_tables import score_tables
from linkage.stored_columns import StoredColumnsError, crime_rows, open_columns, save_columns
from tests.linkage.small_force import small_force

N = 120


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    crimes, model, spec = small_force(N)
    tables = score_tables(model, spec, encode_crimes(crimes, spec))
    columns = crime_columns(crimes, spec, model, solved=crimes["crime_id"][::9])
    folder = tmp_path_factory.mktemp("stored") / "comparable"
    fingerprint = save_columns(folder, crimes["crime_id"], columns, tables, {"max_km": 5.0})
    return folder, columns, tables, fingerprint


def test_mapped_columns_score_every_pair_as_those_in_memory(stored):
    folder, columns, tables, fingerprint = stored
    found = open_columns(folder)
    first, second = (rows.astype(np.int64) for rows in np.triu_indices(N, 1))
    expected = scores_of_pairs(tables, columns, first, second)
    assert (scores_of_pairs(found.tables, found.columns, first, second) == expected).all()
    assert len(np.unique(expected)) > N
    assert (found.about, found.fingerprint) == ({"max_km": 5.0}, fingerprint)
    assert (found.tables.base, found.tables.great_circle) == (tables.base, False)
    assert found.columns.is_solved.tolist() == [row % 9 == 0 for row in range(N)]


def test_crimes_are_found_by_their_name_and_no_other_is(stored):
    found = open_columns(stored[0])
    assert crime_rows(found.ids, ["C00119", "C00000", "C00007"]).tolist() == [119, 0, 7]
    assert crime_rows(found.ids, ["", "C0000", "C000071", "C00120", "A", "Z", "Ç"]).tolist() == [-1] * 7
    assert found.names(np.array([3, 0])) == ["C00003", "C00000"]
    assert crime_rows(found.ids[:0], ["C00001"]).tolist() == [-1]
    assert crime_rows(found.ids, []).tolist() == []


def test_names_beyond_ascii_keep_their_order(tmp_path, stored):
    _, columns, tables, _ = stored
    names = [f"C{i:03d}" for i in range(N - 2)] + ["Zß", "Écrasé"]
    save_columns(tmp_path / "crimes", names, columns, tables)
    found = open_columns(tmp_path / "crimes")
    assert found.names(crime_rows(found.ids, ["Écrasé", "Zß"])) == ["Écrasé", "Zß"]


def test_ids_that_do_not_fit_the_columns_are_refused(tmp_path, stored):
    _, columns, tables, _ = stored
    names = [f"C{i:03d}" for i in range(N)]
    with pytest.raises(StoredColumnsError, match="expected one for each of 120 crimes, got 119"):
        save_columns(tmp_path / "crimes", names[1:], columns, tables)
    for others in ([*names[1:], names[0]], [names[0], names[0], *names[2:]]):
        with pytest.raises(StoredColumnsError, match="expected crime_ids ascending, each once"):
            save_columns(tmp_path / "crimes", others, columns, tables)


def test_a_folder_of_something_else_says_what_to_do(tmp_path):
    save_arrays(tmp_path / "crimes", {"a": np.arange(3)})
    with pytest.raises(StoredColumnsError, match="expected stored columns of this release, got a fault at 'plain'"):
        open_columns(tmp_path / "crimes")
    with pytest.raises(StoredColumnsError, match="expected a folder of arrays, got none"):
        open_columns(tmp_path / "nowhere")
