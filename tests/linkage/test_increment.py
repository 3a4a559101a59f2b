"""Increments: whatever came, went or changed, the links are those of scoring everything anew, row for row."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import LinkLimits
from linkage.evidence import EvidenceSpec
from linkage.force_refresh import ForceResult, score_changes, score_refresh
from linkage.force_state import ForceSettings
from linkage.keep_rule import KeepRule
from tests.linkage.incomplete_crimes import incomplete_crimes
from tests.linkage.small_force import SPEC, small_force

PRIOR = -4.0
N = 160
TIGHT = {"most_at_one_place": 5, "most_partners_at_one_place": 2, "most_partners_of_incomplete": 9}
"""Budgets that bind in a force of a hundred crimes."""

GROUPED = EvidenceSpec(("entry",), match="levels", crime_group=True)
CASES = {
    "wide": (LinkLimits(12.0, 40.0), KeepRule(3, 0.6, edge_log_bf=3.0)),
    "tight budgets": (LinkLimits(9.0, 60.0, **TIGHT), KeepRule(3, 0.5, edge_log_bf=2.5)),
    "within groups, tight": (LinkLimits(20.0, 90.0, False, **TIGHT), KeepRule(2, 0.9, edge_log_bf=1.0)),
    "floors alone": (LinkLimits(9.0, 60.0, **TIGHT), KeepRule(0, 0.2, edge_log_bf=2.0)),
    "lists with room": (LinkLimits(4.0, 10.0, **TIGHT), KeepRule(6, 1.0)),
}


class Force(NamedTuple):
    crimes: pd.DataFrame
    solved: set[str]


def crowded(crimes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Put a third of the crimes at four places, where some meet at one time."""
    at = rng.integers(0, 12, len(crimes))
    placed = crimes["easting_m"].notna() & crimes["northing_m"].notna() & (at < 4)
    return crimes.assign(
        easting_m=crimes["easting_m"].mask(placed, 3000.0 * at), northing_m=crimes["northing_m"].mask(placed, 4000.0)
    )


def fresh(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """New crimes whose ids fall among, before and after the others'."""
    made = crowded(incomplete_crimes(n, int(rng.integers(1 << 30))), rng)
    numbers = rng.choice(np.arange(1, 10 * N), n, replace=False)
    made["crime_id"] = [f"C{number // 10:05d}.{number % 10}" for number in numbers]
    made["incident_id"] = [f"I{i}" if i < 40 else None for i in rng.integers(0, 60, n)]
    made["taken"] = made["taken"].where(rng.random(n) < 0.7, pd.Series([("ring", f"v{rng.integers(3)}")] * n))
    return made


def changed(force: Force, rng: np.random.Generator, n_each: int) -> tuple[Force, pd.DataFrame, set[str]]:
    """Add, alter and take away crimes; return the force then, the rows that are new or altered and the ids gone."""
    crimes = force.crimes
    gone = set(rng.choice(crimes["crime_id"], n_each, replace=False))
    left = crimes[~crimes["crime_id"].isin(gone)]
    new = fresh(rng, n_each)
    new = new[~new["crime_id"].isin(left["crime_id"])]
    altered = left.sample(n_each, random_state=int(rng.integers(1 << 30)))
    donors = fresh(rng, n_each).set_index(altered.index)
    column = rng.choice(["easting_m", "committed_from_at", "entry", "taken", "incident_id", "crime_group"])
    together = ["committed_from_at", "committed_to_at"] if column == "committed_from_at" else [column]
    altered = altered.assign(**{name: donors[name] for name in together})
    unaltered = left[~left["crime_id"].isin(altered["crime_id"])]
    everything = pd.concat([unaltered, altered, new], ignore_index=True)
    solved = {one for one in force.solved if rng.random() > 0.03 and one not in gone}
    solved |= set(everything["crime_id"].sample(n_each, random_state=int(rng.integers(1 << 30))))
    return Force(everything.sample(frac=1, random_state=5), solved), pd.concat([altered, new]), gone


def assert_equal(found: ForceResult, full: ForceResult) -> None:
    assert found.state.ids.tolist() == full.state.ids.tolist()
    for name in ("links", "edges", "to_solved"):
        for one, other in zip(getattr(found.links, name), getattr(full.links, name), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)
            assert one.dtype == other.dtype
    np.testing.assert_array_equal(found.links.is_same_incident, full.links.is_same_incident)
    for name in ("strongest", "solved_partners", "pairs"):
        for one, other in zip(getattr(found.state, name), getattr(full.state, name), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.fixture(scope="module")
def models():
    grouped = small_force(N, 3, GROUPED)
    plain = small_force(N, 2, SPEC)
    return {name: grouped if "groups" in name else plain for name in CASES}


def settings_of(models, name):
    limits, keep = CASES[name]
    return ForceSettings(models[name].model, models[name].spec, PRIOR, limits, keep)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CASES)
def test_increments_in_a_row_are_full_runs(name, seed, models):
    rng = np.random.default_rng([seed, len(name)])
    settings = settings_of(models, name)
    force = Force(crowded(models[name].crimes, rng), set(models[name].crimes["crime_id"][:: 4 + seed]))
    state = score_refresh(None, force.crimes, settings, force.solved).state
    n_scanned = []
    for n_each in (1, 2, 4, 0, 1, 3):
        before = state
        force, some, gone = changed(force, rng, n_each)
        full = score_refresh(None, force.crimes, settings, force.solved)
        found = score_refresh(before, force.crimes, settings, force.solved)
        assert_equal(found, full)
        by_some = score_changes(before, some, gone, settings, force.solved)
        assert_equal(by_some, full)
        assert by_some.is_touched.tolist() == found.is_touched.tolist()
        assert (full.is_full, found.is_full, by_some.is_full) == (True, False, False)
        n_scanned.append(found.n_scanned)
        state = (found if seed % 2 else by_some).state
    assert n_scanned[0] < N / 2
