"""Children see an allow list of the environment, and what they are given."""

import os

import pytest

from tasks.programs.environment import CREDENTIALS, child_environment, take_credentials_out


@pytest.fixture(autouse=True)
def _users_environment(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - autouse
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name in ("PATH", "HOME", "LC_ALL", "XDG_CONFIG_HOME", "https_proxy", "PYTHONPATH", "VIRTUAL_ENV", "GIT_DIR"):
        monkeypatch.setenv(name, f"the user's {name}")
    for name in ("PREFECT_API_URL", "PLANWAVE_HOME", "API_KEY", "CI", "PLANWAVE_MARK", "GIT_EDITOR"):
        monkeypatch.setenv(name, f"the user's {name}")


def test_a_child_gets_what_programs_need_and_no_more() -> None:
    assert child_environment(mark="hub/plan") == {
        "PATH": "the user's PATH",
        "HOME": "the user's HOME",
        "LC_ALL": "the user's LC_ALL",
        "XDG_CONFIG_HOME": "the user's XDG_CONFIG_HOME",
        "https_proxy": "the user's https_proxy",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "commit.gpgSign",
        "GIT_CONFIG_KEY_1": "tag.gpgSign",
        "GIT_CONFIG_VALUE_0": "false",
        "GIT_CONFIG_VALUE_1": "false",
        "GIT_EDITOR": "true",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "CI": "1",
        "NO_COLOR": "1",
        "PAGER": "cat",
        "TERM": "dumb",
        "PLANWAVE_MARK": "hub/plan",
    }


def test_what_is_named_is_passed_on() -> None:
    env = child_environment(mark="m", passed=["API_KEY", "CI", "NOT_SET"])
    assert (env["API_KEY"], env["CI"]) == ("the user's API_KEY", "the user's CI")
    assert "NOT_SET" not in env


def test_no_name_leads_a_childs_git_to_another_repository() -> None:
    assert "GIT_DIR" not in child_environment(mark="m", passed=["GIT_DIR"])


def test_what_is_added_counts_more_except_for_the_mark() -> None:
    env = child_environment(mark="m", passed=["CI"], extra={"CI": "added", "PLANWAVE_MARK": "forged"})
    assert (env["CI"], env["PLANWAVE_MARK"]) == ("added", "m")


def test_no_name_gives_a_child_what_opens_the_server_that_keeps_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.setenv(name, "secret")
    assert "PREFECT_API_AUTH_STRING" in CREDENTIALS
    env = child_environment(mark="m", passed=[*CREDENTIALS, "PREFECT_API_URL"])
    assert env["PREFECT_API_URL"] == "the user's PREFECT_API_URL"
    assert not CREDENTIALS & set(env)


def test_credentials_leave_the_environment_that_others_inherit() -> None:
    environ = {"PREFECT_API_AUTH_STRING": "secret", "PREFECT_API_KEY": "secret", "PREFECT_API_URL": "address"}
    take_credentials_out(environ)
    assert environ == {"PREFECT_API_URL": "address"}
