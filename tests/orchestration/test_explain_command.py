"""Any two published crimes are explained on the spot, as the refresh would have judged them."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from orchestration.command_line import app

if TYPE_CHECKING:
    from tests.orchestration.conftest import Home

STRONGEST = """
    select crime_id_1, crime_id_2, log_bf, posterior_probability from links
    order by log_bf desc, crime_id_1, crime_id_2 limit 1
"""
FAR_APART = """
    select a.crime_id, b.crime_id from crimes a join crimes b on a.crime_id < b.crime_id
    anti join links l on l.crime_id_1 = a.crime_id and l.crime_id_2 = b.crime_id
    where a.easting_m is not null and b.easting_m is not null and a.committed_from_at is not null
        and b.committed_from_at is not null
    order by abs(a.easting_m - b.easting_m) + abs(a.northing_m - b.northing_m) desc, a.crime_id, b.crime_id limit 1
"""
WITHOUT_PLACE = "select min(crime_id) from crimes where easting_m is null"


def explain(home: "Home | Path", *arguments: object) -> Result:
    folder = home if isinstance(home, Path) else home.folder
    return CliRunner().invoke(app, ["explain", *(str(one) for one in arguments), "--home", str(folder)])


def explained(home: "Home", *arguments: object) -> dict[str, Any]:
    result = explain(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def snapshot(home: "Home", query: str) -> list[tuple[Any, ...]]:
    path = home.folder / "published" / "current" / "colink.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_published_link_is_explained_with_the_figures_that_were_published(published: "Home") -> None:
    ((first, second, log_bf, posterior),) = snapshot(published, STRONGEST)
    answer = explained(published, first, second)
    found = answer["explanation"]
    assert found["log_bf"] == pytest.approx(log_bf, rel=1e-9)
    assert found["posterior_probability"] == pytest.approx(posterior, rel=1e-9)
    pair = f"where crime_id_1 = '{first}' and crime_id_2 = '{second}'"
    query = f"select item, log_bf, value_1, value_2 from link_evidence {pair}"
    rows = {row["item"]: row for row in answer["rows"]}
    terms = snapshot(published, query)
    assert {item for item, *_ in terms} == set(rows)
    for item, term, value_1, value_2 in terms:
        assert rows[item]["log_bf"] == pytest.approx(term, abs=1e-9)
        assert (rows[item]["value_1"], rows[item]["value_2"]) == (value_1, value_2), item


def test_a_pair_that_is_no_published_link_is_explained_too(published: "Home") -> None:
    ((first, second),) = snapshot(published, FAR_APART)
    answer = explained(published, second, first)
    found = answer["explanation"]
    assert (found["crime_id_1"], found["crime_id_2"]) == (first, second)
    log_odds = found["prior_log_odds"] + found["log_bf"]
    assert found["posterior_probability"] == pytest.approx(1 / (1 + math.exp(-log_odds)), rel=1e-12)
    assert math.fsum(row["log_bf"] for row in answer["rows"]) == pytest.approx(found["log_bf"], abs=1e-9)
    assert answer["note"] == found["sentence"]
    assert f"{first} and {second} may be linked" in answer["note"]


def test_the_data_say_how_rare_what_spoke_against_and_what_is_missing(published: "Home") -> None:
    ((first, second, *_),) = snapshot(published, STRONGEST)
    answer = explained(published, first, second)
    assert set(answer["rows"][0]) >= {"item", "value_1", "value_2", "log_bf", "log10_bf", "share_of_crimes"}
    shares = [item["share_of_crimes"] for item in answer["explanation"]["items"] if item["shared_value"] is not None]
    assert shares
    assert all(0 < share <= 1 for share in shares)
    against = [item["item"] for item in answer["explanation"]["items"] if item["log_bf"] < 0]
    assert sorted(answer["explanation"]["spoke_against"]) == sorted(against)
    changes = [
        max(abs(one["change_if_match"]), abs(one["change_if_differ"])) for one in answer["explanation"]["missing"]
    ]
    assert changes == sorted(changes, reverse=True)


def test_a_crime_without_a_place_is_explained_with_what_its_place_could_tell(published: "Home") -> None:
    ((crime_id,),) = snapshot(published, WITHOUT_PLACE)
    ((other,),) = snapshot(published, f"select max(crime_id) from crimes where crime_id <> '{crime_id}'")
    found = explained(published, crime_id, other)["explanation"]
    (place,) = (one for one in found["missing"] if one["item"] in ("distance_km", "nearer_share"))
    assert crime_id in place["missing_of"]
    assert place["change_if_match"] > place["change_if_differ"]


@pytest.mark.parametrize(("name", "starts"), [("why.png", b"\x89PNG"), ("WHY.HTML", b"<!DOCTYPE html>")])
def test_a_picture_is_drawn_where_it_is_asked_for(name: str, starts: bytes, published: "Home", tmp_path: Path) -> None:
    ((first, second, *_),) = snapshot(published, STRONGEST)
    answer = explained(published, first, second, "--picture", tmp_path / name)
    assert answer["picture"] == str(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(starts)


def test_people_read_two_tables_the_sentence_and_where_the_picture_is(published: "Home", tmp_path: Path) -> None:
    ((first, second),) = snapshot(published, FAR_APART)
    result = explain(published, first, second, "--picture", tmp_path / "why.png")
    assert result.exit_code == 0, result.output
    assert "may be linked" in " ".join(result.stdout.split())
    assert f"picture  {tmp_path / 'why.png'}" in result.stdout
    for column in ("gap_days", "nearer_share", "crime_group"):  # people read names, not columns
        assert column not in result.stdout
    assert result.stderr == ""


def test_a_picture_of_another_kind_is_bad_use(published: "Home", tmp_path: Path) -> None:
    result = explain(published, "DM/23/0000001", "DM/23/0000002", "--picture", tmp_path / "why.gif")
    assert result.exit_code == 2
    assert "expected a file that ends in .png or .html, got .gif; rename it" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_written_is_failed_work(published: "Home", tmp_path: Path) -> None:
    ((first, second, *_),) = snapshot(published, STRONGEST)
    result = explain(published, first, second, "--picture", tmp_path / "nowhere" / "why.png")
    assert result.exit_code == 1
    assert "expected a file that can be written" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_snapshot_of_an_earlier_release_asks_for_a_refresh(published: "Home", tmp_path: Path) -> None:
    ((first, second, *_),) = snapshot(published, STRONGEST)
    current = tmp_path / "published" / "current"
    current.mkdir(parents=True)
    with duckdb.connect(str(current / "colink.duckdb")) as connection:
        source = published.folder / "published" / "current" / "colink.duckdb"
        connection.execute(f"attach '{source}' as made (read_only)")
        for table in ("crimes", "model_versions"):
            connection.execute(f"create table {table} as from made.{table}")
    result = explain(tmp_path, first, second)
    assert result.exit_code == 1
    assert "expected a table mo_values, got none; run colink refresh anew" in result.stderr
