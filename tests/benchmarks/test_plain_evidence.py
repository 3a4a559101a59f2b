"""The straightforward version that a benchmark measures against is itself right."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.evidence import ITEMS, SPECS, invented_crimes
from benchmarks.plain_evidence import AGREE_TO, plain_evidence
from linkage.evidence import evidence_columns, pair_evidence


@pytest.mark.parametrize("mode", list(SPECS))
def test_two_ways_of_making_evidence_agree(mode):
    rng = np.random.default_rng(2)
    crimes = invented_crimes(400, rng)
    first, second = rng.integers(0, 400, (2, 20_000))
    plain = plain_evidence(crimes, first, second, ITEMS, reference=mode == "reference")
    ours = pair_evidence(crimes, first, second, SPECS[mode])
    assert tuple(plain.columns) == evidence_columns(SPECS[mode])
    for name in ours.columns[:4]:
        np.testing.assert_allclose(ours[name], plain[name], rtol=0, atol=AGREE_TO)
    for name in ours.columns[4:]:
        pd.testing.assert_series_equal(ours[name].astype(str), plain[name].astype(str))


def test_a_pair_worked_by_hand():
    # Noon on 3 January against 20:00 to 22:00 on 1 January, 3 km east and 4 km north: midpoints 39 hours apart.
    start = pd.Series(pd.to_datetime(["2024-01-03 12:00", "2024-01-01 20:00"]))
    crimes = pd.DataFrame(
        {
            "easting_m": [3000.0, 0.0],
            "northing_m": [4000.0, 0.0],
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta([0, 2], unit="h"),
            "committed_from_local": start,
            "entry": pd.Series(["door", "door"], dtype=object),
        }
    )
    row = plain_evidence(crimes, np.array([0]), np.array([1]), ("entry",), reference=False).iloc[0]
    np.testing.assert_allclose(row.iloc[:4].astype(float), [5.0, 39 / 24, 9.0, 39 / 24], rtol=1e-12)
    assert row["match_entry"] == "match"
