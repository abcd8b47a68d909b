#!/usr/bin/env bash
# After a task's `timeout_seconds`, every await of its cleanup is cancelled again, also those in asyncio.shield.
#
# Prefect 3.9.1, Python 3.11. Older versions were not tried.
#
# Expected: as after `asyncio.timeout`, the body gets one CancelledError, and the awaits of its `finally` then work.
# Happens:  Prefect's timeout is a cancelled scope of anyio: until the function has returned, each await raises
#           CancelledError anew, however often it is caught. `asyncio.shield` does not keep the caller waiting either: what it
#           holds goes on alone, and ends after the task run is over. So a child process is never waited for, and a lock that
#           is given back by an await is not. Only `anyio.CancelScope(shield=True)` keeps it off.
# planwave: gives no job a `timeout_seconds`; it waits with a limit of its own, and ends the job by what it returns.
#
# Seen (and checked below):
#   prefect_timeout: TimedOut, cancelled cancelled cancelled
#   prefect_timeout_with_asyncio_shield: TimedOut, cancelled cancelled cancelled
#   prefect_timeout_with_anyio_shield: TimedOut, done done done
#   asyncio_timeout: TimedOut, done done done
set -euo pipefail

for name in "${!PREFECT_@}"; do unset "$name"; done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >probe.py <<'PYTHON'
"""Say which awaits of a task's cleanup come to their end, under four kinds of timeout."""

import asyncio

import anyio
from prefect import task

ended = []


async def give_back(name):
    await asyncio.sleep(0.1)
    ended.append(name)


async def clean_up(name, awaited=lambda step: step):
    """Try three times, and say how often it was cancelled."""
    for _ in range(3):
        try:
            await awaited(give_back(name))
        except asyncio.CancelledError:
            ended.append("cancelled")


@task(timeout_seconds=0.3)
async def prefect_timeout():
    try:
        await asyncio.sleep(60)
    finally:
        await clean_up("done")


@task(timeout_seconds=0.3)
async def prefect_timeout_with_asyncio_shield():
    try:
        await asyncio.sleep(60)
    finally:
        await clean_up("done", asyncio.shield)


@task(timeout_seconds=0.3)
async def prefect_timeout_with_anyio_shield():
    try:
        await asyncio.sleep(60)
    finally:
        with anyio.CancelScope(shield=True):
            await clean_up("done")


@task
async def asyncio_timeout():
    async with asyncio.timeout(0.3):
        try:
            await asyncio.sleep(60)
        finally:
            await clean_up("done")


async def main():
    kinds = prefect_timeout, prefect_timeout_with_asyncio_shield, prefect_timeout_with_anyio_shield, asyncio_timeout
    for kind in kinds:
        state = await kind(return_state=True)
        print(f"{kind.fn.__name__}: {state.name}, {' '.join(ended)}")
        await asyncio.sleep(1)
        ended.clear()


asyncio.run(main())
PYTHON

cat >expected <<'SEEN'
prefect_timeout: TimedOut, cancelled cancelled cancelled
prefect_timeout_with_asyncio_shield: TimedOut, cancelled cancelled cancelled
prefect_timeout_with_anyio_shield: TimedOut, done done done
asyncio_timeout: TimedOut, done done done
SEEN

python3.11 -m venv venv
venv/bin/pip install --quiet prefect==3.9.1 fastapi==0.150.0 SQLAlchemy==2.1.9 pendulum==3.3.0 whenever==0.11.0
# Without an address Prefect starts a server of its own for as long as the program runs.
export PREFECT_HOME="$folder/home" PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=300
venv/bin/python probe.py >seen 2>log || { cat log >&2; exit 1; }
cat seen
diff expected seen
