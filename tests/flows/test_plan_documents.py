"""Progress in the document of a plan: shown while it runs, written back when asked."""

import re
import shutil

from tests.flows.commands import CHECKOUT, Planwave
from tests.flows.documents import rehearse

EXAMPLE = CHECKOUT / "plans" / "examples" / "parallel-tracks.md"
STAMP = re.compile(r" \(done \d{4}-\d\d-\d\d \d\d:\d\d\)")


def test_a_rehearsal_shows_the_documents_progress_in_the_ui_and_writes_nothing_into_it(
    planwave: Planwave,
) -> None:
    plan = planwave.folder / "PLAN.md"
    shutil.copy(EXAMPLE, plan)
    run = rehearse(planwave, plan, others=["settings.toml"])
    assert run.ended.code == 0, run.ended.err
    assert plan.read_bytes() == EXAMPLE.read_bytes()
    which = {
        "key": {"any_": [f"{run.plan.name}-rehearsal-plan-document"]},
        "flow_run_id": {"any_": [run.ended.flow_run]},
    }
    (artifact,) = planwave.post("/artifacts/filter", {"artifacts": which}).json()
    steps = sum(len(job.steps) for job in run.plan.jobs.values())
    assert len(STAMP.findall(artifact["data"])) == steps
    assert artifact["data"].count("**Progress:** 100%") == len(run.plan.jobs)
    told = planwave.start("status", str(plan), "--repo", str(run.repo), "--write").end()
    assert told.code == 0, told.err
    assert "nothing new to write" in told.err, "a rehearsal has done nothing of the plan itself"
    assert plan.read_bytes() == EXAMPLE.read_bytes()
