from collections.abc import Callable

import pytest

from intake.errors import ProfileError
from intake.profiles import ForceProfile, find_profile, load_profile, profile_names

ProfileOf = Callable[..., ForceProfile]


@pytest.mark.parametrize("name", ["crimelinkage", "st_louis"])
def test_the_shipped_profiles_load(name: str) -> None:
    assert load_profile(name).profile_name == name


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ProfileError, match="st_louis"):
        find_profile("st-luis")
    assert "crimelinkage" in profile_names()


def test_a_path_that_is_no_file_is_refused() -> None:
    with pytest.raises(ProfileError, match="no such profile file"):
        find_profile("somewhere/else.yaml")


def test_codes_stay_the_text_that_somebody_typed(profile_of: ProfileOf) -> None:
    profile = profile_of(('"28E": burglary', "0416: burglary"), ('"45*"', "No"))
    assert set(profile.crime_groups) == {"0416", "No"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "crime_groups:",
            "crime_group:",
            r"line 10, crime_group: unknown key 'crime_group'; did you mean 'crime_groups'\?",
        ),
        ("committed_from_at:", "comitted_from_at:", r"line 23.*did you mean 'committed_from_at'\?"),
        ("layouts:", "layout:", r"line 23.*did you mean 'layouts'\?"),
        ("burglary_residential", "burglary", r"line 11.*got 'burglary'; did you mean 'burglary_residential'\?"),
        ("source: crimes", "source: crime", r"line 19.*did you mean 'crimes'\?"),
        ("Europe/London", "Europe/Londn", r"line 5.*did you mean 'Europe/London'\?"),
        ("EPSG:27700", "EPSG:99999", r"line 6, crs: unknown coordinate system"),
        ("EPSG:27700", "EPSG:4326", r"line 6, crs: the grid must be in projected metres.*grid_crs"),
        ("[400000, 500000]", "[500000, 400000]", r"line 7, area.easting_m: not a range"),
        ("0.01", "1%", r"line 9, limits.quarantined: not a number"),
        ("%d/%m/%Y %H:%M", "dd/mm/yyyy", r"line 23.*not a date layout"),
        ("%d/%m/%Y %H:%M", "%d/%Q/%Y", r"line 23.*got %Q"),
        ("2027-01-01", "tomorrow", r"line 8, dates.latest: not a date"),
        ("snapshot", "full", r"line 4, extract: unknown value; expected snapshot or delta, got 'full'"),
        ("crime_id: ID", "incident_id: ID", r"column 'crime_id' is missing"),
        ("offence_code: CODE", "status: CODE", "nothing gives crimes their crime_group"),
        ("easting_m: E\n", "easting_m: {columns: [E], constant: 1}\n", "exactly one of"),
        ("easting_m: E\n", "easting_m: {column: E, matches: [{pattern: '(', value: a}]}\n", "not a regular expression"),
        ("easting_m: E\n", "easting_m: {column: E, matches: [{pattern: '(?=a)', value: a}]}\n", "lookaround"),
        ("easting_m: E\n", "easting_m: {column: E, separator: ';'}\n", "belongs under 'items'"),
        ("crime_id: ID", "crime_id: ID\n      crime_id: ID2", r"key 'crime_id' stands twice"),
        ("crimes*.parquet", "crimes*.xlsx", "which kind of file"),
        ("    files:", "    encoding: utf8x\n    files:", "unknown encoding"),
        ("    files:", "    delimiter: ';;'\n    files:", "not a delimiter"),
        ("dates: {earliest: 2000-01-01, latest: 2027-01-01}\n", "", "key 'dates' is missing"),
        ("tables:", "tables: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_nearest_key(
    profile_of: ProfileOf, old: str, new: str, message: str
) -> None:
    with pytest.raises(ProfileError, match=message) as caught:
        profile_of((old, new))
    assert "\n" not in str(caught.value)
    assert "force.yaml" in str(caught.value)


def test_an_empty_profile_is_refused(profile_of: ProfileOf) -> None:
    with pytest.raises(ProfileError, match="empty"):
        profile_of(text="# nothing\n")


def test_only_the_columns_that_the_profile_uses_are_wanted(profile_of: ProfileOf) -> None:
    assert list(profile_of().wanted_columns("crimes")) == ["ID", "CODE", "FROM", "E", "N"]


def test_a_table_without_crime_id_needs_the_source_of_crimes(profile_of: ProfileOf) -> None:
    table = "  mo_texts: {source: other, columns: {text: T}}\n"
    with pytest.raises(ProfileError, match="mo_texts has no crime_id"):
        profile_of(
            ("tables:\n", "  other: {files: ['t.csv']}\ntables:\n" + table),
        )
