"""The frames that the linkage library works on, read from the staged tables."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from assets.item_columns import NOT_APPLICABLE, with_items, with_values
from assets.warehouse import Warehouse
from quality.minimum_standard import load_minimum_standard

__all__ = ["NOT_APPLICABLE", "LinkageFrames", "linkage_frames", "with_items", "without_not_applicable"]

SAYS_NOTHING = ("not_recorded", "unknown", "refused")

CRIMES = """
    select crime_id, incident_id, crime_group, easting_m, northing_m, committed_from_at, committed_to_at,
        committed_from_local, committed_to_local
    from staging.stg_crimes order by crime_id
"""

# The strongest source of an item that says something wins: what was recorded in a field, then by a scene investigator,
# an analyst, a rule that read the text; of one source the latest recording. A multi-valued item keeps all values of the
# winner's source. What rules read out of text, ours or the force's own, counts only for values whose agreement with
# the fields makes them evidence, and never where the writer doubted it.
# Two crimes with a tool of some other kind need not have the same tool: an unspecific value says nothing, and leaves
# the word to a weaker source.
FEATURES = """
    with said as (
        select crime_id, item_code, value_code, value_source, captured_at from staging.stg_mo_features
        union all
        select crime_id, item_code, value_code, 'text_rule', written_at
        from quality.mo_text_values where not is_hedged and refresh_id = $refresh_id
    ),
    told as (
        select said.* from said left join quality.mo_text_precision as judged
            on judged.item_code = said.item_code and judged.value_code = said.value_code
            and judged.refresh_id = $refresh_id
        where value_source is distinct from 'text_rule' or is_evidence
    ),
    latest as (
        select distinct on (crime_id, item_code, value_code, value_source) * from told
        where value_code is not null and value_code not in (select unnest($says_nothing))
        qualify item_code in (select unnest($multi)) or row_number() over (
            partition by crime_id, item_code, value_source order by captured_at desc nulls last, value_code
        ) = 1
    ),
    ranked as (
        select *, rank() over (
            partition by crime_id, item_code
            order by list_position(['structured', 'csi', 'analyst', 'text_rule'], value_source) nulls last
        ) as source_rank
        from latest where item_code || '=' || value_code not in (select unnest($unspecific))
    )
    select distinct crime_id, item_code, value_code, value_source from ranked where source_rank = 1
    order by crime_id, item_code, value_code
"""
TEXT_TABLES = ("quality.mo_text_values", "quality.mo_text_precision")

OFFENDER_CRIMES = (
    "select person_id, crime_id, label_strength, link_basis from staging.stg_offender_crimes order by 1, 2"
)


class LinkageFrames(NamedTuple):
    """What linkage needs: the crimes with a column for each MO item, the labels, and the names of the items."""

    crimes: pd.DataFrame
    offender_crimes: pd.DataFrame
    items: tuple[str, ...]


def linkage_frames(warehouse: Warehouse) -> LinkageFrames:
    """Read crimes, MO values and labels; a multi-valued item holds tuples, None is missing."""
    values = compared_values(warehouse)
    with warehouse.connect() as connection:
        crimes = connection.execute(CRIMES).df()
        offender_crimes = connection.execute(OFFENDER_CRIMES).df()
    items = tuple(sorted(values["item_code"].unique()))
    return LinkageFrames(with_values(crimes, values), offender_crimes, items)


def compared_values(warehouse: Warehouse) -> pd.DataFrame:
    """Read the MO values that crimes are compared by, sorted: crime_id, item_code, value_code, value_source."""
    standard = load_minimum_standard()
    parameters = {
        "says_nothing": list(SAYS_NOTHING),
        "multi": sorted(code for code, item in standard.items.items() if item.is_multi),
        "unspecific": [f"{code}={value}" for code, item in standard.items.items() for value in item.unspecific],
        "refresh_id": warehouse.refresh_id(),
    }
    for table in TEXT_TABLES:
        warehouse.ensure(table)
    with warehouse.connect() as connection:
        return connection.execute(FEATURES, parameters).df()


def without_not_applicable(crimes: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Return the crimes with what was never asked as missing: for the sampler it is no value that two crimes share."""
    return crimes.assign(**{item: crimes[item].where(crimes[item] != NOT_APPLICABLE, None) for item in items})
