"""What to do about a run that did not end as it should: commands to type, behind what each of them does."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from plans.schedule.frontier import JobState
from plans.schedule.landing_order import Landing
from tasks.attempt.folder import AttemptFolder, attempt_numbers
from tasks.repository.clones import without_secret
from tasks.session.session import Session
from tasks.session.settings import RunSettings

_MOST_JOBS = 5


def next_steps(session: Session, *, rebuild: bool = False) -> tuple[str, ...]:
    """Return what to do next, a line of Markdown each; to be asked at the end of a run that has something missing.

    Args:
        session: the run.
        rebuild: nothing is wrong but that the target holds work that is not of today's plan.
    """
    again = f"go on (what is done is not done again): `{run_command(session.settings)}`"
    if rebuild:
        again = f"land the rest anew, without what is left over: `{run_command(session.settings)} --rebuild-target`"
    report = f"read the report: `planwave report {session.run}`"
    return (*_of_jobs(session), *_of_landings(session), *_of_gates(session), *_of_target(session), report, again)


def run_command(settings: RunSettings) -> str:
    """Return the command that runs a plan again with the same choices, without `--fresh`, which started over."""
    is_text = "\n" in settings.plan or settings.plan.lstrip().startswith("{")
    plan = str(Path(settings.plan).absolute()) if not is_text and Path(settings.plan).exists() else settings.plan
    options = {"--mode": settings.mode, "--agent": settings.agent}
    if settings.approvals != "ask":
        options["--approvals"] = settings.approvals
    if settings.overlaps != "refuse":
        options["--overlaps"] = settings.overlaps
    argv = ["planwave", "run", "PLAN" if is_text else plan, "--repo", without_secret(settings.repo)]
    argv += [part for name, value in options.items() if value for part in (name, value)]
    argv += ["--keep-base"] if settings.keep_base else []
    argv += [part for name in settings.ignore_unsupported for part in ("--ignore-unsupported", name)]
    argv += [part for name in settings.only for part in ("--only", name)]
    return shlex.join(argv)


def _of_jobs(session: Session) -> Iterator[str]:
    failed = [job for job in session.plan.jobs if session.frontier.state(job) is JobState.FAILED]
    for job in failed[:_MOST_JOBS]:
        numbers = attempt_numbers(session.folder, job)
        if not numbers:
            continue
        folder = AttemptFolder(session.folder / "jobs" / job / str(numbers[-1]), numbers[-1])
        logs = f"planwave logs {job} --run {session.run}"
        if _says_something(folder.log):
            yield f"see what {job!r} printed: `{logs}`"
        if _says_something(folder.checks_log):
            yield f"see what the checks of {job!r} printed: `{logs} --checks`"
    rescued = session.record.jobs.rescued
    for job in [job for job in failed if job in rescued][:_MOST_JOBS]:
        there, ref = shlex.quote(str(session.hub.git.git_dir)), rescued[job]
        yield f"see what the last attempt of {job!r} left: `git --git-dir={there} show {ref}`"


def _of_landings(session: Session) -> Iterator[str]:
    for (_, track), landed in session.record.landings.tracks.items():
        log = session.folder / "checks" / f"merge-{track}.log"
        if landed.landing in {Landing.BLOCKED, Landing.DROPPED} and _says_something(log):
            yield f"see what the checks of the merge of {track!r} printed: `cat {shlex.quote(str(log))}`"


def _of_gates(session: Session) -> Iterator[str]:
    for wave, stand in session.record.gates.stands.items():
        log = session.folder / "checks" / f"gate-{wave}.log"
        if stand.said == "NO-GO" and _says_something(log):
            yield f"see what the checks of the gate of {wave!r} printed: `cat {shlex.quote(str(log))}`"


def _says_something(log: Path) -> bool:
    return log.is_file() and log.stat().st_size > 0


def _of_target(session: Session) -> Iterator[str]:
    hub = session.hub
    if session.target in hub.repo.branch_tips():
        git = f"git -C {shlex.quote(str(hub.repo.path))}"
        yield f"see what has landed so far: `{git} diff --stat {hub.base[:10]} {session.target}`"
