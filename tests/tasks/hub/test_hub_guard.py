"""What a job writes into the hub is not carried out by planwave's git, and what planwave's git runs sees no secrets."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.git.client import Git
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.ledger.standing import peek
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace

pytestmark = pytest.mark.hostile

Plant = Callable[[Path, str], None]


def filter_in_the_settings(hub: Path, script: str) -> None:
    with (hub / "config").open("a") as config:
        config.write(f'[filter "planted"]\n\tclean = {script}\n')
    (hub / "info").mkdir(exist_ok=True)
    (hub / "info/attributes").write_text("* filter=planted\n")


def included_settings(hub: Path, script: str) -> None:
    filter_in_the_settings(hub, script)
    (hub / "planwave/more").write_text((hub / "config").read_text())
    (hub / "config").write_text(
        "[include]\n\tpath = planwave/more\n" + (hub / "config").read_text().partition("[filter")[0]
    )


def settings_of_a_work_tree(hub: Path, script: str) -> None:
    filter_in_the_settings(hub, script)
    text, _, planted = (hub / "config").read_text().partition("[filter")
    (hub / "config").write_text(text + "[extensions]\n\tworktreeConfig = true\n")
    (hub / "config.worktree").write_text("[filter" + planted)


def settings_of_another_place(hub: Path, script: str) -> None:
    other = hub / "planwave/other"
    other.mkdir()
    (other / "config").write_text((hub / "config").read_text())
    for name in ("objects", "refs", "packed-refs"):
        (other / name).symlink_to(hub / name)
    filter_in_the_settings(other, script)
    (hub / "commondir").write_text("planwave/other\n")


def folder_behind_a_link(hub: Path, script: str) -> None:
    other = hub.with_name("other.git")
    hub.rename(other)
    filter_in_the_settings(other, script)
    hub.symlink_to(other)


def links_in_place_of_files(hub: Path, script: str) -> None:
    filter_in_the_settings(hub, script)
    for name in ("config", "info"):
        (hub / name).rename(hub / f"planwave/{name}")
        (hub / name).symlink_to(hub / f"planwave/{name}")


PLANTS = [
    filter_in_the_settings,
    included_settings,
    settings_of_a_work_tree,
    settings_of_another_place,
    folder_behind_a_link,
]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "planted-was-run"


def script_for(marker: Path) -> str:
    script = marker.with_suffix(".sh")
    script.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    script.chmod(0o755)
    return str(script)


def snapshot_something(hub: Hub) -> None:
    workspace = Workspace(hub, "one")
    workspace.prepare(hub.base)
    (workspace.tree / "new.txt").write_text("new\n")
    assert [change.path for change in workspace.snapshot(hub.base).changes] == ["new.txt"]


@pytest.mark.parametrize("plant", [*PLANTS, links_in_place_of_files])
def test_what_is_planted_in_the_hub_during_a_run_is_set_aside_and_not_run(plant: Plant, hub: Hub, marker: Path) -> None:
    config = (hub.git.git_dir / "config").read_bytes()
    plant(hub.git.git_dir, script_for(marker))
    snapshot_something(hub)
    assert not marker.exists()
    assert (hub.git.git_dir / "config").read_bytes() == config
    assert list((hub.git.git_dir / "planwave/set-aside").iterdir())


@pytest.mark.parametrize("plant", PLANTS)
def test_what_was_planted_before_a_run_is_set_aside_and_told(
    plant: Plant, user_repo: Path, plan: Plan, home: Home, marker: Path
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        git_dir = hub.git.git_dir
    plant(git_dir, script_for(marker))
    with open_hub(user_repo, plan, home) as hub:
        snapshot_something(hub)
        assert any("not planwave" in warning for warning in hub.warnings)
    assert not marker.exists()
    with open_hub(user_repo, plan, home) as hub:
        assert not any("not planwave" in warning for warning in hub.warnings)


def test_a_hub_whose_settings_are_a_link_is_refused(user_repo: Path, plan: Plan, home: Home, marker: Path) -> None:
    with open_hub(user_repo, plan, home) as hub:
        git_dir = hub.git.git_dir
    links_in_place_of_files(git_dir, script_for(marker))
    with pytest.raises(RepositoryUnusable, match="config is no file"), open_hub(user_repo, plan, home):
        pass
    assert not marker.exists()


def test_a_hub_that_names_another_repository_is_not_followed(hub: Hub, marker: Path) -> None:
    other = hub.git.git_dir.with_name("other.git")
    hub.git.git_dir.rename(other)
    filter_in_the_settings(other, script_for(marker))
    hub.git.git_dir.write_text(f"gitdir: {other}\n")
    with pytest.raises(RepositoryUnusable, match="is no folder"):
        snapshot_something(hub)
    assert not marker.exists()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "name",
    ["HEAD", "packed-refs", "shallow", "objects/info/alternates", "objects/info/commit-graph", "info/grafts", "config"],
)
def test_a_pipe_in_place_of_a_file_of_the_hub_holds_nothing_up(name: str, hub: Hub) -> None:
    place = hub.git.git_dir / name
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    snapshot_something(hub)
    assert hub.target_tip() == hub.base


def test_what_a_job_makes_the_hub_borrow_is_not_borrowed(hub: Hub, tmp_path: Path) -> None:
    borrowed = hub.git.git_dir / "objects/info/alternates"
    borrowed.write_text(f"{tmp_path}\n")
    snapshot_something(hub)
    assert not borrowed.exists()


def test_where_the_hub_stands_is_not_for_a_job_to_say(hub: Hub) -> None:
    head = hub.git.git_dir / "HEAD"
    before = head.read_bytes()
    head.write_text("ref: refs/heads/elsewhere\n")
    snapshot_something(hub)
    assert head.read_bytes() == before


def test_a_plant_would_be_run_without_the_guard(hub: Hub, marker: Path) -> None:
    filter_in_the_settings(hub.git.git_dir, script_for(marker))
    hub.git = Git(hub.git.git_dir)
    workspace = Workspace(hub, "one")
    workspace.prepare(hub.base)
    (workspace.tree / "new.txt").write_text("new\n")
    workspace.snapshot(hub.base)
    assert marker.exists()


def test_asking_how_a_plan_stands_runs_nothing_that_was_planted(
    user_repo: Path, plan: Plan, home: Home, tmp_path: Path
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        git_dir = hub.git.git_dir
    (git_dir / "commondir").write_text(f"{tmp_path}\n")
    assert peek(user_repo, plan, home).base == hub.base
    assert not (git_dir / "commondir").exists()


def test_a_hub_whose_settings_nobody_touched_is_left_as_it_is(user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        git_dir = hub.git.git_dir
        before = (git_dir / "config").read_bytes()
    with open_hub(user_repo, plan, home) as hub:
        snapshot_something(hub)
        assert not any("not planwave" in warning for warning in hub.warnings)
    assert (git_dir / "config").read_bytes() == before
    assert not (git_dir / "planwave/set-aside").exists()


def seen_by(git: Git, folder: Path) -> set[str]:
    """Return the variables that a program sees which git runs."""
    told = git.with_config({"alias.seen": f"!env > {folder}/seen"}).run("seen")
    assert told.code == 0
    return {line.partition("=")[0] for line in (folder / "seen").read_text().splitlines()}


def test_git_sees_no_secrets_and_for_the_users_repository_what_signing_in_takes(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ("ANTHROPIC_API_KEY", "MY_SECRET", "PREFECT_API_AUTH_STRING", "SSH_AUTH_SOCK", "MY_HELPERS_TOKEN")
    for name in secrets:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("PLANWAVE_GIT_ENV", "MY_HELPERS_TOKEN, PREFECT_API_AUTH_STRING")
    monkeypatch.setenv("https_proxy", "http://proxy.invalid")
    assert seen_by(hub.git, tmp_path) & {*secrets, "https_proxy"} == {"https_proxy"}
    kept = {"https_proxy", "SSH_AUTH_SOCK", "MY_HELPERS_TOKEN"}
    assert seen_by(hub.repo.git, tmp_path) & {*secrets, "https_proxy"} == kept
