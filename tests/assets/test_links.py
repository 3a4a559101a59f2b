"""Links of an invented force in a refresh: what is scored when all is new, and when little is."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from assets.crime_frame import LinkageFrames
from assets.force_scan import comparable_columns
from assets.links import LinkConfig, links
from assets.model import ModelInForce
from assets.warehouse import Warehouse
from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.stored_columns import open_columns
from publication.refreshes import Opening, open_refresh, refresh

REFRESH = "20260301T030000-000000-abcdef"
ITEM = "entry_point"
PRIOR = -1.0
SPEC = EvidenceSpec(items=(ITEM,))
TABLES = ("links", "link_terms", "link_edges", "solved_partners")


def crimes_of(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 300_000, n), unit="min")
    return pd.DataFrame(
        {
            "crime_id": [f"C{i:04d}" for i in range(n)],
            "incident_id": [f"I{i // 2:04d}" if i < 10 else f"I{i:04d}" for i in range(n)],
            "crime_group": "burglary_residential",
            "easting_m": 400_000 + rng.uniform(0, 9_000, n),
            "northing_m": 300_000 + rng.uniform(0, 9_000, n),
            **dict.fromkeys(("committed_from_at", "committed_from_local"), start),
            **dict.fromkeys(("committed_to_at", "committed_to_local"), start + pd.Timedelta(hours=2)),
            ITEM: rng.choice(["front_door", "rear_door", "window", None], n),
        }
    )


def model() -> HistogramBayesFactor:
    crimes = crimes_of(40)
    first, second = (rows.astype(np.int64) for rows in np.triu_indices(40, 1))
    evidence = pair_evidence(crimes, first, second, SPEC)
    near = evidence["distance_km"] < 3.0
    return HistogramBayesFactor(n_bins=5, df=3.0).fit(evidence, near)


class Force:
    """A home in which the links of an invented force are made again and again."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.warehouse, self.crimes, self.solved = Warehouse(home=str(home)), crimes_of(150), ["C0003", "C0004"]
        with self.warehouse.connect() as connection:
            open_refresh(connection, Opening(REFRESH, "demo", "demo", datetime.now(UTC)))
            connection.execute(f"create table ops.current_refresh as select '{REFRESH}' as refresh_id")
        self.warehouse.ensure("linkage.series_data")
        in_force = ModelInForce(REFRESH, model(), SPEC, PRIOR, False, True)
        labels = pd.DataFrame(columns=["person_id", "crime_id", "label_strength", "link_basis"])
        monkeypatch.setattr("assets.links.model_in_force", lambda _: in_force)
        monkeypatch.setattr("assets.links.linkage_frames", lambda _: LinkageFrames(self.crimes, labels, (ITEM,)))

    def made(self, **config: object) -> dict[str, pd.DataFrame]:
        with self.warehouse.connect() as connection:
            connection.execute("delete from linkage.series_data")
            named = pd.DataFrame({"crime_id": self.solved})
            connection.register("named", named)
            connection.execute(
                f"insert into linkage.series_data (refresh_id, person_id, crime_id) "
                f"select '{REFRESH}', 'P1', crime_id from named"
            )
        events = list(links(dg.build_asset_context(), LinkConfig(**config), self.warehouse))
        self.told = {event.asset_key.path[-1]: event.metadata for event in events if hasattr(event, "data_version")}
        self.checks = {event.check_name: event for event in events if isinstance(event, dg.AssetCheckResult)}
        order = "order by all"
        return {table: self.warehouse.frame(f"from linkage.{table} {order}") for table in TABLES}


@pytest.fixture
def force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Force:
    return Force(tmp_path, monkeypatch)


