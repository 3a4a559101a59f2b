"""The reference's stored posteriors agree with one another, read by our look-ups and our groups.

What our own sampler finds is compared with them in test_co_linkage_reference.
"""

import re

import numpy as np
import pandas as pd
import pytest

from linkage.look_up import pairs_of_crime, strongest_pairs
from linkage.series import crime_groups, series_data

RUNS = (
    "published",
    "exact_flat_seed1",
    "exact_seed1",
    "exact_seed2",
    "faithful_seed5",
    "patched_long_seed11",
    "patched_seed5",
    "patched_seed6",
)
ORDERED = ("published", "faithful_seed5", "patched_seed5", "patched_seed6", "patched_long_seed11")


@pytest.fixture(scope="module")
def pairs(reference):
    """Each run's pairs under our names."""
    names = {"crime_i": "crime_id_1", "crime_j": "crime_id_2", "p": "probability"}
    return {run: pd.read_csv(reference / f"mcmc_{run}_pequal.csv").rename(columns=names) for run in RUNS}


@pytest.fixture(scope="module")
def vectors(pairs, reference):
    """Probabilities of all pairs with an unsolved crime, 0 where a run has none; one row a run."""
    order = pd.read_csv(reference / "mcmc_published_order.csv")
    one, other = np.triu_indices(len(order), 1)
    wanted = order["CG"].isna().to_numpy()[one] | order["CG"].isna().to_numpy()[other]
    out = []
    for run in RUNS:
        dense = np.zeros((len(order), len(order)))
        dense[pairs[run]["i"] - 1, pairs[run]["j"] - 1] = pairs[run]["probability"]
        out.append(dense[one, other][wanted])
    return np.array(out)


def printed_blocks(text):
    """The square tables of the summary by headline; R wraps their columns."""
    blocks = {}
    for head in ("correlation over pairs with an unsolved crime", "RMSE", "max abs diff"):
        rows: dict[str, list[float]] = {run: [] for run in RUNS}
        for line in text.split(f"{head}\n", 1)[1].splitlines():
            name, *values = line.split() or [""]
            if name in rows and re.match(r"^\S", line):
                rows[name] += [float(value) for value in values]
            elif re.match(r"^\S", line):
                break
        blocks[head] = np.array([rows[run] for run in RUNS])
    return blocks


@pytest.mark.parametrize("run", ORDERED)
def test_crimes_stand_in_order_of_their_co_offender_group(reference, reference_crimes, reference_offenders, run):
    order = pd.read_csv(reference / f"mcmc_{run}_order.csv")
    series = series_data(reference_offenders, reference_crimes)
    ours = pd.Series(crime_groups(series, "co-offenders").to_numpy(), series["crime_id"])
    both = order.assign(ours=order["crimeID"].map(ours[~ours.index.duplicated()]))
    assert order["row"].tolist() == list(range(1, 491))
    assert (both["CG"].isna() == both["ours"].isna()).all()
    assert both.groupby(["CG", "ours"]).ngroups == both["CG"].nunique() == both["ours"].nunique() == 312


@pytest.mark.parametrize("run", RUNS)
def test_the_strongest_partner_of_every_unsolved_crime_is_the_recorded_one(reference, pairs, run):
    best = pd.read_csv(reference / "mcmc_best_links.csv").query("run == @run")
    assert len(best) == 100
    assert best["p"].is_monotonic_decreasing
    for crime, partner, probability in zip(best["crimeID"], best["best"], best["p"], strict=True):
        found = pairs_of_crime(crime, pairs[run], by="probability", above=0.0)
        assert found["probability"][0] == pytest.approx(probability, rel=1e-9)
        tied = found.loc[found["probability"] > probability * (1 - 1e-9), "other_id"]
        assert partner in set(tied)  # R names the first of equals in its own order


@pytest.mark.parametrize("run", RUNS)
def test_no_pair_is_listed_below_a_stronger_one(pairs, run):
    found = strongest_pairs(pairs[run], by="probability", above=0.0)
    assert found["probability"].is_monotonic_decreasing
    assert len(found) == len(pairs[run])


def test_runs_agree_with_one_another_as_far_as_the_summary_says(reference, vectors):
    printed = printed_blocks((reference / "mcmc_summary.txt").read_text())
    apart = vectors[:, None, :] - vectors[None, :, :]
    ours = {
        "correlation over pairs with an unsolved crime": np.corrcoef(vectors),
        "RMSE": np.sqrt(np.mean(apart**2, axis=2)),
        "max abs diff": np.abs(apart).max(axis=2),
    }
    for head, table in printed.items():
        assert table.shape == (8, 8), head
        np.testing.assert_allclose(ours[head], table, rtol=3e-3, atol=6e-4, err_msg=head)


def test_the_published_posterior_is_of_nine_thousand_draws(pairs):
    draws = 9_000 * pairs["published"]["probability"]
    np.testing.assert_allclose(draws, np.round(draws), atol=1e-6)
    fewer = 2_000 * pairs["published"]["probability"]  # the text asks for 3,000 and drops 1,000
    assert np.abs(fewer - np.round(fewer)).max() > 0.4


@pytest.mark.parametrize("run", RUNS)
def test_the_summary_of_the_draws_follows_from_the_trace(reference, run):
    summary = pd.read_csv(reference / "mcmc_posterior_summary.csv").query("run == @run").set_index("param")
    trace = pd.read_csv(reference / f"mcmc_{run}_trace.csv")
    for name, row in summary.iterrows():
        kept = trace[name].iloc[int(row["burn"]) :]
        assert len(trace) == row["iters"]
        got = kept.mean(), kept.std(), kept.quantile(0.05), kept.quantile(0.95)
        np.testing.assert_allclose(got, row[["mean", "sd", "q05", "q95"]].to_numpy(float), rtol=1e-9, err_msg=name)


def test_the_published_chain_is_the_packages_own(reference):
    published, faithful = (pd.read_csv(reference / f"mcmc_{run}_trace.csv") for run in ("published", "faithful_seed5"))
    assert (published["D"].head(len(faithful)) == faithful["D"]).all()
