"""What agents and documents say stands in commits, in words and not as orders to a terminal: `git log` shows it raw."""

import pytest

from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobWorkDone, commit_job, read_ledger, with_trailers

pytestmark = pytest.mark.hostile

ESCAPES = {
    "a title of the window": ("\x1b]0;x\x07", ""),
    "the same with one byte for two": ("\x9d0;x\x9c", "0;x"),
    "a link": ("\x1b]8;;http://x.invalid\x1b\\", ""),
    "a colour": ("\x1b[31m", ""),
    "the same colour": ("\x9b31m", ""),
    "another screen": ("\x1b[?1049h", ""),
    "turned writing": ("\u202e", ""),
    "backspaces": ("\x08\x08", ""),
    "a bell": ("\x07", ""),
}
STEERS = frozenset([chr(n) for n in (*range(9), *range(11, 32), *range(127, 160))] + ["\u202e", "\u2066"])


@pytest.mark.parametrize("kind", ESCAPES)
def test_a_commit_says_nothing_to_a_terminal(kind: str, hub: Hub) -> None:
    escape, left = ESCAPES[kind]
    work = JobWorkDone(
        job="one",
        digest="d",
        track="one",
        wave="build",
        attempt=1,
        duration_s=1,
        agent="sh",
        run="small-1",
        unchanged=f"nothing{escape} to do",
    )
    record = commit_job(
        hub,
        work,
        tree=hub.git.text("rev-parse", f"{hub.base}^{{tree}}"),
        parent=hub.base,
        expected_tip=None,
        title=f"Ti{escape}tle",
        handoff=f"hand{escape}off",
        agent_messages=[f"mes{escape}sage"],
    )
    shown = hub.git.run("show", "-s", "--format=%B", record.commit).out.decode()
    assert not STEERS & set(shown)
    for word in (f"Ti{left}tle", f"hand{left}off", f"mes{left}sage", f"nothing{left} to do"):
        assert word in shown
    assert read_ledger(hub).jobs["one"].job == "one"


def test_a_trailer_says_nothing_to_a_terminal() -> None:
    assert with_trailers("Subject", {"Plan-Agent": "sh\x9b31m\u202e"}) == "Subject\n\nPlan-Agent: sh\n"