def test_a_refresh_that_takes_up_the_last_one_gives_the_rows_of_one_that_starts_anew(force):
    force.made()
    assert force.told["links"]["scanned"].startswith("all pairs")
    force.crimes = pd.concat([crimes_of(150).drop(index=[7, 30]), crimes_of(160, seed=2).iloc[150:]])
    force.crimes.loc[20, ITEM] = "skylight"
    force.solved = ["C0003", "C0050"]
    by_increment = force.made()
    # Ten are new, one has another value, one is no longer solved and one is by now.
    assert force.told["links"]["scanned"].startswith("13 crimes new or changed, 2 gone")
    anew = force.made(incremental=False)
    assert force.told["links"]["scanned"] == "all pairs: incremental is off"
    for table in TABLES:
        pd.testing.assert_frame_equal(by_increment[table], anew[table])
        assert len(anew[table])


def test_other_limits_score_all_pairs_again(force):
    force.made()
    wide = force.made()
    narrow = force.made(max_km=1.0)
    assert force.told["links"]["scanned"].startswith("all pairs")
    assert len(narrow["link_edges"]) < len(wide["link_edges"])


def test_a_state_that_cannot_be_read_costs_a_scan_and_nothing_else(force):
    before = force.made()
    (Path(force.warehouse.home) / "links" / "arrays.json").write_text("not json")
    after = force.made()
    for table in TABLES:
        pd.testing.assert_frame_equal(before[table], after[table])


def test_terms_of_a_link_add_up_to_its_log_bf(force):
    made = force.made()
    total = made["link_terms"].groupby(["crime_id_1", "crime_id_2"])["log_bf"].sum()
    of_link = made["links"].set_index(["crime_id_1", "crime_id_2"])["log_bf"]
    np.testing.assert_allclose(total.reindex(of_link.index, fill_value=0.0), of_link, atol=1e-12)
    assert (made["link_terms"]["log_bf"] != 0).all()


def test_pairs_that_are_not_looked_at_are_counted_and_warned_of(force):
    force.crimes.loc[:59, ["easting_m", "northing_m"]] = 404_000.0, 304_000.0
    force.made(most_at_one_place=50, most_partners_at_one_place=10)
    check = force.checks["every_pair_looked_at"]
    assert not check.passed
    assert "60 crimes share a place" in check.metadata["finding"].value
    # 60 crimes at one point make 1,770 pairs; within ten places in order of time are 59 + ... + 50 = 545.
    assert check.metadata["finding"].value.startswith("1,225 pairs")
    force.made()
    assert force.checks["every_pair_looked_at"].passed


def test_a_place_that_became_crowded_since_all_pairs_were_scored_is_warned_of(force):
    caps = {"most_at_one_place": 20, "most_partners_at_one_place": 10}
    force.crimes.loc[:14, ["easting_m", "northing_m"]] = 404_000.0, 304_000.0
    force.made(**caps)
    assert force.checks["every_pair_looked_at"].passed
    force.crimes.loc[:24, ["easting_m", "northing_m"]] = 404_000.0, 304_000.0
    force.made(**caps)
    assert not force.told["links"]["scanned"].startswith("all pairs")
    check = force.checks["every_pair_looked_at"]
    assert not check.passed
    assert "25 crimes share a place" in check.metadata["finding"].value


def test_only_the_refresh_that_scanned_publishes_its_crimes(force, tmp_path):
    force.made()
    home = Path(force.warehouse.home)
    assert comparable_columns(home, "20260401T030000-000000-abcdef") is None
    write = comparable_columns(home, REFRESH)
    write(tmp_path / "comparable")
    assert open_columns(tmp_path / "comparable").names(np.arange(2)) == ["C0000", "C0001"]


def test_the_record_of_the_refresh_tells_pairs_and_settings(force):
    force.made()
    with force.warehouse.connect() as connection:
        told = refresh(connection, REFRESH)
    assert told["counts"]["links"]["n_kept"] == len(force.made()["links"])
    assert force.told["links"]["n_pairs_considered"] == 0  # the second time nothing had changed
    assert told["parameters"]["max_km"] == 5.0
    assert "spark_folder" not in told["parameters"]


@pytest.mark.parametrize(("setting", "value"), [("engine", "dask"), ("spark_master", "")])
def test_a_setting_that_cannot_work_is_refused_at_once(setting, value):
    with pytest.raises(ValueError, match=f"{setting}: expected"):
        LinkConfig(**{setting: value})
