"""All pairs of a force scored in a refresh: on either engine, anew or by what changed since the last scan."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self

import dagster as dg
import pandas as pd
from pydantic import model_validator

from assets.engines.pair_scans import scan_locally, scan_on_spark
from assets.engines.spark import LOCAL_MASTER, spark_session
from linkage.crime_cells import crowded_places, places_and_times
from linkage.evidence import encode_crimes
from linkage.force_links import ForceLinks, ForceScan
from linkage.force_refresh import ForceResult, Scan, score_refresh
from linkage.force_state import ForceSettings, ForceState, ForceStateError, open_state, save_state
from linkage.pair_scores import NoTablesError
from linkage.scoring import score_in_chunks
from linkage.stored_columns import save_columns

ENGINES = ("local", "spark")
STATE = "links"
"""Folder in the home: what the last scan found, from which the next one goes on."""


class ScanConfig(dg.Config):
    """Where pairs are scored: on the cores of this machine (`local`) or on Apache Spark.

    `spark_master` and `spark_folder` are read by the engine `spark` alone; the machines of a cluster must reach the
    folder under the same path, and where it is empty it lies in the home. With `incremental`, what the last scan found
    is taken up where model, evidence and settings are the same.
    """

    engine: str = "local"
    spark_master: str = LOCAL_MASTER
    spark_folder: str = ""
    incremental: bool = True

    @model_validator(mode="after")
    def _check_engine(self) -> Self:
        if self.engine not in ENGINES:
            raise ValueError(
                f"engine: expected {' or '.join(ENGINES)}, got {self.engine!r}; correct the setting of links"
            )
        if not self.spark_master:
            raise ValueError("spark_master: expected local[2] or the address of a cluster, got nothing; give one")
        return self

    def recorded(self) -> dict[str, object]:
        """Return what a refresh tells of its settings; where it ran changes no figure, and names machines."""
        return self.model_dump(exclude={"spark_master", "spark_folder", "incremental"})


class FoundLinks(NamedTuple):
    """The links of a force and how they were found.

    Attributes
    ----------
    links : ForceLinks
        By rows of the crimes in order of crime_id.
    how : str
        Whether everything was scored, and why, or what was.
    seconds : float
        Wall time of scoring.
    """

    links: ForceLinks
    how: str
    seconds: float


def found_links(
    crimes: pd.DataFrame,
    settings: ForceSettings,
    solved: set[str],
    home: Path,
    refresh_id: str,
    config: ScanConfig,
    say: Callable[[str], None],
) -> FoundLinks:
    """Score a force, and leave in the home what the next refresh starts from.

    Parameters
    ----------
    crimes
        One row a crime, in order of crime_id.
    settings
    solved
        crime_ids of solved crimes.
    home
    refresh_id
        Of the running refresh, which alone may publish what is left.
    config
    say
        Is told how far it is.
    """
    began = time.monotonic()
    state = _former(home) if config.incremental else None
    try:
        found = score_refresh(state, crimes, settings, solved, say, scan=_scan(config, home))
    except NoTablesError as error:
        shutil.rmtree(home / STATE, ignore_errors=True)  # what an earlier refresh left there is not of these crimes
        links = _in_chunks(crimes, settings, solved)
        return FoundLinks(links, f"all pairs in chunks of evidence: {error}", time.monotonic() - began)
    seconds = time.monotonic() - began
    reason = found.reason if config.incremental else "incremental is off"
    how = f"all pairs: {reason}" if found.is_full else found.reason
    say(f"{how}; {found.links.counts.n_considered:,} pairs looked at, {found.links.n_kept:,} links in {seconds:.0f} s")
    save_state(home / STATE, found.state._replace(made_by=refresh_id))
    return FoundLinks(found.links if found.is_full else _with_crowded(found, settings), how, seconds)


def _with_crowded(found: ForceResult, settings: ForceSettings) -> ForceLinks:
    """Count the crimes at crowded places as they are now: an increment tells of those of the last scan of all pairs."""
    place, _ = crowded_places(places_and_times(found.state.columns), settings.limits)
    return found.links._replace(counts=found.links.counts._replace(n_capped_crimes=int((place >= 0).sum())))


def _in_chunks(crimes: pd.DataFrame, settings: ForceSettings, solved: set[str]) -> ForceLinks:
    encoded = encode_crimes(crimes, settings.spec)
    model = (settings.model, settings.spec, settings.prior_log_odds)
    return score_in_chunks(crimes, encoded, *model, settings.limits, settings.keep, solved)


def comparable_columns(home: Path, refresh_id: str) -> Callable[[Path], object] | None:
    """Return what writes the crimes and the model of a refresh to another folder, for ranking on demand.

    None where the last scan in this home was of another refresh, or there was none.
    """
    state = _former(home)
    if state is None or state.made_by != refresh_id:
        return None
    ids = [name.decode() for name in state.ids.tolist()]
    return lambda place: save_columns(place, ids, state.columns, state.tables)


def _former(home: Path) -> ForceState | None:
    """Return what the last scan left; a state that cannot be read costs a scan of everything and no more."""
    try:
        return open_state(home / STATE)
    except ForceStateError:
        return None


def _scan(config: ScanConfig, home: Path) -> Scan:
    """Return who scores all pairs; Spark is started when that is needed and no sooner."""
    if config.engine == "local":
        return scan_locally
    place = Path(config.spark_folder) if config.spark_folder else home / "spark"

    def on_spark(*arguments: Any) -> ForceScan:
        # What Spark writes on its way are crimes too, which no temporary folder of the system should hold.
        with spark_session(config.spark_master, scratch=place) as session:
            return scan_on_spark(*arguments, session=session, folder=place)

    return on_spark
