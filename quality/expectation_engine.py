"""Great Expectations, kept quiet and quick: the only module that knows how to start it.

Importing it costs about two seconds of processor time beyond pandas, scipy and altair, which it loads too; a
suite of 300 expectations on one row then takes about 0.4 s. So it is imported in the body, once, when needed.
"""

import gc
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pandas as pd


class Expected(NamedTuple):
    """One expectation: the single value of the column is at least `least`."""

    name: str
    column: str
    least: float


class Found(NamedTuple):
    """What the engine found: the value that it saw (NaN where none) and whether it was good enough."""

    observed: float
    success: bool


def expect_at_least(values: dict[str, float], expected: Sequence[Expected]) -> list[Found]:
    """Run one suite on one row of values.

    Parameters
    ----------
    values
        Column name to value; the row that is judged.
    expected
        The suite; every column is one of `values`.

    Returns
    -------
    list of Found
        In the order of `expected`.
    """
    if not expected:
        return []
    with _quiet():
        import great_expectations as gx

        suite = gx.ExpectationSuite(name="minimum_standard")
        # add_expectation saves after each; the list is the same object and needs no saving
        suite.expectations = [
            gx.expectations.ExpectColumnMinToBeBetween(
                column=entry.column, min_value=entry.least, meta={"name": entry.name, "position": position}
            )
            for position, entry in enumerate(expected)
        ]
        validation = _batch(pd.DataFrame([values])).validate(suite, result_format="BASIC")
    results = sorted(validation.results, key=lambda result: result.expectation_config.meta["position"])
    return [Found(_observed(result), bool(result.success)) for result in results]


def _batch(frame: pd.DataFrame) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # In memory, no analytics, no progress bars: nothing on disk, nothing on the net, nothing on the screen.
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("quality").add_dataframe_asset("scorecard")
    return asset.add_batch_definition_whole_dataframe("row").get_batch({"dataframe": frame})


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
