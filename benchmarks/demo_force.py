"""The demo force as a refresh sees it, with the truth beside it that a refresh never sees.

The extract is written, landed and staged by the commands that a force uses, so dirt, quarantine and the choice among
sources of an item are those of a refresh; the frames are what `assets.crime_frame` hands to the linkage library.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks.measuring import run_measured

COLINK = str(Path(sys.executable).with_name("colink"))
STAGED = "_STAGED"


class DemoForce(NamedTuple):
    """A demo force, staged.

    Attributes
    ----------
    crimes : DataFrame
        One row a crime with a column an MO item, as `assets.crime_frame.linkage_frames` gives them.
    offender_crimes : DataFrame
        person_id, crime_id, label_strength: what the extract says of offenders, wrong suspects included.
    items : tuple of str
        The MO items that have a column.
    truth : DataFrame
        person_id, crime_id, incident_id (the true one), is_solved; one row a crime of `crimes` and person who took
        part, solved or not.
    """

    crimes: pd.DataFrame
    offender_crimes: pd.DataFrame
    items: tuple[str, ...]
    truth: pd.DataFrame


def demo_force(n_crimes: int, seed: int, folder: Path) -> DemoForce:
    """Write and stage a demo force below a folder and read it; one that is already there is read alone.

    Parameters
    ----------
    n_crimes : int
        Live crimes over three years; a few are lost to quarantine.
    seed : int
    folder : Path
        Holds one force for each number of crimes and seed. Delete it after a change of the demo or of staging.

    Raises
    ------
    RuntimeError
        Writing or staging failed; carries the end of what was said.
    """
    place = folder / f"demo_{n_crimes}_{seed}"
    if not (place / STAGED).exists():
        _stage(n_crimes, seed, place)
    return _read(place)


def _stage(n_crimes: int, seed: int, place: Path) -> None:
    run_measured([COLINK, "demo", "--crimes", str(n_crimes), "--seed", str(seed), "--out", str(place)])
    where = ["--landing", str(place / "landing"), "--home", str(place / "home")]
    run_measured([COLINK, "refresh", "--only-stage", "--profile", "demo", *where])
    (place / STAGED).touch()


def _read(place: Path) -> DemoForce:
    # The warehouse brings Dagster, which costs seconds to import.
    from assets.crime_frame import linkage_frames
    from assets.warehouse import Warehouse

    frames = linkage_frames(Warehouse(home=str(place / "home")))
    truth = pd.read_parquet(place / "truth" / "offenders.parquet")[["person_id", "crime_id", "is_solved"]]
    incidents = pd.read_parquet(place / "truth" / "crimes.parquet")[["crime_id", "incident_id"]]
    truth = truth[truth["crime_id"].isin(frames.crimes["crime_id"])].merge(incidents, on="crime_id")
    ordered = truth.sort_values(["person_id", "crime_id"], ignore_index=True)
    return DemoForce(
        frames.crimes,
        frames.offender_crimes,
        frames.items,
        ordered[["person_id", "crime_id", "incident_id", "is_solved"]],
    )
