"""What has landed is never called not landed, whatever goes wrong after the target moved, kills included."""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from plans.errors import PlanError
from tasks.direct import DirectEngine
from tasks.errors import TaskError, refusal
from tasks.session.events import Event
from tasks.session.settings import RunSettings
from tests.faults import Faults, install
from tests.flows.histories import run_directly
from tests.flows.plans import job, plan, wave
from tests.repositories import make_repository, run_git

TARGET = "planwave/small/target"


class DeafEngine(DirectEngine):
    """An engine that cannot tell of landings: no thread is left for that, say."""

    def tell(self, event: Event) -> None:
        """Keep the event, unless it is of a landing."""
        if event.name == "planwave.merge.landed":
            raise RuntimeError("can't start new thread")
        super().tell(event)


class ArmingEngine(DirectEngine):
    """An engine that lets a command go wrong from the first event of a name on."""

    def __init__(self, faults: Faults, event: str, *words: str, has: str = "") -> None:
        super().__init__()
        self._faults, self._event, self._words, self._has = faults, event, words, has

    def tell(self, event: Event) -> None:
        """Keep the event."""
        super().tell(event)
        if event.name == f"planwave.{self._event}" and not self._faults.struck:
            self._faults.arm(*self._words, has=self._has, when="before")


@dataclass(frozen=True)
class Ended:
    state: str
    message: str
    told: tuple[Event, ...]

    def names(self) -> list[str]:
        return [event.name.removeprefix("planwave.") for event in self.told]

    @property
    def all_said(self) -> str:
        return f"{self.message} {[dict(event.payload) for event in self.told]}"


@dataclass(frozen=True)
class Site:
    repo: Path
    plan: Path
    home: Path

    def write(self, *jobs: dict[str, object], **fields: object) -> None:
        self.plan.write_text(json.dumps({"version": 1, **plan("small", wave("only", *jobs), **fields)}))

    def run(self, engine: DirectEngine | None = None, **choices: object) -> Ended:
        engine = engine or DirectEngine()
        settings = RunSettings.model_validate({"plan": str(self.plan), "repo": str(self.repo), **choices})
        try:
            state = asyncio.run(run_directly(settings, engine))
        except (PlanError, TaskError) as error:
            return Ended("Refused", refusal(error), tuple(engine.told))
        return Ended(state.name or "", state.message or "", tuple(engine.told))

    def run_to_its_death(self) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                self.run()
            finally:
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status)

    @property
    def hub(self) -> Path:
        return next(self.home.glob("hubs/*.git"))

    def at(self, ref: str, folder: Path | None = None) -> str:
        return run_git(folder or self.repo, "rev-parse", ref)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    make_repository(tmp_path / "project")
    monkeypatch.setenv("PLANWAVE_HOME", str(tmp_path / "home"))
    made = Site(tmp_path / "project", tmp_path / "plan.json", tmp_path / "home")
    made.write(job("one"), job("two"))
    return made


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return install(tmp_path / "bin", monkeypatch)


def is_never_called_not_landed(ended: Ended) -> bool:
    return not any(word in ended.all_said for word in ("not land", "merge.failed", "is not on the target"))


def test_git_that_dies_when_it_has_moved_the_target_and_not_said_so_has_landed(site: Site, faults: Faults) -> None:
    faults.arm("update-ref", "-z", has="refs/planwave/small/target")
    ended = site.run()
    assert faults.struck
    assert ended.state == "Completed", ended.message
    assert ended.names().count("merge.landed") == 2
    assert is_never_called_not_landed(ended)


def test_git_that_dies_when_it_has_made_a_job_done_and_not_said_so_has_done_it_once(site: Site, faults: Faults) -> None:
    faults.arm("update-ref", "-z", has="refs/planwave/small/track/one")
    ended = site.run()
    assert faults.struck
    assert ended.state == "Completed", ended.message
    assert [event.subject for event in ended.told if event.name == "planwave.job.started"].count("one") == 1


def test_git_that_dies_before_it_moves_the_target_has_not_landed_and_that_is_said(site: Site, faults: Faults) -> None:
    faults.arm("update-ref", "-z", has="refs/planwave/small/target", when="before")
    ended = site.run()
    assert faults.struck
    assert ended.state != "Completed"
    assert "did not land" in ended.message
    assert site.run().state == "Completed"


def test_a_landing_of_which_nobody_could_be_told_has_landed(site: Site) -> None:
    ended = site.run(DeafEngine())
    assert ended.state == "Completed", ended.message
    assert is_never_called_not_landed(ended)


def test_a_landing_after_which_the_target_could_not_be_looked_at_has_landed(site: Site, faults: Faults) -> None:
    """The run looks there for a path that a job waits for."""
    site.write(job("one"), job("two", start={"exists": "one.txt"}), job("three", start={"done": "one"}))
    ended = site.run(ArmingEngine(faults, "merge.landed", "cat-file", has="one.txt"))
    assert faults.struck
    assert is_never_called_not_landed(ended)
    assert site.run().state == "Completed"


def test_a_target_that_cannot_be_asked_at_the_end_is_not_called_lacking_anything(site: Site, faults: Faults) -> None:
    ended = site.run(ArmingEngine(faults, "gate.decided", "log", "--date-order"))
    assert faults.struck
    assert "git could not say whether all has landed" in ended.message
    assert "did not land" not in ended.message
    assert site.run().state == "Completed"


