from collections.abc import Mapping

import pytest

from plans.model import Plan
from plans.schedule.frontier import Frontier, JobState


def frontier_of(*waves: list[Mapping[str, object]] | Mapping[str, object], **fields: object) -> Frontier:
    """A frontier that has started at 0; a wave given as a list is its jobs."""
    listed = [{"id": f"w{n}", **({"jobs": wave} if isinstance(wave, list) else wave)} for n, wave in enumerate(waves)]
    frontier = Frontier(Plan.model_validate({"version": 1, "name": "p", "waves": listed, **fields}))
    frontier.start(0.0)
    return frontier


def job(name: str, *needs: str, **fields: object) -> Mapping[str, object]:
    return {"id": name, "needs": needs, **fields}


def run(frontier: Frontier, *jobs: str, now: float = 0.0, ok: bool = True) -> None:
    for name in jobs:
        frontier.started(name, now)
        frontier.finished(name, now, ok=ok, reason="" if ok else "broken")


def states(frontier: Frontier) -> Mapping[str, str]:
    return {job: frontier.state(job).value for job in frontier.plan.jobs}


def test_a_job_is_ready_whether_or_not_a_slot_is_free() -> None:
    frontier = frontier_of([job("a"), job("b")], limits={"jobs": 1})
    frontier.started("a", 0.0)

    assert frontier.state("b") is JobState.READY
    assert frontier.startable(0.0) == ()


def test_a_slot_is_held_only_while_the_agent_runs_and_the_track_until_the_end() -> None:
    frontier = frontier_of(
        [job("a", track="t"), job("b", track="t"), job("c")], limits={"jobs": 1}, tracks=[{"id": "t"}]
    )
    frontier.begun("a", 0.0)
    assert not frontier.holds_slot("a")
    frontier.started("a", 1.0)
    assert frontier.holds_slot("a")
    frontier.slot_freed("a", 2.0)

    assert not frontier.holds_slot("a")
    assert frontier.state("a") is JobState.RUNNING
    assert frontier.startable(2.0) == ("c",)
    frontier.finished("a", 3.0, ok=True)
    assert set(frontier.startable(3.0)) == {"b"}


def test_as_many_jobs_are_prepared_ahead_as_asked_for() -> None:
    frontier = frontier_of([job(f"j{n}") for n in range(9)], limits={"jobs": 2})

    assert frontier.upcoming(0.0, 0) == ("j0", "j1")
    assert frontier.upcoming(0.0, 1) == ("j0", "j1", "j2")
    for name in ("j0", "j1", "j2"):
        frontier.begun(name, 0.0)
    assert frontier.upcoming(0.0, 1) == ()
    frontier.started("j0", 0.0)
    assert frontier.upcoming(0.0, 1) == ()
    frontier.started("j1", 0.0)
    frontier.slot_freed("j1", 1.0)
    assert frontier.upcoming(1.0, 1) == ("j3",)


def test_looking_ahead_passes_over_what_a_busy_agent_holds_up() -> None:
    agents = {"default": {"kind": "scripted", "max_parallel": 1}}
    frontier = frontier_of(
        [*(job(f"a{n}", estimate="9h") for n in range(5)), job("free", run=["make"])], agents=agents, limits={"jobs": 3}
    )
    frontier.started("a0", 0.0)

    assert frontier.upcoming(0.0, 1) == ("free", "a1")
    frontier.begun("a1", 0.0)
    assert frontier.upcoming(0.0, 3) == ("free",)


def test_a_failed_attempt_gives_back_its_slot_and_keeps_its_track() -> None:
    frontier = frontier_of(
        [job("a", track="t"), job("b", track="t"), job("c")], limits={"jobs": 1}, tracks=[{"id": "t"}]
    )
    frontier.started("a", 0.0)
    frontier.retry_later("a", 5.0, at=30.0)

    assert frontier.startable(5.0) == ("c",)
    assert frontier.state("b") is JobState.WAITING
    assert frontier.wake_at(5.0) == 30.0
    assert frontier.startable(30.0) == ("a",)
    with pytest.raises(ValueError, match="'a' may not start now"):
        frontier.started("a", 29.0)


