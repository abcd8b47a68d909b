"""Whatever happens at whatever moment of a run, it ends in order and says so, and the next run completes the plan."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tasks.direct import DirectEngine
from tasks.programs.signals import request_stop
from tasks.session.steps import Kind, StepState
from tests.core.interrupting import SteppedLoop, Steps, effects, fail_disk, fail_git, git_commands
from tests.core.runs import Site, outcomes
from tests.core.sampling import moments
from tests.flows.plans import job, passing, plan, wave
from tests.histories.trying import quick_folder

PLAN = plan(
    "small",
    wave("one", job("a"), job("b", needs=["a"], track="t"), job("c", track="t"), gate={"checks": [passing("true")]}),
    wave("two", job("d", "cat b.txt c.txt > d.txt")),
    merge={"checks": [passing("test", "-e", "README.md")]},
)


@dataclass(frozen=True)
class Clean:
    """What the plan comes to when nothing happens, and in how many steps of each sort."""

    pristine: Site
    files: Mapping[str, str]
    loop: int
    git: int
    effects: int


@pytest.fixture(scope="module")
def clean() -> Iterator[Clean]:
    with quick_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for name in ("PLANWAVE_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            patch.setenv(name, "")
        pristine = Site(folder / "pristine").made()
        site, loop, git, disk = pristine.copied(folder / "clean"), Steps(), Steps(), Steps()
        with git_commands(git), effects(site.folder, disk):
            assert site.run(PLAN, loop=lambda: SteppedLoop(loop)).kind is Kind.COMPLETED
        assert min(loop.seen, git.seen, disk.seen) > 100
        yield Clean(pristine, site.files("small"), loop.seen, git.seen, disk.seen)


@contextmanager
def nothing_left() -> Generator[None]:
    """Hold that no process of the block outlives it."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=10)
    assert not alive


def completes(site: Site, clean: Clean) -> None:
    """Hold that the next run, to which nothing happens, does what is missing, and nothing else comes of the plan."""
    engine = DirectEngine()
    state = site.run(PLAN, engine)
    assert (state.kind, outcomes(engine)) == (Kind.COMPLETED, ["Completed"]), state.message
    assert site.files("small") == clean.files


def says_how_it_ended(state: StepState, engine: DirectEngine) -> bool:
    """Return whether those who look on were told of the end that a run came to."""
    refused = [event for event in engine.told if event.name == "planwave.run.refused"]
    return len(outcomes(engine)) + len(refused) == 1 and (state.kind is Kind.FAILED or not refused)


@pytest.mark.parametrize("moment", moments(8))
def test_a_stop_at_any_moment_ends_the_run_in_order(moment: float, clean: Clean, tmp_path: Path) -> None:
    site, engine = clean.pristine.copied(tmp_path), DirectEngine()
    # When the end is told, a run is over: who stops it then has nothing to stop.
    steps = Steps(1 + int(moment * clean.loop), lambda: None if outcomes(engine) else request_stop("at a moment"))
    with nothing_left():
        state = site.run(PLAN, engine, loop=lambda: SteppedLoop(steps))
    if state.kind is Kind.CANCELLED:
        assert outcomes(engine) == ["Cancelled"]
        assert "at a moment" in state.message
    else:
        assert (state.kind, outcomes(engine)) == (Kind.COMPLETED, ["Completed"])
        assert site.files("small") == clean.files
    completes(site, clean)


@pytest.mark.parametrize("moment", moments(7, seed=2))
def test_a_git_command_that_fails_at_any_moment_is_told_or_made_good(
    moment: float, clean: Clean, tmp_path: Path
) -> None:
    steps = Steps(1 + int(moment * clean.git), fail_git)
    fails_and_goes_on(clean.pristine.copied(tmp_path), clean, steps, git_commands(steps))


@pytest.mark.parametrize("moment", moments(7, seed=3))
def test_a_disk_that_is_full_for_a_moment_is_told_or_made_good(moment: float, clean: Clean, tmp_path: Path) -> None:
    steps = Steps(1 + int(moment * clean.effects), fail_disk)
    fails_and_goes_on(clean.pristine.copied(tmp_path), clean, steps, effects(tmp_path, steps))


def fails_and_goes_on(site: Site, clean: Clean, steps: Steps, watching: AbstractContextManager[None]) -> None:
    """Hold that a run to which an error happens says how it ended, which is so, and that the next one completes."""
    engine = DirectEngine()
    with nothing_left(), watching:
        state = site.run(PLAN, engine)
    assert says_how_it_ended(state, engine), steps.acted
    if state.kind is Kind.COMPLETED:
        assert site.files("small") == clean.files, steps.acted
    else:
        assert state.message
    completes(site, clean)
