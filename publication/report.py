"""The report of a refresh: one page that opens offline and says what came in, what was wrong and what may be linked."""

from math import exp
from typing import Any

import pandas as pd

from publication import wording
from publication.figures import inline_svg
from publication.heat import STEPS, heat_table
from publication.pages import page_environment
from publication.report_co_linkage import co_linkage_part
from publication.report_data import PARTS, ReportData
from publication.report_recording import recording_part

_MOST = {"reasons": 10, "areas": 24, "priorities": 8, "metrics": 5, "links": 10, "series": 10}
_BASELINE = "space"
_EVALUATED = ["split", "model", "metric"]
_RANKED = "scene_links"  # a split that is measured by places in lists, not by pairs
_EXAMPLE_LOG_BF, _EXAMPLE_ODDS = 4.82, 1 / 1000


def build_report(data: ReportData) -> str:
    """Return the report as one HTML page without any outside reference, every value escaped.

    Raises
    ------
    FigureError
        A picture is not plain, self-contained SVG.
    """
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            data=data,
            parts=PARTS,
            accounts=_accounts(data.frame("accounts")),
            reasons=_reasons(data.frame("quarantine")),
            heat=heat_table(data.frame("completeness"), _MOST["areas"]),
            heat_steps=STEPS,
            priorities=_first(data, "priorities"),
            recording=recording_part(data),
            evaluations=_evaluations(data.frame("evaluation")),
            figures={name: inline_svg(svg, name, f"f{n}-") for n, (name, svg) in enumerate(data.figures.items())},
            links=_strongest(data, "links", by="log_bf"),
            series=_strongest(data, "series", by="n_crimes"),
            joint=co_linkage_part(data.co_linkage, data.co_linkage_page),
            marking_text=data.protective_marking,
            example_log_bf=_EXAMPLE_LOG_BF,
            example_factor=exp(_EXAMPLE_LOG_BF),
            example_odds=_EXAMPLE_ODDS,
            example_posterior=wording.posterior(_EXAMPLE_LOG_BF, _EXAMPLE_ODDS),
        )
    )


def _strongest(data: ReportData, part: str, by: str) -> list[dict[Any, Any]]:
    """Return the rows that lead by one column, equal ones in the order of the part's first columns."""
    frame = data.frame(part)
    first = frame.columns[:2].difference([by]).tolist()
    return _records(frame.sort_values([by, *first], ascending=[False, *(True for _ in first)]).head(_MOST[part]))


def _first(data: ReportData, part: str) -> list[dict[Any, Any]]:
    """Return the rows that have the first ranks, in their order; what was not ranked is not shown."""
    frame = data.frame(part)
    return _records(frame[frame["rank"].notna()].sort_values("rank").head(_MOST[part]))


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return rows as mappings, missing values as None."""
    plain = frame.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")


def _accounts(accounts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return per table the counts, their shares of the rows that came in, and whether they add up."""
    counts = [f"rows_{part}" for part in PARTS]
    summed = accounts.groupby("table_name", sort=False)[["rows_in", *counts]].sum()
    rows = []
    for table, rows_in, *parts in summed.itertuples(name=None):
        shares = [100 * part / rows_in if rows_in else 0.0 for part in parts]
        rows.append(
            {"table": table, "rows_in": rows_in, "parts": parts, "shares": shares, "adds_up": sum(parts) == rows_in}
        )
    return rows


def _reasons(quarantine: pd.DataFrame) -> dict[str, Any]:
    """Return the commonest reasons with their share of the largest, and how many rows have others."""
    keys = ["table_name", "column_name", "action", "reason"]
    counted = quarantine.groupby(keys, dropna=False)["n_rows"].sum().reset_index()
    counted = counted.sort_values(["n_rows", *keys], ascending=[False, True, True, True, True])
    shown = counted.head(_MOST["reasons"])
    largest = float(shown["n_rows"].max()) if len(shown) else 1.0
    rows = [
        row | {"column_name": row["column_name"] or "", "width": 100 * row["n_rows"] / largest}
        for row in _records(shown)
    ]
    return {"rows": rows, "n_other": int(counted["n_rows"].sum() - shown["n_rows"].sum())}


def _evaluations(evaluation: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what is measured on pairs, and what by places in lists, which share no metric, each as its own table."""
    is_ranked = evaluation["split"] == _RANKED
    return {"pairs": _evaluation(evaluation[~is_ranked]), "places": _evaluation(evaluation[is_ranked])}


def _evaluation(evaluation: pd.DataFrame) -> dict[str, Any]:
    """Return models (the baseline last of each split) by metrics, those that have a plain name first.

    Beside a value stands its interval. A split whose name ends in a number is one of several of its kind: where their
    whole is there too, they only give the range beside its value, if it has no interval.
    """
    splits = set(evaluation["split"])
    kind = evaluation["split"].astype("str").str.replace(r"_\d+$", "", regex=True)
    is_one_of_many = (kind != evaluation["split"]) & kind.isin(splits)
    spread = evaluation.assign(split=kind)[is_one_of_many].groupby(_EVALUATED)["value"].agg(["min", "max"])
    ranges = {key: (low, high) for key, low, high in spread.itertuples(name=None)}
    whole = evaluation[~is_one_of_many]
    ranges |= _intervals(whole)
    values = {
        (split, model, metric): value
        for split, model, metric, value in whole[[*_EVALUATED, "value"]].itertuples(index=False, name=None)
    }
    prevalence = _prevalence(whole)
    metrics = sorted({metric for *_, metric in values}, key=wording.metric_order)[: _MOST["metrics"]]
    rows = []
    for split, is_baseline, model in sorted({(split, _BASELINE in model, model) for split, model, _ in values}):
        keys = [(split, model, metric) for metric in metrics]
        shown = [(values.get(key), *ranges.get(key, (None, None))) for key in keys]
        told = {"model": model, "split": split, "is_baseline": is_baseline, "values": shown}
        rows.append(told | {"prevalence": prevalence.get((split, model))})
    return {"metrics": metrics, "rows": rows, "has_ranges": bool(ranges)}


def _intervals(evaluation: pd.DataFrame) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Return (split, model, metric) -> bounds, where the frame has them."""
    bounds = ["value_low", "value_high"]
    if not set(bounds) <= set(evaluation.columns):
        return {}
    rows = evaluation[[*_EVALUATED, *bounds]].dropna().itertuples(index=False, name=None)
    return {(split, model, metric): (low, high) for split, model, metric, low, high in rows}


def _prevalence(evaluation: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return (split, model) -> share of linked pairs among those held out, where the frame tells it.

    An average precision says nothing without it: a model that guesses reaches the prevalence. Pairs may stand for
    others, so that the share is not that of their numbers.
    """
    if "prevalence" in evaluation.columns:
        told = evaluation[["split", "model", "prevalence"]].dropna().itertuples(index=False, name=None)
        return {(split, model): share for split, model, share in told}
    if not {"n_pairs", "n_linked"} <= set(evaluation.columns):
        return {}
    counted = evaluation[["split", "model", "n_linked", "n_pairs"]].dropna()
    rows = counted[counted["n_pairs"] > 0].itertuples(index=False, name=None)
    return {(split, model): n_linked / n_pairs for split, model, n_linked, n_pairs in rows}
