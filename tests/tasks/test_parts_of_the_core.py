"""Small parts that the rest stands on, each by itself: folders, histories, open git commands, hubs, programs."""

import errno
import subprocess
from pathlib import Path

import psutil
import pytest

from plans.model import Plan
from tasks.agents import adapter_for
from tasks.errors import RepositoryUnusable
from tasks.git.client import Git, GitFailed
from tasks.git.remotes import unattended_ssh
from tasks.git.streams import Streams
from tasks.git.trees import tree_of
from tasks.home import Home
from tasks.hub.adopt import is_of_plan, may_adopt
from tasks.hub.base import foresee_base
from tasks.hub.content import own_excludes
from tasks.hub.guard import HubGuard
from tasks.hub.hub import Hub
from tasks.hub.merge_rules import merge_rules
from tasks.hub.setup import clean_leftovers, features, make_hub
from tasks.ledger.history import TAKEN_BACK, History
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.programs.folders import Damaged, is_folder, leads_out, nested_repositories, remove
from tasks.programs.guardian import guarded_children
from tasks.programs.launch import Launch, ProgramMissing, reason_not_started
from tasks.programs.minder import packed
from tasks.reporting.plan_document import load_plan_document
from tasks.repository.user_filters import asks_for_lfs, filters_for
from tasks.repository.user_repo import find_repository
from tasks.run.forewarn import forewarnings, ignored_work
from tasks.run.opening import open_hub
from tasks.workspace.agent_git import make_agent_git, read_head
from tasks.workspace.submodules import has_commit, module_git, pointers
from tasks.workspace.untouched import without_untouched
from tasks.workspace.user_modules import take_modules
from tests.tasks.conftest import MakePlan, RunGit


