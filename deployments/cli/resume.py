"""`planwave resume`: `planwave run` by the name that people look for."""

from deployments.cli.apps import examples, new_app
from deployments.cli.run import run

app = new_app()
app.command(
    "resume",
    help="Go on with a plan where it was: the same as `planwave run`.",
    epilog=examples("planwave resume plan.yaml --repo ~/my-repo"),
)(run)
