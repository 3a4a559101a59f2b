"""Every file of the reference is compared by a test, which is named here."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MCMC_RUNS = ("exact_flat_seed1", "exact_seed1", "exact_seed2")
PACKAGE_RUNS = ("faithful_seed5", "patched_long_seed11", "patched_seed5", "patched_seed6", "published")

READ_BY = {
    "README.md": "test_reference_files",
    # data and series
    "crimes.csv": "conftest",
    "offenders.csv": "conftest",
    "series_data.csv": "test_series",
    "groups_method1.csv": "test_series",
    "groups_method2.csv": "test_series",
    "groups_method3.csv": "test_series",
    "crime_group1.csv": "test_reference_inputs",
    "solved.csv": "test_reference_inputs",
    "unsolved.csv": "test_reference_inputs",
    # pairs and evidence
    "pairs.csv": "test_pairs",
    "pairs_icu_collation.csv": "test_reference_inputs",
    "evidence.csv": "test_evidence",
    "evidence_exact_circ.csv": "test_evidence",
    "evidence_nonbinary.csv": "test_evidence",
    "evidence_nonbinary_levels.csv": "test_reference_inputs",
    "expabsdiff.csv": "test_differences",
    "expabsdiff_circ.csv": "test_differences",
    "train_index.csv": "test_reference_inputs",
    # models
    "nb_tables.csv": "test_bayes_factors",
    "nb_tables_width.csv": "test_bayes_factors",
    "predictions.csv": "test_bayes_factors",
    "getbf_inputs.csv": "test_bayes_factors",
    "getbf_breaks.csv": "test_bayes_factors",
    "getbf_cases.csv": "test_bayes_factors",
    "getbf_predict.csv": "test_bayes_factors",
    "roc.csv": "test_ranking_metrics",
    "logistic_coef.csv": "test_reference_quality",
    "logistic_fit.csv": "test_reference_quality",
    "predictions_other_models.csv": "test_reference_quality",
    "gbm_influence.csv": "test_reference_quality",
    "quality.csv": "test_reference_quality",
    "quality_summary.csv": "test_reference_quality",
    "quality_splits_pairs.csv": "test_reference_quality",
    "quality_splits_groups.csv": "test_reference_quality",
    "quality_group_assignment.csv": "test_reference_quality",
    # clusters and series identification
    "unsolved_pairs.csv": "test_linkage_reference",
    **{f"hier_{linkage}.csv": "test_hclust" for linkage in ("average", "single", "complete")},
    **{f"hier_{linkage}_labels.csv": "test_hclust" for linkage in ("average", "single", "complete")},
    **{f"hier_{linkage}_cut.csv": "test_dense_tree" for linkage in ("average", "single", "complete")},
    "hier490_average.csv": "test_hclust",
    "hier490_average_labels.csv": "test_hclust",
    "cluster_path.csv": "test_dense_tree",
    "series_id.csv": "test_linkage_reference",
    "series_id_methods12.csv": "test_linkage_reference",
    # held-out crimes, odd cases, speed
    "heldout_mask.csv": "test_reference_heldout",
    "heldout_series.csv": "test_reference_heldout",
    "semantics.txt": "test_reference_semantics",
    "timings.csv": "test_reference_timings",
    # co-linkage: our sampler against the exact one; the package's runs among themselves
    **{f"mcmc_{run}_pequal.csv": "test_co_linkage_reference" for run in MCMC_RUNS},
    **{f"mcmc_{run}_trace.csv": "test_reference_mcmc" for run in (*MCMC_RUNS, *PACKAGE_RUNS)},
    **{f"mcmc_{run}_pequal.csv": "test_reference_mcmc" for run in PACKAGE_RUNS},
    **{f"mcmc_{run}_order.csv": "test_reference_mcmc" for run in PACKAGE_RUNS},
    "mcmc_best_links.csv": "test_reference_mcmc",
    "mcmc_posterior_summary.csv": "test_co_linkage_reference",
    "mcmc_summary.txt": "test_reference_mcmc",
}
# How a test reads a file whose name it does not spell: by a fixture, or several in turn.
IN_TURN = {
    "test_pairs": "reference_pairs",
    "test_evidence": "reference_evidence",
    "test_series": "groups_method{number}.csv",
    "test_linkage_reference": "series_id",
    "test_reference_quality": "quality_splits_{part}.csv",
    "test_reference_inputs": "{name}.csv",
    "test_hclust": "hier_{linkage}",
    "test_dense_tree": "hier_{linkage}",
    "test_co_linkage_reference": "mcmc_{run}_",
    "test_reference_mcmc": "mcmc_{run}_",
}


def test_every_reference_file_is_compared(reference: Path):
    assert sorted(READ_BY) == sorted(path.name for path in reference.iterdir())


@pytest.mark.parametrize("file", sorted(READ_BY))
def test_the_test_named_reads_the_file(file: str):
    module = READ_BY[file]
    source = (TESTS / f"{module}.py").read_text()
    assert file in source or IN_TURN.get(module, file) in source


def test_the_reference_says_that_nothing_printed_was_left_out(reference: Path):
    assert (
        "Not reproduced: nothing except what the vignette does not print (gbm figures)"
        in (reference / "README.md").read_text()
    )