def test_repositories_within_a_tree_are_found_wherever_they_are_but_not_behind_links(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    for place in (tree / ".git", tree / "a/.git", tree / "a/b/.GIT", outside / ".git"):
        place.mkdir(parents=True)
    (tree / "link").symlink_to(outside)
    found = sorted(str(path.relative_to(tree)) for path in nested_repositories(tree))
    assert found == ["a/.git", "a/b/.GIT"]
    assert leads_out(tree, "link/deep/file")
    assert not leads_out(tree, "a/b/file")
    assert is_folder(tree / "a")
    assert not is_folder(tree / "link")


def test_a_folder_that_is_closed_is_damaged_and_is_removed_all_the_same(tmp_path: Path) -> None:
    closed = tmp_path / "tree/closed"
    (closed / "inner").mkdir(parents=True)
    (closed / "inner/file").write_text("x")
    (tmp_path / "kept").write_text("kept")
    (closed / "link").symlink_to(tmp_path / "kept")
    closed.chmod(0o500)
    with pytest.raises(Damaged, match="closed cannot be written"):
        list(nested_repositories(tmp_path / "tree"))
    remove(tmp_path / "tree")
    remove(tmp_path / "tree")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def logged(*entries: tuple[str, str, str]) -> bytes:
    return b"\0".join("\x1e".join(entry).encode() for entry in entries)


def test_a_history_knows_whose_work_a_commit_is_what_it_stands_on_and_what_it_undoes() -> None:
    mine = "Plan-Id: small\x1fPlan-Job: a\x1fPlan-Job-Digest: d1"
    history = History.parse(
        logged(
            ("c4", "c3", f"Plan-Id: small\x1f{TAKEN_BACK}: c1"),
            ("c3", "c2 side", "Plan-Id: other\x1fPlan-Job: a"),
            ("c2", "c1", mine),
            ("c1", "base", mine),
        ),
        "small",
    )
    assert [step.commit for step in history.by_job["a"]] == ["c2", "c1"], "another plan's job is not this one's"
    assert history.by_job["a"][0].digest == "d1"
    assert history.reached(["c2", "unknown"]) == {"c1", "c2"}
    assert [step.commit for step in history.line("c4")] == ["c4", "c3", "c2", "c1"]
    assert history.taken_back(frozenset(history.steps)) == {"c1"}
    assert history.standing_on(lambda step: step.commit == "c2", but=frozenset({"c3"})) == {"c2"}
    assert history.standing_on(lambda step: step.commit == "c2", but=frozenset()) == {"c2", "c3", "c4"}


def test_a_command_that_is_kept_open_answers_again_and_again_and_says_how_it_ended(user_repo: Path) -> None:
    streams = Streams()
    git, here = Git(user_repo / ".git", streams=streams), psutil.Process()
    before = len(here.children())
    try:
        for _ in range(3):
            answer = git.ask("cat-file", "--batch-check", request=b"HEAD\n", end=b"\n")
            assert answer.split()[0].decode() == git.text("rev-parse", "HEAD")
        assert len(here.children()) == before + 1
        with pytest.raises(GitFailed, match="usage"):
            git.ask("cat-file", request=b"", end=b"\n")
    finally:
        streams.close()
    assert len(here.children()) == before


def test_ssh_asks_nobody_for_a_password_unless_the_user_chose_how_it_is_run(
    user_repo: Path, run_git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_SSH", raising=False)
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    git = Git(user_repo / ".git", user_config=True)
    assert unattended_ssh(git) == {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
    run_git(user_repo, "config", "core.sshCommand", "ssh -i mine")
    assert unattended_ssh(git) == {}
    run_git(user_repo, "config", "--unset", "core.sshCommand")
    monkeypatch.setenv("GIT_SSH", "/usr/bin/ssh")
    assert unattended_ssh(git) == {}


def test_a_hub_is_made_once_and_what_killed_commands_left_is_cleaned_away(user_repo: Path, tmp_path: Path) -> None:
    repo, hubs = find_repository(user_repo), tmp_path / "hubs"
    hubs.mkdir()
    (hubs / ".key.half.new").mkdir()
    hub = make_hub(repo, hubs, "key")
    assert (hub, make_hub(repo, hubs, "key")) == (hubs / "key.git", hub)
    assert not (hubs / ".key.half.new").exists()
    own, others = hub / "refs/planwave/small/target.lock", hub / "refs/planwave/other/target.lock"
    for lock in (own, others):
        lock.parent.mkdir(parents=True)
        lock.touch()
    clean_leftovers(hub, own="refs/planwave/small")
    assert (own.exists(), others.exists()) == (False, True)
    clean_leftovers(hub, own=None)
    assert not others.exists()
    assert features(Git(hub), repo, "HEAD").gitlinks == ()


def test_only_what_is_of_the_plan_by_its_trailers_is_taken_over(hub: Hub, run_git: RunGit) -> None:
    done = JobWorkDone(job="one", digest="1", track="one", wave="build", attempt=1, duration_s=1, agent="sh", run="r-1")
    tree = tree_of(hub.git, hub.base)
    ours = commit_job(hub, done, tree=tree, parent=hub.base, expected_tip=None, title="One").commit
    theirs = hub.git.text("commit-tree", tree, "-p", ours, "-m", "Mine")
    assert is_of_plan(hub, ours)
    assert not is_of_plan(hub, theirs)
    assert not is_of_plan(hub, hub.base), "nothing of the plan is there"
    branch = next(name for name, ref in hub.branches().items() if ref == hub.track_ref("one"))
    own = hub.refs(hub.ref_name() + "/")
    assert may_adopt(hub, branch, ours, own, fresh=False)
    assert not may_adopt(hub, branch, theirs, own, fresh=False)


def test_where_a_plan_would_start_is_foreseen_and_nothing_is_changed(
    hub: Hub, user_repo: Path, run_git: RunGit
) -> None:
    before = hub.refs("refs/")
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Next")
    foresee_base(hub, fresh=True)
    assert hub.refs("refs/") == before


def test_what_is_not_part_of_a_run_is_said_before_it(user_repo: Path, make_plan: MakePlan, hub: Hub) -> None:
    repo = find_repository(user_repo)
    plan = make_plan({"id": "one", "owns": {"create": ["build/out.txt"]}})
    assert forewarnings(repo, repo.start(None), plan) == []
    (user_repo / "README.md").write_text("mine\n")
    [said] = forewarnings(repo, repo.start(None), plan)
    assert "1 uncommitted change" in said
    [ignored] = ignored_work(hub.git, hub.base, plan)
    assert "job 'one' is to create what `.gitignore` ignores: build/out.txt" in ignored
    assert ignored_work(hub.git, hub.base, make_plan({"id": "one", "owns": {"create": ["src/out.txt"]}})) == []


def test_a_repository_without_submodules_has_none_to_take_over(hub: Hub) -> None:
    assert take_modules(hub, hub.base) == []
    assert pointers(hub.git, hub.base, ["src"]) == {}, "a folder is none"
    assert not has_commit(module_git(hub.git, "src"), hub.base)


def test_the_users_own_ignore_files_hold_in_the_hub_and_for_agents(
    user_repo: Path, plan: Plan, home: Home, tmp_path: Path
) -> None:
    (user_repo / ".git/info").mkdir(exist_ok=True)
    (user_repo / ".git/info/exclude").write_text("*.mine\n")
    with open_hub(user_repo, plan, home) as hub:
        assert b"*.mine" in own_excludes(hub.git)
        tree, index = tmp_path / "tree", tmp_path / "index"
        tree.mkdir()
        hub.git.run("read-tree", hub.base, env={"GIT_INDEX_FILE": str(index)})
        make_agent_git(hub.git, tree, index, hub.base)
        assert read_head(tree / ".git") == hub.base
        assert b"*.mine" in (tree / ".git/info/exclude").read_bytes()
        (tree / ".git/HEAD").write_text("ref: ../../etc/passwd\n")
        assert read_head(tree / ".git") is None


def test_what_is_planted_in_a_hub_is_set_aside_and_its_own_settings_stay(hub: Hub) -> None:
    place = hub.git.git_dir
    guard = HubGuard(place)
    guard.settle()
    config = (place / "config").read_text()
    (place / "hooks").mkdir()
    (place / "hooks/post-update").write_text("#!/bin/sh\n")
    guard.check()
    assert guard.found
    assert not (place / "hooks").exists()
    assert (place / "config").read_text() == config
    found = list(guard.found)
    guard.check()
    assert guard.found == found, "said once"


def test_attributes_say_how_to_merge_and_nothing_else_does(user_repo: Path, run_git: RunGit) -> None:
    git = Git(user_repo / ".git")
    assert merge_rules(git, "HEAD", [b"docs/guide.md"]) is None
    (user_repo / "docs/.gitattributes").write_text("*.md merge=union\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Say how")
    rules = merge_rules(git, "HEAD", [b"docs/guide.md"])
    assert rules is not None
    assert (list(rules.files), rules.drivers) == (["docs/.gitattributes"], False)
    with rules.place(git, "HEAD") as (folder, _):
        assert (Path(folder) / "docs/.gitattributes").read_text() == "*.md merge=union\n"


def test_a_tree_in_which_nothing_was_touched_is_the_one_that_was_checked_out(hub: Hub, tmp_path: Path) -> None:
    tree, work = tree_of(hub.git, hub.base), {"GIT_WORK_TREE": str(tmp_path), "GIT_INDEX_FILE": str(tmp_path / "i")}
    assert without_untouched(hub.git, work, hub.base, tree) == tree


def test_a_filter_that_is_asked_for_must_be_configured(user_repo: Path, hub: Hub) -> None:
    repo = find_repository(user_repo)
    assert not asks_for_lfs(repo, "HEAD")
    assert "nothing" not in filters_for(repo, hub.git.git_dir, b"# *.x filter=nothing\n").config
    with pytest.raises(RepositoryUnusable, match="uses the filter 'nothing', which is not configured"):
        filters_for(repo, hub.git.git_dir, b"*.x filter=nothing\n")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file", "tool"), "not found"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/no/folder"), "its folder /no/folder is not there"),
        (PermissionError(errno.EACCES, "Permission denied", "tool"), "Permission denied"),
        (ValueError("embedded null byte"), "embedded null byte"),
    ],
)
def test_why_a_program_cannot_be_started_is_said_in_a_few_words(error: OSError | ValueError, why: str) -> None:
    launch = Launch(argv=("tool",), cwd=Path("/no/folder"), env={})
    found = reason_not_started(launch, error)
    assert isinstance(found, ProgramMissing)
    assert str(found) == f"cannot start 'tool': {why}"


