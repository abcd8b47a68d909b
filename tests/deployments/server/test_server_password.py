"""planwave's own server answers to its user alone, and nothing tells anybody else its password."""

import stat
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import prefect
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from deployments.cli.guard import guarded
from deployments.server import process as server_process
from deployments.server.files import ServerFiles
from deployments.server.info import lets_in
from deployments.server.lifecycle import ServerInfo, ensure_server, login_of
from deployments.server.pages import one_login
from deployments.server.password import CLIENTS, SERVER, basic, encoded, make_login, read_login
from tasks.git.file_lock import opened
from tasks.home import Home
from tasks.programs.environment import MARK
from tests.deployments.commands import unused_port

HARMFUL = "http://evil.example"


@pytest.fixture
def login(shared_server: tuple[Home, ServerInfo], server: ServerInfo) -> str:
    found = login_of(shared_server[0])
    assert found is not None
    return found


def ask(server: ServerInfo, path: str, login: str | None = None, **headers: str) -> httpx.Response:
    shown = {} if login is None else {"Authorization": basic(login)}
    with httpx.Client(base_url=server.ui_url, trust_env=False, timeout=30, headers={**headers, **shown}) as client:
        return client.post(path, json={}) if path.endswith(("filter", "resume")) else client.get(path)


@pytest.mark.server
def test_the_pages_of_another_site_can_neither_read_nor_answer(server: ServerInfo, login: str) -> None:
    own = ask(server, "/api/admin/version", login, Origin=server.ui_url)
    assert own.headers["access-control-allow-origin"] == server.ui_url
    for origin in (HARMFUL, "http://127.0.0.1:1", "null"):
        answer = ask(server, "/api/flow_runs/filter", login, Origin=origin)
        assert "access-control-allow-origin" not in answer.headers, origin
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        with httpx.Client(trust_env=False) as client:
            asked = client.options(f"{server.api_url}/flow_runs/filter", headers=preflight)
        assert asked.status_code == 400, origin
        assert "access-control-allow-origin" not in asked.headers, origin


@pytest.mark.server
@pytest.mark.parametrize(
    "path", ["flow_runs/filter", f"flow_runs/{'0' * 8}-0000-0000-0000-{'0' * 12}/resume", "version"]
)
def test_a_page_whose_name_was_rebound_to_this_machine_has_nothing_to_show(server: ServerInfo, path: str) -> None:
    for host in ("evil.example", f"evil.example:{server.port}", "health"):
        answer = ask(server, f"/api/{path}", Host=host)
        assert answer.status_code == 401, host
        # With either of them a browser would come to send something by itself, to any name of the machine.
        assert not {"www-authenticate", "set-cookie"} & set(answer.headers), host


@pytest.mark.server
@pytest.mark.parametrize("path", ["events/in", "events/out", "logs/out", "task_runs/subscriptions/scheduled"])
def test_websockets_ask_for_the_password_too(server: ServerInfo, login: str, path: str) -> None:
    url = f"{server.api_url.replace('http', 'ws', 1)}/{path}"
    with pytest.raises(InvalidHandshake):
        connect(url, proxy=None).close()
    for token in ("", "planwave:", login[:-1]):
        with connect(url, subprotocols=[Subprotocol("prefect")], proxy=None) as connection:
            connection.send(f'{{"type": "auth", "token": "{token}"}}')
            with pytest.raises(ConnectionClosed):
                connection.recv(timeout=30)
    with connect(url, subprotocols=[Subprotocol("prefect")], proxy=None) as connection:
        connection.send(f'{{"type": "auth", "token": "{login}"}}')
        assert "auth_success" in str(connection.recv(timeout=30))


@pytest.mark.server
def test_nothing_tells_the_password(shared_server: tuple[Home, ServerInfo], server: ServerInfo, login: str) -> None:
    home = shared_server[0]
    secret = login.partition(":")[2]
    assert len(secret) > 40
    for path in ("/api/admin/settings", "/ui-settings", "/openapi.json", "/api/openapi.json", "/planwave-login.html"):
        answer = ask(server, path, login)
        assert answer.status_code == 200, path
        assert secret not in answer.text, path
    process = psutil.Process(server.pid)
    assert secret not in str(process.environ()) + str(process.cmdline())
    holders = [file for file in home.root.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]
    assert holders == [home.prefect / "profiles.toml"]
    assert stat.S_IMODE(holders[0].stat().st_mode) == 0o600


