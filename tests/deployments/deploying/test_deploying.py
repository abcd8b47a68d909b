"""The deployment, made in both ways on a real server, from folders that hold modules of planwave's names."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel

from deployments.server.lifecycle import ServerInfo, client_environment, login_of
from deployments.server.password import basic
from tasks.home import Home

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[3]


def called(*arguments: str, folder: Path, **environ: str) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


class Parameter(BaseModel):
    title: str
    description: str
    enum: list[str] = []


class Form(BaseModel):
    properties: dict[str, Parameter]
    required: list[str]


class Deployment(BaseModel):
    entrypoint: str
    path: str | None
    pull_steps: list[object] | None
    work_pool_name: str
    tags: list[str]
    description: str
    job_variables: dict[str, object]
    parameters: dict[str, object]
    enforce_parameter_schema: bool
    parameter_openapi_schema: Form


def deployment(home: Home, server: ServerInfo) -> Deployment:
    url = f"{server.api_url}/deployments/name/run-plan/on-demand"
    headers = {"Authorization": basic(login_of(home) or "")}
    answer = httpx.get(url, headers=headers, trust_env=False, timeout=30).raise_for_status()
    return Deployment.model_validate_json(answer.content)


def check_deployment(found: Deployment) -> None:
    assert found.entrypoint == "flows.plan.run_plan"
    assert not found.pull_steps, "the folder of the one who deploys must not be asked of a worker"
    assert found.path is None
    assert found.work_pool_name == "planwave"
    assert found.tags == ["planwave"]
    assert found.description
    form = found.parameter_openapi_schema
    assert form.required == ["plan"]
    fields = ["plan", "repo", "mode", "agent", "only", "fresh", "dry_run", "approvals", "overlaps"]
    fields += ["rebuild_target", "redo_later_waves", "keep_base", "ignore_unsupported", "plan_digest"]
    assert list(form.properties) == fields
    assert all(field.title and field.description for field in form.properties.values())
    assert form.properties["approvals"].enum == ["ask", "auto"]


def test_planwave_and_prefect_deploy_the_same_also_twice(
    shared_server: tuple[Home, ServerInfo], server: ServerInfo, tmp_path: Path
) -> None:
    home, _ = shared_server
    decoy = tmp_path / "decoy"
    decoy.mkdir()
    for name in ("flows.py", "tasks.py"):
        (decoy / name).write_text("raise SystemExit('a module of the target repository was imported')\n")
    program = "from deployments.cli import main; main()"
    for _ in range(2):
        said = called("-P", "-c", program, "deploy", folder=decoy, PYTHONPATH=str(ROOT))
        start, run = (line for line in said.splitlines() if line.startswith(f"  PLANWAVE_HOME={home.root} "))
        assert start.endswith("planwave prefect worker start --pool planwave")
        assert "planwave prefect deployment run run-plan/on-demand --param plan=" in run
    ours = deployment(home, server)
    check_deployment(ours)

    neutral = tmp_path / "neutral"
    neutral.mkdir()
    file = str(ROOT / "deployments/prefect.yaml")
    arguments = ("-m", "prefect", "--no-prompt", "deploy", "--prefect-file", file, "--all")
    called(*arguments, folder=neutral, PYTHONPATH=str(ROOT), **client_environment(server, home))
    theirs = deployment(home, server)
    check_deployment(theirs)
    assert theirs.model_copy(update={"pull_steps": ours.pull_steps}) == ours
