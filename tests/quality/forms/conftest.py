"""Forms in a headless browser, and records as they save them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from quality.forms.form import build_form
from quality.minimum_standard import MinimumStandard

if TYPE_CHECKING:
    pass

FormAddress = Callable[[str, str], str]

RECORD: dict[str, Any] = {
    "schema": "colink.mo_record/1",
    "record_id": "3f2b8c1e-5d0a-4c7e-9b1f-0a6d2e4c8b70",
    "standard_version": "1.0",
    "crime_group": "burglary_residential",
    "role": "officer",
    "reference": "AB/1",
    "reference_kind": "crime_id",
    "started_at": "2026-03-01T10:00:00+00:00",
    "saved_at": "2026-03-01T10:02:00+00:00",
    "answers": [],
    "committed_from": "2026-02-28T18:00",
    "committed_to": "2026-02-28T23:30",
    "note": "",
}


@pytest.fixture
def record_of() -> Any:
    """A flawless record; items and their values as keywords, what else differs in `changes`."""

    def record(changes: dict[str, Any] | None = None, **answers: str | list[str]) -> dict[str, Any]:
        listed = [
            {"item_code": code, "values": [values] if isinstance(values, str) else values, "is_fact": True}
            for code, values in answers.items()
        ]
        return {**RECORD, "answers": listed, **(changes or {})}

    return record


@pytest.fixture(scope="session")
def form_address(standard: MinimumStandard, tmp_path_factory: pytest.TempPathFactory) -> FormAddress:
    """Address of the form of a crime group and role, which is made when it is first asked for."""
    folder = tmp_path_factory.mktemp("forms")

    def address(crime_group: str, role: str) -> str:
        path = folder / f"{crime_group}-{role}.html"
        if not path.exists():
            path.write_text(build_form(standard, crime_group, role), encoding="utf-8")
        return path.as_uri()

    return address
