import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard
from quality.mo_scores import mo_scores

Frames = Callable[..., pd.DataFrame]

# Burglary: four items of tier 1 (weight 3) and four of tier 2 (weight 2), so 20 points in all.
BURGLARY = [
    ("entry_method", "lock_snap"),
    ("entry_point", "rear_door"),
    ("property_class_taken", "cash"),
    ("keys_then_car", "no"),
    ("tool_used", "mole_grips"),
    ("search_style", "tidy"),
    ("occupied", "vacant"),
    ("forensic_trace", "footwear"),
]


def test_a_complete_crime_scores_one_hundred(standard: MinimumStandard, crimes_of: Frames, features_of: Frames) -> None:
    features = features_of(*[("c1", item, value) for item, value in BURGLARY])
    scores = mo_scores(crimes_of({}), features, standard)
    assert scores.to_dict("records") == [
        {
            "crime_id": "c1",
            "crime_group": "burglary_residential",
            "area_code": "A1",
            "n_expected": 8,
            "n_recorded": 8,
            "score": 100.0,
            "missing_items": "",
            "n_recoverable": 8,
            "score_recoverable": 100.0,
        }
    ]


def test_items_are_weighted_by_tier_and_missing_ones_are_named_by_priority(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    # entry_point (3) and occupied (2) of 20 points: 25
    features = features_of(("c1", "occupied", "vacant"), ("c1", "entry_point", "garage"))
    row = mo_scores(crimes_of({}), features, standard).iloc[0]
    assert row["score"] == 25.0
    assert (row["n_expected"], row["n_recorded"]) == (8, 2)
    assert (
        row["missing_items"] == "entry_method,property_class_taken,keys_then_car,tool_used,search_style,forensic_trace"
    )


def test_null_codes_are_kept_apart(standard: MinimumStandard, crimes_of: Frames, features_of: Frames) -> None:
    features = features_of(
        ("c1", "entry_point", "not_recorded"),
        ("c1", "entry_method", "unknown"),
        ("c1", "keys_then_car", "not_applicable"),
        ("c1", "occupied", "refused"),
        ("c1", "tool_used", "none"),
    )
    row = mo_scores(crimes_of({}), features, standard).iloc[0]
    # waived: keys_then_car (3) and occupied (2), so 15 points are possible and tool_used brings 2
    assert row["n_expected"] == 6
    assert row["n_recorded"] == 1
    assert row["score"] == pytest.approx(100 * 2 / 15)
    assert row["missing_items"] == "entry_method,entry_point,property_class_taken,search_style,forensic_trace"


def test_a_value_beside_a_waiving_code_is_expected_again(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    features = features_of(("c1", "occupied", "refused"), ("c1", "occupied", "vacant"))
    row = mo_scores(crimes_of({}), features, standard).iloc[0]
    assert (row["n_expected"], row["n_recorded"]) == (8, 1)


@pytest.mark.parametrize("value", ["other", "unknown_tool"])
def test_a_default_value_counts_as_missing(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, value: str
) -> None:
    row = mo_scores(crimes_of({}), features_of(("c1", "tool_used", value)), standard).iloc[0]
    assert row["n_recorded"] == 0
    assert "tool_used" in row["missing_items"].split(",")


def test_one_telling_value_of_several_is_enough(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    features = features_of(("c1", "property_class_taken", "other"), ("c1", "property_class_taken", "watch"))
    assert mo_scores(crimes_of({}), features, standard).iloc[0]["n_recorded"] == 1


def test_invalid_values_and_values_read_from_text_do_not_count(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    features = features_of(
        ("c1", "entry_point", None, {"is_valid_code": False}),
        ("c1", "tool_used", "brick_stone", {"value_source": "text_rule"}),
    )
    assert mo_scores(crimes_of({}), features, standard).iloc[0]["n_recorded"] == 0


def test_rows_of_other_crimes_and_items_are_left_out(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    features = features_of(("c9", "entry_point", "garage"), ("c1", "mo1", "anything"), ("c1", "escape", "car"))
    assert mo_scores(crimes_of({}), features, standard).iloc[0]["n_recorded"] == 0


def test_a_crime_of_which_nothing_is_expected_has_no_score(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    waived = [("c1", item, "not_applicable") for item, _ in BURGLARY]
    crimes = crimes_of({}, {"crime_id": "c2", "crime_group": "arson"}, {"crime_id": "c3", "crime_group": None})
    scores = mo_scores(crimes, features_of(*waived), standard)
    assert scores["score"].isna().all()
    assert (scores["n_expected"] == 0).all()
    assert (scores["missing_items"] == "").all()


def test_no_crimes_give_no_scores_with_all_columns(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    scores = mo_scores(crimes_of(), features_of(), standard)
    assert len(scores) == 0
    assert "missing_items" in scores.columns


def test_a_missing_column_is_named_with_its_nearest(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    with pytest.raises(FrameError, match="stg_crimes: column 'area_code' is missing; nearest is 'areacode'"):
        mo_scores(crimes_of({}).rename(columns={"area_code": "areacode"}), features_of(), standard)
    with pytest.raises(FrameError, match="stg_mo_features: column 'value_source' is missing"):
        mo_scores(crimes_of({}), features_of().drop(columns="value_source"), standard)


VALUES = st.sampled_from(["rear_door", "other", "unknown", "not_applicable", None])
ROWS = st.tuples(st.sampled_from(["c1", "c2", "c3"]), st.sampled_from(["entry_point", "tool_used", "occupied"]), VALUES)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROWS, max_size=12), seed=st.integers(0, 2**16))
def test_scores_lie_within_bounds_and_do_not_depend_on_the_order_of_rows(
    standard: MinimumStandard,
    crimes_of: Frames,
    features_of: Frames,
    rows: list[tuple[str, str, str | None]],
    seed: int,
) -> None:
    crimes = crimes_of(*[{"crime_id": f"c{i}"} for i in (1, 2, 3)])
    features = features_of(*[(*row, {"is_valid_code": row[2] is not None}) for row in rows])
    scores = mo_scores(crimes, features, standard)
    assert scores["score"].dropna().between(0, 100).all()
    assert (scores["n_recorded"] <= scores["n_expected"]).all()
    named = scores["missing_items"].str.split(",").map(lambda items: len([item for item in items if item]))
    assert (named == scores["n_expected"] - scores["n_recorded"]).all()
    shuffled = mo_scores(crimes.sample(frac=1, random_state=seed), features.sample(frac=1, random_state=seed), standard)
    pd.testing.assert_frame_equal(scores, shuffled)


def test_fifty_thousand_crimes_are_scored_within_seconds(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames
) -> None:
    n = 50_000
    ids = np.array([f"c{i}" for i in range(n)], dtype=object)
    crimes = crimes_of({}).loc[np.zeros(n, dtype=int)].assign(crime_id=ids)
    full = features_of(*[("c1", item, value) for item, value in BURGLARY])
    features = full.loc[np.tile(np.arange(8), n)].assign(crime_id=np.repeat(ids, 8))
    started = time.process_time()
    scores = mo_scores(crimes, features, standard)
    # 440,000 crimes took 3.8 s; a loop over crimes would take minutes
    assert time.process_time() - started < 5
    assert (scores["score"] == 100).all()
