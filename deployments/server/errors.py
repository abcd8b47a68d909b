"""What Prefect and its client raise when the server is not there, or lets nobody in, in planwave's words."""

from collections.abc import Generator
from contextlib import contextmanager

import httpx

from deployments.server.api import REFUSED, ServerRefuses, ServerUnreachable
from deployments.server.lifecycle import ServerInfo


def is_of_server(error: BaseException | None) -> bool:
    """Return whether an error came of asking a server, by itself or by what led to it."""
    while error is not None and not isinstance(error, httpx.HTTPError):
        error = error.__cause__
    return error is not None


@contextmanager
def told_plainly(server: ServerInfo) -> Generator[None]:
    """Let errors of asking a server be planwave's, for the block.

    Raises:
        ServerUnreachable: it does not answer.
        ServerRefuses: it wants a key or a password.
    """
    try:
        yield
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if status not in REFUSED:
            raise
        raise ServerRefuses(server.api_url, status) from error
    except httpx.TransportError as error:
        raise ServerUnreachable(server.api_url, str(error) or type(error).__name__) from error
    except RuntimeError as error:
        # Prefect's, when the very first question gets no answer.
        if not is_of_server(error):
            raise
        raise ServerUnreachable(server.api_url, "it does not answer") from error
