"""The README's Python runs as it stands, and what it names is there."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from orchestration.command_line import app
from tests.docs.guide_blocks import blocks_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text()


@pytest.fixture
def force() -> dict[str, pd.DataFrame]:
    """Return 300 crimes, of which 60 are solved: five each by twelve people who stay near home and keep a tool."""
    rng, n = np.random.default_rng(3), 300
    person = np.where(np.arange(n) < 60, np.arange(n) // 5, np.arange(n))
    place = rng.uniform(0, 20_000, (n, 2))[person] + rng.normal(0, 400, (n, 2))
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.uniform(0, 300, n), "D")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:03d}" for i in range(n)],
            "incident_id": [f"I{i:03d}" for i in range(n)],
            "crime_group": "burglary_residential",
            "easting_m": place[:, 0],
            "northing_m": place[:, 1],
            **dict.fromkeys(
                ("committed_from_at", "committed_to_at", "committed_from_local", "committed_to_local"), days
            ),
            "entry_method": rng.choice(["force", "insecure", "trick"], n),
            "tool_used": np.array(["crowbar", "drill", "none"])[person % 3],
        }
    )
    solved = {"person_id": [f"P{i:02d}" for i in person[:60]], "crime_id": crimes["crime_id"][:60]}
    return {
        "crimes": crimes,
        "offender_crimes": pd.DataFrame({**solved, "label_strength": "A", "link_basis": "charge"}),
    }


def test_the_python_of_the_readme_fits_scores_explains_and_draws(force, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (block,) = blocks_of(TEXT)
    names = {"__name__": "readme", **force}
    exec(compile("\n" * (block.line - 1) + block.code, "README.md", "exec"), names)  # a file of this repository
    assert "C001 and C002 may be linked" in capsys.readouterr().out
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    (log_bf,) = names["log_bf"]
    assert log_bf == pytest.approx(names["why"].log_bf)
    assert log_bf > 0  # one person's crimes, near each other


def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_benchmarks_and_make_targets_that_are_named_are_there():
    makefile = (ROOT / "Makefile").read_text()
    named = re.findall(r"benchmarks\.(\w+)", TEXT)
    assert {"natural_calibration", "model_quality"} <= set(named)
    for name in named:
        assert (ROOT / "benchmarks" / f"{name}.py").exists(), name
    for target in re.findall(r"\bmake ([a-z-]+)", TEXT):
        assert f"\n{target}:" in makefile, target


@pytest.mark.parametrize("line", re.findall(r"^colink ([a-z][^#\n]*)", TEXT, flags=re.M))
def test_commands_and_options_that_are_shown_exist(line):
    words = [word for word in line.split() if not word.startswith("-")]
    command = words[: 2 if words[0] in ("profile", "double-code") else 1]
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    for option in re.findall(r"--[a-z-]+", line):
        assert option in shown.output


def test_lines_fit_a_page():
    prose = re.sub(r"^```.*?^```", "", TEXT, flags=re.M | re.S)
    assert max(map(len, prose.splitlines())) <= 120
