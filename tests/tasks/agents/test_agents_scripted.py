"""The scripted agent does what its script says, as a real child process."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pathspec
import psutil
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plans.agent import Agent
from plans.model import Owns
from tasks.agents.outbox import Outbox
from tasks.agents.protocol import AgentResult, JobWork
from tasks.agents.registry import adapter_for
from tasks.agents.scripted import script_of
from tasks.agents.scripted_child import plausible_path
from tasks.errors import AgentFailed, QuotaExhausted
from tasks.programs.run_program import Exit, run_program

Ask = Callable[..., JobWork]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return an attempt of a job whose agent carries out the given lines."""
    (tmp_path / "workspace").mkdir()

    def work(*script: str, attempt: int = 1, prompt: str = "", owns: Owns | None = None) -> JobWork:
        return JobWork(
            job="lint",
            track="docs",
            attempt=attempt,
            prompt=prompt,
            prompt_file=tmp_path / "prompt.md",
            outbox=Outbox.fresh(tmp_path / "outbox"),
            workspace=tmp_path / "workspace",
            log=tmp_path / "log",
            agent=Agent(kind="scripted", script=script),
            mark="hub/plan/run/lint/1",
            owns=owns or Owns(),
        )

    return work


async def run(work: JobWork, *, timeout_s: float = 60, stall_timeout_s: float | None = None) -> Exit:
    launch = replace(adapter_for("scripted").prepare(work), stop_ladder=())
    return await run_program(launch, log=work.log, timeout_s=timeout_s, stall_timeout_s=stall_timeout_s)


async def do(work: JobWork) -> AgentResult:
    return adapter_for("scripted").read_result(work, await run(work))


def files(work: JobWork) -> dict[str, str]:
    paths = (p for p in work.workspace.rglob("*") if p.is_file() and ".git" not in p.parts)
    return {str(p.relative_to(work.workspace)): p.read_text() for p in paths}


async def test_files_are_written_changed_and_deleted(ask: Ask) -> None:
    work = ask(
        "# a comment",
        "write src/{job}.py print(1)\\nprint(2)",
        "append src/{job}.py # attempt {attempt}",
        "write old.txt x",
        "delete old.txt",
        "mkdir empty",
        "symlink link src/lint.py",
        "write folder/deep/a b",
        "delete folder",
    )
    assert (await do(work)).error is None
    text = "print(1)\nprint(2)\n# attempt 1\n"
    assert files(work) == {"src/lint.py": text, "link": text}
    assert (work.workspace / "link").is_symlink()
    assert (work.workspace / "empty").is_dir()


async def test_a_script_may_stand_in_the_prompt(ask: Ask) -> None:
    work = ask("write a from-settings", prompt="Do:\n\n```scripted\nwrite b from-{track}\n```\n\nmore\n")
    assert (await do(work)).ok
    assert files(work) == {"a": "from-settings\n", "b": "from-docs\n"}


def test_all_blocks_of_a_prompt_count_and_other_blocks_do_not(ask: Ask) -> None:
    prompt = "```scripted\n# one\nprint 1\n```\n```sh\nprint no\n```\n```scripted\n\n  print 2\n```\n"
    assert script_of(ask("print 0", prompt=prompt)) == ("print 0", "print 1", "print 2")


async def test_the_first_attempts_fail_as_often_as_told(ask: Ask) -> None:
    script = ("fail 2 not yet", "write done yes")
    for attempt in (1, 2):
        error = (await do(ask(*script, attempt=attempt))).error
        assert isinstance(error, AgentFailed)
        assert str(error) == "exited with status 1:\nnot yet"
    work = ask(*script, attempt=3)
    assert (await do(work)).ok
    assert files(work) == {"done": "yes\n"}


async def test_everything_in_the_outbox_can_be_said(ask: Ask) -> None:
    work = ask(
        "handoff use the client",
        "progress first step",
        "progress second",
        "scope shared/x.py needed here",
        "verdict NO-GO tests missing",
    )
    assert (await do(work)).summary == "use the client"
    report = work.outbox.read()
    assert report.progress == ("first step", "second")
    assert report.scope is not None
    assert (report.scope.paths, report.scope.reason) == (("shared/x.py",), "needed here")
    assert report.verdict is not None
    assert (report.verdict.verdict, report.verdict.reasons) == ("NO-GO", ("tests missing",))


async def test_it_may_ask_to_be_tried_later(ask: Ask) -> None:
    error = (await do(ask("later 5"))).error
    assert isinstance(error, QuotaExhausted)
    assert error.reset_at is not None


