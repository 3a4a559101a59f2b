"""What is drawn of one evidence variable: bins, knots or levels with smoothed and plain Bayes factors and counts."""

import re
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TITLES = {
    "distance_km": "Distance (km)",
    "gap_days": "Time between (days)",
    "tod_gap_hours": "Difference in time of day (hours)",
    "dow_gap_days": "Difference in day of week (days)",
    "nearer_share": "Crimes expected nearer (share)",
    "crime_group_pair": "Kinds of crime",
}
SUFFIXES = {"overlap_": ", share in common", "agreement_": ", weighted by rarity"}


TWO = " + "
"""What stands between the values of two crimes, where a level names both."""


class DrawnTerm(Protocol):
    """What a picture needs of a term: `edges` (histogram) or `knots` (smooth) where it is continuous, else `levels`.

    A histogram says with `has_missing_bin` whether its last bin is missing evidence; a smooth term has
    `log_bf_missing`.
    """

    @property
    def is_continuous(self) -> bool:
        """Whether its variable is a number."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of a categorical variable."""

    @property
    def log_bf(self) -> Floats:
        """Natural log Bayes factor of each bin, knot or level."""

    @property
    def n_linked(self) -> Floats:
        """Weight of linked training pairs in each bin or level, or at each knot."""

    @property
    def n_unlinked(self) -> Floats:
        """The same of unlinked ones."""


class _Place(NamedTuple):
    label: str
    low: float | None = None
    high: float | None = None
    at: float | None = None


def component_rows(term: DrawnTerm) -> list[dict[str, Any]]:
    """Return what is drawn of a variable: one dict a bin, knot or level, missing evidence last.

    Returns
    -------
    list of dict
        `label`; `low`, `high` and `at`: bounds and place on the axis, None where the variable is no number;
        `log10_bf` as the model has it and `raw_log10_bf` as counted before smoothing (infinite where one class has
        no pair, None where neither has); `n_linked`, `n_unlinked`: weights of training pairs; `share_linked`,
        `share_unlinked`: of each class. Counts of a smooth term's missing level are not kept: None.
    """
    places = _places(term)
    n_linked, n_unlinked = (np.asarray(n, dtype=np.float64) for n in (term.n_linked, term.n_unlinked))
    share_linked, share_unlinked = _shares(n_linked), _shares(n_unlinked)
    rows = [
        {
            **place._asdict(),
            "log10_bf": float(log_bf / np.log(10)),
            "raw_log10_bf": _log10_ratio(float(share_l), float(share_u)),
            "n_linked": round(float(linked), 1),
            "n_unlinked": round(float(unlinked), 1),
            "share_linked": float(share_l),
            "share_unlinked": float(share_u),
        }
        for place, log_bf, linked, unlinked, share_l, share_u in zip(
            places, term.log_bf, n_linked, n_unlinked, share_linked, share_unlinked, strict=True
        )
    ]
    missing = getattr(term, "log_bf_missing", None)
    return rows if missing is None else [*rows, _uncounted(float(missing))]


def panel_title(name: str) -> str:
    """Return a variable's name in words."""
    words, after = name, ""
    for prefix, suffix in {"match_": "", **SUFFIXES}.items():
        if name.startswith(prefix):
            words, after = name.removeprefix(prefix), suffix
    words = re.sub("^n_", "number of ", words).replace("_", " ")
    return TITLES.get(name, words[:1].upper() + words[1:] + after)


def _level_words(level: str) -> str:
    """Return a level in words; of one that names the values of two crimes, whether they are one."""
    one, between, two = level.replace("_", " ").partition(":")
    if not between:
        return one
    return f"both {one}" if one == two else f"{one}{TWO}{two}"


def _places(term: DrawnTerm) -> list[_Place]:
    if not term.is_continuous:
        places = [_Place(_level_words(level)) for level in term.levels]
    elif hasattr(term, "knots"):
        # A pair was counted at the knots beside it, so that a knot stands for what is nearer to it than to another.
        knots = np.asarray(term.knots, dtype=np.float64)
        bounds = np.concatenate([knots[:1], (knots[1:] + knots[:-1]) / 2, knots[-1:]])
        places = [_Place(f"about {at:.3g}", *_pair(bounds, i), float(at)) for i, at in enumerate(knots)]
    else:
        edges = np.asarray(term.edges, dtype=np.float64)  # type: ignore[attr-defined]  # a histogram has edges
        pairs = [_pair(edges, i) for i in range(len(edges) - 1)]
        places = [_Place(f"{low:.3g} to {high:.3g}", low, high, (low + high) / 2) for low, high in pairs]
    return [*places, _Place("missing")] if getattr(term, "has_missing_bin", False) else places


def _pair(bounds: Floats, i: int) -> tuple[float, float]:
    return float(bounds[i]), float(bounds[i + 1])


def _shares(counts: Floats) -> Floats:
    total = counts.sum()
    return counts / total if total > 0 else np.zeros(len(counts))


def _log10_ratio(linked: float, unlinked: float) -> float | None:
    if linked == 0 and unlinked == 0:
        return None
    with np.errstate(divide="ignore"):
        return float(np.log10(linked) - np.log10(unlinked))


def _uncounted(log_bf_missing: float) -> dict[str, Any]:
    counts = dict.fromkeys(("raw_log10_bf", "n_linked", "n_unlinked", "share_linked", "share_unlinked"))
    return {**_Place("missing")._asdict(), "log10_bf": log_bf_missing / float(np.log(10)), **counts}
