"""A page of planwave's own beside those of its Prefect server: it logs a browser in, so that nobody types a password.

Both of Prefect's UIs keep the password in the browser's storage for their own address, so the page must have that
address too. It gets the password from the `planwave ui` that opened it, through an address that works once: the
password itself is in no address, no history and no command line.
"""

import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from deployments.server.password import encoded
from deployments.server.settings import HOST

_NAME = "planwave-login.html"
_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>planwave</title>
<p id="said">Logging in ...</p>
<script>
  const [port, key, page] = location.hash.slice(1).split("/").map(decodeURIComponent);
  history.replaceState(null, "", location.pathname);
  async function login() {
    if (!/^[0-9]+$/.test(port)) throw new Error("no key");
    const password = await (await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(key)}`)).text();
    const asked = await fetch("/api/admin/version", { headers: { Authorization: `Basic ${password}` } });
    if (!asked.ok) throw new Error("refused");
    localStorage.setItem("prefect-password", password);
    location.replace(`${location.origin}/${(page || "").replace(/^[/\\\\]+/, "")}`);
  }
  login().catch(() => {
    document.getElementById("said").textContent =
      "This address has been used, or planwave no longer waits for it: call `planwave ui` again.";
  });
</script>
"""


def offer_login_page(pages: Path) -> None:
    """Put the page beside those that Prefect has copied to a folder; again does nothing."""
    path = pages / "v1" / _NAME
    if path.parent.is_dir() and not (path.is_file() and path.read_text(encoding="utf-8") == _PAGE):
        path.write_text(_PAGE, encoding="utf-8")


@dataclass(frozen=True)
class OneLogin:
    """The password for whoever asks first with the right key."""

    url: str
    """What to open in a browser."""
    _taken: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the page has asked, and tell whether it did."""
        return self._taken.wait(timeout_s)


@contextmanager
def one_login(ui_url: str, login: str, page: str = "") -> Generator[OneLogin]:
    """Offer a login for the block.

    Args:
        ui_url: where the pages of planwave's own server are.
        login: its `user:password`.
        page: the path of the page to go to then; nothing: the first one.
    """
    key = secrets.token_urlsafe(32)
    taken = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            is_first = secrets.compare_digest(self.path.encode(), f"/{key}".encode()) and not taken.is_set()
            self.send_response(HTTPStatus.OK if is_first else HTTPStatus.NOT_FOUND)
            self.send_header("Access-Control-Allow-Origin", ui_url)
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if is_first:
                taken.set()
                self.wfile.write(encoded(login).encode("ascii"))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
            """Say nothing: the line would hold the key."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="planwave-login", daemon=True)
        thread.start()
        try:
            port = server.server_address[1]
            yield OneLogin(f"{ui_url}/{_NAME}#{port}/{key}/{quote(page, safe='')}", taken)
        finally:
            server.shutdown()
            thread.join()
