"""The guide to large forces: its settings are those of a refresh, and what it names is told."""

import re
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.force_scan import STATE
from assets.links import LinkConfig, links
from linkage.candidates import LinkLimits
from linkage.force_refresh import MOST_CHANGED
from linkage.keep_rule import KeepRule
from orchestration.definitions import build_definitions
from publication.tables import COMPARABLE

TEXT = (Path(__file__).parents[2] / "docs" / "guides" / "large-forces.md").read_text(encoding="utf-8")
ALL_SETTINGS, ON_SPARK = (
    yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", TEXT, flags=re.M | re.S)
)
LANDING = {"landing": {"config": {"profile": "demo", "landing": "extract/"}}}


def test_the_run_configuration_says_all_settings_and_their_defaults() -> None:
    assert ALL_SETTINGS["ops"]["links"]["config"] == LinkConfig().model_dump()


@pytest.mark.parametrize("shown", [ALL_SETTINGS, ON_SPARK])
def test_the_run_configuration_is_accepted(shown: dict, tmp_path: Path) -> None:
    job = build_definitions(tmp_path).resolve_job_def("refresh")
    accepted = dg.validate_run_config(job, {"ops": LANDING | shown["ops"]})
    assert shown["ops"]["links"]["config"].items() <= accepted["ops"]["links"]["config"].items()


def test_limits_and_what_is_kept_are_told_as_they_are() -> None:
    limits, keep = LinkLimits(), KeepRule()
    assert f"within {limits.max_km:g} km and {limits.max_days:g} days" in TEXT
    assert f"{keep.top_k} strongest partners" in TEXT
    assert f"posterior of {keep.posterior_floor:.0%}" in TEXT
    assert f"the {limits.most_partners_at_one_place:,} before and after it in time" in TEXT
    assert f"the {limits.most_partners_of_incomplete:,} nearest in what it has" in TEXT
    assert MOST_CHANGED == 0.25
    assert "a quarter of the crimes are new" in TEXT


def test_checks_and_folders_are_there() -> None:
    told = {spec.name for spec in links.check_specs}
    assert told == {"every_pair_looked_at", "limits_wide_enough"}
    assert all(f"`{name}`" in TEXT for name in (*told, STATE, COMPARABLE))
