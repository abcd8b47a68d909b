"""How a plan stands on a repository, read beside a run that holds every lock."""

import os
from pathlib import Path

from plans.model import Plan
from plans.transform.digest import job_digests
from tasks.git.trees import tree_of
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobRecord, JobWorkDone, commit_job, land
from tasks.ledger.standing import peek
from tasks.ledger.wave_marks import gate_digest, record_gate
from tasks.run.opening import open_hub
from tests.tasks.conftest import Fingerprint, MakePlan


def finish(hub: Hub, job: str) -> JobRecord:
    """Commit a job that changed nothing."""
    done = JobWorkDone(
        job=job,
        digest=job_digests(hub.plan)[job],
        track=job,
        wave="build",
        attempt=1,
        duration_s=2.0,
        agent="default",
        run="small-1",
    )
    return commit_job(hub, done, tree=tree_of(hub.git, hub.base), parent=hub.base, expected_tip=None, title="Empty")


def test_before_the_first_run_nothing_is_done_and_nothing_is_made(user_repo: Path, plan: Plan, home: Home) -> None:
    standing = peek(user_repo, plan, home)
    assert {job: found.state for job, found in standing.jobs.items()} == {"one": "open", "two": "open"}
    assert (standing.base, standing.target_tip, standing.owner) == (None, None, None)
    assert not home.root.exists()


def test_a_plan_is_read_while_a_run_holds_its_lock(hub: Hub, user_repo: Path, plan: Plan, home: Home) -> None:
    one, two = finish(hub, "one"), finish(hub, "two")
    land(hub, one.commit, hub.base)
    standing = peek(user_repo, plan, home)
    assert standing.owner == os.getpid()
    assert standing.target_tip == one.commit
    assert standing.jobs["one"].record == one
    assert standing.jobs["two"].record == two
    assert [found.landed for found in standing.jobs.values()] == [True, False]
    assert [found.state for found in standing.jobs.values()] == ["done", "done"]


def test_an_edited_job_has_changed_and_one_that_the_plan_calls_done_is_done(
    user_repo: Path, home: Home, make_plan: MakePlan
) -> None:
    with open_hub(user_repo, make_plan({"id": "one"}, {"id": "two"}), home) as hub:
        finish(hub, "one")
    edited = make_plan({"id": "one", "prompt": "Otherwise."}, {"id": "two"}, {"id": "three", "done": True})
    standing = peek(user_repo, edited, home)
    assert {job: found.state for job, found in standing.jobs.items()} == {
        "one": "changed",
        "two": "open",
        "three": "done",
    }
    assert standing.owner is None


def test_a_gate_has_passed_until_its_wave_is_edited(user_repo: Path, home: Home, make_plan: MakePlan) -> None:
    plan = make_plan({"id": "one"})
    with open_hub(user_repo, plan, home) as hub:
        digest = gate_digest(plan.waves[0], job_digests(plan))
        record_gate(hub, plan.waves[0], digest=digest, by="answer", note="fine")
    assert peek(user_repo, plan, home).passed == {"build"}
    assert peek(user_repo, make_plan({"id": "one", "prompt": "More."}), home).passed == frozenset()


def test_looking_changes_nothing(user_repo: Path, plan: Plan, home: Home, fingerprint: Fingerprint) -> None:
    with open_hub(user_repo, plan, home) as hub:
        finish(hub, "one")
    repository, kept = fingerprint(user_repo), sorted(home.root.rglob("*"))
    peek(user_repo, plan, home)
    assert fingerprint(user_repo) == repository
    assert sorted(home.root.rglob("*")) == kept
