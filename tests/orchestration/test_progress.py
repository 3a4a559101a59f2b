"""What a run says on the terminal while it works."""

import io
import logging

import dagster as dg
from rich.console import Console

from orchestration.progress import ProgressLog, progress_logger


@dg.op
def slow(context: dg.OpExecutionContext) -> None:
    """Say how far it is."""
    context.log.info("co-linkage: 40% done, about 3 min left")
    context.log.debug("nobody needs this")


def test_what_a_step_says_of_its_progress_is_shown_before_its_line() -> None:
    shown = io.StringIO()
    handler = ProgressLog(Console(file=shown, width=100))
    handler.setLevel(logging.DEBUG)
    job = dg.GraphDefinition("job", node_defs=[slow]).to_job(
        logger_defs={"progress": progress_logger(handler)},
        config={"loggers": {"progress": {"config": {}}}},
    )
    assert job.execute_in_process().success
    handler.close()
    text = shown.getvalue()
    assert "nobody needs this" not in text
    assert text.rindex("slow") > text.index("co-linkage: 40% done, about 3 min left")
    assert [step.name for step in handler.steps] == ["slow"]
