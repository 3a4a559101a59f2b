import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from quality.comparability import mo_score_changes, mo_standards, recorded_standard, rescored, standard_name
from quality.errors import FrameError, StandardError
from quality.minimum_standard import STANDARD_FILE, MinimumStandard, load_minimum_standard, standard_from_document
from quality.mo_scores import mo_scores

Frames = Callable[..., pd.DataFrame]
CELL = ["crime_group", "area_code"]


@pytest.fixture(scope="session")
def scores_of() -> Frames:
    """Scores: crime_group, area_code, score."""

    def make(*rows: tuple[str | None, str | None, float]) -> pd.DataFrame:
        frame = pd.DataFrame(list(rows), columns=[*CELL, "score"])
        return frame.assign(crime_id=[f"c{i}" for i in range(len(rows))])

    return make


def _changed(change: Callable[[dict[str, Any]], None]) -> MinimumStandard:
    document = yaml.safe_load(STANDARD_FILE.read_text(encoding="utf-8"))
    change(document)
    return standard_from_document(document)


def test_the_change_of_a_mean_is_taken_apart_into_recording_and_standard(scores_of: Frames) -> None:
    before = scores_of(("g", "A1", 40.0), ("g", "A1", 60.0))  # mean 50
    under_previous = scores_of(("g", "A1", 60.0), ("g", "A1", 70.0), ("g", "A1", 80.0))  # mean 70: recording +20
    current = scores_of(("g", "A1", 50.0), ("g", "A1", 60.0), ("g", "A1", 55.0))  # mean 55: standard -15
    changes = mo_score_changes(before, under_previous, current, "1.0@aa", "2.0@bb")
    assert changes[CELL].to_numpy().tolist() == [["all", "all"], ["g", "A1"], ["g", "all"]]
    for row in changes.to_dict("records"):
        assert (row["n_crimes_before"], row["n_crimes"]) == (2, 3)
        assert (row["mean_score_before"], row["mean_score_under_previous"]) == (50.0, 70.0)
        assert (row["change_by_recording"], row["change_by_standard"]) == (20.0, -15.0)
        assert row["mean_score_under_current"] == 55.0
        assert (row["standard_from"], row["standard_to"]) == ("1.0@aa", "2.0@bb")


def test_the_two_parts_add_up_to_the_change_in_every_cell_of_random_scores() -> None:
    rng = np.random.default_rng(4)

    def scores(n: int) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "crime_id": [f"c{i}" for i in range(n)],
                "crime_group": rng.choice(["g1", "g2"], n),
                "area_code": rng.choice(["A1", "A2", "A3"], n),
                "score": np.where(rng.random(n) < 0.1, np.nan, 100 * rng.random(n)),
            }
        )

    before, current = scores(300), scores(400)
    under_previous = current.assign(score=current["score"] * rng.random(len(current)))
    changes = mo_score_changes(before, under_previous, current, "a", "b").set_index(CELL)
    total = changes["change_by_recording"] + changes["change_by_standard"]
    change = current.groupby(CELL)["score"].mean() - before.groupby(CELL)["score"].mean()
    pd.testing.assert_series_equal(total[change.index], change, check_names=False, rtol=1e-12)
    assert total["all", "all"] == pytest.approx(current["score"].mean() - before["score"].mean(), rel=1e-12)


def test_a_cell_that_is_new_has_no_change_and_one_that_is_gone_no_row(scores_of: Frames) -> None:
    now = scores_of(("g", "A2", 30.0), ("g", None, 50.0))
    changes = mo_score_changes(scores_of(("g", "A1", 10.0)), now, now, "a", "a").set_index(CELL)
    assert sorted(changes.index) == [("all", "all"), ("g", "A2"), ("g", "all"), ("g", "not_stated")]
    assert np.isnan(changes.loc[("g", "A2"), "change_by_recording"])
    assert changes.loc[("g", "A2"), "n_crimes_before"] == 0
    assert changes.loc[("g", "all"), "change_by_recording"] == 30.0  # (30 + 50) / 2 - 10


