"""The reference data, 490 crimes of the R package crimelinkage, in the shape that the linkage library works on."""

import os
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from linkage.evidence import EvidenceSpec

REFERENCE = Path(os.environ.get("COLINK_SHARED", "../shared")) / "reference"
SPEC = EvidenceSpec(items=("MO1", "MO2", "MO3"))


class ReferenceData(NamedTuple):
    """The reference data.

    Attributes
    ----------
    crimes : DataFrame
        crime_id, easting_m, northing_m, committed_from_at, committed_to_at, committed_from_local (civil times are read
        as UTC), incident_id (never known), crime_group (one for all), MO1, MO2, MO3.
    offender_crimes : DataFrame
        person_id, crime_id, with its duplicated rows and its crimes that are not in the crime table.
    pairs : DataFrame
        crime_id_1, crime_id_2, weight, is_linked: the 11,187 training pairs that the package drew.
    """

    crimes: pd.DataFrame
    offender_crimes: pd.DataFrame
    pairs: pd.DataFrame


def reference_data(folder: Path = REFERENCE) -> ReferenceData | None:
    """Read the reference data; None where it is absent."""
    if not (folder / "crimes.csv").is_file():
        return None
    offenders = pd.read_csv(folder / "offenders.csv").rename(columns={"offenderID": "person_id", "crimeID": "crime_id"})
    pairs = pd.read_csv(folder / "pairs.csv").rename(columns={"i1": "crime_id_1", "i2": "crime_id_2"})
    pairs = pairs.assign(is_linked=pairs["type"] == "linked").drop(columns="type")
    return ReferenceData(_crimes(folder), offenders, pairs)


def _crimes(folder: Path) -> pd.DataFrame:
    raw = pd.read_csv(folder / "crimes.csv", dtype={"MO1": str, "MO2": str, "MO3": str})
    crimes = raw.rename(columns={"crimeID": "crime_id", "X": "easting_m", "Y": "northing_m"})
    for name, source in (("committed_from_at", "DT.FROM"), ("committed_to_at", "DT.TO")):
        crimes[name] = pd.to_datetime(raw[source]).dt.tz_localize(None).astype("datetime64[us]")
    crimes = crimes.assign(committed_from_local=crimes["committed_from_at"], incident_id=None, crime_group="all")
    return crimes.drop(columns=["DT.FROM", "DT.TO"])
