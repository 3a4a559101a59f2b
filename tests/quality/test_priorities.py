from collections.abc import Callable

import pandas as pd
import pytest

from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard
from quality.priorities import mo_priorities

Rows = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def weights_of() -> Rows:
    return lambda *rows: pd.DataFrame(list(rows), columns=["item_code", "kl_linked", "n_linked"])


@pytest.fixture(scope="session")
def card() -> pd.DataFrame:
    rows = [
        ("entry_point", "completeness", 60, 20),
        ("entry_point", "completeness", 40, 30),
        ("entry_point", "validity", 50, 0),
        ("keyless", "completeness", 100, 100),
        ("approach", "completeness", 100, 80),
        ("escape", "completeness", 100, 50),
    ]
    return pd.DataFrame(rows, columns=["item_code", "dimension", "n_expected", "n_met"])


def test_priorities_by_hand(standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame) -> None:
    weights = weights_of(("approach", 0.5, 40), ("entry_point", 0.4, 300), ("keyless", 0.9, 30))
    result = mo_priorities(weights, card, standard).set_index("item_code")
    # entry_point: 50 of 100 recorded, so 0.25 of pairs; 0.4 x 0.75 = 0.3 lost, 10 s
    # approach: 0.8 recorded, 0.64 of pairs; 0.5 x 0.36 = 0.18 lost, 10 s. keyless: nothing is lost
    assert result["coverage"].to_dict() == pytest.approx({"entry_point": 0.25, "approach": 0.64, "keyless": 1.0})
    assert result["evidence_lost"].to_dict() == pytest.approx({"entry_point": 0.3, "approach": 0.18, "keyless": 0.0})
    assert result["rank"].to_dict() == {"entry_point": 1, "approach": 2, "keyless": 3}
    assert result["cost_seconds"].to_dict() == {"entry_point": 10, "approach": 10, "keyless": 5}
    assert (result["tier"] == 1).all()
    assert result["reason"].isna().all()
    assert result["evidence_weight"].to_dict() == {"entry_point": 0.4, "approach": 0.5, "keyless": 0.9}


def test_the_cheaper_of_two_equal_gaps_comes_first(
    standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame
) -> None:
    # both lose 0.3, but escape takes 8 s and entry_point 10
    result = mo_priorities(weights_of(("entry_point", 0.4, 99), ("escape", 0.4, 99)), card, standard)
    assert result["item_code"].tolist() == ["escape", "entry_point"]


def test_items_below_thirty_linked_pairs_are_not_ranked(
    standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame
) -> None:
    result = mo_priorities(weights_of(("approach", 9.0, 29), ("entry_point", 0.1, 30)), card, standard)
    assert result["item_code"].tolist() == ["entry_point", "approach"]
    assert result["rank"].tolist() == [1, pd.NA]
    assert result["reason"].iloc[1] == "29 linked pairs, at least 30 are needed"


def test_items_without_a_coverage_or_a_weight_say_so(
    standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame
) -> None:
    weights = weights_of(("mo1", 0.4, 99), ("approach", float("nan"), 99))
    result = mo_priorities(weights, card, standard).set_index("item_code")
    assert result["rank"].isna().all()
    assert result["reason"].to_dict() == {
        "approach": "no evidence weight was supplied",
        "mo1": "the scorecard does not expect this item",
    }
    assert result.loc["mo1", ["cost_seconds", "tier"]].tolist() == [10, 3]


def test_the_order_of_rows_makes_no_difference_and_ties_go_by_name(
    standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame
) -> None:
    tie = pd.concat([card, card.assign(item_code=card["item_code"].replace("entry_point", "entry_method"))])
    weights = weights_of(("entry_point", 0.4, 99), ("entry_method", 0.4, 99), ("approach", 0.4, 99))
    result = mo_priorities(weights, tie, standard)
    assert result["item_code"].tolist() == ["entry_method", "entry_point", "approach"]
    pd.testing.assert_frame_equal(result, mo_priorities(weights.iloc[::-1], tie.iloc[::-1], standard))


def test_no_weights_give_no_rows(standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame) -> None:
    assert len(mo_priorities(weights_of(), card, standard)) == 0


def test_a_missing_column_is_named(standard: MinimumStandard, weights_of: Rows, card: pd.DataFrame) -> None:
    with pytest.raises(FrameError, match="term_weights: column 'kl_linked' is missing"):
        mo_priorities(weights_of().drop(columns="kl_linked"), card, standard)
