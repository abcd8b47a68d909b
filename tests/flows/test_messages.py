"""What a run says: first what it knows, at its end what to do next, and afterwards why a job is not done."""

import asyncio
import json
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deployments.cli.guard import guarded
from plans.render.views import RunView
from tasks.direct import DirectEngine
from tasks.home import Home
from tasks.programs.signals import request_stop
from tasks.reporting.report import viewing
from tasks.session.events import Event, listening
from tasks.session.settings import RunSettings
from tests.flows.histories import run_directly
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import run_git


@dataclass
class Told:
    """What a run told, and how it looked last."""

    events: list[Event] = field(default_factory=list[Event])
    views: list[RunView] = field(default_factory=list[RunView])

    def listed(self, name: str) -> list[str]:
        """Return a list that the end of the run told."""
        found = self.events[-1].payload[name]
        assert isinstance(found, list)
        return found


Run = Callable[..., Told]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return an empty home that runs and commands use; no server runs there."""
    monkeypatch.setenv("PLANWAVE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return Home.from_environment()


@pytest.fixture
def run(tmp_path: Path, repo: Path) -> Run:
    """Return a function that carries out a plan on `repo` in this process."""

    def carry_out(what: Mapping[str, object], **choices: object) -> Told:
        path, told = tmp_path / f"{what['name']}.yaml", Told()
        path.write_text(json.dumps({"version": 1, **what}))
        settings = RunSettings.model_validate({"plan": str(path), "repo": str(repo), **choices})
        with listening(told.events.append), viewing(told.views.append):
            asyncio.run(run_directly(settings))
        return told

    return carry_out


@pytest.fixture
def status(tmp_path: Path, repo: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    """Return a function that asks `planwave status` how a plan stands, as lines."""

    def ask(name: str) -> list[str]:
        capsys.readouterr()
        assert guarded(("status", str(tmp_path / f"{name}.yaml"), "--repo", str(repo))) == 0
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    return ask


def line_below(lines: list[str], name: str) -> str:
    """Return the line below that of a job, which says why it is not done."""
    place = next(at for at, line in enumerate(lines) if line[:1] in {"·", "↻"} and name in line.split())
    return lines[place + 1]


def failing(name: str = "broken") -> PlanDict:
    jobs = [job("bad", "echo oops; echo half > bad.txt; exit 3"), job("after", needs=["bad"]), job("good")]
    return plan(name, wave("one", *jobs), wave("two", job("last")))


def test_what_a_run_knows_is_told_right_after_its_start_before_any_job(run: Run, repo: Path) -> None:
    (repo / "notes.txt").write_text("mine\n")
    ignored = job("a", owns={"create": ["build/a.txt"]})
    told = run(plan("warned", wave("one", {**ignored, "criteria": []})))
    names = [event.name.removeprefix("planwave.") for event in told.events]
    assert names[:3] == ["run.started", "run.warned", "run.warned"]
    said = [str(event.payload["warning"]) for event in told.events[1:3]]
    assert "1 uncommitted change" in said[0]
    assert said[0].endswith("notes.txt")
    assert "job 'a' is to create what `.gitignore` ignores: build/a.txt" in said[1]


def test_the_end_of_a_run_with_something_missing_says_what_to_type(
    run: Run, repo: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(failing(), approvals="auto")
    steps = {step.partition(":")[0]: step.split("`")[1] for step in told.listed("next")}
    assert guarded(shlex.split(steps["see what 'bad' printed"])[1:]) == 0
    assert capsys.readouterr().out == "oops\n"
    left = subprocess.run(
        shlex.split(steps["see what the last attempt of 'bad' left"]), capture_output=True, check=True
    )
    assert b"+half" in left.stdout
    landed = subprocess.run(shlex.split(steps["see what has landed so far"]), capture_output=True, check=True)
    assert b"good.txt" in landed.stdout
    again = shlex.split(steps["go on (what is done is not done again)"])
    assert again[:2] == ["planwave", "run"]
    assert again[3:] == ["--repo", str(repo), "--approvals", "auto"]
    [report] = home.root.glob("runs/*/broken/report-broken-1.md")
    assert all(f"- {step}\n" in report.read_text() for step in told.listed("next"))
    assert told.listed("missing")[0].startswith("job 'bad' failed")


def test_checks_that_said_no_are_shown_where_they_wrote(run: Run) -> None:
    gated = wave("one", job("a"), gate={"checks": [passing("sh", "-c", "echo so not; false")]})
    told = run(plan("gated", gated))
    [command] = [step.split("`")[1] for step in told.listed("next") if "gate of 'one'" in step]
    assert b"so not" in subprocess.run(shlex.split(command), capture_output=True, check=True).stdout


def test_a_run_that_is_complete_has_nothing_to_do_next(run: Run, home: Home) -> None:
    told = run(plan("whole", wave("one", job("a"))))
    assert told.listed("next") == []
    [report] = home.root.glob("runs/*/whole/report-whole-1.md")
    assert "What to do next" not in report.read_text()


def test_no_time_is_left_when_a_run_is_over(run: Run) -> None:
    told = run(plan("estimated", wave("one", job("a", "exit 1", estimate="10m"), job("b", estimate="10m"))))
    assert told.views[-1].is_over
    assert told.views[-1].eta_s is None


def test_status_says_why_a_job_is_not_done(run: Run, status: Callable[[str], list[str]]) -> None:
    run(failing())
    lines = status("broken")
    text = "\n".join(lines)
    assert "failed in broken-1: exited with status 3" in text
    assert line_below(lines, "after").startswith("skipped in broken-1: ")
    assert "bad" in line_below(lines, "after")
    assert "NO-GO" in line_below(lines, "last")


def test_status_looks_back_to_the_last_run_that_was_asked_for_the_job(
    run: Run, status: Callable[[str], list[str]]
) -> None:
    run(failing(), only=("good",))
    assert line_below(status("broken"), "bad") == "broken-1 was not asked for it"
    run(failing())
    run(failing(), only=("last",))
    assert line_below(status("broken"), "bad").startswith("failed in broken-2: exited with status 3")


def test_status_says_that_a_job_was_edited_since(run: Run, status: Callable[[str], list[str]], tmp_path: Path) -> None:
    run(failing())
    edited = plan("broken", wave("one", job("bad", "echo good > bad.txt"), job("good", "echo better > good.txt")))
    (tmp_path / "broken.yaml").write_text(json.dumps({"version": 1, **edited}))
    lines = status("broken")
    assert line_below(lines, "bad").endswith("; it, or what it needs, was changed since")
    assert "done in broken-1; it, or what it needs, was changed since" in lines


def test_a_run_that_died_is_said_to_have_died(run: Run, status: Callable[[str], list[str]], home: Home) -> None:
    run(failing())
    [record] = home.root.glob("runs/*/broken/tries/1/record.jsonl")
    [report] = home.root.glob("runs/*/broken/report-broken-1.md")
    report.unlink()
    started = [line for line in record.read_text().splitlines(keepends=True) if '"started"' in line]
    record.write_text("".join(started) + '{"job": "good", "sta')
    lines = status("broken")
    assert line_below(lines, "bad") == "broken-1 died while it was at work"
    assert line_below(lines, "last") == "broken-1 died before it"


def test_status_says_that_a_run_was_stopped_before_a_job_and_not_that_something_is_wrong_with_it(
    status: Callable[[str], list[str]], tmp_path: Path, repo: Path
) -> None:
    class Stopping(DirectEngine):
        def tell(self, event: Event) -> None:
            if event.name == "planwave.job.started":
                request_stop("no time")

    what, path = plan("cut", wave("one", job("a", "sleep 60"), job("b", needs=["a"]))), tmp_path / "cut.yaml"
    path.write_text(json.dumps({"version": 1, **what}))
    asyncio.run(run_directly(RunSettings(plan=str(path), repo=str(repo)), Stopping()))
    lines = status("cut")
    assert line_below(lines, "a") == "stopped in cut-1: no time"
    assert line_below(lines, "b") == "cut-1 was stopped before it: no time"


def test_status_says_why_finished_work_is_not_on_the_target(run: Run, status: Callable[[str], list[str]]) -> None:
    unsound = plan("unsound", wave("one", job("a")), merge={"checks": [passing("false")]})
    run(unsound)
    [line] = [line for line in status("unsound") if "not landed" in line]
    assert "not landed: track 'a' merged with the target does not pass" in line


def test_a_json_status_has_the_reasons_too(
    run: Run, repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(failing())
    capsys.readouterr()
    assert guarded(("status", str(tmp_path / "broken.yaml"), "--repo", str(repo), "--json")) == 0
    jobs = {each["id"]: each for each in json.loads(capsys.readouterr().out)["waves"][0]["jobs"]}
    assert jobs["bad"]["why"].startswith("failed in broken-1: exited with status 3")
    assert jobs["good"]["why"] is None
    assert run_git(repo, "branch", "--list", "planwave/broken/target") != ""


def test_status_says_what_a_gate_said(run: Run, status: Callable[[str], list[str]]) -> None:
    run(plan("refused", wave("one", job("a"), gate={"checks": [passing("sh", "-c", "echo no; false")]})))
    assert any(line.startswith("one: 1 of 1 done; its gate said NO-GO in refused-1: ") for line in status("refused"))
    run(plan("refused", wave("one", job("a"), gate={"checks": [passing("true")]})))
    assert "one: GO" in status("refused")
