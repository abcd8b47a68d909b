"""Large snapshots and large repositories, each step beside what plain git takes for the same, in one run."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median

from benchmarks.ground import git, make_repository, run_plan, scratch, start_server, write
from benchmarks.measures import Row
from benchmarks.usage import plain_git, plain_git_s, processor_s
from plans.model import Plan
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import merge_commits
from tasks.hub.publish import publish
from tasks.ledger.ledger import JobWorkDone, commit_job, land, land_message
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace

_ROUNDS = 3
_FOLDER, _SUBFOLDER = 2500, 100
Write = Callable[[Path], None]


def snapshots(files: int = 20_000, goal: float = 3.0) -> Iterator[Row]:
    """Measure snapshots of many files beside `git add -A` of the same, by the processor's time."""
    for what, before, after in _kinds(files):
        ratios = [_snapshot_ratio(before, after) for _ in range(_ROUNDS)]
        ratio = median(ours / plain for ours, plain in ratios)
        ours, plain = (median(each) for each in zip(*ratios, strict=True))
        name = f"snapshot of {files} {what}, beside `git add -A`"
        yield Row(name, f"{ratio:.2f} x ({ours:.2f} s against {plain:.2f} s)", f"<= {goal:.0f} x", ratio <= goal)


def _kinds(files: int) -> Iterator[tuple[str, Write, Write]]:
    def nothing(_tree: Path) -> None:
        pass

    yield "new files in one folder", nothing, lambda tree: _write(tree, files, files, "new")
    yield f"new files in {files // 20} folders", nothing, lambda tree: _write(tree, files, 20, "new")
    yield "changed files", lambda tree: _write(tree, files, 20, "old"), lambda tree: _write(tree, files, 20, "new")


def _write(tree: Path, files: int, per_folder: int, text: str) -> None:
    for number in range(files):
        path = tree / f"many/{number // per_folder}/f{number}.txt"
        if number % per_folder == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text} {number}\n")


def _snapshot_ratio(before: Write, after: Write) -> tuple[float, float]:
    with scratch() as folder:
        repo, clone = folder / "repo", folder / "clone"
        repo.mkdir()
        before(repo)
        make_repository(repo, 1)
        git(folder, "clone", "-q", str(repo), str(clone))
        after(clone)
        with open_hub(repo, _plan(), Home.from_environment()) as hub:
            workspace = Workspace(hub, "t0")
            workspace.prepare(hub.base)
            after(workspace.tree)
            ours = _processor_s(hub, lambda: workspace.snapshot(hub.base))
        return ours, plain_git_s(clone, ("add", "-A"))


def large_repository(files: int = 200_000, commits: int = 50_000, goal: float = 2.0) -> Iterator[Row]:
    """Measure each step of a run on a large repository beside what plain git takes for it, by the processor's time."""
    size = f"{files} files, {commits} commits"
    with scratch() as folder:
        repo = make_history(folder / "repo", files, commits)
        for step, beside, ours, plain in _steps(folder, repo):
            ratio = ours / plain
            value = f"{ratio:.2f} x ({ours:.2f} s against {plain:.2f} s)"
            yield Row(f"{size}: {step}, beside {beside}", value, f"<= {goal:.0f} x", ratio <= goal)
        start_server()
        plan = _plan("large-run")
        run = run_plan(write(plan, folder / "plan.yaml"), repo)
        landed = git(repo, "diff", "--name-only", "main", plan.target_branch).split()
        works = run.code == 0 and len(landed) == 4
        yield Row(f"{size}: `planwave run` of 4 jobs on 2 tracks", f"{run.seconds:.1f} s", "all lands", works)


def _steps(folder: Path, repo: Path) -> Iterator[tuple[str, str, float, float]]:
    """Yield each step of planwave's with the one of git's, and what either took."""
    rival = folder / "rival"
    cloned = plain_git_s(folder, ("clone", "-q", "--local", str(repo), str(rival)))
    with ExitStack() as stack:
        opened: list[Hub] = []
        opening = open_hub(repo, _plan(), Home.from_environment())
        opened_s = processor_s(lambda: opened.append(stack.enter_context(opening)))
        hub = opened[0]
        tracks = {name: Workspace(hub, name) for name in ("t0", "t1")}
        made = [_processor_s(hub, partial(workspace.prepare, hub.base)) for workspace in tracks.values()]
        yield "opening the hub", "`git clone --local`", opened_s, cloned
        yield "the hub and one workspace", "`git clone --local`", opened_s + made[0], cloned
        tree = folder / "tree"
        added = plain_git_s(rival, ("worktree", "add", "-q", "-b", "tree", str(tree), "main"))
        yield "a workspace", "`git worktree add`", median(made), added
        yield from _work(hub, tracks, rival)


