"""A run that ended by an error that nobody expected: whose it is to mend."""

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


def test_an_error_of_the_server_is_said_in_a_sentence_with_what_to_do() -> None:
    for told, why in (
        (ANSWER, "Server error '500 Internal Server Error' for url 'http://h/api'"),
        (SILENCE, "All connection attempts failed"),
    ):
        error = unexpected_end(OWN, told)
        assert isinstance(error, TaskError)
        assert str(error) == f"the Prefect server at http://127.0.0.1:4200/api failed: {why}"
        assert "planwave server stop" in (error.hint or "")


def test_any_other_error_is_a_bug() -> None:
    error = unexpected_end(OWN, "Flow run encountered an exception: KeyError: 'x'")
    assert isinstance(error, RuntimeError)
