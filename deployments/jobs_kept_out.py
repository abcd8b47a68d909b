"""What only the user may do, and no job of a plan that runs: answering gates, and learning the server's password.

It keeps honest agents from what is not theirs. A program of the same user that means harm can read whatever he can.
"""

import os
from collections.abc import Iterator
from contextlib import suppress

import psutil

from tasks.errors import TaskError
from tasks.home import Home
from tasks.programs.environment import MARK


class NotForJobs(TaskError):
    """A job of a plan asked for what only the user may do."""

    hint = "say in your report what the user should do"

    def __init__(self, what: str, job: str) -> None:
        self.job = job
        super().__init__(f"{what} is for the user alone, and this was called by the job {job!r} of a plan")


def keep_jobs_out(home: Home, what: str) -> None:
    """Let nobody pass who was started by a job of a plan of this home.

    Raises:
        NotForJobs: the caller, or a process above it, carries the mark of such a job.
    """
    for mark in _marks():
        # The mark of another home is of somebody who runs planwave in a job, on a home of its own.
        its_home, _, plan, _, *work = mark.split("/") if mark.count("/") > 2 else ("", "", "", "")
        if its_home == home.identity:
            raise NotForJobs(what, work[0] if work else plan)


def _marks() -> Iterator[str]:
    yield os.environ.get(MARK, "")
    for process in psutil.Process().parents():
        with suppress(psutil.Error):
            yield process.environ().get(MARK, "")
