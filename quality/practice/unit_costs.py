"""What recording better costs and brings: assumptions that a force edits, read from YAML and checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quality.errors import nearest
from quality.practice.errors import PracticeError
from quality.written_yaml import read_yaml

UNIT_COSTS_FILE = Path(__file__).with_name("unit_costs.yaml")
MIXED = "mixed"
CAUSES = (
    "not_asked",
    "not_known",
    "coded_as_other",
    "recorded_late",
    "in_text_only",
    "not_in_list",
    "default_time",
    "default_place",
    "contradicted",
)
INPUTS = (
    "officer_hour_cost",
    "analyst_hour_cost",
    "capture_seconds",
    "value_per_link",
    "confirmed_share",
    "review_minutes_per_link",
    "reviews_per_link",
    "recovered_share",
    "manual_reading_minutes",
    "records_read_a_year",
    "training_hours",
    "extraction_hours",
    "set_up_hours",
)


@dataclass(frozen=True)
class Cause:
    """What a gap is due to: which action mends it in one area (`local`), which in the whole force."""

    label: str
    local: str
    force: str
    loses_evidence: bool


@dataclass(frozen=True)
class Action:
    """What mends a gap, its hours a year, and the share of the crimes of each cause that it mends."""

    label: str
    officer_hours_fixed: float
    officer_hours_per_100_crimes: float
    analyst_hours_fixed: float
    asks_again: bool
    recovers: Mapping[str, float]


@dataclass(frozen=True)
class Fix:
    """How one record is mended: seconds, the chance that a usable value comes of it, what to do."""

    seconds: float
    recovers: float
    do: str


@dataclass(frozen=True)
class Estimate:
    """An input of the cost-benefit model: what is likely, and a low and a high for the sensitivity."""

    likely: float
    low: float
    high: float


@dataclass(frozen=True)
class UnitCosts:
    """Every assumption, checked: causes name actions that are there, shares lie in 0 to 1, low <= likely <= high."""

    version: str
    currency: str
    causes: Mapping[str, Cause]
    actions: Mapping[str, Action]
    fixes: Mapping[str, Fix]
    inputs: Mapping[str, Estimate]

    def __post_init__(self) -> None:
        _same_names(self.causes, (*CAUSES, MIXED), "causes")
        _same_names(self.fixes, CAUSES, "fixes")
        _same_names(self.inputs, INPUTS, "inputs")
        for name, cause in self.causes.items():
            for where in ("local", "force"):
                _known(getattr(cause, where), self.actions, f"causes.{name}.{where}")
        for name, action in self.actions.items():
            _same_names(action.recovers, CAUSES, f"actions.{name}.recovers")
            for key, share in action.recovers.items():
                _share(share, f"actions.{name}.recovers.{key}")
        for name, fix in self.fixes.items():
            _share(fix.recovers, f"fixes.{name}.recovers")
        for name, estimate in self.inputs.items():
            _ordered(estimate, f"inputs.{name}", is_share=name.endswith("_share"))


def load_unit_costs(path: Path | None = None) -> UnitCosts:
    """Read and check the assumptions.

    Parameters
    ----------
    path
        A YAML file; the one that ships with the software where none is given.

    Raises
    ------
    PracticeError
        One line: the file, the key, what was expected, what came.
    """
    path = UNIT_COSTS_FILE if path is None else path
    try:
        return unit_costs_from_document(read_yaml(path, PracticeError))
    except PracticeError as error:
        raise PracticeError(f"{path}: {error}") from None


def unit_costs_from_document(document: object) -> UnitCosts:
    """Make the assumptions of a document.

    Raises
    ------
    PracticeError
        A key is missing or not known, or a value is not what its place asks for.
    """
    top = _keyed(
        document,
        "the file",
        {"version": str, "currency": str, "causes": dict, "actions": dict, "fixes": dict} | {"inputs": dict},
    )
    return UnitCosts(
        version=top["version"],
        currency=top["currency"],
        causes={name: Cause(**_keyed(node, f"causes.{name}", _CAUSE)) for name, node in top["causes"].items()},
        actions={name: Action(**_keyed(node, f"actions.{name}", _ACTION)) for name, node in top["actions"].items()},
        fixes={name: Fix(**_keyed(node, f"fixes.{name}", _FIX)) for name, node in top["fixes"].items()},
        inputs={name: Estimate(**_keyed(node, f"inputs.{name}", _ESTIMATE)) for name, node in top["inputs"].items()},
    )


_CAUSE: dict[str, type] = {"label": str, "local": str, "force": str, "loses_evidence": bool}
_ACTION: dict[str, type] = {
    "label": str,
    "officer_hours_fixed": float,
    "officer_hours_per_100_crimes": float,
    "analyst_hours_fixed": float,
    "asks_again": bool,
    "recovers": dict,
}
_FIX: dict[str, type] = {"seconds": float, "recovers": float, "do": str}
_ESTIMATE: dict[str, type] = {"likely": float, "low": float, "high": float}


def _keyed(node: object, where: str, wanted: Mapping[str, type]) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise PracticeError(f"{where}: expected keys {', '.join(wanted)}, got {type(node).__name__}")
    _same_names(node, wanted, where)
    return {key: _of_kind(node[key], kind, f"{where}.{key}") for key, kind in wanted.items()}


def _of_kind(value: object, kind: type, where: str) -> object:
    if kind is float:
        # YAML writes 60 and 60.0 alike, and true is a number to Python but not to people
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 <= float(value) < float("inf"):  # type: ignore[arg-type]
            raise PracticeError(f"{where}: expected a number, 0 or more, got {value!r}")
        return float(value)  # type: ignore[arg-type]
    if not isinstance(value, kind):
        raise PracticeError(f"{where}: expected {kind.__name__}, got {type(value).__name__} {value!r}")
    return value


def _same_names(found: Iterable[object], wanted: Iterable[str], where: str) -> None:
    found, wanted = list(found), list(wanted)
    for name in found:
        _known(name, wanted, where)
    for name in wanted:
        if name not in found:
            raise PracticeError(f"{where}: key {name!r} is missing; add it")


def _known(name: object, names: Iterable[str], where: str) -> None:
    names = list(names)
    if name not in names:
        raise PracticeError(f"{where}: {name!r} is not known; {nearest(name, names)}")


def _share(value: object, where: str) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        raise PracticeError(f"{where}: expected a share from 0 to 1, got {value!r}")


def _ordered(estimate: Estimate, where: str, *, is_share: bool) -> None:
    if not estimate.low <= estimate.likely <= estimate.high:
        raise PracticeError(
            f"{where}: expected low <= likely <= high, got {estimate.low:g}, {estimate.likely:g}, {estimate.high:g}"
        )
    if is_share:
        _share(estimate.high, f"{where}.high")
