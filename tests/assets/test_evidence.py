"""The settings of training reach the pairs: labels by basis, crime groups apart, scene links used as they are to be."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from assets.crime_frame import LinkageFrames
from assets.evidence import TrainingConfig, held_out_scene_links, training
from assets.warehouse import Warehouse
from linkage.pairs import PairError
from linkage.series import SeriesError
from publication.refreshes import Opening, open_refresh, refresh

TIMES = ("committed_from_at", "committed_to_at", "committed_from_local", "committed_to_local")
REFRESH = "20260301T030000-000000-abcdef"
IDS = list("abcdefgh")
CRIMES = pd.DataFrame(
    {
        "crime_id": IDS,
        "incident_id": IDS,
        "crime_group": ["burglary", "burglary", "robbery", "robbery", *["burglary"] * 4],
        "easting_m": 400000.0 + 250.0 * np.arange(8),
        "northing_m": 300000.0,
        **dict.fromkeys(TIMES, pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(8), unit="D")),
    }
)
LABELS = pd.DataFrame(
    [("p", "a", "A", "charge"), ("p", "b", "A", "tic"), ("p", "c", "B", "charge"), ("q", "d", "A", "charge")],
    columns=["person_id", "crime_id", "label_strength", "link_basis"],
)
"""p did a, b and c, q did d; a scene links e with f, and by a sole g with h, none of them solved."""


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """A warehouse in which a refresh was opened and scene links were staged."""
    warehouse = Warehouse(home=str(tmp_path))
    with warehouse.connect() as connection:
        open_refresh(connection, Opening(REFRESH, "demo", "demo", datetime.now(UTC)))
        connection.execute(f"create table ops.current_refresh as select '{REFRESH}' as refresh_id")
        connection.execute("""
            create table staging.stg_scene_links as
            from (values ('e', 'f', 'dna'), ('g', 'h', 'footwear')) as links(crime_id_1, crime_id_2, basis)
        """)
    monkeypatch.setattr("assets.evidence.linkage_frames", lambda _: LinkageFrames(CRIMES, LABELS, ()))
    return warehouse


def pairs_of(warehouse: Warehouse, config: TrainingConfig, is_linked: bool) -> list[str]:
    """Make the training tables and return the pairs of one kind."""
    list(training(config, warehouse))
    query = "select crime_id_1 || crime_id_2 as pair from linkage.crime_pairs_evaluated where is_linked = ? order by 1"
    return list(warehouse.frame(query, [is_linked])["pair"])


def test_by_default_labels_of_every_basis_train_and_scene_links_do_not(warehouse: Warehouse) -> None:
    assert pairs_of(warehouse, TrainingConfig(), is_linked=True) == ["ab", "ac", "bc"]
    assert pairs_of(warehouse, TrainingConfig(), is_linked=False) == ["ad", "bd", "cd"]
    labels = warehouse.frame("select crime_id, label_strength, link_basis from linkage.series_data order by 1")
    assert list(labels["link_basis"]) == ["charge", "tic", "charge", "charge"]


def test_labels_train_by_strength_and_basis(warehouse: Warehouse) -> None:
    assert pairs_of(warehouse, TrainingConfig(link_bases=["charge"]), is_linked=True) == ["ac"]
    assert pairs_of(warehouse, TrainingConfig(label_strengths=["A"]), is_linked=True) == ["ab"]
    with pytest.raises(SeriesError, match="got charged; the labels have charge, tic"):
        list(training(TrainingConfig(link_bases=["charged"]), warehouse))


def test_pairs_across_crime_groups_train_unless_kept_apart(warehouse: Warehouse) -> None:
    apart = TrainingConfig(across_groups=False)
    assert pairs_of(warehouse, apart, is_linked=True) == ["ab"]
    assert pairs_of(warehouse, apart, is_linked=False) == ["cd"]


def test_scene_links_train_where_they_are_told_to(warehouse: Warehouse) -> None:
    assert pairs_of(warehouse, TrainingConfig(scene_links="train"), is_linked=True) == ["ab", "ac", "bc", "ef"]
    every = TrainingConfig(scene_links="train", scene_bases=["dna", "footwear"])
    assert pairs_of(warehouse, every, is_linked=True) == ["ab", "ac", "bc", "ef", "gh"]
    # Nobody was found for e to h: they are no solved crimes, whatever they train.
    assert set(warehouse.frame("select crime_id from linkage.series_data")["crime_id"]) == set("abcd")


def test_what_scene_links_hold_out_is_what_does_not_train(warehouse: Warehouse) -> None:
    def held_out(**settings: object) -> list[str]:
        truth = held_out_scene_links(warehouse, CRIMES, series, TrainingConfig(**settings))
        return list(truth["crime_id_1"] + truth["crime_id_2"])

    list(training(TrainingConfig(), warehouse))
    series = warehouse.frame("select * exclude (refresh_id) from linkage.series_data")
    assert held_out() == ["ef"]
    assert held_out(scene_bases=["footwear"]) == ["gh"]
    assert held_out(scene_links="train") == held_out(scene_links="ignore") == []


def test_the_settings_are_recorded_and_come_back(warehouse: Warehouse) -> None:
    config = TrainingConfig(link_bases=["charge"], across_groups=False, scene_links="train")
    list(training(config, warehouse))
    with warehouse.connect() as connection:
        recorded = refresh(connection, REFRESH)["parameters"]["training"]
    assert TrainingConfig(**recorded) == config


def test_impossible_settings_are_refused_in_words(warehouse: Warehouse) -> None:
    with pytest.raises(PairError, match="scene_links: expected one of hold_out, train, ignore, got 'test'"):
        list(training(TrainingConfig(scene_links="test"), warehouse))
    with pytest.raises(ValidationError):
        TrainingConfig(across_groups="perhaps")
