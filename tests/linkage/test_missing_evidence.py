"""Pairs of crimes without place or time, against a plain choice of the nearest few of each."""

import numpy as np
import pytest

from linkage.candidates import LinkLimits
from linkage.crime_cells import places_and_times_of
from linkage.missing_evidence import incomplete_pairs
from tests.linkage.force_oracle import candidates, random_crimes


def found(crimes, limits, pairs_per_chunk=1000):
    parts = list(incomplete_pairs(places_and_times_of(crimes, limits.across_groups), limits, pairs_per_chunk))
    pairs = [pair for part in parts for pair in zip(part.first.tolist(), part.second.tolist(), strict=True)]
    return pairs, sum(part.n_left_out for part in parts)


def expected(crimes, limits):
    """Return the candidates with an incomplete crime, from the oracle without its other crimes' pairs."""
    pairs, n_out = candidates(crimes, limits)
    x, dated = crimes["easting_m"].notna(), crimes["committed_to_at"].notna() & crimes["committed_from_at"].notna()
    complete = (x & crimes["northing_m"].notna() & dated).to_numpy()
    return [(i, j) for i, j in pairs if not (complete[i] and complete[j])], n_out


@pytest.mark.parametrize("budget", [0, 1, 2, 5, 17, 1000])
@pytest.mark.parametrize("across_groups", [True, False])
def test_each_meets_its_nearest_few_and_every_pair_comes_once(budget, across_groups):
    crimes = random_crimes(140, budget, side_km=3.0, known=0.5)
    limits = LinkLimits(2.0, 60.0, across_groups, most_partners_of_incomplete=budget)
    pairs, n_out = found(crimes, limits)
    assert (sorted(pairs), n_out) == expected(crimes, limits)
    assert len(set(pairs)) == len(pairs)


def test_without_limits_or_budget_all_that_share_something_meet():
    crimes = random_crimes(60, 1, known=0.4)
    limits = LinkLimits(np.inf, np.inf)
    pairs, n_out = found(crimes, limits)
    assert (sorted(pairs), n_out) == expected(crimes, limits)
    assert n_out == 0


@pytest.mark.parametrize("pairs_per_chunk", [1, 50, 10_000])
def test_chunks_change_nothing(pairs_per_chunk):
    crimes = random_crimes(80, 2, known=0.5)
    limits = LinkLimits(3.0, 90.0, most_partners_of_incomplete=9)
    pairs, n_out = found(crimes, limits, pairs_per_chunk)
    whole, n_out_whole = found(crimes, limits)
    assert (sorted(pairs), n_out) == (sorted(whole), n_out_whole)


def test_by_hand():
    # Days 0, 1, 3, 7; crime 1 has no place and a budget of two: it meets those one day before and two after it.
    crimes = random_crimes(4, 3, known=1.0)
    day = crimes["committed_from_at"].iloc[0].normalize()
    days = [day + np.timedelta64(n, "D") for n in (0, 1, 3, 7)]
    crimes = crimes.assign(committed_from_at=days, committed_to_at=days)
    crimes.loc[1, "easting_m"] = np.nan
    assert found(crimes, LinkLimits(1.0, 365.0, most_partners_of_incomplete=2)) == ([(0, 1), (1, 2)], 1)
    assert found(crimes, LinkLimits(1.0, 2.0, most_partners_of_incomplete=1)) == ([(0, 1)], 1)
    assert found(crimes, LinkLimits(1.0, 0.5)) == ([], 0)


def test_complete_crimes_make_no_incomplete_pairs():
    assert found(random_crimes(30, 4, known=1.0), LinkLimits(np.inf, np.inf)) == ([], 0)
