"""What an owner finds: its strongest partners, and the pairs that somebody asks for, whoever else is an owner."""

import numpy as np
import pytest

from linkage.calibration import Calibration
from linkage.candidates import LinkLimits
from linkage.force_links import raw_log_bf_at, scan_force
from linkage.keep_rule import KeepRule
from linkage.scan_kernel import calibrate, insert, partner_lists
from linkage.score_kernel import raw_log_bf
from tests.linkage.force_oracle import PRIOR, arrays, as_dict, candidates, fitted, random_crimes, specification

LIMITS = LinkLimits(2.0, 90.0)


def test_a_calibrated_value_is_that_of_the_calibration_to_the_last_bit():
    rng = np.random.default_rng(0)
    for n_knots in (1, 2, 9):
        knots = np.sort(rng.normal(0, 3, n_knots))
        log_bf = np.round(np.cumsum(rng.uniform(0.1, 2, n_knots)) - 4, 8)
        raw = np.concatenate([rng.normal(0, 5, 2000), knots, np.nextafter(knots, 9), np.nextafter(knots, -9)])
        expected = Calibration(knots, log_bf).apply(raw)
        np.testing.assert_array_equal([calibrate(one, knots, log_bf) for one in raw], expected)
    assert calibrate(1.25, np.empty(0), np.empty(0)) == 1.25


def test_partners_are_kept_strongest_first_and_the_lower_row_of_equals():
    rng = np.random.default_rng(1)
    for top_k in (0, 1, 4, 50):
        log_bf, row = rng.integers(-3, 3, 40).astype(float), rng.permutation(40)
        lists = partner_lists(1, top_k)
        raws = lists.log_bf[0].copy()
        for one, value in zip(row, log_bf, strict=True):
            insert(lists.partner[0], lists.log_bf[0], raws, one, value, value / 2)
        strongest = sorted(zip(-log_bf, row, strict=True))[:top_k]
        padding = top_k - len(strongest)
        assert lists.partner[0].tolist() == [one for _, one in strongest] + [-1] * padding
        assert lists.log_bf[0].tolist() == [-value for value, _ in strongest] + [-np.inf] * padding
        np.testing.assert_array_equal(raws, lists.log_bf[0] / 2)


def scanned(crimes, kind="calibrated", keep=None, limits=LIMITS, **more):
    model, spec = fitted(crimes, specification(), kind)
    columns, tables = arrays(crimes, model, spec, solved=crimes["crime_id"][::4].tolist())
    keep = KeepRule(3, 1.0, 2.0) if keep is None else keep
    return columns, tables, scan_force(columns, tables, limits, keep, PRIOR, n_workers=2, **more)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_few_owners_find_what_they_find_among_all(seed):
    crimes = random_crimes(200, seed)
    is_owner = np.random.default_rng(seed).random(200) < 0.15
    columns, _, whole = scanned(crimes)
    _, _, some = scanned(crimes, is_owner=is_owner)
    np.testing.assert_array_equal(some.strongest.partner[is_owner], whole.strongest.partner[is_owner])
    np.testing.assert_array_equal(some.strongest.log_bf[is_owner], whole.strongest.log_bf[is_owner])
    np.testing.assert_array_equal(some.solved_partners.partner[is_owner], whole.solved_partners.partner[is_owner])
    assert (some.strongest.partner[~is_owner] == -1).all()
    touched = {pair: value for pair, value in as_dict(whole.pairs).items() if is_owner[list(pair)].any()}
    same = columns.incident[some.pairs.first] == columns.incident[some.pairs.second]
    strong = some.pairs.where((some.pairs.log_bf >= 2.0) | (same & (columns.incident[some.pairs.first] >= 0)))
    expected = {
        (i, j): value
        for (i, j), value in touched.items()
        if value >= 2.0 or (columns.incident[i] == columns.incident[j] >= 0)
    }
    assert as_dict(strong) == expected
    assert len(strong.first) == len(expected)
    pairs, _ = candidates(crimes, LIMITS)
    assert some.counts.n_considered == sum(is_owner[i] or is_owner[j] for i, j in pairs)


@pytest.mark.parametrize("cut", [-np.inf, 0.0, 1.0])
def test_pairs_that_the_other_crime_wants_are_returned(cut):
    crimes = random_crimes(160, 5)
    is_owner = np.arange(160) % 9 == 0
    others = np.where(np.arange(160) % 2 == 0, cut, np.inf)
    columns, tables, found = scanned(crimes, keep=KeepRule(2, 1.0), is_owner=is_owner, others_cut=others)
    pairs, _ = candidates(crimes, LIMITS)
    first, second = np.array(pairs).T
    raw = raw_log_bf(tables, columns, first, second)
    # A pair of an owner with a crime that is none and wants it.
    other = np.where(is_owner[first], second, first)
    wanted = (is_owner[first] != is_owner[second]) & (raw >= others[other])
    wanted_pairs = set(zip(first[wanted].tolist(), second[wanted].tolist(), strict=True))
    assert wanted_pairs
    assert wanted_pairs <= set(as_dict(found.pairs))


def test_an_owner_with_thousands_of_equal_partners_scores_them_in_pieces():
    crimes = random_crimes(30, 6, known=1.0)
    crimes = crimes.loc[np.arange(6000) % 30].assign(crime_id=[f"C{i:05d}" for i in range(6000)], incident_id=None)
    model, spec = fitted(crimes, specification(crowding_km=None))
    columns, tables = arrays(crimes.reset_index(drop=True), model, spec)
    is_owner = np.arange(6000) == 3017
    found = scan_force(
        columns, tables, LinkLimits(np.inf, np.inf), KeepRule(5, 0.0), PRIOR, is_owner=is_owner, n_workers=1
    )
    other = np.delete(np.arange(6000), 3017)
    log_bf = raw_log_bf(tables, columns, np.minimum(other, 3017), np.maximum(other, 3017))
    best = sorted(zip(-log_bf, other, strict=True))[:5]
    assert found.strongest.partner[3017].tolist() == [row for _, row in best]
    assert len(found.pairs.first) == found.counts.n_considered == 5999
    assert as_dict(found.pairs)[0, 3017] == log_bf[0]


def test_the_raw_value_at_a_calibrated_one_lies_just_below_it():
    crimes = random_crimes(60, 7)
    _, tables, _ = scanned(crimes)
    wanted = np.linspace(-6, 6, 41)
    raw = raw_log_bf_at(tables, wanted)
    calibration = Calibration(tables.calibration_knots, tables.calibration_log_bf)
    assert (calibration.apply(raw) < wanted).all()
    np.testing.assert_allclose(calibration.apply(raw), wanted, atol=1e-5)
    assert raw_log_bf_at(tables, -np.inf) == -np.inf
    assert raw_log_bf_at(tables, np.inf) == np.inf
