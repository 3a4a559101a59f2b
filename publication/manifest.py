"""The manifest of a snapshot: what files it holds, and whether they are still what was published."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from publication.moments import as_utc
from publication.tables import SCHEMA_VERSION

MANIFEST = "manifest.json"


class SnapshotError(ValueError):
    """A snapshot that cannot be made, or that is not what was published."""


@dataclass(frozen=True)
class FileEntry:
    """One file of a snapshot; `rows` and `columns` (name -> type) only for a table's Parquet."""

    sha256: str
    bytes: int
    rows: int | None = None
    columns: dict[str, str] | None = None


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds.

    Attributes
    ----------
    refresh_id
        The refresh that it shows.
    created_at
        When it was made, ISO 8601 in UTC.
    protective_marking
        Marking that everything made from it must carry.
    files
        File name, with its folder where it has one -> entry, all files but the manifest itself.
    skipped
        Table name -> why this refresh has none.
    schema_version
        Version of the published columns.
    """

    refresh_id: str
    created_at: str
    protective_marking: str
    files: dict[str, FileEntry]
    skipped: dict[str, str]
    schema_version: int = SCHEMA_VERSION


def file_entry(path: Path, rows: int | None = None, columns: dict[str, str] | None = None) -> FileEntry:
    """Return the entry of a file as it stands on disk."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(digest, path.stat().st_size, rows, columns)


def manifest_text(
    refresh_id: str,
    created_at: datetime,
    protective_marking: str,
    files: Mapping[str, FileEntry],
    skipped: Mapping[str, str],
) -> str:
    """Return the manifest as indented JSON, with `tables` (name -> file and rows) for quick reading."""
    moment = as_utc(created_at).isoformat(timespec="seconds") + "Z"
    manifest = Manifest(refresh_id, moment, protective_marking, dict(sorted(files.items())), dict(skipped))
    tables = {
        Path(name).stem: {"file": name, "rows": entry.rows} for name, entry in manifest.files.items() if entry.columns
    }
    return json.dumps(asdict(manifest) | {"tables": tables}, indent=2) + "\n"


def read_manifest(snapshot: Path) -> Manifest:
    """Read the manifest of a snapshot.

    Raises
    ------
    SnapshotError
        There is none, or it is not a manifest.
    """
    path = snapshot / MANIFEST
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content.pop("tables", None)  # a shorter view of the files, for readers without Python
        content["files"] = {name: FileEntry(**entry) for name, entry in content["files"].items()}
        return Manifest(**content)
    except FileNotFoundError:
        raise SnapshotError(f"{path}: no manifest; this folder is not a published snapshot") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotError(f"{path}: not a readable manifest ({type(error).__name__}); publish again") from error


def verify_snapshot(snapshot: Path) -> Manifest:
    """Check that a snapshot holds exactly the files of its manifest, unchanged, and return the manifest.

    Raises
    ------
    SnapshotError
        A file is missing, changed, or not in the manifest.
    """
    manifest = read_manifest(snapshot)
    present = {path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if not path.is_dir()} - {MANIFEST}
    for name in sorted(present ^ set(manifest.files)):
        state = "not in its manifest" if name in present else "missing"
        raise SnapshotError(f"{snapshot / name}: {state}; publish again")
    for name, entry in manifest.files.items():
        found = file_entry(snapshot / name)
        if (found.bytes, found.sha256) != (entry.bytes, entry.sha256):
            raise SnapshotError(
                f"{snapshot / name}: expected {entry.bytes} bytes with sha256 {entry.sha256[:12]}…, "
                f"got {found.bytes} with {found.sha256[:12]}…; publish again"
            )
    return manifest
