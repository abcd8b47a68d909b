"""The deployment, made in both ways on a real server, from folders that hold modules of planwave's names."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from deployments.server import ServerInfo, client_environment
from tasks.home import Home

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]


def called(server: ServerInfo, *arguments: str, folder: Path, **environ: str) -> str:
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


def deployment(server: ServerInfo) -> dict[str, object]:
    url = f"{server.api_url}/deployments/name/run-plan/on-demand"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def check_deployment(found: Mapping[str, object]) -> None:
    assert found["entrypoint"] == "flows.plan.run_plan"
    assert not found["pull_steps"], "the folder of the one who deploys must not be asked of a worker"
    assert found["path"] is None
    assert found["work_pool_name"] == "planwave"
    assert found["tags"] == ["planwave"]
    assert found["description"]
    schema = found["parameter_openapi_schema"]
    assert isinstance(schema, dict)
    fields = schema["properties"]
    assert schema["required"] == ["plan"]
    assert list(fields) == ["plan", "repo", "mode", "agent", "only", "fresh", "dry_run", "approvals"]
    assert all(field["title"] and field["description"] for field in fields.values())
    assert fields["approvals"]["enum"] == ["ask", "auto"]


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
        said = called(server, "-P", "-c", program, "deploy", folder=decoy, PYTHONPATH=str(ROOT))
    assert "worker start --pool planwave" in said
    assert f"PREFECT_API_URL={server.api_url}" in said
    ours = deployment(server)
    check_deployment(ours)

    neutral = tmp_path / "neutral"
    neutral.mkdir()
    file = str(ROOT / "deployments/prefect.yaml")
    arguments = ("-m", "prefect", "--no-prompt", "deploy", "--prefect-file", file, "--all")
    called(server, *arguments, folder=neutral, PYTHONPATH=str(ROOT), **client_environment(server, home))
    theirs = deployment(server)
    check_deployment(theirs)
    for name in ("job_variables", "description", "parameter_openapi_schema", "parameters", "enforce_parameter_schema"):
        assert theirs[name] == ours[name], name
