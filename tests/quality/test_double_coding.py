from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quality.double_coding import Coding, CodingError, compare_codings, draw_sample, read_codings
from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard

Coded = Callable[..., Path]
GROUPS = {"c1": "robbery_personal", "c2": "theft_of_vehicle", "c3": "robbery_personal"}


@pytest.fixture(scope="session")
def crimes() -> pd.DataFrame:
    """Crimes of two groups, three areas and two roles, 600 in all, a third of them robberies."""
    n = 600
    return pd.DataFrame(
        {
            "crime_id": [f"c{i:04d}" for i in range(n)],
            "crime_group": np.where(np.arange(n) % 3 == 0, "robbery_personal", "theft_of_vehicle"),
            "area_code": np.array(["A1", "A2", None])[np.arange(n) % 5 % 3],
            "capture_role": np.where(np.arange(n) % 4 == 0, "csi", "officer"),
        }
    )


@pytest.fixture
def coded(tmp_path: Path) -> Coded:
    """A coded sample: lines of CSV."""

    def write(*lines: str) -> Path:
        path = tmp_path / "sample.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_the_sample_is_blind_and_shows_what_to_code(crimes: pd.DataFrame, standard: MinimumStandard) -> None:
    recorded = crimes.assign(approach="confront", score=80.0)
    sample = draw_sample(recorded, standard, 60, seed=1)
    assert sample.columns[:2].tolist() == ["crime_id", "crime_group"]
    asked = {
        group: {entry.item_code for entry in standard.items_for(group)}
        for group in ("robbery_personal", "theft_of_vehicle")
    }
    assert set(sample.columns[2:]) == asked["robbery_personal"] | asked["theft_of_vehicle"]
    for row in sample.to_dict("records"):
        for item in sample.columns[2:]:
            assert row[item] == ("" if item in asked[row["crime_group"]] else "/")


def test_strata_get_their_share_to_the_nearest_whole_number(crimes: pd.DataFrame, standard: MinimumStandard) -> None:
    strata = ["crime_group", "area_code", "capture_role"]
    for seed in range(5):
        drawn = draw_sample(crimes, standard, 60, seed)["crime_id"]
        assert drawn.is_unique
        counts = crimes[crimes["crime_id"].isin(drawn)].groupby(strata, dropna=False).size()
        due = crimes.groupby(strata, dropna=False).size() / 10
        assert ((counts - due).abs() < 1).all()


def test_every_crime_is_as_likely_as_any_other(standard: MinimumStandard) -> None:
    # Ten crimes in ten strata: whoever allots whole numbers by size first never draws some of them.
    few = pd.DataFrame(
        {"crime_id": [f"c{i}" for i in range(10)], "crime_group": "theft_of_vehicle", "capture_role": "officer"}
    ).assign(area_code=[f"A{i}" for i in range(10)])
    drawn = [crime for seed in range(200) for crime in draw_sample(few, standard, 3, seed)["crime_id"]]
    times = pd.Series(drawn).value_counts()
    # 200 x 3 / 10 = 60, standard deviation sqrt(200 x 0.3 x 0.7) = 6.5
    assert times.between(60 - 4 * 6.5, 60 + 4 * 6.5).all()
    assert len(times) == 10


def test_the_same_seed_draws_the_same_crimes_whatever_the_order_of_rows(
    crimes: pd.DataFrame, standard: MinimumStandard
) -> None:
    first = draw_sample(crimes, standard, 40, 7)
    pd.testing.assert_frame_equal(first, draw_sample(crimes.sample(frac=1, random_state=1), standard, 40, 7))
    assert first["crime_id"].tolist() != draw_sample(crimes, standard, 40, 8)["crime_id"].tolist()


def test_more_than_there_are_draws_all_and_none_is_refused(crimes: pd.DataFrame, standard: MinimumStandard) -> None:
    assert len(draw_sample(crimes, standard, 10_000, 1)) == 600
    with pytest.raises(CodingError, match="expected crimes of the standard's groups"):
        draw_sample(crimes.assign(crime_group="arson"), standard, 10, 1)
    with pytest.raises(FrameError, match="the published crimes: column 'capture_role' is missing"):
        draw_sample(crimes.drop(columns="capture_role"), standard, 10, 1)


