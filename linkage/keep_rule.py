"""Which scored pairs are kept."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class KeepRule:
    """Which scored pairs are kept.

    Parameters
    ----------
    top_k : int
        Strongest partners kept of each crime; a link stays when either crime keeps it.
    posterior_floor : float
        Every pair with at least this posterior probability is kept too.
    edge_log_bf : float
        Every pair with at least this log Bayes factor is returned as an edge for clustering, kept or not.
    """

    top_k: int = 20
    posterior_floor: float = 0.1
    edge_log_bf: float = np.inf

    def __post_init__(self) -> None:
        if self.top_k < 0:
            raise ValueError(f"top_k: expected 0 or more, got {self.top_k}; 0 keeps by the floor alone")
        if not 0 <= self.posterior_floor <= 1:
            raise ValueError(
                f"posterior_floor: expected a probability, got {self.posterior_floor}; give 0 to 1, as 0.1"
            )
        if np.isnan(self.edge_log_bf):
            raise ValueError("edge_log_bf: expected a number, got nan; use inf for no edges")

    def complete_above(self, prior_log_odds: float) -> float:
        """Return the log Bayes factor from which every pair within the limits is among the links."""
        with np.errstate(divide="ignore"):
            return float(np.log(self.posterior_floor) - np.log1p(-self.posterior_floor) - prior_log_odds)
