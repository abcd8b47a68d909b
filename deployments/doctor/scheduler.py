"""Whether the scheduler of the server in use works, which its health does not tell."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from deployments.deploying.schedules import Deployment, count_late, next_runs, scheduled_deployments
from deployments.doctor.findings import Finding
from deployments.server.api import Api, ServerUnreachable

MOST = 20
"""More schedules are not looked at: one question each."""


def examine_schedules(api: Api, log: str | None) -> Iterator[Finding]:
    """Look at the schedules of planwave's deployments, and at what the server makes of them.

    Args:
        api: the server.
        log: the file of its log, where that is on this machine.
    """
    try:
        deployments = scheduled_deployments(api)[:MOST]
        silent = [each for each in deployments if not next_runs(api, each.id, 1)]
        late = count_late(api)
    except ServerUnreachable as error:
        yield Finding("missing", f"schedules: {error}", error.hint)
        return
    findings = [*_of_silent(silent, log), *_of_wanting(deployments), *_of_late(late)]
    if len(deployments) > len(silent) or not (deployments or findings):
        count = len(deployments) - len(silent)
        yield Finding("ok", f"schedules: {count} with runs to come" if deployments else "schedules: none")
    yield from findings


def _of_silent(silent: Sequence[Deployment], log: str | None) -> Iterator[Finding]:
    look = "see the log of that server" if log is None else f"see what its scheduler says in {log}"
    hint = f"{look}; Prefect 3.8 with SQLAlchemy 2.1, and 3.9.1 with whenever 0.10, never run some schedules"
    for deployment in silent:
        what = f"schedule of {deployment.name!r}: {', '.join(schedule.text for schedule in deployment.active)}"
        if not any(schedule.is_endless for schedule in deployment.active):
            yield Finding("note", f"{what}: it has come to its end")
        elif deployment.is_new(datetime.now(UTC)):
            yield Finding("note", f"{what}: it is new, and no run of it has been made yet", "ask again in two minutes")
        else:
            yield Finding("missing", f"{what}: the server's scheduler makes no runs of it", hint)


def _of_wanting(deployments: Sequence[Deployment]) -> Iterator[Finding]:
    for deployment in deployments:
        if lacking := deployment.lacks():
            hint = "give it one, as `planwave deploy --plan PLAN --repo DIR --cron ...` does"
            names = " and no ".join(lacking)
            yield Finding("missing", f"schedule of {deployment.name!r}: its runs fail, for it has no {names}", hint)


def _of_late(late: int) -> Iterator[Finding]:
    if late:
        what = f"{late} run{' waits' if late == 1 else 's wait'} for a worker"
        yield Finding("note", what, "start one: `planwave prefect worker start --pool planwave`")
