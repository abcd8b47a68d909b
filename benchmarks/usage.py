"""Processor time, of this process and its children: what is compared where other work shares the machine."""

import os
import resource
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path


def processor_s(do: Callable[[], object]) -> float:
    """Return the seconds of a processor that something takes, user and system, with all programs that it waits for."""
    before = _used_s()
    do()
    return _used_s() - before


def _used_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def plain_git(folder: Path, *args: str) -> None:
    """Run git as a user would, in a checkout, with nobody's configuration."""
    who = {f"GIT_{w}_{x}": "bench" for w in ("AUTHOR", "COMMITTER") for x in ("NAME", "EMAIL")}
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    variables = {**os.environ, **who, **nobody}
    subprocess.run(["git", *args], cwd=folder, env=variables, check=True, capture_output=True)


def plain_git_s(folder: Path, *commands: Sequence[str]) -> float:
    """Return the seconds of a processor that some commands of git take, run as `plain_git` does."""
    before = _used_s()
    for command in commands:
        plain_git(folder, *command)
    return _used_s() - before
