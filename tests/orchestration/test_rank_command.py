"""Ranking on demand: every crime of the snapshot is scored against a series, an offender or any set of crimes."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from linkage.linkages import LINKAGES
from linkage.pair_scores import pair_scorer
from orchestration.snapshot_crimes import published_crimes, published_limits, published_model
from tests.orchestration.test_command_line import assert_one_line, call, data, snapshot

if TYPE_CHECKING:
    from tests.orchestration.conftest import Home

EVERYTHING = ("--top", 100_000)


@pytest.fixture
def altered(published: "Home", tmp_path: Path) -> Path:
    """A home whose published database a test may change."""
    shown = tmp_path / "published" / "copy"
    shown.mkdir(parents=True)
    shutil.copy2(published.folder / "published" / "current" / "colink.duckdb", shown)
    (shown / "colink.duckdb").chmod(0o600)
    (tmp_path / "published" / "current").symlink_to("copy")
    return tmp_path


def change(home: Path, statement: str) -> None:
    with duckdb.connect(str(home / "published" / "copy" / "colink.duckdb")) as connection:
        connection.execute(statement)


def column(home: "Home", query: str) -> list[Any]:
    return [value for (value,) in snapshot(home, query)]


def naive(home: "Home", members: list[str]) -> pd.DataFrame:
    """Every unsolved crime near a member against every member, one pair at a time."""
    folder = (home.folder / "published" / "current").resolve()
    model, spec, prior_log_odds = published_model(folder)
    limits = published_limits(folder)
    crimes = published_crimes(folder, spec.compared)
    score = pair_scorer(crimes, model, spec)
    solved = set(column(home, "select crime_id from series_data"))
    middle = crimes["committed_from_at"] + (crimes["committed_to_at"] - crimes["committed_from_at"]) / 2
    place = {crime_id: i for i, crime_id in enumerate(crimes["crime_id"])}
    rows = [place[member] for member in members]
    incidents = set(crimes["incident_id"].iloc[rows])
    found = []
    for crime_id, i in place.items():
        if crime_id in solved or crime_id in members or crimes["incident_id"][i] in incidents:
            continue
        metres = np.hypot(*(crimes[axis][i] - crimes[axis].iloc[rows] for axis in ("easting_m", "northing_m")))
        days = (middle[i] - middle.iloc[rows]).abs() / pd.Timedelta(days=1)
        # A crime without a place is compared by its time; in a force this small all are within the budget.
        if (((metres <= limits.max_km * 1000) | metres.isna()) & (days <= limits.max_days)).any():
            log_bf = [float(score(np.array([min(i, j)]), np.array([max(i, j)]))[0]) for j in rows]
            found.append((crime_id, float(np.mean(log_bf)), max(log_bf), min(log_bf)))
    table = pd.DataFrame(found, columns=["crime_id", *LINKAGES])
    return table.assign(**{f"posterior_{name}": 1 / (1 + np.exp(-table[name] - prior_log_odds)) for name in LINKAGES})


@pytest.mark.parametrize("linkage", LINKAGES)
def test_any_crimes_are_ranked_against_every_crime_of_the_snapshot(linkage: str, published: "Home") -> None:
    members = column(published, "select crime_id from crimes where easting_m is not null order by crime_id limit 3")
    wanted = ["--crimes", ",".join(members), "--linkage", linkage, *EVERYTHING, "--home", published.folder]
    rows = pd.DataFrame(data("rank", *wanted)["rows"])
    expected = naive(published, members).sort_values([linkage, "crime_id"], ascending=[False, True], kind="stable")
    assert len(rows) == len(expected) > 20
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert set(rows["crime_id"]) == set(expected["crime_id"])
    both = rows.merge(expected, on="crime_id", suffixes=("", "_expected"))
    for name in LINKAGES:
        np.testing.assert_allclose(both[name], both[f"{name}_expected"], atol=1e-9)
        np.testing.assert_allclose(both[f"log10_{name}"], both[name] / np.log(10), atol=1e-9)
    assert rows[linkage].is_monotonic_decreasing
    np.testing.assert_allclose(both["log_bf"], both[linkage])
    np.testing.assert_allclose(both["posterior_probability"], both[f"posterior_{linkage}"], atol=1e-9)
    assert set(rows["n_crimes"]) == {3}
    assert set(rows["nearest_crime_id"]) <= set(members)


def test_one_crime_as_a_set_gives_the_links_that_are_published(published: "Home") -> None:
    ((crime_id,),) = snapshot(
        published,
        "select crime_id from crime_rankings where candidate_kind = 'crime' group by 1 "
        "order by count(*) desc, 1 limit 1",
    )
    rows = data("rank", "--crimes", crime_id, *EVERYTHING, "--with-solved", "--home", published.folder)["rows"]
    listed = {row["crime_id"]: row for row in rows}
    links = snapshot(
        published,
        "select if(crime_id_1 = id, crime_id_2, crime_id_1), log_bf, posterior_probability, distance_km, gap_days "
        f"from links, (select '{crime_id}' as id) where id in (crime_id_1, crime_id_2) and not is_same_incident",
    )
    assert len(links) >= 20
    for other, *expected in links:
        found = [listed[other][name] for name in ("log_bf", "posterior_probability", "distance_km", "gap_days")]
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("option", "members"),
    [
        ("series", "select series_id, list(crime_id) from series_members group by 1 order by count(*) desc, 1 limit 1"),
        ("offender", "select person_id, list(crime_id) from series_data group by 1 order by count(*) desc, 1 limit 1"),
    ],
)
def test_a_series_and_an_offender_get_what_their_crimes_get(option: str, members: str, published: "Home") -> None:
    ((name, crimes),) = snapshot(published, members)
    home = ("--home", published.folder)
    by_name = data("rank", f"--{option}", name, *home)
    by_crimes = data("rank", "--crimes", ",".join(crimes), *home)
    named = {"series": "series_id", "offender": "person_id"}[option]
    assert by_name["rows"] == [row | {named: name} for row in by_crimes["rows"]]
    assert by_name["answer"] == by_crimes["answer"]
    assert len(by_name["rows"]) == 10


def test_candidates_are_unsolved_crimes_of_other_incidents(published: "Home") -> None:
    ((person_id, members),) = snapshot(
        published, "select person_id, list(crime_id) from series_data group by 1 order by count(*) desc, 1 limit 1"
    )
    wanted = ("rank", "--offender", person_id, *EVERYTHING, "--home", published.folder)
    solved = set(column(published, "select crime_id from series_data"))
    incident = dict(snapshot(published, "select crime_id, incident_id from crimes"))
    unsolved = {row["crime_id"] for row in data(*wanted)["rows"]}
    flagged = {row["crime_id"]: row["is_solved"] for row in data(*wanted, "--with-solved")["rows"]}
    assert unsolved.isdisjoint(solved | set(members))
    assert unsolved == {crime_id for crime_id, is_solved in flagged.items() if not is_solved}
    assert {crime_id for crime_id, is_solved in flagged.items() if is_solved} == flagged.keys() & solved != set()
    assert {incident[crime_id] for crime_id in flagged}.isdisjoint({incident[member] for member in members})


def test_the_published_candidates_of_series_are_among_those_found_on_demand(published: "Home") -> None:
    ((series_id,),) = snapshot(
        published, "select series_id from series_candidates group by 1 order by count(*) desc, 1 limit 1"
    )
    names = ("crime_id", *LINKAGES, "posterior_probability", "is_strong", "nearest_crime_id", "distance_km", "gap_days")
    query = f"select {', '.join(names)} from series_candidates where series_id = '{series_id}' order by rank"
    rows = data("rank", "--series", series_id, *EVERYTHING, "--home", published.folder)["rows"]
    on_demand = {row["crime_id"]: row for row in rows}
    candidates = snapshot(published, query)
    assert candidates
    for crime_id, *expected in candidates:
        assert [on_demand[crime_id][name] for name in names[1:]] == pytest.approx(expected, abs=1e-9)


def test_published_candidates_of_series_are_unsolved_and_not_of_the_series(published: "Home") -> None:
    assert snapshot(published, "select bool_or(is_solved) from series_candidates") == [(False,)]
    inside = "select 1 from series_candidates semi join series_members using (series_id, crime_id)"
    assert snapshot(published, inside) == []
    assert snapshot(published, "select 1 from series_candidates semi join series_data using (crime_id)") == []
    for table in ("series_candidates", "crime_rankings"):
        wrong = f"select 1 from {table} where is_strong <> (posterior_probability >= 0.5)"
        assert snapshot(published, wrong) == []


def test_no_strong_candidate_is_an_answer_both_ways(published: "Home") -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings where candidate_kind = 'series'")
    for wanted in (["rank", crime_id], ["rank", "--crimes", crime_id]):
        answer = data(*wanted, "--strong", 1, "--home", published.folder)["answer"]
        assert answer["is_found"] is False
        assert (answer["n_strong"], answer["strong_posterior"]) == (0, 1)
        assert 0 < answer["strongest_posterior"] < 1
        assert answer["text"].startswith("No strong candidate: no ")
        assert "new series" in answer["text"]
        shown = call(*wanted, "--strong", 1, "--home", published.folder)
        assert "No strong candidate" in shown.stdout
        assert shown.exit_code == 0


def test_strong_candidates_are_counted_both_ways(published: "Home") -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings where candidate_kind = 'series'")
    for wanted in (["rank", crime_id], ["rank", "--crimes", crime_id]):
        answer = data(*wanted, "--strong", 0, "--top", 2, "--home", published.folder)
        assert answer["answer"]["is_found"] is True
        assert answer["answer"]["n_strong"] == answer["answer"]["n_candidates"] > 1
        assert all(row["is_strong"] for row in answer["rows"])


def test_a_crime_that_nothing_known_is_near_is_perhaps_of_a_new_series(published: "Home", altered: Path) -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings")
    change(altered, f"delete from crime_rankings where crime_id = '{crime_id}'")
    answer = data("rank", crime_id, "--home", altered)
    assert answer["rows"] == []
    assert answer["answer"]["strongest_posterior"] is None
    assert answer["answer"]["text"].endswith("Perhaps a new series.")


def test_a_solved_crime_has_no_candidates_and_is_no_new_series(published: "Home") -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from series_data")
    result = call("rank", crime_id, "--home", published.folder)
    assert_one_line(result, 1, f"{crime_id}: no candidates are published; solved crimes")


def test_a_set_is_ranked_as_the_refresh_ranked_unless_told_otherwise(published: "Home", altered: Path) -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings")
    settings = json.dumps({"max_km": 5.0, "max_days": 30.0, "rankings": {"linkage": "complete", "strong_posterior": 0}})
    change(altered, f"update refreshes set parameters = '{settings}'")
    answer = data("rank", "--crimes", crime_id, "--home", altered)
    assert "Ranked by complete linkage with 1 crime; every unsolved crime within 5 km and 30 days" in answer["note"]
    assert answer["answer"]["strong_posterior"] == 0
    assert "by average linkage" in data("rank", "--crimes", crime_id, "--linkage", "average", "--home", altered)["note"]


def test_a_set_gives_the_answer_beside_its_rows_as_json(published: "Home") -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings")
    answer = data("rank", "--crimes", crime_id, "--top", 1, "--home", published.folder)
    assert set(answer) == {"title", "note", "answer", "rows"}
    assert set(answer["answer"]) == {
        *("is_found", "n_candidates", "n_strong", "strongest_posterior", "strong_posterior", "text"),
    }
    (row,) = answer["rows"]
    assert set(row) == {
        *("rank", "crime_id", "average", "single", "complete", "log_bf", "posterior_probability", "is_strong"),
        *("is_solved", "n_crimes", "nearest_crime_id", "distance_km", "gap_days"),
        *("log10_bf", "log10_average", "log10_single", "log10_complete"),
    }
    for_crime = data("rank", crime_id, "--top", 1, "--home", published.folder)["rows"][0]
    assert {"is_strong", "nearest_crime_id", "n_crimes", "log10_bf", "distance_km", "gap_days"} <= set(for_crime)


@pytest.mark.parametrize("option", ["offender", "crimes"])
def test_people_read_a_table_of_further_crimes(option: str, published: "Home") -> None:
    ((person_id, crime_id),) = snapshot(published, "select person_id, crime_id from series_data order by all limit 1")
    wanted = {"offender": person_id, "crimes": f"{crime_id}, {crime_id}"}[option]
    result = call("rank", f"--{option}", wanted, "--with-solved", "--home", published.folder)
    assert result.exit_code == 0, result.output
    assert "┃" in result.stdout
    assert "Further crimes that may be linked with" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--offender", "N1"], "N1: expected a person_id of the published series_data, got none; the nearest are "),
        (["--crimes", "DM/23/0000002,DM/23/000002"], "DM/23/000002: expected a crime_id of the published crimes"),
    ],
)
def test_an_unknown_name_ends_with_one_line(arguments: list[str], part: str, published: "Home") -> None:
    result = call("rank", *arguments, "--home", published.folder)
    assert_one_line(result, 1, part)
    nearest = result.stderr.strip().partition("the nearest are ")[2].split(", ")
    assert len(set(nearest)) == len(nearest) == 3


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--series", "S", "--offender", "P"], "expected one of a crime, --series, --offender, --crimes or --unsolved"),
        (["C1", "--crimes", "C2"], "expected one of a crime, --series, --offender, --crimes or --unsolved"),
        (["C1", "--unsolved", "--out", "f"], "expected one of a crime, --series, --offender, --crimes or --unsolved"),
        (["C1", "--linkage", "single"], "--linkage: the lists of a crime were made by the refresh; add --among"),
        (["C1", "--with-solved", "--within-km", "2"], "--with-solved, --within-km: the lists of a crime"),
        (["--series", "S", "--among", "crimes"], "--among goes with a crime"),
        (["--unsolved"], "--unsolved and --out go together"),
        (["C1", "--out", "f"], "--unsolved and --out go together"),
        (["--unsolved", "--out", "f", "--linkage", "single"], "do not go with --unsolved"),
    ],
)
def test_options_that_do_not_go_together_are_bad_use(arguments: list[str], part: str) -> None:
    assert_one_line(call("rank", *arguments), 2, part)


@pytest.mark.parametrize("arguments", [["--linkage", "median"], ["--strong", "1.5"], ["--strong", "-0.1"]])
def test_a_setting_out_of_range_is_bad_use(arguments: list[str]) -> None:
    assert call("rank", "--crimes", "C1", *arguments).exit_code == 2


def test_crimes_without_a_name_are_bad_use(published: "Home") -> None:
    assert_one_line(call("rank", "--crimes", " , ", "--home", published.folder), 2, "expected crime_ids with commas")


def test_a_snapshot_without_a_model_says_why(published: "Home", altered: Path) -> None:
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings")
    change(altered, "update model_versions set document = null, reason = '3 linked pairs are too few'")
    result = call("rank", "--crimes", crime_id, "--home", altered)
    assert_one_line(result, 1, "expected a published model, got none; 3 linked pairs are too few")
