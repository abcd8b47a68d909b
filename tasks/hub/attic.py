"""The attic: what was moved out of the way on a hub, how to look at it, and how to have it back.

Whatever a plan's refs were moved away from is kept under `refs/planwave/attic/<plan>/<n>/`, by the names that the refs
had in the plan. Having something back makes a copy; only `planwave clean` takes old entries out.
"""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tasks.errors import TaskError
from tasks.git.client import Git
from tasks.git.file_lock import opened, plan_lock
from tasks.home import Home
from tasks.hub.guard import guarded
from tasks.hub.hub import hub_key, plan_ref
from tasks.hub.publish import make_branch
from tasks.repository.clones import clone_of
from tasks.repository.user_repo import UserRepo, find_repository

_ATTIC = "refs/planwave/attic/"
_PUBLISHED = "published/"
_WHEN = re.compile(r"@\{(\d+)")
_FORMAT = "--format=%(objectname)%00%(refname)%00%(contents:subject)"


class NotInAttic(TaskError):
    """What is asked for is not in the attic, or not clearly one thing."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(what)


@dataclass(frozen=True)
class Kept:
    """One ref that is kept."""

    name: str
    """What it was in the plan: `target`, `track/<track>`, `base`, or a mark of a wave."""
    commit: str
    subject: str

    @property
    def is_branch(self) -> bool:
        """Whether it was a branch of the plan: the target, or a track's."""
        return self.name == "target" or self.name.startswith("track/")


@dataclass(frozen=True)
class Entry:
    """What was moved away at one time."""

    plan: str
    number: int
    kept: tuple[Kept, ...]
    when: datetime | None
    """None: this git does not know any more."""

    @property
    def branches(self) -> tuple[Kept, ...]:
        """The branches among it: the target first."""
        return tuple(sorted((kept for kept in self.kept if kept.is_branch), key=lambda kept: kept.name != "target"))

    @property
    def is_whole(self) -> bool:
        """Whether it is all that the plan had, as `--fresh` moves it away."""
        return any(kept.name == "base" for kept in self.kept)


@dataclass(frozen=True)
class Attic:
    """The attic of a repository's hub."""

    home: Home
    repo: UserRepo
    key: str

    @property
    def hub(self) -> Path:
        """The hub, which may not be there."""
        return self.home.hubs / f"{self.key}.git"

    def entries(self, plan: str | None = None) -> Sequence[Entry]:
        """Return what is kept, of one plan or of all: the latest of each plan first."""
        return entries_of(self.hub, plan)

    def entry(self, plan: str, number: int) -> Entry:
        """Return one entry.

        Raises:
            NotInAttic: there is none of that number.
        """
        found = {entry.number: entry for entry in self.entries(plan)}
        if number not in found:
            there = ", ".join(map(str, sorted(found))) or "nothing"
            hint = f"there is {there}: `planwave attic list` says what" if found else None
            raise NotInAttic(f"the attic of plan {plan!r} on {self.repo.path} has no number {number}", hint)
        return found[number]

    def restore(self, entry: Entry, *, track: str | None = None, branch: str | None = None) -> tuple[str, Kept]:
        """Make a new branch of the user's repository where a kept branch was; nothing else there changes.

        Args:
            entry: what to look in.
            track: the track that is meant; None: the target, or what is the only branch.
            branch: what the new branch is called; None: `attic/<plan>/<number>/<what it was>`.

        Returns:
            The branch's name, and what it stands at.

        Raises:
            NotInAttic: no such branch is kept, or it is not clear which.
            RepositoryUnusable: the branch is there already, or git takes no such name.
        """
        kept = _chosen(entry, track)
        name = branch or f"attic/{entry.plan}/{entry.number}/{kept.name}"
        make_branch(self.repo, self.hub, name, kept.commit)
        return name, kept

    def put_back(self, entry: Entry) -> int | None:
        """Let the plan's refs be again what they were; what stands in their places now goes to the attic itself.

        Of a whole entry (`--fresh`), everything that the plan has now makes room; otherwise only what is put back.

        Returns:
            The number under which the present state is kept; None: nothing had to make room.

        Raises:
            PlanBusy: a run of the plan is alive.
        """
        with self._alone(entry.plan) as git:
            present = self._present(git, entry.plan)
            wanted = {kept.name: kept.commit for kept in entry.kept}
            away = {name: present[name] for name in wanted if present.get(name, wanted[name]) != wanted[name]}
            if entry.is_whole and present != wanted:
                away = dict(present)  # whole again, so that it can be put back itself
            number = None
            if away:
                number = 1 + max(other.number for other in self.entries(entry.plan))
                _change(git, (f"create {_ATTIC}{entry.plan}/{number}/{name} {away[name]}" for name in away))
            gone = (f"delete {plan_ref(entry.plan, name)} {away[name]}" for name in away if name not in wanted)
            put = (f"update {plan_ref(entry.plan, name)} {commit}" for name, commit in wanted.items())
            _change(git, (*gone, *put))
            return number

    @contextmanager
    def _alone(self, plan: str) -> Generator[Git]:
        """Hold the locks of a run, so that none of the plan is alive."""
        lock = plan_lock(self.home.plan_lock(self.key, plan), plan, str(self.repo.path))
        with lock as mine, opened(self.hub / "planwave/hub.lock") as shared:
            shared.share()
            yield guarded(Git(self.hub, lock_fds=(mine.fd, shared.fd)))

    @staticmethod
    def _present(git: Git, plan: str) -> Mapping[str, str]:
        own = plan_ref(plan) + "/"
        listed = git.text("for-each-ref", "--format=%(objectname) %(refname)", own)
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        found = {ref.removeprefix(own): commit for commit, ref in pairs}
        # What was published stays on record, so that the branches there can be moved again.
        return {name: commit for name, commit in found.items() if not name.startswith(_PUBLISHED)}


