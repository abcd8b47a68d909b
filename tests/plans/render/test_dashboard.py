from dataclasses import replace

from plans.render.dashboard import dashboard, final_report
from plans.render.views import JobView, RunView, WaveView

JOBS = tuple(JobView(name, name, "w", name, "sh", "done", duration_s=120.0) for name in "abc")
LOST = JobView("d", "d", "w", "d", "sh", "failed", reason="no")
VIEW = RunView(
    run="p-1",
    title="P",
    waves=(WaveView("w", "W", (*JOBS, LOST)),),
    landings=(),
    target="goal",
    elapsed_s=180.0,
    eta_s=60.0,
    serial_s=360.0,
)


def time_line(view: RunView) -> str:
    return next(line for line in final_report(view, "NO-GO").splitlines() if line.startswith("- time:"))


def test_the_time_of_waiting_for_people_is_told_apart() -> None:
    assert time_line(VIEW) == (
        "- time: 3 min 00 s by the clock, 6 min 00 s for the jobs one after another: 2.0 times as fast"
    )
    waited = replace(VIEW, elapsed_s=180.0 + 7200, waited_s=7200.0)
    assert time_line(waited) == (
        "- time: 3 min 00 s (and 2 h 00 min of waiting for answers) by the clock, "
        "6 min 00 s for the jobs one after another: 2.0 times as fast"
    )
    assert "75 % done after 3 min 00 s (and 2 h 00 min of waiting for answers), about" in dashboard(waited)


def test_a_run_that_did_nothing_but_wait_is_not_compared_with_its_jobs() -> None:
    assert "times as fast" not in time_line(replace(VIEW, elapsed_s=50.0, waited_s=50.0))


def test_time_is_left_only_until_the_run_is_over() -> None:
    assert "75 % done after 3 min 00 s, about 1 min 00 s left." in dashboard(VIEW)
    over = dashboard(replace(VIEW, is_over=True))
    assert "Over: 75 % done after 3 min 00 s." in over
    assert "left" not in over


def test_what_to_do_next_stands_in_the_report_where_there_is_anything() -> None:
    assert "## What to do next\n\n- go on: `planwave run p.yaml`\n" in final_report(
        VIEW, "NO-GO", ["go on: `planwave run p.yaml`"]
    )
    assert "next" not in final_report(VIEW, "Completed")
