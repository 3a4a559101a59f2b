"""A force with few solved crimes is told why it has no model or no evaluation; its refresh goes on."""

from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from assets.crime_frame import LinkageFrames
from assets.evaluation import EvaluationConfig, model_evaluation
from assets.model import ModelConfig, model_versions
from assets.warehouse import Warehouse
from publication.refreshes import Opening, open_refresh

TIMES = ("committed_from_at", "committed_to_at", "committed_from_local", "committed_to_local")
REFRESH = "20260301T030000-000000-abcdef"
SERIAL = [f"C{i:02d}" for i in range(10)]
ALONE = [f"D{i:02d}" for i in range(10)]
"""Ten crimes of one offender, which make 45 linked pairs, and ten of ten others."""


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """A warehouse in which a refresh was opened and its solved crimes are listed."""
    warehouse = Warehouse(home=str(tmp_path))
    with warehouse.connect() as connection:
        open_refresh(connection, Opening(REFRESH, "demo", "demo", datetime.now(UTC), parameters={"training": {}}))
        connection.execute(f"create table ops.current_refresh as select '{REFRESH}' as refresh_id")
        connection.execute(
            "create table staging.stg_scene_links (crime_id_1 varchar, crime_id_2 varchar, basis varchar)"
        )
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(20) * 3, unit="D")
    crimes = pd.DataFrame(
        {
            "crime_id": SERIAL + ALONE,
            "incident_id": SERIAL + ALONE,
            "crime_group": "burglary_residential",
            "easting_m": 400000.0 + 250.0 * np.arange(20),
            "northing_m": 300000.0,
            **dict.fromkeys(TIMES, days),
        }
    )
    persons = ["P"] * 10 + [f"Q{i}" for i in range(10)]
    series = pd.DataFrame({"crime_id": crimes["crime_id"], "person_id": persons, "event_at": days})
    warehouse.replace("linkage.series_data", series)
    for module in ("assets.model", "assets.evaluation"):
        monkeypatch.setattr(f"{module}.linkage_frames", lambda _: LinkageFrames(crimes, series, ()))
    return warehouse


def list_pairs(warehouse: Warehouse, linked: list[tuple[str, str]], unlinked: list[tuple[str, str]]) -> None:
    """Write training pairs as the step before the model leaves them."""
    pairs = pd.DataFrame(linked + unlinked, columns=["crime_id_1", "crime_id_2"])
    evidence = dict.fromkeys(("distance_km", "gap_days", "tod_gap_hours", "dow_gap_days"), 0.0)
    is_linked = np.arange(len(pairs)) < len(linked)
    warehouse.replace("linkage.crime_pairs_evaluated", pairs.assign(weight=1.0, is_linked=is_linked, **evidence))


def skipped(result: dg.MaterializeResult) -> str:
    """Return the reason why a table was left empty."""
    return str((result.metadata or {})["skipped"])


@pytest.mark.parametrize(("n_linked", "n_unlinked"), [(0, 0), (29, 45), (45, 29), (45, 0)])
def test_too_few_pairs_of_either_kind_make_no_model(warehouse: Warehouse, n_linked: int, n_unlinked: int) -> None:
    unlinked = [(serial, alone) for serial in SERIAL for alone in ALONE][:n_unlinked]
    list_pairs(warehouse, list(combinations(SERIAL, 2))[:n_linked], unlinked)

    list(model_versions(ModelConfig(), warehouse))

    (row,) = warehouse.frame("select status, reason, document from linkage.model_versions").to_dict("records")
    assert row["status"] == "skipped"
    assert f"{n_linked} linked and {n_unlinked} unlinked training pairs, at least 30 of each" in row["reason"]
    assert "enough solved crimes" in skipped(model_evaluation(EvaluationConfig(), warehouse))


def test_a_model_of_one_known_group_is_used_but_cannot_be_judged(warehouse: Warehouse) -> None:
    list_pairs(warehouse, list(combinations(SERIAL, 2)), [(serial, alone) for serial in SERIAL for alone in ALONE])

    list(model_versions(ModelConfig(), warehouse))

    assert list(warehouse.frame("select status from linkage.model_versions")["status"]) == ["trained"]
    assert "nothing can be held out" in skipped(model_evaluation(EvaluationConfig(), warehouse))
    assert warehouse.frame("from linkage.model_evaluation").empty
