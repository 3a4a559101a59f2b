"""Chains side by side: the same draws on any number of threads, and links whose draws are those published."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from linkage import co_linkage_chains
from linkage.co_linkage import (
    CoLinkageError,
    CoLinkageEvidence,
    CoLinkageResult,
    CoLinkageSettings,
    co_linkage_data,
    sample_co_linkage,
    scale_free_prior,
)

SETTINGS = CoLinkageSettings(n_sweeps=60, n_warm_up=40, n_chains=4)


def sampled(n_workers: int | None, settings: CoLinkageSettings = SETTINGS) -> CoLinkageResult:
    """Twelve crimes in a row, two apart in time: known groups a and b at the ends, the rest unsolved."""
    row = np.arange(12)
    start = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(2 * row, unit="D")).dt.as_unit("us")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:02d}" for i in row],
            "easting_m": 300.0 * row,
            "northing_m": 0.0,
            "committed_from_at": start,
            "committed_to_at": start + pd.Timedelta(hours=5),
            "tool": np.where(row < 6, "crowbar", "hammer").astype(object),
        }
    )
    data = co_linkage_data(crimes, ["a", "a", *[None] * 8, "b", "b"], CoLinkageEvidence(items=("tool",)))
    return sample_co_linkage(data, scale_free_prior(data), settings, 5, n_workers)


@pytest.fixture(scope="module")
def result() -> CoLinkageResult:
    return sampled(1)


@pytest.mark.parametrize("n_workers", [2, 4, None])
def test_the_number_of_workers_changes_no_draw(result: CoLinkageResult, n_workers: int | None) -> None:
    other = sampled(n_workers)
    pd.testing.assert_frame_equal(result.draws, other.draws)
    for name in ("labels", "group_probability", "pair_probability", "link_draws"):
        np.testing.assert_array_equal(getattr(result, name), getattr(other, name))


def test_chains_differ_from_each_other(result: CoLinkageResult) -> None:
    first_sweep = result.draws.query("sweep == 0")["time_within_sd_days"]
    assert first_sweep.nunique() == SETTINGS.n_chains


def test_each_published_link_has_the_draws_whose_mean_is_published() -> None:
    result = sampled(1, dataclasses.replace(SETTINGS, watch_from=0.5))
    published = result.pairs.set_index(["crime_id_1", "crime_id_2"])["probability"]
    traces = result.link_traces(floor=0.05)
    assert {ends(name) for name in traces} == {
        pair for pair in published[published >= 0.05].index if not {"C01", "C10"} & set(pair)
    }
    n_of_labels = 0
    for name, draws in traces.items():
        assert draws.shape == (SETTINGS.n_chains, SETTINGS.n_sweeps)
        is_of_labels = set(np.unique(draws)) == {0.0, 1.0}
        n_of_labels += is_of_labels
        assert draws.mean() == pytest.approx(published[ends(name)], abs=0.1 if is_of_labels else 1e-6)
    assert 0 < n_of_labels < len(traces)  # the warm-up held some of them too unlikely to be watched


def ends(name: str) -> tuple[str, ...]:
    """Name the crimes of a link; the first crime of group a and the last of b stand for their group."""
    _, crime, *other = name.split()
    return tuple(sorted((crime, {"a": "C00", "b": "C11"}.get(other[-1], other[-1]))))


def test_too_many_links_leave_the_likeliest_watched(monkeypatch: pytest.MonkeyPatch, result: CoLinkageResult) -> None:
    monkeypatch.setattr(co_linkage_chains, "MOST_WATCHED", 7)
    few = sampled(1)
    assert len(few.links.to_group) + len(few.links.to_crime) == few.link_draws.shape[2] == 7
    assert few.link_draws.mean() > result.link_draws.mean()
    assert list(few.link_traces()) == list(result.link_traces())
    pd.testing.assert_frame_equal(few.draws, result.draws)


def test_without_warm_up_nothing_is_watched() -> None:
    found = sampled(1, dataclasses.replace(SETTINGS, n_warm_up=0))
    assert found.link_draws.shape == (4, 60, 0)
    for name, draws in found.link_traces().items():
        assert set(np.unique(draws)) == {0.0, 1.0}, name


def test_impossible_workers_and_floors_are_refused() -> None:
    with pytest.raises(CoLinkageError, match="n_workers: expected at least 1, got 0"):
        sampled(0)
    with pytest.raises(CoLinkageError, match="watch_from: expected more than 0"):
        CoLinkageSettings(watch_from=0.0)
