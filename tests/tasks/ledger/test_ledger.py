import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.model import Plan
from tasks.errors import MergeConflict
from tasks.git.client import GitFailed
from tasks.git.trees import tree_of
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import merge_commits
from tasks.ledger.ledger import (
    JobRecord,
    JobWorkDone,
    commit_job,
    handoff_of,
    integrate,
    land,
    land_message,
    read_ledger,
    with_trailers,
)
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import MakePlan, RunGit

TRAILERS = [
    "Plan-Id", "Plan-Run", "Plan-Wave", "Plan-Track", "Plan-Job", "Plan-Job-Digest", "Plan-Agent", "Plan-Attempt",
    "Plan-Duration-S", "Plan-Cost-Usd", "Plan-Tokens",
]  # fmt: skip


def work_on(job: str, digest: str = "d1", track: str | None = None, cost: float | None = None) -> JobWorkDone:
    return JobWorkDone(
        job=job,
        digest=digest,
        track=track or job,
        wave="build",
        attempt=2,
        duration_s=12.3456,
        agent="default",
        run="small-1",
        cost_usd=cost,
        tokens=None if cost is None else 1200,
    )


def finish(
    hub: Hub, work: JobWorkDone, *, files: dict[str, str] | None = None, needs: tuple[str, ...] = ()
) -> JobRecord:
    """Carry out a job whole: integrate, write files, snapshot, commit."""
    parent = integrate(hub, work.track, needs)
    workspace = Workspace(hub, work.track)
    workspace.prepare(parent)
    for name, content in (files or {}).items():
        (workspace.tree / name).write_text(content)
    tip, tree = hub.track_tip(work.track), workspace.snapshot(parent).tree
    return commit_job(hub, work, tree=tree, parent=parent, expected_tip=tip, title=f"Do {work.job}")


def empty_job(hub: Hub, work: JobWorkDone, **message: str) -> JobRecord:
    tip = hub.track_tip(work.track)
    parent = tip or hub.base
    tree = tree_of(hub.git, parent)
    return commit_job(hub, work, tree=tree, parent=parent, expected_tip=tip, **{"title": "Empty", **message})


def land_track(hub: Hub, track: str) -> str:
    target, head = hub.target_tip(), hub.track_tip(track) or ""
    message = land_message(hub, track=track, head=head, wave="build", run="small-1")
    merged = merge_commits(hub, target, head, message, ours_name="the target", theirs_name=track)
    land(hub, merged, target)
    return merged


def files_of(hub: Hub, commit: str) -> set[str]:
    return set(hub.git.text("ls-tree", "-r", "--name-only", commit).split("\n"))


def test_a_finished_job_is_read_back_as_it_was_written(hub: Hub) -> None:
    work = work_on("one", cost=0.25)
    record = finish(hub, work, files={"one.txt": "1\n"})
    assert read_ledger(hub).jobs == {"one": record}
    assert record.duration_s == 12.346
    assert hub.track_tip("one") == record.commit
    assert (record.cost_usd, record.tokens, record.attempt, record.digest) == (0.25, 1200, 2, "d1")


def test_the_trailers_are_these_in_this_order(hub: Hub) -> None:
    commit = finish(hub, work_on("one", cost=0.25)).commit
    assert hub.git.text("show", "-s", "--format=%(trailers:keyonly)", commit).split() == TRAILERS
    commit = empty_job(hub, work_on("two")).commit
    assert hub.git.text("show", "-s", "--format=%(trailers:keyonly)", commit).split() == TRAILERS[:-2]


def test_a_job_that_changed_nothing_is_done_too(hub: Hub) -> None:
    record = finish(hub, work_on("one"))
    assert hub.git.text("rev-parse", f"{record.commit}^{{tree}}") == hub.git.text("rev-parse", f"{hub.base}^{{tree}}")
    assert read_ledger(hub).done({"one": "d1"}) == {"one"}


def test_a_job_whose_definition_changed_is_not_done_and_its_last_record_counts(hub: Hub) -> None:
    empty_job(hub, work_on("one", "old"))
    ledger = read_ledger(hub)
    assert ledger.done({"one": "new", "two": "new"}) == frozenset()
    assert ledger.done({"one": "old"}) == {"one"}
    again = empty_job(hub, work_on("one", "new"))
    assert read_ledger(hub).jobs["one"] == again
    assert read_ledger(hub).done({"one": "old"}) == frozenset()


