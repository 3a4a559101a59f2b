"""What the report shows of a refresh, read from the warehouse."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from assets.model import model_in_force
from assets.report_co_linkage import co_linkage_part
from assets.report_recording import recording_parts
from assets.warehouse import Warehouse
from publication.refreshes import refresh
from publication.report_data import ReportData

SHOWN = 40
MOST_FIGURES = 12
QUERIES = {
    "accounts": "select * from staging.stg_accounts order by table_name, source_file",
    "quarantine": """
        select table_name, column_name, action, reason, count(*) as n_rows from staging.stg_quarantine
        group by all order by n_rows desc, table_name, column_name, reason
    """,
    "priorities": """
        select * from quality.mo_priorities where refresh_id = $refresh_id order by rank nulls last, item_code
    """,
    "evaluation": """
        select * from linkage.model_evaluation
        where refresh_id = $refresh_id and split in ('group', 'time', 'scene_links') order by model, split, metric
    """,
    "series": f"""
        select * from linkage.series where refresh_id = $refresh_id order by n_crimes desc, series_id limit {SHOWN}
    """,
}
# What speaks most for a link, in words that need no glossary; pairs of one incident are known already.
LINKS = f"""
    with strongest as (
        select * from linkage.links where refresh_id = $refresh_id and not is_same_incident
        order by log_bf desc, crime_id_1, crime_id_2 limit {SHOWN}
    ),
    reasons as (
        select crime_id_1, crime_id_2, list(item order by terms.log_bf desc, item)[1:3] as items
        from linkage.link_terms as terms semi join strongest using (crime_id_1, crime_id_2)
        where terms.refresh_id = $refresh_id and terms.log_bf > 0 and terms.item <> 'base' group by all
    )
    select strongest.*, 'What speaks for it most: ' || array_to_string(items, ', ') || '.' as why
    from strongest left join reasons using (crime_id_1, crime_id_2) order by log_bf desc, crime_id_1, crime_id_2
"""
TOTALS = """
    select
        (select count(*) from staging.stg_crimes) as crimes,
        (select count(*) from linkage.links
            where refresh_id = $refresh_id and not is_same_incident and posterior_probability >= 0.5) as links,
        (select count(*) from linkage.series where refresh_id = $refresh_id and n_incidents > 1) as series,
        (select count(distinct crime_id) from linkage.leads where refresh_id = $refresh_id) as leads
"""
WORDS = {
    "distance_km": "near in place",
    "gap_days": "near in time",
    "tod_gap_hours": "same time of day",
    "dow_gap_days": "same day of week",
    "nearer_share": "near in place",
    "crime_group": "same kind of crime",
    "n_offenders": "number of offenders",
}


def report_data(warehouse: Warehouse, finished_at: datetime) -> ReportData:
    """Return what the report of the running refresh shows."""
    refresh_id = warehouse.refresh_id()
    force = model_in_force(warehouse)
    with warehouse.connect() as connection:
        known = refresh(connection, refresh_id)
        bound = {"refresh_id": refresh_id}
        frames: dict[str, Any] = {
            name: connection.execute(query, bound if "$refresh_id" in query else {}).df()
            for name, query in {**QUERIES, "links": LINKS}.items()
        }
        totals = connection.execute(TOTALS, bound).df().iloc[0]
        force_name = connection.execute("select force_name from ops.current_refresh").fetchone()
        skipped = connection.execute(
            "select reason from linkage.model_versions where refresh_id = $refresh_id and status = 'skipped'", bound
        ).fetchone()
    frames["links"]["why"] = _in_words(frames["links"]["why"])
    return ReportData(
        refresh_id=refresh_id,
        force_name=str(force_name[0]) if force_name else known["force_code"],
        profile_name=known["profile_name"],
        started_at=known["started_at"],
        finished_at=finished_at,
        previous_refresh_id=known["previous_refresh_id"],
        code_version=known["code_version"] or "",
        model_version=known["model_version"] or "",
        totals={str(name): int(n) for name, n in totals.items()},
        **(_figures(force.model) if force else {}),
        **recording_parts(warehouse, refresh_id),
        co_linkage=co_linkage_part(warehouse, refresh_id),
        prior_odds=float(np.exp(force.prior_log_odds)) if force else None,
        linkage_skipped=str(skipped[0]) if skipped else "",
        **frames,
    )


def _in_words(reasons: pd.Series) -> pd.Series:
    worded = reasons.fillna("")
    for column, words in WORDS.items():
        worded = worded.str.replace(column, words, regex=False)
    return worded.str.replace("_", " ", regex=False)


def _figures(model: Any) -> dict[str, Any]:
    """Return pictures of the strongest evidence as SVG documents, and how many are left out.

    A model that was never counted has none.
    """
    from linkage.figures.component import component_panels
    from linkage.figures.saving import as_svg

    terms = getattr(model, "terms_", {})
    if not terms or not all(hasattr(term, "n_linked") for term in terms.values()):
        return {}
    figures = {title: as_svg(panel) for title, panel in component_panels(model, MOST_FIGURES).items()}
    return {"figures": figures, "figures_left_out": len(terms) - len(figures)}
