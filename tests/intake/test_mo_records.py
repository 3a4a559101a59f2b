"""Records of forms in a landing: matched with crimes, ranked by when they were saved, every one accounted for."""

import pytest

from tests.intake.landed_records import answer, record


def test_answers_land_as_values_of_the_role_at_the_moment_of_saving(landed):
    found = landed(
        a__json=record(1),
        b__json=record(
            2, role="csi", reference="C/2", reference_kind="crime_id", answers=answer("forensic_trace", "dna", "cctv")
        ),
    )
    at = "2026-02-20 10:00:00+00:00"
    assert found.features() == [
        ("C/1", "entry_point", "rear_door", "victim_online", "structured", at),
        ("C/2", "forensic_trace", "cctv", "csi", "csi", at),
        ("C/2", "forensic_trace", "dna", "csi", "csi", at),
    ]
    assert found.notes() == []
    # in, landed, retracted, out of scope, quarantined
    assert found.accounts("mo_features") == {"mo_records/a.json": (1, 1, 0, 0, 0), "mo_records/b.json": (2, 2, 0, 0, 0)}


def test_a_note_lands_as_a_text_of_its_role(landed):
    found = landed(a__json=record(1, note="Ladder left.", role="officer"))
    texts = found.con.execute("select crime_id, text_kind, written_at, text from landing.mo_texts").fetchall()
    assert texts == [("C/1", "form_note_officer", "2026-02-20 10:00:00+00:00", "Ladder left.")]
    assert found.accounts("mo_texts") == {"mo_records/a.json": (1, 1, 0, 0, 0)}


@pytest.mark.parametrize("typed", ["web aaaa 0001", "WEB-AAAA-0001", " Web/Aaaa.0001 "])
def test_a_report_reference_is_found_however_it_is_typed(landed, typed):
    assert [row[0] for row in landed(a__json=record(1, reference=typed)).features()] == ["C/1"]


@pytest.mark.parametrize("typed", ["C/2", "c2", "C-2"])
def test_a_crime_number_is_found_however_it_is_typed(landed, typed):
    found = landed(a__json=record(1, role="officer", reference=typed, reference_kind="crime_id"))
    assert [row[0] for row in found.features()] == ["C/2"]


@pytest.mark.parametrize(
    ("typed", "kind", "said"),
    [
        ("JANE-DOE-1970", "report_reference", "no crime of the extract has this report_reference"),
        ("C/1", "report_reference", "no crime of the extract has this report_reference"),
        ("TEL-SAME", "report_reference", "2 crimes of the extract have this report_reference"),
        ("WEB-AAAA-0001", "crime_id", "no crime of the extract has this crime_id"),
        ("---", "crime_id", "no crime of the extract has this crime_id"),
        ("", "report_reference", "no crime of the extract has this report_reference"),
    ],
)
def test_a_reference_that_fits_no_crime_or_several_is_quarantined_without_being_shown(landed, typed, kind, said):
    found = landed(a__json=[record(1), record(2, role="officer", reference=typed, reference_kind=kind)])
    assert [row[0] for row in found.features()] == ["C/1"]
    ((file, row, column, action, reason, value),) = found.notes()
    assert (file, row, column, action) == ("mo_records/a.json", 2, "reference", "row_quarantined")
    assert reason.startswith(said)
    assert value == f"<redacted, {len(typed)} characters>"
    assert found.accounts("mo_features") == {"mo_records/a.json": (2, 1, 0, 0, 1)}


def test_a_record_of_a_crime_that_is_out_of_scope_follows_it(landed):
    found = landed(a__json=record(1, role="csi", reference="C/9", reference_kind="crime_id", note="Some words."))
    assert found.features() == []
    assert found.accounts("mo_features") == {"mo_records/a.json": (1, 0, 0, 1, 0)}
    assert found.accounts("mo_texts") == {"mo_records/a.json": (1, 0, 0, 1, 0)}


def test_the_latest_saved_record_of_a_role_counts_for_each_item(landed):
    early = record(1, answers=answer("forensic_trace", "cctv", "dna") + answer("occupied", "vacant"))
    late = record(2, answers=answer("forensic_trace", "cctv"), saved_at="2026-02-20T10:00:01+00:00")
    found = landed(b__json=early, a__json=late)
    assert found.winners("C/1", "forensic_trace", "victim_online") == {"cctv"}
    assert found.winners("C/1", "occupied", "victim_online") == {"vacant"}
    ((file, _, column, action, reason, value),) = found.notes()
    assert (file, column, action, value) == ("mo_records/b.json", "value_code", "row_superseded", "cctv, dna")
    assert reason.startswith("forensic_trace: a later record of the same role says otherwise")