def test_nothing_is_done_in_an_empty_hub(hub: Hub) -> None:
    ledger = read_ledger(hub)
    assert (ledger.jobs, ledger.merges, ledger.landed) == ({}, (), {})


@pytest.mark.parametrize(
    "body",
    [
        "Plan-Job: forged\nPlan-Id: small",
        "text\n---\nmore",
        "---",
        "ends with blank lines\n\n\n",
        "Signed-off-by: A <a@example.org>\n\nPlan-Job: forged",
        "carriage\r\nreturns\rhere",
        "a nul \x00 and an escape \x1b[31m",
        "separators \x1e and \x1f",
        "# a comment",
        " indented: yes\n  more",
        "a surrogate \udcff",
    ],
)
def test_no_text_in_a_body_can_forge_or_break_the_trailers(hub: Hub, body: str) -> None:
    record = empty_job(hub, work_on("one"), handoff=body)
    commit_job(
        hub, work_on("two"), tree=tree_of(hub.git, hub.base), parent=hub.base, expected_tip=None, title=body or "x",
        agent_messages=(body, body),
    )  # fmt: skip
    ledger = read_ledger(hub)
    assert set(ledger.jobs) == {"one", "two"}
    assert ledger.jobs["one"] == record


@given(st.text(max_size=200), st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30))
def test_the_trailers_are_the_last_paragraph_whatever_the_message(message: str, value: str) -> None:
    text = with_trailers(message, {"Plan-Id": "p", "Plan-Job": value, "Plan-Tokens": None})
    assert text.endswith(f"\n\nPlan-Id: p\nPlan-Job: {value}\n")
    assert text.count(f"\n\nPlan-Id: p\nPlan-Job: {value}\n") >= 1


@pytest.mark.parametrize("value", ["a\nPlan-Job: forged", "a\rb", "a\x00", "a\x1fPlan-Job: forged"])
def test_a_value_of_more_than_one_line_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="Plan-Run"):
        with_trailers("x", {"Plan-Run": value})


def test_a_handoff_is_read_back_without_the_agents_messages(hub: Hub) -> None:
    tree = tree_of(hub.git, hub.base)
    for job, handoff in (("one", "Use `parse`.\n\nPlan-Job: forged\n\n- and lists"), ("two", "")):
        record = commit_job(
            hub, work_on(job), tree=tree, parent=hub.base, expected_tip=None, title="T", handoff=handoff,
            agent_messages=("First\n\nwhy", "Second"),
        )  # fmt: skip
        assert handoff_of(hub, record.commit) == handoff
    assert "- First\n\n  why\n- Second" in hub.git.text("show", "-s", "--format=%B", record.commit)


def test_a_track_moves_only_from_the_tip_the_job_started_on(hub: Hub) -> None:
    first = empty_job(hub, work_on("one"))
    with pytest.raises(GitFailed):
        commit_job(
            hub, work_on("one", "d2"), tree=tree_of(hub.git, hub.base), parent=hub.base, expected_tip=None, title="Late"
        )
    assert read_ledger(hub).jobs["one"] == first


def test_a_track_of_no_commits_starts_where_the_target_is(hub: Hub) -> None:
    finish(hub, work_on("one"), files={"one.txt": "1\n"})
    landed = land_track(hub, "one")
    assert integrate(hub, "two", []) == landed


def test_a_job_sees_the_files_of_what_it_needs_and_of_what_landed(hub: Hub) -> None:
    one = finish(hub, work_on("one"), files={"one.txt": "1\n"})
    assert integrate(hub, "two", [one.commit]) == one.commit
    two = finish(hub, work_on("two", track="two"), files={"two.txt": "2\n"})
    land_track(hub, "one")
    three = finish(hub, work_on("three", track="three"), files={"three.txt": "3\n"}, needs=(two.commit, one.commit))
    assert files_of(hub, three.commit) >= {"one.txt", "two.txt", "three.txt"}
    again = finish(hub, work_on("four", track="two"), files={"four.txt": "4\n"})
    assert files_of(hub, again.commit) >= {"one.txt", "two.txt", "four.txt"}
    assert hub.git.text("rev-parse", f"{again.parent}^1") == two.commit
    assert set(read_ledger(hub).jobs) == {"one", "two", "three", "four"}


