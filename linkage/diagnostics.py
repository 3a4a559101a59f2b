"""Whether the chains of any sampler have met, and how much their draws are worth.

Rank-normalised split R-hat and effective sample sizes of bulk and tails (Vehtari, Gelman, Simpson, Carpenter and
Buerkner 2021, Bayesian Analysis 16), which stay meaningful for the heavy tails of a concentration.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from linkage.chain_statistics import TAILS, FloatArray, chain_statistics

if TYPE_CHECKING:  # judging chains needs no sampler
    from linkage.co_linkage import CoLinkageResult

COLUMNS = ("quantity", "mean", "sd", "q05", "q95", "rhat", "ess_bulk", "ess_tail")
BLOCK_VALUES = 100_000  # draws worked on at a time: few enough to stay in the processor's cache
MOST_NAMED = 3
MOST_TIMES = 20.0  # beyond this, chains that are only short and chains that are stuck cannot be told apart


def rhat(draws: ArrayLike) -> float:
    """Compare the chains' halves with each other, in place and in scatter; below about 1.01 they agree.

    Parameters
    ----------
    draws
        (n_chains, n_draws), at least 4 draws a chain.

    Returns
    -------
    float
        NaN where draws are constant or not all finite, infinite where each chain is stuck at a value of its own.

    Raises
    ------
    ValueError
        If ``draws`` has another shape.
    """
    return float(chain_statistics(_checked(draws).astype(np.float64)[None]).rhat[0])


def effective_sample_size(draws: ArrayLike) -> float:
    """Count the independent draws that would locate the bulk of the distribution as well as these.

    Takes and refuses what `rhat` does; NaN where draws are constant or not all finite.
    """
    return float(chain_statistics(_checked(draws).astype(np.float64)[None]).ess_bulk[0])


def tail_effective_sample_size(draws: ArrayLike) -> float:
    """Count the independent draws that would place the 5% and 95% quantiles as well as these: the worse of the two.

    Takes and refuses what `rhat` does; NaN where draws are constant or not all finite.
    """
    return float(chain_statistics(_checked(draws).astype(np.float64)[None]).ess_tail[0])


def diagnose(traces: "Mapping[str, ArrayLike] | CoLinkageResult", n_pairs: int | None = 20) -> pd.DataFrame:
    """Summarise and check every named trace.

    Parameters
    ----------
    traces
        For each quantity its draws, (n_chains, n_draws), numbers or truths; shapes may differ between quantities.
        Or what co-linkage found, which stands for `co_linkage_traces` of it.
    n_pairs
        Read only where co-linkage is given.

    Returns
    -------
    DataFrame
        One row a quantity, in the order given: quantity, mean, sd, q05, q95, rhat, ess_bulk, ess_tail.

    Raises
    ------
    ValueError
        If a trace has another shape; the message names it.
    """
    named = traces if isinstance(traces, Mapping) else co_linkage_traces(traces, n_pairs)
    checked = {name: _checked(trace, name) for name, trace in named.items()}
    rows: dict[str, FloatArray] = {}
    for names, block in _blocks(checked):
        rows |= dict(zip(names, _summary(block), strict=True))
    found = np.array([rows[name] for name in checked]).reshape(len(checked), len(COLUMNS) - 1)
    table = pd.DataFrame(found, columns=list(COLUMNS[1:]))
    table.insert(0, "quantity", pd.Series(list(checked), dtype="str"))
    return table


def convergence_fault(diagnostics: pd.DataFrame, worst_rhat: float = 1.01, least_ess: float = 400.0) -> str | None:
    """Say in one line what has not converged, by how much and what to do; None where all has.

    Parameters
    ----------
    diagnostics
        What `diagnose` gives. A quantity that never changes in any chain passes: there is nothing to disagree on.
    worst_rhat
        R-hat up to which chains agree.
    least_ess
        Effective draws that bulk and tails both need.

    Raises
    ------
    ValueError
        If a bound is one that no chains could keep.
    """
    if not (worst_rhat > 1.0 and least_ess > 0.0):
        raise ValueError(
            f"worst_rhat, least_ess: expected above 1 and above 0, got {worst_rhat:g} and {least_ess:g}; "
            "1.01 and 400 are usual"
        )
    times = _times_too_short(diagnostics, worst_rhat, least_ess)
    failing = diagnostics.assign(times=times)[times > 1.0].sort_values("times", ascending=False, kind="stable")
    if failing.empty:
        return None
    named = [_fault(row, worst_rhat, least_ess) for row in failing.head(MOST_NAMED).to_dict("records")]
    more = [f"{len(failing) - MOST_NAMED} more"] if len(failing) > MOST_NAMED else []
    count = f"{len(failing)} of {len(diagnostics)} quantities have not converged"
    return f"{count}: {'; '.join([*named, *more])}. {_advice(failing)}"


def co_linkage_traces(result: "CoLinkageResult", n_pairs: int | None = 20) -> dict[str, FloatArray]:
    """Return the traces of every hyperparameter, and of the ``n_pairs`` links that are the most undecided.

    All links of 0.01 or more where ``n_pairs`` is None; their draws are those of `CoLinkageResult.link_traces`.
    """
    n_chains = result.labels.shape[0]
    named = result.draws.drop(columns=["chain", "sweep"])
    traces = {str(name): draws.to_numpy(np.float64).reshape(n_chains, -1) for name, draws in named.items()}
    links = result.link_traces() if n_pairs != 0 else {}
    undecided = sorted(links, key=lambda name: abs(float(links[name].mean()) - 0.5))
    return traces | {name: links[name] for name in undecided[:n_pairs]}


def _times_too_short(diagnostics: pd.DataFrame, worst_rhat: float, least_ess: float) -> FloatArray:
    """Return by what factor more draws each quantity needs; infinite where more will not help.

    Effective draws grow with the length, and R-hat squared less 1 falls with it.
    """
    rhat = diagnostics["rhat"].to_numpy(dtype=np.float64)
    ess = diagnostics[["ess_bulk", "ess_tail"]].min(axis=1).to_numpy(dtype=np.float64)
    times = np.fmax(least_ess / ess, (rhat**2 - 1.0) / (worst_rhat**2 - 1.0))
    is_constant = np.isnan(rhat) & np.isfinite(diagnostics["mean"].to_numpy(dtype=np.float64))
    return np.where(is_constant, 0.0, np.where(np.isfinite(rhat), times, np.inf))


def _fault(row: Mapping[Any, Any], worst_rhat: float, least_ess: float) -> str:
    if np.isnan(row["rhat"]):
        return f"{row['quantity']} has draws that are not finite"
    parts = [f"R-hat {row['rhat']:.3f} (at most {worst_rhat:g})"] if row["rhat"] > worst_rhat else []
    for words, name in (("effective draws", "ess_bulk"), ("effective draws in the tails", "ess_tail")):
        if row[name] < least_ess:
            parts.append(f"{row[name]:.0f} {words} (at least {least_ess:g})")
    return f"{row['quantity']}: {', '.join(parts)}"


def _advice(failing: pd.DataFrame) -> str:
    if failing["rhat"].isna().any():
        return "Correct the prior or the data that let it run away"
    times = float(failing["times"].iloc[0])
    if times > MOST_TIMES:
        return "Chains are in different places: look at the traces, lengthen the warm-up and sample longer"
    return f"Sample about {np.ceil(times):.0f} times as long"


def _checked(draws: ArrayLike, name: str = "draws") -> NDArray[np.generic]:
    chains = np.asarray(draws, dtype=None if isinstance(draws, np.ndarray) else np.float64)
    if chains.ndim != 2 or chains.shape[0] < 1 or chains.shape[1] < 4:
        raise ValueError(
            f"{name}: expected shape (n_chains, n_draws) with at least 4 draws, got {chains.shape}; sample longer"
        )
    return chains


def _blocks(traces: Mapping[str, NDArray[np.generic]]) -> Iterator[tuple[list[str], FloatArray]]:
    """Give quantities of one shape together, (n_quantities, n_chains, n_draws)."""
    by_shape: dict[tuple[int, ...], list[str]] = {}
    for name, trace in traces.items():
        by_shape.setdefault(trace.shape, []).append(name)
    for shape, names in by_shape.items():
        size = max(1, BLOCK_VALUES // (shape[0] * shape[1]))
        for start in range(0, len(names), size):
            chosen = names[start : start + size]
            yield chosen, np.stack([traces[name] for name in chosen]).astype(np.float64)


def _summary(draws: FloatArray) -> FloatArray:
    """Return (n_quantities, 7): the columns after the name."""
    values = draws.reshape(len(draws), -1)
    # Draws that are not all finite have no mean either; numpy would warn of infinity less infinity.
    with np.errstate(invalid="ignore"):
        low, high = np.quantile(values, TAILS, axis=1)
        place, spread = values.mean(axis=1), values.std(axis=1, ddof=1)
    return np.column_stack([place, spread, low, high, *chain_statistics(draws)])
