"""What report and page show of crimes judged jointly: frames in the columns of the co-linkage tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

LINE = 0.25
"""Probability from which a link is worth a look, unless the refresh set another."""

KINDS: Mapping[str, str] = MappingProxyType(
    {"group": "known group", "offender": "one offender of several known groups", "crime": "unsolved crime"}
)
"""What a crime may be linked with, in words."""

NOT_LEARNED = "not_learned"
"""Row of the hyperparameters without figures whose meaning says why nothing was learned."""

SURFACE_ERROR = "surface_error"
"""Row of the diagnostics whose mean is the largest error, in nats, of the surface that chains walked on."""

WORST_SURFACE_ERROR = 1.0

OTHER = "nobody"
"""Stands for the kind where a crime has no candidate."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "crimes": (
        *("crime_id", "p_known_group", "p_unsolved_crimes", "p_alone", "expected_n_crimes", "lower_n_crimes"),
        *("upper_n_crimes", "candidate_kind", "candidate_id", "probability"),
    ),
    "candidates": ("crime_id", "candidate_kind", "candidate_id", "probability"),
    "leads": ("crime_id", "candidate_kind", "candidate_id", "probability"),
    "sizes": ("kind", "n_crimes", "expected_n", "lower_n", "upper_n"),
    "hyperparameters": ("quantity", "meaning", "median", "q05", "q95"),
    "diagnostics": ("quantity", "rhat", "ess_bulk", "ess_tail"),
}
"""The columns that each frame must have; further ones are ignored."""


class CoLinkageError(ValueError):
    """A frame that lacks what is shown of it, or a line that is no probability."""


@dataclass(frozen=True)
class CoLinkage:
    """What is shown of crimes judged jointly; of offenders only that there is one, never by what reference.

    Attributes
    ----------
    crimes
        Every unsolved crime, as `linkage.co_linkage_crimes`.
    candidates
        Rows of `linkage.co_linkage_candidates` of the strongest crimes at least; "nobody" is passed over.
    leads
        Rows of `linkage.leads` of the strongest crimes at least.
    sizes, hyperparameters, diagnostics
        As the tables of these names.
    line
        Probability from which a link is a lead.
    worst_rhat, least_ess
        Up to which R-hat, and from how many effective draws on, streams of draws are taken to agree.
    family_figure
        SVG document of the strongest families; empty where there is none.
    """

    crimes: pd.DataFrame
    candidates: pd.DataFrame = field(default_factory=pd.DataFrame)
    leads: pd.DataFrame = field(default_factory=pd.DataFrame)
    sizes: pd.DataFrame = field(default_factory=pd.DataFrame)
    hyperparameters: pd.DataFrame = field(default_factory=pd.DataFrame)
    diagnostics: pd.DataFrame = field(default_factory=pd.DataFrame)
    line: float = LINE
    worst_rhat: float = 1.05
    least_ess: float = 100.0
    family_figure: str = ""

    def __post_init__(self) -> None:
        """Check that every frame has its columns; one without any columns has no rows to show."""
        for part, wanted in COLUMNS.items():
            held = getattr(self, part).columns
            missing = [name for name in wanted if name not in held]
            if missing and len(held):
                raise CoLinkageError(
                    f"co-linkage, {part}: expected columns {', '.join(wanted)}, got none named {', '.join(missing)}"
                )
        if not 0.0 <= self.line <= 1.0:
            raise CoLinkageError(f"co-linkage, line: expected a probability, got {self.line:g}; 0.25 is usual")

    def frame(self, part: str) -> pd.DataFrame:
        """Return one part's frame with its columns, also where it is empty."""
        held = getattr(self, part)
        return held if len(held.columns) else pd.DataFrame(columns=list(COLUMNS[part]))
