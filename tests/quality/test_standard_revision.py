import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.errors import FrameError, StandardError
from quality.minimum_standard import STANDARD_FILE, MinimumStandard, load_minimum_standard, standard_from_document
from quality.standard_changes import changes
from quality.standard_document import document_from_text
from quality.standard_revision import propose

COLUMNS = [
    "crime_group",
    "item_code",
    "suggested_tier",
    "rank",
    "reason",
    "links_per_hour",
    "links_per_hour_lower",
    "links_per_hour_upper",
    "evidence_weight",
]


def _priorities(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of (crime group, item, suggested tier, rank or the reason why there is none)."""
    filled = [
        (group, item, tier, None, rank, np.nan, np.nan, np.nan, np.nan)
        if isinstance(rank, str)
        else (group, item, tier, rank, None, 12.345, 4.0, 20.5, 0.25)
        for group, item, tier, rank in rows
    ]
    return pd.DataFrame(filled, columns=COLUMNS).astype({"rank": "Int64"})


def _applied(text: str, diff: str) -> str:
    """Apply a unified diff, checking every line that it says it found."""
    source, out, at = text.splitlines(keepends=True), [], 0
    body = diff.splitlines(keepends=True)
    for line in body[next(i for i, line in enumerate(body) if line.startswith("--- ")) + 2 :]:
        if hunk := re.match(r"@@ -(\d+)", line):
            start = int(hunk[1]) - 1
            out += source[at:start]
            at = start
        elif line[0] in " -":
            assert source[at] == line[1:]
            at += 1
        if line[0] in " +":
            out.append(line[1:])
    return "".join(out + source[at:])


def _after(diff: str, text: str | None = None) -> MinimumStandard:
    text = STANDARD_FILE.read_text(encoding="utf-8") if text is None else text
    return standard_from_document(document_from_text(_applied(text, diff)))


MOVES = _priorities(
    ("burglary_residential", "entry_point", 2, 1),
    ("burglary_residential", "entry_method", 1, 2),  # stays
    ("burglary_residential", "property_ignored", 1, 3),  # a trial ends
    ("burglary_residential", "weapon_type", 2, 4),  # a trial with a condition ends
    ("burglary_residential", "keys_then_car", 2, "12 linked pairs, at least 30 are needed"),
    ("robbery_personal", "offender_vehicle", 2, 1),  # both trials of the group end: its list goes
    ("robbery_personal", "forensic_trace", 4, 2),
    ("robbery_personal", "escape", 4, 3),
    ("theft_of_vehicle", "n_offenders", 3, 1),  # measured, and stays on trial
    ("theft_of_vehicle", "damage_level", 1, 2),  # recorded although the group does not list it
    ("theft_of_vehicle", "disguise", 4, 3),  # not listed, not worth it: nothing to do
    ("vehicle_interference", "damage_level", 2, 1),
)
EXPECTED = {
    ("", "", "version", "1.0", "1.1"),
    ("burglary_residential", "entry_point", "tier", "1", "2"),
    ("burglary_residential", "property_ignored", "tier", "on trial", "1"),
    ("burglary_residential", "weapon_type", "tier", "on trial", "2"),
    ("robbery_personal", "offender_vehicle", "tier", "on trial", "2"),
    ("robbery_personal", "forensic_trace", "tier", "on trial", "4"),
    ("robbery_personal", "escape", "tier", "3", "4"),
    ("theft_of_vehicle", "damage_level", "tier", "", "1"),
    ("vehicle_interference", "damage_level", "tier", "3", "2"),
}


@pytest.fixture(scope="module")
def diff() -> str:
    return propose(None, MOVES)


def test_the_diff_gives_a_valid_standard_with_exactly_these_tiers(standard: MinimumStandard, diff: str) -> None:
    after = _after(diff)
    assert set(changes(standard, after).itertuples(index=False, name=None)) == EXPECTED
    weapon = next(e for e in after.items_for("burglary_residential") if e.item_code == "weapon_type")
    assert [side.field for side in weapon.applies_when] == ["occupied"], "its condition moves with it"


def test_comments_and_layout_stay(diff: str) -> None:
    before = STANDARD_FILE.read_text(encoding="utf-8").splitlines()
    after = _applied(STANDARD_FILE.read_text(encoding="utf-8"), diff).splitlines()
    assert [line for line in after if line.startswith("#")] == [line for line in before if line.startswith("#")]
    gone, new = set(before) - set(after), set(after) - set(before)
    # what is left out is only what was changed, of which each line is told with its figures
    assert len(gone) <= len(EXPECTED)
    assert all("tier:" in line or "trial" in line or "version" in line or "- {item:" in line for line in gone)
    figures = "12.3 links per hour of recording (95% 4 to 20.5); 0.25 nats of evidence"
    assert all(line.endswith(figures) for line in new - {'version: "1.1"'})


def test_each_changed_line_says_why(diff: str) -> None:
    figures = "12.3 links per hour of recording (95% 4 to 20.5); 0.25 nats of evidence"
    assert f"+      - {{item: entry_point, tier: 2}}  # tier 1 to 2: {figures}\n" in diff
    assert f"+      - {{item: property_ignored, tier: 1}}  # on trial to tier 1: {figures}\n" in diff
    assert f"+      - {{item: damage_level, tier: 1}}  # unlisted to tier 1: {figures}\n" in diff
    assert diff.startswith("# Minimum standard 1.0: 8 tiers would change by what was measured.\n")
    assert f"# robbery_personal, escape: tier 3 to 4: {figures}\n" in diff


def test_what_was_not_ranked_stays_and_is_told_with_the_reason(standard: MinimumStandard) -> None:
    rows = _priorities(
        ("burglary_residential", "entry_point", 4, "3 linked pairs,\nat least 30 are needed"),
        ("burglary_residential", "tool_used", 1, 1),
    )
    diff = propose(None, rows)
    after = _after(diff)
    tiers = changes(standard, after)
    assert list(tiers.loc[tiers["what"] == "tier", "item_code"]) == ["tool_used"]
    told = "# Not ranked, stays: burglary_residential, entry_point: 3 linked pairs, at least 30 are needed\n"
    assert told in diff


def test_nothing_to_move_is_no_diff() -> None:
    diff = propose(None, _priorities(("burglary_residential", "entry_point", 1, 1)))
    assert diff == "# Minimum standard 1.0: 0 tiers would change by what was measured.\n"
    assert "@@" not in propose(None, _priorities())


def test_items_and_crime_groups_that_the_standard_does_not_know_are_left_alone() -> None:
    rows = _priorities(
        ("burglary_residential", "mo1", 1, 1),
        ("burglary_residential", "keyless", 1, 2),  # known, yet not for this crime group
        ("arson", "entry_point", 1, 1),
    )
    assert "@@" not in propose(None, rows)


def test_the_next_proposal_replaces_the_figures_of_the_last(tmp_path: Path) -> None:
    file = tmp_path / "standard.yaml"
    first = propose(None, _priorities(("burglary_residential", "entry_point", 2, 1)))
    file.write_text(_applied(STANDARD_FILE.read_text(encoding="utf-8"), first), encoding="utf-8")
    diff = propose(file, _priorities(("burglary_residential", "entry_point", 3, 1)))
    text = _applied(file.read_text(encoding="utf-8"), diff)
    line = next(line for line in text.splitlines() if "{item: entry_point," in line)
    assert line.count("#") == 1
    assert line.startswith("      - {item: entry_point, tier: 3}  # tier 2 to 3: 12.3")
    assert 'version: "1.2"' in text
    assert "--- a/standard.yaml" in diff


def test_a_comment_of_a_person_beside_a_tier_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "standard.yaml"
    text = STANDARD_FILE.read_text(encoding="utf-8")
    mine = "- {item: entry_point, tier: 1}  # agreed with the burglary team"
    file.write_text(text.replace("- {item: entry_point, tier: 1}", mine), encoding="utf-8")
    diff = propose(file, _priorities(("burglary_residential", "entry_point", 2, 1)))
    assert "+      - {item: entry_point, tier: 2}  # agreed with the burglary team  # tier 1 to 2: 12.3" in diff


def test_a_file_in_block_layout_is_changed_too(tmp_path: Path) -> None:
    file = tmp_path / "standard.yaml"
    text = STANDARD_FILE.read_text(encoding="utf-8")
    block = "- item: entry_point\n        tier: 1\n"
    text = "# \u00e9\U0001d538\n" + text.replace("- {item: entry_point, tier: 1}\n", block)
    file.write_text(text, encoding="utf-8")
    diff = propose(file, _priorities(("burglary_residential", "entry_point", 2, 1)))
    assert "+        tier: 2  # tier 1 to 2: 12.3" in diff
    before = load_minimum_standard(file)
    assert list(changes(before, _after(diff, text))["what"]) == ["version", "tier"]


def test_a_trial_over_several_lines_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "standard.yaml"
    text = STANDARD_FILE.read_text(encoding="utf-8")
    spread = "- {item: property_ignored,\n         applies_when: []}\n"
    file.write_text(text.replace("- {item: property_ignored}\n", spread), encoding="utf-8")
    rows = _priorities(("burglary_residential", "property_ignored", 1, 1))
    with pytest.raises(StandardError, match=r"trial.property_ignored: expected one line in braces, got several"):
        propose(file, rows)


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
def test_patch_applies_it_as_it_stands(tmp_path: Path, standard: MinimumStandard, diff: str) -> None:
    (tmp_path / "quality").mkdir()
    copy = tmp_path / "quality" / STANDARD_FILE.name
    shutil.copy(STANDARD_FILE, copy)
    subprocess.run(["patch", "-p1"], cwd=tmp_path, input=diff, encoding="utf-8", check=True)
    assert set(changes(standard, load_minimum_standard(copy)).itertuples(index=False, name=None)) == EXPECTED


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FrameError, match="suggested_tier"):
        propose(None, MOVES.drop(columns="suggested_tier"))
