"""Does a table keep its contract: the columns that it promises, of the right kind, within their range."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from quality import output_contracts, recording_contracts, staging_contracts
from quality.errors import FrameError, nearest

if TYPE_CHECKING:
    import pandera.pandas as pa

_STAGED = (
    *("stg_crimes", "stg_mo_features", "stg_mo_texts", "stg_offender_crimes", "stg_properties"),
    *("stg_scene_links", "stg_link_decisions", "stg_quarantine", "stg_accounts"),
)
_LINKED = (
    *("series_data", "mo_values", "crime_pairs_evaluated", "links", "series", "series_members", "crime_rankings"),
    *("series_candidates", "co_linkage"),
)
_JUDGED = (
    *("mo_scores", "mo_scorecard", "mo_findings", "mo_item_profile"),
    *("mo_priorities", "expectation_results", "mo_text_values", "mo_text_precision"),
    "mo_group_priorities",
    *("mo_improvements", "mo_fix_list", "mo_change_effects"),
    *("mo_trends", "mo_scorecard_shared", "mo_standards", "mo_score_changes", "mo_recorded_values"),
)
# Each table's columns are the function of its name in the module, its rules (if any) the function `<name>_rules`.
CONTRACTS: dict[str, ModuleType] = {
    **dict.fromkeys(_STAGED, staging_contracts),
    **dict.fromkeys(_LINKED, output_contracts),
    **dict.fromkeys(_JUDGED, recording_contracts),
}
# A value is shown only where it cannot tell who or where: never from these columns, and text only as a code.
_HIDDEN = re.compile(r"person|easting|northing|longitude|latitude|text|name|address|value$|_id(_\d)?$")
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LONGEST_CODE = 30


@dataclass(frozen=True)
class ContractResult:
    """Whether the table kept its contract, how many values did not, and one line for each broken rule."""

    passed: bool
    n_failures: int
    findings: tuple[str, ...]


def check_contract(table_name: str, frame: pd.DataFrame) -> ContractResult:
    """Check a table against its contract.

    Parameters
    ----------
    table_name
        Name of the table, with or without its schema (`staging.stg_crimes`).
    frame
        The table; columns beyond the contract are allowed.

    Returns
    -------
    ContractResult
        Findings are one line each and show no value that could identify somebody; rows count from 0.

    Raises
    ------
    FrameError
        For a table without a contract.
    """
    name = table_name.rsplit(".", maxsplit=1)[-1]
    if name not in CONTRACTS:
        raise FrameError(f"no contract for table {table_name!r}; {nearest(name, CONTRACTS)}")
    frame = frame.reset_index(drop=True)
    broken = [finding for schema, columns in _schemas(name, frame) for finding in _broken(schema, frame[columns])]
    lines = tuple(f"{name}{finding.line}" for finding in broken)
    return ContractResult(not broken, sum(finding.n for finding in broken), lines)


class _Finding(NamedTuple):
    line: str
    n: int


def _schemas(name: str, frame: pd.DataFrame) -> Iterator[tuple["pa.DataFrameSchema", list[str]]]:
    import pandera.pandas as pa

    module = CONTRACTS[name]
    yield pa.DataFrameSchema(getattr(module, name)()), list(frame.columns)
    rules: Callable[[], list[Any]] = getattr(module, f"{name}_rules", list)
    for columns, check in rules():
        # Only the columns of the rule: a broken rule is listed once for each column that is at hand.
        if set(columns) <= set(frame.columns):
            yield pa.DataFrameSchema(checks=[check]), columns


def _broken(schema: "pa.DataFrameSchema", frame: pd.DataFrame) -> list[_Finding]:
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        of_rows = (cases["schema_context"] == "DataFrameSchema") & cases["index"].notna()
        cases = cases.assign(column=cases["column"].mask(of_rows, ""))
        grouped = cases.groupby(["column", "check"], dropna=False, sort=False)
        return [_finding(column, check, rows, frame) for (column, check), rows in grouped]
    return []


def _finding(column: Any, check: str, cases: pd.DataFrame, frame: pd.DataFrame) -> _Finding:
    row, value = cases["index"].iloc[0], cases["failure_case"].iloc[0]
    if check == "column_in_dataframe":
        return _Finding(f".{value}: column is missing; add it to the table", 1)
    if column not in frame.columns:
        n = max(1, cases["index"].nunique())
        return _Finding(f": {n} of {len(frame)} rows break the rule that {check}; first is row {row}", n)
    if pd.isna(row):
        return _Finding(f".{column}: expected a column that {check}, got dtype {frame[column].dtype}", 1)
    rule = "is present" if check == "not_nullable" else check
    n = len(cases)
    return _Finding(
        f".{column}: {n} of {len(frame)} values break the rule that it {rule}; "
        f"first in row {row}: {_shown(str(column), value)}",
        n,
    )


def _shown(column: str, value: Any) -> str:
    if pd.isna(value):
        return "missing"
    if _HIDDEN.search(column):
        return "value not shown"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_CODE and _CODE.fullmatch(value) else "text not shown"
    return str(value)
