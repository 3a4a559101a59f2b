from datetime import datetime
from math import log

import pandas as pd
import pytest

from publication import wording

DASH, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("log_bf", "said"),
    [
        (4.82, f"{TIMES} 124"),
        (0.0, f"{TIMES} 1"),
        (-2.0, f"{TIMES} 0.14"),
        (log(2.5e6), f"{TIMES} 2.5 million"),
        (log(3e12), f"{TIMES} 10¹²"),
        (800.0, f"{TIMES} 10³⁴⁷"),
        (-800.0, f"{TIMES} 0"),
        (None, DASH),
        (float("nan"), DASH),
    ],
)
def test_a_log_bayes_factor_is_said_as_what_it_multiplies_the_odds_by(log_bf, said):
    assert wording.times(log_bf) == said


def test_the_posterior_is_prior_odds_times_factor():
    assert wording.posterior(4.82, 1 / 1000) == pytest.approx(0.124 / 1.124, abs=2e-4)
    assert wording.posterior(0.0, 1.0) == 0.5


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.994, ">99%"), (1.0, "100%"), (None, DASH)]
)
def test_a_share_is_never_rounded_to_certainty(share, said):
    assert wording.percent(share) == said


@pytest.mark.parametrize(
    ("share", "said"), [(None, DASH), (0.0, "0%"), (0.03, "3%"), (1 / 4500, "1 in 4,500"), (0.01, "1%"), (1.0, "100%")]
)
def test_a_rare_share_is_told_as_one_in_so_many(share, said):
    assert wording.rare(share) == said


@pytest.mark.parametrize(("value", "said"), [(None, DASH), (0.5, "0.500"), (-9.9, "-9.900"), (1234.0, "1,234")])
def test_a_measure_has_three_decimals_unless_it_is_a_place(value, said):
    assert wording.measure(value) == said


def test_small_and_large_measures_take_the_unit_that_reads_best():
    assert [wording.distance(km) for km in (0.043, 2.44, None)] == ["43 m", "2.4 km", DASH]
    assert [wording.days(value) for value in (0.01, 0.25, 1.0, 14.2, float("nan"))] == [
        "less than 1 h",
        "6 h",
        "1 day",
        "14 days",
        DASH,
    ]
    assert wording.one_in(1 / 1000) == "1 to 1,000"
    assert wording.count(1234.6) == "1,235"


def test_moments_and_days_are_said_without_leading_zeros():
    assert wording.moment(datetime(2026, 3, 2, 4, 5)) == "2 March 2026, 04:05 UTC"
    assert wording.day(pd.Timestamp("2026-03-02")) == "2 Mar 2026"
    assert wording.day(pd.NaT) == DASH


def test_codes_become_words():
    assert wording.words("burglary_residential") == "Residential burglary"
    assert wording.words("mo_features") == "MO features"
    assert wording.words("tool_used") == "Tool used"
    assert wording.words("n_offenders") == "Number of offenders"
    assert wording.words("space_and_time") == "Place and time"
    assert wording.words(None) == ""
    assert wording.several("theft_of_vehicle 12, odd_code") == "Theft of a vehicle 12, Odd code"


def test_metrics_with_a_plain_name_come_first():
    assert sorted(["zeta", "average_precision", "auc"], key=wording.metric_order) == [
        "auc",
        "average_precision",
        "zeta",
    ]


def test_a_css_string_cannot_end_early():
    assert wording.css_string('A"</style>') == '"A\\22 \\3c \\2f style\\3e "'
