from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.assessment import mo_scorecard
from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard

Frames = Callable[..., pd.DataFrame]
COLUMNS = [
    "area_code",
    "crime_group",
    "month",
    "capture_role",
    "item_code",
    "dimension",
    "n_expected",
    "n_met",
    "share",
]


@pytest.fixture(scope="session")
def counts(standard: MinimumStandard, properties_of: Frames) -> Callable[..., tuple[int, int] | None]:
    """Make the scorecard and return (n_expected, n_met) of an item and dimension over all cells."""

    def count(
        crimes: pd.DataFrame, features: pd.DataFrame, item: str, dimension: str, properties: Any = None
    ) -> tuple[int, int] | None:
        card = mo_scorecard(crimes, features, properties_of() if properties is None else properties, standard)
        rows = card[(card["item_code"] == item) & (card["dimension"] == dimension)]
        return (int(rows["n_expected"].sum()), int(rows["n_met"].sum())) if len(rows) else None

    return count


def test_what_is_waived_counts_as_not_applicable_and_is_expected_of_nobody(
    crimes_of: Frames, features_of: Frames, counts: Callable[..., tuple[int, int] | None]
) -> None:
    crimes = crimes_of(*({"crime_id": f"c{n}"} for n in range(1, 6)))
    features = features_of(
        ("c1", "entry_point", "rear_door"),
        ("c2", "entry_point", "not_applicable"),
        ("c3", "entry_point", "refused"),
        # a value beside a waiving code counts, and what is unknown is not waived
        ("c4", "entry_point", "refused"),
        ("c4", "entry_point", "window"),
        ("c5", "entry_point", "unknown"),
    )
    assert counts(crimes, features, "entry_point", "applicability") == (5, 3)
    assert counts(crimes, features, "entry_point", "completeness") == (3, 2)
    all_waived = features_of(*((f"c{n}", "entry_point", "not_applicable") for n in range(1, 6)))
    assert counts(crimes, all_waived, "entry_point", "applicability") == (5, 0)
    assert counts(crimes, all_waived, "entry_point", "completeness") is None