def _work(hub: Hub, tracks: Mapping[str, Workspace], rival: Path) -> Iterator[tuple[str, str, float, float]]:
    """Carry out two small jobs a track, and land both tracks, each step in turn with git's."""
    took: dict[str, list[tuple[float, float]]] = {"snapshot": [], "recycle": [], "merge": [], "publish": []}
    for number, (name, workspace) in product(range(2), tracks.items()):
        parent, first = hub.track_tip(name) or hub.base, number * len(tracks) + int(name[1:])
        plain_git(rival, "checkout", "-q", *(("-b", name, "main") if number == 0 else (name,)))
        (rival / "junk").write_text("not ignored, not wanted\n")
        plain = plain_git_s(rival, ("reset", "-q", "--hard"), ("clean", "-qffdx"))
        took["recycle"].append((_processor_s(hub, partial(workspace.prepare, parent)), plain))
        for tree in (rival, workspace.tree):
            _edit(tree, first)
        ours = _processor_s(hub, partial(_commit, hub, name, workspace, parent))
        plain = plain_git_s(rival, ("add", "-A"), ("commit", "-q", "-m", "Work"))
        took["snapshot"].append((ours, plain))
    plain_git(rival, "checkout", "-q", "main")
    for name in tracks:
        plain = plain_git_s(rival, ("merge", "-q", "--no-ff", "-m", "Merge", name))
        took["merge"].append((_processor_s(hub, partial(_land, hub, name)), plain))
    plain = plain_git_s(hub.repo.path, ("fetch", "-q", str(rival), "main:refs/heads/fetched"))
    took["publish"].append((_processor_s(hub, partial(publish, hub, [hub.plan.target_branch])), plain))
    beside = {
        "snapshot": ("a small job's snapshot and commit", "`git add -A` and `git commit`"),
        "recycle": ("a workspace made ready again", "`git reset --hard` and `git clean -ffdx`"),
        "merge": ("merging and landing a track", "`git merge`"),
        "publish": ("publishing the target", "`git fetch` of it"),
    }
    for step, (what, git_does) in beside.items():
        yield what, git_does, median(ours for ours, _ in took[step]), median(plain for _, plain in took[step])


def _edit(tree: Path, number: int) -> None:
    for file in range(5):
        (tree / file_path(number * _FOLDER + file * _SUBFOLDER)).write_text(f"edited by {number}\n")
    (tree / file_path(number * _FOLDER)).with_name("new.txt").write_text("new\n")


def _commit(hub: Hub, track: str, workspace: Workspace, parent: str) -> None:
    left = workspace.snapshot(parent)
    if len(left.changes) != 6 or left.problems:
        raise RuntimeError(f"another snapshot than was expected: {left}")
    work = JobWorkDone(
        job=track, digest="", track=track, wave="all", attempt=1, duration_s=0, agent="bench", run="bench"
    )
    messages = workspace.agent_messages(parent)
    tip = hub.track_tip(track)
    commit_job(hub, work, tree=left.tree, parent=parent, expected_tip=tip, title="Work", agent_messages=messages)


def _land(hub: Hub, track: str) -> None:
    target, head = hub.target_tip(), hub.track_tip(track)
    if head is None:
        raise RuntimeError(f"{track} has no commit")
    message = land_message(hub, track=track, head=head, wave="all", run="bench")
    names = {"ours_name": "the target", "theirs_name": track}
    land(hub, merge_commits(hub, target, head, message, **names), target)


def _processor_s(hub: Hub, do: Callable[[], object]) -> float:
    """Return what something takes, with the git commands that are kept open for it."""
    if hub.git.streams is None:
        raise RuntimeError("the hub keeps no commands open")
    close = hub.git.streams.close
    close()
    return processor_s(lambda: (do(), close()))


def _plan(name: str = "large") -> Plan:
    """Return a plan of two jobs on each of two tracks, each of which changes one file."""
    jobs = [
        {"id": f"j{job}", "track": f"t{job % 2}", "run": ["sh", "-c", f"echo edited > {file_path(job * _FOLDER)}"]}
        for job in range(4)
    ]
    return Plan.model_validate(
        {
            "version": 1,
            "name": name,
            "tracks": [{"id": "t0"}, {"id": "t1"}],
            "waves": [{"id": "all", "jobs": jobs}],
        }
    )


def make_history(folder: Path, files: int, commits: int) -> Path:
    """Make a checkout of so many small files, each commit but the first changing one; always the same."""
    git(folder.parent, "init", "-q", "-b", "main", str(folder))
    feed = subprocess.Popen(
        ["git", "fast-import", "--quiet", "--done"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert feed.stdin is not None
    for number in range(commits):
        said = f"Commit {number}"
        start = "commit refs/heads/main\ncommitter bench <bench@example.org>"
        feed.stdin.write(f"{start} {1_500_000_000 + number} +0000\ndata {len(said)}\n{said}\n".encode())
        for file in range(files) if number == 0 else [number * 7919 % files]:
            content = f"file {file} of commit {number}\n" * 3
            feed.stdin.write(f"M 100644 inline {file_path(file)}\ndata {len(content)}\n{content}\n".encode())
    feed.stdin.write(b"done\n")
    feed.stdin.close()
    if feed.wait() != 0:
        raise RuntimeError("git fast-import failed")
    git(folder, "reset", "-q", "--hard")
    return folder


def file_path(number: int) -> str:
    """Return the path of one of the files."""
    return f"d{number // _FOLDER}/e{number // _SUBFOLDER}/f{number}.txt"
