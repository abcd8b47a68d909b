"""`planwave clean`: what no run needs goes, on real runs; what is needed, or nowhere else, stays."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployments.cli.guard import guarded
from tasks.cleaning.clean_up import clean_up, plan_cleaning
from tasks.errors import PlanBusy
from tasks.git.file_lock import is_taken, opened, plan_lock
from tasks.home import Home
from tasks.hub.attic import open_attic
from tasks.hub.hub import hub_key
from tasks.repository.user_repo import find_repository
from tasks.run.opening import open_hub
from tasks.session.settings import RunSettings
from tasks.session.source import load_document
from tasks.session.steps import Kind
from tests.flows.histories import run_directly
from tests.flows.plans import job, plan, wave
from tests.repositories import make_repository, run_git

FAILED, USAGE = 1, 2


@dataclass(frozen=True)
class Site:
    """A repository, a plan for it, and the home that its runs use."""

    home: Home
    repo: Path
    plan: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *, ok: bool = True, **settings: Any) -> None:
        """Carry out the plan."""
        state = asyncio.run(run_directly(RunSettings(plan=str(self.plan), repo=str(self.repo), **settings)))
        assert (state.kind is Kind.COMPLETED) == ok, state.message

    def write(self, *jobs: dict[str, object]) -> None:
        """Let the plan be of these jobs."""
        self.plan.write_text(json.dumps({"version": 1, **plan("small", wave("only", *jobs))}))

    def clean(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """Call the command, and give what it says as JSON."""
        self.capsys.readouterr()
        assert guarded(("clean", "--json", *arguments)) == status
        said: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return said

    @property
    def key(self) -> str:
        return hub_key(find_repository(self.repo))

    @property
    def hub(self) -> Path:
        return self.home.hubs / f"{self.key}.git"

    @property
    def work(self) -> Path:
        return self.home.work(self.key, "small")

    @property
    def runs(self) -> Path:
        return self.home.runs(self.key, "small")

    def grow_old(self, folder: Path | None = None, *, days: float = 40) -> None:
        """Let all files below a folder be some days older."""
        for path in [*(folder or self.home.root).rglob("*"), folder or self.home.root]:
            when = path.lstat().st_mtime - days * 86400
            os.utime(path, (when, when), follow_symlinks=False)


@pytest.fixture
def site(tmp_path: Path, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    make_repository(tmp_path / "project")
    made = Site(home, tmp_path / "project", tmp_path / "plan.json", capsys)
    made.write(job("one"), job("two"))
    return made


def files_of(folder: Path) -> dict[str, float]:
    """Return every path below a folder, with when it changed."""
    return {str(path.relative_to(folder)): path.lstat().st_mtime for path in folder.rglob("*")}


def kinds(told: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for thing in told["things"]:
        found[thing["kind"]] = found.get(thing["kind"], 0) + 1
    return found


def test_an_empty_home_has_nothing_to_clean_and_is_not_made(site: Site) -> None:
    assert site.clean()["things"] == []
    assert not site.home.root.exists()


def test_a_dry_run_changes_nothing_and_the_real_one_does_exactly_what_it_said(site: Site) -> None:
    site.run()
    site.grow_old()
    before = files_of(site.home.root)
    said = site.clean("--dry-run")
    assert files_of(site.home.root) == before
    assert kinds(said) == {"workspaces": 2, "logs": 2}
    done = site.clean()
    assert done["things"] == said["things"]
    assert done["bytes"] == said["bytes"]
    assert said["bytes"]["workspaces"] > 0
    assert [(hub["hub"], hub["loose"]) for hub in done["hubs"]] == [(hub["hub"], hub["loose"]) for hub in said["hubs"]]
    assert done["hubs"][0]["packed"]
    assert not any((site.home.root / thing["place"] / "output.log").exists() for thing in said["things"])
    again = site.clean()
    assert (again["things"], again["hubs"], again["left"], again["failed"]) == ([], [], [], [])


def test_a_young_log_stays_and_a_workspace_goes_unless_an_age_is_asked_for(site: Site) -> None:
    site.run()
    assert kinds(site.clean("--dry-run")) == {"workspaces": 2}
    assert kinds(site.clean("--dry-run", "--older-than", "1h")) == {}
    assert kinds(site.clean("--dry-run", "--older-than", "0")) == {"workspaces": 2, "logs": 2}
    assert kinds(site.clean("--dry-run", "--older-than", "0", "--only", "logs")) == {"logs": 2}


def test_after_a_cleaning_the_plan_goes_on_and_attempts_go_on_counting(site: Site) -> None:
    site.run()
    site.clean("--older-than", "0")
    site.write(job("one"), job("two", "echo changed > two.txt"), job("three"))
    site.run()
    assert run_git(site.repo, "show", "planwave/small/target:two.txt") == "changed"
    assert sorted(path.name for path in (site.runs / "jobs/two").iterdir()) == ["1", "2"]
    run_git(site.hub, "fsck", "--full", "--strict")


def test_of_a_plan_that_is_not_finished_the_latest_logs_and_all_records_stay(site: Site) -> None:
    site.write(job("one", "echo first; exit 1"))
    site.run(ok=False)
    site.grow_old()
    site.run(ok=False)
    site.grow_old()
    site.clean("--older-than", "0")
    assert [path.name for path in sorted((site.runs / "jobs/one").iterdir())] == ["2"]
    assert "first" in (site.runs / "jobs/one/2/output.log").read_text()
    assert sorted(path.name for path in (site.runs / "tries").iterdir()) == ["1", "2"]
    assert guarded(("logs", "one")) == 0
    assert guarded(("status", str(site.plan), "--repo", str(site.repo))) == 0
    assert "first" in site.capsys.readouterr().out


def test_of_a_finished_plan_the_runs_before_the_latest_go_with_their_reports(site: Site) -> None:
    site.run()
    site.run()
    site.clean("--older-than", "0")
    assert [path.name for path in (site.runs / "tries").iterdir()] == ["2"]
    assert [path.name for path in site.runs.glob("report-*")] == ["report-small-2.md"]
    site.run()
    assert sorted(path.name for path in (site.runs / "tries").iterdir()) == ["2", "3"]


def test_a_log_that_was_removed_is_said_to_be_so(site: Site) -> None:
    site.run()
    site.clean("--older-than", "0")
    assert guarded(("logs", "one")) == FAILED
    assert "`planwave clean` removed it" in site.capsys.readouterr().err


def test_logs_of_checks_go_when_they_are_old(site: Site) -> None:
    site.plan.write_text(
        json.dumps({"version": 1, **plan("small", wave("only", job("one")), merge={"checks": [{"check": ["true"]}]})})
    )
    site.run()
    assert (site.runs / "checks/merge-one.log").exists()
    assert kinds(site.clean("--older-than", "0", "--only", "checks")) == {"checks": 1}
    assert not (site.runs / "checks/merge-one.log").exists()


def test_what_the_attic_keeps_goes_by_age_and_its_commits_stay(site: Site) -> None:
    site.run()
    site.run(fresh=True)
    (entry,) = open_attic(str(site.repo), site.home).entries()
    assert kinds(site.clean("--dry-run")).get("attic") is None
    site.clean("--older-than", "0", "--only", "attic")
    assert open_attic(str(site.repo), site.home).entries() == []
    for kept in entry.kept:
        assert run_git(site.hub, "cat-file", "-t", kept.commit) == "commit"
        assert (
            f"{kept.commit} refs/planwave/attic/small/1/{kept.name}"
            in (site.hub / "planwave/attic-removed").read_text()
        )
    site.run()


def test_nothing_of_a_plan_whose_run_is_alive_is_touched_and_its_hub_is_packed(site: Site) -> None:
    site.run()
    site.grow_old()
    before = files_of(site.work) | files_of(site.runs)
    with plan_lock(site.home.plan_lock(site.key, "small"), "small", str(site.repo)):
        told = site.clean("--older-than", "0")
    assert told["things"] == []
    assert "is alive" in told["left"][0]["why"]
    assert told["hubs"][0]["packed"]
    assert files_of(site.work) | files_of(site.runs) == before


def test_a_run_that_starts_between_the_plan_and_the_cleaning_loses_nothing(site: Site) -> None:
    site.run()
    cleaning = plan_cleaning(site.home, only=["workspaces"])
    assert len(cleaning.things) == 2
    with plan_lock(site.home.plan_lock(site.key, "small"), "small", str(site.repo)):
        cleaned = clean_up(site.home, cleaning)
    assert cleaned.removed == []
    assert "has begun" in cleaned.left[0].why
    # Or it ended before the cleaning came to it, and used what was planned to go.
    (site.work / "tracks/one/index").write_bytes((site.work / "tracks/one/index").read_bytes())
    cleaned = clean_up(site.home, cleaning)
    assert [thing.place.rpartition("/")[2] for thing in cleaned.removed] == ["two"]
    assert "meanwhile" in cleaned.left[0].why
    assert (site.work / "tracks/one").is_dir()


def test_a_run_that_starts_while_its_plan_is_cleaned_waits_and_is_not_refused(site: Site) -> None:
    """The number in the lock is of a run that is over, and a living process has that number by now: this one."""
    site.run()
    path = site.home.plan_lock(site.key, "small")
    came, refused = threading.Event(), list[PlanBusy]()

    def start() -> None:
        try:
            with plan_lock(path, "small", str(site.repo)):
                came.set()
        except PlanBusy as problem:
            refused.append(problem)

    run = threading.Thread(target=start)
    with opened(path) as lock:
        assert lock.try_exclusive()
        assert lock.owner() == os.getpid()
        lock.unsign()
        run.start()
        assert not came.wait(0.2)
    run.join()
    assert (came.is_set(), refused) == (True, [])


def cut_off(site: Site) -> Path:
    """Let a run be killed while its job is at work; give its workspace."""
    site.write(job("one", "echo precious > one.txt; touch started; exec sleep 600"), job("two"))
    pid = os.fork()
    if pid == 0:
        try:
            site.run()
        finally:
            os._exit(0)
    tree = site.work / "tracks/one/tree"
    deadline = time.monotonic() + 60
    while not (tree / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while is_taken(site.home.plan_lock(site.key, "small")):
        time.sleep(0.02)
    return tree


def test_work_that_a_killed_run_had_not_saved_is_left_and_named_until_the_next_run_saves_it(site: Site) -> None:
    tree = cut_off(site)
    (site.work / "set-aside/one-1").mkdir(parents=True)
    deadline = time.monotonic() + 60
    while "is still at work" in str(site.clean("--dry-run")["left"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    told = site.clean("--older-than", "0")
    assert (tree / "one.txt").read_text() == "precious\n"
    whys = {Path(held["place"]).name: held["why"] for held in told["left"]}
    assert "no ref keeps" in whys["one"]
    assert "set aside" in whys["one-1"]
    site.write(job("one"), job("two"))
    site.run()
    rescued = run_git(site.hub, "for-each-ref", "--format=%(refname)", "refs/planwave/rescue/small/one/")
    assert run_git(site.hub, "show", f"{rescued}:one.txt") == "precious"
    site.clean("--older-than", "0")
    assert not tree.exists()
    assert (site.work / "set-aside/one-1").is_dir()
    assert run_git(site.hub, "show", f"{rescued}:one.txt") == "precious"


def test_a_workspace_in_which_somebody_is_stays(site: Site) -> None:
    site.run()
    guest = subprocess.Popen(["sleep", "600"], cwd=site.work / "tracks/one/tree")
    try:
        told = site.clean()
        assert f"process {guest.pid} is in it" in told["left"][0]["why"]
        assert [Path(thing["place"]).name for thing in told["things"]] == ["two"]
    finally:
        guest.kill()
        guest.wait()


def test_files_that_are_not_planwaves_are_left_alone(site: Site) -> None:
    site.run()
    (site.work / "tracks/one/notes.txt").write_text("mine")
    places = (site.home.root / "mine", site.work / "mine", site.runs / "mine.md", site.runs / "jobs/one/mine")
    for path in places:
        path.write_text("mine")
    told = site.clean("--older-than", "0")
    assert [path for path in places if not path.exists()] == []
    assert (site.work / "tracks/one/tree").is_dir()
    assert "notes.txt" in told["left"][0]["why"]


def test_a_cleaning_that_was_killed_is_finished_by_the_next(site: Site) -> None:
    site.run()
    trash = site.work / ".trash/1-one"
    trash.parent.mkdir()
    (site.work / "tracks/one").rename(trash)
    (site.home.hubs / f".{site.key}.abc123.new").mkdir()
    said = site.clean("--dry-run")
    assert kinds(said) == {"workspaces": 1, "leftovers": 2}
    assert site.clean()["things"] == said["things"]
    assert not trash.exists()
    assert not list(site.home.hubs.glob(".*.new"))


@pytest.mark.parametrize("step", range(1, 6))
def test_killed_at_any_move_all_is_consistent_and_the_next_cleaning_ends_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The process dies at its n-th rename or removal."""
    site.run()
    site.run(fresh=True)
    pid = os.fork()
    if pid == 0:
        _die_at(monkeypatch, step)
        guarded(("clean", "--older-than", "0"))
        os._exit(0)
    os.waitpid(pid, 0)
    run_git(site.hub, "fsck", "--full", "--strict")
    assert guarded(("attic", "list", "--repo", str(site.repo))) == 0
    site.run()
    site.clean("--older-than", "0")
    assert list(site.home.root.rglob(".trash")) == []
    assert site.clean("--older-than", "0")["things"] == []


