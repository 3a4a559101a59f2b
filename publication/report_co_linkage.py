"""The report's part on crimes judged jointly: how many, the likeliest links, how large series may be, what it means.

The page of its own (`publication.co_linkage_page`) shows the same and more, so that both say it in the same words.
"""

from typing import Any

import pandas as pd

from publication import wording
from publication.co_linkage_data import KINDS, CoLinkage
from publication.co_linkage_figure import legend, line_picture
from publication.figures import inline_svg

MOST_CRIMES, MOST_SIZES, MOST_CANDIDATES = 10, 7, 3
LEAST_NAMED = 0.05  # a weaker candidate is named only where it is the likeliest
_OF_SAME = 1e-9  # probabilities that differ by less are of one size


def co_linkage_part(shown: CoLinkage | None, page: str = "") -> dict[str, Any]:
    """Return what the template shows; `is_judged` is false where no crime was judged jointly.

    Parameters
    ----------
    shown
        Frames and pictures of the refresh.
    page
        Where the page of its own stands beside the report; empty where there is none.
    """
    if shown is None or shown.crimes.empty:
        return {"is_judged": False}
    picture = line_picture(shown.crimes, shown.line)
    return {
        "is_judged": True,
        "page": page,
        "line": shown.line,
        "counts": counts(shown),
        "figure": inline_svg(picture.svg, picture.alt, "j-"),
        "legend": legend(shown.crimes, shown.line),
        "leads": lead_rows(shown.crimes, shown.frame("leads"), MOST_CRIMES),
        "sizes": size_rows(shown.frame("sizes")),
        "agreement": agreement(shown),
    }


def counts(shown: CoLinkage) -> dict[str, Any]:
    """Return how many crimes and leads there are, and what is expected of all unsolved crimes together.

    Returns
    -------
    dict
        n_unsolved; n_leads (crimes whose likeliest link reaches the line) and n_right (how many of these links are
        right if the probabilities are); share_known, share_unsolved, share_alone (of all unsolved crimes); n_series
        and n_new_series (of two crimes or more; of them without a known group), None where sizes are not told.
    """
    crimes = shown.crimes
    probability = crimes["probability"].astype("float64").fillna(0.0)
    above = probability[probability >= shown.line - _OF_SAME]
    means = crimes[["p_known_group", "p_unsolved_crimes", "p_alone"]].astype("float64").mean()
    return {
        "n_unsolved": len(crimes),
        "n_leads": len(above),
        "n_right": float(above.sum()),
        "share_known": means["p_known_group"],
        "share_unsolved": means["p_unsolved_crimes"],
        "share_alone": means["p_alone"],
        "n_series": _n_series(shown.frame("sizes"), "all"),
        "n_new_series": _n_series(shown.frame("sizes"), "unsolved_only"),
    }


def _n_series(sizes: pd.DataFrame, kind: str) -> float | None:
    of_kind = sizes[sizes["kind"] == kind]
    return float(of_kind.loc[of_kind["n_crimes"] > 1, "expected_n"].sum()) if len(of_kind) else None


def lead_rows(crimes: pd.DataFrame, candidates: pd.DataFrame, most: int) -> list[dict[str, Any]]:
    """Return the crimes with the likeliest links, each with what it may be linked with.

    Parameters
    ----------
    crimes
        As `CoLinkage.crimes`.
    candidates
        crime_id, candidate_kind, candidate_id, probability, in any order.
    most
        Crimes listed at most.

    Returns
    -------
    list of dict
        crime_id, probability (of its likeliest candidate), candidates (the first few: kind in words, id, empty for an
        offender, probability), n_more (further ones worth naming), instead (what is likelier still, in words; empty
        where nothing is), n_crimes, lower, upper (size of its series).
    """
    named = _without_repeats(candidates[candidates["candidate_kind"].isin(list(KINDS))]).sort_values(
        ["probability", "crime_id", "candidate_kind", "candidate_id"], ascending=[False, True, False, True]
    )
    chosen = named["crime_id"].drop_duplicates().head(most)
    of_crime = dict(iter(named[named["crime_id"].isin(chosen)].groupby("crime_id", sort=False)))
    outcomes = crimes.drop_duplicates("crime_id").set_index("crime_id")
    outcome = outcomes.reindex(chosen).to_dict("index")
    return [_lead(str(crime_id), of_crime[crime_id], outcome[crime_id]) for crime_id in chosen]


