"""The dendrogram: which crimes were merged at which log Bayes factor, and how many clusters a cut leaves.

Leaves stand below one another on the left, where merges are strong, so that labels are read straight on a phone.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from linkage.dense_tree import MergeTree, cut
from linkage.figures.style import AGAINST, FAINT, FOR, INK, FigureError, styled
from linkage.figures.tree_layout import TreeLayout, tree_layout

if TYPE_CHECKING:
    import altair as alt

FULL_WIDTH, LEAST_WIDTH = 330, 150  # pixels: with labels, and of the drawing beside long ones
LEAF_HEIGHT, BARE_HEIGHT = 13, 480  # pixels: of a labelled leaf, and of all leaves without labels
MAX_LABELLED = 60
MAX_LABEL, LABEL_PIXELS = 140, 6.0  # pixels: of a label at most, and of one character
TIER = 14  # pixels that the number of clusters takes above the leaves
NUMBER_WIDTH = 28  # pixels; cuts nearer to each other have their numbers in two tiers
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Row = dict[str, Any]


def dendrogram_figure(tree: MergeTree, labels: Sequence[str], cuts: Sequence[float] = ()) -> "alt.LayerChart":
    """Return the dendrogram of a tree, log Bayes factor (natural) below and the Bayes factor above.

    Parameters
    ----------
    tree : MergeTree
        A tree, or a forest whose last merges nothing allowed.
    labels : sequence of str
        One a crime, as crime_ids; drawn up to 60 crimes.
    cuts : sequence of float
        Log Bayes factors (natural) at which a dashed line stands, headed by the number of clusters that it leaves.

    Raises
    ------
    FigureError
        There are not as many labels as crimes, or no crimes.
    """
    import altair as alt

    _check(tree, labels)
    canvas = _canvas(tree, labels, cuts)
    layout = tree_layout(tree)
    rows = branch_rows(tree, layout, canvas.reach[0])
    layers = [*_rulers(canvas, [labels[crime] for crime in layout.order]), _branches(rows, canvas)]
    layers += _cut_lines(tree, cuts, canvas)
    title = alt.TitleParams("Crimes merged by log Bayes factor", subtitle=_subtitle(cuts), offset=10)
    chart = alt.layer(*layers).properties(width=canvas.width, height=canvas.height, title=title)
    return styled(chart.resolve_axis(x="independent", y="independent"), _description(tree, cuts))


def branch_rows(tree: MergeTree, layout: TreeLayout, leaves_at: float) -> list[Row]:
    """Return the lines of the drawing: of each merge a line to each of its branches and one that joins them.

    Parameters
    ----------
    tree : MergeTree
    layout : TreeLayout
    leaves_at : float
        Log BF at which the lines of the leaves begin.
    """
    level = np.concatenate([np.full(tree.n_crimes, leaves_at), tree.log_bf])
    rows = []
    for merge, at in enumerate(tree.log_bf.tolist()):
        children = [int(tree.first[merge]), int(tree.second[merge])]
        places = [float(layout.place[child]) for child in children]
        told = {"log_bf": at, "log10_bf": at / float(np.log(10)), "n_crimes": int(tree.size[merge])}
        rows.append({"begin": at, "end": at, "from": places[0], "to": places[1], **told})
        rows += [
            {"begin": float(level[child]), "end": at, "from": place, "to": place, **told}
            for child, place in zip(children, places, strict=True)
        ]
    return rows


class _Canvas(NamedTuple):
    """The scales that all layers share: log BF across, strong on the left; leaves down, numbers of clusters above."""

    reach: tuple[float, float]
    top: float
    n_leaves: int
    width: int
    height: int
    is_labelled: bool

    def x(self, field: str, axis: Any = None) -> Any:
        import altair as alt

        return alt.X(f"{field}:Q", axis=axis, scale=alt.Scale(domain=list(self.reach), nice=False, zero=False))

    def y(self, field: str, axis: Any = None) -> Any:
        import altair as alt

        scale = alt.Scale(domain=[self.n_leaves - 0.5, self.top], nice=False, zero=False)
        return alt.Y(f"{field}:Q", axis=axis, scale=scale)

    def leaves(self, pixels: float) -> float:
        """Return a height in pixels as so many leaves."""
        return pixels * (self.n_leaves - 0.5 - self.top) / self.height


def _canvas(tree: MergeTree, labels: Sequence[str], cuts: Sequence[float]) -> _Canvas:
    n, is_labelled = tree.n_crimes, tree.n_crimes <= MAX_LABELLED
    room = min(MAX_LABEL, LABEL_PIXELS * max(len(label) for label in labels)) if is_labelled else 0
    below = LEAF_HEIGHT * n if is_labelled else BARE_HEIGHT
    above = 2 * TIER + 4 if len(cuts) else 0
    levels = [*tree.log_bf.tolist(), *cuts, 0.0]
    margin = 0.05 * (max(levels) - min(levels)) + 0.2
    return _Canvas(
        reach=(max(levels) + margin, min(levels) - margin),
        top=-0.5 - n * above / below,
        n_leaves=n,
        width=max(LEAST_WIDTH, int(FULL_WIDTH - room)),
        height=below + above,
        is_labelled=is_labelled,
    )


def _rulers(canvas: _Canvas, ordered: list[str]) -> list[Any]:
    """Return both axes across, a dotted line where evidence says nothing, and the labels of the leaves."""
    import altair as alt

    rule = alt.Chart(alt.Data(values=[{"at": 0.0}])).mark_rule(color=FAINT, strokeDash=[2, 3])
    below = alt.Axis(title="log BF (natural)", orient="bottom", tickCount=6)
    powers = [power for power in range(-12, 31) if canvas.reach[1] <= power * np.log(10) <= canvas.reach[0]]
    places = {power * float(np.log(10)): _power(power) for power in powers}
    named = " : ".join(f"abs(datum.value - ({at})) < 1e-6 ? '{words}'" for at, words in places.items())
    above = alt.Axis(
        title="Bayes factor",
        orient="top",
        values=list(places),
        labelExpr=f"{named} : ''",
        labelOverlap="greedy",
    )
    layers = [rule.encode(x=canvas.x("at", axis)) for axis in (below, above)]
    if not canvas.is_labelled:
        return layers
    names = alt.Axis(
        orient="left",
        title=None,
        values=list(range(canvas.n_leaves)),
        labelExpr=f"{json.dumps(ordered)}[datum.value]",
        labelLimit=MAX_LABEL,
        labelOverlap=False,
        labelFontSize=10,
        domain=False,
        ticks=False,
    )
    leaves = alt.Chart(alt.Data(values=[{"at": canvas.reach[0], "leaf": leaf} for leaf in range(canvas.n_leaves)]))
    return [*layers, leaves.mark_point(opacity=0).encode(x=canvas.x("at"), y=canvas.y("leaf", names))]


def _branches(rows: list[Row], canvas: _Canvas) -> Any:
    import altair as alt

    tooltip = [
        alt.Tooltip("log_bf:Q", title="log BF of the merge", format=".2f"),
        alt.Tooltip("log10_bf:Q", title="log10 BF", format=".2f"),
        alt.Tooltip("n_crimes:Q", title="crimes in the new cluster"),
    ]
    colour = alt.condition("datum.log_bf >= 0", alt.value(FOR), alt.value(AGAINST))
    lines = alt.Chart(alt.Data(values=rows)).mark_rule(
        strokeWidth=1.4 if canvas.is_labelled else 0.8, strokeCap="square"
    )
    across = {"x": canvas.x("begin"), "x2": alt.X2("end:Q")}
    return lines.encode(y=canvas.y("from"), y2=alt.Y2("to:Q"), color=colour, tooltip=tooltip, **across)


def _cut_lines(tree: MergeTree, cuts: Sequence[float], canvas: _Canvas) -> list[Any]:
    import altair as alt

    if not len(cuts):
        return []
    per_pixel = (canvas.reach[0] - canvas.reach[1]) / canvas.width
    rows, last = [], {0: np.inf, 1: np.inf}
    for at in sorted(cuts, reverse=True):
        tier = 0 if last[0] - at >= NUMBER_WIDTH * per_pixel else 1
        last[tier] = at
        place = -0.5 - canvas.leaves(TIER * (tier + 0.5))
        rows.append({"at": at, "n_clusters": n_clusters(tree, at), "place": place, "foot": canvas.n_leaves - 0.5})
    base = alt.Chart(alt.Data(values=rows))
    line = base.mark_rule(color=INK, strokeDash=[5, 3])
    number = base.mark_text(fontSize=11, color=INK, dx=3, align="left")
    return [
        line.encode(x=canvas.x("at"), y=canvas.y("place"), y2=alt.Y2("foot:Q")),
        number.encode(x=canvas.x("at"), y=canvas.y("place"), text="n_clusters:Q"),
    ]


def n_clusters(tree: MergeTree, threshold: float) -> int:
    """Return how many clusters are left when merging stops below a log Bayes factor (natural)."""
    return int(cut(tree, threshold).max()) + 1


def _subtitle(cuts: Sequence[float]) -> list[str]:
    return ["Dashed: cuts, headed by the number of clusters."] if len(cuts) else []


def _description(tree: MergeTree, cuts: Sequence[float]) -> str:
    left = "; ".join(f"{n_clusters(tree, at)} clusters at log BF {at:g}" for at in cuts)
    return f"Dendrogram of {tree.n_crimes} crimes over {len(tree.log_bf)} merges{': ' if left else ''}{left}"


def _power(power: int) -> str:
    """Return a power of ten as people write it."""
    if -2 <= power <= 3:
        return f"{10**power:,.0f}" if power >= 0 else f"{10.0**power:g}"
    return "10" + str(power).translate(SUPERSCRIPT)


def _check(tree: MergeTree, labels: Sequence[str]) -> None:
    if tree.n_crimes < 1 or len(labels) != tree.n_crimes:
        raise FigureError(
            f"labels: expected one for each of {tree.n_crimes} crimes, at least one, got {len(labels)}; "
            "give the crime_ids in the order of the clustered matrix"
        )
