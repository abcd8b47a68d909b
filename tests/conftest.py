import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything must have run, a server test that was skipped has failed, unless what it reads is elsewhere."""
    report = yield
    must_run = item.get_closest_marker("server") and not item.get_closest_marker("material")
    if report.outcome == "skipped" and os.environ.get("PLANWAVE_NO_SKIP") and must_run:
        report.outcome = "failed"
        report.longrepr = f"skipped, though PLANWAVE_NO_SKIP is set: {report.longreprtext}"
    return report
