"""What changed in a force since it was scored: told from the columns themselves, which are all that scoring reads.

Either all crimes are given, and compared with what they were; or only those that may have changed, which are put in
their places among the others.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import ordered_crimes
from linkage.crime_columns import CrimeColumns, crime_columns
from linkage.evidence import encode_crimes
from linkage.force_state import ForceSettings, ForceState, Hashes
from linkage.increment import Change
from linkage.pair_scores import NoTablesError, ScoringError
from linkage.recorded_sets import Sets, crimes_with_sets, recoded, recorded_sets, sets_together
from linkage.score_tables import MOST_SETS, ScoreTables, score_tables
from linkage.stored_columns import Names, crime_rows, ids_as_bytes

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_HASH_KEYS = ("colink incidents", "incidents colink")  # sixteen bytes each, as pandas asks


class Crimes(NamedTuple):
    """Crimes as a force is scored from them: in order of crime_id, the arrays of a `ForceState`, before any scan."""

    ids: Names
    incident_key: Hashes
    group_key: Hashes
    columns: CrimeColumns
    tables: ScoreTables
    sets: Sets


def crimes_of(crimes: pd.DataFrame, settings: ForceSettings, solved: Collection[str] = ()) -> Crimes:
    """Lay crimes out for a scan.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    settings : ForceSettings
    solved : collection of str
        crime_ids of solved crimes.

    Raises
    ------
    NoTablesError
        The model is none that tables can hold.
    CrimeTableError, EvidenceError, ItemError
        A column is missing or holds what cannot be compared, or crime_id is missing or repeated.
    """
    crimes = ordered_crimes(crimes)
    model, spec, limits = settings.model, settings.spec, settings.limits
    encoded = encode_crimes(crimes, spec)
    tables = score_tables(model, spec, encoded)
    if tables is None:
        raise NoTablesError(
            f"model: expected a sum of terms over items of a few thousand sets, got {type(model).__name__}; "
            "score it with linkage.scoring.score_links"
        )
    columns = crime_columns(crimes, spec, model, limits.across_groups, solved, encoded)
    groups = crimes["crime_group"].iloc[:0] if limits.across_groups else crimes["crime_group"]
    incident = crimes["incident_id"] if "incident_id" in crimes else pd.Series([None] * len(crimes), dtype=object)
    ids = ids_as_bytes(crimes["crime_id"])
    return Crimes(ids, _keys(incident), _keys(groups), columns, tables, recorded_sets(encoded, model, spec))


def change_to(state: ForceState, now: Crimes) -> tuple[Crimes, Change]:
    """Compare all crimes as they are with what they were.

    Returns
    -------
    Crimes, Change
        The crimes with their blocks and incidents numbered as before, and what changed.
    """
    former_row = _rows_among(state.ids, now.ids)
    now = now._replace(columns=_numbered_as_before(state, now, former_row))
    is_changed = former_row < 0
    is_changed[~is_changed] = _differ(state, now, former_row[~is_changed], np.flatnonzero(~is_changed))
    return now, Change(now.columns, now.tables, former_row, is_changed)


def change_by(
    state: ForceState,
    some: Crimes,
    gone: Collection[str],
    settings: ForceSettings,
    solved: Collection[str] | None = None,
) -> tuple[Crimes, Change]:
    """Put crimes that are new or may have changed among the others, and take out those that are gone.

    Parameters
    ----------
    state : ForceState
    some : Crimes
    gone : collection of str
        crime_ids; those that are not there are passed over.
    settings : ForceSettings
    solved : collection of str, optional
        crime_ids of all solved crimes; where it is left out, those that are not given stay as they were.

    Raises
    ------
    ScoringError
        Together with what was recorded before, an item has too many distinct sets.
    """
    absent = crime_rows(state.ids, sorted(gone)) if len(gone) else np.empty(0, dtype=np.int64)
    is_kept = np.ones(len(state.ids), dtype=np.bool_)
    former = _rows_among(state.ids, some.ids)
    is_kept[former[former >= 0]] = is_kept[absent[absent >= 0]] = False
    kept = np.flatnonzero(is_kept)
    places = np.searchsorted(state.ids[kept], some.ids) + np.arange(len(some.ids))
    n = len(kept) + len(places)
    is_given = np.zeros(n, dtype=np.bool_)
    is_given[places] = True
    sets = sets_together(state.sets, some.sets)
    old = state.columns._replace(codes=recoded(state.columns.codes, state.sets, sets))
    new = some.columns._replace(codes=recoded(some.columns.codes, some.sets, sets))
    both: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]] = {
        name: (getattr(old, name), getattr(new, name)) for name in CrimeColumns._fields
    }
    merged = CrimeColumns(**{name: _merged(*ends, kept, is_given) for name, ends in both.items()})
    incident_key, group_key = (
        _merged(getattr(state, name), getattr(some, name), kept, is_given) for name in ("incident_key", "group_key")
    )
    tables = state.tables if sets == state.sets else score_tables(settings.model, settings.spec, crimes_with_sets(sets))
    if tables is None:
        raise ScoringError(
            f"crimes: expected at most {MOST_SETS:,} distinct recorded sets of an item, gone ones included, got more; "
            "use score_refresh with all crimes"
        )
    now = Crimes(_merged(state.ids, some.ids, kept, is_given), incident_key, group_key, merged, tables, sets)
    if solved is not None:
        rows = crime_rows(now.ids, sorted(solved))
        is_solved = np.zeros(n, dtype=np.bool_)
        is_solved[rows[rows >= 0]] = True
        now = now._replace(columns=now.columns._replace(is_solved=is_solved))
    former_row = _merged(np.arange(len(state.ids)), former, kept, is_given)
    now = now._replace(columns=_numbered_as_before(state, now, former_row))
    is_changed = former_row < 0
    maybe = np.flatnonzero(is_given & ~is_changed)
    is_changed[maybe] = _differ(state, now, former_row[maybe], maybe)
    others = np.flatnonzero(~is_given)
    is_changed[others] = state.columns.is_solved[former_row[others]] != now.columns.is_solved[others]
    return now, Change(now.columns, now.tables, former_row, is_changed)


def _keys(names: pd.Series) -> Hashes:
    """Return two hashes of each name, which no two names of a force share; 0 where there is none."""
    out = np.zeros((len(names), 2), dtype=np.uint64)
    is_named = names.notna().to_numpy()
    values = names[is_named].astype(str).to_numpy(dtype=object)
    for column, key in enumerate(_HASH_KEYS):
        out[is_named, column] = pd.util.hash_array(values, hash_key=key)
    return out


def _rows_among(ids: Names, wanted: Names) -> Ints:
    """Return the row of each of ascending names among others, -1 where it is not there."""
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    rows = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[rows] == wanted, rows, -1).astype(np.int64)


def _merged(old: npt.NDArray[Any], new: npt.NDArray[Any], kept: Ints, is_given: Flags) -> npt.NDArray[Any]:
    if not len(old) and not len(new):
        return old  # a column that nobody asks for
    out = np.empty((len(is_given), *old.shape[1:]), dtype=np.result_type(old, new))
    out[~is_given], out[is_given] = old[kept], new
    return out


def _numbered_as_before(state: ForceState, now: Crimes, former_row: Ints) -> CrimeColumns:
    incident = _numbers(state.incident_key, state.columns.incident, now.incident_key, former_row, nameless=-1)
    if not len(now.group_key):
        return now.columns._replace(incident=incident)
    block = _numbers(state.group_key, state.columns.block, now.group_key, former_row, nameless=None)
    return now.columns._replace(incident=incident, block=block)


def _numbers(
    old_key: Hashes, old_number: npt.NDArray[np.int32], key: Hashes, former_row: Ints, nameless: int | None
) -> npt.NDArray[np.int32]:
    """Return the number that each key had; further ones for other keys, and for each crime without a name its own."""
    order = np.argsort(old_key[:, 0], kind="stable")
    at = order[np.minimum(np.searchsorted(old_key[order, 0], key[:, 0]), len(order) - 1)] if len(order) else None
    number = np.full(len(key), -1, dtype=np.int64)
    is_known = np.zeros(len(key), dtype=np.bool_)
    if at is not None:
        is_known = (old_key[at] == key).all(axis=1)
        number[is_known] = old_number[at[is_known]]
    is_nameless = (key == 0).all(axis=1)
    had_none = is_nameless & (former_row >= 0)
    had_none[had_none] = (old_key[former_row[had_none]] == 0).all(axis=1)
    number[had_none] = old_number[former_row[had_none]]
    first_free = int(old_number.max(initial=-1)) + 1
    is_fresh = ~is_known & ~is_nameless
    fresh = pd.factorize(key[is_fresh, 0])[0]
    number[is_fresh] = first_free + fresh
    own = is_nameless & ~had_none
    number[own] = first_free + len(fresh) + np.arange(own.sum())
    if nameless is not None:
        number[is_nameless] = nameless
    return number.astype(np.int32)


def _differ(state: ForceState, now: Crimes, before: Ints, rows: Ints) -> Flags:
    """Tell which crimes, by their rows before and now, are other than they were."""
    old = state.columns._replace(codes=recoded(state.columns.codes[before], state.sets, now.sets))
    differs = np.zeros(len(rows), dtype=np.bool_)
    for name in CrimeColumns._fields:
        new, former = getattr(now.columns, name), getattr(old, name)
        if len(new):
            one, other = new[rows], former if name == "codes" else former[before]
            unequal = one != other
            if one.dtype.kind == "f":
                unequal &= ~(np.isnan(one) & np.isnan(other))
            differs |= unequal.any(axis=1) if unequal.ndim > 1 else unequal
    return differs
