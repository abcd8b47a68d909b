"""`planwave deploy`."""

import asyncio
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from deployments.cli.apps import IgnoreUnsupported, examples, new_app
from deployments.cli.run_options import (
    AgentOption,
    Approvals,
    ApprovalsOption,
    FreshOption,
    KeepBaseOption,
    ModeOption,
    OnlyOption,
    Overlaps,
    OverlapsOption,
)
from deployments.deploying.schedules import parse_interval, scheduled_deployments, wait_for_next_runs
from deployments.runs.find import need_server
from deployments.server.lifecycle import ServerInfo, configured_server, connect_server
from tasks.home import Home
from tasks.session.settings import RunSettings, read_with_digests

if TYPE_CHECKING:
    from deployments.deploying.deploy import Deployed, Times

app = new_app()

PATIENCE_S = 75.0
"""The scheduler looks every 5 s at what has just changed and, where it missed that, once a minute at everything."""


@app.command(
    epilog=examples(
        "planwave deploy",
        'planwave deploy --plan plan.yaml --repo ~/my-repo --cron "0 2 * * *" --approvals auto',
        "planwave deploy --plan plan.yaml --repo ~/my-repo --every 1h --name hourly",
        "PREFECT_API_URL=https://prefect.example/api planwave deploy",
    )
)
def deploy(  # noqa: PLR0913 - by keyword, one for each option
    *,
    plan: Annotated[
        str | None, typer.Option(metavar="PLAN", help="Run this plan: a file, a URL, or `-` for standard input.")
    ] = None,
    repo: Annotated[str, typer.Option(metavar="DIR|URL", help="With --plan: the git repository to work for.")] = ".",
    name: Annotated[str | None, typer.Option(help="With --plan: the deployment's name; else it is the plan's.")] = None,
    cron: Annotated[
        str | None, typer.Option(metavar="CRON", help='With --plan: run it at these times, as "0 2 * * *".')
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --plan: run it again and again, as 30m, 1h or 1d.")
    ] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Of --cron, as Europe/Berlin.")] = "UTC",
    approvals: ApprovalsOption = Approvals.ask,
    mode: ModeOption = None,
    agent: AgentOption = None,
    only: OnlyOption = None,
    overlaps: OverlapsOption = Overlaps.refuse,
    fresh: FreshOption = False,
    keep_base: KeepBaseOption = False,
    ignore_unsupported: IgnoreUnsupported = None,
) -> None:
    """Let workers run plans: any plan when they are asked, or with --plan one plan, also on a schedule.

    Creates or updates a deployment on the server in use: `run-plan/on-demand`, or one that is named after the plan.
    Prints how to start a worker, and how to run it.
    """
    if plan is None:
        _refuse_without_plan(name=name, cron=cron, every=every)
        _deploy_any()
        return
    settings = RunSettings(
        plan=_absolute(plan),
        repo=_absolute(repo),
        mode=mode,
        agent=agent,
        fresh=fresh,
        only=tuple(only or ()),
        approvals=approvals.value,
        overlaps=overlaps.value,
        keep_base=keep_base,
        ignore_unsupported=tuple(ignore_unsupported or ()),
    )
    _deploy_plan(_name_of(settings, name), settings, cron=cron, every=every, zone=_zone(timezone))


def _refuse_without_plan(**options: str | None) -> None:
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise typer.BadParameter("say with --plan which plan", param_hint=f"--{given[0]}")


def _absolute(named: str) -> str:
    """Return a plan or a repository as a worker can find it, who starts in a folder of its own."""
    if named == "-":
        return sys.stdin.read()
    from tasks.repository.clones import is_url  # noqa: PLC0415 - imports git

    if "\n" in named or "://" in named or is_url(named):
        return named
    # Not resolved: a symlink keeps its own name, and may point elsewhere tomorrow.
    return os.path.abspath(os.path.expanduser(named))  # noqa: PTH100, PTH111 - see above


def _zone(named: str) -> ZoneInfo:
    try:
        return ZoneInfo(named)
    except (OSError, ValueError, KeyError):
        raise typer.BadParameter("no such time zone: write one as Europe/Berlin", param_hint="--timezone") from None