def _die_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    done = [0]

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def act(*args: object, **kwargs: object) -> object:
            done[0] += 1
            if done[0] == step:
                os._exit(1)
            return real(*args, **kwargs)

        return act

    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(shutil, "rmtree", counted(shutil.rmtree))


def test_a_hub_whose_repository_is_gone_is_told_and_goes_only_when_that_is_asked(site: Site) -> None:
    site.run()
    site.repo.rename(site.repo.with_name("elsewhere"))
    key = next(site.home.hubs.glob("[!.]*.git")).stem
    told = site.clean("--older-than", "0")
    assert any("`--gone` removes it" in held["why"] for held in told["left"])
    assert (site.home.hubs / f"{key}.git").is_dir()
    said = site.clean("--gone", "--dry-run")
    assert kinds(said) == {"gone": 3}
    assert site.clean("--gone")["things"] == said["things"]
    assert not list(site.home.root.glob(f"*/*{key}*/**"))
    site.repo.with_name("elsewhere").rename(site.repo)
    site.run()


def test_a_hub_that_a_job_says_is_of_another_repository_is_not_gone(site: Site) -> None:
    site.run()
    run_git(site.hub, "config", "remote.origin.url", "/nowhere")
    told = site.clean("--gone")
    assert kinds(told).get("gone") is None
    assert site.hub.is_dir()


