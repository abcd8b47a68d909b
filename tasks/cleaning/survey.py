"""A look through planwave's home for what may go; nothing is changed by it, and no lock is held after it.

What it does not know it does not name. What is needed by a run that is alive, or would be by `resume`, `logs` or
`status` of a plan that is not finished, is not among what may go; nor is work that no ref reaches.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tasks.attempt.folder import attempt_numbers
from tasks.cleaning.choice import Found, Held, Kind, Thing
from tasks.git.client import Git, GitFailed
from tasks.git.file_lock import is_taken
from tasks.home import Home
from tasks.hub.attic import Entry, entries_of
from tasks.programs.folders import is_folder
from tasks.programs.sweep import Worker, workers
from tasks.session.run_record import read_record

TRASH = ".trash"
"""Where what goes is moved to, in one step, before it is removed file by file."""
_OF_WORKSPACE = re.compile(
    r"tree(-[1-9][0-9]*)?|index(\.lock)?|attempt\.json|modules|made-with|left-alone|tree-name|start-\w+"
)
_NUMBER = re.compile(r"[1-9][0-9]*")
_BEFORE = re.compile(r"jobs-before-([0-9]+)")
_CLONING = re.compile(r"\.(.+)\.\w+\.new")
_CRASH = re.compile(r"planwave-\w+-\w+\.txt")
_DELETED = re.compile(r"(.+) \(deleted\)")


@dataclass(frozen=True)
class PlanPlace:
    """One plan on one hub, as it shows in the home."""

    home: Home
    hub: str
    plan: str

    @property
    def work(self) -> Path:
        """Its workspaces."""
        return self.home.work(self.hub, self.plan)

    @property
    def runs(self) -> Path:
        """What its runs left."""
        return self.home.runs(self.hub, self.plan)

    @property
    def lock(self) -> Path:
        """What a living run of it holds; where there is no hub, what whoever makes one holds."""
        if self.hub_folder.is_dir():
            return self.home.plan_lock(self.hub, self.plan)
        return cloning_lock(self.home, self.hub)

    @property
    def hub_folder(self) -> Path:
        """Its hub, which may not be there."""
        return self.home.hubs / f"{self.hub}.git"

    @property
    def mark(self) -> str:
        """What marks the processes of its jobs."""
        return f"{self.home.identity}/{self.hub}/{self.plan}"

    def thing(self, kind: Kind, path: Path, used: float, *, keeps_folder: bool = False) -> Thing:
        """Return something of it that may go."""
        place = str(path.relative_to(self.home.root))
        return Thing(kind, self.hub, self.plan, place, used, keeps_folder=keeps_folder)


@dataclass
class Survey:
    """Gathers what is found."""

    home: Home
    things: list[Thing] = field(default_factory=list[Thing])
    held: list[Held] = field(default_factory=list[Held])
    working: Sequence[Worker] = ()

    @property
    def found(self) -> Found:
        """All of it."""
        return Found(tuple(self.things), tuple(self.held))

    def hold(self, path: Path, why: str) -> None:
        """Say of something that it stays."""
        self.held.append(Held(str(path), why))


def cloning_lock(home: Home, hub: str) -> Path:
    """Return the lock of whoever makes a hub."""
    return home.hubs / f".{hub}.lock"


def look_through(home: Home, *, gone: bool = False) -> Found:
    """Return all that may go from a home, and what stays though it looks as if it could go.

    Args:
        home: where planwave keeps what it keeps.
        gone: hubs whose repository is gone may go too, with all that belongs to them.
    """
    survey = Survey(home, working=workers())
    removed = _gone_hubs(survey, may_go=gone)
    for hub in _hub_names(home) - removed:
        entries = _attic(survey, hub)
        for plan in sorted({*_plan_names(home, hub), *entries}):
            # A run that starts now may take what is looked at.
            with suppress(FileNotFoundError):
                look_at_plan(survey, PlanPlace(home, hub, plan), entries.get(plan, ()))
    _cloning(survey)
    for path in _children(home.root / "crashes", _CRASH.fullmatch):
        survey.things.append(Thing("logs", "", "", str(path.relative_to(home.root)), path.lstat().st_mtime))
    return survey.found


def look_at_plan(survey: Survey, place: PlanPlace, entries: Iterable[Entry], *, mine: bool = False) -> None:
    """Look at what belongs to one plan on one hub.

    Args:
        survey: gathers what is found.
        place: the plan.
        entries: what the attic keeps of it.
        mine: the caller holds its lock.
    """
    for folder in (place.work, place.runs):
        for path in _children(folder / TRASH):
            survey.things.append(place.thing("leftovers", path, path.lstat().st_mtime))
    if not mine and is_taken(place.lock):
        survey.hold(place.work, f"a run of plan {place.plan!r} is alive: nothing of that plan is touched")
        return
    _workspaces(survey, place)
    _run_folders(survey, place)
    for entry in entries:
        if entry.when is not None:
            prefix = f"refs/planwave/attic/{entry.plan}/{entry.number}/"
            survey.things.append(Thing("attic", place.hub, place.plan, prefix, entry.when.timestamp()))


def _workspaces(survey: Survey, place: PlanPlace) -> None:
    folders = [*_children(place.work / "tracks"), *_children(place.work / "checks")]
    at_work = [worker for worker in survey.working if f"{worker.mark}/".startswith(f"{place.mark}/")]
    if folders and at_work:
        pids = ", ".join(str(worker.pid) for worker in at_work[:5])
        survey.hold(
            place.work, f"something that a job of plan {place.plan!r} started is still at work (process {pids})"
        )
        return
    for folder in folders:
        why = _why_kept(survey, folder)
        if why is None:
            survey.things.append(place.thing("workspaces", folder, _last_change(folder)))
        else:
            survey.hold(folder, why)
    for aside in _children(place.work / "set-aside"):
        survey.hold(aside, "it was set aside, since what an attempt left there could not be kept: look at it, and "
                    "remove it yourself")  # fmt: skip


def _why_kept(survey: Survey, folder: Path) -> str | None:
    """Say why a workspace has to stay, or None."""
    if not is_folder(folder):
        return "it is no folder, as planwave makes it"
    unknown = next((path.name for path in _children(folder) if not _OF_WORKSPACE.fullmatch(path.name)), None)
    if unknown is not None:
        return f"it holds {unknown!r}, which is not planwave's"
    if (folder / "attempt.json").exists():
        return "it holds work of an attempt that was cut off, which no ref keeps yet: the next run of the plan keeps it"
    inside = next((worker for worker in survey.working if _is_inside(worker.folder, folder)), None)
    return None if inside is None else f"process {inside.pid} is in it"


def _is_inside(current: str, folder: Path) -> bool:
    found = _DELETED.fullmatch(current)
    return Path(found[1] if found else current).is_relative_to(folder.resolve())


def _last_change(folder: Path) -> float:
    return max(path.lstat().st_mtime for path in (folder, *_children(folder)))


def _run_folders(survey: Survey, place: PlanPlace) -> None:
    """Of a plan that is not finished, all that its latest run wrote stays, and the latest log of each job."""
    runs = place.runs
    tries = sorted(int(path.name) for path in _children(runs / "tries", _NUMBER.fullmatch))
    if not tries:
        return
    latest = tries[-1]
    end = read_record(runs, latest).end
    is_finished = end is not None and end.outcome == "Completed"
    since = float("inf") if is_finished else (runs / "tries" / str(latest)).stat().st_mtime
    for job in _children(runs / "jobs"):
        numbers = attempt_numbers(runs, job.name)
        for number in numbers:
            _attempt(survey, place, job / str(number), keep=number == numbers[-1], since=since)
    for path in _children(runs, _BEFORE.fullmatch):
        survey.things.append(place.thing("logs", path, int(path.name.rpartition("-")[2]) / 1e9))
    for path in _children(runs / "checks"):
        if path.suffix == ".log" and path.lstat().st_mtime < since:
            survey.things.append(place.thing("checks", path, path.lstat().st_mtime))
    if is_finished:
        _old_tries(survey, place, latest)


def _attempt(survey: Survey, place: PlanPlace, folder: Path, *, keep: bool, since: float) -> None:
    used = _last_change(folder)
    if keep and (since != float("inf") or not _children(folder)):
        return
    if used < since:
        survey.things.append(place.thing("logs", folder, used, keeps_folder=keep))


def _old_tries(survey: Survey, place: PlanPlace, latest: int) -> None:
    """Give the runs before the latest one, whose name and report stay; by the try first, then its report."""
    for path in _children(place.runs / "tries", _NUMBER.fullmatch):
        if int(path.name) != latest:
            survey.things.append(place.thing("runs", path, _last_change(path)))
    report = re.compile(rf"report-{re.escape(place.plan)}-([1-9][0-9]*)\.md")
    for path in _children(place.runs, report.fullmatch):
        if path.name != f"report-{place.plan}-{latest}.md":
            survey.things.append(place.thing("runs", path, path.lstat().st_mtime))


def _attic(survey: Survey, hub: str) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    folder = survey.home.hubs / f"{hub}.git"
    try:
        for entry in entries_of(folder):
            found.setdefault(entry.plan, []).append(entry)
    except GitFailed as problem:
        survey.hold(folder, f"git cannot read it: {problem.tail.strip()[:200]}")
    return found


def _gone_hubs(survey: Survey, *, may_go: bool) -> set[str]:
    gone: set[str] = set()
    for folder in _children(survey.home.hubs):
        repository = repository_of(folder) if folder.suffix == ".git" else None
        if repository is None or repository.exists():
            continue
        busy = is_taken(folder / "planwave/hub.lock") or is_taken(cloning_lock(survey.home, folder.stem))
        if may_go and not busy:
            gone.add(folder.stem)
            for path in (folder, survey.home.root / "work" / folder.stem, survey.home.root / "runs" / folder.stem):
                if path.exists():
                    place = str(path.relative_to(survey.home.root))
                    survey.things.append(Thing("gone", folder.stem, "", place, folder.lstat().st_mtime))
        else:
            hint = "a run is alive on it" if may_go else "`--gone` removes it, with all work that only it has"
            survey.hold(folder, f"its repository {repository} is not there (any more): {hint}")
    return gone


def repository_of(hub: Path) -> Path | None:
    """Return the repository that a hub is of; None: that cannot be said.

    A job may have written to the hub's settings: only what the hub's name confirms is believed.
    """
    listed = Git(Path("/")).run("config", "--file", str(hub / "config"), "--no-includes", "--get", "remote.origin.url",
                                ok=range(256)).text  # fmt: skip
    digest = hashlib.sha256(listed.encode(errors="surrogateescape")).hexdigest()[:8]
    return Path(listed) if listed and hub.stem.endswith(f"-{digest}") else None


def _cloning(survey: Survey) -> None:
    """Give what was left of making a hub, or of removing one, by a process that was killed."""
    for folder in (survey.home.hubs, survey.home.root / "work", survey.home.root / "runs"):
        for path in _children(folder, _CLONING.fullmatch):
            match = _CLONING.fullmatch(path.name)
            if match is not None and not is_taken(cloning_lock(survey.home, match[1])):
                place = str(path.relative_to(survey.home.root))
                survey.things.append(Thing("leftovers", match[1], "", place, path.lstat().st_mtime))


def _hub_names(home: Home) -> set[str]:
    hubs = {path.stem for path in _children(home.hubs) if path.suffix == ".git" and not path.name.startswith(".")}
    others = (path.name for kind in ("work", "runs") for path in _children(home.root / kind))
    return hubs | {name for name in others if not name.startswith(".")}


def _plan_names(home: Home, hub: str) -> set[str]:
    folders = (path for kind in ("work", "runs") for path in _children(home.root / kind / hub))
    return {path.name for path in folders if is_folder(path) and not path.name.startswith(".")}


def _anything(_name: str) -> bool:
    return True


def _children(folder: Path, wanted: Callable[[str], object] = _anything) -> list[Path]:
    """Return what is in a folder, in order; nothing where there is none, or where that is a link."""
    if not is_folder(folder):
        return []
    try:
        return sorted(path for path in folder.iterdir() if wanted(path.name))
    except OSError:
        return []


def sizes_of(home: Home, things: Iterable[Thing]) -> Iterator[tuple[Thing, int]]:
    """Yield the bytes that removing each thing frees on the disk."""
    for thing in things:
        yield thing, 0 if thing.kind == "attic" else _size(home.root / thing.place)


def _size(path: Path) -> int:
    total, linked = 0, dict[tuple[int, int], int]()
    waiting = [path]
    while waiting:
        one = waiting.pop()
        try:
            stat = one.lstat()
        except OSError:
            continue
        if is_folder(one):
            waiting += _children(one)
        elif stat.st_nlink > 1:
            # A file with other names elsewhere frees nothing.
            seen = linked[stat.st_dev, stat.st_ino] = linked.get((stat.st_dev, stat.st_ino), 0) + 1
            total += stat.st_blocks * 512 if seen == stat.st_nlink else 0
            continue
        total += stat.st_blocks * 512
    return total
