"""Less in the log of a run: a line costs the server as much as what it tells of."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

_ENDED_WELL = "Finished in state Completed("
"""What Prefect says of each task run that is done, beside its state, which says the same."""


@contextmanager
def terse_logs() -> Generator[None]:
    """Keep lines that tell nothing new out of the logs of task runs for the block."""
    logger = logging.getLogger("prefect.task_runs")
    logger.addFilter(_is_news)
    try:
        yield
    finally:
        logger.removeFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_ENDED_WELL)