def test_what_is_left_of_a_hub_that_was_removed_by_hand_does_not_bring_back_half_a_hub(site: Site) -> None:
    site.run()
    hub = site.hub
    shutil.rmtree(hub)
    assert kinds(site.clean("--older-than", "0")) == {"workspaces": 2, "logs": 2}
    assert not hub.exists()
    site.run()


def test_what_was_kept_of_errors_goes_when_it_is_old_and_nothing_else_beside_it(site: Site) -> None:
    folder = site.home.root / "crashes"
    folder.mkdir(parents=True)
    for name in ("planwave-crash-ab12.txt", "planwave-said-cd34.txt", "notes.txt"):
        (folder / name).write_text("x")
    assert site.clean()["things"] == []
    site.grow_old()
    assert kinds(site.clean()) == {"logs": 2}
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_two_cleanings_at_once_are_refused(site: Site) -> None:
    site.run()
    with opened(site.home.root / "clean.lock") as other:
        assert other.try_exclusive()
        assert guarded(("clean",)) == FAILED
        assert guarded(("clean", "--dry-run")) == 0


@pytest.mark.parametrize(
    "wrong", [("--older-than", "old"), ("--older-than", "3"), ("--only", "everything"), ("--only", "gone")]
)
def test_what_makes_no_sense_is_wrong_usage(site: Site, wrong: tuple[str, str]) -> None:
    assert guarded(("clean", *wrong)) == USAGE


