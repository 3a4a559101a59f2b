import numpy as np
import pytest

from quality.agreement import ADDED, Z, agreement, kappa_variance, masi, weighted_kappa

A_VALUE, B_VALUE = frozenset("a"), frozenset("b")
# 50 crimes: both a 20, both b 15, first a and second b 5, first b and second a 10.
TABLE = np.array([[20.0, 5.0], [10.0, 15.0]])
FIRST = [A_VALUE] * 25 + [B_VALUE] * 25
SECOND = [A_VALUE] * 20 + [B_VALUE] * 5 + [A_VALUE] * 10 + [B_VALUE] * 15


def test_kappa_of_two_values_by_hand() -> None:
    # Agreement 35 / 50 = 0.7; by chance (25/50)(30/50) + (25/50)(20/50) = 0.5; kappa (0.7 - 0.5) / 0.5 = 0.4.
    found = agreement(FIRST, SECOND, n_values=2)
    assert found.n == 50
    assert found.kappa == pytest.approx(0.4)
    assert found.agreement == 0.7
    assert found.adjusted == pytest.approx(0.4)  # 2 x 0.7 - 1
    # Byrt: for three values it is (3 x 0.7 - 1) / 2 = 0.55
    assert agreement(FIRST, SECOND, n_values=3).adjusted == pytest.approx(0.55)


def test_its_variance_by_hand() -> None:
    # Fleiss, Cohen and Everitt's form for kappa = 0.4, p_e = 0.5: A + B - C over n (1 - p_e)^2, with
    # A = sum p_ii [1 - (p_i. + p_.i)(1 - k)]^2 = 0.4 [1 - 1.1 x 0.6]^2 + 0.3 [1 - 0.9 x 0.6]^2 = 0.04624 + 0.06348,
    # B = (1 - k)^2 sum p_ij (p_.i + p_j.)^2 = 0.36 (0.1 x 1.1^2 + 0.2 x 0.9^2) = 0.10188,
    # C = [k - p_e (1 - k)]^2 = 0.01; so 0.2016 / (50 x 0.25) = 0.016128.
    assert kappa_variance(TABLE, np.eye(2)) == pytest.approx(0.016128)


def test_the_interval_is_that_of_the_table_with_two_crimes_spread_by_chance() -> None:
    added = TABLE + ADDED * np.array([[0.3, 0.2], [0.3, 0.2]])
    reach = Z * kappa_variance(added, np.eye(2)) ** 0.5
    found = agreement(FIRST, SECOND, 2)
    assert (found.lower, found.upper) == pytest.approx((0.4 * 50 / 52 - reach, 0.4 * 50 / 52 + reach), abs=0.003)
    assert found.lower < 0.4 < found.upper


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_that_of_scikit_learn_weighted_or_not(seed: int) -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, 80)
    second = np.where(rng.random(80) < 0.6, first, rng.integers(0, 5, 80))
    found = agreement([frozenset(str(v)) for v in first], [frozenset(str(v)) for v in second], 5)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    table = np.zeros((5, 5))
    np.add.at(table, (first, second), 1)
    linear = 1 - np.abs(np.subtract.outer(np.arange(5), np.arange(5))) / 4
    assert weighted_kappa(table, linear) == pytest.approx(cohen_kappa_score(first, second, weights="linear"))


@pytest.mark.parametrize("weights", [np.eye(3), np.array([[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]])])
def test_the_variance_is_how_much_kappa_varies_from_sample_to_sample(weights: np.ndarray) -> None:
    truth = np.array([[0.30, 0.05, 0.03], [0.04, 0.20, 0.06], [0.02, 0.05, 0.25]])
    rng = np.random.default_rng(31)
    tables = rng.multinomial(300, truth.ravel(), size=4000).reshape(-1, 3, 3).astype(float)
    observed = np.var([weighted_kappa(table, weights) for table in tables])
    assert kappa_variance(300 * truth, weights) == pytest.approx(observed, rel=0.08)


@pytest.mark.parametrize("kappa", [0.4, 0.7, 0.9])
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.3, 0.25, 0.2, 0.15, 0.1)])
@pytest.mark.parametrize("n", [30, 100])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(
    kappa: float, shares: tuple[float, ...], n: int
) -> None:
    m = np.array(shares)
    truth = kappa * np.diag(m) + (1 - kappa) * np.outer(m, m)  # of which kappa is exactly that
    rng = np.random.default_rng(32)
    covered = []
    for table in rng.multinomial(n, truth.ravel(), size=600).reshape(-1, len(m), len(m)):
        first, second = np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0).T
        found = agreement(
            [frozenset(f"v{v}") - {"v"} for v in first], [frozenset(f"v{v}") - {"v"} for v in second], len(m)
        )
        covered.append(found.lower <= kappa <= found.upper)
    # 600 samples: the sampling error of 0.95 is 0.009
    assert 0.91 <= np.mean(covered) <= 1.0


def test_forty_crimes_without_a_disagreement_prove_no_perfection() -> None:
    found = agreement(FIRST[:40], FIRST[:40], 2)
    assert (found.kappa, found.upper) == (1, 1)
    assert 0.7 < found.lower < 0.95


def test_one_value_throughout_has_no_kappa() -> None:
    found = agreement([A_VALUE] * 30, [A_VALUE] * 30, 2)
    assert np.isnan([found.kappa, found.lower, found.upper]).all()
    assert found.agreement == 1


def test_sets_agree_in_part() -> None:
    assert masi(frozenset("ab"), frozenset("ab")) == 1
    assert masi(frozenset("ab"), frozenset("a")) == pytest.approx(1 / 2 * 2 / 3)  # Jaccard 1/2, one holds the other
    assert masi(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3 * 1 / 3)  # Jaccard 1/3, they overlap
    assert masi(frozenset("a"), frozenset("b")) == 0


def test_kappa_of_sets_by_hand() -> None:
    # Crime 1: {a} and {a}; crime 2: {a, b} and {a}. Observed (1 + 1/3) / 2 = 2/3. By chance: the first coder's {a} and
    # {a, b}, each half, against {a} always: (1 + 1/3) / 2 = 2/3 as well. So kappa is 0.
    first, second = [A_VALUE, frozenset("ab")], [A_VALUE, A_VALUE]
    found = agreement(first, second, n_values=4, is_multi=True)
    assert found.kappa == pytest.approx(0)
    assert found.agreement == 0.5
    # of 2 x 4 judgements whether a value is there, one differs: 2 x 7/8 - 1
    assert found.adjusted == pytest.approx(0.75)


def test_who_is_first_makes_no_difference_to_kappa() -> None:
    forth, back = agreement(FIRST, SECOND, 2), agreement(SECOND, FIRST, 2)
    assert forth.kappa == pytest.approx(back.kappa)
    assert (forth.lower, forth.upper) == pytest.approx((back.lower, back.upper))
