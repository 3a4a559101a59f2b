"""What is wrong with each record, by the rule that says so."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from quality.crime_labels import CrimeLabels, named
from quality.judged import Judged
from quality.mo_rules import DIMENSIONS, MoRule

COLUMNS = ("crime_id", "area_code", "crime_group", "capture_role", "month", "item_code", "dimension", "rule")


def broken_rules(
    judgements: Iterable[tuple[str, str, Judged]], rules: dict[str, MoRule], item_codes: tuple[str, ...]
) -> np.ndarray:
    """List every broken rule of judged crimes.

    Parameters
    ----------
    judgements
        Item, dimension and judgement of the same crimes.
    rules
        The catalogue; rules that are not listed have no finding.
    item_codes
        Every item that a judgement may name.

    Returns
    -------
    int64 array (n findings, 3)
        Position of the crime, of the item in `item_codes` and of the rule in `rules`; in no order.
    """
    names, found = list(rules), []
    for item, _, judged in judgements:
        for rule, broken in judged.broken.items():
            if rules[rule].is_listed:
                crime = np.flatnonzero(judged.is_expected & broken)
                where = np.full((len(crime), 2), (item_codes.index(item), names.index(rule)))
                found.append(np.column_stack([crime, where]))
    return np.concatenate(found) if found else np.zeros((0, 3), dtype=np.int64)


def mo_findings(
    crime_id: pd.Series, labels: CrimeLabels, found: np.ndarray, rules: dict[str, MoRule], item_codes: tuple[str, ...]
) -> pd.DataFrame:
    """Make the table of findings.

    Parameters
    ----------
    crime_id
        Of every crime, sorted.
    labels
        Of every crime.
    found
        From `broken_rules`, with positions among every crime.
    rules, item_codes
        As `broken_rules` had them.

    Returns
    -------
    DataFrame
        COLUMNS, all categories but month (datetime64[us]); one row a crime, item and broken rule, sorted by crime,
        item and rule.
    """
    items, names = np.sort(np.array(item_codes, dtype=object)), np.sort(np.array(list(rules), dtype=object))
    item = np.searchsorted(items, np.array(item_codes, dtype=object))[found[:, 1]]
    rule = np.searchsorted(names, np.array(list(rules), dtype=object))[found[:, 2]]
    order = np.argsort((found[:, 0] * len(items) + item) * len(names) + rule, kind="stable")
    crime, item, rule = found[order, 0], item[order], rule[order]
    measured = np.array([DIMENSIONS.index(rules[name].dimension) for name in names])
    findings = (
        labels.of(crime)
        .frame()
        .assign(
            crime_id=named(crime, crime_id),
            item_code=named(item, items),
            dimension=named(measured[rule], list(DIMENSIONS)),
            rule=named(rule, names),
        )
    )
    return findings[list(COLUMNS)]