@pytest.mark.parametrize(("line", "code"), [("exit 7", 7), ("exit 0", 0), ("kill", -9)])
async def test_it_ends_as_told(line: str, code: int, ask: Ask) -> None:
    assert (await run(ask(line, "write never x"))).code == code


async def test_it_hangs_until_it_is_ended_and_may_be_deaf(ask: Ask) -> None:
    end = await run(ask("deaf", "print up", "hang"), stall_timeout_s=0.5)
    assert (end.ended_by, end.code, end.tail) == ("stall", -9, "up \n")


async def test_it_floods(ask: Ask) -> None:
    assert (await run(ask("flood 3000000"))).output_bytes == 3_000_000


async def test_what_it_forks_is_swept(ask: Ask) -> None:
    end = await run(ask("fork 60", "sleep 0.01"))
    assert (end.code, end.survivors) == (0, 1)
    sleepers = [p for p in psutil.process_iter(["cmdline"]) if "time.sleep(60.0)" in str(p.info["cmdline"])]
    assert sleepers == []


async def test_only_escape_leaves_the_workspace(ask: Ask, tmp_path: Path) -> None:
    error = (await do(ask("write ../outside x"))).error
    assert "../outside is outside the workspace" in str(error)
    assert (await do(ask("escape ../outside x"))).ok
    assert (tmp_path / "outside").read_text() == "x\n"


async def test_what_is_expected_must_be_there(ask: Ask) -> None:
    assert (await do(ask("write a one two", "expect a", "expect a one two"))).ok
    assert "expected 'three' in a" in str((await do(ask("expect a three"))).error)
    assert "expected b: it is not there" in str((await do(ask("expect b"))).error)


def git(folder: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout


async def test_it_commits_by_itself_when_told(ask: Ask) -> None:
    work = ask("write a x", "commit as agents do")
    git(work.workspace, "init", "-q")
    assert (await do(work)).ok
    assert git(work.workspace, "log", "--format=%s") == "as agents do\n"


@pytest.mark.parametrize("line", ["dance", "sleep long", "delete nothing"])
async def test_a_line_that_cannot_be_carried_out_is_named(line: str, ask: Ask) -> None:
    error = (await do(ask(line))).error
    assert f"scripted agent: {'no such action: ' if line == 'dance' else ''}{line!r}" in str(error)


async def test_without_a_script_it_writes_to_what_the_job_owns(ask: Ask) -> None:
    owns = Owns(create=("docs/**", "data/x.json"), modify=("src/app.py", "/web/*.ts", "guide"), read=("README.md",))
    work = ask(owns=owns)
    (work.workspace / "src").mkdir()
    (work.workspace / "src" / "app.py").write_text("print(1)\n")
    (work.workspace / "guide").mkdir()
    assert (await do(work)).ok
    assert files(work) == {
        "docs/lint.txt": "# job lint, attempt 1\n",
        "data/x.json": '{"written": "job lint, attempt 1"}\n',
        "src/app.py": "print(1)\n# job lint, attempt 1\n",
        "web/lint.ts": "// job lint, attempt 1\n",
        "guide/lint.txt": "# job lint, attempt 1\n",
    }


async def test_without_a_script_and_owned_paths_it_writes_a_file_of_its_own(ask: Ask) -> None:
    work = ask()
    assert (await do(work)).ok
    assert files(work) == {"planwave-scripted/lint.txt": "# job lint, attempt 1\n"}


def test_its_python_is_isolated_from_the_project_it_works_on(ask: Ask) -> None:
    launch = adapter_for("scripted").prepare(ask())
    assert launch.argv[:3] == (sys.executable, "-I", "-S")
    assert "PYTHONPATH" not in launch.env


part = st.text("ab*?.", min_size=1, max_size=4).filter(lambda text: set(text) - {"*", "."})
segments = st.one_of(part, st.sampled_from(["**", "*", "[bc]x", "*.[jt]s"]))
patterns = st.tuples(
    st.sampled_from(["", "/", "**/"]),
    st.lists(segments, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["", "/", "/**"]),
).map("".join)


@given(patterns)
def test_a_plausible_path_is_one_that_the_pattern_matches(pattern: str) -> None:
    path = plausible_path(pattern, "job")
    assert path is not None
    assume(not {".", ".."} & set(path.split("/")))
    assert pathspec.GitIgnoreSpec.from_lines([pattern]).match_file(path)


def test_a_pattern_that_excludes_names_no_path() -> None:
    assert plausible_path("!docs/**", "job") is None
