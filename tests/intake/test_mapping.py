import re

import duckdb
import pytest

from intake.date_layouts import date_sql, layout_in_words, swapped_layout
from intake.mapping import column_sql, crime_group_sql, filter_sql, item_sql, value_sql
from intake.profiles import ColumnMapping, RowFilter, WordingMatch, load_profile

Con = duckdb.DuckDBPyConnection


def value(con: Con, cell: ColumnMapping, kind: str = "text", is_utc: bool = False, **cells: str | None) -> str | None:
    """What a mapping makes of one row."""
    names = ", ".join(f"cast(? as varchar) as {name}" for name in cells)
    query = f"select {value_sql(cell, kind, is_utc)} from (select {names})"  # type: ignore[arg-type]
    return con.execute(query, list(cells.values())).fetchall()[0][0]


def parts(con: Con, cell: ColumnMapping, text: str | None) -> list[str]:
    """The values that an MO item takes from one cell."""
    query = item_sql(cell, "(select cast(? as varchar) as c, 1 as kept)", "kept")
    return [row[1] for row in con.execute(query, [text]).fetchall()]


@pytest.mark.parametrize(
    ("text", "layouts", "is_utc", "iso"),
    [
        ("13/02/2024 09:05", ("%d/%m/%Y %H:%M",), False, "2024-02-13 09:05:00"),
        ("3/2/2024 9:05", ("%d/%m/%Y %H:%M",), False, "2024-02-03 09:05:00"),
        ("13/02/2024", ("%d/%m/%Y %H:%M", "%d/%m/%Y"), False, "2024-02-13"),
        ("13/02/2024", ("%d/%m/%Y %H:%M", "%d/%m/%Y"), True, "2024-02-13"),
        ("13/02/2024 09:05", ("%d/%m/%Y %H:%M",), True, "2024-02-13 09:05:00+00:00"),
        ("2024-07-13T09:05:00+01:00", ("%Y-%m-%dT%H:%M:%S%z",), False, "2024-07-13 08:05:00+00:00"),
        ("2024-07-13T09:05:00Z", ("%Y-%m-%dT%H:%M:%S%z",), False, "2024-07-13 09:05:00+00:00"),
        ("2024-07-13T09:05:00Z", ("%Y-%m-%dT%H:%M:%SZ",), False, "2024-07-13 09:05:00+00:00"),
        ("02/13/2024 09:05", ("%d/%m/%Y %H:%M",), False, "02/13/2024 09:05"),
        ("not known", ("%d/%m/%Y %H:%M",), True, "not known"),
        ("2024-02-13 09:05", (), False, "2024-02-13 09:05:00"),
        ("2024-02-13T09:05:07.25", (), False, "2024-02-13 09:05:07"),
        ("2024-02-13", (), False, "2024-02-13"),
        ("2024-07-13 09:05:00+01:00", (), False, "2024-07-13 08:05:00+00:00"),
        ("2024-07-13T09:05:00Z", (), False, "2024-07-13 09:05:00+00:00"),
        ("2024-02-13 09:05", (), True, "2024-02-13 09:05:00+00:00"),
        ("2024-02-30 09:05", (), False, "2024-02-30 09:05"),
        (None, (), False, None),
    ],
)
def test_date_times_become_iso_and_unknown_text_stays(
    con: Con, text: str | None, layouts: tuple[str, ...], is_utc: bool, iso: str | None
) -> None:
    query = f"select {date_sql('c', layouts, is_utc)} from (select cast(? as varchar) as c)"
    assert con.execute(query, [text]).fetchall() == [(iso,)]


def test_times_without_padding_are_read_from_two_columns(con: Con) -> None:
    cell = ColumnMapping(columns=("d", "t"), layouts=("%m/%d/%Y %H%M",), pad={"t": 4})
    assert value(con, cell, "date_time", d="12/25/2020", t="150") == "2020-12-25 01:50:00"
    assert value(con, cell, "date_time", d="12/25/2020", t="5") == "2020-12-25 00:05:00"
    assert value(con, cell, "date_time", d="12/25/2020", t=None) == "12/25/2020"


def test_a_layout_is_told_in_words_and_turned_round() -> None:
    assert layout_in_words("%d/%m/%Y %H:%M") == "dd/mm/yyyy hh:mm"
    assert swapped_layout("%d/%m/%Y") == "%m/%d/%Y"
    assert swapped_layout("%d-%b-%Y") is None


