"""The judgements of every MO item: what was recorded, held against what was expected, by named rules."""

from collections.abc import Iterator

import numpy as np

from quality.consistency import Consistency
from quality.judged import Judged
from quality.mo_recording import MoRecording


def item_judgements(
    recording: MoRecording, rules: Consistency, item_codes: tuple[str, ...]
) -> Iterator[tuple[str, str, Judged]]:
    """Yield item, dimension and judgement for each item that any crime was expected to have, or had waived.

    Parameters
    ----------
    recording, rules
        Of the same crimes.
    item_codes
        The standard's items, in the order of the matrices' columns.
    """
    for column, item in enumerate(item_codes):
        if (recording.is_expected[:, column] | recording.is_waived[:, column]).any():
            for dimension, judged in _of_item(column, recording, rules.is_testable[:, column], rules.of_item(item)):
                yield item, dimension, judged


def _of_item(
    column: int, recording: MoRecording, is_testable: np.ndarray, contradictions: dict[str, np.ndarray]
) -> Iterator[tuple[str, Judged]]:
    expected = recording.is_expected[:, column]
    recorded = expected & recording.is_recorded[:, column]
    waived = recording.is_waived[:, column]
    yield "applicability", Judged(expected | waived, {"waived": waived})
    gap, told = ~recording.is_recorded[:, column], recording.is_told[:, column]
    # somebody asked and was told nothing: that stays the cause, whatever a text says elsewhere
    unknown = gap & recording.nulls["unknown"][:, column]
    gaps = {"not_known": unknown, "in_text_only": gap & ~unknown & told, "not_asked": gap & ~unknown & ~told}
    yield "completeness", Judged(expected, gaps)
    yield "recoverable", Judged(expected, {"not_recoverable": gap & ~told})
    yield "validity", Judged(recorded, {"not_in_list": recording.is_invalid[:, column]})
    usable = recorded & recording.is_usable[:, column]
    yield "specificity", Judged(usable, {"coded_as_other": ~recording.is_specific[:, column]})
    yield "consistency", Judged(recorded & is_testable, contradictions)
    dated = recorded & recording.is_dated[:, column]
    yield "timeliness", Judged(dated, {"recorded_late": ~recording.is_timely[:, column]})
