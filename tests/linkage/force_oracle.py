"""What a scan of a force should find, worked out plainly: every pair, sorted whole, by none of the code under test."""

import numpy as np
import pandas as pd

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.crime_columns import crime_columns
from linkage.evidence import EvidenceSpec, encode_crimes, fit_spec, pair_evidence
from linkage.score_tables import score_tables

ITEMS = ("entry_point", "tool_used", "property_class_taken")
PRIOR = -4.0
DAY = 86_400_000_000


def random_crimes(n, seed=0, side_km=12.0, n_days=300, known=0.85):
    """Make crimes with repeated places and times, ties everywhere, gaps in every column, batches of one incident."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, n_days * 4, n) * 6, unit="h")
    length = rng.choice([0, 0, 0, 3, 48, 24 * 7], n)
    start = pd.Series(start).dt.as_unit("us")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:05d}" for i in range(n)],
            "incident_id": [f"I{i}" for i in rng.integers(0, max(n - n // 8, 1), n)],
            "crime_group": rng.choice(["burglary", "robbery", "theft"], n),
            "easting_m": np.round(rng.uniform(-side_km, side_km, n) * 4) * 250.0 / 2,
            "northing_m": np.round(rng.uniform(-side_km, side_km, n) * 4) * 250.0 / 2,
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta(length, unit="h"),
            "entry_point": rng.choice(["rear_door", "front_door", "window", None], n),
            "tool_used": rng.choice(["crowbar", "brick", "not_applicable", None], n, p=[0.2, 0.3, 0.4, 0.1]),
            "property_class_taken": [
                tuple(sorted(rng.choice(["cash", "phone", "car", "bike"], rng.integers(0, 3), replace=False).tolist()))
                or None
                for _ in range(n)
            ],
        }
    ).astype({"entry_point": object, "tool_used": object})
    crimes["incident_id"] = crimes["incident_id"].where(rng.random(n) < 0.9)
    crimes["committed_from_local"] = crimes["committed_from_at"].dt.tz_localize(None)
    crimes["committed_to_local"] = crimes["committed_to_at"].dt.tz_localize(None)
    lost = rng.random(n) > known
    crimes.loc[lost & (rng.random(n) < 0.5), ["easting_m", "northing_m"]] = np.nan
    crimes.loc[lost & (rng.random(n) < 0.4), "committed_to_at"] = pd.NaT
    crimes.loc[lost & (rng.random(n) < 0.4), "committed_from_local"] = pd.NaT
    return crimes


def specification(**more):
    given = {"items": (), "agreement": ITEMS, "crime_group": True, "crowding_km": 1.5, **more}
    return EvidenceSpec(**given)


def fitted(crimes, spec, kind="additive", seed=0):
    """Fit a model on labels that are chance, drawn towards near pairs; return the model and the specification."""
    rng = np.random.default_rng(seed)
    spec = fit_spec(crimes, spec)
    first, second = rng.integers(0, len(crimes), (2, 1500))
    different = first != second
    first, second = np.minimum(first, second)[different], np.maximum(first, second)[different]
    evidence = pair_evidence(crimes, first, second, spec)
    near = evidence["distance_km"].fillna(5).to_numpy()
    linked = rng.random(len(first)) < 0.05 + 0.6 * np.exp(-near)
    if kind == "histogram":
        return HistogramBayesFactor(n_bins=6, df=4.0).fit(evidence, linked), spec
    model = AdditiveBayesFactor(n_knots=5).fit(evidence, linked)
    if kind == "additive":
        return model, spec
    return CalibratedBayesFactor(model, Calibration(np.array([-1.0, 0.5, 2.0]), np.array([-1.5, 0.0, 2.5]))), spec


def arrays(crimes, model, spec, across_groups=True, solved=()):
    encoded = encode_crimes(crimes, spec)
    return crime_columns(crimes, spec, model, across_groups, solved, encoded), score_tables(model, spec, encoded)


def midpoints(crimes):
    """Return event midpoints in half microseconds, as float only where missing."""
    start, end = (crimes[name].to_numpy("datetime64[us]") for name in ("committed_from_at", "committed_to_at"))
    dated = ~np.isnat(start) & ~np.isnat(end)
    return dated, np.where(dated, start.astype(np.int64), 0) + np.where(dated, end.astype(np.int64), 0)


def candidates(crimes, limits):
    """Return the set of candidate pairs, and how many within the limits were left out."""
    dated, middle = midpoints(crimes)
    x, y = crimes["easting_m"].to_numpy(), crimes["northing_m"].to_numpy()
    placed = np.isfinite(x) & np.isfinite(y)
    n = len(crimes)
    group = crimes["crime_group"].tolist()
    farthest = (limits.max_km * 1000.0) ** 2
    longest = min(limits.max_days * 2 * DAY, 2.0**60)
    pairs, n_out = set(), 0

    def same_block(i, j):
        return limits.across_groups or (group[i] is not None and group[i] == group[j])

    def squared(i, j):
        return (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2

    def apart(i, j):
        return abs(int(middle[i]) - int(middle[j]))

    complete = [i for i in range(n) if placed[i] and dated[i]]
    at_point = {}
    for i in complete:
        at_point.setdefault((x[i], y[i], group[i] if not limits.across_groups else None), []).append(i)
    rank = {}
    for members in at_point.values():
        if len(members) > limits.most_at_one_place:
            in_time = sorted(members, key=lambda i: (middle[i], i))
            rank |= {i: place for place, i in enumerate(in_time)}
    for a, i in enumerate(complete):
        for j in complete[a + 1 :]:
            if same_block(i, j) and squared(i, j) <= farthest and apart(i, j) <= longest:
                crowded = i in rank and j in rank and x[i] == x[j] and y[i] == y[j]
                if crowded and abs(rank[i] - rank[j]) > limits.most_partners_at_one_place:
                    n_out += 1
                else:
                    pairs.add((i, j))
    in_time = sorted((i for i in range(n) if dated[i]), key=lambda i: (middle[i], i))
    order = {i: place for place, i in enumerate(in_time)}
    for is_own, others, allowed, key in (
        (dated & ~placed, np.flatnonzero(dated), lambda i, j: apart(i, j) <= longest,
         lambda i, j: (apart(i, j), order[j] > order[i], abs(order[j] - order[i]))),
        (placed & ~dated, np.flatnonzero(placed), lambda i, j: squared(i, j) <= farthest,
         lambda i, j: (squared(i, j), j)),
    ):  # fmt: skip
        possible, chosen = set(), set()
        for i in np.flatnonzero(is_own):
            near = [j for j in others if j != i and same_block(i, j) and allowed(i, j)]
            possible |= {(min(i, j), max(i, j)) for j in near}
            near.sort(key=lambda j, i=i: key(i, j))
            chosen |= {(min(i, j), max(i, j)) for j in near[: limits.most_partners_of_incomplete]}
        pairs |= {(int(i), int(j)) for i, j in chosen}
        n_out += len(possible - chosen)
    return sorted((int(i), int(j)) for i, j in pairs), n_out


def wanted(crimes, model, spec, limits, keep, solved=(), prior=PRIOR):
    """Return links, edges and solved partners as dicts of pair to log BF, pairs considered, and pairs left out."""
    pairs, n_out = candidates(crimes, limits)
    first, second = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    log_bf = model.decision_function(pair_evidence(crimes, first, second, spec)) if pairs else np.empty(0)
    incident = crimes["incident_id"].tolist()
    solved_rows = set(np.flatnonzero(crimes["crime_id"].isin(list(solved))))
    value = dict(zip(pairs, log_bf.tolist(), strict=True))
    same = {pair for pair in pairs if isinstance(incident[pair[0]], str) and incident[pair[0]] == incident[pair[1]]}
    likely = {pair for pair in pairs if 1 / (1 + np.exp(-(value[pair] + prior))) >= keep.posterior_floor}
    offers = {}
    for i, j in pairs:
        if (i, j) not in same:
            offers.setdefault(i, []).append((-value[i, j], j))
            offers.setdefault(j, []).append((-value[i, j], i))
    top, to_solved = set(), set()
    for i, partners in offers.items():
        top |= {(min(i, j), max(i, j)) for _, j in sorted(partners)[: keep.top_k]}
        known = sorted(one for one in partners if one[1] in solved_rows)
        to_solved |= {(min(i, j), max(i, j)) for _, j in known[: keep.top_k]}
    edges = {pair for pair in pairs if value[pair] >= keep.edge_log_bf}
    return (
        *({pair: value[pair] for pair in sorted(some)} for some in (top | likely | same, edges, to_solved)),
        len(pairs),
        n_out,
    )


def as_dict(pairs):
    return dict(zip(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True), pairs.log_bf.tolist(), strict=True))
