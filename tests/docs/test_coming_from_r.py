"""The table for R users names what is there: every symbol imports, every option exists, every R function is listed."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "coming-from-r.md"
TEXT = GUIDE.read_text()
# The package's NAMESPACE (exports and methods), its data, and the helpers that its manual describes.
EXPORTED = {
    *("bayesPairs", "bayesProb", "clusterPath", "compareCrimes", "crimeClust_bayes", "crimeClust_hier", "getBF"),
    *("getCrimeSeries", "getCrimes", "getCriminals", "getROC", "linkage", "makeGroups", "makePairs"),
    *("makeSeriesData", "naiveBayes", "plotBF", "plot_hcc", "predictBF", "seriesID"),
    *("plot.naiveBayes", "predict.naiveBayes", "data(crimes)", "data(offenders)"),
}
DESCRIBED = {
    *("makeLinked", "makeUnlinked", "naiveBayes.fit", "make.breaks", "expAbsDiff", "expAbsDiff.circ"),
    *("compareSpatial", "compareTemporal", "compareCategorical", "compareNumeric"),
}

QUOTED = re.findall(r"`([^`]+)`", TEXT)
SYMBOLS = sorted({one for one in QUOTED if re.fullmatch(r"linkage(\.\w+)+", one)})
CALLED = {one for one in QUOTED if re.fullmatch(r"\w+\(.*=.*\)", one)}
CALLS = sorted(one for one in CALLED if not one.startswith("crimeClust"))  # the package's own


def resolved(symbol: str) -> object:
    module, _, name = symbol.rpartition(".")
    return getattr(importlib.import_module(module), name)


def rows_of(heading: str) -> list[list[str]]:
    part = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("| ")]
    return rows[1:]  # below the heads


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_symbol_is_there_and_described(symbol):
    assert inspect.getdoc(resolved(symbol))


@pytest.mark.parametrize("call", CALLS)
def test_every_option_is_an_argument_of_what_it_is_given_to(call):
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    named = [symbol for symbol in SYMBOLS if symbol.endswith(f".{node.func.id}")]
    assert len(named) == 1, f"{call}: its function should stand in the table once with its module"
    known = inspect.signature(resolved(named[0])).parameters  # type: ignore[arg-type]  # a function or a class
    assert {keyword.arg for keyword in node.keywords} <= set(known)


def test_every_function_of_the_package_is_in_the_table():
    listed = {name for row in rows_of("Function by function") for name in re.findall(r"`([^`]+)`", row[0])}
    assert listed >= EXPORTED | DESCRIBED


def test_every_departure_named_in_the_first_table_is_explained_in_the_second():
    named = {name for row in rows_of("Function by function") for name in row[3].split(", ")}
    explained = {row[0] for row in rows_of("Where it differs on purpose")}
    assert named - {""} == explained


def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (GUIDE.parent / target).exists(), target
