"""Small forces from crimes to tables by way of `run_force`: also those where there is nothing to draw."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.engines.force_run import run_force
from assets.engines.local import finish_locally
from linkage.co_linkage_components import ForceSettings, force_work
from linkage.force_tables import force_tables
from linkage.link_graph import co_linkage_graph

N_DRAWS = 400
Known = dict[str, str]
Links = list[tuple[str, str, float]]
Tables = dict[str, pd.DataFrame]
Force = Callable[..., Tables]


@pytest.fixture
def force(tmp_path: Path) -> Force:
    return partial(tables_of, tmp_path)


def tables_of(folder: Path, crimes: list[str], groups: Known, links: Links, incidents: Known | None = None) -> Tables:
    """Make every table of crimes of a small force; a group has one offender, named after it."""
    pairs = pd.DataFrame(links, columns=["crime_id_1", "crime_id_2", "log_bf"]).astype({"log_bf": np.float64})
    of_incident = [(incidents or {}).get(crime) for crime in crimes]
    graph = co_linkage_graph(crimes, [groups.get(crime) for crime in crimes], of_incident, pairs)
    offenders = [(f"offender of {group}", crime) for crime, group in groups.items()]
    known = pd.DataFrame(offenders, columns=["person_id", "crime_id"], dtype=object)
    theta = np.tile([5.0, 1.0, 1.0], (N_DRAWS, 1))
    work = force_work(graph, theta, ForceSettings(n_draws=N_DRAWS), 1)
    outcome = run_force(work, folder / "units", "1", partial(finish_locally, n_workers=1), lambda _line: None)
    tables = force_tables(graph, outcome, known, N_DRAWS, 0.01, 20, 0.25)._asdict()
    return {name: table for name, table in tables.items() if isinstance(table, pd.DataFrame)}


@pytest.mark.parametrize(
    ("crimes", "groups", "links"),
    [
        ([], {}, []),
        (["a"], {}, []),
        (["a"], {"a": "g"}, []),
        (["a", "b", "c"], {"a": "g"}, []),
        (["a", "b", "c"], {"a": "g", "b": "g", "c": "h"}, [("a", "b", 3.0), ("b", "c", 2.0)]),
    ],
    ids=["no crimes", "one crime", "one solved crime", "no links", "all solved"],
)
def test_a_force_with_nothing_to_draw_has_tables_all_the_same(
    force: Force, crimes: list[str], groups: Known, links: Links
) -> None:
    tables = force(crimes, groups, links)
    unsolved = [crime for crime in crimes if crime not in groups]
    assert tables["crimes"]["crime_id"].tolist() == unsolved
    assert (tables["crimes"]["p_alone"] == 1.0).all()
    assert len(tables["pairs"]) == len(tables["leads"]) == 0
    assert tables["candidates"]["candidate_kind"].tolist() == ["nobody"] * len(unsolved)
    assert tables["series"]["crime_id"].tolist() == crimes
    of_all = tables["sizes"][tables["sizes"]["kind"] == "all"]
    assert (of_all["n_crimes"] * of_all["expected_n"]).sum() == len(crimes)


def test_a_force_without_a_solved_crime_has_series_of_unsolved_crimes(force: Force) -> None:
    tables = force(["a", "b", "c"], {}, [("a", "b", 9.0), ("b", "c", 1.0)])
    assert tables["crimes"]["p_known_group"].between(0.0, 1e-12).all()
    assert set(tables["leads"]["candidate_kind"]) == {"crime"}
    # A link alone of weight w = e^4: both are roots in one tree, so 2 w / (1 + 2 w).
    ends = tables["pairs"].set_index(["crime_id_1", "crime_id_2"])["probability"]
    assert ends[("a", "b")] == pytest.approx(2 * np.exp(4) / (1 + 2 * np.exp(4)), abs=0.02)
    assert tables["series"].set_index("crime_id")["cluster_id"].to_dict() == {"a": "a", "b": "a", "c": "c"}


def test_crimes_of_ten_components_that_join_one_group_count_one_another(force: Force) -> None:
    """Ten unsolved crimes, each linked to one solved crime alone with weight 4: each is in the group at 4 in 5.

    In the group a crime has the solved one and 9 x 0.8 others beside itself: 0.8 x 9.2 + 0.2 x 1 = 7.56 crimes.
    """
    unsolved = [f"u{at}" for at in range(10)]
    tables = force(["s", *unsolved], {"s": "g"}, [("s", crime, 5.0 + np.log(4.0)) for crime in unsolved])
    crimes = tables["crimes"]
    # The standard deviation of a crime's series is 3.4, over 400 draws 0.17.
    assert crimes["expected_n_crimes"].to_numpy() == pytest.approx(np.full(10, 7.56), abs=0.68)
    # One in five is alone; 11 come together in 0.8^10 = 11% of draws, so for 13% of those in the group.
    assert crimes["lower_n_crimes"].tolist() == [1] * 10
    assert crimes["upper_n_crimes"].tolist() == [11] * 10
    assert tables["series"]["n_crimes"].tolist() == [11] * 11
    # Series of all sizes hold a crime as often as its own interval says: the mean over crimes is the same sum.
    of_all = tables["sizes"][tables["sizes"]["kind"] == "all"]
    met = (of_all["n_crimes"] ** 2 * of_all["expected_n"]).sum()
    with_s = met - crimes["expected_n_crimes"].sum()
    assert with_s == pytest.approx(1 + 10 * crimes["p_known_group"].mean(), abs=0.4)


def test_an_unsolved_crime_of_two_groups_incident_has_no_lead_from_the_alphabet(force: Force) -> None:
    incidents = {"a": "i", "b": "i", "m": "i"}
    links = [("a", "m", 30.0), ("m", "x", 8.0)]
    for groups in ({"a": "g", "b": "h", "x": "k"}, {"a": "h", "b": "g", "x": "k"}):
        tables = force(["a", "b", "m", "x"], groups, links, incidents)
        leads = tables["leads"].set_index("candidate_kind")
        assert leads["candidate_id"].to_dict() == {"group": "k", "offender": "offender of k"}
        # Weight e^3 to the other incident's crime; none of its own incident is a pair.
        assert tables["pairs"][["crime_id_1", "crime_id_2"]].to_numpy().tolist() == [["m", "x"]]
        assert float(tables["pairs"]["probability"].iloc[0]) == pytest.approx(np.exp(3) / (1 + np.exp(3)))


def test_an_unsolved_crime_of_a_solved_ones_incident_is_a_lead_of_its_group(force: Force) -> None:
    """Of v, which goes with s, and u, linked to s with weight e^3: both may be s's offender's."""
    tables = force(["s", "t", "u", "v"], {"s": "g", "t": "g"}, [("s", "u", 8.0)], {"s": "i", "v": "i"})
    of_v = tables["crimes"].set_index("crime_id").loc["v"]
    p = np.exp(3) / (1 + np.exp(3))
    assert list(of_v[["p_known_group", "candidate_id", "probability"]]) == [1.0, "g", 1.0]
    assert of_v["expected_n_crimes"] == pytest.approx(3 + p, abs=0.05)
    pairs = tables["pairs"].set_index(["crime_id_1", "crime_id_2"])["probability"]
    assert pairs[("t", "v")] == 1.0
    assert ("s", "v") not in pairs.index
    assert pairs[("u", "v")] == pairs[("s", "u")] == pytest.approx(p)
    assert list(tables["series"].set_index("crime_id").loc["v", ["group_id", "is_solved"]]) == ["g", False]
