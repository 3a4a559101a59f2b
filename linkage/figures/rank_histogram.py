"""How each chain's draws rank among all chains' draws: even bars where the chains tell of one posterior.

Vehtari, Gelman, Simpson, Carpenter and Buerkner (2021), section 4.2. A chain that sits too high leans to the right,
one that is too narrow stands in the middle.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.chain_statistics import chain_statistics
from linkage.figures.hyperparameter_words import Hyperparameter, drawn_hyperparameters
from linkage.figures.style import INK, MODEL_COLOURS, PANEL_WIDTH, FigureError, styled

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 52
N_BINS = 15
GAP = 0.12  # of a chain's width, between chains
Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


def rank_histogram_figure(
    draws: pd.DataFrame, names: Mapping[str, str] | None = None, *, n_bins: int = N_BINS, columns: int = 1
) -> "alt.ConcatChart":
    """Return one panel a hyperparameter, in it the rank histograms of its chains beside each other.

    Parameters
    ----------
    draws : DataFrame
        One row a kept sweep: chain, sweep and one column a hyperparameter, as `CoLinkageResult.draws`; chains are
        of one length.
    names : mapping of code to str, optional
        Items and other features in words.
    n_bins : int
        Bars of each chain.
    columns : int
        Panels beside each other: 1 fits a phone, 3 a desk.

    Raises
    ------
    FigureError
        A column is missing, draws are not finite, chains differ in length, or a number is too small.
    """
    import altair as alt

    shown = drawn_hyperparameters(draws, names)
    if n_bins < 2 or columns < 1:
        raise FigureError(f"n_bins, columns: expected from 2 and 1, got {n_bins} and {columns}; {N_BINS} and 1 do")
    parts = [_panel(rank_rows(draws, each.name, n_bins), each) for each in shown]
    lines = ["Good chains are even: all bars near the line.", "Dashed: 19 of 20 bars of good chains lie between."]
    title = alt.TitleParams("Do the chains tell the same?", subtitle=lines, offset=10)
    chart = alt.concat(*parts, columns=columns, spacing=12, title=title)
    words = ", ".join(each.words for each in shown)
    return styled(
        chart, f"Ranks of {draws['chain'].nunique()} chains' draws among all draws, even if they agree: {words}"
    )


def rank_rows(draws: pd.DataFrame, name: str, n_bins: int) -> list[Row]:
    """Return the bars of one hyperparameter.

    Returns
    -------
    list of dict
        chain (from 1), times (the bar beside an even one, which is 1), from and to (across the panel, a chain being
        1 wide), low and high (where 95% of bars of chains that agree lie, given what the draws are worth).
    """
    chains = [each[name].to_numpy(dtype=np.float64) for _, each in draws.sort_values("sweep").groupby("chain")]
    lengths = sorted({len(chain) for chain in chains})
    if len(lengths) > 1 or lengths[0] < 4:
        raise FigureError(f"draws: expected chains of one length from 4 sweeps, got {lengths}; cut them to one length")
    worth = float(chain_statistics(np.stack(chains)[None]).ess_bulk[0]) / len(chains)
    reach = 1.96 * np.sqrt((n_bins - 1) / worth) if np.isfinite(worth) else 0.0
    width = (1.0 - GAP) / n_bins
    return [
        {
            "chain": chain + 1,
            "times": float(round(times, 4)),
            "from": round(chain + at * width, 5),
            "to": round(chain + (at + 1) * width, 5),
            "low": round(max(0.0, 1.0 - reach), 4),
            "high": round(1.0 + reach, 4),
        }
        for chain, row in enumerate(_rank_counts(np.stack(chains), n_bins) * (n_bins / lengths[0]))
        for at, times in enumerate(row)
    ]


def _rank_counts(chains: Floats, n_bins: int) -> Floats:
    """Return (n_chains, n_bins): draws by rank; equal draws are spread over all the ranks that they take together.

    Else a whole number as that of clusters, with fewer values than bars, would leave gaps in good chains.
    """
    _, where = np.unique(chains, return_inverse=True)
    by_value = np.stack([np.bincount(row, minlength=where.max() + 1) for row in where.reshape(chains.shape)])
    up_to = np.concatenate([[0], np.cumsum(by_value.sum(axis=0))])
    edges = np.linspace(0, chains.size, n_bins + 1)
    below = [np.interp(edges, up_to, np.concatenate([[0], np.cumsum(row)])) for row in by_value]
    return np.diff(np.stack(below), axis=1)


def _panel(rows: list[Row], shown: Hyperparameter) -> Any:
    import altair as alt

    n_chains = max(row["chain"] for row in rows)
    top = max(2.0, *(row["times"] for row in rows))
    base = alt.Chart(alt.Data(values=rows), width=PANEL_WIDTH, height=HEIGHT)
    bands = [
        {"from": float(at), "to": at + 1.0 - GAP, "low": rows[0]["low"], "high": min(rows[0]["high"], top), "even": 1.0}
        for at in range(n_chains)
    ]
    across = alt.Scale(domain=[0, n_chains - GAP], nice=False)
    middles = [round(at + (1.0 - GAP) / 2, 4) for at in range(n_chains)]
    axis = alt.Axis(values=middles, ticks=False, labelExpr="'chain ' + ceil(datum.value)", labelOverlap=False)
    x = alt.X("from:Q", title=None, scale=across, axis=axis)
    y = {
        "title": None,
        "scale": alt.Scale(domain=[0, top], nice=False),
        "axis": alt.Axis(values=[0, 1, 2, 4, 8], format="d"),
    }
    colours = [MODEL_COLOURS[at % len(MODEL_COLOURS)] for at in range(n_chains)]
    shade = alt.Scale(domain=list(range(1, n_chains + 1)), range=colours)
    bars = base.mark_rect(stroke="white", strokeWidth=0.4, opacity=0.8, aria=False).encode(
        x=x, x2="to:Q", y=alt.Y("times:Q", **y), y2=alt.datum(0), color=alt.Color("chain:O", scale=shade, legend=None)
    )
    allowed = alt.Chart(alt.Data(values=bands))
    lines = [
        allowed.mark_rule(color=INK, strokeWidth=0.8, strokeDash=dash, aria=False).encode(
            x=x, x2="to:Q", y=alt.Y(f"{name}:Q", **y)
        )
        for name, dash in (("even", [1, 0]), ("low", [2, 2]), ("high", [2, 2]))
    ]
    title = alt.TitleParams(shown.words, fontSize=11, offset=4, frame="group")
    return alt.layer(bars, *lines).properties(title=title)
