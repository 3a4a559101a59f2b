"""What changed is told from what scoring reads: crimes, their codes, and who shares an incident with whom."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import LinkLimits
from linkage.changed_crimes import change_by, change_to, crimes_of
from linkage.evidence import EvidenceSpec, encode_crimes
from linkage.force_refresh import score_refresh
from linkage.force_state import ForceSettings
from linkage.keep_rule import KeepRule
from linkage.pair_scores import NoTablesError
from linkage.recorded_sets import VANISHED, crimes_with_sets, recoded, recorded_sets, sets_as_data, sets_from_data
from linkage.score_tables import score_tables
from tests.linkage.small_force import small_force

GROUPED = EvidenceSpec(("entry", "taken"), crime_group=True, numerical=("value_gbp",))
FORCE = small_force(90, 6, GROUPED)


def settings(across_groups: bool = True) -> ForceSettings:
    limits = LinkLimits(8.0, 30.0, across_groups)
    return ForceSettings(FORCE.model, FORCE.spec, -4.0, limits, KeepRule(2, 0.5, edge_log_bf=2.0))


def state_of(crimes: pd.DataFrame, solved=(), across_groups: bool = True):
    return score_refresh(None, crimes, settings(across_groups), solved).state


def altered(column: str, value: object, row: int = 7) -> pd.DataFrame:
    crimes = FORCE.crimes.copy()
    crimes[column] = [value if i == row else old for i, old in enumerate(crimes[column])]
    return crimes


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("easting_m", 4321.0),
        ("northing_m", None),
        ("committed_from_local", pd.Timestamp("2024-03-02 03:04")),
        ("entry", "chimney"),
        ("taken", ("phone", "ring")),
        ("value_gbp", 17.5),
        ("incident_id", "I-new"),
        ("crime_group", "fraud"),
    ],
)
def test_any_difference_that_scoring_reads_makes_a_crime_changed(column, value):
    now, change = change_to(state_of(FORCE.crimes), crimes_of(altered(column, value), settings()))
    assert np.flatnonzero(change.is_changed).tolist() == [7]
    assert change.former_row.tolist() == list(range(90))
    assert now.columns is change.columns


def test_what_scoring_does_not_read_changes_nothing():
    for column, value in (("search", "never seen"), ("mo_text", "other words"), ("n_offenders", 99.0)):
        _, change = change_to(state_of(FORCE.crimes), crimes_of(altered(column, value), settings()))
        assert not change.is_changed.any()


def test_a_label_makes_a_crime_changed():
    ids = FORCE.crimes["crime_id"]
    state = state_of(FORCE.crimes, ids[:5])
    for now, change in (
        change_to(state, crimes_of(FORCE.crimes, settings(), ids[1:6])),
        change_by(state, crimes_of(FORCE.crimes[:0], settings()), (), settings(), ids[1:6]),
    ):
        assert np.flatnonzero(change.is_changed).tolist() == [0, 5]
        assert np.flatnonzero(now.columns.is_solved).tolist() == [1, 2, 3, 4, 5]


def test_crimes_that_come_and_go_leave_the_others_unchanged():
    # The first of an incident and of a group goes, so that a fresh numbering would give the others other numbers.
    crimes = FORCE.crimes.assign(incident_id="shared", crime_group=["a", *(["b", None] * 45)][:90])
    crimes.loc[crimes.index[3], "incident_id"] = None
    state = state_of(crimes, across_groups=False)
    new = crimes[40:41].assign(crime_id="C00011.5", crime_group="c", entry="aerial")
    left = crimes.drop(index=[0, 60])
    together = pd.concat([left, new], ignore_index=True)
    for now, change in (
        change_to(state, crimes_of(together, settings(across_groups=False))),
        change_by(
            state, crimes_of(new, settings(across_groups=False)), {"C00000", "C00060"}, settings(across_groups=False)
        ),
    ):
        ids = [name.decode() for name in now.ids.tolist()]
        assert ids == sorted(together["crime_id"])
        assert [ids[row] for row in np.flatnonzero(change.is_changed)] == ["C00011.5"]
        kept = change.former_row >= 0
        for name in ("incident", "block"):
            before = getattr(state.columns, name)[change.former_row[kept]]
            assert (getattr(now.columns, name)[kept] == before).all()
        mine = ids.index("C00011.5")
        assert now.columns.incident[mine] == state.columns.incident[1]
        assert now.columns.block[mine] not in state.columns.block
        table = score_tables(FORCE.model, FORCE.spec, crimes_with_sets(now.sets))
        assert table is not None
        assert (table.value == now.tables.value).all()


def test_sets_keep_their_meaning_whatever_their_numbers():
    one = recorded_sets(encode_crimes(FORCE.crimes, FORCE.spec), FORCE.model, FORCE.spec)
    assert list(one) == ["entry", "taken", "crime_group"]
    assert one["entry"] == [("door",), ("roof",), ("window",)]
    assert sets_from_data(sets_as_data(one)) == one
    # 0 is not applicable, 1 missing; door and window are 2 and 3 of the first numbering, 3 and gone of the second.
    codes = np.array([[0], [1], [2], [3]], dtype=np.uint16)
    after = recoded(codes, {"entry": [("door",), ("window",)]}, {"entry": [("cellar",), ("door",)]})
    assert after.tolist() == [[0], [1], [3], [VANISHED]]


def test_a_model_that_tables_cannot_hold_is_refused():
    class Own:
        def decision_function(self, evidence):
            return np.zeros(len(evidence))

    other = ForceSettings(Own(), FORCE.spec, -4.0, LinkLimits(), KeepRule())
    with pytest.raises(NoTablesError, match="expected a sum of terms over items of a few thousand sets, got Own"):
        crimes_of(FORCE.crimes, other)
