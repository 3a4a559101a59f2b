"""Everything that Dagster loads: the assets, checks, jobs, schedules and the sensor, with their resources configured.

Belongs here: wiring. Does not belong here: what a table is (`assets`) or how anything is computed (the libraries).
"""

from pathlib import Path

import dagster as dg

import assets.change_effects
import assets.co_linkage
import assets.contracts
import assets.dbt_models
import assets.evaluation
import assets.evidence
import assets.improvements
import assets.landing
import assets.links
import assets.mo_values
import assets.model
import assets.priorities
import assets.publication
import assets.quality
import assets.quality_watch
import assets.rankings
import assets.recording_watch
import assets.series
import assets.text_values
from assets.dbt_models import DbtLayers
from assets.warehouse import Warehouse
from orchestration import jobs
from orchestration.home import home_folder, machine_settings

ASSET_MODULES = (
    assets.landing,
    assets.dbt_models,
    assets.contracts,
    assets.quality,
    assets.text_values,
    assets.quality_watch,
    assets.recording_watch,
    assets.evidence,
    assets.mo_values,
    assets.model,
    assets.evaluation,
    assets.priorities,
    assets.improvements,
    assets.change_effects,
    assets.links,
    assets.rankings,
    assets.series,
    assets.co_linkage,
    assets.publication,
)


def build_definitions(
    home: Path | None = None, loggers: dict[str, dg.LoggerDefinition] | None = None
) -> dg.Definitions:
    """Return the definitions of an installation.

    Parameters
    ----------
    home
        Folder of the warehouse and what is published; by default what the environment says.
    loggers
        Further Dagster loggers, as the command line's progress.
    """
    machine = machine_settings()
    warehouse = Warehouse(home=str(home_folder(home)), memory_limit=machine.memory_limit, threads=machine.threads)
    return dg.Definitions(
        assets=dg.load_assets_from_modules(ASSET_MODULES),
        asset_checks=dg.load_asset_checks_from_modules(ASSET_MODULES),
        jobs=[jobs.REFRESH, jobs.INGEST, jobs.QUALITY_MONITOR],
        schedules=[jobs.NIGHTLY, jobs.HOURLY_QUALITY],
        sensors=[jobs.landed_extract],
        resources={"warehouse": warehouse, "dbt": DbtLayers(warehouse=warehouse)},
        executor=dg.in_process_executor,  # a process for each step would import everything again, 10 s a step
        loggers=loggers or {},
    )


defs = build_definitions()
