"""Progress of a run on the terminal, read from the events that Dagster sends to a job's loggers."""

import logging
import time
from typing import Any, NamedTuple

import dagster as dg
from rich.console import Console
from rich.status import Status


class StepDone(NamedTuple):
    """A finished step: its name, the rows it made and the seconds it took."""

    name: str
    rows: int
    seconds: float


class ProgressLog(logging.Handler):
    """Prints a line for every finished step and remembers why a run failed."""

    def __init__(self, console: Console | None) -> None:
        super().__init__()
        self.steps: list[StepDone] = []
        self.findings: list[str] = []
        self.failure: str | None = None
        self._console = console
        self._status: Status | None = None
        self._began = time.monotonic()
        self._rows: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Take one Dagster event, or what a step says of itself; anything else that is logged passes by."""
        told = getattr(record, "dagster_meta", None) or {}
        event = told.get("dagster_event")
        handle = getattr(self, f"_on_{event.event_type_value.lower()}", None) if event else None
        if handle:
            handle(event)
        elif event is None and told.get("step_key") and record.levelno == logging.INFO:
            self._on_said(str(told["orig_message"]))

    def close(self) -> None:
        """Take the spinner off the terminal."""
        if self._status:
            self._status.stop()
        super().close()

    def _on_step_start(self, event: Any) -> None:
        self._began = time.monotonic()
        if self._console and self._console.is_terminal:
            self.close()
            self._status = self._console.status(f"{_readable(event.step_key)} ...")
            self._status.start()

    def _on_said(self, words: str) -> None:
        if self._status:
            self._status.update(words)
        elif self._console:
            self._console.print(f"    {words}", highlight=False)

    def _on_asset_materialization(self, event: Any) -> None:
        metadata = event.event_specific_data.materialization.metadata
        rows = metadata.get("dagster/row_count")
        if rows is not None and isinstance(rows.value, int):
            self._rows[event.step_key] = self._rows.get(event.step_key, 0) + rows.value

    def _on_asset_check_evaluation(self, event: Any) -> None:
        evaluation = event.event_specific_data
        if evaluation.passed:
            return
        finding = evaluation.metadata.get("finding")
        text = f"{evaluation.asset_key.path[-1]}: {finding.value if finding else evaluation.check_name}"
        self.findings.append(text)
        if evaluation.blocking and evaluation.severity == dg.AssetCheckSeverity.ERROR and not self.failure:
            self.failure = str(finding.value) if finding else text

    def _on_step_success(self, event: Any) -> None:
        step = StepDone(_readable(event.step_key), self._rows.get(event.step_key, 0), time.monotonic() - self._began)
        self.steps.append(step)
        if self._console:
            rows = f"{step.rows:>12,} rows" if step.rows else " " * 17
            self._console.print(f"  {step.name:<34}{rows}{step.seconds:>8.1f} s", highlight=False)

    def _on_step_failure(self, event: Any) -> None:
        if self.failure is None:
            self.failure = _message(event.event_specific_data.error)

    def _on_pipeline_failure(self, event: Any) -> None:
        error = getattr(event.event_specific_data, "error", None)
        if self.failure is None and error is not None:
            self.failure = _message(error)


def _readable(step_key: str) -> str:
    return step_key.replace("__", ".")


def _message(error: Any) -> str:
    """Return the innermost message on one line, without the name of the exception's class."""
    while error.cause is not None:
        error = error.cause
    text = " ".join(error.message.split())
    head, _, tail = text.partition(": ")
    return tail if tail and head.replace(".", "").replace("_", "").isalnum() else text


def progress_logger(handler: ProgressLog) -> dg.LoggerDefinition:
    """Return the Dagster logger definition that feeds a handler."""

    def progress(_context: dg.InitLoggerContext) -> logging.Logger:
        log = logging.Logger("colink.progress")
        log.addHandler(handler)
        return log

    return dg.LoggerDefinition(progress, description="Progress on the terminal.")
