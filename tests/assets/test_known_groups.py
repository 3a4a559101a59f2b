"""Groups of solved crimes are called after their lowest crime, whoever else is known."""

import pandas as pd

from assets.known_groups import known_groups


def test_a_group_is_called_after_its_lowest_crime():
    rows = [("C3", "P1"), ("C1", "P1"), ("C1", "P2"), ("C9", "P3")]
    series = pd.DataFrame(rows, columns=["crime_id", "person_id"]).assign(event_at=pd.Timestamp("2024-01-01"))
    assert known_groups(series, "connected").tolist() == ["solved:C1", "solved:C1", "solved:C1", "solved:C9"]
    assert known_groups(series, "co-offenders").tolist() == ["solved:C3", "solved:C1", "solved:C1", "solved:C9"]
