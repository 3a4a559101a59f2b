"""Accuracy by double coding: a blind sample for a second coder, and how far the second coding agrees with the record.

What counts: a blank cell was not coded and counts nowhere. A null code says that there is no value, and so does a
record without a row. Kappa is taken over the crimes of which both hold a value, for it asks whether they say the same;
where only one holds a value is counted beside it, as that is a gap and not an error.
"""

import csv
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.agreement import Agreement, Values, agreement
from quality.errors import QualityError, nearest
from quality.frame_columns import require_columns
from quality.minimum_standard import Item, MinimumStandard

CRIME_COLUMNS = ("crime_id", "crime_group", "area_code", "capture_role")
RECORDED_COLUMNS = ("crime_id", "item_code", "value_code")
STRATA = ["crime_group", "area_code", "capture_role"]
FIXED = ("crime_id", "crime_group")
# A sample is a file that leaves the system, so it carries its marking; what stands there is nobody's to code.
MARKING = "protective_marking"
# No dash, which a spreadsheet takes for the start of a formula.
NOT_ASKED = "/"
BETWEEN = ";"
# Fewer crimes coded twice tell too little of an item; with fewer crimes that do not hold the commonest value the
# interval covers the truth less often than it says (0.7 to 0.9 where 3 to 6 of them do not, by simulation).
LEAST_CODED = 30
LEAST_OTHERS = 10
ITEM_COLUMNS = [
    *("item_code", "n_coded", "n_both", "n_only_record", "n_only_second", "n_neither"),
    *("kappa", "kappa_lower", "kappa_upper", "agreement", "adjusted_kappa", "note"),
]
CONFUSION_COLUMNS = ["item_code", "recorded", "second_coder", "n_crimes"]


class CodingError(QualityError):
    """A sample that cannot be drawn, or a coded sample that cannot be read; one line."""


class Coding(NamedTuple):
    """What the second coder said of an item of a crime; `said` is empty for a null code."""

    crime_id: str
    item_code: str
    said: Values


class DoubleCoding(NamedTuple):
    """Agreement by item (ITEM_COLUMNS), and the commonest confusions (CONFUSION_COLUMNS)."""

    items: pd.DataFrame
    confusions: pd.DataFrame


def draw_sample(crimes: pd.DataFrame, standard: MinimumStandard, n_crimes: int, seed: int) -> pd.DataFrame:
    """Draw crimes at random in proportion to crime group, area and who recorded them.

    Every crime is as likely as any other, and a stratum gets its share to the nearest whole number: a systematic sample
    of crimes in order of stratum and, within it, of chance (W. G. Cochran, "Sampling techniques", 1977, section 8.3).

    Parameters
    ----------
    crimes
        crime_id, crime_group, area_code, capture_role (str, may be missing), one row a crime.
    n_crimes
        How many; all of them where there are fewer.
    seed
        Same seed, same crimes.

    Returns
    -------
    DataFrame
        crime_id, crime_group, then each item that one of the groups is asked: empty where the second coder answers,
        `/` where the crime's group is not asked. Nothing that is recorded. Sorted by crime_group and crime_id.

    Raises
    ------
    CodingError
        No crime of a group of the standard.
    FrameError
        For a missing column.
    """
    require_columns(crimes, CRIME_COLUMNS, "the published crimes")
    known = crimes[crimes["crime_group"].isin(standard.crime_groups)]
    if known.empty or n_crimes < 1:
        raise CodingError(f"sample: expected crimes of the standard's groups and at least 1 wanted, got {len(known)}")
    generator = np.random.default_rng(seed)
    shuffled = known.sort_values("crime_id").iloc[generator.permutation(len(known))]
    ordered = shuffled.fillna(dict.fromkeys(STRATA, "")).sort_values(STRATA, kind="stable")
    n_drawn = min(n_crimes, len(ordered))
    places = np.floor((generator.random() + np.arange(n_drawn)) * len(ordered) / n_drawn).astype(np.int64)
    drawn = ordered.iloc[places].sort_values(["crime_group", "crime_id"], ignore_index=True)[list(FIXED)]
    asked = {group: _items(standard, group) for group in drawn["crime_group"].unique()}
    for code in standard.items:
        if any(code in items for items in asked.values()):
            drawn[code] = ["" if code in asked[group] else NOT_ASKED for group in drawn["crime_group"]]
    return drawn