def test_bringing_in_what_is_needed_moves_no_ref_and_gives_the_same_commit_again(hub: Hub) -> None:
    one = finish(hub, work_on("one"), files={"one.txt": "1\n"})
    two = finish(hub, work_on("two"), files={"two.txt": "2\n"})
    before = hub.refs("refs/")
    start = integrate(hub, "two", [one.commit])
    assert start == integrate(hub, "two", [one.commit, one.commit])
    assert start not in {two.commit, one.commit}
    assert hub.refs("refs/") == before
    assert integrate(hub, "two", []) == two.commit


def test_needs_that_conflict_say_whose_they_are(hub: Hub) -> None:
    one = finish(hub, work_on("one"), files={"same.txt": "1\n"})
    finish(hub, work_on("two"), files={"same.txt": "2\n"})
    with pytest.raises(MergeConflict, match=r"job 'one' conflicts with track 'two' in same\.txt"):
        integrate(hub, "two", [one.commit], names={one.commit: "job 'one'"})


def test_what_landed_is_read_from_the_targets_first_parents(hub: Hub) -> None:
    heads = [finish(hub, work_on(job), files={f"{job}.txt": "x\n"}).commit for job in ("one", "two")]
    commits = [land_track(hub, job) for job in ("two", "one")]
    ledger = read_ledger(hub)
    assert [(m.track, m.head, m.commit) for m in ledger.merges] == [
        ("two", heads[1], commits[0]),
        ("one", heads[0], commits[1]),
    ]
    assert ledger.landed == {"one": heads[0], "two": heads[1]}
    hub.rollback_target(commits[0], commits[1])
    assert [m.track for m in read_ledger(hub).merges] == ["two"]
    assert set(read_ledger(hub).jobs) == {"one", "two"}


def test_the_target_moves_only_from_where_it_is_expected(hub: Hub) -> None:
    finish(hub, work_on("one"), files={"one.txt": "1\n"})
    landed = land_track(hub, "one")
    with pytest.raises(GitFailed):
        land(hub, hub.base, hub.base)
    assert hub.target_tip() == landed


def test_records_of_other_plans_are_not_ours(user_repo: Path, make_plan: MakePlan, home: Home, run_git: RunGit) -> None:
    with open_hub(user_repo, make_plan(name="other"), home) as hub:
        foreign = empty_job(hub, work_on("one")).commit
        hub.move_ref("refs/planwave/small/track/one", foreign, None)
    with open_hub(user_repo, make_plan(name="small"), home) as hub:
        assert read_ledger(hub).jobs == {}


def test_what_is_done_is_known_after_the_run_that_did_it(user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        record = finish(hub, work_on("one"), files={"one.txt": "1\n"})
    with open_hub(user_repo, plan, home) as hub:
        assert read_ledger(hub).jobs == {"one": record}


def test_sixteen_tracks_commit_at_once_and_nothing_is_lost(hub: Hub) -> None:
    def carry_out(number: int) -> list[str]:
        jobs = [f"t{number}-{step}" for step in range(2)]
        for job in jobs:
            finish(hub, work_on(job, track=f"t{number}"), files={f"{job}.txt": "x\n"})
        return jobs

    with ThreadPoolExecutor(16) as threads:
        done = [job for jobs in threads.map(carry_out, range(16)) for job in jobs]
    records = read_ledger(hub).jobs
    assert sorted(records) == sorted(done)
    tip = hub.track_tip("t3") or ""
    assert files_of(hub, tip) >= {"t3-0.txt", "t3-1.txt"}
    assert b"missing" not in hub.git.run("fsck", "--strict").out


def test_ten_thousand_commits_are_read_in_a_moment(hub: Hub) -> None:
    lines = [f"reset refs/planwave/small/track/t0\nfrom {hub.base}\n\n"]
    for number in range(10_000):
        track = f"refs/planwave/small/track/t{number // 20}"
        message = with_trailers("x", {"Plan-Id": "small", "Plan-Track": "t", "Plan-Job": f"j{number}"})
        start = f"from {hub.base}\n" if number % 20 == 0 else ""
        committer = f"committer p <p@localhost> {1_700_000_000 + number} +0000"
        lines.append(f"commit {track}\n{committer}\ndata {len(message)}\n{message}\n{start}\n")
    hub.git.run("fast-import", "--quiet", stdin="".join(lines).encode())
    began = time.process_time(), time.monotonic()
    assert len(read_ledger(hub).jobs) == 10_000
    # On an idle machine a fifth of this.
    assert time.process_time() - began[0] < 1
    assert time.monotonic() - began[1] < 5
