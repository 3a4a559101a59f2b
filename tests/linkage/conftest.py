"""The reference data in the shape that linkage works on."""

from pathlib import Path

import pandas as pd
import pytest

EVIDENCE_NAMES = {
    "spatial": "distance_km",
    "temporal": "gap_days",
    "tod": "tod_gap_hours",
    "dow": "dow_gap_days",
    "MO1": "match_MO1",
    "MO2": "match_MO2",
    "MO3": "match_MO3",
}


@pytest.fixture(scope="session")
def reference_crimes(reference: Path) -> pd.DataFrame:
    """The 490 crimes; the reference reads civil times as UTC."""
    raw = pd.read_csv(reference / "crimes.csv", dtype={"MO1": str, "MO2": str, "MO3": str})
    crimes = raw.rename(columns={"crimeID": "crime_id", "X": "easting_m", "Y": "northing_m"})
    for name, source in (("committed_from_at", "DT.FROM"), ("committed_to_at", "DT.TO")):
        crimes[name] = pd.to_datetime(raw[source]).dt.tz_localize(None).astype("datetime64[us]")
    return crimes.assign(committed_from_local=crimes["committed_from_at"]).drop(columns=["DT.FROM", "DT.TO"])


@pytest.fixture(scope="session")
def reference_offenders(reference: Path) -> pd.DataFrame:
    """The offender table, with its duplicated rows and its crimes that are not in the crime table."""
    raw = pd.read_csv(reference / "offenders.csv")
    return raw.rename(columns={"offenderID": "person_id", "crimeID": "crime_id"})


@pytest.fixture(scope="session")
def reference_pairs(reference: Path) -> pd.DataFrame:
    """The 11,187 pairs of the reference."""
    raw = pd.read_csv(reference / "pairs.csv").rename(columns={"i1": "crime_id_1", "i2": "crime_id_2"})
    return raw.assign(is_linked=raw["type"] == "linked").drop(columns="type")


@pytest.fixture(scope="session")
def reference_evidence(reference: Path) -> pd.DataFrame:
    """The evidence of those pairs under our names; the MO columns hold the levels "0" and "1"."""
    evidence = pd.read_csv(reference / "evidence.csv")[list(EVIDENCE_NAMES)].rename(columns=EVIDENCE_NAMES)
    matches = [name for name in evidence.columns if name.startswith("match_")]
    return evidence.astype(dict.fromkeys(matches, "str")).astype(dict.fromkeys(matches, "category"))
