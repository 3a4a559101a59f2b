"""A snapshot alone gives the crimes, the model and the limits that its refresh worked with."""

import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from assets.crime_frame import linkage_frames
from assets.warehouse import Warehouse
from linkage.candidates import LinkLimits
from linkage.evidence import EvidenceSpec
from linkage.pair_scores import pair_scorer, row_positions
from orchestration.snapshot_crimes import (
    SnapshotError,
    published_crimes,
    published_limits,
    published_model,
)
from orchestration.snapshot_reading import published
from tests.demo_refreshes import Guarded, guarded, made_once


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return made_once(tmp_path_factory, guarded)


@pytest.fixture(scope="session")
def snapshot(run: Guarded) -> Path:
    assert run.home.current is not None
    return run.home.current


@pytest.fixture
def altered(snapshot: Path, tmp_path: Path) -> Path:
    """A copy of the snapshot's database that a test may change."""
    shutil.copy2(snapshot / "colink.duckdb", tmp_path)
    (tmp_path / "colink.duckdb").chmod(0o600)
    return tmp_path


def change(snapshot: Path, statement: str) -> None:
    with duckdb.connect(str(snapshot / "colink.duckdb")) as connection:
        connection.execute(statement)


def test_the_published_crimes_are_those_that_the_refresh_compared(snapshot: Path, run: Guarded) -> None:
    frames = linkage_frames(Warehouse(home=str(run.home.folder)))
    assert len(frames.crimes) > 150
    assert frames.crimes[list(frames.items)].map(lambda value: isinstance(value, tuple)).any(axis=None)
    pd.testing.assert_frame_equal(published_crimes(snapshot, frames.items), frames.crimes)


def test_items_come_in_the_order_asked_for_and_one_that_nobody_recorded_is_missing(snapshot: Path) -> None:
    crimes = published_crimes(snapshot, ("search_style", "shoe_size", "entry_point"))
    assert list(crimes)[-3:] == ["search_style", "shoe_size", "entry_point"]
    assert crimes["shoe_size"].isna().all()


def test_an_item_that_is_compared_in_two_ways_is_read_once(snapshot: Path) -> None:
    spec = EvidenceSpec(items=("escape", "tool_used"), overlap=("tool_used",), agreement=("escape", "approach"))
    assert spec.compared == ("escape", "tool_used", "approach")
    crimes = published_crimes(snapshot, ("escape", "tool_used", "escape"))
    assert list(crimes)[-2:] == ["escape", "tool_used"]


def test_the_published_crimes_score_as_the_published_links_do(snapshot: Path) -> None:
    model, spec, prior_log_odds = published_model(snapshot)
    crimes = published_crimes(snapshot, spec.compared)
    links = published(snapshot, "from links", [])
    first, second = (row_positions(crimes, links[name]) for name in ("crime_id_1", "crime_id_2"))
    log_bf = pair_scorer(crimes, model, spec)(first, second)
    np.testing.assert_allclose(log_bf, links["log_bf"], rtol=1e-12, atol=1e-12)
    odds = np.exp(log_bf + prior_log_odds)
    np.testing.assert_allclose(odds / (1 + odds), links["posterior_probability"], rtol=1e-9)


def test_the_limits_are_those_of_the_refresh(altered: Path) -> None:
    assert published_limits(altered) == LinkLimits(max_km=5.0, max_days=365.0)
    change(altered, f"update refreshes set parameters = '{json.dumps({'max_km': 2.5, 'max_days': 30})}'")
    assert published_limits(altered) == LinkLimits(max_km=2.5, max_days=30.0)


def test_what_a_snapshot_does_not_hold_is_named_with_what_to_do(altered: Path) -> None:
    change(altered, "update refreshes set parameters = '{}'")
    with pytest.raises(SnapshotError, match=r"expected max_km and max_days .* got neither; run colink refresh"):
        published_limits(altered)
    change(altered, "update model_versions set document = null, reason = '3 linked pairs, at least 30 are needed'")
    with pytest.raises(SnapshotError, match="expected a published model, got none; 3 linked pairs"):
        published_model(altered)
    change(altered, "drop table mo_values")
    with pytest.raises(SnapshotError, match="expected a table mo_values, got none; run colink refresh anew"):
        published_crimes(altered, ())
