"""The rules that ship, loaded once, and a reader of one text."""

from collections.abc import Callable

import pandas as pd
import pytest

from quality.minimum_standard import MinimumStandard, load_minimum_standard
from quality.text.extraction import extract
from quality.text.text_rules import TextRules, load_text_rules

Read = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def standard() -> MinimumStandard:
    return load_minimum_standard()


@pytest.fixture(scope="session")
def rules(standard: MinimumStandard) -> TextRules:
    return load_text_rules(standard=standard)


@pytest.fixture(scope="session")
def read(rules: TextRules, standard: MinimumStandard) -> Read:
    """Read the texts of one crime group, one crime each, numbered C0 onwards."""

    def _read(*texts: object, crime_group: str = "burglary_residential", by: TextRules = rules) -> pd.DataFrame:
        frame = pd.DataFrame(
            {"crime_id": [f"C{number}" for number in range(len(texts))], "text": pd.Series(texts, dtype=object)}
        ).assign(crime_group=crime_group, text_kind="mo", written_at=pd.Timestamp("2024-01-01"))
        return extract(frame, by, standard)

    return _read