def test_a_fetch_that_fails_when_all_has_arrived_has_published(site: Site, faults: Faults) -> None:
    faults.arm("fetch", "--no-prune")
    ended = site.run()
    assert faults.struck
    assert ended.state == "Completed", ended.message
    assert site.at(TARGET) == site.at("refs/planwave/small/target", site.hub)


def test_branches_that_arrived_and_could_not_be_recorded_are_published(site: Site, faults: Faults) -> None:
    faults.arm("update-ref", "--stdin", has="refs/planwave/small/published/", when="before")
    ended = site.run()
    assert faults.struck
    assert "was not published" not in ended.all_said
    assert ended.state == "Completed", ended.message
    assert site.at(TARGET) == site.at("refs/planwave/small/target", site.hub)
    site.write(job("one", "echo other > one.txt"), job("two"))
    assert site.run().state == "Completed"
    assert site.at(TARGET) == site.at("refs/planwave/small/target", site.hub)


STEPS = {
    "the target moved": ("update-ref", "-z", "refs/planwave/small/target", "after"),
    "a job is done": ("update-ref", "-z", "refs/planwave/small/track/one", "after"),
    "before publishing": ("fetch", "--no-prune", "", "before"),
    "published": ("fetch", "--no-prune", "", "after"),
    "before the record": ("update-ref", "--stdin", "refs/planwave/small/published/", "before"),
    "recorded": ("update-ref", "--stdin", "refs/planwave/small/published/", "after"),
}


@pytest.mark.parametrize("change", ["nothing", "an edit"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step_of_a_landing_the_next_run_ends_it(
    site: Site, faults: Faults, step: str, change: str
) -> None:
    word, option, has, when = STEPS[step]
    faults.arm(word, option, has=has, when="before" if when == "before" else "after", act="kill")
    site.run_to_its_death()
    assert faults.struck
    if change == "an edit":
        site.write(job("one", "echo other > one.txt"), job("two"))
    ended = site.run()
    assert ended.state == "Completed", ended.message
    tip = site.at(TARGET)
    assert tip == site.at("refs/planwave/small/target", site.hub)
    assert run_git(site.repo, "show", f"{TARGET}:one.txt") == ("other" if change == "an edit" else "one")
    for track in ("one", "two"):
        assert site.at(f"planwave/small/track/{track}") == site.at(f"refs/planwave/small/track/{track}", site.hub)
    again = site.run()
    assert (again.state, site.at(TARGET)) == ("Completed", tip)
    assert "job.started" not in again.names()


def test_killed_between_publishing_a_track_and_its_record_its_branch_may_go_back(site: Site, faults: Faults) -> None:
    """Nothing has landed yet, so that the edited job's track goes back to before it."""
    site.write(job("one"), job("two", "exit 1"), merge={"when": "end"})
    faults.arm("update-ref", "--stdin", has="refs/planwave/small/published/", when="before", act="kill")
    site.run_to_its_death()
    assert faults.struck
    site.write(job("one", "echo other > one.txt"), job("two"), merge={"when": "end"})
    ended = site.run()
    assert ended.state == "Completed", ended.message
    assert run_git(site.repo, "show", "planwave/small/track/one:one.txt") == "other"


def move_base(site: Site) -> str:
    (site.repo / "new.txt").write_text("new\n")
    run_git(site.repo, "add", "new.txt")
    run_git(site.repo, "commit", "-q", "-m", "The base moves")
    return site.at("main")


@pytest.mark.parametrize("ref", ["base-taken", "wave/only"])
def test_a_base_that_landed_and_could_not_be_recorded_was_taken_in(site: Site, faults: Faults, ref: str) -> None:
    site.write(job("one"), job("two", "exit 1"))
    site.run()
    moved = move_base(site)
    site.write(job("one"), job("two"))
    faults.arm("update-ref", "-z", has=f"refs/planwave/small/{ref}", when="before")
    ended = site.run()
    assert faults.struck
    assert "stays on the base it has" not in ended.all_said
    assert "left over" not in ended.all_said
    assert run_git(site.repo, "merge-base", "--is-ancestor", moved, TARGET) == ""
    again = site.run()
    assert again.state == "Completed", again.message
    assert site.at("refs/planwave/small/base-taken", site.hub) == moved


@pytest.mark.parametrize("has", ["refs/planwave/small/target", "refs/planwave/small/base-taken"])
def test_killed_while_the_base_is_taken_in_the_next_run_asks_the_gates_again_and_stands_on_it(
    site: Site, faults: Faults, has: str
) -> None:
    asked = site.home.parent / "asked"
    gate = {"checks": [{"check": ["sh", "-c", f"echo asked >> {asked}"]}]}
    waves = [wave("first", job("one"), gate=gate), wave("second", job("two", "exit 1"))]
    site.plan.write_text(json.dumps({"version": 1, **plan("small", *waves)}))
    site.run()
    assert asked.read_text().count("asked") == 1
    moved = move_base(site)
    waves = [wave("first", job("one"), gate=gate), wave("second", job("two", "test -e new.txt; echo two > two.txt"))]
    site.plan.write_text(json.dumps({"version": 1, **plan("small", *waves)}))
    faults.arm("update-ref", "-z", has=has, act="kill")
    site.run_to_its_death()
    assert faults.struck
    ended = site.run()
    assert ended.state == "Completed", ended.message
    assert asked.read_text().count("asked") == 2
    assert site.at("refs/planwave/small/base-taken", site.hub) == moved
