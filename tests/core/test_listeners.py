"""Those who listen to a run hear all of it in order, and whatever is wrong with them, the run goes its way."""

import logging
import threading
from collections.abc import Callable

import pytest

from plans.render.views import RunView
from tasks.direct import DirectEngine
from tasks.home import Home
from tasks.hub.hub import hub_key
from tasks.reporting.report import viewing
from tasks.repository.user_repo import find_repository
from tasks.session.events import Event, listening
from tasks.session.listeners import Listeners
from tasks.session.run_record import read_record
from tasks.session.sentences import describe
from tasks.session.steps import Kind
from tests.core.runs import Site, outcomes
from tests.flows.plans import job, plan, wave
from tests.repositories import run_git

PLAN = plan("heard", wave("one", job("a"), job("b")), wave("two", job("c")))


def test_a_listener_hears_every_event_in_the_order_in_which_it_was_told(site: Site) -> None:
    engine, heard = DirectEngine(), list[Event]()
    with listening(heard.append):
        assert site.run(PLAN, engine).kind is Kind.COMPLETED
    assert heard == engine.told
    assert {event.kind for event in heard} == {"run", "wave", "job", "merge", "gate"}


def test_a_listener_that_hears_nothing_for_a_while_holds_nobody_up(site: Site) -> None:
    engine, heard, may_hear = DirectEngine(), list[Event](), threading.Event()

    def slow(event: Event) -> None:
        may_hear.wait()
        heard.append(event)

    with listening(slow):
        assert site.run(PLAN, engine).kind is Kind.COMPLETED
        assert heard == [], "the run has waited for it"
        may_hear.set()
    assert heard == engine.told


def test_a_listener_that_fails_is_told_nothing_more_and_the_others_all(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    engine, heard, before = DirectEngine(), list[Event](), list[Event]()

    def broken(event: Event) -> None:
        before.append(event)
        if event.kind == "job":
            raise RuntimeError("the listener is broken")

    with caplog.at_level(logging.ERROR), listening(broken), listening(heard.append):
        assert site.run(PLAN, engine).kind is Kind.COMPLETED
    assert heard == engine.told
    assert len(before) < len(heard)
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] != []
    assert "the listener is broken" in caplog.text


def test_a_viewer_that_fails_or_is_slow_costs_the_run_nothing(site: Site) -> None:
    may_see, seen = threading.Event(), list[RunView]()

    def slow(view: RunView) -> None:
        may_see.wait()
        seen.append(view)

    def broken(view: RunView) -> None:
        raise RuntimeError("the viewer is broken")

    with viewing(slow), viewing(broken):
        assert site.run(PLAN).kind is Kind.COMPLETED
        may_see.set()
    assert seen[-1].is_over, "who is behind is shown the last picture"


def test_those_who_look_on_elsewhere_may_fail_at_every_event(site: Site) -> None:
    class Deaf(DirectEngine):
        def tell(self, event: Event) -> None:
            super().tell(event)
            raise RuntimeError("nobody is there")

    engine = Deaf()
    assert site.run(PLAN, engine).kind is Kind.COMPLETED
    assert outcomes(engine) == ["Completed"]


def test_the_end_of_the_block_waits_for_a_listener_but_not_for_ever() -> None:
    never = threading.Event()
    heard, listeners = list[int](), Listeners[int](last_words_s=0.05)
    with listeners.listening(heard.append), listeners.listening(lambda _: never.wait()):
        for number in range(1000):
            listeners.tell(number)
    assert heard == list(range(1000))
    never.set()


def test_who_wants_only_the_latest_is_not_told_what_is_overtaken() -> None:
    may_hear, begun = threading.Event(), threading.Event()
    heard, listeners = list[int](), Listeners[int](only_latest=True)

    def slow(number: int) -> None:
        begun.set()
        may_hear.wait()
        heard.append(number)

    with listeners.listening(slow):
        listeners.tell(0)
        begun.wait()
        for number in range(1, 100):
            listeners.tell(number)
        may_hear.set()
    assert heard == [0, 99]


class Looking(DirectEngine):
    """Looks, whenever the world is told of something, whether git and the record hold it already."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.looked: list[str] = []
        self._site = site

    def tell(self, event: Event) -> None:
        super().tell(event)
        repo = find_repository(str(self._site.repo))
        home = Home(self._site.home)
        hub, refs = home.hubs / f"{hub_key(repo)}.git", "refs/planwave/heard"
        record = read_record(home.runs(hub_key(repo), "heard"), 1)
        looks: dict[str, Callable[[], bool]] = {
            "planwave.job.completed": lambda: (
                record.jobs[event.subject].state == "done"
                and run_git(hub, "rev-parse", f"{refs}/track/{event.subject}") == event.payload["commit"]
            ),
            "planwave.merge.landed": lambda: run_git(hub, "rev-parse", f"{refs}/target") == event.payload["commit"],
            "planwave.gate.decided": lambda: (
                record.gates[event.subject].startswith("GO")
                and run_git(hub, "for-each-ref", f"{refs}/gate/{event.subject}") != ""
            ),
            "planwave.run.finished": lambda: record.end is not None and self._reported(home),
        }
        if event.name in looks and looks[event.name]():
            self.looked.append(event.name)

    def _reported(self, home: Home) -> bool:
        return bool(list(home.root.glob("runs/*/heard/report-heard-1.md")))


def test_git_and_the_record_hold_what_happened_before_anybody_is_told(site: Site) -> None:
    engine = Looking(site)
    assert site.run(PLAN, engine).kind is Kind.COMPLETED
    names = [event.name for event in engine.told]
    looked_at = ("job.completed", "merge.landed", "gate.decided", "run.finished")
    wanted = [name for name in names if name.removeprefix("planwave.") in looked_at]
    assert len(wanted) == 3 + 3 + 2 + 1
    assert engine.looked == wanted


def test_every_event_of_a_run_is_a_sentence(site: Site) -> None:
    engine = DirectEngine()
    site.run(PLAN, engine)
    said = [describe(event, lambda run: f"http://ui/{run}") for event in engine.told]
    assert said[0].startswith("heard-1: 3 jobs to do, 0 done before; http://ui/")
    assert said[-1] == "heard-1: Completed"
    assert not [line for line in said if "{" in line or "planwave." in line]
