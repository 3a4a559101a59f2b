"""Items are ranked where solved crimes allow it; elsewhere the refresh goes on and says why not."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from assets.crime_frame import LinkageFrames
from assets.priorities import TABLES, PrioritiesConfig, priorities
from assets.warehouse import Warehouse
from publication.refreshes import Opening, open_refresh, refresh
from quality.contracts import check_contract
from quality.errors import ProtectedFeature
from tests.linkage.item_force import EVEN, invented_force

REFRESH = "20260301T030000-000000-abcdef"
GROUP = "burglary_residential"
QUICK = PrioritiesConfig(n_pairs=1000, n_candidates=100_000, n_resamples=20, n_shuffles=3, n_draws=2)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(home=str(tmp_path))
    with warehouse.connect() as connection:
        open_refresh(connection, Opening(REFRESH, "demo", "demo", datetime.now(UTC), parameters={"training": {}}))
        connection.execute(f"create table ops.current_refresh as select '{REFRESH}' as refresh_id")
    return warehouse


def made(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, n_series: int, item: str = "entry_point"
) -> dict[str, pd.DataFrame]:
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=1, n_series=n_series, n_unsolved=100)
    crimes = crimes.assign(crime_group=GROUP).rename(columns={"item_a": item})
    series = series.assign(event_at=series["event_at"].dt.tz_localize(None))
    warehouse.replace("linkage.series_data", series[["crime_id", "person_id", "event_at"]])
    monkeypatch.setattr("assets.priorities.linkage_frames", lambda _: LinkageFrames(crimes, series, (item,)))
    list(priorities(QUICK, warehouse))
    return {table: warehouse.frame(f"select * exclude (refresh_id) from {table}") for table in TABLES}


def test_an_item_that_enough_offenders_repeat_is_ranked_in_both_tables(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = made(warehouse, monkeypatch, n_series=20)
    for table, frame in tables.items():
        assert check_contract(table, frame).passed
        row = frame[frame["item_code"] == "entry_point"].iloc[0]
        assert (row["rank"], row["n_linked"], row["n_groups"]) == (1, 200, 20)
        assert row["evidence_weight_lower"] > 0
    expected = tables["quality.mo_group_priorities"]
    assert (expected["reason"].iloc[1:] == "no crime of the group has it recorded").all()
    with warehouse.connect() as connection:
        opened = refresh(connection, REFRESH)
    assert opened["parameters"]["priorities"]["n_resamples"] == 20
    assert opened["seeds"]["priorities"] == 1


@pytest.mark.parametrize(
    ("n_series", "reason"),
    [
        (0, "0 linked pairs, at least 30 are needed"),
        (2, "20 linked pairs, at least 30 are needed"),
        (4, "linked pairs of 4 groups of offenders, at least 5 are needed"),
    ],
)
def test_few_solved_crimes_rank_nothing_and_say_why(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, n_series: int, reason: str
) -> None:
    for table, frame in made(warehouse, monkeypatch, n_series).items():
        assert check_contract(table, frame).passed
        assert frame["rank"].isna().all()
        assert frame.set_index("item_code").loc["entry_point", "reason"] == reason


def test_protected_characteristics_are_never_weighed(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProtectedFeature, match="ethnicity"):
        made(warehouse, monkeypatch, n_series=1, item="ethnicity")
