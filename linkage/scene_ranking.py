"""How models do on crimes that scene links join and nobody solved: where the partner stands among all crimes.

Offender labels come from crimes that were solved, and what gets solved is not like the rest. Scene links held out are
the one truth about crimes that are not, so they are told apart from the splits of solved crimes.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from linkage.candidates import group_numbers, ordered_crimes
from linkage.evidence import EvidenceSpec
from linkage.held_out_ranking import partner_ranks
from linkage.pair_scores import LinkModel, PairScore, incident_numbers, pair_scorer, row_positions
from linkage.pairs import PAIR
from linkage.ranked_lists import ranking_summary, rows_per_list

SPLIT = "scene_links"
MOST_CRIMES = 200
"""Each is compared with every crime of the force: of more, so many are drawn."""


def scene_ranking(
    models: Mapping[str, tuple[LinkModel, EvidenceSpec]],
    crimes: pd.DataFrame,
    truth: pd.DataFrame,
    rng: np.random.Generator,
    across_groups: bool = True,
    most_crimes: int = MOST_CRIMES,
) -> pd.DataFrame:
    """Rank the partners that scene links name among all crimes, and sum up the ranks by model.

    Parameters
    ----------
    models : mapping of str to (LinkModel, EvidenceSpec)
        Fitted, by name.
    crimes : DataFrame
        One row a crime, in any order.
    truth : DataFrame
        crime_id_1, crime_id_2, group (`linkage.scene_links.held_out_pairs`).
    rng : Generator
        Draws the crimes to rank for, where there are more than `most_crimes`.
    across_groups : bool
        Without it crimes of another crime group stand last in each list.
    most_crimes : int

    Returns
    -------
    DataFrame
        model, split (`scene_links`), metric (those of `ranking_summary`), value, n_pairs (compared), n_linked (true
        partners listed, a pair counting from each of its ends). No row where there is no truth.

    Raises
    ------
    ScoringError
        A true pair names a crime that is not among the crimes.
    """
    crimes = ordered_crimes(crimes)
    ends = [row_positions(crimes, truth[name]) for name in PAIR]
    partners = pd.DataFrame({"crime_row": np.concatenate(ends), "partner_row": np.concatenate(ends[::-1])})
    asked = np.unique(partners["crime_row"].to_numpy())
    if len(asked) > most_crimes:
        asked = np.sort(rng.permutation(asked)[:most_crimes])
    group = crimes["crime_id"].to_numpy(dtype=object, copy=True)
    group[np.concatenate(ends)] = np.tile(truth["group"].to_numpy(dtype=object), 2)
    parts = [pd.DataFrame(columns=["model", "split", "metric", "value", "n_pairs", "n_linked"])]
    for name, (model, spec) in models.items():
        score = _apart(crimes, pair_scorer(crimes, model, spec), across_groups)
        ranks = partner_ranks(asked, partners, incident_numbers(crimes), score)
        if len(ranks):
            parts.append(_summed_up(name, ranks, group))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _apart(crimes: pd.DataFrame, score: PairScore, across_groups: bool) -> PairScore:
    """Return a score that puts pairs across crime groups last, where they are kept apart."""
    block = group_numbers(crimes, across_groups)
    return lambda first, second: np.where(block[first] == block[second], score(first, second), -np.inf)


def _summed_up(name: str, ranks: pd.DataFrame, group: np.ndarray) -> pd.DataFrame:
    summary = ranking_summary(rows_per_list(ranks, group))
    n_pairs = int(ranks.drop_duplicates("crime_row")["n_candidates"].sum())
    values = pd.DataFrame({"metric": list(summary), "value": list(summary.values())})
    return values.assign(model=name, split=SPLIT, n_pairs=n_pairs, n_linked=len(ranks))[
        ["model", "split", "metric", "value", "n_pairs", "n_linked"]
    ]