def read_codings(path: Path, standard: MinimumStandard, crime_groups: Mapping[str, str]) -> list[Coding]:
    """Read a coded sample.

    Parameters
    ----------
    path
        The sample, its empty cells filled with value codes (several with `;` between where the item takes several) or
        null codes.
    crime_groups
        Crime group of each crime that was published.

    Raises
    ------
    CodingError
        One line: the file, row, item and value, what was expected, and what is nearest.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            _check_columns(rows.fieldnames or (), standard, path)
            # One list, not a generator: nothing is reported of a file that has a fault further down.
            return [coding for row in _rows(rows, crime_groups, path) for coding in _codings(row, standard, path)]
    except OSError as error:
        raise CodingError(f"{path}: expected a coded sample, got {error.strerror}; check the path") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CodingError(f"{path}: expected CSV in UTF-8, got {type(error).__name__}; save it as CSV UTF-8") from None


def compare_codings(codings: list[Coding], recorded: pd.DataFrame, standard: MinimumStandard) -> DoubleCoding:
    """Hold a second coding against the record.

    Parameters
    ----------
    codings
        As `read_codings` returns them.
    recorded
        crime_id, item_code, value_code as recorded, null codes too or left out.

    Returns
    -------
    DoubleCoding
        Items in order of the standard: n_coded (by the second coder), n_both, n_only_record, n_only_second, n_neither
        (int64, crimes that hold a value), kappa with its 95% interval, agreement (share coded exactly alike),
        adjusted_kappa, all missing with a note that says why where n_both is below 30. Confusions, commonest first.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(recorded, RECORDED_COLUMNS, "recorded values")
    said = recorded[~recorded["value_code"].isin(standard.null_codes) & recorded["value_code"].notna()]
    held = said.groupby(["crime_id", "item_code"])["value_code"].agg(frozenset).to_dict()
    pairs: dict[str, list[tuple[Values, Values]]] = {}
    for coding in codings:
        first = held.get((coding.crime_id, coding.item_code), frozenset())
        pairs.setdefault(coding.item_code, []).append((first, coding.said))
    rows = [_judged(standard.items[code], pairs[code]) for code in standard.items if code in pairs]
    return DoubleCoding(pd.DataFrame(rows, columns=ITEM_COLUMNS), _confusions(pairs))


def _items(standard: MinimumStandard, crime_group: str) -> set[str]:
    return {entry.item_code for entry in standard.items_for(crime_group)}


def _check_columns(names: Sequence[str], standard: MinimumStandard, path: Path) -> None:
    given = [str(name).strip() for name in names]
    for name in FIXED:
        if name not in given:
            raise CodingError(f"{path}: expected a column {name}, got none; give the sample back as it was drawn")
    for name in given:
        if name not in (*FIXED, MARKING, *standard.items):
            raise CodingError(f"{path}: column {name!r} is no item of the standard; {nearest(name, standard.items)}")
    if repeated := sorted({name for name in given if given.count(name) > 1}):
        raise CodingError(f"{path}: column {repeated[0]} stands twice; keep one")