def test_the_recorded_standard_is_the_standard() -> None:
    row = mo_standards().iloc[0]
    standard = load_minimum_standard()
    assert recorded_standard(row["document"]) == standard
    assert row["standard_version"] == standard.version
    assert row["standard_fingerprint"] == standard.fingerprint
    assert json.loads(row["document"])["version"] == standard.version


def test_a_standard_of_a_form_that_is_no_longer_read_is_refused_with_its_key() -> None:
    document = json.loads(mo_standards()["document"].iloc[0])
    del document["null_codes"]
    with pytest.raises(StandardError, match="null_codes"):
        recorded_standard(json.dumps(document))


def test_a_standard_made_before_a_dimension_had_a_target_is_read_all_the_same() -> None:
    document = json.loads(mo_standards()["document"].iloc[0])
    del document["targets"]["uniqueness"]
    document["targets"]["completeness"]["1"] = 0.5
    former = recorded_standard(json.dumps(document))
    assert former.target("completeness", 1) == 0.5
    assert former.crime_groups == load_minimum_standard().crime_groups


def test_an_edit_without_a_new_version_has_another_name(tmp_path: Path) -> None:
    edited = _changed(lambda document: document["tiers"][1].update(weight=4))
    standard = load_minimum_standard()
    assert edited.version == standard.version
    assert standard_name(edited.version, edited.fingerprint) != standard_name(standard.version, standard.fingerprint)
    assert standard_name("1.0", "0123456789abcdef") == "1.0@01234567"


def test_only_the_standard_changed_so_recording_did_not(crimes_of: Frames, features_of: Frames) -> None:
    standard = load_minimum_standard()

    def weigh_alike(document: dict[str, Any]) -> None:
        for tier in document["tiers"].values():
            tier["weight"] = 1

    alike = _changed(weigh_alike)
    crimes = crimes_of({})
    features = features_of(("c1", "entry_point", "garage"), ("c1", "entry_method", "insecure"))
    before, now = mo_scores(crimes, features, standard), mo_scores(crimes, features, alike)
    changes = mo_score_changes(before, rescored(crimes, features, standard), now, "a", "b").set_index(CELL)
    whole = changes.loc[("all", "all")]
    assert whole["change_by_recording"] == 0
    assert whole["change_by_standard"] == pytest.approx(now["score"].iloc[0] - before["score"].iloc[0])
    assert whole["change_by_standard"] != 0


def test_a_value_that_only_the_present_standard_lists_is_none_under_the_previous(
    crimes_of: Frames, features_of: Frames
) -> None:
    def strike_garage(document: dict[str, Any]) -> None:
        del document["items"]["entry_point"]["values"]["garage"]

    previous = _changed(strike_garage)
    crimes, features = crimes_of({}), features_of(("c1", "entry_point", "garage"))
    assert mo_scores(crimes, features, load_minimum_standard())["n_recorded"].tolist() == [1]
    assert rescored(crimes, features, previous)["n_recorded"].tolist() == [0]
    pd.testing.assert_frame_equal(
        rescored(crimes, features, load_minimum_standard()), mo_scores(crimes, features, load_minimum_standard())
    )


def test_text_held_as_categories_makes_no_difference(crimes_of: Frames, features_of: Frames) -> None:
    crimes = crimes_of({}, {"crime_id": "c2", "crime_group": "theft_of_vehicle"})
    features = features_of(("c1", "entry_point", "garage"), ("c2", "keyless", "no"), ("c9", "keyless", "no"))
    coded = [frame.astype(dict.fromkeys(frame.select_dtypes("str"), "category")) for frame in (crimes, features)]
    plain = rescored(crimes, features, load_minimum_standard())
    assert plain["n_recorded"].tolist() == [1, 1]
    assert rescored(*coded, load_minimum_standard())["score"].tolist() == plain["score"].tolist()


def test_a_missing_column_is_named(scores_of: Frames) -> None:
    now = scores_of(("g", "A1", 1.0))
    with pytest.raises(FrameError, match=r"mo_scores \(before\): column 'score' is missing"):
        mo_score_changes(now.drop(columns="score"), now, now, "a", "b")
