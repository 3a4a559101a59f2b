"""Which tier of the minimum standard the measures propose for an item; a move only where the evidence is clear.

An item keeps the tier that it has unless one of two things is shown, by 95% intervals over offenders:

- it is surely worth asking: the lower bound of its links for an hour reaches `LEAST_LINKS_PER_HOUR`, it is surely
  informative (the interval of its evidence weight is above 0), and it tells more of the offender than of the place
  (`MOSTLY_PLACE`). Then it is proposed for tier 1, mandatory, if it is `OFTEN` among the best of its crime group, and
  else for tier 2, conditional; never for a lower tier than it has;
- it is surely not: the upper bound of its links for an hour is below `LEAST_LINKS_PER_HOUR`, and that of its evidence
  weight below `NEXT_TO_NOTHING`. Then it is proposed for tier 4, drop.

That an item could not be shown to be of use is no proof that it is of none: it stays.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

LEAST_LINKS_PER_HOUR = 6.0
"""Ten minutes of asking for each further link. Ten minutes also recover one missing value by calling a person back
(five minutes, every second call in vain: the fix of `not_asked` in `practice/unit_costs.yaml`), and a value is not yet
a link. A low bar: links are counted among solved crimes, about half of those that come."""

NEXT_TO_NOTHING = 0.1
"""Nats; an item below it multiplies the odds of a true link by 1.1 at most."""

LEAST_GROUPS_TO_MOVE = 20
"""Groups of connected offenders with linked pairs. Five show an order, so that items are ranked; intervals over fewer
than twenty are too narrow to move a tier by (Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90,
414-427)."""

OFTEN = 0.8
"""Share of resamples of offenders: in four of five the item is among the best of its crime group."""

MOSTLY_PLACE = 0.5
"""Share of the weight that remains when values come from other crimes of the place and month."""

MANDATORY, CONDITIONAL, DROP = 1, 2, 4


def suggested_tier(row: Mapping[Any, Any]) -> int:
    """Return the tier that the measures of an item in a crime group propose, by the rule at the head of this module.

    Parameters
    ----------
    row
        tier (as it is), reason (missing where the item was ranked), n_groups, share_in_top, place_share, and the
        bounds `_lower`, `_upper` of links_per_hour and evidence_weight. What was not measured is NaN and moves nothing.
    """
    present = int(row["tier"])
    if pd.notna(row["reason"]) or row["n_groups"] < LEAST_GROUPS_TO_MOVE:
        return present
    if _is_surely_useful(row):
        return min(present, MANDATORY if row["share_in_top"] >= OFTEN else CONDITIONAL)
    return DROP if _is_surely_useless(row) else present


def _is_surely_useful(row: Mapping[Any, Any]) -> bool:
    brings_links = row["links_per_hour_lower"] >= LEAST_LINKS_PER_HOUR
    return bool(brings_links and row["evidence_weight_lower"] > 0 and not row["place_share"] > MOSTLY_PLACE)


def _is_surely_useless(row: Mapping[Any, Any]) -> bool:
    brings_none = row["links_per_hour_upper"] < LEAST_LINKS_PER_HOUR
    return bool(brings_none and row["evidence_weight_upper"] < NEXT_TO_NOTHING)
