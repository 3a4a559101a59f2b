"""Landing: a force's extract, as text, under canonical names, with every row accounted for."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb

from assets.code_version import code_version
from assets.described import table_spec
from assets.warehouse import POOL, Warehouse
from intake.canonical import CANONICAL_TABLES
from intake.landing import land
from intake.profiles import ForceProfile, load_profile
from publication.refreshes import Opening, fail_refresh, interrupt_stale, new_refresh_id, open_refresh, record
from quality.features import refuse_protected_codes
from quality.minimum_standard import load_minimum_standard

BOOKKEEPING = {
    "landing.notes": "What landing repaired, set aside or retracted, with the reason; one row per finding.",
    "landing.files": "The files that arrived, with sha256 and rows; one row per file.",
    "landing.accounts": "Rows in = landed + retracted + out of scope + quarantined; one row per table and file.",
    "landing.settings": "What the force profile expects of a column; one row per column.",
    "landing.mo_codes": "The codes that MO items may hold; one row per item, value and crime group.",
    "ops.current_refresh": "The refresh that is being made and its bounds; one row.",
    "ops.refreshes": "Every refresh with its inputs, counts and outcome; one row per refresh.",
}

SPECS = [
    *(
        table_spec(f"landing.{table}", [], f"The force's {table} as text; one row per source row.", "landing")
        for table in CANONICAL_TABLES
    ),
    *(table_spec(table, [], text, "landing") for table, text in BOOKKEEPING.items()),
]

CURRENT_REFRESH = """
    create or replace table ops.current_refresh as select
        $refresh_id as refresh_id, $profile_name as profile_name, $force_code as force_code, $force_name as force_name,
        $timezone as timezone, $previous_refresh_id::varchar as previous_refresh_id,
        $easting_min_m::double as easting_min_m, $easting_max_m::double as easting_max_m,
        $northing_min_m::double as northing_min_m, $northing_max_m::double as northing_max_m,
        $earliest_at::timestamp as earliest_at, $latest_at::timestamp as latest_at,
        $limit_quarantined::double as limit_quarantined, $limit_set_missing::double as limit_set_missing
"""


class LandingConfig(dg.Config):
    """Which force, and where its extract stands; empty text means what the environment says."""

    profile: str = ""
    landing: str = ""
    strict: bool = False


@dg.multi_asset(name="landing", specs=SPECS, pool=POOL)
def landing(config: LandingConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Load the extract as text, open the refresh, and write what staging needs to judge it."""
    profile = load_profile(config.profile or _from_environment("COLINK_PROFILE"))
    refuse_protected_codes(profile.mo_items)
    folder = Path(config.landing or os.environ.get("COLINK_LANDING") or Path(warehouse.home) / "landing")
    now = datetime.now(UTC).replace(tzinfo=None)
    with warehouse.connect() as connection:
        opening, previous = _open(connection, warehouse, profile, folder, now, config.strict)
        try:
            land(connection, profile, folder)
        except ValueError as error:
            fail_refresh(connection, opening.refresh_id, datetime.now(UTC), str(error))
            raise
        # Only now: until something has landed, whoever reads this table means the refresh before.
        _write_current_refresh(connection, opening, previous, profile)
        record(connection, opening.refresh_id, inputs=_inputs(connection))
        _write_code_list(connection, profile)
        results = [_made(connection, spec.key) for spec in SPECS]
    yield from results


def _from_environment(name: str) -> str:
    """Return what the environment says of a refresh that nobody configured: a scheduled one.

    Raises
    ------
    ValueError
        It says nothing; which force to run is never guessed.
    """
    value = os.environ.get(name)
    if not value:
        raise ValueError(
            f"{name}: expected the name or file of a force profile, got nothing; set it, or start the page with "
            "colink dev --profile NAME"
        )
    return value


def _open(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    profile: ForceProfile,
    folder: Path,
    now: datetime,
    strict: bool,
) -> tuple[Opening, str | None]:
    """Settle what died and record this refresh as running; return it and the one it follows."""
    current = Path(warehouse.home) / "published" / "current"
    interrupt_stale(connection, now, shown=current.resolve().name if current.exists() else None)
    opening = Opening(
        refresh_id=new_refresh_id(now),
        profile_name=profile.profile_name,
        force_code=profile.force_code,
        started_at=now,
        code_version=code_version(),
        parameters={"landing": str(folder), "strict": strict},
    )
    return opening, open_refresh(connection, opening)


def _write_current_refresh(
    connection: duckdb.DuckDBPyConnection, opening: Opening, previous: str | None, profile: ForceProfile
) -> None:
    """Leave the identifier and the bounds of the refresh where the dbt models read them."""
    limits, strict = profile.limits, bool(opening.parameters["strict"])
    connection.execute(
        CURRENT_REFRESH,
        {
            "refresh_id": opening.refresh_id,
            "profile_name": profile.profile_name,
            "force_code": profile.force_code,
            "force_name": profile.name,
            "timezone": profile.timezone,
            "previous_refresh_id": previous,
            **vars(profile.area),
            "earliest_at": profile.earliest_at,
            "latest_at": profile.latest_at or opening.started_at + timedelta(days=1),
            "limit_quarantined": 0.0 if strict else limits.quarantined,
            "limit_set_missing": 0.0 if strict else limits.set_missing,
        },
    )


def _inputs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    rows = connection.execute("select source_file, sha256, rows from landing.files order by 1, 2").fetchall()
    return [{"file": file, "sha256": sha256, "rows": n} for file, sha256, n in rows]


def _write_code_list(connection: duckdb.DuckDBPyConnection, profile: ForceProfile) -> None:
    """Write the codes that staging accepts: the minimum standard's, and the profile's own items."""
    codes = load_minimum_standard().code_list()
    connection.register("standard_codes", codes)
    connection.execute("create or replace table landing.mo_codes as from standard_codes")
    connection.unregister("standard_codes")
    own = [(item, value) for item, values in profile.mo_items.items() for value in values or (None,)]
    if own:
        connection.executemany("insert into landing.mo_codes (item_code, value_code) values (?, ?)", own)


def _made(connection: duckdb.DuckDBPyConnection, key: dg.AssetKey) -> dg.MaterializeResult:
    """Report a table as it stands: its rows, and its columns, which a library or the force's profile decides."""
    table = ".".join(key.path)
    rows = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    columns = [
        dg.TableColumn(name, kind.lower()) for name, kind, *_ in connection.execute(f"describe {table}").fetchall()
    ]
    schema = dg.TableSchema(columns=columns)
    return dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows, "dagster/column_schema": schema})
