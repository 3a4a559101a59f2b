"""One demo force of 5,000 crimes, written once for every test of this folder."""

from pathlib import Path

import pandas as pd
import pytest

from intake.demo.settings import DemoSummary
from intake.demo.writer import write_demo

FILES = ("recorded_crimes", "mo_fields", "mo_narratives", "named_persons", "property")


@pytest.fixture(scope="session")
def summary(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    """Write the force and return what the writer says of it."""
    return write_demo(tmp_path_factory.mktemp("demo"), 5_000, 1)


@pytest.fixture(scope="session")
def extract(summary: DemoSummary) -> dict[str, pd.DataFrame]:
    """Every landing file as text."""
    return {
        name: pd.read_csv(Path(summary.landing) / f"{name}.csv", dtype=str, keep_default_na=False) for name in FILES
    }


@pytest.fixture(scope="session")
def truth(summary: DemoSummary) -> dict[str, pd.DataFrame]:
    """Every file of the truth."""
    return {path.stem: pd.read_parquet(path) for path in Path(summary.truth).glob("*.parquet")}


@pytest.fixture(scope="session")
def clean_crimes(extract: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return live crimes of the crimes file without repeated rows, other offences and unreadable dates."""
    crimes = extract["recorded_crimes"].drop_duplicates()
    crimes = crimes[crimes["CRIME_REF"].isin(truth["crimes"]["crime_id"])].set_index("CRIME_REF")
    broken = truth["dirty_rows"].query("problem in ('unparsable_date', 'to_before_from')")["crime_id"]
    crimes = crimes.drop(index=broken)
    for name in ("DATE_FROM", "DATE_TO", "DATE_REPORTED", "DATE_RECORDED", "LAST_UPDATED"):
        crimes[name] = pd.to_datetime(crimes[name], format="%d/%m/%Y %H:%M")
    return crimes
