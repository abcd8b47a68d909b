from pathlib import Path

from plans.digest import job_digests
from tasks.home import Home
from tasks.hub_opening import open_hub
from tasks.ledger import JobWorkDone, commit_job
from tasks.preview import preview_run
from tasks.settings import RunSettings
from tasks.trees import tree_of
from tests.tasks.conftest import Fingerprint

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


def test_without_a_repository_everything_would_run(tmp_path: Path, home: Home) -> None:
    shown, unknown = preview_run(RunSettings(plan=TEXT, repo=str(tmp_path / "nowhere")), home)
    assert len(shown.steps) == 3
    assert unknown is not None
    assert "nowhere" in unknown
