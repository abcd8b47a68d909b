"""What a run knows at its start that may end otherwise than its user thinks: told first, not found out at the end."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from plans.model import Plan
from plans.ownership.overlap import meeting_path
from plans.ownership.patterns import parse_pattern
from plans.text.plural import counted
from tasks.git.client import Git
from tasks.git.trees import FOLDER, Found, is_file, look_up, names_above, read_blobs
from tasks.hub.content import own_excludes
from tasks.repository.user_repo import Start, UserRepo

_SHOWN = 4


def forewarnings(repo: UserRepo, start: Start, plan: Plan) -> list[str]:
    """Say what of the user's repository is not part of a run: what is not committed, and what is not pulled."""
    said = [] if is_writable(repo) else [f"{repo.path} cannot be written: what is done stays in planwave's own clone"]
    uncommitted = repo.uncommitted()
    if uncommitted:
        named = _some(sorted(uncommitted, key=lambda path: not _is_used(plan, path)))
        what = f"{counted(len(uncommitted), 'uncommitted change')} in {repo.path}: not part of the run"
        said.append(f"{what}, no job sees them: {named}")
    behind = None if start.detached else repo.behind_upstream(start.name)
    if behind is not None:
        upstream, count = behind
        what = f"{start.name} is {counted(count, 'commit')} behind {upstream}, as it was fetched last"
        said.append(f"{what}: jobs do not see them (pull there first, if they should)")
    return said


def is_writable(repo: UserRepo) -> bool:
    """Return whether branches can be brought to a repository."""
    return os.access(repo.common_dir / "objects", os.W_OK)


def ambiguous_target(repo: UserRepo, plan: Plan) -> list[str]:
    """Say where a tag is called as the target: git takes the tag where a command names either."""
    target = plan.target_branch
    if repo.commit_of(f"refs/tags/{target}") is None:
        return []
    meant = f"`git merge heads/{target}` names the branch"
    return [f"{repo.path} has a tag {target!r} too, which git takes where a command says {target!r}: {meant}"]


def ignored_work(git: Git, commit: str, plan: Plan) -> list[str]:
    """Say what jobs own to create and git ignores in a commit's tree: such files are never committed, and so lost.

    Args:
        git: git on the hub.
        commit: where the run starts.
        plan: a plan that passed `plans.lint`.
    """
    wanted = dict(_to_create(plan))
    if not wanted:
        return []
    paths = {path: os.fsencode(path) for path in wanted}
    there = look_up(git, commit, paths.values())
    asked = [path for path, name in paths.items() if not _holds(there[name])]
    ignore_files = _ignore_files(git, commit, (paths[path] for path in asked))
    own = any(line.strip() and not line.startswith(b"#") for line in own_excludes(git).splitlines())
    if not asked or not (ignore_files or own):
        return []
    said: dict[str, list[str]] = {}
    for path in _ignored(git, ignore_files, asked):
        pattern, job = wanted[path]
        said.setdefault(job, []).append(pattern if pattern.strip("/") == path else f"{pattern} (such as {path})")
    end = "such files cannot be committed, nor reach another job"
    what = "`.gitignore`, or an ignore file of your own, ignores" if own else "`.gitignore` ignores"
    return [f"job {job!r} is to create what {what}: {_some(paths)}: {end}" for job, paths in said.items()]


def _to_create(plan: Plan) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield for every pattern of what is still to be created a path that it matches, with the pattern and the job."""
    for job in plan.jobs.values():
        for pattern in () if job.done else plan.owned_by(job).create:
            segments = parse_pattern(pattern).segments
            path = meeting_path(segments, segments)
            if path is not None:
                yield path, (pattern, job.id)


def _holds(found: Found) -> bool:
    return any(entry.mode != FOLDER for entry in found.values())


def _ignore_files(git: Git, commit: str, paths: Iterable[bytes]) -> Mapping[str, str]:
    """Return the objects of the `.gitignore` files that hold for some paths of a commit's tree, by their paths."""
    found = look_up(git, commit, names_above(paths, b".gitignore")).values()
    files = ((os.fsdecode(path), entry) for entries in found for path, entry in entries.items())
    return {path: entry.oid for path, entry in files if is_file(entry) and ".." not in path.split("/")}


def _ignored(git: Git, ignore_files: Mapping[str, str], paths: Iterable[str]) -> list[str]:
    """Let git itself judge paths, in a folder that holds nothing but the `.gitignore` files."""
    with tempfile.TemporaryDirectory(prefix="planwave-") as folder:
        contents = read_blobs(git, ignore_files.values())
        for path, blob in ignore_files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents[blob])
        asked = "\0".join(paths).encode(errors="surrogateescape")
        options = ("-z", "--stdin", "--no-index")
        told = git.run("check-ignore", *options, env={"GIT_WORK_TREE": folder}, stdin=asked, ok=(0, 1))
    return [path.decode(errors="surrogateescape") for path in told.out.split(b"\0") if path]


def _is_used(plan: Plan, path: str) -> bool:
    """Return whether a job reads or changes a path, or something in it where it is a folder."""
    owned = (plan.owned_by(job) for job in plan.jobs.values())
    names = (pattern.strip("/") for paths in owned for pattern in (*paths.read, *paths.modify))
    return any(name == path or (path.endswith("/") and name.startswith(path)) for name in names)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else "")