def _without_repeats(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return candidates with an offender only where he or she is likelier than each known group, and then once."""
    is_offender = candidates["candidate_kind"] == "offender"
    groups = candidates[candidates["candidate_kind"] == "group"]
    likeliest_group = groups.groupby("crime_id")["probability"].max()
    offenders = candidates[is_offender].sort_values("probability", ascending=False).drop_duplicates("crime_id")
    best = offenders["crime_id"].map(likeliest_group).astype("float64").fillna(0.0)
    return pd.concat([candidates[~is_offender], offenders[offenders["probability"] > best + _OF_SAME]])


def _lead(crime_id: str, candidates: pd.DataFrame, outcome: dict[Any, Any]) -> dict[str, Any]:
    first = candidates.iloc[0]
    worth = candidates[candidates["probability"] >= min(LEAST_NAMED, first["probability"])]
    listed = worth.head(MOST_CANDIDATES)
    size = {"n_crimes": "expected_n_crimes", "lower": "lower_n_crimes", "upper": "upper_n_crimes"}
    return {
        "crime_id": crime_id,
        "probability": float(first["probability"]),
        "candidates": [
            {"kind": KINDS[kind], "id": _name(kind, candidate), "probability": float(probability)}
            for kind, candidate, probability in listed[["candidate_kind", "candidate_id", "probability"]].itertuples(
                index=False, name=None
            )
        ],
        "n_more": len(worth) - len(listed),
        "instead": _likelier(str(first["candidate_kind"]), float(first["probability"]), outcome),
        **{name: None if pd.isna(outcome[column]) else outcome[column] for name, column in size.items()},
    }


def _name(kind: str, candidate: object) -> str:
    """Return by what a candidate is named; persons are not."""
    return "" if kind == "offender" else str(candidate)


def _likelier(kind: str, probability: float, outcome: dict[Any, Any]) -> str:
    """Return in words what is likelier than the likeliest candidate, if anything is.

    A known group shuts out everything that is not one; another unsolved crime shuts out that this one stands alone.
    """
    alone, unsolved = (float(outcome[column]) for column in ("p_alone", "p_unsolved_crimes"))
    other, words = (alone, "linked with no crime at all") if kind == "crime" else (
        alone + unsolved, "somebody not yet known")  # fmt: skip
    return f"{words} ({wording.percent(other)})" if other > probability + _OF_SAME else ""


def size_rows(sizes: pd.DataFrame) -> dict[str, Any]:
    """Return how many series of each size are expected, with bars against the commonest size of two or more.

    Returns
    -------
    dict
        rows: n_crimes, all and new (expected, lower, upper, width in percent; None where there is none of that kind);
        n_larger: series expected beyond the last row, 0 where nothing was cut.
    """
    several = sizes[sizes["n_crimes"] > 1]
    shown = sorted(several["n_crimes"].unique())[:MOST_SIZES]
    largest = float(several["expected_n"].max()) if len(several) else 1.0
    by_key = {
        (kind, n): {"expected": float(expected), "lower": lower, "upper": upper, "width": 100 * expected / largest}
        for kind, n, expected, lower, upper in several[
            ["kind", "n_crimes", "expected_n", "lower_n", "upper_n"]
        ].itertuples(index=False, name=None)
        if largest > 0
    }
    rows = [{"n_crimes": n, "all": by_key.get(("all", n)), "new": by_key.get(("unsolved_only", n))} for n in shown]
    beyond = several[(several["kind"] == "all") & ~several["n_crimes"].isin(shown)]
    return {"rows": rows, "n_larger": float(beyond["expected_n"].sum())}


def agreement(shown: CoLinkage) -> dict[str, Any]:
    """Return whether separate streams of draws tell the same, from the worst R-hat and the fewest effective draws.

    Returns
    -------
    dict
        is_known, does_agree, said (a sentence or two, in plain words).
    """
    diagnostics = shown.frame("diagnostics")
    rhat, bulk = (diagnostics[name].astype("float64").dropna() for name in ("rhat", "ess_bulk"))
    if rhat.empty or bulk.empty:
        return {"is_known": False, "does_agree": False, "said": "Nothing is told of whether separate runs agree."}
    told = f"worst R-hat {rhat.max():.3f}, at least {bulk.min():,.0f} independent draws of each quantity"
    if rhat.max() <= shown.worst_rhat and bulk.min() >= shown.least_ess:
        said = f"Separate runs of the model tell the same ({told})."
        return {"is_known": True, "does_agree": True, "said": said}
    said = (
        f"Separate runs of the model do not yet tell the same ({told}; wanted are at most {shown.worst_rhat:g} and at "
        f"least {shown.least_ess:g}). Take the probabilities as rough, and have the refresh run with more draws."
    )
    return {"is_known": True, "does_agree": False, "said": said}
