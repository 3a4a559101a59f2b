"""From files to landing.raw_<source>: the file's own columns as text, each row with its file, number and extract.

Reading has two halves. `survey` looks at every file before anything is touched: which columns it has, whether
DuckDB's reader takes it, how many rows. `load` then writes, inside the refresh's transaction, what was found sound.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import duckdb

from intake.csv_records import LONGEST_FIELD, MOST_COLUMNS, Record, careful_records, read_header
from intake.errors import ColumnError, MissingInputError, RefusedInputError, UnreadableFileError
from intake.extracts import InputFile, file_sha256
from intake.profile_nodes import nearest
from intake.profile_schema import ForceProfile, Source
from intake.sql_text import literal, quoted

_BATCH_ROWS = 50_000
# the encodings that DuckDB reads without an extension, by Python's name
_DUCKDB_ENCODINGS = {"utf-8": "utf-8", "iso8859-1": "latin-1", "utf-16": "utf-16"}


class RaggedRow(NamedTuple):
    """A record with another number of cells than the header."""

    file: str
    row: int
    line: int
    n_expected: int
    n_found: int


class SurveyedFile(NamedTuple):
    """One file, found sound: what it is, what it holds, and which reader takes it."""

    file: InputFile
    sha256: str
    n_bytes: int
    header: tuple[str, ...]
    loaded: tuple[str, ...]
    n_rows: int
    is_fast: bool
    ragged: tuple[RaggedRow, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that the profile does not use; they are never loaded."""
        return tuple(name for name in self.header if name not in self.loaded)


def survey(con: duckdb.DuckDBPyConnection, profile: ForceProfile, file: InputFile) -> SurveyedFile:
    """Look at one file without changing anything.

    Raises
    ------
    InputError
        In one line that names file and line: empty, header only, closed, wrong encoding, NUL byte, field too long,
        unbalanced quotes, too many columns, a column missing (with the nearest name), cut-short Parquet, or a larger
        share of ragged rows than the profile allows.
    """
    source = profile.sources[file.source]
    sha256 = file_sha256(file.path, file.label)
    is_parquet = file.path.suffix.lower() == ".parquet"
    header = _parquet_header(con, file) if is_parquet else read_header(file, source)
    loaded = _loaded_columns(profile, source, file, header.cells)
    n_bytes = file.path.stat().st_size
    surveyed = SurveyedFile(file, sha256, n_bytes, tuple(header.cells), loaded, 0, True, ())
    # DuckDB takes the first line for the header even where it is blank
    n_rows = _fast_rows(con, surveyed, source) if header.line == 1 else None
    if n_rows is not None:
        surveyed = surveyed._replace(n_rows=n_rows)
    elif is_parquet:
        raise _damaged_parquet(file)
    else:
        surveyed = _careful_survey(surveyed, source)
    _refuse_few_rows(surveyed, profile)
    return surveyed


def create_raw(con: duckdb.DuckDBPyConnection, profile: ForceProfile, source: Source) -> None:
    """Create the empty landing.raw_<source> with the columns that the profile uses."""
    columns = [f"{quoted(name)} varchar" for name in profile.wanted_columns(source.name)]
    columns += ["_file varchar", "_row bigint", "_extract varchar"]
    con.execute(f"create or replace table {raw_table(source.name)} ({', '.join(columns)})")


def raw_table(source: str) -> str:
    """Return the name of a source's raw table."""
    return f"landing.{quoted('raw_' + source)}"


def load(con: duckdb.DuckDBPyConnection, surveyed: SurveyedFile, source: Source) -> None:
    """Append a surveyed file to its raw table.

    Raises
    ------
    UnreadableFileError
        The file is no longer what the survey saw.
    """
    own = [literal(surveyed.file.label), "_row", literal(surveyed.file.extract.name)]
    names = ", ".join([*map(quoted, surveyed.loaded), "_file", "_row", "_extract"])
    picked = ", ".join([*map(quoted, surveyed.loaded), *own])
    target = raw_table(source.name)
    if surveyed.is_fast:
        try:
            con.execute(f"insert into {target} ({names}) select {picked} from ({_fast_sql(surveyed, source)})")
        except duckdb.Error:
            # the reader's own message would show the line
            raise _changed(surveyed) from None
        return
    for batch in _batches(surveyed, source):
        con.register("_careful_batch", batch)
        con.execute(f"insert into {target} ({names}) select {picked} from _careful_batch")
        con.unregister("_careful_batch")


def _changed(surveyed: SurveyedFile) -> UnreadableFileError:
    return UnreadableFileError(
        surveyed.file.label, "the file changed while it was read", remedy="start again once it has arrived whole"
    )


def _parquet_header(con: duckdb.DuckDBPyConnection, file: InputFile) -> Record:
    try:
        described = con.execute("describe select * from read_parquet(?)", [str(file.path)]).fetchall()
    except duckdb.Error:
        described = []
    if not described:
        raise _damaged_parquet(file)
    if len(described) > MOST_COLUMNS:
        raise UnreadableFileError(
            file.label, "too many columns", f"at most {MOST_COLUMNS}", str(len(described)), "send fewer columns"
        )
    return Record(0, 1, [row[0] for row in described])


def _damaged_parquet(file: InputFile) -> UnreadableFileError:
    return UnreadableFileError(
        file.label, "not a whole Parquet file: it is cut short or damaged", remedy="ask the force to send it again"
    )


