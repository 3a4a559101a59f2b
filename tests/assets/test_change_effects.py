"""What a refresh says of a change: nothing of the file but its name, and of probable links that they are probable."""

from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from assets import change_effects
from assets.change_counts import NOT_INDEPENDENT, Counts, Sources, change_counts
from assets.change_effects import ChangesConfig, mo_change_effects
from assets.table_columns import TABLE_COLUMNS
from assets.warehouse import Warehouse
from tests.quality.practice.invented_panel import invented_change

PANEL = invented_change(np.random.default_rng(4), effect=0.12)


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The table that a refresh makes of a file of changes and of counts of an invented force."""
    written: dict[str, pd.DataFrame] = {}
    noted: list[dict[str, Any]] = []
    monkeypatch.setattr(Warehouse, "refresh_id", lambda self: "r1")
    monkeypatch.setattr(Warehouse, "replace", lambda self, table, frame: written.update({table: frame}))
    monkeypatch.setattr(change_effects, "record", lambda connection, refresh_id, **told: noted.append(told))
    counts = {
        "completeness": Counts(PANEL.counts, "items recorded", "share", is_independent=True),
        "links": Counts(PANEL.counts, "probable links of a crime", "probable links a crime", is_independent=False),
    }
    monkeypatch.setattr(change_effects, "_counts", lambda measure, warehouse: counts[measure])

    def make(text: str) -> tuple[pd.DataFrame, str]:
        (tmp_path / "recording_changes.csv").write_text(text)
        warehouse = Warehouse(home=str(tmp_path))
        result = mo_change_effects(ChangesConfig(), warehouse)
        assert isinstance(result, dg.MaterializeResult)
        return written[change_effects.TABLE], f"{result.metadata} {noted}"

    return make


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "area_code,changed_on\nA01,SECRET\n",
            "recording_changes.csv row 2, changed_on: expected a date as 2025-03-01",
        ),
        (
            "area_code,changed_on\nA01,2024-03-01\nSECRET,2024-03-01\n",
            "recording_changes.csv row 3, area_code: expected an area with crimes in what is published",
        ),
        ("SECRET,changed_on\nA01,2024-03-01\n", "recording_changes.csv: column 'area_code' is missing"),
    ],
)
def test_a_slip_in_the_file_publishes_neither_its_folder_nor_a_cell(
    effects: Any, tmp_path: Path, text: str, reason: str
) -> None:
    frame, told = effects(text)
    assert list(frame.columns) == list(TABLE_COLUMNS[change_effects.TABLE])
    assert frame["reason"].tolist() == [f"{reason}; run colink evaluate-change with it to see what came"] * 2
    for hidden in ("SECRET", str(tmp_path)):
        assert hidden not in told


def test_the_effect_on_probable_links_bears_its_warning_and_that_on_items_does_not(effects: Any) -> None:
    frame, _ = effects(PANEL.changes.to_csv(index=False))
    whole = frame[frame["months_since"].isna()].set_index("measure")["warning"]
    assert NOT_INDEPENDENT in whole["links"]
    assert NOT_INDEPENDENT not in str(whole["completeness"])


def test_a_refresh_counts_its_own_rows_as_a_snapshot_does(tmp_path: Path) -> None:
    crimes = pd.DataFrame(
        {
            "crime_id": ["c1", "c2", "c3"],
            "area_code": ["A", "A", "B"],
            "crime_group": "g",
            "committed_from_local": pd.to_datetime(["2025-01-03", "NaT", "2025-02-01"]),
            "reported_at": pd.to_datetime(["2025-01-09"] * 3),
        }
    )
    card = pd.DataFrame(
        {
            "area_code": ["A", "A", "A"],
            "month": pd.Timestamp("2025-01-01"),
            "crime_group": "g",
            "item_code": ["keyless", "committed_time", "keyless"],
            "dimension": ["completeness", "completeness", "validity"],
            "n_expected": [2, 2, 2],
            "n_met": [1, 2, 2],
        }
    )
    links = pd.DataFrame(
        {
            "crime_id_1": ["c1", "c1", "c2"],
            "crime_id_2": ["c2", "c3", "c3"],
            "posterior_probability": [0.6, 0.4, 0.9],
            "is_same_incident": [False, False, True],
        }
    )
    warehouse = Warehouse(home=str(tmp_path))
    with warehouse.connect() as connection:
        for name, frame in {"crimes": crimes, "card": card, "links": links}.items():
            connection.register("frame", frame)
            connection.execute(f"create temp table {name} as from frame")
            # the same rows of another refresh, met and linked twice, must not count
            connection.execute(f"create temp table all_{name} as select *, 'r1' as refresh_id from {name}")
            connection.execute(f"insert into all_{name} select *, 'r0' from {name}")
        own = {name: f"(from all_{name} where refresh_id = $refresh_id)" for name in ("card", "links")}
        refresh = Sources(own["card"], "crimes", own["links"], bound={"refresh_id": "r1"})
        snapshot = Sources("card", "crimes", "links")
        items, same_items = (change_counts(connection, "completeness", one).rows for one in (refresh, snapshot))
        linked, same_linked = (change_counts(connection, "links", one).rows for one in (refresh, snapshot))
    pd.testing.assert_frame_equal(items, same_items)
    pd.testing.assert_frame_equal(linked, same_linked)
    assert items[["n_expected", "n_met"]].to_numpy().tolist() == [[2, 1]]
    # c1 and c2 share the one probable link of two incidents; c2 has no time of its own and counts when it was reported
    assert linked[["area_code", "n_expected", "n_met"]].to_numpy().tolist() == [["A", 2, 2], ["B", 1, 0]]
