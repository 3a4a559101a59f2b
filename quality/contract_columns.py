"""Kinds of column that contracts are made of: what type of value stands in it and within which range.

Values come from a database or from a library, so a column of one kind may arrive in several dtypes (a flag with
gaps is `object`, a count with gaps is `float64`). A column without any value has every kind.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pandera.pandas as pa

Columns = dict[str, "pa.Column"]
Rules = list[tuple[list[str], "pa.Check"]]


def text(nullable: bool = False, required: bool = True) -> "pa.Column":
    """Give text of any length but none."""
    return _column([_kind("text", _is_text), _texts("is not empty", lambda column: column != "")], nullable, required)


def one_of(codes: Iterable[str], nullable: bool = False, required: bool = True) -> "pa.Column":
    """Give text from a closed list."""
    known = tuple(codes)
    listed = _texts(f"is one of {', '.join(known)}", lambda column: column.isin(known))
    return _column([_kind("text", _is_text), listed], nullable, required)


def number(least: float = -np.inf, most: float = np.inf, nullable: bool = False, required: bool = True) -> "pa.Column":
    """Give a finite number within bounds, both included."""
    checks = [
        _kind("a number", _is_number),
        _numbers("is finite", np.isfinite),
        _numbers(f"is {_between(least, most)}", lambda values: (values >= least) & (values <= most)),
    ]
    return _column(checks, nullable, required)


def count(least: int = 0, nullable: bool = False, required: bool = True) -> "pa.Column":
    """Give a whole number of at least so much."""
    checks = [
        _kind("a number", _is_number),
        _numbers("is whole", lambda values: np.floor(values) == values),
        _numbers(f"is at least {least}", lambda values: values >= least),
    ]
    return _column(checks, nullable, required)


def moment(nullable: bool = False, required: bool = True) -> "pa.Column":
    """Give a date-time."""
    return _column([_kind("a date-time", pd.api.types.is_datetime64_any_dtype)], nullable, required)


def flag(nullable: bool = False, required: bool = True) -> "pa.Column":
    """Give true or false."""
    return _column([_kind("true or false", _is_flag)], nullable, required)


def rule(text: str, test: Callable[[pd.DataFrame], pd.Series]) -> "pa.Check":
    """Make a rule between columns; `test` gives one bool a row, a row that cannot be judged gives True."""
    import pandera.pandas as pa

    return pa.Check(test, name=text, error=text, ignore_na=False)


def at_most(smaller: str, larger: str) -> Rules:
    """Make the rule that one column is never above another; a missing value breaks nothing."""
    return [([smaller, larger], rule(f"{smaller} is at most {larger}", lambda t: ~(t[smaller] > t[larger])))]


def _column(checks: list[Any], nullable: bool, required: bool) -> "pa.Column":
    import pandera.pandas as pa

    return pa.Column(dtype=None, checks=checks, nullable=nullable, required=required)


def _kind(kind: str, test: Callable[[Any], bool]) -> "pa.Check":
    import pandera.pandas as pa

    def is_kind(column: pd.Series) -> bool:
        return not len(column) or bool(test(column))

    return pa.Check(is_kind, name=kind, error=f"is {kind}")


def _numbers(rule: str, test: Callable[[np.ndarray], np.ndarray]) -> "pa.Check":
    return _check(rule, _is_number, lambda column: test(column.to_numpy(dtype="float64", na_value=np.nan)))


def _texts(rule: str, test: Callable[[pd.Series], pd.Series]) -> "pa.Check":
    return _check(rule, _is_text, test)


def _check(rule: str, is_kind: Callable[[pd.Series], bool], test: Callable[[pd.Series], Any]) -> "pa.Check":
    import pandera.pandas as pa

    def holds(column: pd.Series) -> pd.Series:
        # a column of the wrong kind is reported once, by its kind
        return pd.Series(test(column) if is_kind(column) else True, index=column.index, dtype=bool)

    return pa.Check(holds, name=rule, error=rule)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _is_text(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.api.types.is_string_dtype(column.cat.categories)
    return not pd.api.types.is_numeric_dtype(column) and pd.api.types.is_string_dtype(column)


def _is_flag(column: pd.Series) -> bool:
    if column.dtype == object:
        return all(isinstance(value, bool | np.bool_) for value in column.unique())
    return pd.api.types.is_bool_dtype(column)


def _between(least: float, most: float) -> str:
    if np.isinf(most):
        return "any number" if np.isinf(least) else f"at least {least:g}"
    return f"at most {most:g}" if np.isinf(least) else f"from {least:g} to {most:g}"