def entries_of(hub: Path, plan: str | None = None) -> Sequence[Entry]:
    """Return what is kept in the attic of a hub, as `Attic.entries` does."""
    if not hub.is_dir():
        return ()
    git, found = guarded(Git(hub)), dict[tuple[str, int], list[Kept]]()
    listed = git.text("for-each-ref", _FORMAT, _ATTIC if plan is None else f"{_ATTIC}{plan}/")
    for commit, ref, subject in (line.split("\0", 2) for line in listed.splitlines()):
        owner, number, name = ref.removeprefix(_ATTIC).split("/", 2)
        found.setdefault((owner, int(number)), []).append(Kept(name, commit, subject))
    keys = sorted(found, key=lambda key: (key[0], -key[1]))
    return [Entry(*key, tuple(found[key]), _when(git, *key, found[key][0].name)) for key in keys]


def remove_entry(hub: Path, entry: Entry, lock_fds: tuple[int, ...]) -> None:
    """Take an entry out of the attic, by the commits that are known of it.

    The commits stay in the hub, which never loses an object; `planwave/attic-removed` there says where they were.

    Args:
        hub: the hub.
        entry: what is to go.
        lock_fds: the plan's lock and the hub's, which are held.
    """
    kept = [(f"{_ATTIC}{entry.plan}/{entry.number}/{one.name}", one.commit) for one in entry.kept]
    with (hub / "planwave/attic-removed").open("a", encoding="utf-8") as log:
        log.write("".join(f"{commit} {ref}\n" for ref, commit in kept))
    _change(guarded(Git(hub, lock_fds=lock_fds)), (f"delete {ref} {commit}" for ref, commit in kept))


def _when(git: Git, plan: str, number: int, name: str) -> datetime | None:
    ref = f"{_ATTIC}{plan}/{number}/{name}"
    told = git.run("log", "-g", "-1", "--format=%gd", "--date=unix", ref, "--", ok=(0, 128)).text
    found = _WHEN.search(told)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC).astimezone()


def open_attic(repo: str, home: Home) -> Attic:
    """Return the attic of a repository's hub; nothing is made.

    Raises:
        RepositoryUnusable: there is no such repository.
    """
    user = find_repository(clone_of(repo, home))
    return Attic(home, user, hub_key(user))


def _chosen(entry: Entry, track: str | None) -> Kept:
    branches = {kept.name: kept for kept in entry.branches}
    wanted = f"track/{track}" if track is not None else "target"
    if wanted in branches:
        return branches[wanted]
    tracks = [name.removeprefix("track/") for name in branches if name != "target"]
    if track is None and len(branches) == 1:
        return next(iter(branches.values()))
    named = f"track {track!r}" if track is not None else "target"
    there = (
        f"it keeps the {'track' if len(tracks) == 1 else 'tracks'} {', '.join(tracks)}: name one with --track"
        if tracks
        else None
    )
    raise NotInAttic(f"number {entry.number} of plan {entry.plan!r} keeps no {named}", there)


def _change(git: Git, commands: Iterable[str]) -> None:
    lines = [f"{line}\n" for line in commands]
    if lines:
        git.run("update-ref", "-m", "planwave: attic", "--stdin", stdin="".join(lines).encode())
