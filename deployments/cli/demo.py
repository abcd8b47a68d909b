"""`planwave demo`."""

import atexit
import os
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.cli.run import run
from deployments.cli.run_options import Approvals
from deployments.demo.demo import example_plan, make_project, own_command, put_own_programs_first, target_log
from deployments.run_files import find_files
from deployments.runs.find import find_flow_run, find_server
from deployments.server.lifecycle import configured_server, server_status, stop_server
from plans.model import Plan
from tasks.home import Home
from tasks.session.source import load_document

app = new_app()


@app.command(epilog=examples("planwave demo", "planwave demo /tmp/demo --keep-server"))
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A folder that is empty or not there yet.")] = Path(
        "planwave-demo"
    ),
    *,
    keep_server: Annotated[
        bool, typer.Option("--keep-server", help="Leave planwave's own server running, to look at the run in the UI.")
    ] = False,
) -> None:
    """Make a small project and run a plan on it: with real programs, without any key or model.

    It is the same as `planwave run plans/examples/quickstart.yaml --repo DIR --approvals auto --fresh`.
    """
    folder, home = Path(os.path.abspath(folder)), Home.from_environment()  # noqa: PTH100 - keeps a symlink's own name
    planwave = own_command()
    put_own_programs_first()
    make_project(folder)
    typer.echo(f"made {folder}: a small Python project, untidy on purpose")
    ends_server = not (keep_server or configured_server(os.environ) or server_status(home))
    if ends_server:
        # At exit, after Prefect's own handlers, registered later: without a server they retry for minutes.
        atexit.register(stop_server, home)
    with example_plan() as file:
        typer.echo(f"$ {planwave} run {file} --repo {folder} --approvals auto --fresh")
        plan = load_document(str(file)).plan
        # A folder of the same name may have held an earlier demo: nothing of that is gone on with.
        run(str(file), repo=str(folder), approvals=Approvals.auto, fresh=True)
        _tell_outcome(home, plan, folder)
        typer.echo(f"\nLook at the run in the Prefect UI:\n\n  {_page(home, plan)}")
        if ends_server:
            typer.echo(f"  (the demo ends the server that it started; `{planwave} ui` starts it again)")
        _tell_what_next(planwave, plan, folder, file)


def _page(home: Home, plan: Plan) -> str:
    files, server = find_files(home, plan.name), find_server(home)
    run = None if files is None or server is None else find_flow_run(server.api, files.name)
    return "" if run is None or server is None else server.page(run)


def _tell_outcome(home: Home, plan: Plan, folder: Path) -> None:
    files = find_files(home, plan.name)
    if files is not None and files.report.is_file():
        typer.echo("\n" + files.report.read_text(encoding="utf-8").rstrip())
    typer.echo(f"\nThe branch {plan.target_branch} of {folder}:\n")
    for line in target_log(folder, plan.target_branch).splitlines():
        typer.echo(f"  {line}")


def _tell_what_next(planwave: str, plan: Plan, folder: Path, file: Path) -> None:
    typer.echo("\nTry next:\n")
    typer.echo(f"  git -C {folder} diff main {plan.target_branch}")
    typer.echo(f"  {planwave} logs changelog --attempt 1   # why that attempt failed")
    typer.echo(f"  {planwave} run {file} --repo {folder}   # goes on where it was: nothing is left to do")
