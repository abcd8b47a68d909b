from pathlib import Path

import pytest

from plans.errors import PlanError
from plans.transform.digest import job_digests
from tasks.errors import RepositoryUnusable
from tasks.git.trees import tree_of
from tasks.home import Home
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.run.opening import open_hub
from tasks.run.preview import preview_run
from tasks.session.settings import RunSettings, read_with_digests
from tests.tasks.conftest import Fingerprint, RunGit

TEXT = "version: 1\nname: small\nmodes: {half: {tracks: [b]}}\nwaves:\n- {id: w, jobs: [{id: a}, {id: b}, {id: c}]}\n"


def would_run(home: Home, repo: Path, *, only: tuple[str, ...] = (), fresh: bool = False) -> list[str]:
    shown, unknown = preview_run(RunSettings(plan=TEXT, repo=str(repo), only=only, fresh=fresh), home)
    assert unknown is None
    return [step.job.id for step in shown.steps]


def test_what_an_earlier_run_has_done_would_not_run_again(
    user_repo: Path, home: Home, fingerprint: Fingerprint
) -> None:
    settings = RunSettings(plan=TEXT, repo=str(user_repo))
    before = fingerprint(user_repo)
    assert would_run(home, user_repo) == ["a", "b", "c"]
    assert not home.root.exists()
    plan = preview_run(settings, home)[0].plan
    with open_hub(user_repo, plan, home) as hub:
        work = JobWorkDone(
            job="a",
            digest=job_digests(plan)["a"],
            track="a",
            wave="w",
            attempt=1,
            duration_s=1.0,
            agent="default",
            run="small-1",
        )
        commit_job(hub, work, tree=tree_of(hub.git, hub.base), parent=hub.base, expected_tip=None, title="Empty")
    assert would_run(home, user_repo) == ["b", "c"]
    assert would_run(home, user_repo, only=("a", "c")) == ["c"]
    assert would_run(home, user_repo, fresh=True) == ["a", "b", "c"]
    assert [step.job.id for step in preview_run(settings.model_copy(update={"mode": "half"}), home)[0].steps] == ["b"]
    assert fingerprint(user_repo) == before


def test_a_url_that_was_not_cloned_yet_is_no_obstacle(home: Home) -> None:
    shown, unknown = preview_run(RunSettings(plan=TEXT, repo="https://git.example/team/project.git"), home)
    assert len(shown.steps) == 3
    assert unknown is not None
    assert "does not exist" in unknown


def run_it(repo: Path, text: str, home: Home, *, fresh: bool = False) -> str:
    """Return why a run would be refused."""
    plan = read_with_digests(RunSettings(plan=text, repo=str(repo)))[0]
    with pytest.raises(RepositoryUnusable) as refused, open_hub(repo, plan, home, fresh=fresh):
        pass
    return str(refused.value)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("more", ["base: nowhere", "target: main", "target: taken", "target: in-the-way"])
def test_what_a_run_refuses_its_dry_run_refuses(
    user_repo: Path, home: Home, run_git: RunGit, more: str, known: bool
) -> None:
    text = f"{TEXT}{more}\n"
    if known:
        with open_hub(user_repo, read_with_digests(RunSettings(plan=TEXT, repo=str(user_repo)))[0], home):
            pass
    run_git(user_repo, "branch", "in-the-way/too")
    run_git(user_repo, "branch", "taken", run_git(user_repo, "commit-tree", "main^{tree}", "-p", "main", "-m", "Mine"))
    for fresh in (False, True):
        with pytest.raises(RepositoryUnusable) as refused:
            preview_run(RunSettings(plan=text, repo=str(user_repo), fresh=fresh), home)
        assert str(refused.value) == run_it(user_repo, text, Home(home.root / "other"), fresh=fresh)


def test_a_folder_without_a_repository_and_a_filter_that_is_not_configured_are_refused_too(
    user_repo: Path, tmp_path: Path, home: Home, run_git: RunGit
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RepositoryUnusable, match="not a git repository"):
        preview_run(RunSettings(plan=TEXT, repo=str(tmp_path / "empty")), home)
    (user_repo / ".gitattributes").write_text("*.bin filter=nowhere\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Filtered")
    with pytest.raises(RepositoryUnusable, match="the filter 'nowhere'"):
        preview_run(RunSettings(plan=TEXT, repo=str(user_repo)), home)


def test_work_that_a_run_from_another_home_published_is_no_obstacle(
    user_repo: Path, tmp_path: Path, home: Home, run_git: RunGit
) -> None:
    tree = run_git(user_repo, "rev-parse", "main^{tree}")
    trailers = "One\n\nPlan-Id: small\nPlan-Track: a\nPlan-Job: a"
    tip = run_git(user_repo, "commit-tree", tree, "-p", "main", "-m", trailers)
    run_git(user_repo, "branch", "planwave/small/track/a", tip)
    assert would_run(home, user_repo) == ["a", "b", "c"]
    assert would_run(home, user_repo, fresh=True) == ["a", "b", "c"]


def test_a_base_may_be_what_is_checked_out_or_a_full_ref_and_a_target_a_full_ref(
    user_repo: Path, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "update-ref", "refs/remotes/origin/HEAD", "main~0")
    for named in ("HEAD", '"@"', "refs/heads/main", "heads/main"):
        text = f"{TEXT}base: {named}\ntarget: refs/heads/goal\n"
        with open_hub(user_repo, read_with_digests(RunSettings(plan=text, repo=str(user_repo)))[0], home) as hub:
            assert (hub.start.name, hub.plan.target_branch) == ("main", "goal")
    for target in ("HEAD", '"@"', "refs/tags/v1", "refs/heads/HEAD"):
        with pytest.raises(PlanError, match="is no branch"):
            preview_run(RunSettings(plan=f"{TEXT}target: {target}\n", repo=str(user_repo)), home)
