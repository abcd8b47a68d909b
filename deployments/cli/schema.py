"""`planwave schema`."""

import json

import typer

from deployments.cli.apps import examples, new_app
from plans.yaml.schema import plan_schema

app = new_app()


@app.command(epilog=examples("planwave schema > plan.schema.json"))
def schema() -> None:
    """Print the JSON Schema of plans; editors complete and check plans with it."""
    typer.echo(json.dumps(plan_schema(), indent=2, ensure_ascii=False))