def _name_of(settings: RunSettings, name: str | None) -> str:
    """Check what a run would check, as far as it is on this machine, and give the deployment's name."""
    remote = configured_server(os.environ) is not None
    missing = [path for path in (settings.plan, settings.repo) if path.startswith("/") and not Path(path).exists()]
    if remote and name is not None and missing:
        typer.echo(f"planwave: not on this machine, and so not checked: {', '.join(missing)}", err=True)
        return name
    plan = read_with_digests(settings)[0]
    from tasks.repository.clones import is_url  # noqa: PLC0415 - imports git
    from tasks.repository.user_repo import find_repository  # noqa: PLC0415 - imports git

    if not is_url(settings.repo):
        find_repository(settings.repo)
    return name or plan.name


def _deploy_any() -> None:
    home = Home.from_environment()
    info = connect_server(home)
    from deployments.deploying.deploy import deploy  # noqa: PLC0415 - imports Prefect, which reads the environment
    from deployments.server.errors import told_plainly  # noqa: PLC0415 - imports httpx, which takes a while

    with told_plainly(info):
        deployed = asyncio.run(deploy())
    typer.echo(f"deployed: {deployed.name} ({info.ui_url}/deployments/deployment/{deployed.id})")
    parameters = ("--param", "plan=/path/to/plan.yaml", "--param", "repo=/path/to/repository")
    _say_how(info, deployed, parameters)


def _deploy_plan(name: str, settings: RunSettings, *, cron: str | None, every: str | None, zone: ZoneInfo) -> None:
    if cron is not None and every is not None:
        raise typer.BadParameter("give one of --cron and --every", param_hint="--every")
    interval = None if every is None else parse_interval(every)
    home = Home.from_environment()
    info = connect_server(home)
    from deployments.deploying.deploy import Times, deploy_plan  # noqa: PLC0415 - imports Prefect
    from deployments.server.errors import told_plainly  # noqa: PLC0415 - imports httpx, which takes a while

    times = None if cron is None and interval is None else Times(cron, interval, zone.key)
    with told_plainly(info):
        deployed = asyncio.run(deploy_plan(name, settings, times))
    typer.echo(f"deployed: {deployed.name} ({info.ui_url}/deployments/deployment/{deployed.id})")
    _say_when(home, deployed, zone, times)
    _say_how(info, deployed, ())


def _say_when(home: Home, deployed: "Deployed", zone: ZoneInfo, times: "Times | None") -> None:
    """Tell what the server's scheduler makes of the schedules, rather than what should be made of them."""
    with need_server(home) as server:
        here = next((each for each in scheduled_deployments(server.api) if each.id == deployed.id), None)
        for schedule in () if here is None else here.active:
            typer.echo(f"schedule{'' if times else ', as before'}: {schedule.text}")
        if here is None:
            return
        soon = wait_for_next_runs(server.api, deployed.id, PATIENCE_S)
    if soon:
        typer.echo(f"next runs: {', '.join(_clock(time, zone) for time in soon)} ({zone.key})")
    else:
        typer.echo(f"no run has been scheduled within {PATIENCE_S:.0f} s: `planwave doctor` says why", err=True)


def _clock(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _say_how(info: ServerInfo, deployed: "Deployed", parameters: Sequence[str]) -> None:
    where = "on this machine" if info.is_own else "on any machine that has planwave, the plan and the repository"
    from deployments.deploying.deploy import POOL  # noqa: PLC0415 - imports Prefect

    typer.echo(f"\nstart a worker, {where}; it works until it is ended:")
    prefect = f"{_environment(os.environ, info)}{_program()} prefect"
    typer.echo(f"  {prefect} worker start --pool {POOL}")
    typer.echo("\nrun it now, from any folder, or from the form in the UI:")
    typer.echo(f"  {prefect} deployment run {shlex.join([deployed.name, *parameters])}")


def _environment(environ: Mapping[str, str], info: ServerInfo) -> str:
    """Return what another shell needs to find the same server; what proves who one is stays out of it."""
    wanted = ["PLANWAVE_HOME"] if info.is_own else ["PLANWAVE_HOME", "PREFECT_API_URL"]
    return "".join(f"{name}={shlex.quote(environ[name])} " for name in wanted if environ.get(name))


def _program() -> str:
    """Return planwave's command as it stands beside this Python, which need not be on the path."""
    beside = Path(sys.executable).with_name("planwave")
    if shutil.which("planwave") == str(beside) or not beside.is_file():
        return "planwave"
    return shlex.quote(str(beside))
