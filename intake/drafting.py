"""A proposal of a force profile for an extract that nobody has mapped yet.

The proposal is valid YAML that loads; every guess that a person should look at carries the comment CHECK.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from intake.draft_columns import MO_ITEMS, guess_columns, guess_items, guess_time_column, snake_case
from intake.draft_layouts import guess_layout
from intake.draft_places import PlaceGuess, guess_places
from intake.draft_samples import Sample, read_sample
from intake.errors import MissingInputError

_DATE_COLUMNS = ("committed_from_at", "committed_to_at", "reported_at", "recorded_at", "as_of_at", "captured_at")
_CRIME_COLUMNS = (
    "crime_id",
    "incident_id",
    "offence_code",
    "crime_group",
    "is_attempt",
    "committed_from_at",
    "committed_to_at",
    "reported_at",
    "recorded_at",
    "easting_m",
    "northing_m",
    "premises_type",
    "area_code",
    "status",
    "outcome_code",
    "as_of_at",
)
# Home Office codes from memory, and wording: a start to check, never a fact
_GROUP_SIGNS = (
    (r"^(28[EFGH]|29A)$|burg.*(dwell|resid|home)|(dwell|resid|home).*burg", "burglary_residential"),
    (r"^34B$|robbery", "robbery_personal"),
    (r"^39$|from (the )?person|pickpocket|purse", "theft_from_person"),
    (r"^45$|from (a )?(motor )?veh|veh.*parts", "theft_from_vehicle"),
    (r"^(48|37[./]?2)$|theft of (a )?(motor )?veh|auto theft|veh.*stolen", "theft_of_vehicle"),
    (r"^126$|interfer", "vehicle_interference"),
)
_MOST_CODES = 40


def draft_profile(files: Sequence[Path]) -> str:
    """Return the YAML of a proposed profile for the files of one extract.

    Parameters
    ----------
    files
        CSV (plain or gzip) or Parquet files of one extract.

    Raises
    ------
    MissingInputError
        A file cannot be read, or none looks like a table of crimes.
    """
    samples = {_source_name(path): read_sample(path) for path in files}
    guesses = {name: guess_columns(sample) for name, sample in samples.items()}
    crimes = _crimes_source(samples, guesses)
    places = _places(samples[crimes], guesses[crimes])
    lines = ["# A proposal, drafted from the files. Lines with CHECK hold a guess that somebody should look at."]
    lines += _top(places, _first_year(samples[crimes], guesses[crimes]))
    lines += _own_items(samples.values())
    lines += _groups(samples[crimes], guesses[crimes])
    lines += ["sources:", *(line for name, sample in samples.items() for line in _source(name, sample))]
    lines += ["tables:", *_crimes(crimes, samples[crimes], guesses[crimes], places)]
    for name, sample in samples.items():
        lines += _other_tables(name, sample, guesses[name], is_crimes=name == crimes)
    return "\n".join(lines) + "\n"


def _source_name(path: Path) -> str:
    name = snake_case(re.sub(r"\.(csv|txt|tsv|parquet)(\.gz)?$", "", path.name.lower()))
    return name if name[:1].isalpha() else f"source_{name}"


def _crimes_source(samples: dict[str, Sample], guesses: dict[str, dict[str, str]]) -> str:
    scores = {
        name: len(set(found) & set(_CRIME_COLUMNS)) + 3 * ("committed_from_at" in found)
        for name, found in guesses.items()
    }
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is None or not samples[best].columns:
        raise MissingInputError("profile draft", "no file given", "one or more CSV or Parquet files")
    return best


def _text(value: str) -> str:
    """Return a text as YAML: plain where it can only be read one way."""
    is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./]*", value) and value.lower() not in {
        "true",
        "false",
        "yes",
        "no",
        "null",
    }
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _places(sample: Sample, found: dict[str, str]) -> PlaceGuess:
    pairs = []
    if {"easting_m", "northing_m"} <= found.keys():
        for x, y in zip(sample.columns[found["easting_m"]], sample.columns[found["northing_m"]], strict=True):
            try:
                pairs.append((float(x), float(y)))
            except ValueError:
                continue
    array = np.array(pairs, dtype=float).reshape(-1, 2)
    array = array[np.isfinite(array).all(axis=1)]
    return guess_places(array[:, 0], array[:, 1])


def _first_year(sample: Sample, found: dict[str, str]) -> int:
    guess = guess_layout(sample.given(found["committed_from_at"])) if "committed_from_at" in found else None
    return guess.first_year if guess else 2000


def _own_items(samples: Iterable[Sample]) -> list[str]:
    own = [item for sample in samples for item in guess_items(sample, ()) if item not in MO_ITEMS]
    return [f"mo_items: {{{', '.join(f'{item}: any' for item in own)}}}   # CHECK"] if own else []


def _top(places: PlaceGuess, first_year: int) -> list[str]:
    area = places.area
    return [
        "force_code: new_force            # CHECK",
        "name: A force                    # CHECK",
        "extract: snapshot                # CHECK: or delta, where each extract holds only what changed",
        "timezone: Europe/London          # CHECK",
        f"crs: {_text(places.crs)}".ljust(33)
        + "# CHECK: "
        + "; ".join(places.remarks or ("guessed from the numbers",)),
        f"grid_crs: {_text(places.grid_crs)}",
        f"area: {{easting_m: [{area.easting_min_m:.0f}, {area.easting_max_m:.0f}],"
        f" northing_m: [{area.northing_min_m:.0f}, {area.northing_max_m:.0f}]}}   # CHECK",
        f"dates: {{earliest: {first_year}-01-01}}    # CHECK",
        "limits: {quarantined: 0.01, set_missing: 0.05}",
    ]


def _groups(sample: Sample, found: dict[str, str]) -> list[str]:
    if "offence_code" not in found or "crime_group" in found:
        return []
    codes = [code for code, _ in Counter(sample.given(found["offence_code"])).most_common(200)]
    grouped = {code: group for code in codes if (group := _group(code))}
    lines = ["crime_groups:                    # CHECK: every code that belongs to a crime group"]
    lines += [f"  {json.dumps(code, ensure_ascii=False)}: {group}" for code, group in sorted(grouped.items())]
    if not grouped:
        lines.append(f"  {json.dumps(codes[0] if codes else '*', ensure_ascii=False)}: burglary_residential   # CHECK")
    others = [code for code in codes if code not in grouped][:_MOST_CODES]
    if others:
        lines.append("  # the commonest other codes: " + ", ".join(others))
    return [*lines, "other_offences: out_of_scope"]


def _group(code: str) -> str | None:
    return next((group for sign, group in _GROUP_SIGNS if re.search(sign, code, re.IGNORECASE)), None)


def _source(name: str, sample: Sample) -> list[str]:
    lines = [f"  {name}:", f"    files: [{json.dumps(sample.path.name)}]"]
    if sample.delimiter not in (None, ","):
        lines.append(f"    delimiter: {json.dumps('tab' if sample.delimiter == chr(9) else sample.delimiter)}")
    if sample.encoding not in (None, "utf-8"):
        lines.append(f"    encoding: {sample.encoding}   # CHECK")
    missing = sorted({"NA", "NULL", "N/A"} & {cell for cells in sample.columns.values() for cell in cells})
    if missing:
        lines.append(f"    missing: {json.dumps(missing)}")
    return lines


def _crimes(name: str, sample: Sample, found: dict[str, str], places: PlaceGuess) -> list[str]:
    columns = {canonical: found[canonical] for canonical in _CRIME_COLUMNS if canonical in found}
    if places.is_swapped:
        columns["easting_m"], columns["northing_m"] = columns["northing_m"], columns["easting_m"]
    lines = ["  crimes:", f"    source: {name}", "    columns:"]
    time = guess_time_column(sample, columns.get("committed_from_at", ""))
    used = {*columns.values(), *guess_items(sample, list(found.values())).values(), time}
    lines += _crime_id(columns, sample)
    for canonical, column in columns.items():
        lines.append(f"      {canonical}: {_column(canonical, column, sample)}")
    if not {"offence_code", "crime_group"} & columns.keys():
        lines.append("      crime_group: {constant: burglary_residential}   # CHECK: no offence code found")
    left = [column for column in sample.columns if column not in used]
    return [*lines, "      # not used: " + ", ".join(left)] if left else lines


def _crime_id(columns: dict[str, str], sample: Sample) -> list[str]:
    """Return the line of crime_id; where the number found names hardly every row alone, a fingerprint instead."""
    column = columns.pop("crime_id", None)
    reason = "no number found"
    if column is not None:
        cells = sample.columns[column]
        n_blank, n_distinct = cells.count(""), len(set(cells) - {""})
        if n_distinct > 0.99 * len(cells):
            return [f"      crime_id: {_text(column)}"]
        n_again = len(cells) - n_blank - n_distinct
        reason = f"{column!r} is blank in {n_blank:,} of {len(cells):,} rows, and repeats in {n_again:,}"
        columns["incident_id"] = column
    named = json.dumps(list(dict.fromkeys(columns.values())) or list(sample.columns), ensure_ascii=False)
    return [f"      crime_id: {{fingerprint: {named}}}   # CHECK: {reason}"]


def _column(canonical: str, column: str, sample: Sample) -> str:
    if canonical in _DATE_COLUMNS:
        return _date_column(column, sample)
    if canonical == "is_attempt":
        values = sorted(set(sample.given(column)))
        if len(values) <= 4 and not all(
            value.lower() in {"true", "false", "y", "n", "yes", "no", "1", "0"} for value in values
        ):
            return f"{{column: {_text(column)}, values: {json.dumps(dict.fromkeys(values, 'false'))}}}   # CHECK"
    return _text(column)


def _date_column(column: str, sample: Sample) -> str:
    guess = guess_layout(sample.given(column))
    if guess is None:
        return f"{_text(column)}   # CHECK: no layout found, ISO assumed"
    time = guess_time_column(sample, column)
    notes = ["CHECK: every day is 12 or less, so day first is only assumed"] if guess.is_ambiguous else []
    if time is None or not (guess.is_always_midnight or not re.search("%[HI]", guess.layouts[0])):
        layouts = json.dumps(list(guess.layouts))
        return f"{{column: {_text(column)}, layouts: {layouts}}}" + "".join(f"   # {note}" for note in notes)
    # a date whose time is always midnight, beside a column of times: the midnight is read as mere wording
    first = re.sub(r"%[HI]", "0" if re.search(r" 0:00", sample.given(column)[0]) else "00", guess.layouts[0])
    first = re.sub(r"%[MS]", "00", first)
    is_digits = ":" not in sample.given(time)[0]
    layout = first + (" %H%M" if is_digits else " %H:%M")
    pad = f", pad: {{{_text(time)}: 4}}" if is_digits else ""
    notes.append("CHECK: date and time joined")
    return f"{{columns: [{_text(column)}, {_text(time)}], layouts: {json.dumps([layout])}{pad}}}   # {'; '.join(notes)}"


def _other_tables(name: str, sample: Sample, found: dict[str, str], is_crimes: bool) -> list[str]:
    lines: list[str] = []
    key = "" if "crime_id" not in found else f"      crime_id: {_text(found['crime_id'])}\n"
    if not key and not is_crimes:
        return [f"  # {name}: no crime number found, so nothing is mapped   CHECK"]
    items = guess_items(sample, list(found.values()))
    if items:
        lines += _mapping("mo_features", name, key, {}, sample)
        lines += ["    items:", *(f"      {item}: {_item(item, column, sample)}" for item, column in items.items())]
    elif {"item_code", "value_code"} <= found.keys():
        wanted = ("item_code", "value_code", "captured_by", "captured_at")
        lines += _mapping("mo_features", name, key, {k: found[k] for k in wanted if k in found}, sample)
    for table, columns in (
        ("mo_texts", ("text",)),
        ("offender_crimes", ("person_id",)),
        ("properties", ("property_class", "quantity", "value_pence")),
    ):
        if columns[0] in found:
            lines += _mapping(table, name, key, {k: found[k] for k in columns if k in found}, sample)
    return lines


def _mapping(table: str, source: str, key: str, columns: dict[str, str], sample: Sample) -> list[str]:
    filled = [f"      {canonical}: {_column(canonical, column, sample)}" for canonical, column in columns.items()]
    lines = [f"  {table}:", f"    source: {source}"]
    return lines + (["    columns:", *key.splitlines(), *filled] if key or filled else [])


def _item(item: str, column: str, sample: Sample) -> str:
    if item not in MO_ITEMS:
        return _text(column)
    cells = sample.given(column)
    separator = next((s for s in ("|", ";") if sum(s in cell for cell in cells) > 0.01 * len(cells)), None)
    parts = [part.strip() for cell in cells for part in (cell.split(separator) if separator else [cell])]
    cut = f", separator: {json.dumps(separator)}" if separator else ""
    values = _values(parts)
    if values:
        return f"{{column: {_text(column)}{cut}, values: {values}}}   # CHECK"
    return f"{{column: {_text(column)}{cut}}}" if cut else _text(column)


def _values(parts: Iterable[str]) -> str:
    """Return a translation to codes, where values are few and short; longer ones may be free text."""
    distinct = sorted({part for part in parts if part})
    if len(distinct) > _MOST_CODES or any(len(value) > 40 for value in distinct):
        return ""
    changed = {value: snake_case(value) for value in distinct if snake_case(value) != value}
    return json.dumps(changed, ensure_ascii=False) if changed else ""
