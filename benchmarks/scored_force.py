"""A demo force up to its links, as a refresh makes them: pair model trained and calibrated, all pairs scored.

More offenders are caught than in the demo itself, so that 15% of the crimes are solved.

A program of its own, so that neither its time nor its memory counts as co-linkage's.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.demo_force import DemoForce, demo_force
from linkage.contender import Contender
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.evidence_spec import fit_spec
from linkage.model_kinds import model_plan
from linkage.pair_population import population_sample
from linkage.pair_scores import row_positions
from linkage.pairs import PairSampling, training_pairs
from linkage.prior_odds import prior_for_all_crimes, prior_log_odds
from linkage.scoring import KeepRule, LinkLimits, score_links
from linkage.series import groups_of_crimes, series_data
from linkage.training import TrainedModel, train

STRENGTHS = ("A", "B")
N_NEAR, N_FAR = 1_000_000, 200_000
SOLVED_SHARE = 0.15
PUT_TO_OFFENDER = 0.6
"""Share of a caught offender's incidents that are solved; several are put to him or her at once."""
SCORED = "_SCORED.json"
FRAMES = ("crimes", "known", "links", "truth")


class ScoredForce(NamedTuple):
    """What co-linkage reads of a force, and the truth beside it.

    Attributes
    ----------
    crimes : DataFrame
        crime_id, incident_id; one row a crime.
    known : DataFrame
        person_id, crime_id, event_at of solved crimes, wrong suspects included.
    links : DataFrame
        crime_id_1, crime_id_2, log_bf: the strongest pairs of every crime, all above a posterior floor, and the
        strongest solved partners, as `assets.links` keeps them.
    truth : DataFrame
        person_id, crime_id, incident_id, is_solved, as `benchmarks.demo_force` gives it.
    prior_log_odds : float
        Natural log odds of a pair within the limits.
    """

    crimes: pd.DataFrame
    known: pd.DataFrame
    links: pd.DataFrame
    truth: pd.DataFrame
    prior_log_odds: float


def main() -> None:
    """Stage and score a force below a folder, unless that is done."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--crimes", type=int, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, required=True)
    chosen = options.parse_args()
    place = scored_folder(chosen.folder, chosen.crimes, chosen.seed)
    if not (place / SCORED).exists():
        _save(_scored(demo_force(chosen.crimes, chosen.seed, chosen.folder), chosen.seed), place)


def scored_folder(folder: Path, n_crimes: int, seed: int) -> Path:
    """Return where a force's links are kept: beside the staged force, and like it to be deleted after a change."""
    return folder / f"scored_{n_crimes}_{seed}"


def read_scored(place: Path) -> ScoredForce:
    """Read what `main` kept."""
    frames = (pd.read_parquet(place / f"{name}.parquet") for name in FRAMES)
    return ScoredForce(*frames, json.loads((place / SCORED).read_text())["prior_log_odds"])


def _scored(demo: DemoForce, seed: int) -> ScoredForce:
    crimes, rng = demo.crimes.reset_index(drop=True), np.random.default_rng([seed, len(demo.crimes)])
    labels = pd.concat([demo.offender_crimes, further_solved(demo, SOLVED_SHARE, rng)], ignore_index=True)
    known = series_data(labels, crimes, strengths=STRENGTHS)
    plan = model_plan("additive", demo.items, {})
    spec = fit_spec(crimes, plan.spec)
    trained = trained_as_a_refresh(crimes, known, plan.contender, spec, seed)
    keep, solved = KeepRule(), set(known["crime_id"])
    scored = score_links(crimes, trained.model, spec, trained.prior_log_odds, LinkLimits(), keep, solved)
    columns = ["crime_id_1", "crime_id_2", "log_bf"]
    links = pd.concat([scored.links[columns], scored.to_solved[columns]], ignore_index=True)
    links = links.drop_duplicates(columns[:2]).sort_values(columns[:2], ignore_index=True)
    return ScoredForce(crimes[["crime_id", "incident_id"]], known, links, demo.truth, trained.prior_log_odds)


def further_solved(demo: DemoForce, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Catch more offenders, who are named for most of their incidents, until a share of the crimes is solved.

    Returns
    -------
    DataFrame
        person_id, crime_id, label_strength; no row where as many crimes are solved as it is.
    """
    n_wanted = round(share * len(demo.crimes))
    named = demo.offender_crimes[demo.offender_crimes["label_strength"].isin(STRENGTHS)]
    solved = set(named["crime_id"]) & set(demo.crimes["crime_id"])
    free = demo.truth[~demo.truth["person_id"].isin(named["person_id"])]
    incidents = np.sort(free["incident_id"].unique())
    put_to = set(incidents[rng.random(incidents.size) < PUT_TO_OFFENDER])
    free = free[free["incident_id"].isin(put_to)]
    by_person = dict(list(free.groupby("person_id")["crime_id"]))
    caught: list[pd.DataFrame] = []
    for person in rng.permutation(np.sort(free["person_id"].unique())):
        if len(solved) >= n_wanted:
            break
        crime_ids = by_person[person]
        caught.append(pd.DataFrame({"person_id": person, "crime_id": crime_ids, "label_strength": STRENGTHS[-1]}))
        solved |= set(crime_ids)
    return pd.concat([demo.offender_crimes.iloc[:0][["person_id", "crime_id", "label_strength"]], *caught])


def trained_as_a_refresh(
    crimes: pd.DataFrame, known: pd.DataFrame, contender: Contender, spec: EvidenceSpec, seed: int
) -> TrainedModel:
    """Train and calibrate the model of a force as a refresh does."""
    sampling, rng = PairSampling(), np.random.default_rng(seed)
    pairs = training_pairs(known, crimes, sampling, rng)
    evidence = pair_evidence(crimes, *(row_positions(crimes, pairs[f"crime_id_{end}"]) for end in (1, 2)), spec)
    of_solved = prior_log_odds(known, crimes, sampling)
    prior = prior_for_all_crimes(of_solved, known["crime_id"].nunique() / len(crimes))
    population = population_sample(crimes, sampling.max_days, LinkLimits().max_km, rng, N_FAR, N_NEAR)
    of_population = pair_evidence(crimes, population["first"].to_numpy(), population["second"].to_numpy(), spec)
    groups, weight = groups_of_crimes(known), population["weight"].to_numpy()
    return train(contender, pairs, evidence, groups, of_population, weight, prior, rng)


def _save(force: ScoredForce, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        getattr(force, name).to_parquet(place / f"{name}.parquet")
    (place / SCORED).write_text(json.dumps({"prior_log_odds": force.prior_log_odds}))


if __name__ == "__main__":
    main()
