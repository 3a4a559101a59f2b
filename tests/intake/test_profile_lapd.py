"""Profile lapd on the West LA extract: every code that lost its zero, every gap, and what the list does not say."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from intake.landing import land
from intake.profiles import load_profile
from quality.features import refuse_protected_codes
from quality.minimum_standard import load_minimum_standard

PARQUET = "lapd_westla_2020_2021.parquet"


@pytest.fixture(scope="module")
def westla(real_extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as con:
        land(con, load_profile("lapd"), real_extracts)
        con.execute(
            f"create view raw as select *, file_row_number + 1 as row"
            f" from read_parquet('{real_extracts / PARQUET}', file_row_number = true)"
        )
        yield con


def one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple:
    (row,) = con.execute(sql).fetchall()
    return row


def test_every_row_is_accounted_for(westla: duckdb.DuckDBPyConnection) -> None:
    rows = "rows_in, rows_landed, rows_out_of_scope, rows_quarantined"
    assert one(westla, f"select {rows} from landing.accounts where table_name = 'crimes'") == (12_535, 4_442, 8_093, 0)
    assert one(westla, "select bool_and(rows_in = rows_landed + rows_out_of_scope) from landing.accounts") == (True,)


def test_1177_codes_get_their_leading_zero_back(westla: duckdb.DuckDBPyConnection) -> None:
    assert one(
        westla, "select count(*), count(distinct source_row) from landing.notes where action = 'value_repaired'"
    ) == (1_177, 1_177)
    # counted another way: cells that hold three digits and nothing else
    assert one(westla, "select count(*) from raw where regexp_full_match(Mocodes, '[0-9]{3}')") == (1_177,)


def test_rows_without_any_code_are_counted(westla: duckdb.DuckDBPyConnection) -> None:
    (n,) = one(westla, "select count(*) from landing.notes where action = 'value_absent'")
    assert n == 1_193
    assert n / 12_535 == pytest.approx(0.095, abs=0.0005)


def test_codes_that_the_list_lacks_are_counted(westla: duckdb.DuckDBPyConnection, real_extracts: Path) -> None:
    noted = one(westla, "select count(*), count(distinct value) from landing.notes where action = 'value_set_missing'")
    assert noted == (82, 17)
    known = f"select mo_code from read_csv('{real_extracts / 'lapd_mo_codes.csv'}', all_varchar = true)"
    parts = "select lpad(unnest(string_split(Mocodes, ' ')), 4, '0') as code from raw"
    assert one(westla, f"select count(*), count(distinct code) from ({parts}) where code not in ({known})") == noted


def test_the_list_of_the_profile_is_the_force_s(real_extracts: Path) -> None:
    codes = load_profile("lapd").tables["mo_features"][0].codes
    assert codes is not None
    listed = {f"{n:04d}" for first, last in codes.listed for n in range(int(first), int(last) + 1)}
    known = duckdb.sql(f"select mo_code from read_csv('{real_extracts / 'lapd_mo_codes.csv'}', all_varchar = true)")
    assert listed == {code for (code,) in known.fetchall()}


def test_values_are_counted_as_the_cells_hold_their_codes(westla: duckdb.DuckDBPyConnection) -> None:
    def by_code(*codes: str) -> int:
        held = " or ".join(
            f"list_contains(list_transform(string_split(Mocodes, ' '), lambda c: lpad(c, 4, '0')), '{c}')"
            for c in codes
        )
        return one(westla, f"select count(*) from raw join landing.crimes on source_row = row where {held}")[0]

    def by_value(item: str, value: str) -> int:
        return one(
            westla, f"select count(*) from landing.mo_features where (item_code, value_code) = ('{item}', '{value}')"
        )[0]

    assert by_value("entry_method", "insecure") == by_code("1606") == 603
    assert by_value("entry_method", "smash_glass") == by_code("1609", "1307") == 466
    assert by_value("approach", "snatch") == by_code("0346", "0336", "0357", "0390")
    assert by_value("search_style", "untidy") == by_code("0321")
    assert by_value("forensic_trace", "dna") == by_code("1401", "1416")


def test_codes_on_persons_bias_and_nothing_give_no_value() -> None:
    codes = load_profile("lapd").tables["mo_features"][0].codes
    assert codes is not None
    never = {
        "0344",
        "0329",
        "1402",
        "1202",
        "0903",
        "1222",
        "0368",
        "0369",
        "1208",
        "1218",
        "2003",
        "2030",
        "0906",
        "1822",
    }
    assert not never & set(codes.values)
    persons = [code for code in codes.values if code[:2] in ("05", "18", "20") or code == "0202"]
    assert persons == []


def test_what_the_profile_adds_is_no_protected_characteristic_and_the_rest_is_in_the_standard() -> None:
    profile = load_profile("lapd")
    refuse_protected_codes(profile.mo_items)
    standard = load_minimum_standard()
    mapping = profile.tables["mo_features"][0]
    assert mapping.codes is not None
    for given in mapping.codes.values.values():
        for item, value in given:
            own = profile.mo_items.get(item) or ()
            assert value in own or (item in standard.items and value in standard.items[item].value_labels), (
                item,
                value,
            )


def test_times_without_padding_are_read(westla: duckdb.DuckDBPyConnection) -> None:
    read = "substr(committed_from_at, 12, 5)"
    rows = westla.execute(
        f'select "TIME OCC", any_value({read}), count(distinct {read}) from raw join landing.crimes on source_row = row'
        """ where "TIME OCC" in ('1', '30', '150', '2000') group by 1 order by 1"""
    ).fetchall()
    assert rows == [("1", "00:01", 1), ("150", "01:50", 1), ("2000", "20:00", 1), ("30", "00:30", 1)]
    assert one(
        westla, "select count(*) from landing.crimes where try_cast(committed_from_at as timestamp) is null"
    ) == (0,)
    defaults = one(westla, "select count(*) from landing.crimes where time_precision = 'default_midnight'")
    assert defaults == one(
        westla, """select count(*) from raw join landing.crimes on source_row = row where "TIME OCC" = '1'"""
    )


def test_coordinates_of_exactly_zero_stay_zero_for_staging_to_set_missing(westla: duckdb.DuckDBPyConnection) -> None:
    zero = "select count(*) from raw join landing.crimes on source_row = row where LAT::double = 0 and LON::double = 0"
    assert one(westla, zero) == one(westla, "select count(*) from landing.crimes where easting_m::double = 0") == (1,)
    assert one(westla, "select count(*) from raw where LAT::double = 0") == (31,)
    inside = "easting_m::double between 350000 and 385000 and northing_m::double between 3755000 and 3790000"
    assert one(westla, f"select count(*) from landing.crimes where {inside}") == (4_441,)


def test_premises_tell_which_burglaries_and_robberies_are_meant(westla: duckdb.DuckDBPyConnection) -> None:
    rows = westla.execute(
        'select crime_group, "Crm Cd", count(*) from raw join landing.crimes on source_row = row'
        """ where "Crm Cd" in ('210', '220', '310', '320') group by all order by all"""
    ).fetchall()
    assert {group for group, *_ in rows} == {"burglary_residential", "robbery_personal"}
    dwellings = one(
        westla, """select count(*) from raw where "Crm Cd" in ('310', '320') and "Premis Cd" in ('501', '502')"""
    )
    homes = sum(n for group, _, n in rows if group == "burglary_residential")
    assert dwellings[0] < homes < 1_555


def test_dates_in_either_layout_are_read(westla: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "lapd_westla_other.parquet"
    other = (
        'select * exclude (row, file_row_number) replace (date_occ as "DATE OCC", date_rptd as "Date Rptd") from raw'
    )
    westla.execute(f"copy ({other}) to '{path}' (format parquet)")
    with duckdb.connect() as con:
        land(con, load_profile("lapd"), tmp_path)
        both = [
            connection.execute(
                "select crime_id, committed_from_at, reported_at from landing.crimes order by 1"
            ).fetchall()
            for connection in (westla, con)
        ]
    assert both[0] == both[1]
    assert both[0][0][2][:2] == "20"
