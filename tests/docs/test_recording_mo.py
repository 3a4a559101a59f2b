"""Every record of the guide is judged as the guide says: each fault is found, and the better record has none."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from quality.assessment import assess
from quality.minimum_standard import MinimumStandard, load_minimum_standard
from quality.mo_rules import COMMITTED_TIME, rules_of

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "recording-mo.md"
TEXT = GUIDE.read_text(encoding="utf-8")
STANDARD = load_minimum_standard()
GROUPS = {group.label: code for code, group in STANDARD.crime_groups.items()}
REPORTED = "2026-03-03 10:00"
SAME, EMPTY, IN_NOTE = "*same*", "(empty)", ", told in the note"


class Row(NamedTuple):
    """A row of an example: how an item was first written, the rule it breaks (or none), and what is better."""

    label: str
    item_code: str
    first: str
    rule: str | None
    better: str


def _rows(label: str) -> list[Row]:
    section = TEXT.split(f"\n## {label}\n")[1].split("\n## ")[0]
    rows = []
    for line in re.findall(r"^\| .* \|$", section, flags=re.M)[2:]:
        item, first, rule, better, why = (cell.strip() for cell in line.strip("|").split(" | "))
        assert why.endswith(".")
        name, code = re.fullmatch(r"(.+) `(\w+)`", item).groups()  # type: ignore[union-attr]  # a row without it fails
        rows.append(
            Row(name, code, first, None if rule == "-" else rule.strip("`"), first if better == SAME else better)
        )
    return rows


EXAMPLES = {label: _rows(label) for label in GROUPS}


def _crime(group: str, when: str) -> pd.DataFrame:
    start, end = (None if part == EMPTY else part for part in when.split(" to "))
    crime: dict[str, Any] = {
        "crime_id": "c1",
        "incident_id": "i1",
        "area_code": "A1",
        "crime_group": group,
        "is_attempt": False,
        "committed_from_at": start,
        "committed_from_local": start,
        "committed_to_at": end,
        "committed_to_local": end,
        "time_precision": "window",
        "reported_at": REPORTED,
        "recorded_at": REPORTED,
        "status": "open",
        "outcome_code": None,
        "easting_m": 450_123.4,
        "northing_m": 250_321.9,
        "location_precision": "exact",
        "offence_code": "1",
        "force_code": "demo",
        "premises_type": "street",
    }
    crimes = pd.DataFrame([crime])
    for name in crimes.columns[crimes.columns.str.endswith(("_at", "_local"))]:
        crimes[name] = pd.to_datetime(crimes[name]).astype("datetime64[us]")
    return crimes


def _features(cells: dict[str, str]) -> pd.DataFrame:
    rows = [
        {
            "crime_id": "c1",
            "item_code": item,
            "value_code": value,
            "is_valid_code": value in (*STANDARD.items[item].value_labels, *STANDARD.null_codes),
            "value_source": "structured",
            "captured_by": "officer",
            "is_fact": True,
            "captured_at": pd.Timestamp(REPORTED) + pd.Timedelta(days=_days_late(cell), hours=1),
        }
        for item, cell in cells.items()
        for value in _codes(cell)
    ]
    return pd.DataFrame(rows)


def _codes(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def _days_late(cell: str) -> int:
    found = re.search(r", (\d+) days later$", cell)
    return int(found[1]) if found else 0


def _stolen(taken: str) -> pd.DataFrame:
    """Rows of the property list: whatever the record says, something was stolen where the better one says so."""
    rows = [("c1", code, 1, 1000, "stolen") for code in _codes(taken) if code != "none"]
    return pd.DataFrame(rows, columns=["crime_id", "property_class", "quantity", "value_pence", "status"])


def _told(cells: dict[str, str], better: dict[str, str]) -> pd.DataFrame:
    """Values that the note tells."""
    rows = [
        ("c1", item, code, "mo_summary")
        for item, cell in cells.items()
        if cell.endswith(IN_NOTE)
        for code in _codes(better[item])
    ]
    return pd.DataFrame(rows, columns=["crime_id", "item_code", "value_code", "text_kind"], dtype="str")


def _judged(label: str, column: str) -> tuple[set[tuple[str, str]], float]:
    """Findings (item, rule) and score of the record in a column of an example."""
    rows = EXAMPLES[label]
    better = {row.item_code: row.better for row in rows}
    cells = dict(better) if column == "better" else {row.item_code: row.first for row in rows}
    crime = _crime(GROUPS[label], cells.pop(COMMITTED_TIME))
    taken = better.get("property_class_taken", "")
    result = assess(crime, _features(cells), _stolen(taken), _told(cells, better), STANDARD)
    found = set(zip(result.findings["item_code"], result.findings["rule"].astype("str"), strict=True))
    return found, float(result.scores["score"].iloc[0])


@pytest.fixture(scope="module")
def standard() -> MinimumStandard:
    return STANDARD


@pytest.mark.parametrize("label", GROUPS)
def test_the_first_record_breaks_exactly_the_rules_that_are_named(label: str) -> None:
    found, score = _judged(label, "first")
    assert {rule for _, rule in found}, label
    assert found == {(row.item_code, row.rule) for row in EXAMPLES[label] if row.rule}
    assert score < 75


@pytest.mark.parametrize("label", GROUPS)
def test_the_better_record_breaks_none_but_where_nobody_knows(label: str) -> None:
    found, score = _judged(label, "better")
    unknown = {row.item_code for row in EXAMPLES[label] if row.better == "`unknown`"}
    assert found == {(item, "not_known") for item in unknown}
    assert (score == 100) == (not unknown)
    assert score > 90


@pytest.mark.parametrize("label", GROUPS)
def test_an_example_has_every_expected_item_in_words_of_the_standard(label: str, standard: MinimumStandard) -> None:
    rows = EXAMPLES[label]
    codes = [row.item_code for row in rows]
    assert codes[0] == COMMITTED_TIME
    assert len(set(codes)) == len(codes)
    assert {entry.item_code for entry in standard.items_for(GROUPS[label])} <= set(codes)
    asked = {entry.item_code for entry in standard.crime_groups[GROUPS[label]].asked}
    for row in rows[1:]:
        assert row.label == standard.items[row.item_code].label
        assert row.item_code in asked
        offered = {*standard.items[row.item_code].values_offered(GROUPS[label]), *standard.null_codes}
        assert set(_codes(row.better)) <= offered
        if row.rule != "not_in_list":
            assert set(_codes(row.first)) <= offered


def test_the_examples_show_most_kinds_of_fault(standard: MinimumStandard) -> None:
    shown = {row.rule for rows in EXAMPLES.values() for row in rows if row.rule}
    rules = rules_of(standard)
    assert shown <= set(rules)
    assert len(shown) >= 15
    assert {rules[rule].dimension for rule in shown} >= {
        "completeness", "specificity", "validity", "consistency", "timeliness", "precision"
    }  # fmt: skip


def test_the_null_codes_of_the_guide_are_those_of_the_standard(standard: MinimumStandard) -> None:
    section = TEXT.split("\n## Four ways to have no value\n")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", section, flags=re.M))
    assert tuple(told) == standard.null_codes
    for code, effect in told.items():
        assert effect.startswith("a gap") == (code in standard.counted_nulls)


def test_the_commands_of_the_guide_exist() -> None:
    from typer.testing import CliRunner

    from orchestration.command_line import app

    for command in set(re.findall(r"^colink ([\w-]+)", TEXT, flags=re.M)):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command
    assert "colink card --for officer" in TEXT


def test_lines_of_prose_fit_a_page_and_links_lead_somewhere() -> None:
    assert all(line.startswith("|") or len(line) <= 120 for line in TEXT.splitlines())
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (GUIDE.parent / target).is_file(), target
