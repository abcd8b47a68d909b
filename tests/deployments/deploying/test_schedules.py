"""Schedules: how a deployment gets one, and what doctor finds of them; on a real server, without workers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from deployments.cli.guard import guarded
from deployments.deploying import schedules
from deployments.deploying.schedules import BadSchedule, parse_interval, wait_for_next_runs
from deployments.doctor.findings import Finding
from deployments.doctor.scheduler import examine_schedules
from deployments.server.api import Api
from deployments.server.lifecycle import ServerInfo, login_of, server_status
from deployments.server.password import basic
from tasks.home import Home
from tests.deployments.workers import Machine, machine
from tests.repositories import make_repository

NEVER = {"cron": "0 0 30 2 *", "timezone": "UTC"}
"""The scheduler looks for the day, and gives up."""
DAILY = {"cron": "0 2 * * *", "timezone": "UTC"}
PLAN = {"version": 1, "name": "small", "waves": [{"id": "one", "jobs": [{"id": "a", "run": ["true"]}]}]}


@dataclass
class Records:
    """Deployments as the server knows them."""

    client: httpx.Client
    made: list[str] = field(default_factory=list[str])

    def deployment(self, name: str, schedule: Mapping[str, object], **fields: object) -> str:
        flow = self.post("/flows/", {"name": "recorded"})["id"]
        scheduled = {"schedules": [{"schedule": schedule, "active": True}], "tags": ["planwave"]}
        made = self.post("/deployments/", {"name": name, "flow_id": flow, **scheduled, **fields})["id"]
        self.made.append(f"/deployments/{made}")
        return made

    def late_run(self, deployment: str) -> None:
        """Record a run whose time has come without a worker."""
        due = {"type": "SCHEDULED", "name": "Late", "state_details": {"scheduled_time": "2026-01-01T00:00:00Z"}}
        made = self.post(
            f"/deployments/{deployment}/create_flow_run",
            {"state": due, "tags": ["planwave"], "parameters": {"plan": "p"}},
        )["id"]
        self.made.append(f"/flow_runs/{made}")

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, str]:
        while (answer := self.client.post(path, json=body)).status_code == httpx.codes.SERVICE_UNAVAILABLE.value:
            pass
        made: dict[str, str] = answer.raise_for_status().json()
        return made


@pytest.fixture
def api(server: ServerInfo) -> Iterator[Api]:
    with Api(server.api_url, user=login_of(Home.from_environment()), proxy=False) as given:
        yield given


@pytest.fixture
def records(server: ServerInfo) -> Iterator[Records]:
    limits = httpx.Limits(max_keepalive_connections=0)
    headers = {"Authorization": basic(login_of(Home.from_environment()) or "")}
    with httpx.Client(base_url=server.api_url, headers=headers, trust_env=False, timeout=30, limits=limits) as client:
        records = Records(client)
        yield records
        for path in records.made[::-1]:
            client.delete(path)


@pytest.fixture
def here(shared_server: tuple[Home, ServerInfo], server: ServerInfo, tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "small.yaml").write_text(json.dumps(PLAN))
    make_repository(tmp_path / "project")
    with machine(shared_server[0], server, tmp_path / "elsewhere") as given:
        yield given


@pytest.fixture
def beginning(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home where nothing runs; the current folder has a plan and a repository."""
    (tmp_path / "small.yaml").write_text(json.dumps(PLAN))
    (tmp_path / "elsewhere").mkdir()
    make_repository(tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    return home


def found(api: Api, word: str) -> Finding:
    """Return the one finding that has a word in it."""
    (finding,) = [each for each in examine_schedules(api, "/home/server.log") if word in each.what]
    return finding


@pytest.mark.parametrize(
    ("text", "hours"),
    [("30m", 0.5), ("1h30m", 1.5), ("1 h", 1), ("1d", 24), ("1w", 168), (" 90min ", 1.5), ("36s", 0.01)],
)
def test_how_often_is_read_with_days_of_the_calendar(text: str, hours: float) -> None:
    assert parse_interval(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "5", "h", "1x", "0m", "-1h", "1h and more", "daily"])
def test_what_does_not_say_how_often_is_refused(text: str) -> None:
    with pytest.raises(BadSchedule, match="does not say how often"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--plan", "nowhere.yaml", "--repo", "project"], 1, "nowhere.yaml: no such file"),
        (["--plan", "small.yaml", "--repo", "elsewhere"], 1, "elsewhere is not a git repository"),
        (["--plan", "small.yaml", "--repo", "project", "--every", "5"], 1, "'5' does not say how often"),
        (["--plan", "small.yaml", "--repo", "project", "--every", "1h", "--cron", "@daily"], 2, "one of --cron and"),
        (["--plan", "small.yaml", "--repo", "project", "--timezone", "Moon"], 2, "no such time zone"),
        (["--cron", "0 2 * * *"], 2, "say with --plan which plan"),
    ],
)
def test_what_cannot_be_deployed_is_said_before_a_server_is_started(
    beginning: Home, capsys: pytest.CaptureFixture[str], options: list[str], status: int, said: str
) -> None:
    assert guarded(["deploy", *options]) == status
    assert said in capsys.readouterr().err
    assert server_status(beginning) is None


