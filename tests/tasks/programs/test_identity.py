"""What one home on one machine does is told from what all others do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.hub.hub import plan_mark
from tasks.programs.environment import child_environment
from tasks.programs.sweep import sweep
from tasks.run.opening import open_hub
from tasks.run.run import opening_tag, run_tags


def test_two_homes_on_one_repository_leave_each_others_processes_and_records_alone(
    user_repo: Path, plan: Plan, home: Home, tmp_path: Path
) -> None:
    with open_hub(user_repo, plan, home) as ours, open_hub(user_repo, plan, Home(tmp_path / "other")) as theirs:
        assert (ours.key, ours.plan.name) == (theirs.key, theirs.plan.name)
        env = child_environment(mark=f"{plan_mark(theirs)}/small-1/one/1")
        with subprocess.Popen(["sleep", "60"], env=env) as agent:
            try:
                assert sweep(plan_mark(ours)) == 0
                assert agent.poll() is None
            finally:
                assert sweep(plan_mark(theirs)) == 1
        assert run_tags(ours) != run_tags(theirs)
        assert opening_tag(ours.home, ours.key, plan) != opening_tag(theirs.home, theirs.key, plan)


def test_a_home_is_the_same_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.setenv("PLANWAVE_HOME", str(tmp_path / "link"))
    assert Home.from_environment().identity == Home(tmp_path / "real").identity


def test_the_same_folder_on_another_machine_is_another_home(home: Home) -> None:
    program = "from pathlib import Path; from tasks.home import Home; print(Home(Path({0!r})).identity)"
    argv = ["unshare", "--user", "--map-root-user", "--uts", "sh", "-c"]
    script = 'hostname another-host && exec "$@"'
    asked = subprocess.run(
        [*argv, script, "sh", "python3", "-c", program.format(str(home.root))],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        env={"PATH": _path_with_this_python(), "PYTHONPATH": "."},
    )
    if asked.returncode and "unshare" in asked.stderr:
        pytest.skip("a process may not have a host name of its own here")
    assert asked.stdout.strip() not in {"", home.identity}, asked.stderr


def _path_with_this_python() -> str:

    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"