def test_roles_do_not_replace_each_other(landed):
    found = landed(
        a__json=[
            record(1),
            record(2, role="officer", answers=answer("entry_point", "side_door"), saved_at="2026-02-21T10:00:00+00:00"),
        ]
    )
    assert found.winners("C/1", "entry_point", "victim_online") == {"rear_door"}
    assert found.winners("C/1", "entry_point", "officer") == {"side_door"}
    assert found.notes() == []


@pytest.mark.parametrize(
    ("saved_at", "values", "expected"),
    [
        ("2026-02-20T10:00:00+00:00", ("rear_door",), {"rear_door"}),  # after the force's own row of 10 February
        ("2026-02-10T11:59:59+00:00", ("rear_door",), {"front_door"}),  # before it
        ("2026-02-20T10:00:00+00:00", ("unknown",), {"front_door"}),  # no value where the force has one
    ],
)
def test_against_the_forces_own_row_of_the_role_the_later_value_counts(landed, saved_at, values, expected):
    found = landed(a__json=record(1, role="call_taker", saved_at=saved_at, answers=answer("entry_point", *values)))
    assert found.winners("C/1", "entry_point", "call_taker") == expected


def test_records_of_one_moment_that_contradict_are_one_line_and_the_first_is_kept(landed):
    found = landed(a__json=[record(7), record(3, answers=answer("entry_point", "side_door"))])
    assert found.winners("C/1", "entry_point", "victim_online") == {"side_door"}  # record 3 before record 7
    ((_, row, column, action, reason, value),) = found.notes()
    assert (row, column, action, value) == (1, "value_code", "row_quarantined", "rear_door")
    assert reason.startswith("entry_point: another record saved at the same moment says otherwise")
    assert found.accounts("mo_features") == {"mo_records/a.json": (2, 1, 0, 0, 1)}


def test_a_copy_of_a_record_counts_once_and_is_named(landed):
    found = landed(a__json=record(1), copy__json=record(1))
    assert len(found.features()) == 2  # staging sets the second aside as superseded: they are equal
    ((file, _, column, action, reason, value),) = found.notes()
    assert (file, column, action) == ("mo_records/copy.json", "record_id", "row_superseded")
    assert value == record(1)["record_id"]
    assert "stands 2 times" in reason


def test_only_part_of_a_record_that_cannot_be_used_is_left_out(landed):
    answers = [*answer("entry_point", "rear_door", "Jane did it"), "x"]
    found = landed(a__json=record(1, answers=answers, note="n" * 4_001, committed_from="soon"))
    assert len(found.features()) == 1
    assert found.accounts("mo_features")["mo_records/a.json"] == (3, 1, 0, 0, 2)
    assert found.accounts("mo_texts")["mo_records/a.json"] == (1, 0, 0, 0, 1)
    assert sorted((note[2], note[3]) for note in found.notes()) == [
        ("committed_from_at", "value_set_missing"),
        ("item_code", "row_quarantined"),
        ("text", "row_quarantined"),
        ("value_code", "row_quarantined"),
    ]
    assert "Jane" not in str(found.notes())


def test_a_record_that_replaces_what_the_force_recorded_of_its_role_is_named_with_the_items(landed):
    # the force's own call takers recorded front_door of every 28E
    other = record(1, role="call_taker", answers=answer("entry_point", "rear_door") + answer("occupied", "vacant"))
    same = record(2, role="call_taker", reference="WEB-AAAA-0002", answers=answer("entry_point", "front_door"))
    found = landed(a__json=[other, same])
    ((file, row, column, action, reason, value),) = found.notes()
    assert (file, row, column, action, value) == ("mo_records/a.json", 1, "role", "value_kept", "entry_point")
    assert reason.startswith("replaces what the force recorded as call_taker")
    assert found.winners("C/1", "entry_point", "call_taker") == {"rear_door"}


def test_a_record_that_the_forces_rows_outrank_replaces_nothing(landed):
    late = record(
        1, role="call_taker", saved_at="2026-02-09T10:00:00+00:00", answers=answer("entry_point", "rear_door")
    )
    found = landed(a__json=late)  # the force's rows were captured on 10 February at 12:00
    assert found.notes() == []
    assert found.winners("C/1", "entry_point", "call_taker") == {"front_door"}


def test_what_is_only_noted_of_a_record_is_not_counted_as_quarantined(landed):
    found = landed(a__json=record(1, standard_version=None))
    ((_, _, column, action, _, value),) = found.notes()
    assert (column, action, value) == ("standard_version", "value_kept", None)
    assert found.accounts("mo_features") == {"mo_records/a.json": (1, 1, 0, 0, 0)}
