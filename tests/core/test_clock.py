"""What waits for a moment of the run, on a clock that is cranked by hand: hours of a run in no time."""

from collections.abc import Mapping

from tasks.direct import DirectEngine
from tasks.session.events import Event
from tasks.session.steps import Kind
from tests.core.runs import CrankedLoop, Site
from tests.flows.plans import PlanDict, job, plan, wave

HOUR_S = 3600.0


class Cranking(DirectEngine):
    """Cranks the clock when it is told of an event, and keeps when jobs started."""

    def __init__(self, loop: CrankedLoop, cranks: Mapping[str, float]) -> None:
        super().__init__()
        self.started: list[float] = []
        self._loop, self._cranks, self._began = loop, cranks, loop.time()

    def tell(self, event: Event) -> None:
        super().tell(event)
        name = event.name.removeprefix("planwave.")
        if name == "job.started":
            self.started.append(self._loop.time() - self._began)
        self._loop.crank(self._cranks.get(name, 0.0))


def failing_once(site: Site, **fields: object) -> PlanDict:
    tried = site.folder / "tried"
    return job("a", f"test -e {tried} || {{ touch {tried}; exit 1; }}; echo a > a.txt", **fields)


def run(site: Site, what: PlanDict, cranks: Mapping[str, float]) -> Cranking:
    loop = CrankedLoop()
    engine = Cranking(loop, cranks)
    state = site.run(what, engine, loop=lambda: loop)
    assert state.kind is Kind.COMPLETED, state.message
    return engine


def test_a_job_is_tried_again_after_its_delay_and_not_before(site: Site) -> None:
    waiting = plan("small", wave("one", failing_once(site, retries=1, retry_delay="2h")))
    first, second = run(site, waiting, {"job.retried": 2 * HOUR_S}).started
    assert second - first >= 2 * HOUR_S


def test_a_job_that_starts_some_time_after_its_wave_opened_does(site: Site) -> None:
    late = plan("small", wave("one", job("a"), job("b", start={"after": "1h"})))
    at = run(site, late, {"wave.started": HOUR_S}).started
    assert len(at) == 2
    assert at[-1] >= HOUR_S
