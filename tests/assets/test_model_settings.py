"""Settings of training, model and evaluation, on an invented force small enough to be trained many times."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.crime_frame import LinkageFrames
from assets.evaluation import EvaluationConfig, model_evaluation
from assets.evidence import TrainingConfig, training
from assets.model import PUBLISHED, ModelConfig, model_in_force, model_versions
from assets.warehouse import Warehouse
from linkage.evidence import pair_evidence
from publication.refreshes import Opening, close_refresh, open_refresh

REFRESH = "20260301T030000-000000-abcdef"
ITEM = "entry_point"
N_SERIES, N_CRIMES, N_UNSOLVED = 40, 4, 150
JUDGED = EvaluationConfig(n_repeats=2, n_near=2_000, n_far=2_000)


def invented_force(shift_m: float = 0.0) -> LinkageFrames:
    """Forty offenders with four crimes each near a home of their own, and unsolved crimes anywhere."""
    rng = np.random.default_rng(1)
    series = np.concatenate([np.repeat(np.arange(N_SERIES), N_CRIMES), np.arange(100, 100 + N_UNSOLVED)])
    homes = rng.uniform(0, 20_000, (series.max() + 1, 2))
    start = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 200_000, len(series)), unit="min")
    habits = rng.integers(0, 6, series.max() + 1)
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:03d}" for i in range(len(series))],
            "incident_id": [f"I{i:03d}" for i in range(len(series))],
            "crime_group": rng.choice(["burglary_residential", "theft_from_vehicle"], len(series)),
            "easting_m": homes[series, 0] + rng.normal(0, 500, len(series)) + 400_000 + shift_m,
            "northing_m": homes[series, 1] + rng.normal(0, 500, len(series)) + 300_000 + shift_m,
            **dict.fromkeys(("committed_from_at", "committed_from_local"), start),
            **dict.fromkeys(("committed_to_at", "committed_to_local"), start + pd.Timedelta(hours=2)),
            ITEM: [f"way_{habits[one]}" if rng.random() < 0.8 else None for one in series],
        }
    )
    solved = series < N_SERIES
    labels = pd.DataFrame(
        {
            "person_id": [f"P{one}" for one in series[solved]],
            "crime_id": crimes["crime_id"][solved],
            "label_strength": "A",
            "link_basis": np.where(series[solved] % 4 == 0, "caution", "charge"),
        }
    )
    return LinkageFrames(crimes, labels, (ITEM,))


@pytest.fixture
def refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Warehouse]:
    """Return what opens a refresh of the invented force and draws its training pairs."""

    def opened(name: str, config: TrainingConfig, scene_links: list[tuple[str, str]] = (), shift_m: float = 0.0):
        frames = invented_force(shift_m)
        for module in ("assets.evidence", "assets.model", "assets.evaluation"):
            monkeypatch.setattr(f"{module}.linkage_frames", lambda _: frames)
        warehouse = Warehouse(home=str(tmp_path / name))
        with warehouse.connect() as connection:
            open_refresh(connection, Opening(REFRESH, "demo", "demo", datetime.now(UTC), parameters={}))
            connection.execute(f"create table ops.current_refresh as select '{REFRESH}' as refresh_id")
            connection.execute(
                "create table staging.stg_scene_links (crime_id_1 varchar, crime_id_2 varchar, basis varchar)"
            )
            if scene_links:
                connection.executemany("insert into staging.stg_scene_links values (?, ?, 'dna')", scene_links)
        list(training(config, warehouse))
        return warehouse

    return opened


def evaluation_of(warehouse: Warehouse) -> pd.DataFrame:
    model_evaluation(JUDGED, warehouse)
    return warehouse.frame("from linkage.model_evaluation")


@pytest.mark.parametrize("kind", ["additive", "histogram"])
def test_labels_of_chosen_bases_train_and_judge(refresh, kind):
    warehouse = refresh(kind, TrainingConfig(link_bases=["charge"]))
    list(model_versions(ModelConfig(kind=kind), warehouse))
    rows = evaluation_of(warehouse)
    (of_full,) = rows[(rows["split"] == "group") & (rows["metric"] == "auc") & (rows["model"] == "full")]["value"]
    assert of_full > 0.9
    judged = {"full", "space_and_time"} | ({"histogram"} if kind == "additive" else set())
    assert set(rows["model"]) == judged


def test_links_that_scene_evidence_gave_are_no_labels_of_the_evaluation_when_held_out(refresh):
    # DNA joins the first crimes of ten offenders each into four groups. Half the groups are held out, with 20 offenders
    # x 6 pairs; were the scene links labels, 2 x 10 x 9 / 2 = 90 more would be.
    firsts = [f"C{N_CRIMES * offender:03d}" for offender in range(N_SERIES)]
    chained = [pair for begin in range(0, N_SERIES, 10) for pair in pairwise(firsts[begin : begin + 10])]
    warehouse = refresh("scenes", TrainingConfig(scene_links="hold_out"), chained)
    list(model_versions(ModelConfig(kind="histogram"), warehouse))
    model_evaluation(JUDGED.model_copy(update={"test_share": 0.5}), warehouse)
    rows = warehouse.frame("from linkage.model_evaluation")
    judged = rows[rows["split"].str.match("group_") & (rows["metric"] == "auc")]
    assert set(judged["n_linked"]) == {20 * 6}


def test_a_supplied_model_judges_another_place_as_its_own(refresh, tmp_path):
    own = refresh("own", TrainingConfig())
    list(model_versions(ModelConfig(), own))
    (text,) = own.frame("select document from linkage.model_versions")["document"]
    path = tmp_path / "model.json"
    path.write_text(text)
    log_bf = []
    for name, shift_m in (("here", 0.0), ("elsewhere", 150_000.0)):
        warehouse = refresh(name, TrainingConfig(), shift_m=shift_m)
        list(model_versions(ModelConfig(document=str(path)), warehouse))
        force = model_in_force(warehouse)
        crimes = invented_force(shift_m).crimes
        first, second = (rows.astype(np.int64) for rows in np.triu_indices(60, 1))
        log_bf.append(force.model.decision_function(pair_evidence(crimes, first, second, force.spec)))
    np.testing.assert_allclose(log_bf[1], log_bf[0], atol=0.02)


def test_a_kept_model_is_the_published_one_to_the_last_digit_and_none_is_fitted(refresh):
    warehouse = refresh("own", TrainingConfig())
    list(model_versions(ModelConfig(keep=True), warehouse))
    (first,) = warehouse.frame("select status, document from linkage.model_versions").itertuples(index=False)
    assert first.status == "trained"  # nothing is published yet
    with warehouse.connect() as connection:
        close_refresh(connection, REFRESH, datetime(2026, 3, 1, tzinfo=UTC))
    # With this setting another model would be fitted.
    list(model_versions(ModelConfig(keep=True, shrinkage=5.0), warehouse))
    (second,) = warehouse.frame("select status, document from linkage.model_versions").itertuples(index=False)
    assert (second.status, second.document) == ("kept", first.document)
    assert model_in_force(warehouse).is_supplied


def test_the_model_of_another_force_is_not_kept(refresh):
    warehouse = refresh("own", TrainingConfig())
    list(model_versions(ModelConfig(), warehouse))
    with warehouse.connect() as connection:
        close_refresh(connection, REFRESH, datetime(2026, 3, 1, tzinfo=UTC))
        other = Opening("20260401T030000-000000-abcdef", "elsewhere", "elsewhere", datetime.now(UTC), parameters={})
        open_refresh(connection, other)
        connection.execute(f"update ops.current_refresh set refresh_id = '{other.refresh_id}'")
        assert connection.execute(PUBLISHED).fetchall() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prior_log_odds": None}, "expected prior_log_odds in the model document, a number, got None"),
        ({"prior_log_odds": True}, "a number, got True"),
        ({"evidence": {"distance": "great-circle"}}, "got text, numbers or degrees"),
        ({"evidence": {"items": ["ethnicity"], "agreement": []}, "terms": {}}, "ethnicity"),
    ],
)
def test_a_document_that_this_force_cannot_feed_is_refused_in_words(refresh, tmp_path, change, words):
    warehouse = refresh("own", TrainingConfig())
    list(model_versions(ModelConfig(), warehouse))
    document = json.loads(warehouse.frame("select document from linkage.model_versions")["document"].iloc[0])
    for key, value in change.items():
        document[key] = {**document[key], **value} if isinstance(value, dict) and value else value
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=words):
        list(model_versions(ModelConfig(document=str(path)), warehouse))


def test_a_prior_that_was_set_is_the_most_that_is_believed(refresh):
    warehouse = refresh("own", TrainingConfig())
    list(model_versions(ModelConfig(prior_log_odds=-9.0), warehouse))
    assert model_in_force(warehouse).prior_log_odds == -9.0
