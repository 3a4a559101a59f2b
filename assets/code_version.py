"""Which code made a refresh."""

import functools
import hashlib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("assets", "intake", "quality", "linkage", "publication", "dbt_project/models", "dbt_project/macros")


@functools.cache
def code_version() -> str:
    """Return the version of Colink with a digest of its source: it changes when any line that computes does."""
    digest = hashlib.sha256()
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*")):
            if path.suffix in {".py", ".sql", ".yaml", ".yml"}:
                digest.update(path.read_bytes())
    return f"{version('colink')}+{digest.hexdigest()[:10]}"
