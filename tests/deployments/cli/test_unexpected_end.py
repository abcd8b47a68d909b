"""A run that ended by an error that nobody expected: whose it is to mend, by what the error is, not by what it says."""

import httpx
import pytest

from deployments.cli.run import unexpected_end
from deployments.server.lifecycle import ServerInfo
from tasks.errors import TaskError

OWN = ServerInfo(pid=1, port=4200, api_url="http://127.0.0.1:4200/api", ui_url="http://127.0.0.1:4200", started=False)
ANSWER = """\
Flow run encountered an exception: PrefectHTTPStatusError: Server error '500 Internal Server Error' for url 'http://h/api'
Response: {'exception_message': 'Internal Server Error'}
For more information check: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/500
"""
SILENCE = """\
Request to http://127.0.0.1:4200/api/flow_runs failed: Traceback (most recent call last):
  File "/x/httpx/_transports/default.py", line 101, in map_httpcore_exceptions
    yield
httpx.ConnectError: All connection attempts failed
"""


REQUEST = httpx.Request("POST", "http://127.0.0.1:4200/api")


def unreachable() -> RuntimeError:
    """Return what Prefect raises when the very first question gets no answer."""
    error = RuntimeError("Failed to reach API")
    error.__cause__ = httpx.ConnectError("All connection attempts failed")
    return error


@pytest.mark.parametrize(
    ("told", "why", "cause"),
    [
        (
            ANSWER,
            "Server error '500 Internal Server Error' for url 'http://h/api'",
            httpx.HTTPStatusError("no", request=REQUEST, response=httpx.Response(500, request=REQUEST)),
        ),
        (SILENCE, "All connection attempts failed", httpx.ConnectError("All connection attempts failed")),
        ("Failed to reach API", "Failed to reach API", unreachable()),
    ],
)
def test_an_error_of_the_server_is_said_in_a_sentence_with_what_to_do(told: str, why: str, cause: Exception) -> None:
    error = unexpected_end(OWN, told, cause)
    assert isinstance(error, TaskError)
    assert str(error) == f"the Prefect server at http://127.0.0.1:4200/api failed: {why}"
    assert "planwave server stop" in (error.hint or "")


def test_any_other_error_is_a_bug() -> None:
    for cause in (KeyError("Server error '500"), None):
        error = unexpected_end(OWN, 'Flow run encountered an exception: KeyError: "Server error \'500"', cause)
        assert isinstance(error, RuntimeError)