def test_people_are_told_what_goes_by_kind_and_plan_and_how_much_that_frees(site: Site) -> None:
    site.run()
    site.capsys.readouterr()
    assert guarded(("clean", "--dry-run")) == 0
    head, row, hub, end = site.capsys.readouterr().out.splitlines()
    assert head.split() == ["what", "plan", "hub", "number", "bytes"]
    assert row.split()[:4] == ["workspaces", "small", site.key, "2"]
    assert hub.startswith(f"hub {site.key}: ")
    assert end.endswith("; nothing was changed")
    assert guarded(("clean",)) == 0
    assert site.capsys.readouterr().out.splitlines()[-1].startswith("freed ")


def test_a_killed_runs_unreadable_note_is_no_reason_to_remove_its_work(site: Site) -> None:
    site.run()
    (site.work / "tracks/one/attempt.json").write_text("{")
    assert any("no ref keeps" in held["why"] for held in site.clean()["left"])
    assert (site.work / "tracks/one/tree").is_dir()


def test_the_hub_opens_as_before_after_all_was_cleaned(site: Site) -> None:
    site.run()
    site.clean("--older-than", "0")
    with open_hub(site.repo, load_document(str(site.plan)).plan, site.home) as hub:
        assert hub.target_tip() == run_git(site.repo, "rev-parse", "planwave/small/target")
