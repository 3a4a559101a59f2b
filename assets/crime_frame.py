"""The frames that the linkage library works on, read from the staged tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from assets.warehouse import Warehouse
from quality.minimum_standard import MinimumStandard, load_minimum_standard

NOT_APPLICABLE = "not_applicable"
SAYS_NOTHING = ("not_recorded", "unknown", "refused")

CRIMES = """
    select crime_id, incident_id, crime_group, easting_m, northing_m, committed_from_at, committed_to_at,
        committed_from_local, committed_to_local
    from staging.stg_crimes order by crime_id
"""

# The strongest source of an item wins: what was recorded in a field, then by a scene investigator, an analyst, a rule
# that read the text; within it the latest recording. A multi-valued item keeps all values of the winner's source.
FEATURES = """
    with ranked as (
        select *, rank() over (
            partition by crime_id, item_code
            order by list_position(['structured', 'csi', 'analyst', 'text_rule'], value_source) nulls last
        ) as source_rank
        from staging.stg_mo_features
        where value_code is not null and value_code not in (select unnest($says_nothing))
    )
    select crime_id, item_code, value_code from ranked where source_rank = 1
    qualify item_code in (select unnest($multi)) or row_number() over (
        partition by crime_id, item_code order by captured_at desc nulls last, value_code
    ) = 1
    order by crime_id, item_code, value_code
"""

OFFENDER_CRIMES = "select person_id, crime_id, label_strength from staging.stg_offender_crimes order by 1, 2"


class LinkageFrames(NamedTuple):
    """What linkage needs: the crimes with a column for each MO item, the labels, and the names of the items."""

    crimes: pd.DataFrame
    offender_crimes: pd.DataFrame
    items: tuple[str, ...]


def linkage_frames(warehouse: Warehouse) -> LinkageFrames:
    """Read crimes, MO values and labels; a multi-valued item holds tuples, None is missing."""
    standard = load_minimum_standard()
    multi = sorted(code for code, item in standard.items.items() if item.is_multi)
    with warehouse.connect() as connection:
        crimes = connection.execute(CRIMES).df()
        features = connection.execute(FEATURES, {"says_nothing": list(SAYS_NOTHING), "multi": multi}).df()
        offender_crimes = connection.execute(OFFENDER_CRIMES).df()
    unspecific = pd.MultiIndex.from_tuples(
        [(code, value) for code, item in standard.items.items() for value in item.unspecific],
        names=["item_code", "value_code"],
    )
    # Two crimes with a tool of some other kind need not have the same tool: such a value says nothing either.
    says_something = ~pd.MultiIndex.from_frame(features[["item_code", "value_code"]]).isin(unspecific)
    features = features[says_something]
    groups = {code: tuple(_asking(standard, code)) for code in standard.items}
    items = tuple(sorted(features["item_code"].unique()))
    columns = {item: _item_column(item, crimes, features, item in multi, groups) for item in items}
    return LinkageFrames(crimes.assign(**columns), offender_crimes, items)


def with_items(crimes: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Return the crimes with a column for each item that a model asks for, missing where nobody recorded it."""
    return crimes.assign(**{item: None for item in items if item not in crimes.columns})


def without_not_applicable(crimes: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Return the crimes with what was never asked as missing: for the sampler it is no value that two crimes share."""
    return crimes.assign(**{item: crimes[item].where(crimes[item] != NOT_APPLICABLE, None) for item in items})


def _asking(standard: MinimumStandard, item: str) -> Iterator[str]:
    """Yield the crime groups whose minimum standard asks for an item."""
    for group in standard.crime_groups:
        if any(entry.item_code == item for entry in standard.items_for(group)):
            yield group


def _item_column(
    item: str,
    crimes: pd.DataFrame,
    features: pd.DataFrame,
    is_multi: bool,
    groups: Mapping[str, tuple[str, ...]],
) -> np.ndarray:
    """Return one item's value for each crime; an item that its crime group is never asked is not applicable."""
    rows = features[features["item_code"] == item]
    values = rows.groupby("crime_id")["value_code"].agg(tuple) if is_multi else rows.set_index("crime_id")["value_code"]
    column = values.reindex(crimes["crime_id"]).to_numpy(dtype=object, copy=True)
    missing = pd.isna(pd.Series(column, dtype=object)).to_numpy()
    column[missing] = None
    if item in groups:
        column[missing & ~crimes["crime_group"].isin(groups[item]).to_numpy()] = NOT_APPLICABLE
    return column
