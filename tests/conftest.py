"""Fixtures that every part of the tests may need."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A headless browser; the test is skipped where none is installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=arguments)
        yield running
        running.close()
