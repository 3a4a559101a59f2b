from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.contracts import check_contract
from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard
from quality.priorities import DRAW_COLUMNS, WORTH_COLUMNS, mo_group_priorities, share_in_top

Rows = Callable[..., pd.DataFrame]
GROUP = "burglary_residential"
COUNTS = ("n_linked", "n_groups", "n_crimes", "n_recorded")
PLAIN: dict[str, Any] = {
    "crime_group": GROUP,
    "n_linked": 300,
    "n_groups": 40,
    "n_crimes": 1000,
    "n_recorded": 700,
    "coverage_linked": 0.5,
    "coverage": 0.5,
    "exoneration": 0.3,
    "information_value": 0.7,
    "reliable_weight": 0.35,
    "place_share": 0.05,
    "links_per_1000_lost": 80.0,
    "evidence_weight": 0.4,
    "evidence_weight_lower": 0.2,
    "evidence_weight_upper": 0.6,
    "evidence_lost": 0.2,
    "evidence_lost_lower": 0.1,
    "evidence_lost_upper": 0.3,
    "incremental_gain": 0.1,
    "incremental_gain_lower": -0.01,
    "incremental_gain_upper": 0.2,
}


@pytest.fixture(scope="session")
def worth_of() -> Rows:
    """Rows of (item_code, links for 1,000 crimes, what differs from PLAIN)."""

    def rows(*given: tuple[str, float, dict[str, Any]]) -> pd.DataFrame:
        made = [
            PLAIN
            | {
                f"links_per_1000_recorded{end}": links + more
                for end, more in (("", 0), ("_lower", -50), ("_upper", 50))
            }
            | {"item_code": item}
            | differs
            for item, links, differs in given
        ]
        return pd.DataFrame(made, columns=list(WORTH_COLUMNS)).astype(dict.fromkeys(COUNTS, "int64"))

    return rows


@pytest.fixture(scope="session")
def drawn() -> Rows:
    """Ten resamples that all say what was measured."""

    def draws(worth: pd.DataFrame) -> pd.DataFrame:
        columns = list(DRAW_COLUMNS)
        return pd.concat([worth.assign(draw=number)[columns] for number in range(10)], ignore_index=True)

    return draws


def test_items_are_ranked_by_links_for_an_hour(standard: MinimumStandard, worth_of: Rows, drawn: Rows) -> None:
    seconds = {code: standard.items[code].seconds for code in ("entry_method", "entry_point", "tool_used")}
    worth = worth_of(("entry_point", 100.0, {}), ("entry_method", 250.0, {}), ("tool_used", 90.0, {}))
    result = mo_group_priorities(worth, drawn(worth), standard).set_index("item_code")
    # 1,000 crimes take 1,000 x seconds / 3,600 hours
    for code, links in (("entry_point", 100.0), ("entry_method", 250.0), ("tool_used", 90.0)):
        assert result.loc[code, "links_per_hour"] == pytest.approx(links / (1000 * seconds[code] / 3600))
        assert result.loc[code, "seconds"] == seconds[code]
    by_rate = sorted(seconds, key=lambda code: -float(result.loc[code, "links_per_hour"]))
    assert [result.loc[code, "rank"] for code in by_rate] == [1, 2, 3]
    assert result["reason"].iloc[:3].isna().all()
    assert result.loc["entry_method", "links_per_hour_lower"] == pytest.approx(200 * 3.6 / seconds["entry_method"])


def test_items_of_too_few_linked_pairs_or_offenders_are_not_ranked(
    standard: MinimumStandard, worth_of: Rows, drawn: Rows
) -> None:
    worth = worth_of(
        ("entry_method", 900.0, {"n_linked": 29}),
        ("entry_point", 1.0, {"n_linked": 30, "n_groups": 5}),
        ("tool_used", 900.0, {"n_groups": 4}),
        ("search_style", float("nan"), {}),
    )
    result = mo_group_priorities(worth, drawn(worth), standard).set_index("item_code")
    assert result["rank"].dropna().to_dict() == {"entry_point": 1}
    assert result["reason"].dropna().loc[["entry_method", "tool_used", "search_style"]].tolist() == [
        "29 linked pairs, at least 30 are needed",
        "linked pairs of 4 groups of offenders, at least 5 are needed",
        "its links could not be measured",
    ]
    # what is refused keeps the tier that it has
    for code in ("entry_method", "tool_used"):
        assert result.loc[code, "suggested_tier"] == result.loc[code, "tier"]
        assert np.isnan(result.loc[code, "share_in_top"])


