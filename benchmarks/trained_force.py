"""A demo force with the model that a refresh would train on it, kept in a file, for benchmarks of what comes after."""

import pickle
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks.demo_force import demo_force
from benchmarks.scored_force import STRENGTHS, trained_as_a_refresh
from linkage.evidence import EvidenceSpec
from linkage.evidence_spec import fit_spec
from linkage.model_kinds import model_plan
from linkage.series import series_data
from linkage.training import TrainedModel


class TrainedForce(NamedTuple):
    """Crimes in order of crime_id, series data of the solved ones, and the model that they trained."""

    crimes: pd.DataFrame
    known: pd.DataFrame
    spec: EvidenceSpec
    trained: TrainedModel


def trained_force(n_crimes: int, seed: int, folder: Path) -> TrainedForce:
    """Make a demo force below a folder and train its model; one that is already there is read alone.

    Parameters
    ----------
    n_crimes : int
        Live crimes over three years; a few are lost to quarantine.
    seed : int
    folder : Path
        Holds one file for each number of crimes and seed. Delete it after a change of the demo, staging or training.
    """
    kept = folder / f"trained_{n_crimes}_{seed}.pickle"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with kept.with_suffix(".partial").open("wb") as file:
            pickle.dump(tuple(_trained(n_crimes, seed, folder)), file)
        kept.with_suffix(".partial").rename(kept)
    with kept.open("rb") as file:  # our own file, made by the line above
        return TrainedForce(*pickle.load(file)[:4])


def _trained(n_crimes: int, seed: int, folder: Path) -> TrainedForce:
    demo = demo_force(n_crimes, seed, folder)
    crimes = demo.crimes.reset_index(drop=True)
    known = series_data(demo.offender_crimes, crimes, strengths=STRENGTHS)
    plan = model_plan("additive", demo.items, {})
    spec = fit_spec(crimes, plan.spec)
    return TrainedForce(crimes, known, spec, trained_as_a_refresh(crimes, known, plan.contender, spec, seed))
