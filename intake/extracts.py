"""Which folders and files make up the input, and how a set of files is known again.

A landing folder is one extract (its files lie directly in it) or holds sub-folders, each an extract that is complete
once `_COMPLETE` stands in it. Files are only ever read.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from intake.errors import MissingInputError
from intake.profile_schema import ForceProfile, Source

COMPLETE = "_COMPLETE"
_CHUNK_BYTES = 1 << 20


class Extract(NamedTuple):
    """One delivery of a force: its name, its place in time, and its folder."""

    name: str
    order: int
    folder: Path


class InputFile(NamedTuple):
    """One file of an extract; `label` is how it is named in tables and messages."""

    label: str
    source: str
    extract: Extract
    path: Path


def complete_extracts(folder: Path) -> list[Extract]:
    """Return the complete extracts in a landing folder, oldest name first.

    The folder itself counts where `_COMPLETE` stands directly in it.
    """
    if _is_file(folder / COMPLETE):
        return [Extract(folder.resolve().name, 0, folder)]
    complete = [child for child in _children(folder) if child.is_dir() and _is_file(child / COMPLETE)]
    return [Extract(child.name, order, child) for order, child in enumerate(complete)]


def find_extracts(profile: ForceProfile, landing_dir: Path) -> list[Extract]:
    """Return the extracts that a refresh reads: a snapshot's newest complete one, all complete ones of a delta.

    Raises
    ------
    MissingInputError
        Folder absent or closed to us, or nothing complete in it.
    """
    if not landing_dir.is_dir():
        raise MissingInputError(str(landing_dir), "no such landing folder", remedy="name the folder of the extract")
    globs = [glob for source in profile.sources.values() for glob in source.files]
    if any(_matching(landing_dir, glob) for glob in globs):
        return [Extract(landing_dir.resolve().name, 0, landing_dir)]
    extracts = complete_extracts(landing_dir)
    if not extracts:
        raise _nothing_complete(landing_dir, globs)
    return extracts if profile.extract == "delta" else extracts[-1:]


def find_files(profile: ForceProfile, extracts: Sequence[Extract], landing_dir: Path) -> list[InputFile]:
    """Return the files of every source, in order of source, extract and name.

    Raises
    ------
    MissingInputError
        A source that is not optional has no file, or a file is empty; a delta may leave a source out of an extract.
    """
    files = []
    for source in profile.sources.values():
        found = [
            InputFile(_label(path, landing_dir), source.name, extract, path)
            for extract in extracts
            for path in _source_files(extract.folder, source)
        ]
        if not found and not source.is_optional:
            raise _no_file(source, extracts)
        files += found
    return files


def file_sha256(path: Path, label: str) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal.

    Raises
    ------
    MissingInputError
        The file is empty or cannot be opened.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
        if not path.stat().st_size:
            raise MissingInputError(label, "the file is empty", remedy="ask the force to send it again")
    except OSError as error:
        raise MissingInputError(
            label, f"the file cannot be read ({error.strerror})", remedy="check its permissions and the disk"
        ) from None
    return digest.hexdigest()


def fingerprint(hashes: Iterable[tuple[str, str]]) -> str:
    """Return one sha256 for a set of files, given (name, sha256) in any order."""
    text = "".join(f"{name}\0{sha256}\n" for name, sha256 in sorted(hashes))
    return hashlib.sha256(text.encode()).hexdigest()


def extracts_fingerprint(extracts: Iterable[Extract], beside: Path | None = None) -> str:
    """Return one sha256 for all files of some extracts: equal files in equal folders give the same.

    For a sensor, which knows no profile: every file counts but `_COMPLETE` and hidden ones. `beside` is a folder that
    is read with the extracts; where it is part of one, its files count once.
    """
    folders = {extract.folder.resolve(): extract.name for extract in extracts}
    if beside is not None and beside.is_dir() and folders.keys().isdisjoint(beside.resolve().parents):
        folders[beside.resolve()] = beside.name
    hashes = []
    for folder, label in folders.items():
        for path in sorted(folder.rglob("*")):
            if _is_file(path) and path.name != COMPLETE and not path.name.startswith("."):
                name = f"{label}/{path.relative_to(folder).as_posix()}"
                hashes.append((name, hashlib.sha256(b"").hexdigest() if _is_empty(path) else file_sha256(path, name)))
    return fingerprint(hashes)


def _is_empty(path: Path) -> bool:
    return path.stat().st_size == 0


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise MissingInputError(
            str(folder), f"the folder cannot be read ({error.strerror})", remedy="check its permissions and the path"
        ) from None


def _matching(folder: Path, glob: str) -> list[Path]:
    # a folder that we may not list looks empty to glob; listing first makes it say so
    _children(folder)
    return sorted(path for path in folder.glob(glob) if _is_file(path) and path.name != COMPLETE)


def _source_files(folder: Path, source: Source) -> list[Path]:
    return sorted({path for glob in source.files for path in _matching(folder, glob)})


def _label(path: Path, landing_dir: Path) -> str:
    return path.relative_to(landing_dir).as_posix()


def _nothing_complete(landing_dir: Path, globs: Sequence[str]) -> MissingInputError:
    folders = [child.name for child in _children(landing_dir) if child.is_dir()]
    if folders:
        return MissingInputError(
            str(landing_dir),
            "no complete extract",
            f"a file {COMPLETE} in one of {', '.join(folders[:5])}",
            remedy=f"create {COMPLETE} once all files have arrived, or name the extract's own folder",
        )
    names = [child.name for child in _children(landing_dir)]
    return MissingInputError(
        str(landing_dir),
        "no file that the profile names",
        ", ".join(globs[:5]),
        ", ".join(names[:5]) or "an empty folder",
        "check --landing, or the profile's sources.*.files",
    )


def _no_file(source: Source, extracts: Sequence[Extract]) -> MissingInputError:
    names = sorted({path.name for extract in extracts for path in _children(extract.folder)} - {COMPLETE})
    return MissingInputError(
        str(extracts[-1].folder),
        f"no file for source {source.name!r}",
        " or ".join(source.files),
        ", ".join(names[:5]) or "an empty folder",
        f"send the file, mend 'files' ({source.where}), or mark the source optional: true",
    )
