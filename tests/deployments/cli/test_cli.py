import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from deployments.cli import commands
from deployments.cli.guard import guarded
from tasks.errors import TaskError
from tasks.home import Home
from tests import repositories

ROOT = Path(__file__).parents[3]
HEAVY = ("prefect", "git", "httpx", "rich", "asyncio")
PLAN = """\
version: 1
name: demo
title: A demo
waves:
  - id: build
    title: Build
    jobs:
      - {id: base, title: The base, estimate: 2h, prompt: Lay it.}
      - {id: top, title: The top, needs: [base], estimate: 1h}
      - {id: side, title: The side, estimate: 30m}
  - id: ship
    jobs: [{id: release, title: A release, needs: [top], estimate: 1h}]
"""


class Ended(NamedTuple):
    status: int
    out: str
    err: str


Planwave = Callable[..., Ended]


@pytest.fixture
def planwave(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Planwave:
    """The command line, in this process, standing in a folder with a plan."""
    (tmp_path / "plan.yaml").write_text(PLAN)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        status = guarded(arguments)
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run


def python(program: str, *arguments: str, stdin: str = "", **environ: str) -> Ended:
    """A process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        input=stdin.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_plan_without_problems_is_ok(planwave: Planwave) -> None:
    assert planwave("check", "plan.yaml") == (0, "", "plan.yaml: ok (4 jobs, 2 waves, 4 tracks)\n")


def test_problems_go_to_standard_output_with_their_lines(planwave: Planwave) -> None:
    Path("bad.yaml").write_text(PLAN.replace("needs: [top]", "needs: [tip]"))
    ended = planwave("check", "bad.yaml")
    assert ended.status == 1
    assert ended.out.startswith("bad.yaml:12: job 'release' needs 'tip', which is no job\n")
    assert ended.err.startswith("bad.yaml: 1 error")


def test_warnings_fail_only_a_strict_check(planwave: Planwave) -> None:
    Path("doubtful.yaml").write_text(PLAN.replace("title: A demo", "title: A demo\nclaims: {jobs: 9}"))
    ended = planwave("check", "doubtful.yaml")
    assert ended.status == 0
    assert ended.out.startswith("doubtful.yaml:4: warning: ")
    assert planwave("check", "--strict", "doubtful.yaml").status == 1


@pytest.mark.parametrize("command", ["check", "show", "convert", "prompt"])
@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("missing.yaml", "missing.yaml: no such file\n"),
        ("empty", "empty: no plan found in this folder\n"),
        ("binary", "binary:"),
    ],
)
def test_what_is_no_plan_is_one_clear_line_whatever_the_command(
    planwave: Planwave, command: str, plan: str, said: str
) -> None:
    Path("binary").write_bytes(b"\x7fELF\xff\0\0")
    Path("empty").mkdir()
    ended = planwave(command, plan, *(["job"] if command == "prompt" else []))
    assert ended.status == 1
    assert (ended.out if command == "check" else ended.err).startswith(said)
    assert "Traceback" not in ended.err


def test_a_plan_is_checked_against_what_the_repository_holds(planwave: Planwave, tmp_path: Path) -> None:
    ended = planwave("check", "plan.yaml", "--repo", str(tmp_path / "nowhere"))
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("planwave: ")


def test_a_converted_plan_converts_to_itself(planwave: Planwave) -> None:
    first = planwave("convert", "plan.yaml")
    assert (first.status, first.err) == (0, "")
    assert planwave("convert", "plan.yaml", "-o", "canonical.yaml") == (0, "", "")
    assert Path("canonical.yaml").read_text() == first.out
    assert planwave("convert", "canonical.yaml") == first


def test_a_file_that_cannot_be_written_is_one_line(planwave: Planwave) -> None:
    ended = planwave("convert", "plan.yaml", "-o", "none/canonical.yaml")
    assert ended == (1, "", "planwave: none/canonical.yaml cannot be written: No such file or directory\n")


def test_the_prompt_of_a_job_is_printed(planwave: Planwave) -> None:
    ended = planwave("prompt", "plan.yaml", "base")
    assert ended.status == 0
    assert ended.out.startswith("# The base\n")
    assert "## Instructions\n\nLay it.\n" in ended.out


def test_the_prompt_of_a_job_that_is_not_there_names_those_that_sound_like_it(planwave: Planwave) -> None:
    ended = planwave("prompt", "plan.yaml", "bas")
    assert ended == (1, "", "plan.yaml: no job 'bas'\n    hint: did you mean 'base'?\n")


def test_the_schema_is_json(planwave: Planwave) -> None:
    ended = planwave("schema")
    assert ended.status == 0
    assert json.loads(ended.out)["type"] == "object"


def test_help_lists_every_command_and_every_command_has_help_with_an_example(planwave: Planwave) -> None:
    listed = planwave("--help").out
    for name, entry in commands.COMMANDS.items():
        assert f"  {name} " in listed
        shown = planwave(name, "--help").out
        assert f"Usage: planwave {name}" in shown
        assert "Examples:" in shown or "Commands:" in shown
        assert entry.help.endswith(".")


def test_commands_below_a_command_have_examples_too(planwave: Planwave) -> None:
    for name in ("start", "stop", "status"):
        assert "Examples:\n    planwave server" in planwave("server", name, "--help").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Commands:"),
        (["chekc"], "No such command 'chekc'. Did you mean 'check'"),
        (["check"], "Missing argument 'PLAN'"),
        (["check", "--wrong", "plan.yaml"], "No such option"),
        (["show", "plan.yaml", "--format", "png"], "'png'"),
    ],
)
def test_wrong_usage_has_a_status_of_its_own(planwave: Planwave, arguments: list[str], said: str) -> None:
    ended = planwave(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err


def test_the_version_is_printed(planwave: Planwave) -> None:
    ended = planwave("--version")
    assert ended.status == 0
    assert ended.out.startswith("planwave ")


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(plan: str) -> None:
        raise error

    monkeypatch.setattr("deployments.cli.convert.load_document", fail)


class HintedFailure(TaskError):
    hint = "do this"


def test_an_expected_failure_is_one_line_with_a_hint(planwave: Planwave, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, HintedFailure("it failed"))
    assert planwave("convert", "plan.yaml") == (1, "", "planwave: it failed\n    hint: do this\n")


def test_a_file_in_the_place_of_a_command_gets_the_commands_that_take_it(planwave: Planwave) -> None:
    ended = planwave("plan.yaml", "--strict")
    assert (ended.status, ended.out) == (2, "")
    assert "`planwave run plan.yaml`" in ended.err


def test_what_git_said_is_told_in_a_line_and_kept_in_full_without_secrets(home: Home, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN.replace("prompt: Lay it.", "run: [true]"))
    ended = python(
        "from deployments.cli import main; main()",
        "run",
        str(tmp_path / "plan.yaml"),
        "--repo",
        "ssh://me:t0ken@git.example/project.git",
        PLANWAVE_HOME=str(home.root),
        GIT_SSH_COMMAND="sh -c 'echo old host >&2; echo no key of ssh://me:t0ken@git.example >&2; exit 255'",
    )
    [kept] = home.root.glob("crashes/planwave-said-*.txt")
    first, hint, where = ended.err.splitlines()
    assert ended.status == 1
    assert first == "planwave: git cannot clone ssh://git.example/project.git: no key of ssh://git.example"
    assert "git ls-remote URL" in hint
    assert where == f"    all that it said is in {kept}"
    assert "old host\nno key of" in kept.read_text()
    assert "t0ken" not in kept.read_text()


def test_a_home_that_cannot_be_made_is_the_users_to_mend(planwave: Planwave, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("in the way\n")
    monkeypatch.setenv("PLANWAVE_HOME", str(Path("file/home").absolute()))
    ended = planwave("server", "start")
    assert ended.status == 1
    assert ended.err.startswith(f"planwave: {Path('file').absolute()}")
    assert "PLANWAVE_HOME" in ended.err


def test_a_full_disk_is_no_bug(planwave: Planwave, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, OSError(28, "No space left on device"))
    assert planwave("convert", "plan.yaml") == (1, "", "planwave: No space left on device\n")


def test_an_interrupt_has_a_status_of_its_own(planwave: Planwave, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    assert planwave("convert", "plan.yaml").status == 130


def test_a_bug_is_a_short_report_and_its_traceback_is_kept(
    planwave: Planwave, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ZeroDivisionError("one / nothing"))
    ended = planwave("convert", "plan.yaml")
    [kept] = (home.root / "crashes").iterdir()
    assert ended.status == 3
    assert ended.err == (
        f"planwave: this is a bug in planwave: ZeroDivisionError: one / nothing\n    hint: the traceback is in {kept}\n"
    )
    assert "in fail\n" in kept.read_text()


def test_a_traceback_that_cannot_be_kept_is_printed(
    planwave: Planwave, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.root.write_text("no folder")
    monkeypatch.setattr("tempfile.tempdir", str(home.root))
    failing(monkeypatch, ZeroDivisionError("one / nothing"))
    ended = planwave("convert", "plan.yaml")
    home.root.unlink()
    assert ended.status == 3
    assert "Traceback" in ended.err


def test_light_commands_import_nothing_heavy(home: Home, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    program = f"""
import sys
from deployments.cli.guard import guarded
plan = sys.argv[1]
calls = ["--help"], ["check", plan], ["show", plan], ["convert", plan], ["prompt", plan, "base"], ["schema"]
for call in calls:
    status = guarded(call)
    heavy = [name for name in {HEAVY} if name in sys.modules]
    print(f"{{call[0]}}: {{status}} {{heavy}}", file=sys.stderr)
"""
    said = [line for line in python(program, str(plan)).err.splitlines() if line.endswith("]")]
    assert said == [f"{name}: 0 []" for name in ("--help", "check", "show", "convert", "prompt", "schema")]


def test_a_plan_may_come_from_standard_input() -> None:
    program = "from deployments.cli import main; main()"
    assert python(program, "check", "-", stdin=PLAN) == (0, "", "<stdin>: ok (4 jobs, 2 waves, 4 tracks)\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["convert", "nothing"])
def test_a_reader_that_goes_away_is_no_error_worth_telling(tmp_path: Path, command: str, unbuffered: str) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    argv = [sys.executable, "-c", "from deployments.cli import main; main()", command, str(plan)]
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        # What a command says is on the one, and what is wrong with it on the other.
        out, err = (pipe, subprocess.PIPE) if command == "convert" else (subprocess.PIPE, pipe)
        done = subprocess.run(argv, cwd=ROOT, env=env, stdout=out, stderr=err, timeout=120, check=False)
    assert (done.returncode, done.stdout or b"", done.stderr or b"") == (1, b"", b"")


def test_a_terminal_that_lacks_a_character_gets_another(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN.replace("A demo", "計画"), encoding="utf-8")
    program = "from deployments.cli import main; main()"
    ended = python(program, "convert", str(plan), PYTHONIOENCODING="latin-1")
    assert (ended.status, ended.err) == (0, "")
    assert 'title: "??"\n' in ended.out


def test_the_json_of_a_plan_is_the_whole_plan_and_can_be_read_again(planwave: Planwave) -> None:
    shown = planwave("show", "plan.yaml", "--format", "json")
    assert json.loads(shown.out)["waves"][0]["jobs"][0]["estimate"] == "2h"
    Path("plan.json").write_text(shown.out)
    assert planwave("convert", "plan.json") == planwave("convert", "plan.yaml")


def test_a_plan_is_shown_as_text_and_as_graphs(planwave: Planwave) -> None:
    assert planwave("show", "plan.yaml").out.startswith("A demo (demo)\n")
    assert planwave("show", "plan.yaml", "--format", "mermaid").out.startswith("flowchart LR\n")
    assert planwave("show", "plan.yaml", "--format", "dot").out.startswith('digraph "demo" {\n')


MONEY = PLAN.replace(
    "waves:", "limits: {cost_usd: 5}\nagents: {default: {kind: claude}, sh: {kind: scripted}}\nwaves:", 1
)


def test_what_is_not_acted_on_fails_a_check_unless_it_is_named(planwave: Planwave) -> None:
    Path("money.yaml").write_text(MONEY)
    ended = planwave("check", "money.yaml")
    assert ended.status == 1
    assert [line for line in ended.out.splitlines() if "hint" not in line] == [
        "money.yaml:4: limits.cost_usd: this version does not act on it: a run that costs more is not stopped",
        (
            "money.yaml:5: agent 'default': this version cannot run agents of kind 'claude'; "
            "it runs 'command' and 'scripted'"
        ),
    ]
    assert planwave("check", "money.yaml", "--ignore-unsupported", "cost_usd").out.startswith("money.yaml:5: agent")
    assert planwave("check", "--strict", "money.yaml", "--ignore-unsupported", "cost_usd,claude").status == 0
    shown = planwave("show", "money.yaml")
    assert shown.status == 0
    assert "money.yaml:4: warning: limits.cost_usd: this version does not act on it" in shown.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "money.yaml:4: limits.cost_usd: this version does not act on it"),
        (("--agent", "sh"), "money.yaml:4: limits.cost_usd: this version does not act on it"),
        (("--agent", "codex", "--ignore-unsupported", "all"), "agent 'codex' cannot do 4 jobs, from 'base' on"),
        (("--ignore-unsupported", "all"), "agent 'default' cannot do 4 jobs, from 'base' on: this version cannot run"),
        (
            ("--ignore-unsupported", "all", "--only", "side"),
            "agent 'default' cannot do job 'side': this version cannot",
        ),
        (("--ignore-unsupported", "all", "--only", "sid"), "no wave, track or job is named 'sid'"),
    ],
    ids=str,
)
def test_what_cannot_run_is_refused_before_a_server_is_started(
    planwave: Planwave, home: Home, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    repositories.make_repository(tmp_path / "repo")
    Path("money.yaml").write_text(MONEY)
    ended = planwave("run", "money.yaml", "--repo", "repo", *options)
    assert ended.status == 1
    assert said in ended.err
    assert not home.prefect.exists()


def test_a_dry_run_goes_on_with_what_is_accepted_and_says_what_becomes_of_it(
    planwave: Planwave, tmp_path: Path
) -> None:
    repositories.make_repository(tmp_path / "repo")
    Path("money.yaml").write_text(MONEY)
    options = ("--repo", "repo", "--dry-run", "--agent", "sh")
    ended = planwave("run", "money.yaml", *options, "--ignore-unsupported", "limits.cost_usd")
    assert ended.status == 0
    assert "warning: limits.cost_usd: this version does not act on it" in ended.err


def test_a_dry_run_says_when_the_run_itself_would_be_refused(planwave: Planwave, tmp_path: Path) -> None:
    repositories.make_repository(tmp_path / "repo")
    ended = planwave("run", "plan.yaml", "--repo", "repo", "--dry-run")
    assert ended.status == 0
    assert "the run itself would be refused: demo: the plan does not say who does 4 jobs" in ended.err
    assert "refused" not in planwave("run", "plan.yaml", "--repo", "repo", "--dry-run", "--agent", "scripted").err


def test_what_prose_asks_for_in_vain_is_the_first_warning_of_a_check(planwave: Planwave) -> None:
    ended = planwave("check", str(ROOT / "plans/examples/epics.md"))
    assert ended.status == 0
    assert ": warning: pipeline (in 7 places): this version does not act on it" in ended.out.splitlines()[0]