def test_items_that_the_standard_expects_and_nobody_recorded_are_listed(
    standard: MinimumStandard, worth_of: Rows, drawn: Rows
) -> None:
    worth = worth_of(("entry_point", 100.0, {}))
    result = mo_group_priorities(worth, drawn(worth), standard)
    expected = {entry.item_code for entry in standard.items_for(GROUP)}
    assert set(result["item_code"]) == expected | {"entry_point"}
    absent = result[result["item_code"] != "entry_point"]
    assert (absent["reason"] == "no crime of the group has it recorded").all()
    assert (absent[list(COUNTS)] == 0).all(axis=None)
    assert check_contract("mo_group_priorities", result).passed


def test_items_and_crime_groups_outside_the_standard_cost_the_default(
    standard: MinimumStandard, worth_of: Rows, drawn: Rows
) -> None:
    worth = worth_of(("mo1", 100.0, {"crime_group": "arson"}))
    row = mo_group_priorities(worth, drawn(worth), standard).iloc[0]
    assert (row["seconds"], row["tier"], row["rank"]) == (standard.limits.default_seconds, 3, 1)


def test_crime_groups_are_ranked_apart(standard: MinimumStandard, worth_of: Rows, drawn: Rows) -> None:
    robbery = {"crime_group": "robbery_personal"}
    worth = worth_of(("entry_point", 10.0, {}), ("approach", 5.0, robbery), ("escape", 1.0, robbery))
    result = mo_group_priorities(worth, drawn(worth), standard)
    ranks = result[result["rank"].notna()].set_index(["crime_group", "item_code"])["rank"]
    assert ranks.to_dict() == {
        (GROUP, "entry_point"): 1,
        ("robbery_personal", "approach"): 1,
        ("robbery_personal", "escape"): 2,
    }


def test_the_order_of_rows_makes_no_difference_and_ties_go_by_name(
    standard: MinimumStandard, worth_of: Rows, drawn: Rows
) -> None:
    cost = {code: standard.items[code].seconds for code in ("entry_method", "entry_point")}
    worth = worth_of(*((code, 10.0 * seconds, {}) for code, seconds in cost.items()))
    result = mo_group_priorities(worth, drawn(worth), standard)
    assert result["item_code"].head(2).tolist() == ["entry_method", "entry_point"]
    pd.testing.assert_frame_equal(
        result, mo_group_priorities(worth.iloc[::-1], drawn(worth).sample(frac=1, random_state=1), standard)
    )


def test_share_in_top_counts_resamples() -> None:
    drawn = pd.DataFrame({"a": [3.0, 3.0, 3.0, 1.0], "b": [2.0, 2.0, 2.0, 2.0], "c": [1.0, 1.0, 2.0, 3.0]})
    assert share_in_top(drawn, 1).to_dict() == {"a": 0.75, "b": 0.0, "c": 0.25}
    # b is second three times of four, once together with c, which is place 2.5
    assert share_in_top(drawn, 2).to_dict() == {"a": 0.75, "b": 0.75, "c": 0.25}


def test_a_proposal_is_made_of_links_for_an_hour_and_its_bounds(
    standard: MinimumStandard, worth_of: Rows, drawn: Rows
) -> None:
    # 10 seconds each: links for an hour are those for 1,000 crimes x 0.36, and the bounds 50 to either side, or 18
    worth = worth_of(
        ("useful", 70.0, {}),  # at least 7.2
        ("unclear", 60.0, {}),  # at least 3.6
        ("useless", -40.0, {"evidence_weight_lower": -0.1, "evidence_weight_upper": 0.05}),  # 3.6 at most
        ("few", -40.0, {"evidence_weight_lower": -0.1, "evidence_weight_upper": 0.05, "n_groups": 19}),
    )
    result = mo_group_priorities(worth, drawn(worth), standard).set_index("item_code")
    assert (result.loc["useful", "seconds"], result.loc["useful", "tier"]) == (10, 3)
    names = ["useful", "unclear", "useless", "few"]
    assert result.loc[names, "suggested_tier"].tolist() == [1, 3, 4, 3]
    assert result.loc[names, "rank"].notna().all()


def test_nothing_gives_nothing(standard: MinimumStandard, worth_of: Rows, drawn: Rows) -> None:
    worth = worth_of()
    result = mo_group_priorities(worth, worth.reindex(columns=list(DRAW_COLUMNS)), standard)
    assert len(result) == 0
    assert check_contract("mo_group_priorities", result).passed


def test_a_missing_column_is_named(standard: MinimumStandard, worth_of: Rows, drawn: Rows) -> None:
    worth = worth_of(("entry_point", 1.0, {}))
    with pytest.raises(FrameError, match="worth: column 'evidence_weight' is missing"):
        mo_group_priorities(worth.drop(columns="evidence_weight"), drawn(worth), standard)
    with pytest.raises(FrameError, match="draws: column 'draw' is missing"):
        mo_group_priorities(worth, drawn(worth).drop(columns="draw"), standard)
