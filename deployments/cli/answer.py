"""`planwave approve` and `planwave reject`."""

from typing import Annotated, Literal

import typer

from deployments.cli.apps import RunArgument, examples, new_app
from deployments.jobs_kept_out import keep_jobs_out
from deployments.runs.find import files_of, need_server
from deployments.runs.lines import is_dead
from deployments.runs.waiting_gates import one_waiting_gate
from tasks.home import Home

app = new_app()

NoteOption = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the decision.")]
WaveOption = Annotated[str | None, typer.Option(metavar="ID", help="The wave, when more than one gate waits.")]


@app.command(epilog=examples("planwave approve", 'planwave approve quickstart-3 --note "looks good"'))
def approve(run: RunArgument = None, *, note: NoteOption = "", wave: WaveOption = None) -> None:
    """Say GO to the gate that waits for an answer; without RUN, in whichever run one waits.

    Exit status 1 when none waits, or more than one.
    """
    _answer(run, wave, "GO", note)


@app.command(epilog=examples("planwave reject", 'planwave reject quickstart-3 --note "tests are missing"'))
def reject(run: RunArgument = None, *, note: NoteOption = "", wave: WaveOption = None) -> None:
    """Say NO-GO to the gate that waits for an answer; what then happens, the plan says.

    Exit status 1 when none waits, or more than one.
    """
    _answer(run, wave, "NO-GO", note)


def _answer(named: str | None, wave: str | None, decision: Literal["GO", "NO-GO"], note: str) -> None:
    home = Home.from_environment()
    keep_jobs_out(home, "answering a gate")
    with need_server(home) as server:
        gate = one_waiting_gate(server.api, named, wave)
        server.api.answer(gate.wave, decision, note)
    typer.echo(f"{decision}: {gate}")
    if is_dead(gate.run, files_of(home, gate.run)):
        typer.echo(f"the process of {gate.run.name} is dead: run the plan again, and answer when it asks", err=True)