@pytest.mark.server
def test_both_user_interfaces_keep_the_password_where_the_login_page_puts_it(server: ServerInfo) -> None:
    page = ask(server, "/planwave-login.html").text
    assert 'localStorage.setItem("prefect-password"' in page
    for bundle in (prefect.__ui_static_path__, prefect.__ui_v2_static_path__):
        assert any("prefect-password" in script.read_text("utf-8") for script in Path(bundle).rglob("*.js")), bundle


def test_a_browser_gets_the_password_once_and_with_the_key_alone() -> None:
    def got(url: str) -> tuple[int, str, str | None]:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
                return answer.status, answer.read().decode(), answer.headers["Access-Control-Allow-Origin"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), None

    with one_login("http://127.0.0.1:4203", "planwave:secret", "runs/flow-run/1") as opened:
        page, _, fragment = opened.url.partition("#")
        port, key, then = fragment.split("/")
        assert (page, then) == ("http://127.0.0.1:4203/planwave-login.html", "runs%2Fflow-run%2F1")
        assert encoded("planwave:secret") not in opened.url
        assert got(f"http://127.0.0.1:{port}/{key[:-1]}")[:2] == (404, "")
        assert not opened.wait(0)
        given = got(f"http://127.0.0.1:{port}/{key}")
        assert given == (200, encoded("planwave:secret"), "http://127.0.0.1:4203"), "other pages must not read it"
        assert opened.wait(0)
        assert got(f"http://127.0.0.1:{port}/{key}")[:2] == (404, "")


def test_the_password_is_made_once_and_a_file_of_others_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text('active = "mine"\n[profiles.mine]\nPREFECT_API_KEY = "theirs"\n')
    assert read_login(tmp_path) is None
    login = make_login(tmp_path)
    assert login.startswith("planwave:")
    assert (make_login(tmp_path), read_login(tmp_path)) == (login, login)
    assert "theirs" in (tmp_path / "profiles.before-planwave.toml").read_text()
    profiles = tomllib.loads(file.read_text())
    assert profiles["active"] == CLIENTS
    assert profiles["profiles"][CLIENTS] == {"PREFECT_API_AUTH_STRING": login}
    assert profiles["profiles"][SERVER] == {"PREFECT_SERVER_API_AUTH_STRING": login}


@pytest.mark.parametrize(
    "text", ["", "not toml =", "[profiles]", f"[profiles.{SERVER}]\nPREFECT_SERVER_API_AUTH_STRING = 3"]
)
def test_a_damaged_file_of_profiles_holds_no_password(tmp_path: Path, text: str) -> None:
    (tmp_path / "profiles.toml").write_text(text)
    assert read_login(tmp_path) is None


@pytest.mark.server
def test_an_open_server_of_an_older_planwave_is_started_anew_but_not_under_a_run(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ServerFiles(home.prefect)
    files.folder.mkdir(parents=True)
    port = unused_port()
    files.remember(server_process.spawn(files, port), port)
    (home.runs("hub", "plan") / "tries" / "1").mkdir(parents=True)
    with opened(home.plan_lock("hub", "plan")) as lock:
        assert lock.try_exclusive()
        lock.sign()
        older = ensure_server(home)
        assert older.is_open
        assert lets_in(older, None)
    newer = ensure_server(home)
    assert (newer.started, newer.is_open, newer.port) == (True, False, port)
    assert newer.pid != older.pid
    assert not lets_in(newer, None)
    assert lets_in(newer, login_of(home))
    check_a_password_that_is_lost(home, capsys)
    again = ensure_server(home)
    assert (again.started, again.port) == (True, port)
    assert lets_in(again, login_of(home))


def check_a_password_that_is_lost(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (home.prefect / "profiles.toml").unlink()
    for command in (["status"], ["approve"], ["cancel"]):
        assert guarded(command) == 1
        said = capsys.readouterr().err
        assert "is not in" in said
        assert "planwave server stop" in said


@pytest.mark.server
def test_a_job_of_a_plan_is_not_told_the_password_and_answers_no_gate(
    shared_server: tuple[Home, ServerInfo],
    server: ServerInfo,
    login: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = shared_server[0]
    monkeypatch.setenv(MARK, f"{home.identity}/hub-1/mine/4/write-docs/2")
    for command in (["ui", "--password"], ["approve"], ["reject", "mine"]):
        assert guarded(command) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "for the user alone" in said.err
        assert "'write-docs'" in said.err
    monkeypatch.setenv(MARK, "another-home/hub-1/mine/4/write-docs/2")
    assert guarded(["ui", "--password"]) == 0
    assert capsys.readouterr().out == f"{login}\n"
