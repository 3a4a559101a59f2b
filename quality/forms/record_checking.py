"""Are the records that people saved readable, complete and free of contradiction? One row a record."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from quality.errors import StandardError, nearest
from quality.forms.form_model import EXCLUSIVE_RULE, asking_order, weight
from quality.forms.record import SCHEMA
from quality.forms.record_shape import CLOCKS_DIFFER, local_time, moment, shape_faults, sound_answers
from quality.minimum_standard import AskedItem, MinimumStandard

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, list[str]]


class Judgement(NamedTuple):
    """What one record amounts to; `score` runs from 0 to 100, None where nothing was expected."""

    is_readable: bool
    score: float | None = None
    n_expected: int = 0
    n_recorded: int = 0
    missing: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def check_records(records: Iterable[Mapping[str, Any]], standard: MinimumStandard) -> "pd.DataFrame":
    """Judge records against the minimum standard: what their role is asked about their crime group.

    Parameters
    ----------
    records
        Records as `record.read_records` gives them.
    standard
        The minimum standard.

    Returns
    -------
    DataFrame
        One row a record, in order: record_id, crime_group, role (str, None where it has none), is_readable (bool),
        score (float64, 0 to 100, by the formula of `mo_scores`, NaN where nothing was expected or readable),
        n_expected, n_recorded (int64), missing_items (str, codes in order of priority joined by commas),
        n_contradictions (int64), contradictions (str, names of rules joined by commas), findings (list of str).
    """
    import pandas as pd

    judge = RecordJudge(standard)
    rows, seen = [], Counter[str]()
    for record in records:
        found = judge(record)
        seen[str(record.get("record_id"))] += 1
        rows.append({**{key: _text(record.get(key)) for key in ("record_id", "crime_group", "role")}, **_row(found)})
    for row in rows:
        if row["record_id"] and (times := seen[row["record_id"]]) > 1:
            row["findings"].append(f"record_id: expected once, got {times} times; the latest saved_at counts")
    columns = ["record_id", "crime_group", "role", *_row(Judgement(False))]
    return pd.DataFrame(rows, columns=columns).astype({"is_readable": bool, "score": "float64"})


def record_gaps(checked: "pd.DataFrame") -> "pd.DataFrame":
    """Count what is missing most often.

    Parameters
    ----------
    checked
        From `check_records`.

    Returns
    -------
    DataFrame
        One row per crime group, role and item that some record misses, most often missing first: crime_group, role,
        item_code (str), n_records (readable ones of the group and role), n_missing (int64), share_missing (float64).
    """
    keys = ["crime_group", "role"]
    readable = checked[checked["is_readable"]]
    totals = readable.groupby(keys).size().rename("n_records").reset_index()
    missing = readable[[*keys, "missing_items"]].assign(item_code=readable["missing_items"].str.split(","))
    missing = missing.explode("item_code")
    # unsorted, so that of items that are missed equally often the one of higher priority comes first
    by_item = missing[missing["item_code"] != ""].groupby([*keys, "item_code"], sort=False)
    counted = by_item.size().rename("n_missing").reset_index()
    gaps = counted.merge(totals, on=keys, how="left")
    gaps["share_missing"] = gaps["n_missing"] / gaps["n_records"]
    gaps = gaps.sort_values(["n_missing", "share_missing"], ascending=False, kind="stable", ignore_index=True)
    return gaps[[*keys, "item_code", "n_records", "n_missing", "share_missing"]]


class _Sheet(NamedTuple):
    """What a role is asked about a crime group, looked up once."""

    items: Mapping[str, AskedItem]
    order: list[str]
    weights: Mapping[str, float]


class RecordJudge:
    """Judges one record after the other; remembers what each crime group and role is asked."""

    def __init__(self, standard: MinimumStandard) -> None:
        self.standard = standard
        self.nulls = frozenset(standard.null_codes)
        self.waiving = frozenset(standard.waiving_nulls)
        self.rules = [
            rule
            for rule in standard.consistency
            if rule.first.field in standard.items and rule.second.field in standard.items
        ]
        self._sheets: dict[tuple[str, str], _Sheet] = {}
        # an export that names an item otherwise does so in every record
        self._nearest = lru_cache(maxsize=4096)(nearest)
        self._item_codes = tuple(standard.items)

    def __call__(self, record: Mapping[str, Any]) -> Judgement:
        """Judge a record."""
        faults = list(shape_faults(record))
        findings = [fault.text for fault in faults]
        if any(fault.is_essential for fault in faults):
            return Judgement(False, findings=tuple(findings))
        try:
            sheet = self._sheet(record["crime_group"], record["role"])
        except StandardError as error:
            return Judgement(False, findings=(*findings, str(error)))
        said, nulls = self._answers(sound_answers(record), record["crime_group"], findings)
        applies = self._applying(sheet, said, nulls, findings)
        expected = [
            code
            for code, item_weight in sheet.weights.items()
            if item_weight > 0 and code in applies and not (code not in said and nulls.get(code, set()) & self.waiving)
        ]
        missing = tuple(code for code in expected if not self._is_recorded(code, said))
        findings += _times(record)
        findings += _nothing(record)
        return Judgement(
            is_readable=True,
            score=self._score(sheet, expected, missing),
            n_expected=len(expected),
            n_recorded=len(expected) - len(missing),
            missing=missing,
            contradictions=tuple(self._contradictions(said)),
            findings=tuple(findings),
        )

    def _sheet(self, crime_group: str, role: str) -> _Sheet:
        key = (crime_group, role)
        if key not in self._sheets:
            asked = self.standard.asked(crime_group, role)
            weights = {item.item_code: weight(item, self.standard) for item in asked}
            self._sheets[key] = _Sheet({item.item_code: item for item in asked}, asking_order(asked), weights)
        return self._sheets[key]

    def _answers(
        self, answers: Iterable[tuple[str, list[str]]], crime_group: str, findings: list[str]
    ) -> tuple[Values, dict[str, set[str]]]:
        """Return the valid values and the null codes of each item of the standard; say what else was given."""
        said: Values = {}
        nulls: dict[str, set[str]] = {}
        for code, values in answers:
            if code in said or code in nulls:
                findings.append(f"{code}: expected one answer, got another; both are read")
            item = self.standard.items.get(code)
            if item is None:
                near = self._nearest(code, self._item_codes)
                findings.append(f"{code}: expected an item of the standard, got something else; {near}")
                continue
            if crime_group not in item.crime_groups:
                findings.append(f"{code}: expected an item that applies to {crime_group}, got one that does not")
            for value in values:
                if value in self.nulls:
                    nulls.setdefault(code, set()).add(value)
                elif value in item.value_labels:
                    said.setdefault(code, []).append(value)
                else:
                    near = self._nearest(value, (*item.value_labels, *self.nulls))
                    findings.append(f"{code}: expected a code of its list, got {value!r}; {near}")
            findings += self._clashes(code, said.get(code, []), nulls.get(code, set()))
        return said, nulls

    def _clashes(self, code: str, values: list[str], nulls: set[str]) -> Iterator[str]:
        if len(values) > 1 and not self.standard.items[code].is_multi:
            yield f"{code}: expected one value, got {len(values)}: {', '.join(values)}"
        if values and nulls:
            yield f"{code}: expected a value or a reason for none, got both: {', '.join((*values, *sorted(nulls)))}"

    def _applying(self, sheet: _Sheet, said: Values, nulls: dict[str, set[str]], findings: list[str]) -> frozenset[str]:
        """Return which items apply; take the answers of the others away, as the form does."""
        applies = set()
        waiting = {code: said.pop(code, []) for code in sheet.order}
        for code in sheet.order:
            # what is not asked yet says nothing, so that items cannot rule each other out in a circle
            if all(side.is_possible(said.get(side.field, ())) for side in sheet.items[code].applies_when):
                applies.add(code)
                if waiting[code]:
                    said[code] = waiting[code]
            elif waiting[code] or code in nulls:
                nulls.pop(code, None)
                findings.append(f"{code}: expected no answer, for others say that it does not apply; it is not counted")
        return frozenset(applies)

    def _is_recorded(self, code: str, said: Values) -> bool:
        unspecific = self.standard.items[code].unspecific
        return any(value not in unspecific for value in said.get(code, ()))

    @staticmethod
    def _score(sheet: _Sheet, expected: Iterable[str], missing: Iterable[str]) -> float | None:
        possible = sum(sheet.weights[code] for code in expected)
        return 100 * (possible - sum(sheet.weights[code] for code in missing)) / possible if possible else None

    def _contradictions(self, said: Values) -> Iterator[str]:
        for rule in self.rules:
            sides = ((said.get(side.field, []), side) for side in (rule.first, rule.second))
            if all(any((value in side.codes) != side.is_exception for value in values) for values, side in sides):
                yield rule.rule
        for code, values in said.items():
            if len(values) > 1 and not set(values).isdisjoint(self.standard.items[code].exclusive):
                yield EXCLUSIVE_RULE


def _times(record: Mapping[str, Any]) -> Iterator[str]:
    saved_at = moment(record.get("saved_at"))
    for key in ("committed_from", "committed_to"):
        told = local_time(record.get(key))
        if told and saved_at and told - saved_at.replace(tzinfo=None) > CLOCKS_DIFFER:
            yield f"{key}: expected not after the record was saved, got {record[key]}; a refresh leaves it out"
    start, end = local_time(record.get("committed_from")), local_time(record.get("committed_to"))
    if start and end and end < start:
        yield f"committed_to: expected not before committed_from {start.isoformat()[:16]}, got {end.isoformat()[:16]}"


def _nothing(record: Mapping[str, Any]) -> Iterator[str]:
    """Say where a record tells nothing, or tells it of no crime; rows of CSV give neither notes nor times."""
    note = record.get("note")
    is_noted = not isinstance(note, str) or note.strip() != ""
    if record["schema"] == SCHEMA and not (record["answers"] or record.get("committed_from") or is_noted):
        yield "answers: expected an answer, a note or a time, got none: nothing to use"
    if isinstance(record.get("reference"), str) and not record["reference"].strip():
        yield "reference: expected the reference of a report or crime, got nothing; it cannot be matched"


def _row(found: Judgement) -> dict[str, Any]:
    return {
        "is_readable": found.is_readable,
        "score": found.score,
        "n_expected": found.n_expected,
        "n_recorded": found.n_recorded,
        "missing_items": ",".join(found.missing),
        "n_contradictions": len(found.contradictions),
        "contradictions": ",".join(found.contradictions),
        "findings": list(found.findings),
    }


def _text(value: object) -> str | None:
    # JSON lets half of a surrogate pair through, which no string column can hold
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else None
