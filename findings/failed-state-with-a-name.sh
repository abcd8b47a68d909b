#!/usr/bin/env bash
# A Failed state with a name of one's own is failed to the counters, but not to automations, nor to the filter by name.
#
# Prefect 3.9.1, Python 3.11. Older versions were not tried.
#
# Expected: `return Failed(name="CheckFailed")` is a documented way to say what failed; the state's type stays FAILED, so
#           what waits for failed runs (the usual trigger `prefect.flow-run.Failed`, the page "Failed") still finds the run.
# Happens:  the event is called by the state's name, `prefect.flow-run.CheckFailed`, and none is called `.Failed`. The automation
#           never fires and the filter by name misses the run, both without a word. Filters by type find it, and so does an
#           automation on `prefect.flow-run.*` that matches the label `prefect.state-type: FAILED`.
# planwave: uses Prefect's own names (Failed, Completed, Cancelled), and puts its word first in the state's message.
#
# Seen (and checked below):
#   named: type FAILED, name CheckFailed
#   plain: type FAILED, name Failed
#   automation by name fired for prefect.flow-run.Failed
#   automation by type fired for prefect.flow-run.CheckFailed and prefect.flow-run.Failed
#   runs by type FAILED: 2
#   runs by name Failed: 1
set -euo pipefail

for name in "${!PREFECT_@}"; do unset "$name"; done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >probe.py <<'PYTHON'
"""Fail once with a name and once without, and say which automations and filters found it."""

import asyncio

from prefect import flow, get_client
from prefect.automations import Automation
from prefect.events.actions import DoNothing
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.states import Failed


@flow
def named():
    return Failed(name="CheckFailed", message="2 of 9 tests fail")


@flow
def plain():
    return Failed(message="2 of 9 tests fail")


def automation(name, event, match):
    trigger = EventTrigger(expect={event}, match=match, posture=Posture.Reactive, threshold=1)
    return Automation(name=name, trigger=trigger, actions=[DoNothing()])


async def count(client, what, state):
    answer = await client._client.post(f"/{what}/count", json={"flow_runs": {"state": state}})
    return answer.json()


async def events(client, prefix):
    wanted = {"filter": {"event": {"prefix": [prefix]}}, "limit": 50}
    return (await client._client.post("/events/filter", json=wanted)).json()["events"]


async def fired(client):
    """The flow runs' events that each automation fired for; the last one, of the plain run, is waited for."""
    for _ in range(120):
        found = {}
        for event in await events(client, "prefect.automation.triggered"):
            name = event["resource"]["prefect.resource.name"]
            found.setdefault(name, []).append(event["payload"]["triggering_event"]["event"])
        if len(found) == 2 and all("prefect.flow-run.Failed" in each for each in found.values()):
            break
        await asyncio.sleep(1)
    return {name: sorted(each) for name, each in sorted(found.items())}


async def main():
    async with get_client() as client:
        await automation("by name", "prefect.flow-run.Failed", {}).acreate()
        await automation("by type", "prefect.flow-run.*", {"prefect.state-type": "FAILED"}).acreate()
        await asyncio.sleep(5)
        for each in named, plain:
            state = await asyncio.to_thread(each, return_state=True)
            print(f"{each.name}: type {state.type.value}, name {state.name}")
        for name, found in (await fired(client)).items():
            print(f"automation {name} fired for {' and '.join(found)}")
        print("runs by type FAILED:", await count(client, "flow_runs", {"type": {"any_": ["FAILED"]}}))
        print("runs by name Failed:", await count(client, "flow_runs", {"name": {"any_": ["Failed"]}}))


asyncio.run(main())
PYTHON

cat >expected <<'SEEN'
named: type FAILED, name CheckFailed
plain: type FAILED, name Failed
automation by name fired for prefect.flow-run.Failed
automation by type fired for prefect.flow-run.CheckFailed and prefect.flow-run.Failed
runs by type FAILED: 2
runs by name Failed: 1
SEEN

python3.11 -m venv venv
venv/bin/pip install --quiet prefect==3.9.1 fastapi==0.150.0 SQLAlchemy==2.1.9 pendulum==3.3.0 whenever==0.11.0
# Without an address Prefect starts a server of its own for as long as the program runs.
export PREFECT_HOME="$folder/home" PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=300
venv/bin/python probe.py >seen 2>log || { cat log >&2; exit 1; }
cat seen
diff expected seen