def _rows(
    rows: "csv.DictReader[str]", crime_groups: Mapping[str, str], path: Path
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number and cells of each row, of crimes that are known and stand once."""
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise CodingError(f"{path}: row {number}: expected as many cells as columns, got more or fewer; mend it")
        cells = {str(name).strip(): str(value).strip() for name, value in row.items()}
        crime_id = cells["crime_id"] = _unguarded(cells["crime_id"], crime_groups)
        if crime_id not in crime_groups:
            raise CodingError(
                f"{path}: row {number}, crime_id: {crime_id!r} is no published crime; {_near(crime_id, crime_groups)}"
            )
        if crime_id in seen:
            raise CodingError(f"{path}: row {number}, crime_id: {crime_id!r} stands twice; keep one")
        if cells["crime_group"] != crime_groups[crime_id]:
            raise CodingError(
                f"{path}: row {number}, crime_group: expected {crime_groups[crime_id]!r} of crime {crime_id}, "
                f"got {cells['crime_group']!r}; leave it as it was drawn"
            )
        seen.add(crime_id)
        yield number, cells


def _unguarded(crime_id: str, known: Mapping[str, str]) -> str:
    """Return a crime_id without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    bare = crime_id.removeprefix("'")
    return bare if crime_id not in known and bare in known else crime_id


def _near(crime_id: str, known: Mapping[str, str]) -> str:
    # Identifiers are numbers more often than words: the next in order is near, and quick to find among a million.
    ordered = sorted(known)
    return (
        f"the next one is {ordered[min(bisect_left(ordered, crime_id), len(ordered) - 1)]!r}" if ordered else "none is"
    )


def _codings(numbered: tuple[int, dict[str, str]], standard: MinimumStandard, path: Path) -> Iterator[Coding]:
    number, cells = numbered
    asked = _items(standard, cells["crime_group"])
    for code, text in cells.items():
        if code in (*FIXED, MARKING) or text in ("", NOT_ASKED):
            continue
        where = f"{path}: row {number}, {code}"
        if code not in asked:
            raise CodingError(f"{where}: {text!r} stands where {cells['crime_group']} is not asked; leave {NOT_ASKED}")
        yield Coding(cells["crime_id"], code, _values(text, standard.items[code], standard, where))


def _values(text: str, item: Item, standard: MinimumStandard, where: str) -> Values:
    values = frozenset(part.strip() for part in text.split(BETWEEN)) - {""}
    for value in sorted(values):
        if value not in item.value_labels and value not in standard.null_codes:
            known = (*item.value_labels, *standard.null_codes)
            raise CodingError(f"{where}: {value!r} is no value of the item; {nearest(value, known)}")
    if len(values) > 1 and not item.is_multi:
        raise CodingError(f"{where}: expected one value, got {text!r}; the item takes only one")
    if len(values) > 1 and (nulls := sorted(values & set(standard.null_codes))):
        raise CodingError(f"{where}: {nulls[0]!r} says that there is no value, got {text!r}; keep one or the other")
    return values - set(standard.null_codes)


def _judged(item: Item, pairs: list[tuple[Values, Values]]) -> tuple[object, ...]:
    both = [(first, second) for first, second in pairs if first and second]
    n_first, n_second = (sum(1 for pair in pairs if pair[side]) for side in (0, 1))
    n_neither = len(pairs) - n_first - n_second + len(both)
    counts = (len(pairs), len(both), n_first - len(both), n_second - len(both), n_neither)
    missing = float("nan")
    if len(both) < LEAST_CODED:
        note = f"not judged: {len(both)} crimes hold two values, at least {LEAST_CODED} are needed"
        return (item.item_code, *counts, *[missing] * 5, note)
    first, second = zip(*both, strict=True)
    found = agreement(first, second, len(item.value_labels), is_multi=item.is_multi)
    measures = (found.kappa, found.lower, found.upper, found.agreement, found.adjusted)
    return (item.item_code, *counts, *measures, _note(found, both))


def _note(found: Agreement, both: list[tuple[Values, Values]]) -> str:
    if np.isnan(found.kappa):
        return "no kappa: both used one value throughout"
    commonest = min(found.n - Counter(side).most_common(1)[0][1] for side in zip(*both, strict=True))
    if commonest < LEAST_OTHERS:
        return f"take with care: only {commonest} crimes hold another value than the commonest"
    return ""


def _confusions(pairs: Mapping[str, list[tuple[Values, Values]]]) -> pd.DataFrame:
    counted = Counter(
        (item, BETWEEN.join(sorted(first)), BETWEEN.join(sorted(second)))
        for item, held in pairs.items()
        for first, second in held
        if first and second and first != second
    )
    rows = [(*key, n) for key, n in sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))]
    return pd.DataFrame(rows, columns=CONFUSION_COLUMNS)
