import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, sparse

from quality.errors import FrameError
from quality.suppression import ALL, mo_scorecard_shared

AXES = ["area_code", "crime_group", "item_code"]
Cards = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def card_of() -> Cards:
    """Scorecard rows: area_code, crime_group, item_code, dimension, n_expected, n_met."""
    columns = [*AXES, "dimension", "n_expected", "n_met"]
    return lambda *rows: pd.DataFrame(list(rows), columns=columns)


def _random_card(rng: np.random.Generator, shape: tuple[int, int, int]) -> pd.DataFrame:
    """Crimes in cells, of which some have a value, of which some are valid: nested counts, many of them small."""
    rows = []
    for area, group, item in itertools.product(*(range(size) for size in shape)):
        n = int(rng.choice([0, 3, 12, 40, 90], p=[0.1, 0.2, 0.3, 0.2, 0.2]))
        met = int(rng.binomial(n, 0.8))
        cell = (f"a{area}", f"g{group}", f"i{item}")
        rows += [(*cell, "completeness", n, met)] * (n > 0)
        rows += [(*cell, "validity", met, int(rng.binomial(met, 0.9)))] * (met > 0)
    return pd.DataFrame(rows, columns=[*AXES, "dimension", "n_expected", "n_met"])


class Attacker:
    """Knows what is shown, every total, that a row stands for at least one crime, and that valid values are recorded.

    Asks an integer program for the least and the most that each count left out can be.
    """

    def __init__(self, shared: pd.DataFrame) -> None:
        self.rows = shared.reset_index(drop=True)
        self.place = {tuple(row): at for at, row in enumerate(self.rows[[*AXES, "dimension"]].to_numpy().tolist())}
        n_rows = len(self.rows)
        shown = self.rows[["n_expected", "n_met"]].to_numpy(dtype=float, na_value=np.nan).T.ravel()
        floor = np.repeat([1.0, 0.0], n_rows)
        self.lower = np.where(np.isnan(shown), floor, shown)
        self.upper = np.where(np.isnan(shown), np.inf, shown)
        self.possible = np.empty((0, 2 * n_rows))
        equal, at_least = self._totals() + self._nested(), self._met_at_most_expected()
        self.constraints = [
            optimize.LinearConstraint(sparse.csr_array(np.array(equal)), 0, 0),
            optimize.LinearConstraint(sparse.csr_array(np.array(at_least)), 0, np.inf),
        ]

    def _equation(self, plus: list[int], minus: list[int]) -> np.ndarray:
        line = np.zeros(2 * len(self.rows))
        np.add.at(line, plus, 1)
        np.add.at(line, minus, -1)
        return line

    def _totals(self) -> list[np.ndarray]:
        lines = []
        for key, at in self.place.items():
            for axis in range(3):
                if key[axis] == ALL:
                    others = (key[:axis], key[axis + 1 :])
                    parts = [
                        place
                        for other, place in self.place.items()
                        if other[axis] != ALL and (other[:axis], other[axis + 1 :]) == others
                    ]
                    lines += [
                        self._equation([part + shift for part in parts], [at + shift]) for shift in (0, len(self.rows))
                    ]
        return lines

    def _nested(self) -> list[np.ndarray]:
        return [
            self._equation([self.place[(*key[:3], "completeness")] + len(self.rows)], [at])
            for key, at in self.place.items()
            if key[3] == "validity" and key[2] != ALL  # items that have no validity are in the total
        ]

    def _met_at_most_expected(self) -> list[np.ndarray]:
        return [self._equation([at], [at + len(self.rows)]) for at in range(len(self.rows))]

    def is_told(self, row: int) -> bool:
        """Say whether the crimes expected, those that met the dimension, or few that lack the item can be told."""
        met = row + len(self.rows)
        if any(self.only_value(self._equation([count], [])) is not None for count in (row, met)):
            return True
        lacking = self.only_value(self._equation([row], [met])) if self.rows["dimension"][row] == "completeness" else 0
        return lacking is not None and 1 <= lacking <= 9

    def only_value(self, goal: np.ndarray) -> int | None:
        """Return the one value that a count can have, None where it can have several."""
        # tables that were found possible before often differ in this count already
        if len(self.possible) and np.ptp(np.round(self.possible @ goal)):
            return None
        least, most = self.extremes(goal)
        return least if least == most else None

    def extremes(self, goal: np.ndarray) -> tuple[int, int]:
        """Return the least and the most that a count can be."""
        found = []
        for sign in (1, -1):
            answer = optimize.milp(
                sign * goal,
                constraints=self.constraints,
                bounds=optimize.Bounds(self.lower, np.where(np.isinf(self.upper), 10_000, self.upper)),
                integrality=np.ones(len(goal)),
            )
            assert answer.success
            found.append(sign * answer.fun)
            self.possible = np.vstack([self.possible, answer.x])
        return round(found[0]), round(found[1])

    def pinned(self) -> list[list[str]]:
        """Return the rows that are left out and of which a count can be told exactly."""
        hidden = np.flatnonzero(self.rows["is_suppressed"]).tolist()
        told = [at for at in hidden if self.is_told(at)]
        return self.rows[[*AXES, "dimension"]].take(told).to_numpy().tolist()


