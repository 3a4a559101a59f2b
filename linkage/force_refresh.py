"""The links of a force at each refresh: by an increment where little changed and the model did not, else all anew.

Both ways give the same rows::

    settings = ForceSettings(model, spec, prior_log_odds, limits, keep)
    first = score_refresh(None, crimes, settings, solved)
    save_state(folder, first.state)
    ...
    next_one = score_refresh(open_state(folder), crimes_of_today, settings, solved)
    next_one.links, next_one.is_full, next_one.reason
"""

from collections.abc import Callable, Collection
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.changed_crimes import Crimes, change_by, change_to, crimes_of
from linkage.force_links import ForceLinks, ForceScan, Say, links_of, scan_force
from linkage.force_state import ForceSettings, ForceState
from linkage.increment import Change, floor_pairs, increment

Flags = npt.NDArray[np.bool_]
Scan: TypeAlias = Callable[..., ForceScan]
"""What scores all pairs: `linkage.force_links.scan_force`, or what takes and gives the same elsewhere."""

MOST_CHANGED = 0.25
"""Share of crimes from which a scan of everything takes no longer: each looks at all its partners, from one end."""


class ForceResult(NamedTuple):
    """The links of a force, and what the next refresh starts from.

    Attributes
    ----------
    state : ForceState
    links : ForceLinks
        By rows of the state. After an increment its counts of pairs are of those that were looked at now, but for
        what budgets leave out, which is as the last scan of everything told it.
    is_full : bool
        Whether everything was scored anew.
    reason : str
        Why, or what was scored.
    is_touched : ndarray, shape (n_crimes,), bool
        Crimes whose clusters may be others than before (`linkage.touched_components`).
    n_changed, n_gone, n_scanned : int
        Crimes new or changed; crimes that went; crimes that looked at all their partners.
    """

    state: ForceState
    links: ForceLinks
    is_full: bool
    reason: str
    is_touched: Flags
    n_changed: int
    n_gone: int
    n_scanned: int


def score_refresh(
    state: ForceState | None,
    crimes: pd.DataFrame,
    settings: ForceSettings,
    solved: Collection[str] = (),
    say: Say | None = None,
    scan: Scan = scan_force,
) -> ForceResult:
    """Score a force of which all crimes are at hand.

    Parameters
    ----------
    state : ForceState, optional
        What the last refresh left, if any.
    crimes : DataFrame
        One row a crime, in any order.
    settings : ForceSettings
    solved : collection of str
        crime_ids of solved crimes.
    say : function of str, optional
        Is told how far the scan is.
    scan : callable
        Scores all pairs where that is needed; an increment is scored on the cores of this machine.

    Raises
    ------
    ScoringError
        The model is none that tables can hold, or its calibration does not rise.
    CrimeTableError, EvidenceError, ItemError
        A column is missing or holds what cannot be compared, or crime_id is missing or repeated.
    """
    now = crimes_of(crimes, settings, solved)
    why_full = _why_full(state, settings)
    if state is None or why_full:
        return _in_full(now, settings, why_full, say, scan)
    return _changed(state, *change_to(state, now), settings, say, scan)


def score_changes(
    state: ForceState,
    crimes: pd.DataFrame,
    gone: Collection[str],
    settings: ForceSettings,
    solved: Collection[str] | None = None,
    say: Say | None = None,
    scan: Scan = scan_force,
) -> ForceResult:
    """Score a force of which only the crimes are at hand that are new or may have changed.

    Parameters
    ----------
    state : ForceState
        Made with the same settings.
    crimes : DataFrame
        One row a crime that is new or may have changed, in any order.
    gone : collection of str
        crime_ids of crimes that are no more.
    settings, say, scan
        As in `score_refresh`, which says what is raised.
    solved : collection of str, optional
        crime_ids of all solved crimes; where it is left out, the crimes given are unsolved and others as they were.

    Raises
    ------
    ValueError
        The state was made with other settings.
    """
    why_full = _why_full(state, settings)
    if why_full:
        raise ValueError(f"state: expected one made with these settings, got another ({why_full}); use score_refresh")
    some = crimes_of(crimes, settings, () if solved is None else solved)
    return _changed(state, *change_by(state, some, gone, settings, solved), settings, say, scan)


def _why_full(state: ForceState | None, settings: ForceSettings) -> str:
    if state is None:
        return "nothing was kept of a former refresh"
    if state.settings != settings.fingerprint:
        return "model, evidence, prior, limits or what is kept are others than before"
    return ""


def _changed(
    state: ForceState, now: Crimes, change: Change, settings: ForceSettings, say: Say | None, scan: Scan
) -> ForceResult:
    n_changed = int(change.is_changed.sum())
    n_gone = len(state.ids) - int((change.former_row >= 0).sum())
    if n_changed + n_gone > MOST_CHANGED * max(len(now.ids), len(state.ids)):
        why = f"{n_changed:,} crimes are new or changed and {n_gone:,} gone"
        return _in_full(now, settings, why, say, scan)._replace(n_changed=n_changed, n_gone=n_gone)
    found = increment(state, change, settings)
    reason = (
        f"{n_changed:,} crimes new or changed, {n_gone:,} gone; {found.n_scanned:,} of {len(now.ids):,} looked anew"
    )
    result = _result(now, found.scan, settings, is_full=False, reason=reason)
    return result._replace(is_touched=found.is_touched, n_changed=n_changed, n_gone=n_gone, n_scanned=found.n_scanned)


def _in_full(now: Crimes, settings: ForceSettings, reason: str, say: Say | None, scan: Scan) -> ForceResult:
    limits, keep, prior_log_odds = settings.limits, settings.keep, settings.prior_log_odds
    found = scan(now.columns, now.tables, limits, keep, prior_log_odds, say)
    found = found._replace(pairs=floor_pairs(found, now.columns, keep, prior_log_odds))
    return _result(now, found, settings, is_full=True, reason=reason)


def _result(now: Crimes, scan: ForceScan, settings: ForceSettings, *, is_full: bool, reason: str) -> ForceResult:
    n = len(now.ids)
    found = (scan.strongest, scan.solved_partners, scan.pairs, scan.counts)
    state = ForceState(*now, *found, settings.fingerprint)
    links = links_of(now.columns, scan, settings.keep, settings.prior_log_odds)
    return ForceResult(state, links, is_full, reason, np.ones(n, dtype=np.bool_), n, 0, n)
