"""Co-linkage as an asset: settings are judged at once, and what was not learned is told, up to the page."""

from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from assets import co_linkage as asset
from assets.co_linkage import TABLES, CoLinkageConfig, co_linkage
from assets.crime_frame import LinkageFrames
from assets.report_co_linkage import co_linkage_part
from assets.series import SeriesConfig
from assets.table_columns import TABLE_COLUMNS
from assets.warehouse import Warehouse
from linkage.forest_learning import ForestLearned, ForestSettings
from publication.co_linkage_data import NOT_LEARNED
from publication.co_linkage_page import CoLinkagePage, build_co_linkage_page
from publication.refreshes import Opening, open_refresh, refresh

REFRESH = "20260301T030000-000000-abcdef"
LEARNT_WORDS = "Learnt by leaving each solved crime out"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"line": 25.0}, r"line: expected a probability above 0, got 25\.0; correct the setting of co_linkage"),
        ({"line": 0.0}, "line: expected a probability above 0, got 0.0"),
        ({"engine": "sparc"}, "engine: expected local or spark, got 'sparc'; correct the setting of co_linkage"),
        ({"spark_master": ""}, "spark_master: expected .* got ''"),
        ({"top_k": 0}, "top_k: expected 1 or more, got 0"),
        ({"pair_floor": 0.3}, r"pair_floor: expected at most line \(0\.25\), got 0\.3"),
        ({"pair_floor": 0.0}, "pair_floor: expected a probability above 0, got 0"),
        ({"n_draws": 1001}, r"n_draws: expected a multiple of n_streams \(4\)"),
        ({"worst_rhat": 1.0}, r"worst_rhat: expected above 1, got 1\.0"),
        ({"least_ess": 0.0}, r"least_ess: expected above 0, got 0\.0"),
        ({"seed": -1}, "seed: expected 0 or more, got -1"),
    ],
)
def test_settings_that_could_only_fail_later_are_refused_at_once(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CoLinkageConfig(**setting)


def test_settings_of_other_engines_and_bounds_pass() -> None:
    assert CoLinkageConfig(pair_floor=0.25, engine="spark", spark_master="spark://a:7077", line=1.0).engine == "spark"
    assert CoLinkageConfig(n_draws=16).settings().n_draws == 16


def test_a_source_of_series_that_is_none_is_refused_at_once() -> None:
    assert SeriesConfig(source="average_linkage").source == "average_linkage"
    with pytest.raises(ValidationError, match="source: expected co_linkage or average_linkage, got 'single'; correct"):
        SeriesConfig(source="single")


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Four known groups of one crime each, and two unsolved crimes, weakly linked with one and with each other."""
    warehouse = Warehouse(home=str(tmp_path))
    ids = ["S1", "S2", "S3", "S4", "U1", "U2"]
    with warehouse.connect() as connection:
        open_refresh(connection, Opening(REFRESH, "demo", "demo", datetime(2026, 3, 1)))
        connection.execute(f"create table ops.current_refresh as select '{REFRESH}' as refresh_id")
    links = pd.DataFrame([("S1", "U1", 3.0), ("U1", "U2", 2.5)], columns=["crime_id_1", "crime_id_2", "log_bf"])
    warehouse.replace("linkage.links", links.reindex(columns=list(TABLE_COLUMNS["linkage.links"])))
    warehouse.ensure("linkage.solved_partners")
    known = pd.DataFrame({"crime_id": ids[:4], "person_id": [f"P{k}" for k in range(4)]})
    warehouse.replace("linkage.series_data", known.assign(event_at=pd.Timestamp("2025-01-01")))
    crimes = pd.DataFrame({"crime_id": ids, "incident_id": ids})
    monkeypatch.setattr(asset, "linkage_frames", lambda _: LinkageFrames(crimes, known, ()))
    force: Any = type("Force", (), {"refresh_id": REFRESH, "prior_log_odds": -5.0})()
    monkeypatch.setattr(asset, "model_in_force", lambda _: force)
    # Chains of two hundred steps are enough here.
    monkeypatch.setattr(asset, "ForestSettings", lambda: ForestSettings(n_warm_up=100, n_draws=200))
    return warehouse


def run(warehouse: Warehouse, **settings: Any) -> list[Any]:
    config = CoLinkageConfig(n_draws=400, **settings)
    return list(co_linkage(dg.build_asset_context(), config, warehouse))


def page_of(warehouse: Warehouse) -> str:
    shown = co_linkage_part(warehouse, REFRESH)
    assert shown is not None
    return build_co_linkage_page(CoLinkagePage(shown, "A county", REFRESH, datetime(2026, 3, 1)))


def test_where_no_solved_crime_has_a_known_partner_the_reader_is_told_that_nothing_was_learned(
    warehouse: Warehouse,
) -> None:
    *_, check = run(warehouse)

    assert check.passed
    learned = warehouse.frame("select quantity, meaning, median from linkage.co_linkage_hyperparameters")
    reason = learned.set_index("quantity").loc[NOT_LEARNED]
    assert reason["meaning"] == "no solved crime has a known partner: the hyperparameters are the prior's"
    assert np.isnan(reason["median"])
    assert "known_share" not in set(learned["quantity"])
    html = page_of(warehouse)
    assert "Not learnt: no solved crime has a known partner: the hyperparameters are the prior" in html
    assert LEARNT_WORDS not in html
    assert NOT_LEARNED not in html


def test_chains_that_walked_on_a_surface_that_is_off_are_warned_of_and_checkpoints_leave_nothing(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learn = asset.learn_forest

    def learned(*arguments: Any) -> ForestLearned:
        return learn(*arguments)._replace(reason=None, known_share=0.5, surface_error=2.5)

    monkeypatch.setattr(asset, "learn_forest", learned)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "a file of another").write_text("stays")
    *_, check = run(warehouse, checkpoints=str(folder))

    (row,) = warehouse.frame(
        "select mean, sd, rhat, ess_bulk from linkage.co_linkage_diagnostics where quantity = 'surface_error'"
    ).to_dict("records")
    assert row["mean"] == 2.5
    assert np.isnan([row["sd"], row["rhat"], row["ess_bulk"]]).all()
    finding = check.metadata["finding"].value
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)  # which stops no refresh
    assert finding.startswith("all chains agree; the surface on which chains of hyperparameters walked is off by 2.5")
    html = page_of(warehouse)
    assert LEARNT_WORDS in html
    assert "off by 2.50 nats at most; beyond 1 the intervals of what it learnt are rough" in html
    assert [path.name for path in folder.iterdir()] == ["a file of another"]
    with warehouse.connect() as connection:
        told = refresh(connection, REFRESH)["parameters"]["co_linkage"]
    assert told["engine"] == "local"
    assert not {"checkpoints", "spark_master"} & set(told)


def test_tables_that_leave_out_weak_links_say_from_what_probability_on_they_hold_them() -> None:
    floor = CoLinkageConfig().pair_floor
    for table in ("linkage.co_linkage", "linkage.co_linkage_candidates"):
        assert f"from {floor:.0%} (`pair_floor`) on" in TABLES[table]


def test_the_share_of_known_offenders_is_not_said_to_be_learned_from_solved_crimes() -> None:
    assert "not learned from solved crimes" in asset.MEANINGS["known_share"]