def _loaded_columns(profile: ForceProfile, source: Source, file: InputFile, header: list[str]) -> tuple[str, ...]:
    wanted = profile.wanted_columns(source.name)
    for name, where in wanted.items():
        if name not in header:
            raise _column_missing(file, source, header, name, where)
        if sum(other.casefold() == name.casefold() for other in header) > 1:
            raise ColumnError(
                file.label, f"column {name!r} stands twice in the header", "each name once", remedy="rename one"
            )
    return tuple(wanted)


def _column_missing(file: InputFile, source: Source, header: list[str], name: str, where: str) -> ColumnError:
    likely = nearest(name, [other for other in header if other])
    remedy = f"nearest column is {likely!r}: was it renamed? mend {where}" if likely else f"mend {where}"
    if len(header) == 1 and file.path.suffix.lower() != ".parquet":
        other = max(",;|\t", key=header[0].count)
        remedy = f"one column only: is the delimiter {other!r}? set it in {source.where}"
    return ColumnError(
        file.label, f"column {name!r} is missing", got="columns " + ", ".join(header)[:200], remedy=remedy
    )


def _fast_rows(con: duckdb.DuckDBPyConnection, surveyed: SurveyedFile, source: Source) -> int | None:
    """Return the number of rows where DuckDB reads the file whole and finds nothing odd, else None."""
    if surveyed.file.path.suffix.lower() != ".parquet" and source.encoding not in _DUCKDB_ENCODINGS:
        return None
    odd = " or ".join(
        f"coalesce(bool_or(length({quoted(name)}) > {LONGEST_FIELD} or contains({quoted(name)}, chr(0))), false)"
        for name in surveyed.loaded
    )
    try:
        n_rows, is_odd = con.execute(f"select count(*), {odd} from ({_fast_sql(surveyed, source)})").fetchall()[0]
    except duckdb.Error:
        return None
    return None if is_odd else int(n_rows)


def _fast_sql(surveyed: SurveyedFile, source: Source) -> str:
    path = literal(str(surveyed.file.path))
    if surveyed.file.path.suffix.lower() == ".parquet":
        cells = ", ".join(f"cast({quoted(name)} as varchar) as {quoted(name)}" for name in surveyed.loaded)
        return f"select {cells}, file_row_number + 1 as _row from read_parquet({path}, file_row_number = true)"
    # column names of our own, by position: two columns that the profile does not use may well bear one name
    position = {name: f"c{n}" for n, name in enumerate(surveyed.header)}
    cells = ", ".join(f"{position[name]} as {quoted(name)}" for name in surveyed.loaded)
    kinds = ", ".join(f"c{n}: 'varchar'" for n in range(len(surveyed.header)))
    zipped = "gzip" if surveyed.file.path.name.lower().endswith(".gz") else "none"
    return (
        f"select {cells}, row_number() over () as _row from read_csv({path}, auto_detect = false, header = true, "
        f"columns = {{{kinds}}}, delim = {literal(source.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"encoding = {literal(_DUCKDB_ENCODINGS[source.encoding])}, compression = {literal(zipped)})"
    )


def _careful_survey(surveyed: SurveyedFile, source: Source) -> SurveyedFile:
    n_expected, n_rows, ragged = len(surveyed.header), 0, []
    for record in careful_records(surveyed.file, source):
        n_rows += 1
        if not _fits(record, n_expected):
            ragged.append(RaggedRow(surveyed.file.label, record.row, record.line, n_expected, len(record.cells)))
    return surveyed._replace(n_rows=n_rows, is_fast=False, ragged=tuple(ragged))


def _fits(record: Record, n_expected: int) -> bool:
    # blank cells beyond the last column lose nothing; spreadsheets write them
    return len(record.cells) >= n_expected and not any(record.cells[n_expected:])


def _refuse_few_rows(surveyed: SurveyedFile, profile: ForceProfile) -> None:
    if not surveyed.n_rows:
        raise MissingInputError(
            surveyed.file.label, "only a header, no rows", "at least one row", remedy="ask the force to send it again"
        )
    n_ragged = len(surveyed.ragged)
    if n_ragged > profile.limits.quarantined * surveyed.n_rows:
        first = surveyed.ragged[0]
        raise RefusedInputError(
            f"{first.file} line {first.line}",
            f"{n_ragged:,} of {surveyed.n_rows:,} rows are ragged, above the limit of {profile.limits.quarantined:.1%}",
            f"{first.n_expected} cells",
            str(first.n_found),
            "quote the fields that hold the delimiter, or raise limits.quarantined in the profile",
        )


def _batches(surveyed: SurveyedFile, source: Source) -> Iterator[object]:
    import pyarrow as pa

    positions = [surveyed.header.index(name) for name in surveyed.loaded]
    n_expected = len(surveyed.header)

    def table(rows: list[Record]) -> object:
        cells: Mapping[str, object] = {
            name: pa.array([row.cells[position] for row in rows], pa.string())
            for name, position in zip(surveyed.loaded, positions, strict=True)
        }
        return pa.table({**cells, "_row": pa.array([row.row for row in rows], pa.int64())})

    held: list[Record] = []
    for record in careful_records(surveyed.file, source):
        if _fits(record, n_expected):
            held.append(record)
        if len(held) == _BATCH_ROWS:
            yield table(held)
            held = []
    if held:
        yield table(held)