def test_codings_come_back_with_null_codes_as_no_value_and_blanks_as_not_coded(
    coded: Coded, standard: MinimumStandard
) -> None:
    path = coded(
        "crime_id,crime_group,approach,keyless,property_class_taken",
        "c1,robbery_personal,confront,/,cash; phone",
        "c2,theft_of_vehicle,/,unknown,/",
        "c3,robbery_personal,,/,",
    )
    assert read_codings(path, standard, GROUPS) == [
        Coding("c1", "approach", frozenset({"confront"})),
        Coding("c1", "property_class_taken", frozenset({"cash", "phone"})),
        Coding("c2", "keyless", frozenset()),
    ]


def test_the_marking_of_a_sample_and_apostrophes_before_its_numbers_are_taken_back(
    coded: Coded, standard: MinimumStandard
) -> None:
    path = coded(
        "crime_id,crime_group,approach,protective_marking",
        "'-77,robbery_personal,confront,OFFICIAL-SENSITIVE",
        "'c1,robbery_personal,confront,OFFICIAL-SENSITIVE",
    )
    # an apostrophe that is part of the number stays
    groups = {"-77": "robbery_personal", "'c1": "robbery_personal", "c1": "theft_of_vehicle"}
    assert [coding.crime_id for coding in read_codings(path, standard, groups)] == ["-77", "'c1"]


HEADER = "crime_id,crime_group,approach,keyless"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("crime_id,approach", "c1,confront"), "expected a column crime_group, got none"),
        (
            (f"{HEADER},aproach", "c1,robbery_personal,,/,"),
            "column 'aproach' is no item of the standard; nearest is 'approach'",
        ),
        ((f"{HEADER},approach", "c1,robbery_personal,,/,"), "column approach stands twice"),
        ((HEADER, "c9,robbery_personal,,/"), "row 1, crime_id: 'c9' is no published crime; the next one is 'c3'"),
        ((HEADER, "c1,robbery_personal,,/", "c1,robbery_personal,,/"), "row 2, crime_id: 'c1' stands twice"),
        ((HEADER, "c1,theft_of_vehicle,,/"), "row 1, crime_group: expected 'robbery_personal' of crime c1"),
        (
            (HEADER, "c1,robbery_personal,confrnt,/"),
            "row 1, approach: 'confrnt' is no value of the item; nearest is 'confront'",
        ),
        (
            (HEADER, "c1,robbery_personal,confront;ride_by,/"),
            "row 1, approach: expected one value, got 'confront;ride_by'",
        ),
        ((HEADER, "c1,robbery_personal,,yes"), "row 1, keyless: 'yes' stands where robbery_personal is not asked"),
        ((HEADER, "c1,robbery_personal,confront"), "row 1: expected as many cells as columns"),
        ((HEADER, "c1,robbery_personal,confront,/,x"), "row 1: expected as many cells as columns"),
        (
            ("crime_id,crime_group,property_class_taken", "c1,robbery_personal,cash;unknown"),
            "row 1, property_class_taken: 'unknown' says that there is no value",
        ),
    ],
)
def test_bad_input_is_named_with_its_file_row_item_and_value(
    coded: Coded, standard: MinimumStandard, lines: tuple[str, ...], message: str
) -> None:
    path = coded(*lines)
    with pytest.raises(CodingError) as raised:
        read_codings(path, standard, GROUPS)
    assert str(raised.value).startswith(f"{path}: ")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_are_none_or_no_text_are_named(tmp_path: Path, standard: MinimumStandard) -> None:
    with pytest.raises(CodingError, match="expected a coded sample, got No such file"):
        read_codings(tmp_path / "none.csv", standard, GROUPS)
    odd = tmp_path / "odd.csv"
    odd.write_bytes(b"crime_id,crime_group\n\xff\xfe")
    with pytest.raises(CodingError, match="expected CSV in UTF-8"):
        read_codings(odd, standard, GROUPS)