@pytest.mark.parametrize(
    ("seed", "shape"), [(1, (3, 2, 2)), (2, (3, 3, 1)), (3, (2, 2, 3)), (4, (4, 1, 1)), (5, (1, 2, 2)), (6, (3, 2, 2))]
)
def test_no_count_that_is_left_out_can_be_told_from_what_is_shown(seed: int, shape: tuple[int, int, int]) -> None:
    shared = mo_scorecard_shared(_random_card(np.random.default_rng(seed), shape))
    assert shared["is_suppressed"].any()
    assert Attacker(shared).pinned() == []


def test_the_attacker_finds_what_primary_suppression_alone_gives_away(card_of: Cards) -> None:
    # 40 + 7 = 47: with the total and the other area shown, the 7 is no secret
    shared = mo_scorecard_shared(card_of(*_two_areas()), least_shown=1)
    is_small = shared["n_expected"].lt(10) & shared["dimension"].eq("completeness")
    one_out = shared.assign(
        is_suppressed=is_small,
        n_expected=shared["n_expected"].where(~is_small),
        n_met=shared["n_met"].where(~is_small),
    )
    one_out = one_out[one_out["item_code"] != ALL]
    assert len(Attacker(one_out[one_out["crime_group"] != ALL]).pinned()) == 1


def _two_areas() -> list[tuple[str, str, str, str, int, int]]:
    cell = ("robbery_personal", "weapon_type", "completeness")
    return [("A1", *cell, 40, 30), ("A2", *cell, 7, 5)]


def test_a_small_area_is_left_out_and_one_more_so_that_the_total_does_not_tell(card_of: Cards) -> None:
    rows = [
        (area, "robbery_personal", item, "completeness", n, n)
        for area, n in (("A1", 40), ("A2", 7), ("A3", 20))
        for item in ("weapon_type", "approach")
    ]
    shared = mo_scorecard_shared(card_of(*rows))
    cells = shared[(shared["crime_group"] == "robbery_personal") & (shared["item_code"] == "weapon_type")]
    assert dict(zip(cells["area_code"], cells["is_suppressed"], strict=True)) == {
        "A1": False,
        "A2": True,  # 7 < 10
        "A3": True,  # the cheaper of the two that could keep A2 from being 67 - 40 - 20
        "all": False,
    }
    assert cells.set_index("area_code").loc["all", "n_expected"] == 67


def test_numbers_that_are_not_small_are_all_shown(card_of: Cards) -> None:
    rows = [(area, "g", item, "completeness", 10, met) for area in "ab" for item in "ij" for met in (10,)]
    shared = mo_scorecard_shared(card_of(*rows, ("a", "g", "k", "completeness", 12, 0)))
    assert not shared["is_suppressed"].any()
    assert shared[shared["item_code"] == "k"]["share"].tolist() == [0, 0, 0, 0]


def test_no_count_below_the_least_is_shown_not_even_of_those_that_met(card_of: Cards) -> None:
    rng = np.random.default_rng(7)
    shared = mo_scorecard_shared(_random_card(rng, (6, 3, 3)), least_shown=10)
    shown = shared[~shared["is_suppressed"]]
    of_gaps = shown[shown["dimension"] == "completeness"]
    for counts in (shown["n_expected"], shown["n_met"], of_gaps["n_expected"] - of_gaps["n_met"]):
        assert not counts.between(1, 9).any()
    assert len(of_gaps) > 0
    hidden = shared[shared["is_suppressed"]]
    assert hidden[["n_expected", "n_met", "share"]].isna().all(axis=None)


