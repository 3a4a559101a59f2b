"""Finished units of work as files that stand whole or not at all, so that a killed run goes on where it was.

One folder for each fingerprint of everything that decides the outcome; the work itself stands in it as plain arrays,
so that a worker on any machine that reads the folder needs nothing else. Folders of other fingerprints are removed,
and nothing else that stands beside them.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from linkage.co_linkage_components import ForceSettings, ForceWork
from linkage.link_graph import LinkGraph

WORK, HALF = "work", ".half"
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


class Checkpoints:
    """The finished units of one piece of work.

    Parameters
    ----------
    folder
        Of this work alone, as `open_checkpoints` gives it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def finished(self) -> set[str]:
        """Names of the units that are finished."""
        return {path.name for path in self.folder.iterdir() if path.is_dir() and path.suffix != HALF} - {WORK}

    def save(self, unit: str, tables: dict[str, pd.DataFrame]) -> None:
        """Keep the tables of a unit; whoever saves the same unit at the same time has made equal ones."""
        half = Path(tempfile.mkdtemp(suffix=HALF, dir=self.folder))
        for name, table in tables.items():
            feather.write_feather(_plain(table), half / f"{name}.arrow", compression="uncompressed")
        _put(half, self.folder / unit)

    def load(self, unit: str) -> dict[str, pd.DataFrame]:
        """Return the tables of a finished unit."""
        names = sorted(path.stem for path in (self.folder / unit).glob("*.arrow"))
        return {name: self.load_table(unit, name) for name in names}

    def load_table(self, unit: str, name: str) -> pd.DataFrame:
        """Return one table of a finished unit."""
        return feather.read_table(self.folder / unit / f"{name}.arrow", memory_map=True).to_pandas()

    def work(self) -> ForceWork:
        """Return the work that the units are of."""
        array = {path.stem: np.load(path, allow_pickle=False) for path in (self.folder / WORK).glob("*.npy")}
        graph = LinkGraph(
            array["start"], array["neighbour"], array["log_bf"], array["known_cluster"], int(array["n_known"])
        )
        said = json.loads((self.folder / WORK / "settings.json").read_text())
        settings = ForceSettings(**said["settings"])
        return ForceWork(graph, array["node_weight"], array["node_key"], array["theta"], settings, said["seed"])


def open_checkpoints(root: Path, work: ForceWork, code: str) -> Checkpoints:
    """Take up what was finished of just this work by just this code, and remove what is left of any other.

    Parameters
    ----------
    root
        Folder of checkpoints, on a disk that all workers reach under the same path. What else stands in it is left
        alone.
    code
        Version of the code.
    """
    arrays, settings = _as_arrays(work), json.dumps({"settings": asdict(work.settings), "seed": work.seed})
    folder = root / fingerprint(arrays, settings, code)
    folder.mkdir(parents=True, exist_ok=True)
    for other in _folders(root):
        if other != folder:
            shutil.rmtree(other)
    for half in folder.glob(f"*{HALF}"):
        shutil.rmtree(half)
    if not (folder / WORK).exists():
        half = Path(tempfile.mkdtemp(suffix=HALF, dir=folder))
        for name, array in arrays.items():
            np.save(half / f"{name}.npy", array)
        (half / "settings.json").write_text(settings)
        _put(half, folder / WORK)
    return Checkpoints(folder)


def remove_checkpoints(root: Path) -> None:
    """Remove all checkpoints; nothing can be taken up again."""
    for folder in _folders(root):
        shutil.rmtree(folder)


def fingerprint(arrays: dict[str, np.ndarray], settings: str, code: str) -> str:
    """Tell work apart: any other link, hyperparameter, setting, seed or line of code gives another one."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(f"{settings} {code}".encode())
    return digest.hexdigest()[:16]


def _folders(root: Path) -> Iterator[Path]:
    """Folders that look like one of a fingerprint."""
    named = sorted(root.iterdir()) if root.is_dir() else []
    yield from (path for path in named if _FINGERPRINT.fullmatch(path.name) and path.is_dir())


def _as_arrays(work: ForceWork) -> dict[str, np.ndarray]:
    graph = {name: np.asarray(values) for name, values in work.graph._asdict().items()}
    return {**graph, "node_weight": work.node_weight, "node_key": work.node_key, "theta": work.theta}


def _plain(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False)


def _put(half: Path, whole: Path) -> None:
    """Let a finished folder appear at once; a twin that was quicker stays."""
    for path in half.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        half.rename(whole)
    except OSError:
        if not whole.exists():
            raise
        shutil.rmtree(half)
