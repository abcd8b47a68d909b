"""What the page of a run says of a gate that waits for a person."""

from datetime import UTC, datetime, timedelta, timezone

from plans.render.dashboard import dashboard, waits_for_you
from plans.render.views import RunView, WaveView
from plans.schedule.objections import Asked, GateStand

UNTIL = datetime(2026, 11, 28, 1, 14, tzinfo=UTC)


def run(*stands: GateStand | None) -> RunView:
    waves = tuple(WaveView(f"w{n}", f"Wave {n}", (), stand) for n, stand in enumerate(stands, 1))
    return RunView("plan-3", "The plan", waves, (), "planwave/plan/target", 5.0)


def test_a_gate_that_waits_is_on_top_with_its_form_its_command_and_its_deadline() -> None:
    asked = Asked("Ship\nit?", page="http://server/runs/flow-run/1", until=UNTIL, otherwise="GO")
    text = dashboard(run(GateStand("GO"), GateStand("waiting", asked=asked)))
    assert text.split("\n")[2].startswith("> **Waits for you**, Wave 2: Ship it? — [open the form](http://server/runs/")
    assert "`/v2`" in text
    assert "`planwave approve plan-3`" in text
    assert "No answer by 2026-11-28 01:14 UTC means **GO**." in text


def test_every_gate_that_waits_is_told_and_no_other() -> None:
    asked = Asked("Ship it?")
    shown = waits_for_you(run(GateStand("waiting", asked=asked), None, GateStand("NO-GO", "red"), GateStand("GO")))
    assert len(shown) == 1
    assert "open the form" not in shown[0], "there is no page to link to"
    assert "Waits for you" not in dashboard(run(GateStand("GO"), None))


def test_a_deadline_is_told_with_its_time_zone() -> None:
    local = Asked("?", until=UNTIL.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert local.deadline == "No answer by 2026-11-28 06:44 UTC+05:30 means **NO-GO**."


def test_a_gate_stands_in_a_word_with_its_reason() -> None:
    assert GateStand("waiting", asked=Asked("?")).word == "waiting for an answer"
    assert GateStand("NO-GO", "tests are red").word == "NO-GO: tests are red"
    assert GateStand("GO").word == "GO"
