"""evaluate-change reads the published snapshot and the dates of change, and says what the change did."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from orchestration.command_line import app
from tests.quality.practice.invented_panel import InventedChange, invented_change

if TYPE_CHECKING:
    from tests.orchestration.conftest import Home


def evaluate(home: "Home | Path", *arguments: object) -> Result:
    folder = home if isinstance(home, Path) else home.folder
    return CliRunner().invoke(app, ["evaluate-change", *(str(one) for one in arguments), "--home", str(folder)])


def evaluated(home: "Home | Path", *arguments: object) -> dict[str, Any]:
    result = evaluate(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.fixture(scope="module")
def force() -> InventedChange:
    return invented_change(np.random.default_rng(4), effect=0.12)


@pytest.fixture(scope="module")
def home(force: InventedChange, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose published scorecard, crimes and links are those of an invented force."""
    folder = tmp_path_factory.mktemp("home")
    snapshot = folder / "published" / "one"
    snapshot.mkdir(parents=True)
    (folder / "published" / "current").symlink_to("one")
    (snapshot / "manifest.json").write_text('{"protective_marking": "OFFICIAL"}')
    card = force.counts.assign(crime_group="g", capture_role="officer", item_code="entry_point")
    card = pd.concat(
        [
            card.assign(dimension="completeness"),
            card.assign(dimension="validity", n_met=0),
            card.assign(dimension="completeness", item_code="committed_time", n_met=0),
        ]
    )
    crimes, links = _linked(force)
    with duckdb.connect(str(snapshot / "colink.duckdb")) as connection:
        for name, frame in {"mo_scorecard": card, "crimes": crimes, "links": links}.items():
            connection.register("frame", frame)
            connection.execute(f"create table {name} as from frame")
    return folder


