"""Profiles that cannot be used, and calls that ask for what is not there."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.orchestration.conftest import Extract, Home

COLINK = Path(sys.executable).with_name("colink")

TYPOS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a key": ("timezone:", "timezon:", ("line 6, timezon", "unknown key", "did you mean 'timezone'?")),
    "a canonical column": ("committed_from_at:", "committed_form_at:", ("did you mean 'committed_from_at'?",)),
    "a limit": ("quarantined: 0.03", "quarantined: 3", ("limits.quarantined", "from 0 to 1")),
    "an indentation": ("  crimes:\n", "   crimes:\n", ("line",)),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_profile_with_a_typo_is_refused_in_one_line(
    typo: str, extract: "Extract", profile: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    right, wrong, expected = TYPOS[typo]
    text = profile.read_text(encoding="utf-8")
    assert right in text
    mistaken = tmp_path / "mistaken.yaml"
    mistaken.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    message = refused(extract, mistaken)
    assert all(part in message for part in ("mistaken.yaml", *expected)), message


def colink(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Call the command as people do, in a process of its own."""
    return subprocess.run([COLINK, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_a_refused_refresh_ends_with_1_and_one_line(extract: "Extract", published: "Home") -> None:
    extract.path("mo_fields").unlink()
    ended = colink("refresh", "--profile", "demo", "--landing", extract.landing, "--home", published.folder)
    assert_one_line(ended, 1, "no file for source 'mo'")
    assert "nothing was published" in ended.stdout
    assert published.read_publication() == published.publication


def test_a_profile_that_is_not_there_is_bad_use_and_ends_with_2(sound: "Extract", tmp_path: Path) -> None:
    ended = colink("refresh", "--profile", "dema", "--landing", sound.landing, "--home", tmp_path / "home")
    assert_one_line(ended, 2, "did you mean 'demo'?")
    assert not (tmp_path / "home").exists()


def assert_one_line(ended: subprocess.CompletedProcess[str], code: int, part: str) -> None:
    assert ended.returncode == code
    assert ended.stderr.startswith("colink: ")
    assert ended.stderr.count("\n") == 1
    assert part in ended.stderr
    assert "Traceback" not in ended.stdout
