"""Increments: whatever came, went or changed, the links are those of scoring everything anew, row for row."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import LinkLimits
from linkage.evidence import EvidenceSpec
from linkage.force_refresh import ForceResult, score_changes, score_refresh
from linkage.force_state import ForceSettings, ForceStateError, open_state, save_state
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
    solved = {one for one in sorted(force.solved) if rng.random() > 0.03 and one not in gone}
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


def run_of_increments(force: Force, settings: ForceSettings, rng: np.random.Generator, sizes, by_some: bool) -> None:
    """Let a force change again and again; each time both ways of an increment give what scoring everything gives."""
    state = score_refresh(None, force.crimes, settings, force.solved).state
    for n_each in sizes:
        before = state
        force, some, gone = changed(force, rng, n_each)
        full = score_refresh(None, force.crimes, settings, force.solved)
        found = score_refresh(before, force.crimes, settings, force.solved)
        assert_equal(found, full)
        found_by_some = score_changes(before, some, gone, settings, force.solved)
        assert_equal(found_by_some, full)
        assert found_by_some.is_touched.tolist() == found.is_touched.tolist()
        assert (full.is_full, found.is_full, found_by_some.is_full) == (True, False, False)
        assert found.n_scanned < len(force.crimes)
        state = (found_by_some if by_some else found).state


def started(models, name: str, seed: int) -> tuple[Force, ForceSettings, np.random.Generator]:
    rng = np.random.default_rng([seed, len(name)])
    crimes = models[name].crimes
    return Force(crowded(crimes, rng), set(crimes["crime_id"][:: 4 + seed % 3])), settings_of(models, name), rng


@pytest.mark.parametrize("name", CASES)
def test_increments_in_a_row_are_full_runs(name, models):
    run_of_increments(*started(models, name, 0), sizes=(1, 3, 0), by_some=name == "wide")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 13))
@pytest.mark.parametrize("name", CASES)
def test_long_runs_of_increments_are_full_runs(name, seed, models):
    run_of_increments(*started(models, name, seed), sizes=(1, 2, 4, 0, 1, 3, 5, 2), by_some=bool(seed % 2))


def test_a_state_comes_back_from_its_folder_and_is_as_good(models, tmp_path):
    force, settings, rng = started(models, "tight budgets", 5)
    state = score_refresh(None, force.crimes, settings, force.solved).state
    save_state(tmp_path / "state", state)
    force, some, gone = changed(force, rng, 2)
    full = score_refresh(None, force.crimes, settings, force.solved)
    found = score_changes(open_state(tmp_path / "state"), some, gone, settings, force.solved)
    assert_equal(found, full)
    save_state(tmp_path / "state", found.state)
    again = score_refresh(open_state(tmp_path / "state"), force.crimes, settings, force.solved)
    assert_equal(again, full)
    assert (again.n_changed, again.n_gone, again.n_scanned, again.is_touched.any()) == (0, 0, 0, False)
    # What budgets leave out nobody counts anew; it is told as a scan of everything told it.
    assert again.links.counts.n_pairs_left_out == state.counts.n_pairs_left_out > 0
    with pytest.raises(ForceStateError, match="expected the state of a force of this release"):
        open_state(tmp_path)


def test_only_what_a_new_crime_touches_is_told_apart(models):
    force, settings, _ = started(models, "wide", 0)
    whole = force.crimes[force.crimes[["easting_m", "northing_m", "committed_from_at"]].notna().all(axis=1)]
    twin = whole.iloc[[0]].assign(crime_id="C99999", incident_id=None)
    state = score_refresh(None, force.crimes, settings, force.solved).state
    found = score_changes(state, twin, (), settings, force.solved)
    full = score_refresh(None, pd.concat([force.crimes, twin]), settings, force.solved)
    assert (found.n_changed, found.n_gone, found.n_scanned) == (1, 0, 1)
    edges = found.links.edges
    mine = (edges.first == len(force.crimes)) | (edges.second == len(force.crimes))
    touched = {len(force.crimes), *edges.first[mine].tolist(), *edges.second[mine].tolist()}
    assert set(np.flatnonzero(found.is_touched)) == touched
    assert found.links.counts.n_considered < len(force.crimes)
    assert found.links.counts.n_without_place == full.links.counts.n_without_place > 0
    assert found.reason == f"1 crimes new or changed, 0 gone; 1 of {len(force.crimes) + 1} looked anew"


def test_an_increment_falls_back_to_everything_and_says_why(models):
    force, settings, rng = started(models, "wide", 0)
    first = score_refresh(None, force.crimes, settings, force.solved)
    assert (first.is_full, first.reason) == (True, "nothing was kept of a former refresh")
    assert first.is_touched.all()
    for other in (
        replace(settings, prior_log_odds=PRIOR + 0.5),
        replace(settings, keep=KeepRule(4, 0.6, edge_log_bf=3.0)),
        replace(settings, limits=replace(settings.limits, most_at_one_place=3)),
        replace(settings, model=models["within groups, tight"].model, spec=models["within groups, tight"].spec),
    ):
        result = score_refresh(first.state, force.crimes, other, force.solved)
        assert (result.is_full, result.reason.split(",")[0]) == (True, "model")
        with pytest.raises(ValueError, match="expected one made with these settings"):
            score_changes(first.state, force.crimes[:1], (), other, force.solved)
    many, *_ = changed(force, rng, 25)
    result = score_refresh(first.state, many.crimes, settings, many.solved)
    assert result.is_full
    assert "crimes are new or changed and 25 gone" in result.reason
    assert_equal(result, score_refresh(None, many.crimes, settings, many.solved))


def test_a_force_may_begin_and_end_with_nothing(models):
    force, settings, _ = started(models, "lists with room", 0)
    nothing = force.crimes[:0]
    empty = score_refresh(None, nothing, settings).state
    assert len(empty.ids) == 0
    one = score_changes(empty, force.crimes[:3], (), settings)
    assert_equal(one, score_refresh(None, force.crimes[:3], settings))
    none_left = score_changes(one.state, nothing, force.crimes["crime_id"][:3], settings)
    assert_equal(none_left, score_refresh(None, nothing, settings))


def test_crimes_that_are_sent_again_unchanged_change_nothing(models):
    force, settings, _ = started(models, "tight budgets", 1)
    state = score_refresh(None, force.crimes, settings, force.solved).state
    found = score_changes(state, force.crimes[:40], ("C4711",), settings, force.solved)
    assert (found.n_changed, found.n_gone, found.n_scanned) == (0, 0, 0)
    assert_equal(found, score_refresh(None, force.crimes, settings, force.solved))
