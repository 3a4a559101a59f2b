"""How far a measure would move with other offenders: bootstrap over groups, and differences between models.

Offenders are the sample, not pairs: one prolific group brings hundreds of pairs that say the same. Groups of connected
offenders are drawn with replacement, as many as there are, and a pair counts as often as the drawn population holds it:

- a pair within one group, drawn m times: m. Every linked pair is of this kind.
- a pair of two groups, drawn m and n times: m n, for each copy of the one crime meets each copy of the other.

Copies of one group are not paired with each other: they would be a crime against itself. This is the bootstrap of
dyadic data, over vertices (Snijders and Borgatti 1999, Connections 22, 61-70); Owen (2007, Annals of Applied Statistics
1, 386-411) shows that such products of two ways of counting never understate the variance by much and err on the wide
side. Drawing unlinked pairs one by one would leave out that a crime in a busy street makes forty of them alike.

Draws are a long frame, so that those of resamples and those of repeated splits are read by the same functions:
model, metric, draw, value. Models are compared within a draw, which takes out what all of them share.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evaluation_inputs import EvaluationError, Floats, descending, labelled_scores

Ints = npt.NDArray[np.int64]
Metric = Callable[[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike | None], float]
DRAW_COLUMNS = ("model", "metric", "draw", "value")
AS_GIVEN = 0
"""The draw that is the data themselves, each group once."""


class PairGroups(NamedTuple):
    """The group of connected offenders of each pair's two crimes, as numbers 0, 1, ...; equal for a linked pair."""

    first: Ints
    second: Ints

    @property
    def n_groups(self) -> int:
        """Groups there are, those without a pair in between included."""
        return int(max(self.first.max(initial=-1), self.second.max(initial=-1))) + 1


def pair_groups(pairs: pd.DataFrame, groups: pd.Series) -> PairGroups:
    """Return the groups of the crimes of each pair.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2.
    groups : Series of str, indexed by crime_id
        Group of connected offenders of each crime (`linkage.series.groups_of_crimes`).

    Raises
    ------
    EvaluationError
        A crime has no group.
    """
    named = [pairs[name].map(groups) for name in ("crime_id_1", "crime_id_2")]
    n_missing = sum(int(labels.isna().sum()) for labels in named)
    if n_missing:
        raise EvaluationError(
            f"groups: expected a group of every crime, got {n_missing} crimes without; make groups of all solved crimes"
        )
    number = pd.factorize(pd.concat(named), sort=True)[0].astype(np.int64)
    return PairGroups(number[: len(pairs)], number[len(pairs) :])


def group_draws(n_groups: int, n_resamples: int, rng: np.random.Generator) -> Ints:
    """Return how often each group is drawn; shape (n_resamples, n_groups), each row sums to n_groups."""
    if not n_groups:
        return np.zeros((n_resamples, 0), dtype=np.int64)
    return rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=n_resamples).astype(np.int64)


def pair_multiplicity(times_drawn: Ints, groups: PairGroups) -> Ints:
    """Return how often a resample holds each pair, by the rule at the head of this module."""
    first, second = times_drawn[groups.first], times_drawn[groups.second]
    return np.where(groups.first == groups.second, first, first * second)