def _linked(force: InventedChange) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return crimes of three areas that changed and three that did not, each with a link where its item is recorded."""
    n = force.counts["n_expected"].to_numpy()
    crimes = force.counts.loc[force.counts.index.repeat(n), ["area_code", "month"]].reset_index(drop=True)
    crimes["crime_id"] = [f"C{row:06}" for row in range(len(crimes))]
    place = np.concatenate([np.arange(one) for one in n])
    is_linked = place < np.repeat(force.counts["n_met"].to_numpy(), n)
    crimes = crimes.assign(committed_from_local=crimes["month"] + pd.Timedelta(days=9), reported_at=pd.NaT)
    crimes = crimes.assign(crime_group="g")
    other = pd.DataFrame({"crime_id": ["X"], "area_code": [None], "month": [pd.NaT], "crime_group": ["g"]})
    links = pd.DataFrame({"crime_id_1": crimes.loc[is_linked, "crime_id"], "crime_id_2": "X"})
    links = links.assign(posterior_probability=0.7, is_same_incident=False)
    weak = links.assign(posterior_probability=0.4)
    same = links.assign(is_same_incident=True)
    return pd.concat([crimes, other]), pd.concat([links, weak, same])


@pytest.fixture
def changes(force: InventedChange, tmp_path: Path) -> Path:
    path = tmp_path / "changes.csv"
    force.changes.to_csv(path, index=False)
    return path


def test_a_known_change_is_found_with_its_interval(home: Path, changes: Path, force: InventedChange) -> None:
    answer = evaluated(home, changes)
    assert answer["lower"] <= force.effect <= answer["upper"]
    assert answer["lower"] > 0.05
    assert (answer["measure"], answer["counted"], answer["n_changed"]) == ("completeness", "items recorded", 12)
    assert answer["events"][0]["event"] == -12


def test_when_and_where_count_only_when_asked_for(home: Path, changes: Path) -> None:
    assert evaluated(home, changes, "--item", "entry_point")["effect"] == evaluated(home, changes)["effect"]
    assert evaluated(home, changes, "--item", "committed_time")["effect"] == 0.0


def test_links_of_other_incidents_with_a_posterior_of_a_half_count(home: Path, changes: Path) -> None:
    # every recorded crime has one such link, so that links change as completeness does
    links, shares = evaluated(home, changes, "--measure", "links"), evaluated(home, changes)
    assert links["effect"] == pytest.approx(shares["effect"])
    assert links["counted"] == "probable links of a crime (a posterior of 50% or more)"


def test_probable_links_are_not_called_confirmed_and_come_with_a_warning(home: Path, changes: Path) -> None:
    told = evaluate(home, changes, "--measure", "links").stdout
    assert "probable links a crime (95% interval" in told
    assert "Beware: these are probable links, and what makes a link probable is the very recording that changed" in told
    assert "confirmed" not in told
    assert not any("probable" in warning for warning in evaluated(home, changes)["warnings"])
    assert "confirmed" not in evaluate(home, "--help").stdout


def test_accepted_links_count_instead_where_people_have_decided(home: Path, changes: Path, tmp_path: Path) -> None:
    decided = tmp_path / "home" / "published" / "one"
    decided.mkdir(parents=True)
    (tmp_path / "home" / "published" / "current").symlink_to("one")
    current = home / "published" / "current"
    (decided / "colink.duckdb").write_bytes((current / "colink.duckdb").read_bytes())
    with duckdb.connect(str(decided / "colink.duckdb")) as connection:
        connection.execute(
            "create table decisions as select distinct crime_id_1, crime_id_2, 'accept' as decision from links "
            "union all select 'C000000', 'C000001', 'reject'"
        )
    answer = evaluated(tmp_path / "home", changes, "--measure", "links")
    assert (answer["counted"], answer["unit"]) == ("accepted links of a crime", "accepted links a crime")
    assert answer["warnings"] == evaluated(home, changes)["warnings"]
    assert answer["effect"] == pytest.approx(evaluated(home, changes, "--measure", "links")["effect"])


def test_people_read_sentences(home: Path, changes: Path) -> None:
    told = evaluate(home, changes).stdout
    assert "Items recorded: +" in told
    assert "points (95% interval +" in told
    assert "12 areas that changed, 21 to compare with" in told
    assert "Dates given to areas at random reach as large an effect in 0.1% of draws." in told


def test_the_figure_and_the_effect_by_month_are_written(home: Path, changes: Path, tmp_path: Path) -> None:
    assert evaluate(home, changes, "--out", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "evaluation.json",
        "event_study.svg",
        "events.csv",
    ]
    svg = ElementTree.parse(tmp_path / "out" / "event_study.svg").getroot()
    assert "against the areas that had not changed" in (svg[0].text or "")
    assert [one.text for one in svg.iter() if one.text == "OFFICIAL"] == ["OFFICIAL"]
    assert (svg[0].text or "").startswith("OFFICIAL. ")
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["protective_marking"] == "OFFICIAL"
    assert (tmp_path / "out" / "events.csv").read_text().splitlines()[0] == (
        "event,effect,lower,upper,n_crimes,protective_marking"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere.csv"], 2, "nowhere.csv: expected a CSV file of changes"),
        (["CHANGES", "--measure", "links", "--item", "entry_point"], 2, "--item goes with --measure completeness"),
        (["CHANGES", "--measure", "arrests"], 2, "Invalid value"),
        (["CHANGES", "--item", "entry_pint"], 2, "expected an item_code of the published mo_scorecard, got none"),
        (["CHANGES", "--item", "entry_pint"], 2, "the nearest are entry_point"),
        (["CHANGES", "--crime-group", "h"], 2, "expected a crime_group"),
    ],
)
def test_what_cannot_be_asked_is_said(home: Path, changes: Path, arguments: list[str], code: int, message: str) -> None:
    result = evaluate(home, *(str(changes) if one == "CHANGES" else one for one in arguments))
    assert result.exit_code == code
    assert message in result.stderr


def test_an_area_that_is_not_there_is_one_line(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text("area_code,changed_on\nB01,2024-03-01\n")
    result = evaluate(home, path)
    assert result.exit_code == 1
    told = "changes row 2, area_code: expected an area with crimes in what is published, got 'B01'; nearest is 'A01'"
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_published_refresh_is_read(published: "Home", tmp_path: Path) -> None:
    areas = [
        row["area_code"]
        for row in published.query(
            "select area_code from staging.stg_crimes where area_code like 'T%' group by 1 order by count(*) desc, 1"
        )
    ]
    path = tmp_path / "changes.csv"
    path.write_text("area_code,changed_on\n" + "".join(f"{area},2024-09-01\n" for area in areas[:4]))
    for measure in ("completeness", "links"):
        answer = evaluated(published, path, "--measure", measure)
        assert answer["lower"] < answer["effect"] < answer["upper"]
        assert answer["n_changed"] == 4