def test_a_scorecard_by_hand(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of(
        {"crime_id": "c1"},
        {"crime_id": "c2"},
        {"crime_id": "c3", "area_code": "A2"},
        {"crime_id": "c4", "committed_from_local": "2025-04-01 00:30"},
    )
    features = features_of(
        ("c1", "entry_point", "rear_door"),
        ("c2", "entry_point", "other"),
        ("c3", "entry_point", "garage", {"captured_by": "call_taker"}),
        ("c4", "entry_point", None, {"is_valid_code": False}),
    )
    card = mo_scorecard(crimes, features, properties_of(), standard)
    assert list(card.columns) == COLUMNS
    point = card[card["item_code"] == "entry_point"].drop(columns=["item_code", "crime_group"])
    march, april = pd.Timestamp("2025-03-01"), pd.Timestamp("2025-04-01")
    assert list(point.itertuples(index=False, name=None)) == [
        ("A1", march, "officer", "applicability", 2, 2, 1.0),
        ("A1", march, "officer", "completeness", 2, 2, 1.0),
        ("A1", march, "officer", "recoverable", 2, 2, 1.0),
        ("A1", march, "officer", "specificity", 2, 1, 0.5),
        ("A1", march, "officer", "timeliness", 2, 2, 1.0),
        ("A1", march, "officer", "validity", 2, 2, 1.0),
        # an invalid value was recorded: complete, not valid, and too unclear to call specific or not
        ("A1", april, "officer", "applicability", 1, 1, 1.0),
        ("A1", april, "officer", "completeness", 1, 1, 1.0),
        ("A1", april, "officer", "recoverable", 1, 1, 1.0),
        ("A1", april, "officer", "timeliness", 1, 1, 1.0),
        ("A1", april, "officer", "validity", 1, 0, 0.0),
        ("A2", march, "call_taker", "applicability", 1, 1, 1.0),
        ("A2", march, "call_taker", "completeness", 1, 1, 1.0),
        ("A2", march, "call_taker", "recoverable", 1, 1, 1.0),
        ("A2", march, "call_taker", "specificity", 1, 1, 1.0),
        ("A2", march, "call_taker", "timeliness", 1, 1, 1.0),
        ("A2", march, "call_taker", "validity", 1, 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rear_door", (1, 1)),
        ("other", (1, 1)),
        ("not_recorded", (1, 0)),
        ("unknown", (1, 0)),
        ("not_applicable", None),
        ("refused", None),
    ],
)
def test_completeness_keeps_the_null_codes_apart(
    counts: Any, crimes_of: Frames, features_of: Frames, value: str, expected: tuple[int, int] | None
) -> None:
    features = features_of(("c1", "entry_point", value))
    assert counts(crimes_of({}), features, "entry_point", "completeness") == expected


def test_a_blank_and_a_value_read_from_text_are_both_gaps(counts: Any, crimes_of: Frames, features_of: Frames) -> None:
    assert counts(crimes_of({}), features_of(), "entry_point", "completeness") == (1, 0)
    told = features_of(("c1", "entry_point", "garage", {"value_source": "text_rule"}))
    assert counts(crimes_of({}), told, "entry_point", "completeness") == (1, 0)
    found = features_of(("c1", "entry_point", "garage", {"value_source": "csi"}))
    assert counts(crimes_of({}), found, "entry_point", "completeness") == (1, 1)


def test_only_the_eight_items_of_the_crime_group_are_expected(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({"crime_group": "robbery_personal"})
    card = mo_scorecard(crimes, features_of(("c1", "entry_point", "garage")), properties_of(), standard)
    complete = card[card["dimension"] == "completeness"]
    asked = {entry.item_code for entry in standard.items_for("robbery_personal")}
    assert set(complete["item_code"]) == asked | {"committed_time", "location"}


def test_one_invalid_value_of_several_makes_the_crime_invalid(
    counts: Any, crimes_of: Frames, features_of: Frames
) -> None:
    features = features_of(
        ("c1", "property_class_taken", "cash"), ("c1", "property_class_taken", None, {"is_valid_code": False})
    )
    assert counts(crimes_of({}), features, "property_class_taken", "validity") == (1, 0)
    assert counts(crimes_of({}), features, "property_class_taken", "specificity") == (1, 1)


@pytest.mark.parametrize(
    ("captured_at", "expected"),
    [
        ("2025-03-14 08:00", (1, 1)),  # exactly 72 h after the report
        ("2025-03-14 08:01", (1, 0)),
        ("2025-03-11 07:00", (1, 1)),  # while the caller was still on the telephone
        (None, None),
    ],
)
def test_timeliness_counts_from_the_report(
    counts: Any, crimes_of: Frames, features_of: Frames, captured_at: str | None, expected: tuple[int, int] | None
) -> None:
    features = features_of(("c1", "entry_point", "garage", {"captured_at": captured_at}))
    assert counts(crimes_of({}), features, "entry_point", "timeliness") == expected


def test_the_first_capture_of_an_item_decides_timeliness(counts: Any, crimes_of: Frames, features_of: Frames) -> None:
    features = features_of(
        ("c1", "entry_point", "garage", {"captured_at": "2025-05-01"}),
        ("c1", "entry_point", "garage", {"captured_at": "2025-03-11"}),
    )
    assert counts(crimes_of({}), features, "entry_point", "timeliness") == (1, 1)


def test_a_crime_belongs_to_the_role_that_recorded_most_of_it(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({"crime_id": "c1"}, {"crime_id": "c2"}, {"crime_id": "c3"})
    features = features_of(
        ("c1", "entry_point", "garage", {"captured_by": "officer"}),
        ("c1", "entry_method", "climb", {"captured_by": "officer"}),
        ("c1", "forensic_trace", "dna", {"captured_by": "csi"}),
        ("c2", "entry_point", "garage", {"captured_by": "officer"}),
        ("c2", "forensic_trace", "dna", {"captured_by": "csi"}),
        ("c3", "entry_point", "garage", {"captured_by": None}),
    )
    card = mo_scorecard(crimes, features, properties_of(), standard)
    placed = card[(card["item_code"] == "location") & (card["dimension"] == "completeness")]
    # c2 is a tie: first in the alphabet
    assert dict(zip(placed["capture_role"], placed["n_expected"], strict=True)) == {
        "csi": 1,
        "not_stated": 1,
        "officer": 1,
    }


def test_a_crime_without_a_time_stands_in_the_month_of_its_report(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    unknown = {"committed_from_at": None, "committed_to_at": None, "committed_from_local": None}
    crimes = crimes_of(
        {**unknown, "reported_at": "2025-07-31 10:00"}, {**unknown, "crime_id": "c2", "reported_at": None}
    )
    card = mo_scorecard(crimes, features_of(), properties_of(), standard)
    assert set(card["month"].dropna()) == {pd.Timestamp("2025-07-01")}
    timed = card[(card["item_code"] == "committed_time") & (card["dimension"] == "completeness")]
    assert list(timed["n_met"]) == [0, 0]
    assert timed["month"].isna().sum() == 1


def test_missing_areas_and_groups_keep_a_cell_of_their_own(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({"area_code": None}, {"crime_id": "c2", "crime_group": None}, {"crime_id": "c3"})
    card = mo_scorecard(crimes, features_of(), properties_of(), standard)
    placed = card[(card["item_code"] == "location") & (card["dimension"] == "completeness")]
    assert placed["n_expected"].sum() == 3
    assert placed["area_code"].isna().sum() == 1
    assert placed["crime_group"].isna().sum() == 1


def test_no_crimes_give_an_empty_scorecard(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    card = mo_scorecard(crimes_of(), features_of(), properties_of(), standard)
    assert list(card.columns) == COLUMNS
    assert len(card) == 0


def test_a_missing_column_is_named(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    with pytest.raises(FrameError, match="stg_properties: column 'status' is missing"):
        mo_scorecard(crimes_of({}), features_of(), properties_of().drop(columns="status"), standard)
    with pytest.raises(FrameError, match="stg_crimes: column 'is_attempt' is missing"):
        mo_scorecard(crimes_of({}).drop(columns="is_attempt"), features_of(), properties_of(), standard)


def test_a_planted_gap_is_the_worst_share_of_all_areas(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    areas = [f"A{i}" for i in range(10)]
    rows = [{"crime_id": f"{area}-{i}", "area_code": area} for area in areas for i in range(20)]
    # every area leaves one gap in twenty, A7 leaves ten
    told = [row for i, row in enumerate(rows) if i % 20 >= (10 if row["area_code"] == "A7" else 1)]
    features = features_of(*[(row["crime_id"], "entry_point", "garage") for row in told])
    card = mo_scorecard(crimes_of(*rows), features, properties_of(), standard)
    point = card[(card["item_code"] == "entry_point") & (card["dimension"] == "completeness")]
    by_area = point.groupby("area_code")[["n_expected", "n_met"]].sum()
    shares = by_area["n_met"] / by_area["n_expected"]
    assert shares.idxmin() == "A7"
    assert shares["A7"] == 0.5
    assert (shares.drop("A7") == 0.95).all()


CRIME_ROWS = st.fixed_dictionaries(
    {
        "area_code": st.sampled_from(["A1", "A2", None]),
        "crime_group": st.sampled_from(["burglary_residential", "theft_of_vehicle", None]),
        "is_attempt": st.sampled_from([True, False, None]),
        "committed_from_local": st.sampled_from(["2025-03-10 00:00", "2025-04-10 20:00", None]),
        "easting_m": st.sampled_from([450_000.0, None]),
    }
)
FEATURE_ROWS = st.tuples(
    st.sampled_from(["c0", "c1", "c2", "c3"]),
    st.sampled_from(["entry_method", "tool_used", "property_class_taken"]),
    st.sampled_from(["insecure", "other", "screwdriver", "none", "cash", "refused", "not_recorded", None]),
    st.sampled_from(["officer", "csi", None]),
)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(CRIME_ROWS, min_size=1, max_size=4),
    said=st.lists(FEATURE_ROWS, max_size=10),
    seed=st.integers(0, 2**16),
)
def test_shares_lie_in_zero_to_one_and_do_not_depend_on_the_order_of_rows(
    standard: MinimumStandard,
    crimes_of: Frames,
    features_of: Frames,
    properties_of: Frames,
    rows: list[dict[str, Any]],
    said: list[tuple[str, str, str | None, str | None]],
    seed: int,
) -> None:
    crimes = crimes_of(*[{**row, "crime_id": f"c{i}"} for i, row in enumerate(rows)])
    features = features_of(
        *[(c, i, v, {"captured_by": role, "is_valid_code": v is not None}) for c, i, v, role in said]
    )
    properties = properties_of(("c0", "stolen"), ("c9", "stolen"))
    card = mo_scorecard(crimes, features, properties, standard)
    assert card["share"].between(0, 1).all()
    assert (card["n_expected"] >= 1).all()
    assert not card.duplicated(COLUMNS[:6]).any()
    everyone = card[(card["item_code"] == "location") & (card["dimension"] == "completeness")]
    assert everyone["n_expected"].sum() == len(crimes)
    shuffled = [frame.sample(frac=1, random_state=seed) for frame in (crimes, features, properties)]
    pd.testing.assert_frame_equal(card, mo_scorecard(*shuffled, standard))


def test_frames_as_a_database_gives_them_make_the_same_scorecard(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({"is_attempt": True}, {"crime_id": "c2", "is_attempt": None}, {"crime_id": "c3"})
    features = features_of(
        ("c1", "property_class_taken", "cash"),
        ("c2", "property_class_taken", None, {"is_valid_code": False}),
        ("c3", "property_class_taken", None, {"is_valid_code": None}),
    )
    plain = mo_scorecard(crimes, features, properties_of(), standard)
    nullable = mo_scorecard(
        crimes.astype({"is_attempt": "boolean", "easting_m": "Float64"}),
        features.astype({"is_valid_code": "boolean"}),
        properties_of(),
        standard,
    )
    pd.testing.assert_frame_equal(plain, nullable)
    taken = plain[plain["item_code"] == "property_class_taken"].groupby("dimension")[["n_expected", "n_met"]].sum()
    assert tuple(taken.loc["completeness"]) == (3, 2)
    assert tuple(taken.loc["validity"]) == (2, 1)
    assert tuple(taken.loc["consistency"]) == (1, 0)
