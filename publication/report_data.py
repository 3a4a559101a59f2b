"""What the report of a refresh shows: small frames, in the columns of the published tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from publication.co_linkage_data import CoLinkage

PARTS = ("loaded", "superseded", "retracted", "out_of_scope", "quarantined")
"""What can become of a row that came in."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": ("table_name", "rows_in", *(f"rows_{part}" for part in PARTS)),
    "quarantine": ("table_name", "column_name", "action", "reason", "n_rows"),
    "completeness": ("area_code", "crime_group", "n_expected", "n_met"),
    "priorities": (
        *("item_code", "rank", "links_per_hour", "links_per_hour_lower", "links_per_hour_upper", "seconds"),
        *("evidence_weight", "coverage"),
    ),
    "trend": ("crime_group", "month", "share", "centre", "lower", "upper", "signal"),
    "improvements": (
        *("scope", "area_code", "crime_group", "item", "rank", "is_above", "share_gap", "force_share", "cause"),
        *("action", "links_per_hour"),
    ),
    "changes": ("measure", "months_since", "effect", "lower", "upper", "n_crimes", "reason"),
    "evaluation": ("model", "split", "metric", "value"),
    "links": ("crime_id_1", "crime_id_2", "log_bf", "posterior_probability", "distance_km", "gap_days", "why"),
    "series": ("series_id", "n_crimes", "crime_groups", "first_at", "last_at", "cohesion_log_bf", "status"),
}
"""The columns that each frame must have; further ones are ignored."""


class ReportError(ValueError):
    """A frame that lacks what its part of the report shows."""


@dataclass(frozen=True)
class ReportData:
    """What the report shows; frames are small, in the columns of the published tables, further ones are ignored.

    Attributes
    ----------
    started_at, finished_at
        Moments in UTC.
    totals
        What the head of the page counts: words -> number (crimes, links that may be, series).
    accounts
        Rows in = loaded + superseded + retracted + out of scope + quarantined, per table; files are summed.
    quarantine
        Problems counted by reason, `n_rows` each; never values.
    completeness
        Rows of `mo_scorecard_shared` of dimension completeness that are not suppressed, or sums of them.
    trend
        Completeness of the whole force by crime group and month, with control limits.
    improvements
        As `quality.practice.shared_improvements` makes it, with `item`, `cause` and `action` in words.
    changes
        Rows of `mo_change_effects`.
    frontiers
        Title -> SVG document: links gained against officer seconds.
    evaluation
        Rows of `model_evaluation`; a model whose name holds "space" is the baseline.
    links
        The strongest links, with `why`, a sentence for each.
    co_linkage
        What was found by judging all crimes jointly; None where nothing was.
    figures
        Title -> SVG document, of the evidence that says most.
    figures_left_out
        Kinds of evidence that have no figure.
    prior_odds
        Odds that a pair compared is linked before its evidence is seen; None without a model.
    linkage_skipped
        Why nothing was linked; empty when linkage ran.
    data_docs, co_linkage_page
        Where the Data Docs, and the page on crimes judged jointly, stand beside the report; empty where there are none.
    protective_marking
        Shown at head and foot, and on every printed page.
    """

    refresh_id: str
    force_name: str
    started_at: datetime
    finished_at: datetime
    profile_name: str = ""
    previous_refresh_id: str | None = None
    code_version: str = ""
    model_version: str = ""
    totals: Mapping[str, int] = field(default_factory=dict)
    accounts: pd.DataFrame = field(default_factory=pd.DataFrame)
    quarantine: pd.DataFrame = field(default_factory=pd.DataFrame)
    completeness: pd.DataFrame = field(default_factory=pd.DataFrame)
    priorities: pd.DataFrame = field(default_factory=pd.DataFrame)
    trend: pd.DataFrame = field(default_factory=pd.DataFrame)
    improvements: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    frontiers: Mapping[str, str] = field(default_factory=dict)
    evaluation: pd.DataFrame = field(default_factory=pd.DataFrame)
    links: pd.DataFrame = field(default_factory=pd.DataFrame)
    series: pd.DataFrame = field(default_factory=pd.DataFrame)
    co_linkage: CoLinkage | None = None
    figures: Mapping[str, str] = field(default_factory=dict)
    figures_left_out: int = 0
    prior_odds: float | None = None
    linkage_skipped: str = ""
    data_docs: str = ""
    co_linkage_page: str = ""
    protective_marking: str = "OFFICIAL-SENSITIVE"

    def __post_init__(self) -> None:
        """Check that every frame has its columns; one without any columns has no rows to show."""
        for part, wanted in COLUMNS.items():
            held = getattr(self, part).columns
            missing = [name for name in wanted if name not in held]
            if missing and len(held):
                raise ReportError(
                    f"report, {part}: expected columns {', '.join(wanted)}, got none named {', '.join(missing)}"
                )

    def frame(self, part: str) -> pd.DataFrame:
        """Return one part's frame with its columns, also where it is empty."""
        held = getattr(self, part)
        return held if len(held.columns) else pd.DataFrame(columns=list(COLUMNS[part]))
