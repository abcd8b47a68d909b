"""One plan of several waves, from the first run to the next ones: what a person finds in git, and on the run's page."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.commands import Ended, Planwave
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import fingerprint, make_repository, run_git

TARGET = "planwave/whole/target"


def whole(**changes: object) -> PlanDict:
    build = wave(
        "build",
        job("model", track="core", title="Data model"),
        job("views", "cat model.txt > views.txt", track="core", needs=["model"]),
        job("style", track="look"),
        job("help", "cat style.txt > help.txt", track="words", needs=["style"]),
        job("old", "exit 1", track="words", done=True),
        title="Build it",
        gate={"question": "Components wired?", "checks": [passing("test", "-f", "views.txt")]},
    )
    finish = wave(
        "finish",
        job("index", "cat views.txt help.txt > index.txt", track="look", **changes),
        job("notes", "cat README.md > notes.txt", track="words"),
    )
    merge = {"order": ["look", ["words", "core"]], "checks": [passing("test", "-f", "README.md")]}
    return plan("whole", build, finish, merge=merge)


@dataclass(frozen=True)
class Story:
    """A repository on which the plan was run, again, with an edited job, and afresh."""

    planwave: Planwave
    repo: Path
    before: dict[str, str]
    first: Ended
    tips: dict[str, str]
    """Planwave's branches after the first run."""

    def log(self, trailer: str, *options: str) -> list[str]:
        shown = run_git(self.repo, "log", f"--format=%(trailers:key={trailer},valueonly,separator=)", *options)
        return [line for line in shown.splitlines() if line]

    def file(self, path: str, branch: str = TARGET) -> str:
        return run_git(self.repo, "show", f"{branch}:{path}")


@pytest.fixture(scope="module")
def story(module_planwave: Planwave) -> Story:
    repo = module_planwave.folder / "project"
    make_repository(repo)
    before = fingerprint(repo)
    first = module_planwave.call("run", str(module_planwave.plan(whole())), "--repo", str(repo), "--json")
    assert first.code == 0, first.err
    return Story(module_planwave, repo, before, first, branches(repo))


