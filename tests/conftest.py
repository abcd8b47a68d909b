import os
import shutil
import subprocess
from collections.abc import Generator, Mapping
from functools import cache

import pytest
from hypothesis import settings

# Where several programs share few cores, no example is slow by its own fault.
settings.register_profile("day", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", deadline=None, max_examples=1000)
settings.load_profile("day")

_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "git_lfs": ("git-lfs", "version"),
    "git_crypt": ("git-crypt", "--version"),
    # Where it is, it may not be allowed to do anything, as in most containers.
    "bubblewrap": ("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"),
}
"""By mark: the program that a test needs, and how it is seen to work."""


_OF_THE_MACHINE = ("GIT_", "PREFECT_", "XDG_", "LC_")
_ALSO = (
    "LANG", "LANGUAGE", "TZ", "EMAIL", "PYTHONUNBUFFERED", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS",
    "LINES", "TERM",
)  # fmt: skip
_KEPT = ("GIT_EXEC_PATH", "GIT_SSL_CAINFO")


@pytest.fixture(scope="session", autouse=True)
def own_machine(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep what is configured on this machine out of the tests: a home without settings, an environment without wishes.

    What the program makes of such settings, tests say by setting them.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(_OF_THE_MACHINE) and name not in _KEPT:
                patch.delenv(name)
        for name in _ALSO:
            patch.delenv(name, raising=False)
        patch.setenv("LANG", "C.UTF-8")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("user")))
        mask = os.umask(0o022)
        yield
        os.umask(mask)


@cache
def _works(*argv: str) -> bool:
    return shutil.which(argv[0]) is not None and subprocess.run(argv, check=False, capture_output=True).returncode == 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave tests out whose program is not here."""
    for mark, argv in _PROGRAMS.items():
        if item.get_closest_marker(mark) and not _works(*argv):
            how = "does not work here" if shutil.which(argv[0]) else "is not installed"
            pytest.skip(f"{argv[0]} {how}")


def _must_run(item: pytest.Item) -> bool:
    if item.get_closest_marker("material"):
        return False
    has_program = any(item.get_closest_marker(mark) and _works(*argv) for mark, argv in _PROGRAMS.items())
    return has_program or item.get_closest_marker("server") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything must have run, a test that was skipped though its server or program is here has failed.

    Unless it reads what is elsewhere.
    """
    report = yield
    if report.outcome == "skipped" and os.environ.get("PLANWAVE_NO_SKIP") and _must_run(item):
        report.outcome = "failed"
        report.longrepr = f"skipped, though PLANWAVE_NO_SKIP is set: {report.longreprtext}"
    return report
