"""The hub: planwave's own bare clone of the user's repository, in which all work is done.

The refs of a plan, each moved by one update with the expected old value:

- `refs/planwave/<plan>/base`: where the plan started (its name stands in `planwave/bases/<plan>`)
- `refs/planwave/<plan>/base-taken`: what the target has taken in from the base since
- `refs/planwave/<plan>/target`, `refs/planwave/<plan>/track/<track>`: its branches
- `refs/planwave/<plan>/published/<branch>`: what the user's repository was given last, `/` written as `%2F`
- `refs/planwave/rescue/<plan>/<job>/<n>`: what a failed or killed attempt left
- `refs/planwave/attic/<plan>/<n>/...`: what was moved out of the way

Branches of the plan stand apart from the user's branches (and other plans') in the hub, whatever their names.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from plans.model import Plan
from tasks.git.client import Git, GitFailed, GitOutput
from tasks.home import Home
from tasks.repository.user_repo import Start, UserRepo

_MOVE = ("update-ref", "--stdin", "-z", "-m", "planwave")
_RESERVED = frozenset({"rescue", "attic"})


@dataclass
class Hub:
    """One plan on one repository, opened for work by this process alone; its methods may be called from many threads.

    Attributes:
        key: the hub's name under `Home.hubs`.
        git: git on the hub, with the user's filters where the repository uses them.
        repo: the user's repository.
        start: the user's base as it is now.
        base: the commit that the plan started from.
        taken: what the target has taken in from the base since; nothing, or one commit.
        moved: the user's base of now, where it has gone on since; None: it has not, or must not be taken in.
        warnings: what the user should know, a line each.
        gitlinks: the folders of submodules; they stay as they are.
        owed: what the target had taken in from the base before it was started over, and is to have again.
        publishes: whether the user's repository gets the plan's branches; a rehearsal leaves nothing behind there.
    """

    key: str
    git: Git
    repo: UserRepo
    plan: Plan
    home: Home
    start: Start
    base: str = ""
    taken: tuple[str, ...] = ()
    moved: Start | None = None
    owed: Start | None = None
    warnings: list[str] = field(default_factory=list[str])
    gitlinks: tuple[str, ...] = ()
    publishes: bool = True
    published_marks: Mapping[str, str] | None = None
    """The refs beside the branches as they were published last."""
    _tips: dict[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    """The target and the tracks, which this process alone moves, and only here: as they were last read or moved to."""

    @property
    def work(self) -> Path:
        """The folder of this plan's workspaces and private indexes."""
        return self.home.work(self.key, self.plan.name)

    @property
    def absent(self) -> str:
        """What git takes as the old value of a ref that must not exist."""
        return "0" * len(self.start.commit)

    @property
    def target_ref(self) -> str:
        """The ref that merges land on."""
        return self.ref_name("target")

    def track_ref(self, track: str) -> str:
        """Return the ref of a track's line of commits."""
        return self.ref_name("track", track)

    def published_ref(self, branch: str) -> str:
        """Return the ref that remembers what a branch of the user's repository was last moved to."""
        return self.ref_name("published", quote(branch, safe=""))

    def ref_name(self, *parts: str) -> str:
        """Return the full name of a ref of this plan."""
        return plan_ref(self.plan.name, *parts)

    def ref(self, name: str) -> str | None:
        """Return what a ref points to, or None when there is no such ref."""
        found = self.git.run("rev-parse", "-q", "--verify", "--end-of-options", name, ok=(0, 1))
        return found.text or None

    def refs(self, prefix: str) -> dict[str, str]:
        """Return every ref below a prefix that ends in `/`, with what it points to."""
        listed = self.git.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref: commit for commit, ref in pairs}

    def branches(self) -> dict[str, str]:
        """Return the user's name of the target and of every track's branch, each with its ref here."""
        plan = self.plan
        return {plan.target_branch: self.target_ref} | {plan.branch(t): self.track_ref(t) for t in plan.lanes}

    def target_tip(self) -> str:
        """Return the commit that the next merge lands on: the base until something landed."""
        return self._tip(self.target_ref) or self.base

    def track_tip(self, track: str) -> str | None:
        """Return the last commit of a track, or None when it has none of its own."""
        return self._tip(self.track_ref(track))

    def has_target(self) -> bool:
        """Return whether anything has landed yet."""
        return self._tip(self.target_ref) is not None

    def know_tips(self, refs: Mapping[str, str]) -> None:
        """Take note of where the branches are, as all of the plan's refs say."""
        self._tips |= {name: refs.get(name) for name in self.branches().values()}

    def _tip(self, name: str) -> str | None:
        if name not in self._tips:
            # Another thread may have moved it while it was read; then what that one says holds.
            self._tips.setdefault(name, self.ref(name))
        return self._tips[name]

    def move_ref(self, name: str, new: str, old: str | None) -> None:
        """Move a ref, or make it when `old` is None; the one atomic step of everything.

        Where git ends in place of an answer, the ref is looked at: what has moved is never called not moved.

        Raises:
            GitFailed: it is not at `old` any more; nothing changed.
        """
        try:
            move = f"start\0update {name}\0{new}\0{old or self.absent}\0prepare\0commit\0"
            self.git.ask(*_MOVE, request=move.encode(), end=b"commit: ok\n")
        except GitFailed:
            self._tips.pop(name, None)
            if self.ref(name) != new:
                raise
        self._tips[name] = new

    def drop_ref(self, name: str) -> None:
        """Remove a ref, if there is one, and keep what it pointed to in the attic."""
        commit = self.ref(name)
        if commit is not None:
            self._to_attic({name: commit})

    def remove_ref(self, name: str) -> None:
        """Remove a ref, if there is one; what it points to must be reached by others, or be wanted no more."""
        commit = self.ref(name)
        if commit is not None:
            self._transact([f"delete {name} {commit}"])

    def contains(self, tip: str, commit: str) -> bool:
        """Return whether a commit is `tip` or before it; False too when the hub does not know it."""
        if tip == commit:
            return True
        return self.git.run("merge-base", "--is-ancestor", commit, tip, ok=(0, 1, 128)).code == 0

    def missing(self, tip: str, commits: Iterable[str]) -> frozenset[str]:
        """Return those of some commits that are neither `tip` nor before it, asked in one command."""
        asked = "".join(f"{commit}\n" for commit in commits)
        listed = self.git.run("rev-list", "--stdin", stdin=f"{asked}^{tip}\n".encode()).text if asked else ""
        return frozenset(listed.split()) & frozenset(asked.split())

    def heads(self, commits: Sequence[str]) -> tuple[str, ...]:
        """Return those of some commits that no other of them reaches; most likely that is the last one alone."""
        if not self.missing(commits[-1], commits):
            return (commits[-1],)
        return tuple(self.git.text("merge-base", "--independent", *commits).split())

    def fresh(self) -> None:
        """Start the plan over from the user's base of now; every ref it had is kept in the attic.

        What was published stays on record, so that planwave's own branches can be moved again; and so does the user's
        base as it was fetched.
        """
        kept = (self.ref_name("published") + "/", self.ref_name("user-base"))
        ours = self.refs(self.ref_name() + "/")
        self._to_attic({name: commit for name, commit in ours.items() if not name.startswith(kept)})
        self.record_base(self.start)

    def record_base(self, start: Start) -> None:
        """Let the plan start from a commit."""
        self.git.run("update-ref", self.ref_name("base"), start.commit)
        self.name_base(start)
        self.base, self.taken, self.moved = start.commit, (), None

    def name_base(self, start: Start) -> None:
        """Remember what the user calls the base, whose name decides where it is at the next start."""
        name = start.commit if start.detached else start.name
        if name != self.base_name():
            self._base_file.parent.mkdir(parents=True, exist_ok=True)
            new = self._base_file.with_suffix(".new")
            new.write_text(name, encoding="utf-8")
            new.replace(self._base_file)

    def base_name(self) -> str | None:
        """Return what the user called the base when it was last recorded."""
        return self._base_file.read_text(encoding="utf-8") if self._base_file.is_file() else None

    @property
    def _base_file(self) -> Path:
        return self.git.git_dir / "planwave" / "bases" / self.plan.name

    def note_taken(self, start: Start) -> None:
        """Say that the target has taken in the base as it is now."""
        ref = self.ref_name("base-taken")
        self.move_ref(ref, start.commit, self.ref(ref))
        self.name_base(start)
        self.taken, self.moved, self.owed = (start.commit,), None, None

    def start_over(self) -> None:
        """Take the target, the tracks and what is known of waves away, into the attic; the base and the rest stay."""
        kinds = tuple(self.ref_name(kind) + "/" for kind in ("track", "wave", "gate"))
        ours = self.refs(self.ref_name() + "/")
        self._to_attic({ref: at for ref, at in ours.items() if ref == self.target_ref or ref.startswith(kinds)})
        if self.taken:
            self.owed, self.taken = Start(self.taken[0], self.start.name), ()

    def rollback_target(self, commit: str, expected_old: str) -> None:
        """Put the target back to an earlier commit; where it was is kept in the attic.

        Raises:
            GitFailed: the target is not at `expected_old` any more; nothing changed.
        """
        self.set_back(self.target_ref, commit, expected_old)

    def set_back(self, name: str, commit: str, expected_old: str) -> None:
        """Move a ref back to an earlier commit; where it was is kept in the attic.

        Raises:
            GitFailed: it is not at `expected_old` any more; nothing changed.
        """
        if commit != expected_old:
            self._copy_to_attic({name: expected_old})
            self.move_ref(name, commit, expected_old)

    def _copy_to_attic(self, refs: Mapping[str, str]) -> None:
        attic = f"refs/planwave/attic/{self.plan.name}/"
        taken = [int(name.removeprefix(attic).split("/", 1)[0]) for name in self.refs(attic)]
        own = self.ref_name() + "/"
        folder = f"{attic}{max(taken, default=0) + 1}/"
        self._transact(f"create {folder}{name.removeprefix(own)} {commit}" for name, commit in refs.items())

    def _to_attic(self, refs: Mapping[str, str]) -> None:
        """Copy refs, then remove them: in two steps, because one with many refs is not atomic when it is killed."""
        self._copy_to_attic(refs)
        self._transact(f"delete {name} {commit}" for name, commit in refs.items())

    def _transact(self, commands: Iterable[str]) -> GitOutput:
        self._tips.clear()
        return self.git.run("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in commands).encode())


def plan_ref(plan: str, *parts: str) -> str:
    """Return the full name of a ref of a plan, by the plan's name."""
    folder = f"{plan}.plan" if plan in _RESERVED else plan
    return "/".join(("refs/planwave", folder, *parts))


def plan_mark(hub: Hub) -> str:
    """Return what marks every process of every run of a plan on a repository, from this home on this machine."""
    return f"{hub.home.identity}/{hub.key}/{hub.plan.name}"


def hub_key(repo: UserRepo) -> str:
    """Return the name of a repository's hub: the folder's name, and what tells it from others of that name."""
    folder = repo.common_dir.parent if repo.common_dir.name == ".git" else repo.common_dir
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in folder.name).strip(".-") or "repository"
    return f"{name[:60]}-{hashlib.sha256(str(repo.common_dir).encode(errors='surrogateescape')).hexdigest()[:8]}"