@pytest.mark.server
def test_a_deployment_of_one_plan_keeps_its_schedule_until_another_is_given(here: Machine) -> None:
    one = ("deploy", "--plan", "../small.yaml", "--repo", "../project")
    said = here.call(*one, "--cron", "0 2 * * *", "--timezone", "Europe/Berlin", "--approvals", "auto")
    assert "schedule: 0 2 * * * (Europe/Berlin)\n" in said
    line = next(line for line in said.splitlines() if line.startswith("next runs: "))
    assert line.count(" 02:00:00") == 3
    assert line.endswith(" (Europe/Berlin)")
    there = json.loads(here.api.get("/deployments/name/run-plan/small").raise_for_status().text)
    folder = here.folder.parent
    wanted = {"plan": f"{folder}/small.yaml", "repo": f"{folder}/project", "approvals": "auto"}
    assert there["parameters"] == wanted
    assert there["work_pool_name"] == "planwave"

    assert "schedule, as before: 0 2 * * * (Europe/Berlin)\n" in here.call(*one)
    assert "schedule: every 1h30m\n" in here.call(*one, "--every", "90m")
    there = json.loads(here.api.get("/deployments/name/run-plan/small").raise_for_status().text)
    assert [schedule["schedule"]["interval"] for schedule in there["schedules"]] == [5400.0]
    check_that_another_plan_is_refused(here)
    here.call("prefect", "deployment", "delete", "run-plan/small")


def check_that_another_plan_is_refused(here: Machine) -> None:
    """Of the same name, elsewhere."""
    (here.folder / "small.yaml").write_text(json.dumps(PLAN))
    refused = here.attempt("deploy", "--plan", "small.yaml", "--repo", "../project")
    assert refused.returncode == 1
    assert "the deployment 'run-plan/small' has another plan: " in refused.stderr
    assert "--name" in refused.stderr


@pytest.mark.server
def test_without_schedules_doctor_says_that_there_are_none(api: Api) -> None:
    assert list(examine_schedules(api, None)) == [Finding("ok", "schedules: none")]


@pytest.mark.server
def test_a_schedule_of_which_the_server_makes_runs_is_well(api: Api, records: Records) -> None:
    made = records.deployment("kept", DAILY)
    assert wait_for_next_runs(api, UUID(made), 90.0)
    assert list(examine_schedules(api, None)) == [Finding("ok", "schedules: 1 with runs to come")]


@pytest.mark.server
def test_a_schedule_of_which_the_server_makes_no_runs_is_found_unless_it_is_new(
    api: Api, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.deployment("silent", NEVER)
    assert found(api, "'silent'").standing == "note"
    monkeypatch.setattr(schedules, "NEW_FOR", timedelta())
    finding = found(api, "'silent'")
    assert finding.standing == "missing"
    assert finding.what == "schedule of 'silent': 0 0 30 2 * (UTC): the server's scheduler makes no runs of it"
    assert finding.hint is not None
    assert "/home/server.log" in finding.hint


@pytest.mark.server
@pytest.mark.parametrize("how", [{"paused": True}, {"tags": []}])
def test_a_schedule_that_is_paused_or_of_others_is_left_out(
    api: Api, records: Records, how: Mapping[str, object]
) -> None:
    records.deployment("resting", NEVER, **how)
    assert not [each for each in examine_schedules(api, None) if "resting" in each.what]


@pytest.mark.server
def test_a_schedule_that_has_come_to_its_end_is_only_noted(
    api: Api, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "NEW_FOR", timedelta())
    over = {"rrule": "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;UNTIL=20260103T000000Z", "timezone": "UTC"}
    records.deployment("over", over)
    finding = found(api, "'over'")
    assert (finding.standing, finding.what.endswith("it has come to its end")) == ("note", True)


@pytest.mark.server
def test_a_schedule_whose_runs_have_no_plan_and_runs_without_a_worker_are_found(api: Api, records: Records) -> None:
    made = records.deployment("aimless", DAILY, parameter_openapi_schema={"required": ["plan"], "properties": {}})
    finding = found(api, "no plan")
    assert finding.standing == "missing"
    assert finding.what == "schedule of 'aimless': its runs fail, for it has no plan"
    records.late_run(made)
    assert found(api, "1 run waits for a worker").standing == "note"


@pytest.mark.server
def test_runs_that_a_schedule_has_made_for_later_are_none_of_the_latest(
    api: Api, records: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    made = records.deployment("later", DAILY)
    assert wait_for_next_runs(api, UUID(made), 90.0)
    assert not [run for run in api.plan_runs(limit=200) if "auto-scheduled" in run.tags]
    guarded(["status", "--limit", "200"])
    assert "Scheduled" not in capsys.readouterr().out
