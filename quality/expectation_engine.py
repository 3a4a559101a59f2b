"""Great Expectations, kept quiet and quick: the only module that knows how to start it.

Importing it costs some seconds of processor time beyond pandas, scipy and altair, which it loads too; suites of 600
expectations on one row each then take about a second, and their Data Docs another. So it is imported in the body, once,
when needed.
"""

import gc
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd

SITE = "minimum_standard"
INDEX = "index.html"
# The suites themselves are not shown apart: the page of a suite's results states every expectation of it.
_SITE_CONFIG: dict[str, Any] = {
    "class_name": "SiteBuilder",
    "show_how_to_buttons": False,
    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False},
    "site_section_builders": {"expectations": "None", "profiling": "None"},
}
_SEVERITIES = {"error": "critical", "warn": "warning"}


class Expected(NamedTuple):
    """One expectation: the single value under a heading of a suite's row is at least `least`.

    `severity` is `error` or `warn`; `sentence` says it in words, `why` gives the reason; both are for readers.
    """

    suite: str
    heading: str
    least: float
    severity: str = "warn"
    sentence: str = ""
    why: str = ""


class Found(NamedTuple):
    """What the engine found: the value that it saw (NaN where none) and whether it was good enough."""

    observed: float
    success: bool


class Run(NamedTuple):
    """Name and moment (UTC) of a run, as its Data Docs show them."""

    name: str
    at: datetime


class Outcome(NamedTuple):
    """What was found, in the order of the expectations, and the Data Docs as they come: path -> HTML."""

    found: list[Found]
    pages: dict[str, str]


def expect_at_least(rows: Mapping[str, Mapping[str, float]], expected: Sequence[Expected], run: Run) -> Outcome:
    """Run every suite on its one row of values, and have Data Docs built of the results.

    Parameters
    ----------
    rows
        Suite -> heading -> value: the rows that are judged.
    expected
        The expectations; every heading stands in its suite's row, once.
    run
        What to call the run.
    """
    if not expected:
        return Outcome([], {})
    with _quiet(), TemporaryDirectory() as folder:
        context = _context(folder)
        found: dict[tuple[str, str], Found] = {}
        for suite in dict.fromkeys(entry.suite for entry in expected):
            of_suite = [entry for entry in expected if entry.suite == suite]
            found |= _run_suite(context, suite, of_suite, rows[suite], run)
        context.build_data_docs()
        pages = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(Path(folder).rglob("*.html"))
        }
    return Outcome([found[entry.suite, entry.heading] for entry in expected], pages)


def _run_suite(
    context: Any, suite: str, expected: Sequence[Expected], row: Mapping[str, float], run: Run
) -> dict[tuple[str, str], Found]:
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier

    # The pages show words as they are given, markup too.
    built = gx.ExpectationSuite(name=suite)
    # add_expectation saves after each; the list is the same object and needs no saving
    built.expectations = [
        gx.expectations.ExpectColumnMinToBeBetween(
            column=escape(entry.heading),
            min_value=entry.least,
            severity=_SEVERITIES[entry.severity],
            description=escape(entry.sentence) or None,
            notes=escape(entry.why) or None,
        )
        for entry in expected
    ]
    data = context.data_sources.get("warehouse").add_dataframe_asset(suite).add_batch_definition_whole_dataframe("sums")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=suite, data=data, suite=context.suites.add(built))
    )
    validation = definition.run(
        batch_parameters={"dataframe": pd.DataFrame([{escape(heading): value for heading, value in row.items()}])},
        result_format="BASIC",
        run_id=RunIdentifier(run_name=run.name, run_time=run.at),
    )
    return {
        (suite, unescape(result.expectation_config.kwargs["column"])): Found(_observed(result), bool(result.success))
        for result in validation.results
    }


def _context(folder: str) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # In memory, no analytics, no progress bars: nothing on the net, nothing on the screen, and on disk the pages only.
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": folder}
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
        data_docs_sites={SITE: {**_SITE_CONFIG, "store_backend": store}},
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.data_sources.add_pandas("warehouse")
    return context


def _observed(result: Any) -> float:
    observed = result.result.get("observed_value")
    return float("nan") if observed is None else float(observed)


@contextmanager
def _quiet() -> Iterator[None]:
    """Undo what importing Great Expectations does to its host, and let nothing else through unseen.

    It imports two modules that Python 3.11 deprecates (`sre_constants`, `sre_parse`), and it calls
    `logging.captureWarnings(True)`, which would hide every later warning of the whole process. The collector is
    held during the import, which makes a great many lasting objects: a fifth of the time.
    """
    shown_by, collects = warnings.showwarning, gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
            yield
            if warnings.showwarning is not shown_by:
                logging.captureWarnings(False)
    finally:
        if collects:
            gc.enable()