def bootstrap_pairs(
    log_odds: Mapping[str, Floats],
    is_linked: npt.ArrayLike,
    groups: PairGroups,
    metrics: Mapping[str, Metric],
    rng: np.random.Generator,
    *,
    n_resamples: int = 200,
    sample_weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Measure models on the same resamples of groups of offenders.

    Parameters
    ----------
    log_odds : mapping of model to float64, shape (n_pairs,)
    is_linked : array_like, bool, shape (n_pairs,)
    groups : PairGroups
    metrics : mapping of name to callable of (log_odds, is_linked, sample_weight)
    rng : Generator
    n_resamples : int
    sample_weight : array_like, float, shape (n_pairs,), optional
        How many pairs each one stands for; multiplied by how often it is drawn.

    Returns
    -------
    DataFrame
        The columns of `DRAW_COLUMNS`; draw 0 is the data as given. A resample without linked pairs has NaN.
    """
    rows = []
    times_drawn = group_draws(groups.n_groups, n_resamples, rng)
    for model, score in log_odds.items():
        pairs = labelled_scores(score, is_linked, sample_weight)
        order = descending(pairs.score)  # once, for measures do not sort again what is in order
        ranked, linked, size = pairs.score[order], pairs.is_linked[order], pairs.size[order]
        placed = PairGroups(groups.first[order], groups.second[order])
        for draw, weight in _weights_of_draws(size, times_drawn, placed):
            held = weight > 0
            values = _measured(metrics, ranked[held], linked[held], weight[held])
            rows += [(model, metric, draw, value) for metric, value in values.items()]
    return pd.DataFrame(rows, columns=list(DRAW_COLUMNS))


def bootstrap_rows(
    tables: Mapping[str, pd.DataFrame],
    summarise: Callable[[pd.DataFrame], Mapping[str, float]],
    rng: np.random.Generator,
    *,
    group: str = "group",
    n_resamples: int = 200,
) -> pd.DataFrame:
    """Summarise tables of models, a row a crime or a crime and partner, on the same resamples of groups.

    Parameters
    ----------
    tables : mapping of model to DataFrame
        With a column that names the group of connected offenders of each row.
    summarise : callable of a table
        Gives the measures; a row drawn twice comes twice.
    rng : Generator
    group : str
        Name of that column.
    n_resamples : int

    Returns
    -------
    DataFrame
        The columns of `DRAW_COLUMNS`; draw 0 is the tables as given.
    """
    labels = pd.Index(sorted(set().union(*(table[group] for table in tables.values()))))
    times_drawn = group_draws(len(labels), n_resamples, rng)
    rows = []
    for model, table in tables.items():
        number = labels.get_indexer(pd.Index(table[group]))
        place = np.arange(len(table))
        for draw in range(n_resamples + 1):
            drawn = place if draw == AS_GIVEN else np.repeat(place, times_drawn[draw - 1][number])
            rows += [(model, metric, draw, float(value)) for metric, value in summarise(table.iloc[drawn]).items()]
    return pd.DataFrame(rows, columns=list(DRAW_COLUMNS))


def intervals(draws: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the value of each model and measure with its percentile interval.

    Parameters
    ----------
    draws : DataFrame
        The columns of `DRAW_COLUMNS`. The value is that of draw 0; repeated splits have none, and it is their mean.
    level : float

    Returns
    -------
    DataFrame
        model, metric, value, value_low, value_high, n_draws that gave a number, in the order of the draws.
    """
    if not 0 < level < 1:
        raise EvaluationError(f"level: expected a share between 0 and 1, got {level}; 0.95 is usual")
    given, drawn = draws[draws["draw"] == AS_GIVEN], draws[draws["draw"] != AS_GIVEN]
    key = ["model", "metric"]
    grouped = drawn.groupby(key, sort=False)["value"]
    table = pd.DataFrame(
        {
            "value": given.set_index(key)["value"] if len(given) else grouped.mean(),
            "value_low": grouped.quantile((1 - level) / 2),
            "value_high": grouped.quantile((1 + level) / 2),
            "n_draws": grouped.count(),
        }
    )
    order = draws[key].drop_duplicates()
    return order.merge(table.reset_index(), on=key, how="left")


def paired_differences(draws: pd.DataFrame, baseline: str, level: float = 0.95) -> pd.DataFrame:
    """Return how far each model is above a baseline, compared within each draw, with its percentile interval.

    Parameters
    ----------
    draws : DataFrame
        The columns of `DRAW_COLUMNS`: resamples, or repeated splits.
    baseline : str
        Model that the others are compared with.
    level : float

    Returns
    -------
    DataFrame
        model, metric, difference, difference_low, difference_high; no row for the baseline.

    Raises
    ------
    EvaluationError
        The baseline is not among the models.
    """
    if baseline not in set(draws["model"]):
        known = ", ".join(draws["model"].drop_duplicates())
        raise EvaluationError(f"baseline: expected one of the models {known}, got {baseline!r}; name one that was run")
    same_draw = draws.merge(draws[draws["model"] == baseline].drop(columns="model"), on=["metric", "draw"])
    apart = same_draw.assign(value=same_draw["value_x"] - same_draw["value_y"])
    found = intervals(apart[apart["model"] != baseline][list(DRAW_COLUMNS)], level)
    names = {"value": "difference", "value_low": "difference_low", "value_high": "difference_high"}
    return found.rename(columns=names).drop(columns="n_draws")


def _weights_of_draws(size: Floats, times_drawn: Ints, groups: PairGroups) -> Iterator[tuple[int, Floats]]:
    yield AS_GIVEN, size
    for draw, times in enumerate(times_drawn, 1):
        yield draw, size * pair_multiplicity(times, groups)


def _measured(
    metrics: Mapping[str, Metric], log_odds: Floats, linked: npt.NDArray[np.bool_], weight: Floats
) -> dict[str, float]:
    if not linked.any():
        return dict.fromkeys(metrics, float("nan"))
    return {name: metric(log_odds, linked, weight) for name, metric in metrics.items()}
