"""A folder of arrays: one `.npy` file an array and `arrays.json` beside, written whole or not at all, mapped when read.

Mapped arrays cost no memory until they are touched, and processes that read one folder share it.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

CONTENTS = "arrays.json"
_SCHEMA_VERSION = 1
_SMALL = 1 << 16  # bytes below which an array is read at once; mapping it would cost a page and a file handle


class ArrayFolderError(ValueError):
    """A folder does not hold the arrays that it should."""


class ArrayFolder(NamedTuple):
    """What a folder holds.

    Attributes
    ----------
    arrays : dict of str to ndarray
        Read-only; those of 64 KB or more are mapped.
    about : dict
        What was saved beside them, as JSON has it.
    fingerprint : str
        sha256 of names, kinds, shapes and contents.
    """

    arrays: dict[str, Array]
    about: dict[str, Any]
    fingerprint: str


def save_arrays(folder: Path, arrays: Mapping[str, Array], about: Mapping[str, Any] | None = None) -> str:
    """Write arrays to a folder, replacing one of that name; return the fingerprint.

    The folder is written aside, synced and renamed, so that a reader finds all of the former, all of the new or, for
    an instant, none.

    Parameters
    ----------
    folder : Path
    arrays : mapping of str to ndarray
        Of any shape and of a plain dtype; names that may name a file.
    about : mapping, optional
        What JSON can hold.

    Raises
    ------
    ArrayFolderError
        An array holds objects.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ArrayFolderError(
                f"{name}: expected numbers or text of fixed width, got {array.dtype}; turn objects into codes first"
            )
    partial = folder.with_name(f"{folder.name}.partial-{secrets.token_hex(4)}")
    partial.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(max_workers=2) as pool:  # writing and hashing both leave the interpreter free
            hashes = list(pool.map(lambda item: _write(partial / f"{item[0]}.npy", item[1]), arrays.items()))
        entries = {
            name: {"dtype": array.dtype.str, "shape": list(array.shape), "sha256": digest}
            for (name, array), digest in zip(arrays.items(), hashes, strict=True)
        }
        fingerprint = hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()
        contents = {"schema_version": _SCHEMA_VERSION, "fingerprint": fingerprint, "arrays": entries}
        (partial / CONTENTS).write_text(json.dumps(contents | {"about": dict(about or {})}), encoding="utf-8")
        _sync(partial / CONTENTS)
        _sync(partial)
        _show(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return fingerprint


def open_arrays(folder: Path) -> ArrayFolder:
    """Return the arrays of a folder, mapped.

    Raises
    ------
    ArrayFolderError
        There is no such folder, it is of another release, or an array is not what was saved; contents are not read.
    """
    contents = _contents(folder)
    arrays = {}
    for name, entry in contents["arrays"].items():
        array = _read(folder / f"{name}.npy")
        if array.dtype.str != entry["dtype"] or list(array.shape) != entry["shape"]:
            raise ArrayFolderError(
                f"{folder / name}.npy: expected {entry['dtype']} of shape {entry['shape']}, "
                f"got {array.dtype.str} of {list(array.shape)}; save the folder again"
            )
        arrays[name] = array
    return ArrayFolder(arrays, contents["about"], contents["fingerprint"])


def _contents(folder: Path) -> dict[str, Any]:
    path = folder / CONTENTS
    try:
        contents: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArrayFolderError(f"{path}: expected a folder of arrays, got none; save it first") from None
    except (OSError, ValueError) as error:
        raise ArrayFolderError(f"{path}: not readable ({type(error).__name__}); save the folder again") from error
    if contents.get("schema_version") != _SCHEMA_VERSION:
        raise ArrayFolderError(
            f"{path}: expected schema version {_SCHEMA_VERSION}, got {contents.get('schema_version')}; "
            "save it again with this release"
        )
    return contents


def _read(path: Path) -> Array:
    try:
        is_small = path.stat().st_size < _SMALL
        mapped = np.load(path, mmap_mode=None if is_small else "r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ArrayFolderError(f"{path}: not readable ({type(error).__name__}); save the folder again") from error
    array = np.asarray(mapped)
    array.flags.writeable = False
    return array


def _write(path: Path, array: Array) -> str:
    array = np.asarray(array, order="C")
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(array.data if array.size else b"").hexdigest()


def _show(partial: Path, folder: Path) -> None:
    """Give the finished folder its name; one that has the name already goes when the new one stands."""
    former = folder.with_name(f"{folder.name}.replaced-{secrets.token_hex(4)}")
    if folder.exists():
        folder.rename(former)
    partial.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(former, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
