from pathlib import Path

import pandas as pd
import pytest

from assets.mo_values import mo_values
from assets.warehouse import Warehouse
from quality.errors import ProtectedFeature


@pytest.mark.parametrize(
    ("rows", "betrayed_by"),
    [
        ([("c1", "entry_point", "rear_door"), ("c2", "suspect_ethnicity", "3")], "suspect_ethnicity"),
        ([("c1", "mo7", "masked"), ("c2", "mo7", "asian_male")], "'mo7' .* value 'asian_male'"),
    ],
)
def test_an_item_that_says_who_somebody_is_stops_the_values_that_crimes_are_compared_by(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: list[tuple[str, str, str]], betrayed_by: str
) -> None:
    values = pd.DataFrame(rows, columns=["crime_id", "item_code", "value_code"])
    monkeypatch.setattr("assets.mo_values.compared_values", lambda warehouse: values)
    with pytest.raises(ProtectedFeature, match=betrayed_by):
        mo_values(Warehouse(home=str(tmp_path)))


def test_values_of_behaviour_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = pd.DataFrame(
        [("c1", "entry_point", "rear_door"), ("c2", "mo7", "masked")], columns=["crime_id", "item_code", "value_code"]
    )
    written: dict[str, pd.DataFrame] = {}
    monkeypatch.setattr("assets.mo_values.compared_values", lambda warehouse: values)
    monkeypatch.setattr(Warehouse, "replace", lambda self, table, frame: written.update({table: frame}))
    mo_values(Warehouse(home=str(tmp_path)))
    assert list(written) == ["linkage.mo_values"]
    assert written["linkage.mo_values"].equals(values)