def branches(repo: Path) -> dict[str, str]:
    listed = run_git(repo, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads/planwave")
    return dict(line.split() for line in listed.splitlines())


def test_every_track_has_a_branch_and_all_of_them_are_on_the_target(story: Story) -> None:
    tracks = {f"planwave/whole/track/{track}" for track in ("core", "look", "words")}
    assert story.tips.keys() == {*tracks, TARGET}
    for track in tracks:
        run_git(story.repo, "merge-base", "--is-ancestor", story.tips[track], story.tips[TARGET])


def test_the_first_parents_of_the_target_are_the_merges_in_the_declared_order(story: Story) -> None:
    merges = story.log("Plan-Merge", "--first-parent", "--reverse", story.tips[TARGET])
    assert merges[0] == "look"
    assert sorted(merges[1:3]) == ["core", "words"]
    assert merges[3:] == ["look", "words"]
    first_parents = run_git(story.repo, "rev-list", "--first-parent", "--count", f"main..{story.tips[TARGET]}")
    assert int(first_parents) == len(merges)


def test_every_job_has_one_commit_whose_trailers_say_what_it_is(story: Story) -> None:
    expected = {"model": "core", "views": "core", "style": "look", "help": "words", "index": "look", "notes": "words"}
    assert sorted(story.log("Plan-Job", story.tips[TARGET])) == sorted(expected)
    for name, track in expected.items():
        commit = story.first.of("job.completed", name)[0]["commit"]
        said = run_git(story.repo, "show", "-s", "--format=%(trailers:only,unfold)", commit)
        trailers = dict(line.split(": ", 1) for line in said.splitlines() if line)
        digest, duration = trailers.pop("Plan-Job-Digest"), trailers.pop("Plan-Duration-S")
        assert len(digest) >= 16
        assert float(duration) > 0
        assert trailers == {
            "Plan-Id": "whole",
            "Plan-Run": story.first.run,
            "Plan-Wave": "finish" if name in {"index", "notes"} else "build",
            "Plan-Track": track,
            "Plan-Job": name,
            "Plan-Agent": "sh",
            "Plan-Attempt": "1",
        }


def test_the_title_of_a_job_is_the_subject_of_its_commit(story: Story) -> None:
    commit = story.first.of("job.completed", "model")[0]["commit"]
    assert run_git(story.repo, "show", "-s", "--format=%s", commit) == "Data model"


def test_a_job_sees_the_files_of_the_jobs_it_needs_and_of_earlier_waves(story: Story) -> None:
    assert story.file("help.txt", story.tips[TARGET]) == "style"
    assert story.file("index.txt", story.tips[TARGET]) == "model\nstyle"


def test_a_job_that_the_document_calls_done_is_not_run(story: Story) -> None:
    assert "old" not in story.first.subjects("job.started")


def test_a_wave_begins_when_the_gate_before_it_said_go(story: Story) -> None:
    names = [(event["event"].removeprefix("planwave."), event["subject"]) for event in story.first.events]
    assert names.index(("gate.decided", "build")) < names.index(("wave.started", "finish"))
    for name in ("model", "views", "style", "help"):
        assert names.index(("job.completed", name)) < names.index(("gate.decided", "build"))
    assert story.first.of("gate.decided", "build")[0]["decision"] == "GO"


def test_the_users_checkout_index_head_config_and_hooks_stay_as_they_were(story: Story) -> None:
    assert fingerprint(story.repo) == story.before


def test_the_page_of_the_run_shows_waves_jobs_merges_and_gates_by_their_names(story: Story) -> None:
    run, *waves = story.planwave.flow_runs(story.first.flow_run)
    assert (run.name, run.state) == ("whole-1", "Completed")
    assert {"planwave", "plan:whole"} <= run.tags
    assert [(each.name, each.state) for each in waves] == [("Build it", "Completed"), ("finish", "Completed")]
    assert {each.message.partition(":")[0] for each in waves} == {"GO"}
    shown = {each.name: each for each in story.planwave.recorded_tasks(story.first.flow_run, "index", "notes")}
    assert {"Data model", "views", "style", "help", "index", "notes"} <= shown.keys()
    assert {"merge look", "merge words", "merge core", "gate: Components wired?"} <= shown.keys()
    assert shown["Data model"].tags == {"plan:whole", "track:core", "agent:sh"}


def test_run_again_it_runs_nothing_again(story: Story) -> None:
    again = story.planwave.run(whole(), story.repo)
    assert again.code == 0, again.err
    assert again.subjects("job.started") == []
    assert branches(story.repo) == story.tips
    shown = {each.name: each.state for each in story.planwave.recorded_tasks(again.flow_run, "Data model", "index")}
    assert (shown["Data model"], shown["index"]) == ("Cached", "Cached")


def test_an_edited_job_and_what_needs_it_run_again_and_nothing_else(planwave: Planwave, repo: Path) -> None:
    def chain(script: str) -> PlanDict:
        first = wave("one", job("a", script), job("b"), job("c", "cat a.txt > c.txt", needs=["a"]))
        return plan("edited", first, wave("two", job("d", "cat c.txt b.txt > d.txt")))

    assert planwave.run(chain("echo old > a.txt"), repo).code == 0
    again = planwave.run(chain("echo new > a.txt"), repo)
    assert again.code == 0, again.err
    assert sorted(again.subjects("job.started")) == ["a", "c"]
    assert run_git(repo, "show", "planwave/edited/target:c.txt") == "new"


def test_fresh_starts_over_and_keeps_the_old_tips_in_the_attic(planwave: Planwave, repo: Path) -> None:
    small = plan("anew", wave("one", job("a")))
    assert planwave.run(small, repo).code == 0
    old = run_git(repo, "rev-parse", "planwave/anew/track/a")
    run_git(repo, "commit", "-q", "--allow-empty", "-m", "The base moved")
    again = planwave.run(small, repo, "--fresh")
    assert again.code == 0, again.err
    assert again.subjects("job.started") == ["a"]
    assert run_git(repo, "rev-parse", "planwave/anew/target^1") == run_git(repo, "rev-parse", "main")
    attic = run_git(planwave.hub(repo), "for-each-ref", "--format=%(objectname)", "refs/planwave/attic/anew/")
    assert old in attic.splitlines()


def test_for_a_log_or_a_pipe_it_prints_a_line_for_each_event_and_where_to_look(planwave: Planwave, repo: Path) -> None:
    path = planwave.plan(plan("plain", wave("one", job("a"))))
    ended = planwave.start("run", str(path), "--repo", str(repo)).end()
    assert ended.code == 0, ended.err
    assert str(planwave.api.base_url).removesuffix("/api/") + "/runs/flow-run/" in ended.out
    for said in ("plain-1: 1 job to do", "a (agent sh, attempt 1)", "track a landed", "everything landed"):
        assert said in ended.out
    assert "\x1b" not in ended.out


def test_a_run_whose_output_nobody_reads_any_more_goes_on_to_its_end(planwave: Planwave, repo: Path) -> None:
    """As after `| head -1`: the job waits until the reader has gone, so that every later line meets a broken pipe."""
    flag = planwave.folder / "flag"
    unread = plan("unread", wave("one", job("a", f"until [ -e {flag} ]; do sleep 0.02; done; echo a > a.txt")))
    running = planwave.start("run", str(planwave.plan(unread)), "--repo", str(repo))
    assert "1 job to do" in running.out.readline()
    running.stop_reading()
    flag.touch()
    ended = running.end()
    assert (ended.code, ended.err) == (0, "")
    assert run_git(repo, "show", "planwave/unread/target:a.txt") == "a"
    assert planwave.run(unread, repo).subjects("job.started") == []


def test_a_job_that_takes_a_while_is_tagged_on_the_server_while_it_runs(planwave: Planwave, repo: Path) -> None:
    waits = f"until [ -e {planwave.folder}/go ]; do sleep 0.05; done"
    running = planwave.start_run(plan("slow", wave("only", job("a", waits, owns={}))), repo)
    root = running.wait_for("run.started")["flow_run"]
    deadline, pause = time.monotonic() + 240, threading.Event()
    while not (tagged := [each for each in planwave.task_runs(root) if "plan:slow" in each.tags]):
        assert time.monotonic() < deadline
        pause.wait(0.2)
    (planwave.folder / "go").touch()
    assert running.end().code == 0
    assert [(each.name, each.type) for each in tagged] == [("a", "RUNNING")]
    assert tagged[0].tags == {"plan:slow", "track:a", "agent:sh"}


def test_braces_in_titles_are_shown_as_they_are(planwave: Planwave, repo: Path) -> None:
    one = wave("one", job("a", title="Fill {in} the {}"), title="The {first}", gate={"checks": [passing("true")]})
    ended = planwave.run(plan("braces", one), repo)
    assert ended.code == 0, ended.err
    names = ("Fill {in} the {}", "merge a", "gate: The {first}")
    # Prefect records the task that stands for a wave's flow late, by a name of its own.
    assert {each.name for each in planwave.recorded_tasks(ended.flow_run, *names)} - {"run-wave-0"} == set(names)
    assert [each.name for each in planwave.flow_runs(ended.flow_run)] == ["braces-1", "The {first}"]