def test_an_agent_out_of_quota_rests_while_others_go_on() -> None:
    frontier = frontier_of([job("a"), job("b", run=["make"])], agents={"default": {"kind": "scripted"}})
    frontier.pause_agent("default", 0.0, until=60.0)

    assert frontier.startable(0.0) == ("b",)
    assert frontier.wake_at(0.0) == 60.0
    assert frontier.startable(60.0) == ("a", "b")


def test_a_lock_has_one_holder() -> None:
    frontier = frontier_of([job("a", locks=["db"]), job("b", locks=["db", "net"]), job("c", locks=["net"])])

    assert frontier.startable(0.0) == ("a", "c")
    frontier.started("a", 0.0)
    with pytest.raises(ValueError, match="lock:db has reached its limit"):
        frontier.started("b", 0.0)
    frontier.slot_freed("a", 0.0)
    assert frontier.startable(0.0) == ("b",)


def test_what_needs_a_failed_job_is_skipped_and_the_rest_of_its_track_goes_on() -> None:
    frontier = frontier_of(
        [job("a"), job("b", "a", track="t"), job("c", "b"), job("d", track="t")], tracks=[{"id": "t"}]
    )
    run(frontier, "a", ok=False)

    assert states(frontier) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "ready"}
    assert frontier.reason("a") == "broken"
    assert frontier.reason("b") == "needs a, which failed"
    assert frontier.reason("c") == "needs b, which was skipped"


def test_a_contingency_lets_a_job_start_without_what_it_needs() -> None:
    plan_b = {"if_failed": "a", "instead": "Use a mock"}
    frontier = frontier_of([job("a"), job("b", "a", contingency=[plan_b])])
    assert frontier.covers("b") == ()
    run(frontier, "a", ok=False)

    assert frontier.startable(0.0) == ("b",)
    assert [contingency.instead for contingency in frontier.covers("b")] == ["Use a mock"]


def test_a_wave_opens_when_the_gate_before_it_passes() -> None:
    frontier = frontier_of([job("a")], [job("b")])
    with pytest.raises(ValueError, match="'w0' cannot decide now"):
        frontier.gate_decided("w0", 0.0, passed=True)
    run(frontier, "a")

    assert frontier.wave_over("w0")
    assert states(frontier) == {"a": "done", "b": "waiting"}
    frontier.gate_decided("w0", 7.0, passed=True)
    assert frontier.wave_opened_at("w1") == 7.0
    assert frontier.startable(7.0) == ("b",)


def test_no_go_skips_what_is_behind_the_gate() -> None:
    frontier = frontier_of([job("a")], [job("b")], [job("c")])
    run(frontier, "a")
    frontier.gate_decided("w0", 0.0, passed=False)

    assert frontier.over
    assert frontier.reason("b") == frontier.reason("c") == "wave w0: NO-GO"
    assert frontier.gate("w0") is False


def test_a_wave_without_a_barrier_does_not_hold_back_the_next() -> None:
    frontier = frontier_of({"jobs": [job("a")], "barrier": False}, [job("b")], [job("c")])

    assert frontier.startable(0.0) == ("b", "a")
    run(frontier, "b")
    frontier.gate_decided("w1", 0.0, passed=True)
    assert frontier.startable(0.0) == ("a", "c")


def test_a_serial_wave_goes_in_plan_order() -> None:
    frontier = frontier_of({"jobs": [job("a"), job("b", estimate="9h")], "mode": "serial"})

    assert frontier.startable(0.0) == ("a",)


def test_fail_fast_dooms_the_wave_unless_the_track_is_optional() -> None:
    wave = {"jobs": [job("a", track="t"), job("b"), job("c", "b"), job("d")], "fail_fast": True}
    frontier = frontier_of(wave, tracks=[{"id": "t", "optional": True}])
    run(frontier, "a", ok=False)
    assert not frontier.doomed("w0")
    frontier.begun("d", 0.0)
    run(frontier, "b", ok=False)

    assert frontier.doomed("w0")
    assert states(frontier) == {"a": "failed", "b": "failed", "c": "skipped", "d": "running"}
    assert frontier.startable(0.0) == ()
    frontier.abandoned("d", 0.0, "stopped")
    assert frontier.over


def test_a_start_condition_on_time_counts_from_the_opening_of_its_wave() -> None:
    frontier = frontier_of([job("a")], [job("b", start={"after": "1m"})])
    run(frontier, "a")
    frontier.gate_decided("w0", 100.0, passed=True)

    assert frontier.startable(100.0) == ()
    assert frontier.wake_at(100.0) == 160.0
    assert frontier.startable(160.0) == ("b",)


