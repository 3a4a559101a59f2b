"""Partners that scene links name, ranked among all crimes."""

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec
from linkage.pair_scores import ScoringError
from linkage.scene_ranking import scene_ranking

SPEC = EvidenceSpec(items=())


class NearIsLinked:
    """The nearer, the more likely."""

    def decision_function(self, evidence: pd.DataFrame) -> np.ndarray:
        return -evidence["distance_km"].to_numpy(dtype=float)


class SaysNothing:
    """All pairs alike."""

    def decision_function(self, evidence: pd.DataFrame) -> np.ndarray:
        return np.zeros(len(evidence))


def _crimes(places_km: dict[str, float], **columns) -> pd.DataFrame:
    """Crimes on a line, all at once."""
    at = pd.Timestamp("2024-01-01")
    times = ("committed_from_at", "committed_to_at", "committed_from_local", "committed_to_local")
    crimes = pd.DataFrame({"crime_id": list(places_km), "easting_m": [1000 * km for km in places_km.values()]})
    ids = {"incident_id": columns.pop("incident_id", crimes["crime_id"])}
    return crimes.assign(northing_m=0.0, **dict.fromkeys(times, at), **ids, **columns)


def _truth(*pairs: str) -> pd.DataFrame:
    return pd.DataFrame([(*pair, f"scene:{pair[0]}") for pair in pairs], columns=["crime_id_1", "crime_id_2", "group"])


def _values(found: pd.DataFrame, model: str) -> dict[str, float]:
    return found[found["model"] == model].set_index("metric")["value"].to_dict()


CRIMES = _crimes({"a": 0.0, "b": 3.0, "c": 1.0, "d": 10.0, "e": 4.5})


def _ranking(crimes: pd.DataFrame, truth: pd.DataFrame, **more) -> pd.DataFrame:
    models = {"near": (NearIsLinked(), SPEC), "nothing": (SaysNothing(), SPEC)}
    return scene_ranking(models, crimes, truth, np.random.default_rng(0), **more)


def test_each_end_of_a_link_looks_for_the_other_among_all_crimes():
    # From a: c at 1 km, b at 3, e at 4.5, d at 10: b is second. From b: e at 1.5, c at 2, a at 3: a is third.
    found = _ranking(CRIMES, _truth("ab"))
    near = _values(found, "near")
    assert (near["hit_at_1"], near["hit_at_5"], near["median_first_rank"], near["n_lists"]) == (0.0, 1.0, 2.5, 2.0)
    assert near["mean_reciprocal_rank"] == pytest.approx((1 / 2 + 1 / 3) / 2)
    # Four candidates that are all alike: the middle place is 2.5.
    assert _values(found, "nothing")["median_first_rank"] == 2.5
    assert set(found["split"]) == {"scene_links"}
    assert set(found["n_pairs"]) == {8}
    assert set(found["n_linked"]) == {2}


def test_crimes_of_one_incident_are_no_competitors():
    crimes = CRIMES.assign(incident_id=["night", "b", "night", "d", "e"])  # c is of the night of a
    assert _values(_ranking(crimes, _truth("ab")), "near")["median_first_rank"] == pytest.approx((1 + 3) / 2)


def test_crimes_of_other_groups_stand_last_where_groups_are_kept_apart():
    crimes = CRIMES.assign(crime_group=["burglary", "burglary", "robbery", "burglary", "robbery"])
    apart = _values(_ranking(crimes, _truth("ab"), across_groups=False), "near")
    assert (apart["hit_at_1"], apart["n_lists"]) == (1.0, 2.0)


def test_order_of_rows_changes_nothing_and_too_many_crimes_are_drawn_from():
    truth = _truth("ab", "cd", "ce")
    straight, turned = _ranking(CRIMES, truth), _ranking(CRIMES.sample(frac=1, random_state=2), truth[::-1])
    pd.testing.assert_frame_equal(straight, turned)
    assert _values(straight, "near")["n_lists"] == 5
    assert _values(_ranking(CRIMES, truth, most_crimes=3), "near")["n_lists"] == 3


def test_without_truth_there_is_nothing_to_say():
    found = _ranking(CRIMES, _truth())
    assert list(found.columns) == ["model", "split", "metric", "value", "n_pairs", "n_linked"]
    assert len(found) == 0


def test_a_pair_of_unknown_crimes_is_refused_in_words():
    with pytest.raises(ScoringError, match="expected crimes of the table, got 1 that are not in it"):
        _ranking(CRIMES, _truth("az"))
