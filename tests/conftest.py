"""Fixtures that every part of the tests may need."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("COLINK_SHARED", Path(__file__).parents[1] / ".." / "shared")).resolve()


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{name} data not found under COLINK_SHARED ({SHARED})")
    return folder


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the figures that the R package crimelinkage gave."""
    return _folder("reference")


@pytest.fixture(scope="session")
def real_extracts() -> Path:
    """Folder of the real public extracts."""
    return _folder("data")
