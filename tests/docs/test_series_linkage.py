"""The series guide runs from top to bottom and prints what it says it prints."""

import difflib
import re
from pathlib import Path

from tests.docs.guide_blocks import blocks_of, printed

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "series-linkage.md"
TEXT = GUIDE.read_text()
# What the package's own page prints, as its README beside the data repeats it.
PUBLISHED = (
    "255 and 10932",
    "5 merges at a log BF of 4 and more",
    "4.8226300  C:469",
    "2.1332281  C:413, C:436",
    "0.1540873  C:407, C:433",
    "12 4.059641",
    "160 3.560011",
    "8 3.484413",
    "9 3.193912",
    "136 1.787387",
    "C:429    C:469 4.822630",
    "C:394    C:397 0.990993",
    "C:15     0.341556",
)


def assert_prints_what_it_says(labels: set[str]) -> None:
    for block, output in printed(blocks_of(TEXT), labels, GUIDE.name):
        difference = difflib.unified_diff(
            block.output.splitlines(), output.splitlines(), "guide", "printed", lineterm=""
        )
        assert block.output == output, f"{GUIDE.name}, code at line {block.line}:\n" + "\n".join(difference)


def test_the_walk_on_the_demo_force_prints_what_the_guide_says():
    assert_prints_what_it_says({"demo"})


def test_the_walk_on_the_reference_data_prints_what_the_guide_says(reference, monkeypatch):
    monkeypatch.setenv("COLINK_SHARED", str(reference.parent))
    assert_prints_what_it_says({"reference"})


def test_every_block_that_prints_has_its_output_and_a_known_label():
    for block in blocks_of(TEXT):
        assert block.label in {"", "reference", "demo"}
        assert bool(block.output) == ("print(" in block.code), f"line {block.line}"


def test_the_figures_of_the_package_stand_in_the_guide():
    outputs = "".join(block.output for block in blocks_of(TEXT) if block.label == "reference")
    for figure in PUBLISHED:
        assert figure in outputs


def test_every_symbol_named_in_the_text_is_there():
    from tests.docs.test_coming_from_r import resolved

    named = set(re.findall(r"`(linkage(?:\.\w+)+)", re.sub(r"^```.*?^```", "", TEXT, flags=re.M | re.S)))
    assert named
    for symbol in named:
        assert callable(resolved(symbol))


def test_the_guide_names_files_that_are_there_and_no_machine():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (GUIDE.parent / target).exists(), target
    for target in re.findall(r"`(tests/[^`]+)`", TEXT):
        assert (ROOT / target).exists(), target
    assert not re.search(r"/(?:home|work|tmp|Users)/", TEXT)


def test_lines_fit_a_page():
    assert max(map(len, TEXT.splitlines())) <= 120
