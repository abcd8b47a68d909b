"""The wish to stop reaches everything that waits for it, once."""

import asyncio
import signal
import threading

from tasks.programs.stop import Cause, StopSignal


async def test_a_stop_wakes_all_that_wait_for_it() -> None:
    stop = StopSignal()
    waiting = [asyncio.ensure_future(stop.wait()) for _ in range(3)]
    assert (stop.requested, stop.reason) == (False, None)
    stop.request("enough")
    await asyncio.gather(*waiting)
    await stop.wait()
    assert (stop.requested, stop.reason) == (True, "enough")


async def test_the_first_reason_stays() -> None:
    stop = StopSignal()
    stop.request("first")
    stop.request("second")
    assert stop.reason == "first"


async def test_a_stop_may_come_from_another_thread() -> None:
    stop = StopSignal()
    thread = threading.Thread(target=stop.request, args=("from a thread",))
    thread.start()
    await stop.wait()
    thread.join()
    assert stop.reason == "from a thread"


async def test_a_stop_may_come_from_a_signal_handler() -> None:
    stop = StopSignal()
    before = signal.signal(signal.SIGUSR1, lambda number, _: stop.request(signal.Signals(number).name))
    try:
        signal.raise_signal(signal.SIGUSR1)
        await stop.wait()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert stop.reason == "SIGUSR1"


async def test_a_child_stops_with_its_parent_and_alone() -> None:
    parent = StopSignal()
    one, two = parent.part("one"), parent.part("two")
    one.request("only this wave")
    await one.wait()
    assert (parent.requested, two.requested) == (False, False)
    parent.request("the whole run")
    await two.wait()
    assert (one.reason, two.reason, parent.part("three").reason) == ("only this wave", "the whole run", "the whole run")


def test_a_stop_after_the_loop_has_ended_is_harmless() -> None:
    async def make() -> StopSignal:
        return StopSignal()

    stop = asyncio.run(make())
    stop.request("too late")
    assert stop.requested


async def test_a_stop_knows_whose_wish_it_is() -> None:
    stop = StopSignal()
    stop.request("suspended", Cause.SUSPEND)
    stop.request("SIGTERM", Cause.SIGNAL)
    assert stop.cause is Cause.SUSPEND, "the first one's"
    assert stop.part("one").cause is Cause.SUSPEND
    assert StopSignal().cause is None
