"""How far text may be believed: against the truth where it is known, against what was recorded where it is not."""

import math

import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard
from quality.text.text_rules import ReadingLimits

_Z = 1.959963984540054  # 95%, two-sided
PRECISION_COLUMNS = ("item_code", "n_both", "n_agree", "agreement", "agreement_lower", "is_evidence")
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
_VALUE = ["crime_id", "item_code", "value_code"]


def wilson_lower(n_met: int, n: int) -> float:
    """Lower bound of the 95% Wilson score interval of a share; 0 where nothing was counted.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
    """
    if n == 0:
        return 0.0
    share, z2 = n_met / n, _Z * _Z
    middle = share + z2 / (2 * n)
    spread = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + z2 / n))


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

    Agreement is a lower bound of precision: where the two differ the field may be the one that is wrong. Only certain
    values of the text count, since only they may be evidence, and only recorded values that say something.

    Parameters
    ----------
    values : DataFrame
        As `extraction.extract` returns it.
    features : DataFrame
        Recorded MO values: crime_id, item_code, value_code, value_source (str).
    standard : MinimumStandard
        Says which sources are recording, which codes are null and which values say nothing.
    limits : ReadingLimits
        `least_agreement` and `least_both`.

    Returns
    -------
    DataFrame
        One row per item that text or field holds: item_code, n_both (values that the text says of crimes with that
        item recorded), n_agree (of which the field holds the same), agreement (NaN where n_both is 0), agreement_lower
        (95% Wilson), is_evidence (bool). Sorted by item.
    """
    require_columns(values, [*_VALUE, "is_hedged"], "values")
    require_columns(features, [*_VALUE, "value_source"], "features")
    certain = values[~values["is_hedged"].astype(bool)][_VALUE].drop_duplicates()
    recorded = _saying_something(features, standard)
    both = certain.merge(recorded[["crime_id", "item_code"]].drop_duplicates())
    n_both = both["item_code"].value_counts()
    n_agree = both.merge(recorded)["item_code"].value_counts()
    rows = []
    for item in sorted({*certain["item_code"], *recorded["item_code"]}):
        n, met = int(n_both.get(item, 0)), int(n_agree.get(item, 0))
        lower = wilson_lower(met, n)
        is_evidence = n >= limits.least_both and lower >= limits.least_agreement
        rows.append((item, n, met, _share(met, n), lower, is_evidence))
    return pd.DataFrame(rows, columns=list(PRECISION_COLUMNS)).astype({"item_code": "str", "is_evidence": "bool"})


def _distinct(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    require_columns(frame, _VALUE, name)
    return frame[_VALUE].drop_duplicates()


def _saying_something(features: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Return recorded values without null codes and without values that say nothing."""
    unspecific = [(code, value) for code, item in standard.items.items() for value in item.unspecific]
    says_nothing = pd.MultiIndex.from_frame(features[["item_code", "value_code"]]).isin(unspecific)
    is_recorded = features["value_source"].isin(standard.structured_sources) & features["value_code"].notna()
    is_null = features["value_code"].isin(standard.null_codes)
    return features[is_recorded & ~is_null & ~says_nothing][_VALUE].drop_duplicates()


def _share(n_met: int, n: int) -> float:
    return n_met / n if n else math.nan