def test_a_track_starts_at_the_progress_of_another_counting_steps_of_running_jobs() -> None:
    tracks = [{"id": "t"}, {"id": "docs", "start": {"progress": "t", "percent": 50}}]
    frontier = frontier_of([job("a", track="t"), job("b", track="t"), job("c", track="docs")], tracks=tracks)
    run(frontier, "a")
    assert frontier.startable(0.0) == ("b", "c")

    frontier = frontier_of(
        [*(job(f"a{n}", track="t") for n in range(3)), job("c", track="docs"), job("d", track="docs")], tracks=tracks
    )
    run(frontier, "a0")
    assert frontier.state("c") is JobState.WAITING
    frontier.started("a1", 0.0)
    frontier.progressed("a1", 0.0, 50)
    assert frontier.state("c") is JobState.READY
    run(frontier, "c")
    assert frontier.state("d") is JobState.READY


def test_progress_that_comes_after_the_end_is_ignored() -> None:
    frontier = frontier_of([job("a"), job("b")])
    run(frontier, "a")
    frontier.progressed("a", 1.0, 50)

    assert frontier.part_done("a") == 0.0


def test_a_path_that_may_still_land_is_waited_for_until_nothing_lands() -> None:
    frontier = frontier_of([job("a"), job("b", start={"exists": "/api.md"}), job("c", start={"exists": "other"})])
    run(frontier, "a")
    assert frontier.wanted_paths == ("api.md", "other")
    frontier.path_landed("api.md", 1.0)
    run(frontier, "b", now=1.0)
    assert frontier.state("c") is JobState.WAITING

    frontier.nothing_lands(2.0)
    assert frontier.reason("c") == "its start condition can no longer be met"
    assert frontier.over


def test_jobs_that_wait_for_one_another_are_given_up_one_at_a_time() -> None:
    frontier = frontier_of(
        [job("a", start={"done": "b"}), job("b", start={"done": "a"}), job("c", start={"after": "1m"})]
    )
    assert frontier.startable(60.0) == ("c",)
    run(frontier, "c", now=60.0)

    assert states(frontier) == {"a": "skipped", "b": "skipped", "c": "done"}


def test_a_condition_on_a_failed_job_is_given_up_once_nothing_else_is_left() -> None:
    frontier = frontier_of([job("a"), job("b", start={"done": "a"}), job("c", start={"done": "b"}), job("d")])
    run(frontier, "a", ok=False)
    assert frontier.state("b") is JobState.WAITING
    run(frontier, "d")

    assert states(frontier) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "done"}


def test_a_track_that_was_begun_in_an_earlier_run_is_not_asked_to_wait_again() -> None:
    jobs = [job("a", track="t"), job("b", track="t")]
    plan = Plan.model_validate(
        {
            "version": 1,
            "name": "p",
            "tracks": [{"id": "t", "start": {"after": "1h"}}],
            "waves": [{"id": "w", "jobs": jobs}],
        }
    )
    frontier = Frontier(plan, done=["a"])
    frontier.start(0.0)

    assert frontier.startable(0.0) == ("b",)


def test_stopping_skips_what_has_not_begun() -> None:
    frontier = frontier_of([job("a"), job("b"), job("c", "a")])
    frontier.started("a", 0.0)
    frontier.stop(1.0, "asked to stop")

    assert states(frontier) == {"a": "running", "b": "skipped", "c": "skipped"}
    assert frontier.reason("b") == frontier.reason("c") == "asked to stop"
    frontier.finished("a", 2.0, ok=True)
    assert frontier.counts()[JobState.DONE] == 1
    assert frontier.over


def test_events_that_do_not_fit_are_refused() -> None:
    frontier = frontier_of([job("a"), job("b", "a")])

    with pytest.raises(ValueError, match="'b' is waiting, not ready"):
        frontier.started("b", 0.0)
    with pytest.raises(ValueError, match="'a' is ready, not running"):
        frontier.finished("a", 0.0, ok=True)
    frontier.begun("a", 0.0)
    with pytest.raises(ValueError, match="'a' holds no slot"):
        frontier.slot_freed("a", 0.0)
    with pytest.raises(ValueError, match="started already"):
        frontier.start(0.0)
