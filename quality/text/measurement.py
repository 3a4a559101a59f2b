"""How far text may be believed: against the truth where it is known, against what was recorded where it is not."""

import math

import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard
from quality.text.text_rules import ReadingLimits

_Z = 1.959963984540054  # 95%, two-sided
PRECISION_COLUMNS = ("item_code", "value_code", "n_both", "n_agree", "agreement", "agreement_lower", "is_evidence")
TRUTH_COLUMNS = (
    "item_code",
    "n_read",
    "n_right",
    "precision",
    "precision_lower",
    "n_told",
    "recall",
    "n_unjudged",
)
TEXT_SOURCE = "text_rule"
"""Source of a value that a rule read out of text, be it a rule of the force's own."""
_VALUE = ["crime_id", "item_code", "value_code"]
_NAMED = ["item_code", "value_code"]


def wilson_lower(n_met: int, n: int) -> float:
    """Lower bound of the 95% Wilson score interval of a share; 0 where nothing was counted.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
    """
    if n == 0:
        return 0.0
    share, z2 = n_met / n, _Z * _Z
    middle = share + z2 / (2 * n)
    spread = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # of none at all the two terms are equal but for their last digit
    return min(share, max(0.0, (middle - spread) / (1 + z2 / n)))


def against_truth(values: pd.DataFrame, truth: pd.DataFrame, told: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compare what was read with what is true, item by item.

    Parameters
    ----------
    values : DataFrame
        crime_id, item_code, value_code: what was read; further columns are ignored.
    truth : DataFrame
        crime_id, item_code, value_code: what is true. An item of a crime without a row here is not judged.
    told : DataFrame, optional
        The part of the truth that the texts tell; recall is measured on it. The whole truth where not given.

    Returns
    -------
    DataFrame
        One row an item, sorted: item_code, n_read, n_right, precision, precision_lower (95% Wilson), n_told, recall,
        n_unjudged (read where the truth holds nothing of the item).
    """
    read, true = _distinct(values, "values"), _distinct(truth, "truth")
    facts = true if told is None else _distinct(told, "told")
    known = read.merge(true[["crime_id", "item_code"]].drop_duplicates())
    right, found = known.merge(true), facts.merge(read)
    frames = {"n_read": known, "n_right": right, "n_told": facts, "n_found": found, "n_all": read}
    counts = pd.DataFrame({name: frame["item_code"].value_counts() for name, frame in frames.items()})
    counts = counts.reindex(sorted({*read["item_code"], *true["item_code"]})).fillna(0).astype("int64")
    lower = [wilson_lower(met, n) for met, n in zip(counts["n_right"], counts["n_read"], strict=True)]
    compared = counts.assign(
        precision=counts["n_right"] / counts["n_read"].where(counts["n_read"] > 0),
        precision_lower=lower,
        recall=counts["n_found"] / counts["n_told"].where(counts["n_told"] > 0),
        n_unjudged=counts["n_all"] - counts["n_read"],
    )
    return compared.rename_axis("item_code").reset_index()[list(TRUTH_COLUMNS)]


def agreement(
    values: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard, limits: ReadingLimits
) -> pd.DataFrame:
    """Compare what text says with what was recorded in fields, where a crime has both.

    Agreement on a value is the share of crimes whose field holds it among those whose text says it and whose field
    says anything. It is a lower bound of precision: where the two differ the field may be the one that is wrong. Each
    value stands for itself, since a rare one weighs most in a link and its errors would drown among common ones. Only
    certain values of the text count, since only they may be evidence, and only recorded values that say something.

    Parameters
    ----------
    values : DataFrame
        As `extraction.extract` returns it.
    features : DataFrame
        MO values that the force sends: crime_id, item_code, value_code, value_source (str). Those that its own rules
        read out of text (`TEXT_SOURCE`) are judged together with ours.
    standard : MinimumStandard
        Says which sources are recording, which codes are null and which values say nothing.
    limits : ReadingLimits
        `least_agreement` and `least_both`.

    Returns
    -------
    DataFrame
        One row per item that text or field holds, its value_code missing, then one per value of it that text says:
        item_code, value_code, n_both (crimes whose text says the value and whose field says something of the item;
        for an item the sum over its values), n_agree (of which the field holds the same), agreement (NaN where n_both
        is 0), agreement_lower (95% Wilson), is_evidence (bool; for an item whether any of its values is). Sorted.
    """
    require_columns(values, [*_VALUE, "is_hedged"], "values")
    require_columns(features, [*_VALUE, "value_source"], "features")
    said, recorded = _said(values, features, standard), _saying_something(features, standard)
    both = said.merge(recorded[["crime_id", "item_code"]].drop_duplicates())
    n_both, n_agree = (frame[_NAMED].value_counts().to_dict() for frame in (both, both.merge(recorded)))
    rows = []
    for item in sorted({*said["item_code"], *recorded["item_code"]}):
        named = [(item, value) for value in sorted(said.loc[said["item_code"] == item, "value_code"].unique())]
        counts = [(n_both.get(name, 0), n_agree.get(name, 0)) for name in named]
        judged = [_judged(*name, *count, limits) for name, count in zip(named, counts, strict=True)]
        whole = _judged(item, None, sum(n for n, _ in counts), sum(n for _, n in counts), limits)
        rows += [(*whole[:-1], any(row[-1] for row in judged)), *judged]
    found = pd.DataFrame(rows, columns=list(PRECISION_COLUMNS))
    return found.astype({"item_code": "str", "value_code": "str", "is_evidence": "bool"})


def _judged(item: str, value: str | None, n: int, met: int, limits: ReadingLimits) -> tuple[object, ...]:
    """Return one row: whether so many values that agree, of so many, make text evidence."""
    lower = wilson_lower(met, n)
    return item, value, n, met, _share(met, n), lower, n >= limits.least_both and lower >= limits.least_agreement


def _said(values: pd.DataFrame, features: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Return what text says with certainty, read by our rules or by the force's."""
    ours = values.loc[~values["is_hedged"].astype(bool), _VALUE]
    theirs = features.loc[features["value_source"] == TEXT_SOURCE, _VALUE]
    return _telling(pd.concat([ours, theirs]), standard)


def _distinct(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    require_columns(frame, _VALUE, name)
    return frame[_VALUE].drop_duplicates()


def _saying_something(features: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Return recorded values without null codes and without values that say nothing."""
    return _telling(features[features["value_source"].isin(standard.structured_sources)], standard)


def _telling(values: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    unspecific = [(code, value) for code, item in standard.items.items() for value in item.unspecific]
    says_nothing = pd.MultiIndex.from_frame(values[_NAMED]).isin(unspecific)
    is_null = values["value_code"].isna() | values["value_code"].isin(standard.null_codes)
    return values.loc[~is_null & ~says_nothing, _VALUE].drop_duplicates()


def _share(n_met: int, n: int) -> float:
    return n_met / n if n else math.nan
