"""Which evidence a pair of crimes gives, in which form, and what of it is learned from a table of crimes.

A specification is data: everything that scoring needs, value shares and word weights included, lies in it, so that a
model document which holds it needs nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from linkage.crowding import (
    Crowding,
    CrowdingError,
    crowding_as_data,
    crowding_from_data,
    fit_crowding,
    mean_latitude,
    plane_km,
)
from linkage.item_evidence import rarity_weights
from linkage.rarity import value_shares
from linkage.text_evidence import TextSpace, fit_text_space

SPACE_AND_TIME = ("distance_km", "gap_days", "tod_gap_hours", "dow_gap_days")
NEARER_SHARE = "nearer_share"

_CHOICES = {
    "match": ("match-or-missing", "binary", "levels", "rarity"),
    "circular": ("exact", "reference"),
    "distance": ("projected", "great-circle"),
}
_NAMES = ("items", "overlap", "agreement", "numerical")
_PLACE = ("easting_m", "northing_m")
_ALWAYS_WRITTEN = ("items", "match", "circular", "distance", "overlap", "rarity")


class EvidenceError(ValueError):
    """Evidence was asked of crimes or pairs that cannot give it."""


@dataclass(frozen=True)
class EvidenceSpec:
    """Which evidence a pair of crimes gives, and in which form.

    Parameters
    ----------
    items : tuple of str
        MO items compared as match or not; each gives a column `match_<item>`.
    match : {"match-or-missing", "binary", "levels", "rarity"}
        Missing on either side is a level of its own; or two missing values match and one differs (the published
        package); or the unordered pair of values is the level; or a match is graded by how common the value is.
    circular : {"exact", "reference"}
        Time of day and day of week of intervals of any length; or a quarter period once one is a period long.
    distance : {"projected", "great-circle"}
        easting_m and northing_m are projected metres; or they hold longitude and latitude in degrees.
    overlap : tuple of str
        Multi-valued MO items compared by weighted Jaccard overlap, in columns `overlap_<item>`.
    rarity : mapping of item to mapping of value to weight
        Weights for the overlap (`linkage.item_evidence.rarity_weights`); an item that is not here weighs alike.
    agreement : tuple of str
        MO items compared by how surprising their shared value is, -ln of its share, in columns `agreement_<item>`.
    numerical : tuple of str
        Numeric columns compared by absolute difference, in columns `gap_<column>`.
    crime_group : bool
        Whether the unordered pair of crime groups is evidence, in column `crime_group_pair`.
    text : str, optional
        Column of MO text compared by its weighted words, in column `text_similarity`.
    common_from, rare_below : float
        Under `match="rarity"` a shared value is common from this share of crimes on, and rare below that one.
    shares : mapping of item to mapping of value to share
        Share of crimes that have the value, of those with the item recorded (`linkage.rarity.value_shares`); learned
        by `fit_spec`, needed for agreement and `match="rarity"`.
    text_space : TextSpace, optional
        Words and their weights; learned by `fit_spec`, needed for text.
    crowding_km : float, optional
        Distance is judged against how crowded the place is as well, in column `nearer_share`; the density of crimes is
        smoothed with a Gaussian of this standard deviation, in km. 1.5 is usual, and results hardly depend on it: on
        the reference data average precision is 0.661, 0.664 and 0.664 at 1, 1.5 and 2 km.
    crowding : Crowding, optional
        The map of that density; learned by `fit_spec`, needed with `crowding_km`.
    """

    items: tuple[str, ...]
    match: str = "match-or-missing"
    circular: str = "exact"
    distance: str = "projected"
    overlap: tuple[str, ...] = ()
    rarity: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    agreement: tuple[str, ...] = ()
    numerical: tuple[str, ...] = ()
    crime_group: bool = False
    text: str | None = None
    common_from: float = 0.20
    rare_below: float = 0.05
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    text_space: TextSpace | None = None
    crowding_km: float | None = None
    crowding: Crowding | None = None

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise EvidenceError(
                    f"{name}: expected one of {', '.join(allowed)}, got {getattr(self, name)!r}; choose one of these"
                )
        _check_names(self)
        _check_crowding(self)
        if not 0.0 <= self.rare_below <= self.common_from <= 1.0:
            raise EvidenceError(
                "rare_below, common_from: expected shares with 0 <= rare_below <= common_from <= 1, "
                f"got {self.rare_below} and {self.common_from}; 0.05 and 0.20 suit most items"
            )
        outside = [name for name, values in self.shares.items() if not all(0 < one <= 1 for one in values.values())]
        if outside:
            raise EvidenceError(
                f"shares: expected numbers above 0 and up to 1, got others for {', '.join(outside)}; "
                "learn them with fit_spec"
            )

    @property
    def compared(self) -> tuple[str, ...]:
        """The MO items that are compared in whatever form, each once."""
        return tuple(dict.fromkeys((*self.items, *self.overlap, *self.agreement)))

    @property
    def graded(self) -> tuple[str, ...]:
        """The items whose evidence depends on how common a value is, each once."""
        return tuple(dict.fromkeys((*(self.items if self.match == "rarity" else ()), *self.agreement)))


def evidence_columns(spec: EvidenceSpec) -> tuple[str, ...]:
    """Return the names of the evidence columns, in order."""
    return (
        *SPACE_AND_TIME,
        *((NEARER_SHARE,) if spec.crowding_km is not None else ()),
        *(f"match_{item}" for item in spec.items),
        *(f"overlap_{item}" for item in spec.overlap),
        *(f"agreement_{item}" for item in spec.agreement),
        *(f"gap_{name}" for name in spec.numerical),
        *(("crime_group_pair",) if spec.crime_group else ()),
        *(("text_similarity",) if spec.text else ()),
    )


def fit_spec(crimes: pd.DataFrame, spec: EvidenceSpec) -> EvidenceSpec:
    """Return the specification with everything it needs to know of the crimes.

    That is shares of values, overlap weights, words, and how crowded places are.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, solved or not; no label is looked at.
    spec : EvidenceSpec
        What is asked for. What it had learned before is learned anew.

    Raises
    ------
    EvidenceError
        A column is missing, or places lie too far apart for a map of them.
    """
    places = () if spec.crowding_km is None else _PLACE
    require_columns(crimes, (*spec.graded, *spec.overlap, *((spec.text,) if spec.text else ()), *places))
    return replace(
        spec,
        shares={item: value_shares(crimes[item]) for item in spec.graded},
        rarity={item: rarity_weights(crimes[item]) for item in spec.overlap},
        text_space=fit_text_space(crimes[spec.text]) if spec.text else None,
        crowding=_learned_crowding(crimes, spec),
    )


def check_fitted(spec: EvidenceSpec) -> None:
    """Refuse a specification that lacks what only a table of crimes can teach it.

    Raises
    ------
    EvidenceError
        Shares of an item, the words of the text, or the map of crowding are not there.
    """
    unlearned = [item for item in spec.graded if item not in spec.shares]
    if unlearned:
        raise EvidenceError(
            f"shares: expected value shares of {', '.join(spec.graded)}, got none of {', '.join(unlearned)}; "
            "learn them with fit_spec"
        )
    if spec.text and spec.text_space is None:
        raise EvidenceError(f"text_space: expected the words of {spec.text}, got none; learn them with fit_spec")
    if spec.crowding_km is not None and spec.crowding is None:
        raise EvidenceError("crowding: expected a map of how crowded places are, got none; learn it with fit_spec")


def require_columns(crimes: pd.DataFrame, needed: Iterable[str]) -> None:
    """Refuse a table of crimes that lacks a column.

    Raises
    ------
    EvidenceError
        Names what is missing.
    """
    needed = tuple(dict.fromkeys(needed))
    absent = [name for name in needed if name not in crimes.columns]
    if absent:
        raise EvidenceError(
            f"crimes: expected columns {', '.join(needed)}, got none named {', '.join(absent)}; "
            "add them or leave their items out of the evidence"
        )


def spec_as_data(spec: EvidenceSpec) -> dict[str, Any]:
    """Return a specification as a dict that JSON holds exactly; `spec_from_data` reads it.

    What came after the first form of the document is written only where it is asked for, so that a model which uses
    none of it keeps its document, and with it its version, to the letter.
    """
    plain = EvidenceSpec(())
    written = {
        each.name: getattr(spec, each.name)
        for each in fields(spec)
        if each.name in _ALWAYS_WRITTEN or getattr(spec, each.name) != getattr(plain, each.name)
    }
    return {name: _as_data(value) for name, value in written.items()}


def spec_from_data(data: Mapping[str, Any]) -> EvidenceSpec:
    """Return the specification that `spec_as_data` wrote, exactly.

    Raises
    ------
    EvidenceError
        A value is out of range.
    KeyError, TypeError, ValueError, AttributeError
        A part is missing, unknown, or of another kind.
    """
    missing = [name for name in _ALWAYS_WRITTEN if name not in data]
    if missing:
        raise KeyError(", ".join(missing))
    read: dict[str, Any] = {name: tuple(value) if name in _NAMES else value for name, value in data.items()}
    if read.get("text_space") is not None:
        read["text_space"] = TextSpace(**read["text_space"])
    if read.get("crowding") is not None:
        read["crowding"] = crowding_from_data(read["crowding"])
    return EvidenceSpec(**read)


def _check_names(spec: EvidenceSpec) -> None:
    for name in _NAMES:
        value = getattr(spec, name)
        if isinstance(value, str) or not all(isinstance(one, str) for one in value):
            raise EvidenceError(f"{name}: expected a tuple of names, got {value!r}; put even one name in a tuple")
    columns = evidence_columns(spec)
    if len(set(columns)) < len(columns):
        raise EvidenceError(f"{', '.join(_NAMES)}: expected each item once, got one repeated; name it once")


def _check_crowding(spec: EvidenceSpec) -> None:
    if spec.crowding_km is not None and not 0 < spec.crowding_km < inf:
        raise EvidenceError(f"crowding_km: expected more than 0, got {spec.crowding_km}; 1.5 km is usual")
    if spec.crowding is not None and spec.crowding.bandwidth_km != spec.crowding_km:
        raise EvidenceError(
            f"crowding: expected a map smoothed by crowding_km = {spec.crowding_km}, got one by "
            f"{spec.crowding.bandwidth_km} km; learn it with fit_spec"
        )


def _learned_crowding(crimes: pd.DataFrame, spec: EvidenceSpec) -> Crowding | None:
    if spec.crowding_km is None:
        return None
    x, y = (crimes[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in _PLACE)
    latitude_deg = None if spec.distance == "projected" else mean_latitude(x, y)
    try:
        return fit_crowding(*plane_km(x, y, latitude_deg), spec.crowding_km, latitude_deg)
    except CrowdingError as error:
        raise EvidenceError(str(error)) from error


def _as_data(value: Any) -> Any:
    if isinstance(value, Crowding):
        return crowding_as_data(value)
    if isinstance(value, TextSpace):
        return {each.name: _as_data(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {name: _as_data(one) for name, one in value.items()}
    return list(value) if isinstance(value, tuple) else value