def test_every_row_and_total_is_there_whether_shown_or_not_and_shown_totals_are_right(card_of: Cards) -> None:
    card = _random_card(np.random.default_rng(8), (5, 3, 2))
    shared = mo_scorecard_shared(card)
    whole = shared[(shared[AXES] == ALL).all(axis=1) & ~shared["is_suppressed"]].set_index("dimension")
    assert len(whole) == 2
    for dimension, rows in card.groupby("dimension"):
        assert whole.loc[str(dimension), "n_expected"] == rows["n_expected"].sum()
        assert whole.loc[str(dimension), "n_met"] == rows["n_met"].sum()
    leaves = shared[(shared[AXES] != ALL).all(axis=1)]
    assert len(leaves) == len(card)
    assert not shared.duplicated([*AXES, "dimension"]).any()


def test_the_months_of_a_cell_are_summed_and_missing_areas_are_a_part_of_their_own(card_of: Cards) -> None:
    cell = ("theft_of_vehicle", "keyless", "completeness")
    card = card_of(("A1", *cell, 15, 11), ("A1", *cell, 15, 9), (None, *cell, 20, 20))
    shared = mo_scorecard_shared(card)
    leaf = shared[shared["item_code"].eq("keyless") & shared["crime_group"].eq("theft_of_vehicle")]
    assert leaf[["area_code", "n_expected", "n_met"]].to_numpy().tolist() == [
        ["A1", 30, 20],
        ["all", 50, 40],
        ["not_stated", 20, 20],
    ]
    pd.testing.assert_frame_equal(shared, mo_scorecard_shared(card.iloc[::-1]))


def test_few_crimes_that_lack_an_item_are_left_out_and_no_total_tells_how_many(card_of: Cards) -> None:
    # 43 - 40 = 3 lack it in A2; A1 is smallest but lacks none, so with A1 left out the 3 would follow from totals
    rows = [("A1", 30, 30, 30), ("A2", 43, 40, 20), ("A3", 60, 30, 30)]
    shared = mo_scorecard_shared(
        card_of(
            *(
                (area, group, "i", "completeness", n, met)
                for area, n, *both in rows
                for group, met in zip("gh", both, strict=True)
            )
        )
    )
    cells = shared[(shared["crime_group"] == "g") & (shared["item_code"] == "i")].set_index("area_code")
    assert cells["is_suppressed"].to_dict() == {"A1": False, "A2": True, "A3": True, "all": False}
    assert Attacker(shared).pinned() == []


def test_few_values_that_are_not_valid_are_shown(card_of: Cards) -> None:
    cell = ("A1", "g", "i")
    shared = mo_scorecard_shared(card_of((*cell, "completeness", 60, 40), (*cell, "validity", 40, 38)))
    assert not shared["is_suppressed"].any()


def test_a_small_count_is_not_hidden_behind_an_item_that_is_judged_by_other_dimensions(card_of: Cards) -> None:
    # the place has no dimension validity, so no crime with a valid approach could be a crime of the place instead
    counts = {"approach": (40, 5), "location": (12, 12), "weapon_type": (70, 50)}
    rows = [
        (area, "g", item, dimension, n, n)
        for item, both in counts.items()
        for area, n in zip(("A1", "A2"), both, strict=True)
        for dimension in (("completeness",) if item == "location" else ("completeness", "validity"))
    ]
    shared = mo_scorecard_shared(card_of(*rows))
    assert Attacker(shared).pinned() == []


def test_a_whole_force_in_one_small_cell_is_left_out_with_its_totals(card_of: Cards) -> None:
    shared = mo_scorecard_shared(card_of(("A1", "g", "i", "completeness", 3, 2)))
    assert shared["is_suppressed"].all()
    assert len(shared) == 8


def test_an_empty_scorecard_makes_an_empty_table_and_a_missing_column_is_named(card_of: Cards) -> None:
    assert len(mo_scorecard_shared(card_of())) == 0
    with pytest.raises(FrameError, match="mo_scorecard: column 'dimension' is missing"):
        mo_scorecard_shared(card_of().drop(columns="dimension"))
