"""Names for groups of solved crimes that mean something to a reader and stay when other crimes arrive."""

import numpy as np
import pandas as pd

from linkage.series import crime_groups


def known_groups(series: pd.DataFrame, method: str) -> pd.Series:
    """Return the group of each row of the series data, called `solved:` and its lowest crime_id.

    Parameters
    ----------
    series : DataFrame
        crime_id, person_id, event_at.
    method : str
        `connected` (offenders joined by co-offending) or `co-offenders` (crimes with just the same offenders).
    """
    labels = pd.Series(np.asarray(crime_groups(series, method)), index=series.index)
    return "solved:" + series["crime_id"].groupby(labels).transform("min")
