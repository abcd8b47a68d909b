"""A server of a team's, with a password: its worker, and planwave's commands with and without the password."""

import json
import subprocess
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from deployments.server.info import ServerInfo, configured_server, lets_in
from tests.deployments.commands import Commands, end, until, unused_port
from tests.homes import home_in
from tests.repositories import make_repository, run_git

pytestmark = pytest.mark.server
LOGIN = "team:pass:word"
PREFECT = ("-P", "-m", "prefect")


@dataclass(frozen=True)
class Team:
    """A team's server, and one of the team who has planwave."""

    server: ServerInfo
    member: Commands

    def run_through_worker(self, name: str) -> None:
        """Have the team's worker run a plan."""
        folder = self.member.folder
        given = ("--param", f"plan={folder}/{name}.yaml", "--param", f"repo={folder}/repo")
        status, out, err = self.member.call("deployment", "run", "run-plan/on-demand", *given, python=PREFECT)
        assert status == 0, out + err

    def status(self, run: str) -> str:
        """What planwave says of a run."""
        return self.member.call("status", run)[1]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder, port = tmp_path_factory.mktemp("team"), unused_port()
    make_repository(folder / "repo")
    theirs = {"PREFECT_HOME": str(folder / "server"), "PREFECT_SERVER_API_AUTH_STRING": LOGIN}
    named = {
        "PLANWAVE_HOME": str(home_in(folder)),
        "PREFECT_HOME": str(folder / "member"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_API_AUTH_STRING": LOGIN,
        "PREFECT_WORKER_QUERY_SECONDS": "2",
    }
    server = configured_server(named)
    assert server is not None
    with until_ended(Commands(folder, theirs).start("server", "start", "--port", str(port), python=PREFECT)):
        until(lambda: lets_in(server, LOGIN), "the team's server does not start")
        yield Team(server, Commands(folder, named))


@contextmanager
def until_ended(process: subprocess.Popen[str]) -> Generator[None]:
    """Have a program that runs beside the block, and what it says read, so that it never waits for a reader."""
    with process:
        reader = threading.Thread(target=process.communicate)
        reader.start()
        try:
            yield
        finally:
            process.terminate()
            reader.join()


def write_plan(team: Team, name: str, script: str) -> None:
    """Write a plan of one job, whose agent asks for the password of the server, and a gate that a person answers."""
    asked = ["PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_URL"]
    nosy = {"kind": "command", "run": ["sh", "-c", script], "env": asked}
    jobs = [{"id": "a", "agent": "nosy", "prompt": "Look.", "owns": {"create": ["seen"]}}]
    wave = {"id": "one", "jobs": jobs, "gate": {"decide": "human"}}
    plan = {"version": 1, "name": name, "agents": {"nosy": nosy}, "waves": [wave]}
    (team.member.folder / f"{name}.yaml").write_text(json.dumps(plan))


def test_a_team_works_on_its_server_with_a_password(team: Team) -> None:
    member = team.member
    status, out, err = member.call("deploy")
    assert status == 0, err
    assert LOGIN not in out + err
    with until_ended(member.start("worker", "start", "--pool", "planwave", python=PREFECT)):
        write_plan(team, "nosy", "env > seen")
        team.run_through_worker("nosy")
        until(lambda: "planwave approve nosy-1" in team.status("nosy-1"), "the gate does not ask")
        status, out, err = member.call("approve", "nosy-1", "--note", "fine")
        assert (status, err) == (0, ""), err
        until(lambda: "nosy-1: Completed" in team.status("nosy-1"), "the run is not over")
        seen = run_git(member.folder / "repo", "show", "planwave/nosy/target:seen")
        assert "PREFECT_API_URL=" in seen
        assert LOGIN not in seen
        assert "PREFECT_API_AUTH_STRING" not in seen
        assert member.call("report", "nosy-1")[1].startswith("# nosy: Completed")

        write_plan(team, "long", "touch seen; exec sleep 600")
        team.run_through_worker("long")
        until(lambda: "long-1: Running" in team.status("long-1"), "the run does not begin")
        assert member.call("cancel", "long-1")[:2] == (0, "long-1: Cancelled\n")


EVERY = (
    ("run", "refused.yaml", "--repo", "repo"),
    ("deploy",),
    ("status",),
    ("status", "refused.yaml", "--repo", "repo"),
    ("approve",),
    ("reject", "refused"),
    ("cancel",),
    ("report", "00000000-0000-0000-0000-000000000000"),
)


@pytest.mark.parametrize(("login", "commands"), [("team:wrong", EVERY), ("", EVERY[:3])])
def test_without_the_right_password_every_command_says_so_and_none_calls_it_a_bug(
    team: Team, login: str, commands: Sequence[Sequence[str]]
) -> None:
    stranger = replace(team.member, named={**team.member.named, "PREFECT_API_AUTH_STRING": login})
    write_plan(team, "refused", "true")
    started = {tuple(command): stranger.start(*command) for command in commands}
    for command, process in started.items():
        status, out, err = end(process)
        assert (status, out) == (1, ""), (command, out, err)
        assert f"the Prefect server at {team.server.api_url} cannot be asked: it lets in only who has" in err, command
        assert "PREFECT_API_AUTH_STRING=user:password" in err, command
        assert len(err.splitlines()) == 2, (command, err)


def test_a_server_that_is_not_there_is_told_in_a_line(team: Team) -> None:
    nowhere = replace(team.member, named={**team.member.named, "PREFECT_API_URL": "http://127.0.0.1:9/api"})
    write_plan(team, "nowhere", "true")
    for command in (("run", "nowhere.yaml", "--repo", "repo"), ("deploy",), ("approve",)):
        status, out, err = nowhere.call(*command)
        assert (status, out) == (1, ""), (command, out, err)
        assert "planwave: the Prefect server at http://127.0.0.1:9/api cannot be asked: " in err, command
        assert len(err.splitlines()) == 1, (command, err)