def test_a_machine_that_is_out_of_processes_says_nothing_of_the_program() -> None:
    out = OSError(errno.EAGAIN, "Resource temporarily unavailable")
    assert reason_not_started(Launch(argv=("tool",), cwd=Path("/"), env={}), out) is out


def test_what_no_argument_can_hold_is_not_packed() -> None:
    assert packed(["a", "b c"], {"X": "1\n2"}).split(b"\0") == [b"2", b"a", b"b c", b"X=1\n2"]
    with pytest.raises(ValueError, match="null byte"):
        packed(["a\0b"], {})


def test_a_guardian_is_there_for_the_block_and_leaves_alone_what_ends_in_order() -> None:
    here = psutil.Process()
    before = set(here.children())
    with guarded_children("hub/plan/guardian-here"), subprocess.Popen(["sleep", "600"]) as child:
        assert len(set(here.children()) - before) == 2
        child.kill()
    assert set(here.children()) <= before


def test_the_document_of_a_plan_is_shown_where_it_is_markdown(tmp_path: Path) -> None:
    prose, yaml = tmp_path / "plan.md", tmp_path / "plan.yaml"
    prose.write_text("# Plan\n\n## Wave 1\n\n- [ ] Task one\n- [ ] Task two\n")
    yaml.write_text("version: 1\nname: small\nwaves: [{id: one, jobs: [{id: a}]}]\n")
    document = load_plan_document(str(prose))
    assert document is not None
    assert document.text == prose.read_text()
    assert load_plan_document(str(yaml)) is None
    assert load_plan_document(str(tmp_path / "gone.md")) is None


def test_every_kind_of_agent_has_an_adapter(plan: Plan, home: Home) -> None:
    for kind in ("command", "scripted"):
        assert callable(adapter_for(kind).prepare)
