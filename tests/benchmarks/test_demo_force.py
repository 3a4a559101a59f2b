"""The demo force as benchmarks read it."""

import pandas as pd
import pytest

from benchmarks.demo_force import demo_force


@pytest.mark.long
def test_the_staged_force_and_its_truth_fit_together(tmp_path):
    force = demo_force(500, 3, tmp_path)
    assert len(force.crimes) > 450
    assert force.crimes["crime_id"].is_unique
    assert set(force.items) <= set(force.crimes.columns)
    assert set(force.truth["crime_id"]) == set(force.crimes["crime_id"])
    # Whom the extract names without doubt took part, and the truth knows more persons than the extract.
    sure = force.offender_crimes[force.offender_crimes["label_strength"].isin(["A", "B"])]
    named = sure.merge(force.truth, on=["person_id", "crime_id"])
    assert len(named) == sure["crime_id"].isin(force.crimes["crime_id"]).sum()
    assert force.truth["person_id"].nunique() > force.offender_crimes["person_id"].nunique()
    again = demo_force(500, 3, tmp_path)
    for one, other in zip(force, again, strict=True):
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other)
