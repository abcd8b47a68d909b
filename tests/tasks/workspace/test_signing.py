"""A user who signs his commits is not waited for: neither planwave's commits nor an agent's are signed."""

from pathlib import Path

import pytest

from tasks.git.trees import tree_of
from tasks.hub.hub import Hub
from tasks.ledger.ledger import commit_with_trailers
from tasks.programs.environment import child_environment
from tasks.programs.run_program import Launch, run_program
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import RunGit


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have every commit of the user signed by a program that waits for a person; give what says that it was started."""
    home = tmp_path / "users-home"
    home.mkdir()
    (home / "signer").write_text(f"#!/bin/sh\ntouch {home}/asked\nsleep 600\n")
    (home / "signer").chmod(0o755)
    settings = "[user]\n\tname = u\n\temail = u@example.invalid\n[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n"
    (home / ".gitconfig").write_text(f"{settings}[gpg]\n\tprogram = {home}/signer\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home / "asked"


COMMITS = {
    "in the workspace": "git commit -q --allow-empty -m Mine && git tag -m Mine mine",
    "with a clean environment": 'exec env -i PATH="$PATH" HOME="$HOME" git commit -q --allow-empty -m Mine',
    "in a repository of its own": "git init -q own && cd own && git commit -q --allow-empty -m Mine && git tag -m x m",
}


@pytest.mark.parametrize("script", COMMITS.values(), ids=COMMITS.keys())
async def test_an_agents_commit_waits_for_no_signer(script: str, hub: Hub, signer: Path, tmp_path: Path) -> None:
    workspace = Workspace(hub, "one")
    workspace.prepare(hub.base)
    launch = Launch(argv=("sh", "-c", script), cwd=workspace.tree, env=child_environment(mark="m"))
    end = await run_program(launch, log=tmp_path / "log", timeout_s=60)
    assert (end.code, end.tail) == (0, "")
    assert signer not in list(signer.parent.glob("*"))


def test_planwaves_own_commits_wait_for_no_signer(hub: Hub, signer: Path, run_git: RunGit) -> None:
    tree = tree_of(hub.git, hub.base)
    made = commit_with_trailers(hub, tree=tree, parents=(hub.base,), message="Made", trailers={"Plan-Id": "small"})
    assert "gpgsig" not in run_git(hub.git.git_dir, "cat-file", "commit", made)
    assert not signer.exists()
