"""What report and page show of crimes judged jointly, out of a warehouse."""

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from assets.report_co_linkage import co_linkage_part
from assets.table_columns import TABLE_COLUMNS, table_ddl
from assets.warehouse import Warehouse
from publication.co_linkage_data import CoLinkage
from publication.refreshes import Opening, open_refresh, record

TABLES = {
    "co_linkage_crimes": [
        ("U1", 0.6, 0.1, 0.3, 4.5, 2, 7, 1.2, "group", "solved:S1", 0.35),
        ("U2", 0.1, 0.5, 0.4, 2.1, 1, 4, 1.4, "crime", "U3", 0.5),
        ("U3", 0.0, 0.5, 0.5, 2.0, 1, 3, 1.0, "crime", "U2", 0.5),
        ("U4", 0.0, 0.0, 1.0, 1.0, 1, 1, 0.0, None, None, None),
    ],
    # P-1 belongs to both groups, so that he or she is likelier than either
    "co_linkage_candidates": [
        ("U1", "group", 1, "solved:S1", 0.35),
        ("U1", "group", 2, "solved:S2", 0.25),
        ("U1", "offender", 1, "P-1", 0.6),
        ("U1", "nobody", 1, None, 0.4),
        ("U2", "crime", 1, "U3", 0.5),
        ("U3", "crime", 1, "U2", 0.5),
        ("U3", "nobody", 1, None, 1.0),
        ("U4", "nobody", 1, None, 1.0),
    ],
    "leads": [("U1", "group", "solved:S1", 0.35), ("U1", "offender", "P-1", 0.6), ("U2", "crime", "U3", 0.5)],
    "co_linkage": [("S1", "U1", 0.35), ("S9", "U1", 0.35), ("S2", "U1", 0.25), ("U2", "U3", 0.5)],
    "co_linkage_series": [
        ("S1", "S1", "solved:S1", True, 2, 1.0),
        ("S9", "S1", "solved:S1", True, 2, 1.0),
        ("S2", "S2", "solved:S2", True, 1, None),
        ("S5", "S5", "solved:S5", True, 1, None),
        *((crime, crime, None, False, 1, None) for crime in ("U1", "U2", "U3", "U4")),
    ],
    "co_linkage_sizes": [("all", 1, 2.0, 1, 3), ("all", 2, 1.5, 1, 2), ("unsolved_only", 2, 0.5, 0, 1)],
    "co_linkage_hyperparameters": [("exponent", "trust", 0.9, 0.8, 1.0)],
    "co_linkage_diagnostics": [("exponent", 0.9, 0.1, 0.8, 1.0, 1.001, 900.0, 800.0)],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(home=str(tmp_path_factory.mktemp("home")))
    with made.connect() as connection:
        connection.execute("create table ops.current_refresh as select 'r1' as refresh_id")
        for table in TABLES:
            connection.execute(table_ddl(f"linkage.{table}"))
        open_refresh(connection, Opening("r1", "demo", "demo", datetime(2026, 1, 1)))
        record(connection, "r1", parameters={"co_linkage": {"line": 0.3, "least_ess": 150.0, "seed": 1}})
    for name, rows in TABLES.items():
        made.replace(f"linkage.{name}", frame_of(name, rows))
    return made


@pytest.fixture(scope="module")
def shown(warehouse: Warehouse) -> CoLinkage:
    found = co_linkage_part(warehouse, "r1", most=2)
    assert found is not None
    return found


def frame_of(name: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS[f"linkage.{name}"]))


def test_the_likeliest_link_of_each_crime_may_be_an_offender_of_several_groups(shown: CoLinkage) -> None:
    likeliest = shown.crimes[["crime_id", "candidate_kind", "candidate_id", "probability"]]
    assert likeliest.astype(object).where(likeliest.notna(), None).iloc[:3].to_numpy().tolist() == [
        ["U1", "offender", None, 0.6],
        ["U2", "crime", "U3", 0.5],
        ["U3", "crime", "U2", 0.5],
    ]
    assert likeliest.iloc[3].isna().tolist() == [False, True, True, True]
    assert shown.crimes["p_known_group"].tolist() == [0.6, 0.1, 0.0, 0.0]


def test_line_and_bounds_are_those_that_the_refresh_recorded(shown: CoLinkage) -> None:
    assert (shown.line, shown.least_ess, shown.worst_rhat) == (0.3, 150.0, 1.05)


def test_only_the_strongest_crimes_are_listed_and_nobody_is_no_candidate(shown: CoLinkage) -> None:
    assert shown.candidates["crime_id"].tolist() == ["U1", "U2", "U1", "U1"]  # by .6, .5, .35 and .25
    assert "nobody" not in set(shown.candidates["candidate_kind"])
    assert len(shown.crimes) == 4  # counts are of all


def test_no_reference_of_a_person_reaches_a_page(shown: CoLinkage) -> None:
    for frame in (shown.crimes, shown.candidates, shown.leads):
        assert (frame["candidate_kind"] == "offender").any()
        assert "P-1" not in frame.to_csv()


def test_the_square_of_families_draws_known_groups_whole_and_leaves_others_out(shown: CoLinkage) -> None:
    assert shown.family_figure.startswith("<svg")
    for crime in ("S1", "S9", "? U1", "? U2", "? U3"):
        assert f">{crime}<" in shown.family_figure
    for crime in ("S5", "U4", "S2"):  # S2 is under the line
        assert crime not in shown.family_figure


def test_without_a_pair_above_the_line_there_is_no_square(warehouse: Warehouse, shown: CoLinkage) -> None:
    assert shown.family_figure  # made before the table changes
    warehouse.replace("linkage.co_linkage", frame_of("co_linkage", [("U2", "U3", 0.29)]))
    found = co_linkage_part(warehouse, "r1")
    assert found is not None
    assert found.family_figure == ""


def test_where_no_crime_was_judged_there_is_nothing_to_show(warehouse: Warehouse) -> None:
    assert co_linkage_part(warehouse, "r2") is None
