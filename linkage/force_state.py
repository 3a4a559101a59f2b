"""What a force-wide scan leaves for the next one: columns, model, strongest partners and pairs above the floors.

From these and the crimes that changed, `linkage.increment` makes what a scan of everything would find.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.array_folder import ArrayFolderError, open_arrays, save_arrays
from linkage.candidates import LinkLimits
from linkage.crime_columns import CrimeColumns
from linkage.evidence import EvidenceSpec
from linkage.force_links import ScanCounts
from linkage.keep_rule import KeepRule
from linkage.model_document import to_document
from linkage.pair_lists import PairArrays
from linkage.pair_scores import LinkModel
from linkage.partner_lists import PartnerLists
from linkage.recorded_sets import Sets, sets_as_data, sets_from_data
from linkage.score_tables import ScoreTables
from linkage.stored_columns import Names, put_together, taken_apart

Hashes = npt.NDArray[np.uint64]

_PARTS = {
    "columns": CrimeColumns,
    "tables": ScoreTables,
    "strongest": PartnerLists,
    "solved_partners": PartnerLists,
    "pairs": PairArrays,
}


_KEYS = ("ids", "incident_key", "group_key")


class ForceStateError(ValueError):
    """A folder does not hold the state of a force."""


@dataclass(frozen=True)
class ForceSettings:
    """All that decides the scores of a force besides its crimes.

    Parameters
    ----------
    model : LinkModel
        One that `linkage.score_tables` can hold.
    spec : EvidenceSpec
    prior_log_odds : float
        Natural log of the prior odds of a pair.
    limits : LinkLimits
    keep : KeepRule
    """

    model: LinkModel
    spec: EvidenceSpec
    prior_log_odds: float
    limits: LinkLimits
    keep: KeepRule

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 of model, specification, prior, limits and rule; equal where the scores would be."""
        document = to_document(self.model, self.spec, prior_log_odds=self.prior_log_odds)
        settings = {"model": document, "limits": repr(self.limits), "keep": repr(self.keep)}
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


class ForceState(NamedTuple):
    """Crimes in order of crime_id, the model for them, and what a scan of all of them found.

    Attributes
    ----------
    ids : ndarray of bytes, shape (n_crimes,)
        crime_id of each row as UTF-8, ascending.
    incident_key, group_key : ndarray, shape (n_crimes, 2), uint64
        Hash of each crime's incident_id, and of its crime_group where pairs keep to groups; 0 where nobody knows it.
    columns : CrimeColumns
    tables : ScoreTables
    sets : dict
        What the codes stand for (`linkage.recorded_sets`).
    strongest, solved_partners : PartnerLists
        As in `linkage.force_links.ForceScan`.
    pairs : PairArrays
        Every pair at or above a floor and every pair of one incident, sorted by first and second.
    counts : ScanCounts
        Of the last scan; what budgets leave out, of the last scan of everything.
    settings : str
        `ForceSettings.fingerprint` of what all this was made with.
    made_by : str
        Which run of a scan made it; empty where nobody said.
    """

    ids: Names
    incident_key: Hashes
    group_key: Hashes
    columns: CrimeColumns
    tables: ScoreTables
    sets: Sets
    strongest: PartnerLists
    solved_partners: PartnerLists
    pairs: PairArrays
    counts: ScanCounts
    settings: str
    made_by: str = ""


def save_state(folder: Path, state: ForceState) -> str:
    """Write a state to a folder, replacing one of that name; return the fingerprint of its contents."""
    arrays, plain = taken_apart({part: getattr(state, part) for part in _PARTS})
    arrays |= {name: getattr(state, name) for name in _KEYS}
    about = {"plain": plain, "sets": sets_as_data(state.sets), "counts": state.counts}
    return save_arrays(folder, arrays, about | {"settings": state.settings, "made_by": state.made_by})


def open_state(folder: Path) -> ForceState:
    """Return the state of a folder, mapped.

    Raises
    ------
    ForceStateError
        The folder does not hold one, or one of another release.
    """
    try:
        arrays, about, _ = open_arrays(folder)
        parts: dict[str, Any] = {
            part: put_together(kind, part, arrays, about["plain"]) for part, kind in _PARTS.items()
        }
        parts |= {name: arrays[name] for name in _KEYS}
        parts |= {"sets": sets_from_data(about["sets"]), "counts": ScanCounts(*about["counts"])}
        return ForceState(settings=about["settings"], made_by=about["made_by"], **parts)
    except (ArrayFolderError, KeyError, TypeError) as error:
        raise ForceStateError(
            f"{folder}: expected the state of a force of this release, got a fault at {error}; score the force anew"
        ) from error
