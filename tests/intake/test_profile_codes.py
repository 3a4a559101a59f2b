"""Cells of mixed codes: parsed with their list, turned into items, and what they lack noted."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from intake.errors import ProfileError
from intake.landing import land
from intake.profiles import ForceProfile
from tests.intake.conftest import HEADER, PROFILE

CODES = """  mo_features:
    source: crimes
    columns: {captured_by: {constant: officer}}
    items:
      weapon_type: {column: CODE, values: {"28E": none}, unlisted: missing}
    codes:
      column: NAME
      separator: " "
      pad: 4
      listed: ["0300-0399", "0416", "1600-1609"]
      values:
        "0346": {approach: snatch, escape: on_foot}
        "1602": {entry_method: drill_cut, tool_used: cutter_grinder}
        "1601": {entry_method: [bodily_force, forced]}
        "0397": {entry_method: drill_cut}
"""


@pytest.fixture
def landed(
    con: duckdb.DuckDBPyConnection, profile_of: Callable[..., ForceProfile], extract: Callable[..., Path]
) -> Callable[..., tuple[list, list]]:
    """Land one crime for each cell; return rows of (row, item, value) and notes of (row, action, value)."""

    def run(*cells: str, codes: str = CODES, code: str = "45A") -> tuple[list, list]:
        rows = "".join(
            f"C{n},{code},{n:02d}/02/2024 10:30,450001,250001,{cell}\n" for n, cell in enumerate(cells, start=1)
        )
        land(con, profile_of(text=PROFILE + codes), extract(crimes__csv=HEADER + rows))
        values = con.execute(
            "select source_row, item_code, value_code from landing.mo_features order by all"
        ).fetchall()
        notes = con.execute("select source_row, action, value from landing.notes order by all").fetchall()
        return values, notes

    return run


def test_a_code_gives_every_item_and_value_that_the_profile_gives_it(landed):
    values, notes = landed("0346", "1602", "1601")
    assert values == [
        (1, "approach", "snatch"),
        (1, "escape", "on_foot"),
        (2, "entry_method", "drill_cut"),
        (2, "tool_used", "cutter_grinder"),
        (3, "entry_method", "bodily_force"),
        (3, "entry_method", "forced"),
    ]
    assert notes == []


def test_several_codes_of_a_cell_count_once_for_what_they_say_together(landed):
    values, notes = landed("1602 0397  0346 0346 ")
    assert values == [
        (1, "approach", "snatch"),
        (1, "entry_method", "drill_cut"),
        (1, "escape", "on_foot"),
        (1, "tool_used", "cutter_grinder"),
    ]
    assert notes == []


def test_a_lost_zero_is_restored_and_noted_whether_or_not_the_code_says_anything(landed):
    values, notes = landed("346", "416")
    assert values == [(1, "approach", "snatch"), (1, "escape", "on_foot")]
    assert notes == [(1, "value_repaired", "346"), (2, "value_repaired", "416")]


def test_a_code_that_the_list_lacks_is_noted_and_a_listed_one_that_says_nothing_is_not(landed):
    values, notes = landed("0344 0400", "X1", "947")
    assert values == []
    assert notes == [
        (1, "value_set_missing", "0400"),
        (2, "value_set_missing", "X1"),
        (3, "value_repaired", "947"),
        (3, "value_set_missing", "947"),
    ]


def test_a_blank_cell_is_noted_as_nothing_recorded(landed):
    assert landed("", "0346")[1] == [(1, "value_absent", None)]


def test_items_and_codes_fill_one_table_together(landed):
    values, _ = landed("0397", code="28E")
    assert values == [(1, "entry_method", "drill_cut"), (1, "weapon_type", "none")]


def test_without_a_list_no_code_is_unknown(landed):
    bare = CODES.replace('      listed: ["0300-0399", "0416", "1600-1609"]\n', "")
    assert landed("9999", codes=bare) == ([], [])


def test_without_separator_and_width_a_cell_is_one_code(landed):
    bare = CODES.replace('      separator: " "\n      pad: 4\n', "")
    values, notes = landed("0397", "0397 0346", "346", codes=bare)
    assert values == [(1, "entry_method", "drill_cut")]
    assert [row for row, *_ in notes] == [2, 3]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"0416"', '"416-0420"', "not a range of codes; expected a code, or first-last of one length"),
        ('"0416"', '"0420-0416"', "not a range of codes"),
        ('"0397": {', '"0797": {', "the list does not have this code; expected a code under 'listed', got '0797'"),
        ("{approach: snatch", "{Approach: snatch", "'Approach' is not a code"),
        ("approach: snatch", "approach: Snatch it", "'Snatch it' is not a code"),
        ("pad: 4", "pad: four", "not a number"),
        ("pad: 4", "pad: 0", "not a width"),
        ('separator: " "', 'separator: ""', "a separator cannot be empty"),
        ("      column: NAME\n", "", "key 'column' is missing"),
        ("      column: NAME\n", "      colum: NAME\n", "unknown key 'colum'; did you mean 'column'?"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_line(profile_of, old, new, said):
    with pytest.raises(ProfileError, match=r"force.yaml line \d+, tables\.mo_features") as refusal:
        profile_of((old, new), text=PROFILE + CODES)
    assert said in str(refusal.value)


def test_only_mo_features_take_codes(profile_of):
    with pytest.raises(ProfileError, match="unknown key 'codes'"):
        profile_of(("    source: crimes\n    columns:\n", "    source: crimes\n    codes: {}\n    columns:\n"))


def test_a_column_that_is_not_in_the_file_is_named(con, profile_of, extract):
    text = PROFILE + CODES.replace("column: NAME", "column: MOCODES")
    with pytest.raises(ValueError, match=r"column 'MOCODES' is missing.*mo_features.codes"):
        land(con, profile_of(text=text), extract(crimes__csv=HEADER + "C1,28E,01/02/2024 10:30,450001,250001,x\n"))
