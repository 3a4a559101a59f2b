"""A small invented force with a fitted, calibrated model, for tests of what is stored, carried over and ranked."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.additive import AdditiveBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.evidence import EvidenceSpec, encode_crimes, encoded_evidence, fit_spec
from tests.linkage.incomplete_crimes import incomplete_crimes

LINE = Calibration(np.array([-2.0, 0.5, 1.0, 4.0]), np.array([-4.0, -1.0, 0.0, 5.0]))
SPEC = EvidenceSpec((), agreement=("entry", "search", "taken"), numerical=("n_offenders",), crowding_km=1.5)


class SmallForce(NamedTuple):
    """Crimes in order of crime_id, the model that was fitted to them and its specification."""

    crimes: pd.DataFrame
    model: CalibratedBayesFactor
    spec: EvidenceSpec


def small_force(n: int = 120, seed: int = 1, spec: EvidenceSpec = SPEC) -> SmallForce:
    crimes = incomplete_crimes(n, seed, in_degrees=spec.distance == "great-circle")
    spec = fit_spec(crimes, spec)
    first, second = (rows.astype(np.int64) for rows in np.triu_indices(n, 1))
    evidence = encoded_evidence(encode_crimes(crimes, spec), first, second, spec)
    near = (evidence["gap_days"].fillna(99.0) < 10.0) & (evidence["distance_km"].fillna(99.0) < 8.0)
    is_linked = near.to_numpy() ^ (np.arange(len(first)) % 11 == 0)
    model = AdditiveBayesFactor(n_knots=6).fit(evidence, is_linked)
    return SmallForce(crimes, CalibratedBayesFactor(model, LINE), spec)