def _recorded(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["crime_id", "item_code", "value_code"])


def test_agreement_gaps_and_confusions_are_told_apart(standard: MinimumStandard) -> None:
    # 40 crimes: 24 alike (12 of each value), 6 confused, 4 only recorded, 3 only of the second coder, 3 of neither
    said = [("confront", "confront")] * 12 + [("ride_by", "ride_by")] * 12 + [("confront", "ride_by")] * 6
    said += [("confront", "")] * 4 + [("", "ride_by")] * 3 + [("", "")] * 3
    recorded = _recorded(*[(f"c{i}", "approach", first) for i, (first, _) in enumerate(said) if first])
    codings = [Coding(f"c{i}", "approach", frozenset({second} - {""})) for i, (_, second) in enumerate(said)]
    found = compare_codings(codings, recorded, standard)
    row = found.items.iloc[0]
    assert row[["n_coded", "n_both", "n_only_record", "n_only_second", "n_neither"]].tolist() == [40, 30, 4, 3, 3]
    # 24 of 30 alike; by chance 0.6 x 0.4 + 0.4 x 0.6 = 0.48; kappa (0.8 - 0.48) / 0.52
    assert row["agreement"] == 0.8
    assert row["kappa"] == pytest.approx(0.32 / 0.52)
    assert row["kappa_lower"] < row["kappa"] < row["kappa_upper"]
    assert row["note"] == ""
    assert found.confusions.to_numpy().tolist() == [["approach", "confront", "ride_by", 6]]


def test_fewer_than_thirty_crimes_coded_twice_are_not_judged(standard: MinimumStandard) -> None:
    codings = [Coding(f"c{i}", "approach", frozenset({"confront"})) for i in range(29)]
    recorded = _recorded(*[(f"c{i}", "approach", "confront") for i in range(29)])
    row = compare_codings(codings, recorded, standard).items.iloc[0]
    assert row["n_both"] == 29
    assert row[["kappa", "kappa_lower", "kappa_upper", "agreement", "adjusted_kappa"]].isna().all()
    assert row["note"] == "not judged: 29 crimes hold two values, at least 30 are needed"


def test_a_rare_second_value_is_to_be_taken_with_care(standard: MinimumStandard) -> None:
    values = ["confront"] * 35 + ["ride_by"] * 5
    codings = [Coding(f"c{i}", "approach", frozenset({value})) for i, value in enumerate(values)]
    recorded = _recorded(*[(f"c{i}", "approach", value) for i, value in enumerate(values)])
    items = compare_codings(codings, recorded, standard).items
    assert items["note"].tolist() == ["take with care: only 5 crimes hold another value than the commonest"]
    always = [coding._replace(said=frozenset({"confront"})) for coding in codings]
    alike = compare_codings(always, recorded.assign(value_code="confront"), standard).items.iloc[0]
    assert np.isnan(alike["kappa"])
    assert alike["note"] == "no kappa: both used one value throughout"


def test_a_null_code_in_the_record_is_no_value_and_sets_are_compared_as_sets(standard: MinimumStandard) -> None:
    codings = [Coding("c1", "property_class_taken", frozenset({"cash", "phone"}))] * 1
    codings += [Coding(f"c{i}", "property_class_taken", frozenset({"cash"})) for i in range(2, 33)]
    recorded = _recorded(
        *[(f"c{i}", "property_class_taken", value) for i in range(1, 32) for value in ("cash", "phone")],
        ("c32", "property_class_taken", "refused"),
    )
    found = compare_codings(codings, recorded, standard)
    row = found.items.iloc[0]
    assert (row["n_both"], row["n_only_second"]) == (31, 1)
    assert found.confusions.to_numpy().tolist() == [["property_class_taken", "cash;phone", "cash", 30]]
    assert row["agreement"] == pytest.approx(1 / 31)
    n_values = len(standard.items["property_class_taken"].value_labels)
    assert row["adjusted_kappa"] == pytest.approx(1 - 2 * 30 / (31 * n_values))
