"""An area that answers `does not apply` to everything: nothing is expected of it any more, so its score looks best."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from quality.assessment import Assessment, assess
from quality.control_limits import mo_trends
from quality.drift import drift_finding, recording_drift
from quality.minimum_standard import MinimumStandard
from quality.mo_recording import TEXT_COLUMNS

Frames = Callable[..., pd.DataFrame]
AREAS, MONTHS, CRIMES = ("A1", "A2", "A3"), 16, 20
WAIVER = "A3"


@pytest.fixture(scope="module")
def assessed(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> Callable[[int], Assessment]:
    """Assess 16 months of 20 burglaries in each of three areas; from a month on one area waives every item."""
    months = pd.date_range("2024-01-01", periods=MONTHS, freq="MS")
    items = [entry.item_code for entry in standard.items_for("burglary_residential")]
    cells = [(area, n, crime) for area in AREAS for n in range(MONTHS) for crime in range(CRIMES)]

    def assess_from(waived_from: int) -> Assessment:
        rng = np.random.default_rng(1)
        crimes, features = [], []
        for area, n, crime in cells:
            at = months[n] + pd.Timedelta(days=crime, hours=3)
            crime_id = f"{area}-{n:02d}-{crime:02d}"
            moments = dict.fromkeys(("committed_from_local", "committed_from_at"), at)
            crimes.append({"crime_id": crime_id, "area_code": area, "reported_at": at + pd.Timedelta("2h"), **moments})
            for item in items:
                draw, value = rng.random(), next(iter(standard.items[item].value_labels))
                if area == WAIVER and n >= waived_from:
                    features.append((crime_id, item, "not_applicable"))
                elif draw < 0.9:
                    features.append((crime_id, item, "not_applicable" if draw < 0.1 else value))
        nothing_read = pd.DataFrame({name: pd.Series(dtype="str") for name in TEXT_COLUMNS})
        return assess(crimes_of(*crimes), features_of(*features), properties_of(), nothing_read, standard)

    return assess_from


def test_the_month_in_which_an_area_begins_to_waive_everything_falls_below_its_limits(
    assessed: Callable[[int], Assessment],
) -> None:
    found = assessed(MONTHS - 1)
    # by scores alone it did best: there is nothing left that it should have recorded
    last = found.scores["crime_id"].str.startswith(f"{WAIVER}-{MONTHS - 1:02d}")
    assert found.scores.loc[last, "n_expected"].eq(0).all()
    trends = mo_trends(found.scorecard)
    watched = trends[(trends["dimension"] == "applicability") & (trends["area_code"] != "all")]
    assert watched[watched["signal"] == "below"][["area_code", "month"]].to_numpy().tolist() == [
        [WAIVER, pd.Timestamp("2025-04-01")]
    ]


def test_an_area_that_waives_everything_since_the_previous_refresh_is_named_by_the_drift_check(
    assessed: Callable[[int], Assessment],
) -> None:
    drift = recording_drift(assessed(0).scorecard, assessed(MONTHS).scorecard)
    changed = drift[drift["is_drift"] & (drift["area_code"] != "all")]
    assert set(changed["area_code"]) == {WAIVER}
    assert changed.iloc[0]["dimension"] == "applicability"
    # in a tenth of the answers it truly does not apply
    assert f"{WAIVER} applicability 90% to 0% in the same months" in drift_finding(drift)
