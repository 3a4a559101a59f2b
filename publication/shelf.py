"""The folder `published/`: snapshots side by side and `current`, which always shows a whole one.

A reader opens `current` once (`current_snapshot`) and reads everything under the folder it got: two openings of
`current` may show two refreshes. Only one process publishes at a time.
"""

import os
import re
import secrets
import shutil
from pathlib import Path

from publication.manifest import MANIFEST, SnapshotError

CURRENT = "current"
_SNAPSHOT = re.compile(r"[A-Za-z0-9_-]+")
_UNFINISHED = re.compile(r"(.+\.(partial|replacing)-[0-9a-f]+|\.current-[0-9a-f]+)")


def check_refresh_id(refresh_id: str) -> None:
    """Raise SnapshotError where an identifier cannot name a snapshot's folder."""
    if not _SNAPSHOT.fullmatch(refresh_id) or refresh_id == CURRENT:
        raise SnapshotError(f"refresh {refresh_id!r}: expected letters, digits, - and _ only, to name its folder")


def published_folder(home: Path) -> Path:
    """Return the folder of snapshots of a home."""
    return home / "published"


def current_snapshot(home: Path) -> Path | None:
    """Return the folder of the published snapshot, resolved once, or None before the first publication."""
    link = published_folder(home) / CURRENT
    return link.resolve() if link.exists() else None


def partial_folder(published: Path, name: str) -> Path:
    """Return the folder in which the snapshot `name` is written before it is shown."""
    return published / f"{name}.partial-{secrets.token_hex(4)}"


def switch_current(published: Path, name: str) -> None:
    """Make `current` show the snapshot `name` from one instant to the next."""
    shown = published / CURRENT
    if shown.exists() and not shown.is_symlink():
        raise SnapshotError(f"{shown}: expected a link that this program made, got a folder; move it away")
    link = published / f".{CURRENT}-{secrets.token_hex(4)}"
    link.symlink_to(name, target_is_directory=True)
    link.replace(shown)
    sync(published)


def shelve(partial: Path, name: str) -> Path:
    """Give a finished partial folder its name; a snapshot of that name is replaced, `current` never left dangling."""
    published, final = partial.parent, partial.parent / name
    if final.exists():
        return _replace(partial, final)
    partial.rename(final)
    sync(published)
    return final


def _replace(partial: Path, final: Path) -> Path:
    """Replace a snapshot of the same refresh while `current` shows a second copy of the new one."""
    published = final.parent
    waiting = published / f"{final.name}.replacing-{secrets.token_hex(4)}"
    partial.rename(waiting)
    if _is_current(final):
        switch_current(published, waiting.name)
    shutil.rmtree(final)
    twin = partial_folder(published, final.name)
    shutil.copytree(waiting, twin, copy_function=_link_or_copy)
    twin.rename(final)
    sync(published)
    if _is_current(waiting):
        switch_current(published, final.name)
    shutil.rmtree(waiting)
    return final


def prune(published: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep` snapshots, never the current one; return the names removed, oldest first."""
    names = sorted(path.name for path in published.iterdir() if _is_snapshot(path))
    surplus = [name for name in names[: max(0, len(names) - keep)] if not _is_current(published / name)]
    for name in surplus:
        shutil.rmtree(published / name)
    return surplus


def clear_unfinished(published: Path) -> list[str]:
    """Remove what killed publications left behind, never what `current` shows; return the names removed."""
    leftovers = [path for path in sorted(published.iterdir()) if _UNFINISHED.fullmatch(path.name)]
    removed = [path for path in leftovers if path.is_symlink() or not _is_current(path)]
    for path in removed:
        path.unlink() if path.is_symlink() else shutil.rmtree(path)
    return [path.name for path in removed]


def sync(path: Path) -> None:
    """Have a file or folder on disk before going on, so that a power cut cannot undo the order of steps."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_snapshot(path: Path) -> bool:
    return not path.is_symlink() and bool(_SNAPSHOT.fullmatch(path.name)) and (path / MANIFEST).exists()


def _is_current(path: Path) -> bool:
    link = path.parent / CURRENT
    return link.is_symlink() and link.resolve() == path.resolve()


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
