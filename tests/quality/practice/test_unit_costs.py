from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from quality.practice.errors import PracticeError
from quality.practice.unit_costs import CAUSES, UNIT_COSTS_FILE, UnitCosts, load_unit_costs, unit_costs_from_document

DOCUMENT: dict[str, Any] = yaml.safe_load(UNIT_COSTS_FILE.read_text(encoding="utf-8"))


def _put(*path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def test_what_ships_is_valid_and_says_that_it_is_assumed(costs: UnitCosts) -> None:
    assert set(costs.fixes) == set(CAUSES)
    assert "ASSUMPTION TO EDIT" in UNIT_COSTS_FILE.read_text(encoding="utf-8")
    assert costs.inputs["manual_reading_minutes"].likely == 3.0


def test_what_is_late_or_contradicted_loses_no_evidence(costs: UnitCosts) -> None:
    # the value is there to be compared
    assert {name for name, cause in costs.causes.items() if not cause.loses_evidence} == {
        "recorded_late",
        "contradicted",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            _put("causes", "not_asked", "local", value="trainin"),
            "causes.not_asked.local: 'trainin' is not known; .*'tr",
        ),
        (_put("causes", "boredom", value={}), "causes.boredom: key 'label' is missing"),
        (_put("actions", "form", "asks_again", value="yes"), "actions.form.asks_again: expected bool, got str 'yes'"),
        (_put("actions", "form", "recovers", "not_asked", value=1.2), "recovers.not_asked: expected a share"),
        (_put("actions", "form", "analyst_hours_fixed", value=-1), "fixed: expected a number, 0 or more, got -1"),
        (_put("fixes", "not_known", "seconds", value=True), "fixes.not_known.seconds: expected a number.* got True"),
        (_put("fixes", "not_known", "seconds", value=float("nan")), "expected a number, 0 or more, got nan"),
        (_put("inputs", "value_per_link", "low", value=999), "inputs.value_per_link: expected low <= likely <= high"),
        (_put("inputs", "confirmed_share", "high", value=1.5), "inputs.confirmed_share.high: expected a share"),
        (_put("inputs", "confirmed_shares", value=1), "inputs.confirmed_shares: expected keys likely, low, high"),
        (_put("version", value=1), "the file.version: expected str, got int 1"),
        (lambda document: document.pop("fixes"), "the file: key 'fixes' is missing; add it"),
        (lambda document: document["inputs"].pop("set_up_hours"), "inputs: key 'set_up_hours' is missing"),
    ],
)
def test_a_slip_of_the_pen_is_named(change: Callable[[dict[str, Any]], object], message: str) -> None:
    document = deepcopy(DOCUMENT)
    change(document)
    with pytest.raises(PracticeError, match=message) as caught:
        unit_costs_from_document(document)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "", "- 1", "\ufffe\x00"])
def test_a_file_that_is_no_such_thing_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PracticeError, match=r"costs\.yaml: ") as caught:
        load_unit_costs(path)
    assert "\n" not in str(caught.value)


def test_an_edited_copy_is_read(tmp_path: Path) -> None:
    path = tmp_path / "costs.yaml"
    text = UNIT_COSTS_FILE.read_text(encoding="utf-8")
    path.write_text(text.replace("officer_hour_cost:          {likely: 38.0", "officer_hour_cost: {likely: 41"))
    assert load_unit_costs(path).inputs["officer_hour_cost"].likely == 41.0
