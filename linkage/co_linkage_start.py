"""Where a chain of the co-linkage sampler starts, and the hyperparameters of a state as a named row of draws."""

import numpy as np

from linkage.co_linkage_data import CoLinkageData
from linkage.co_linkage_prior import time_middles
from linkage.co_linkage_state import Features, FloatArray, Hierarchy, NormalPrior, PriorValues, State


def start_state(rng: np.random.Generator, data: CoLinkageData, prior: PriorValues) -> State:
    """Draw a dispersed start: half of the unsolved crimes alone, the others in any cluster there is."""
    arrays = data.arrays
    labels = arrays.known_cluster.copy()
    n_active = arrays.n_known
    for row in arrays.unsolved:
        is_alone = n_active == 0 or (n_active < prior.n_clusters and rng.random() < 0.5)
        labels[row] = n_active if is_alone else rng.integers(n_active)
        n_active += is_alone
    times, has_time = time_middles(data)
    place = _start_hierarchy(rng, arrays.place_m[arrays.has_place], prior.place)
    return State(
        labels=labels,
        times_days=np.ascontiguousarray(times),
        concentration=float(np.exp(rng.standard_normal())),
        item_concentration=np.exp(rng.standard_normal(len(data.levels))),
        place=place,
        time=_start_hierarchy(rng, times[has_time].reshape(-1, 1), prior.time),
        features=_start_features(rng, arrays.features, prior.place),
        value_concentration=np.exp(rng.standard_normal(len(data.value_names))),
        clock_concentration=float(np.exp(rng.standard_normal())),
        place_tail=rng.integers(prior.place.tail_factor.size, size=labels.size),
        time_tail=rng.integers(prior.time.tail_factor.size, size=labels.size),
    )


def draw_names(data: CoLinkageData, prior: PriorValues) -> list[str]:
    """Name what `draw_row` returns: the number of clusters and every hyperparameter of the evidence in use."""
    return list(_named(data, prior, None, 0))


def draw_row(data: CoLinkageData, prior: PriorValues, state: State, n_clusters: int) -> list[float]:
    """Return the number of clusters and the hyperparameters in metres, days and the features' own units."""
    return list(_named(data, prior, state, n_clusters).values())


def _named(data: CoLinkageData, prior: PriorValues, state: State | None, n_clusters: int) -> dict[str, float]:
    if state is None:
        state = start_state(np.random.default_rng(0), data, prior)
    evidence = data.evidence
    row = {"n_clusters": float(n_clusters), "concentration": state.concentration}
    if evidence.place:
        row |= _of_hierarchy("place", "m", state.place, ("centre_easting", "centre_northing"), prior.place)
    if evidence.time:
        row |= _of_hierarchy("time", "days", state.time, ("centre",), prior.time)
    for at, name in enumerate(evidence.features):
        within, between, centre = (float(values[at]) for values in state.features)
        row |= {
            f"feature_within_sd_{name}": within**-0.5,
            f"feature_between_sd_{name}": between**-0.5,
            f"feature_centre_{name}": centre,
        }
    row |= _by_name("item_concentration", evidence.items, state.item_concentration)
    row |= _by_name("item_concentration", evidence.multi_valued_items, state.value_concentration)
    if evidence.time_of_day:
        row["time_of_day_concentration"] = state.clock_concentration
    return row


def _of_hierarchy(
    kind: str, unit: str, now: Hierarchy, centres: tuple[str, ...], prior: NormalPrior
) -> dict[str, float]:
    row = {f"{kind}_within_sd_{unit}": now.within**-0.5, f"{kind}_between_sd_{unit}": now.between**-0.5}
    row |= {f"{kind}_{name}_{unit}": float(value) for name, value in zip(centres, now.centre, strict=True)}
    mixtures = (("spread", prior.spread_factor, now.spread_share), ("tail", prior.tail_factor, now.tail_share))
    for name, factors, shares in mixtures:
        if factors.size > 1:
            row |= {f"{kind}_{name}_share_{f**-0.5:g}": float(s) for f, s in zip(factors, shares, strict=True)}
    return row


def _by_name(prefix: str, names: tuple[str, ...], values: FloatArray) -> dict[str, float]:
    return {f"{prefix}_{name}": float(value) for name, value in zip(names, values, strict=True)}


def _start_hierarchy(rng: np.random.Generator, values: FloatArray, prior: NormalPrior) -> Hierarchy:
    """Start at a scatter of about a quarter of the data's within clusters, dispersed by a factor of two."""
    spread = np.sqrt(values.var(axis=0).mean()) if len(values) > 1 else 1.0
    spread = spread if spread > 0.0 else 1.0
    within_sd = 0.25 * spread * np.exp(0.7 * rng.standard_normal())
    between_sd = spread * np.exp(0.7 * rng.standard_normal())
    centre = values.mean(axis=0) if len(values) else np.zeros(values.shape[1])
    spread_share = prior.spread_count / prior.spread_count.sum()
    tail_share = prior.tail_count / prior.tail_count.sum()
    return Hierarchy(float(within_sd**-2), float(between_sd**-2), centre, spread_share, tail_share)


def _start_features(rng: np.random.Generator, features: FloatArray, alike: NormalPrior) -> Features:
    starts = [_start_hierarchy(rng, row[~np.isnan(row)].reshape(-1, 1), alike) for row in features]
    return Features(
        np.array([each.within for each in starts], dtype=np.float64),
        np.array([each.between for each in starts], dtype=np.float64),
        np.array([each.centre[0] for each in starts], dtype=np.float64),
    )
