"""Co-linkage as a square of shades: known groups as blocks, beside each the unsolved crimes that may belong to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from linkage.figures.heat_map import heat_map_figure, probability_matrix
from linkage.figures.style import FigureError

if TYPE_CHECKING:
    import altair as alt

COLUMNS = ("crime_id_1", "crime_id_2", "probability")
LINE, MOST_CRIMES = 0.25, 36
Families = list[list[str]]


def co_linkage_map_figure(
    pairs: pd.DataFrame, groups: Mapping[str, str], line: float = LINE, most_crimes: int = MOST_CRIMES
) -> "alt.LayerChart":
    """Return the square of the likeliest leads: unsolved crimes, and all crimes of the known groups they may join.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2, probability: pairs with at least one unsolved crime, as `CoLinkageResult.pairs`.
    groups : mapping of crime_id to str
        The known group of each solved crime; a crime that is not there is unsolved.
    line : float
        Probability from which a pair is a lead.
    most_crimes : int
        Crimes drawn at most, whole families of the strongest leads first.

    Raises
    ------
    FigureError
        A column is missing, or no pair reaches the line.
    """
    absent = [name for name in COLUMNS if name not in pairs]
    if absent:
        raise FigureError(f"pairs: expected columns {', '.join(COLUMNS)}, got none named {', '.join(absent)}; add them")
    families = lead_families(pairs, groups, line)
    if not families:
        raise FigureError(f"pairs: expected one of probability {line:g} or more, got none; lower the line")
    crimes = _of_strongest(families, most_crimes)
    return heat_map_figure(
        probability_matrix(pairs, crimes, "probability"), crimes, groups=[groups.get(crime) for crime in crimes]
    )


def lead_families(pairs: pd.DataFrame, groups: Mapping[str, str], line: float) -> Families:
    """Return crimes that leads hold together, the family of the strongest lead first.

    Each family begins with its known groups, one after the other with all their crimes, and ends with its unsolved
    crimes; groups, and unsolved crimes, stand in the order of their strongest lead.
    """
    leads = pairs[pairs["probability"] >= line].sort_values(
        ["probability", "crime_id_1", "crime_id_2"], ascending=[False, True, True]
    )
    members: dict[str, list[str]] = {}
    for crime, group in groups.items():
        members.setdefault(group, []).append(crime)
    family_of: dict[str, list[str]] = {}
    met: dict[str, int] = {}  # leads come in the order of strength, and so do crimes and families
    for one, other in leads[["crime_id_1", "crime_id_2"]].itertuples(index=False):
        joined = []
        for crime in (one, other):
            alone = sorted(members.get(groups.get(crime, ""), [crime]))
            joined += family_of.get(crime, alone)
            for each in alone:
                met.setdefault(each, len(met))
        family = sorted(set(joined), key=met.__getitem__)
        family_of |= dict.fromkeys(family, family)
    families = {id(family_of[crime]): family_of[crime] for crime in met}
    return [_groups_first(family, groups) for family in families.values()]


def _groups_first(family: list[str], groups: Mapping[str, str]) -> list[str]:
    place = {group: at for at, group in enumerate(dict.fromkeys(groups[crime] for crime in family if crime in groups))}
    return sorted(family, key=lambda crime: place.get(groups.get(crime, ""), len(place)))


def _of_strongest(families: Families, most_crimes: int) -> list[str]:
    """Return the crimes of the families that there is room for; if not even of the first, of its end: the unsolved."""
    chosen: list[str] = []
    for family in families:
        if len(chosen) + len(family) <= most_crimes:
            chosen += family
    return chosen or families[0][-most_crimes:]
