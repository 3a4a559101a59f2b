"""What the owners of a tile found as an Arrow table, one row a crime, and back: how findings leave a machine."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkage.pair_lists import PairArrays
from linkage.scan_kernel import PartnerLists
from linkage.tile_scans import TileFindings

Ints = npt.NDArray[np.int64]

FOUND = (
    "crime int, strongest array<int>, strongest_log_bf array<double>, solved array<int>, solved_log_bf array<double>, "
    "others array<int>, others_log_bf array<double>, counts array<bigint>"
)
"""Rows of the force: a crime, its strongest partners, its strongest solved partners, and its partners at or above a
floor or of its incident (each pair once a tile). `counts` stands in one row of each tile and is empty in the rest:
n_looks, n_looks_left_out, n_scored."""


def as_table(found: TileFindings) -> pa.Table:
    """Return findings as rows."""
    rows = found.row
    by_owner = np.isin(found.pairs.first, rows)
    owner, other = (np.where(by_owner, *pair) for pair in (found.pairs[:2], found.pairs[1::-1]))
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], rows, side="right")
    counts = np.array([found.n_looks, found.n_looks_left_out, found.n_scored], dtype=np.int64)
    return pa.table(
        {
            "crime": rows.astype(np.int32),
            **_lists("strongest", found.strongest),
            **_lists("solved", found.solved_partners),
            "others": _list(ends, other[order].astype(np.int32)),
            "others_log_bf": _list(ends, found.pairs.log_bf[order]),
            "counts": _list(np.full(len(rows), len(counts), dtype=np.int64), counts),
        }
    )


def findings_of(table: pa.Table, top_k: int) -> TileFindings:
    """Return the findings that some rows hold, of one tile or several.

    Parameters
    ----------
    table : Table
        Rows of `as_table` in any order.
    top_k : int
        Partners that a crime keeps at most.
    """
    row = table.column("crime").to_numpy().astype(np.int64)
    length, other = _of_lists(table, "others")
    _, log_bf = _of_lists(table, "others_log_bf")
    owner, other = np.repeat(row, length).astype(np.int32), other.astype(np.int32)
    counts = _of_lists(table, "counts")[1].reshape(-1, 3).sum(axis=0).astype(np.int64)
    return TileFindings(
        row,
        _partners(table, "strongest", top_k),
        _partners(table, "solved", top_k),
        PairArrays(np.minimum(owner, other), np.maximum(owner, other), log_bf.astype(np.float64)),
        *counts.tolist(),
    )


def _lists(name: str, lists: PartnerLists) -> dict[str, pa.ListArray]:
    is_there = lists.partner >= 0
    ends = np.cumsum(is_there.sum(axis=1))
    return {name: _list(ends, lists.partner[is_there]), f"{name}_log_bf": _list(ends, lists.log_bf[is_there])}


def _list(ends: Ints, values: npt.NDArray[np.generic]) -> pa.ListArray:
    """Return lists that end where they are said to; the first begins at the first value."""
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends).astype(np.int32)), pa.array(values))


def _partners(table: pa.Table, name: str, top_k: int) -> PartnerLists:
    length, partner = _of_lists(table, name)
    _, log_bf = _of_lists(table, f"{name}_log_bf")
    out = PartnerLists(np.full((len(length), top_k), -1, dtype=np.int32), np.full((len(length), top_k), -np.inf))
    crime, place = np.repeat(np.arange(len(length)), length), np.arange(length.sum())
    place -= np.repeat(np.cumsum(length) - length, length)
    out.partner[crime, place], out.log_bf[crime, place] = partner, log_bf
    return out


def _of_lists(table: pa.Table, name: str) -> tuple[Ints, npt.NDArray[np.generic]]:
    """Return how long each list is, and all their values one after another."""
    column = table.column(name).combine_chunks()
    column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
    return np.diff(column.offsets.to_numpy()).astype(np.int64), column.flatten().to_numpy(zero_copy_only=False)
