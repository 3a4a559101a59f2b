"""What each item holds, counted by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.assessment import assess
from quality.item_profile import COLUMNS
from quality.minimum_standard import MinimumStandard

Frames = Callable[..., pd.DataFrame]
NO_TEXTS = pd.DataFrame(columns=["crime_id", "item_code", "value_code"], dtype="str")


@pytest.fixture(scope="session")
def profile(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> Callable[..., pd.DataFrame]:
    """Profile burglaries c0 to c9 by what was recorded of them, indexed by item."""

    def of(*said: Any, texts: pd.DataFrame = NO_TEXTS, **crime: Any) -> pd.DataFrame:
        crimes = crimes_of(*[{"crime_id": f"c{i}", **crime} for i in range(10)])
        # everybody's officer wrote something, so that all ten crimes stand in one row
        officer = [(f"c{i}", "damage_level", "minor") for i in range(10)]
        found = assess(crimes, features_of(*officer, *said), properties_of(), texts, standard)
        assert tuple(found.item_profile.columns) == COLUMNS
        assert set(found.item_profile["capture_role"]) == {"officer"}
        return found.item_profile.set_index("item_code")

    return of


def test_every_crime_is_in_one_state_and_the_null_codes_stay_apart(profile: Any) -> None:
    row = profile(
        ("c0", "entry_point", "rear_door"),
        ("c1", "entry_point", "other"),
        ("c2", "entry_point", None, {"is_valid_code": False}),
        ("c3", "entry_point", "not_recorded"),
        ("c4", "entry_point", "unknown"),
        ("c5", "entry_point", "not_applicable"),
        ("c6", "entry_point", "refused"),
        # a value beside a null code is a value; of two null codes the one that waives counts
        ("c7", "entry_point", "unknown"),
        ("c7", "entry_point", "rear_door"),
        ("c8", "entry_point", "not_recorded"),
        ("c8", "entry_point", "refused"),
    ).loc["entry_point"]
    assert row[["n_asked", "n_value", "n_unspecific", "n_invalid"]].tolist() == [10, 3, 1, 1]
    assert row[["n_not_recorded", "n_unknown", "n_not_applicable", "n_refused", "n_absent"]].tolist() == [1, 1, 1, 2, 1]


def test_entropy_and_the_commonest_value_by_hand(profile: Any) -> None:
    said = [
        (f"c{i}", "entry_point", value) for i, value in enumerate(["rear_door"] * 4 + ["garage"] * 2 + ["other"] * 2)
    ]
    row = profile(*said, ("c0", "entry_point", "rear_door", {"value_source": "csi"})).loc["entry_point"]
    # shares 1/2, 1/4, 1/4: 1/2 x 1 + 2 x 1/4 x 2 = 1.5 bits; who says the same again adds nothing
    assert row["entropy_bits"] == pytest.approx(1.5)
    assert (row["n_values"], row["top_value_code"], row["top_value_share"]) == (3, "rear_door", 0.5)


def test_an_item_that_always_says_the_same_tells_nothing(profile: Any) -> None:
    row = profile(*[(f"c{i}", "entry_point", "rear_door") for i in range(10)]).loc["entry_point"]
    assert (row["entropy_bits"], row["n_values"], row["top_value_share"]) == (0.0, 1, 1.0)


def test_equally_common_values_go_by_the_alphabet(profile: Any) -> None:
    row = profile(("c0", "entry_point", "rear_door"), ("c1", "entry_point", "garage")).loc["entry_point"]
    assert (row["top_value_code"], row["top_value_share"], row["entropy_bits"]) == ("garage", 0.5, 1.0)


def test_several_values_of_one_crime_are_counted_each(profile: Any) -> None:
    taken = [("c0", "property_class_taken", "cash"), ("c0", "property_class_taken", "phone")]
    row = profile(*taken, ("c1", "property_class_taken", "cash")).loc["property_class_taken"]
    assert (row["n_value"], row["n_values"], row["top_value_share"]) == (2, 2, pytest.approx(2 / 3))


def test_an_item_without_a_value_has_no_entropy(profile: Any) -> None:
    row = profile().loc["entry_point"]
    assert (row["n_asked"], row["n_absent"], row["n_values"]) == (10, 10, 0)
    assert np.isnan(row["entropy_bits"])
    assert pd.isna(row["top_value_code"])


def test_what_stands_in_the_text_alone_is_counted_of_gaps_that_nobody_asked_about(profile: Any) -> None:
    texts = pd.DataFrame(
        [(f"c{i}", "entry_point", "rear_door") for i in range(5)], columns=["crime_id", "item_code", "value_code"]
    )
    row = profile(
        ("c0", "entry_point", "garage"),
        ("c1", "entry_point", "unknown"),
        ("c2", "entry_point", "not_recorded"),
        texts=texts,
    ).loc["entry_point"]
    assert row["n_text_only"] == 3  # c2, c3 and c4


def test_items_on_trial_are_profiled_though_nothing_is_expected_of_them(
    standard: MinimumStandard, profile: Any
) -> None:
    table = profile()
    asked = {entry.item_code for entry in standard.crime_groups["burglary_residential"].asked}
    expected = {entry.item_code for entry in standard.items_for("burglary_residential")}
    assert set(table.index) == asked > expected