def test_codes_are_translated_and_unlisted_ones_kept_or_missing(con: Con) -> None:
    cell = ColumnMapping(columns=("c",), values={"A": ("alpha",), "0": ("",), "O'B": ("it's",)})
    assert [value(con, cell, c=code) for code in ("A", "0", "O'B", "Z", None)] == ["alpha", None, "it's", "Z", None]
    strict = ColumnMapping(columns=("c",), values={"A": ("alpha",)}, unlisted="missing")
    assert value(con, strict, c="Z") is None


def test_the_first_pattern_that_fits_the_wording_wins_and_other_wording_is_missing(con: Con) -> None:
    cell = ColumnMapping(columns=("c",), matches=(WordingMatch("/UNOCC", "no"), WordingMatch("OCC", "yes")))
    assert [value(con, cell, c=text) for text in ("X/UNOCCUPIED", "X/OCCUPIED", "X", None)] == ["no", "yes", None, None]


@pytest.mark.parametrize(("text", "said"), [("Y", "true"), ("0", "false"), ("TRUE", "true"), ("maybe", "maybe")])
def test_yes_and_no_are_normalised_and_other_text_stays(con: Con, text: str, said: str) -> None:
    assert value(con, ColumnMapping(columns=("c",)), "boolean", c=text) == said


def test_a_constant_needs_no_column(con: Con) -> None:
    assert value(con, ColumnMapping(constant="demo"), c="x") == "demo"


def test_a_cell_of_several_values_gives_a_row_each(con: Con) -> None:
    cell = ColumnMapping(columns=("c",), separator="|", values={"DNA": ("dna",)})
    assert parts(con, cell, "DNA | footwear||") == ["dna", "footwear"]
    assert parts(con, cell, None) == []


def test_codes_that_lost_a_zero_are_padded_before_they_are_translated(con: Con) -> None:
    cell = ColumnMapping(
        columns=("c",), separator=" ", pad={"c": 4}, values={"0416": ("weapon_used",)}, unlisted="missing"
    )
    assert parts(con, cell, "416 0344 1402") == ["weapon_used"]


def test_one_code_may_stand_for_several_values(con: Con) -> None:
    cell = ColumnMapping(columns=("c",), values={"AB": ("a", "b")})
    assert parts(con, cell, "AB") == ["a", "b"]
    assert parts(con, cell, "C") == ["C"]


def test_every_pattern_may_give_a_value(con: Con) -> None:
    cell = ColumnMapping(
        columns=("c",), every_match=True, matches=(WordingMatch("CASH", "cash"), WordingMatch("PHONE", "phone"))
    )
    assert sorted(parts(con, cell, "PHONE, CASH")) == ["cash", "phone"]
    assert parts(con, cell, "TV") == []


def test_an_exact_offence_code_beats_a_prefix_and_a_long_prefix_a_short_one(con: Con) -> None:
    sql = crime_group_sql({"05*": "a", "051*": "b", "0511": "c"}, "code")
    rows = con.execute(f"select {sql} from (values ('0511'), ('0512'), ('052'), ('06'), (null)) t(code)").fetchall()
    assert [row[0] for row in rows] == ["c", "b", "a", None, None]


@pytest.mark.parametrize(
    ("row_filter", "kept"),
    [
        (RowFilter("c", equals=("a",)), ["a"]),
        (RowFilter("c", differs=("",)), ["a", "b"]),
        (RowFilter("c", differs=("a", "b")), [None]),
        (RowFilter("c", pattern="^[ab]$"), ["a", "b"]),
    ],
)
def test_filters_count_missing_as_blank(con: Con, row_filter: RowFilter, kept: list[str | None]) -> None:
    rows = con.execute(
        f"select c from (values ('a'), ('b'), (cast(null as varchar))) t(c) where {filter_sql((row_filter,))}"
    ).fetchall()
    assert [row[0] for row in rows] == kept


def test_an_unmapped_force_code_is_that_of_the_profile() -> None:
    profile = load_profile("crimelinkage")
    assert column_sql(profile.tables["crimes"][0], "force_code", profile) == "'crimelinkage'"


def test_quotation_marks_in_a_profile_cannot_leave_their_literal(con: Con) -> None:
    cell = ColumnMapping(columns=("c",), values={"'; drop table x; --": ("y",)})
    assert value(con, cell, c="'; drop table x; --") == "y"
    assert re.search("''; drop", value_sql(cell, "text", False))
