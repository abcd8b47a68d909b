"""The form of a gate: a flow run that is paused until somebody answers in the UI or by `planwave approve`."""

import asyncio
from contextlib import suppress
from typing import Literal
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import PrefectException
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from pydantic import Field

from tasks.errors import Stopped
from tasks.session.run_log import Answer, Question

_PATIENCE_S = 10 * 365 * 86400
"""Prefect's own deadline: never reached, since a run whose pause timed out cannot be saved."""
_POLL_S = 1
_MOST_ROUNDS = 1000


class GateAnswer(RunInput):
    """GO lets the run pass the gate; NO-GO does what the plan says for it."""

    decision: Literal["GO", "NO-GO"] = Field(description="GO or NO-GO")
    note: str = Field(default="", description="Why; kept with the decision")


async def ask_on_page(question: Question, flow_run: UUID) -> Answer:
    """Pause the caller's flow run with a form until somebody answers or the time is over.

    The deadline is kept here: Prefect's own would end the run for good.

    Args:
        question: what is asked.
        flow_run: the caller's, whose page shows the form.
    """
    form = GateAnswer.with_initial_data(description=question.text)
    deadline = asyncio.create_task(_answer_late(flow_run, question))
    try:
        for round_ in range(1, _MOST_ROUNDS):
            given = await _ask_once(form, f"{question.key}-{round_}")
            if given is not None:
                return Answer(given.decision, given.note, "deadline" if deadline.done() else "answer")
        raise Stopped(f"the gate was resumed {_MOST_ROUNDS} times without an answer")
    finally:
        deadline.cancel()


async def _ask_once(form: type[GateAnswer], key: str) -> GateAnswer | None:
    """Return the answer, or None where the run was resumed without one; the key must be a new one each time."""
    return await apause_flow_run(wait_for_input=form, timeout=_PATIENCE_S, poll_interval=_POLL_S, key=key)


async def _answer_late(flow_run: UUID, question: Question) -> None:
    await asyncio.sleep(question.patience_s)
    answer = {"decision": question.otherwise.decision, "note": question.otherwise.note}
    async with get_client() as client:
        while True:
            # Neither a server that is away nor a form that is not up yet may cost the deadline.
            with suppress(httpx.HTTPError, PrefectException):
                resumed = await client.resume_flow_run(flow_run, run_input=answer)
                if resumed.status is SetStateStatus.ACCEPT:
                    return
            await asyncio.sleep(_POLL_S)
