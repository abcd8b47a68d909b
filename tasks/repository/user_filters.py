"""The user's filters (git-lfs, git-crypt, ...), which make files of what is committed, and the other way round.

git runs them for a hub, with folders that are no checkouts of the user's. They are told that they work for the user's
repository all the same: their keys, objects, settings, remotes and credentials are found from there.
"""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import RepositoryUnusable
from tasks.git.client import config_env, settings_in_environment
from tasks.git.remotes import unattended_ssh
from tasks.repository.user_repo import UserRepo

_ASKED = re.compile(rb"(?:^|\s)filter=(\S+)")
_HUBS_OWN = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_ATTR_NOSYSTEM", "GIT_NO_REPLACE_OBJECTS")
_USERS_OWN = (
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
)
_TOLD = "PLANWAVE_TELLS_FILTERS"
# What git runs for a filter must not run hooks either.
_QUIET = {"core.hooksPath": os.devnull, "core.fsmonitor": "false"}


@dataclass(frozen=True)
class Filters:
    """What git on a hub needs to run the user's filters.

    Attributes:
        config: the settings of the filters.
        env: what their commands find in the environment.
    """

    config: Mapping[str, str]
    env: Mapping[str, str]


def filters_for(repo: UserRepo, hub: Path, attributes: bytes) -> Filters:
    """Return all filters that the user has configured, for git on a hub.

    Not only those that are asked for by now: a job may be the first that asks for one, by `git lfs track` for example,
    and its files must be committed as `git add` commits them in the user's checkout.

    Args:
        repo: the user's repository.
        hub: the hub.
        attributes: what the files of attributes say in the commit from which the run starts.

    Raises:
        RepositoryUnusable: they ask for a filter that the user has not configured.
    """
    configured = repo.filters()
    names = {key.rpartition(".")[0].removeprefix("filter.") for key in configured}
    lines = (line for line in attributes.splitlines() if not line.lstrip().startswith(b"#"))
    asked = {name.decode(errors="replace") for line in lines for name in _ASKED.findall(line)}
    for name in sorted(asked - names):
        hint = "run `git lfs install`" if name == "lfs" else f"configure `filter.{name}` for git"
        raise RepositoryUnusable(f"{repo.path} uses the filter {name!r}, which is not configured", hint)
    config = {key: _told(key, value) for key, value in configured.items()}
    return Filters(config, {_TOLD: _as_in_repository(repo, hub)} if configured else {})


def _told(key: str, value: str) -> str:
    """Have a command told, as its shell's first step, for whose repository it works."""
    is_command = key.rpartition(".")[2] in {"clean", "smudge", "process"} and value
    return f'eval "${_TOLD}"; {value}' if is_command else value


def _as_in_repository(repo: UserRepo, hub: Path) -> str:
    """Return what a shell does so that a command after it finds the user's repository and configuration."""
    variables = {
        **{name: os.environ[name] for name in _USERS_OWN if name in os.environ},
        **unattended_ssh(repo.git),
        **config_env(_QUIET, settings_in_environment()),
        "GIT_DIR": str(repo.common_dir),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(hub / "objects"),
    }
    exported = "".join(f" {name}={shlex.quote(value)}" for name, value in variables.items())
    return f"unset {' '.join(_HUBS_OWN)}; export{exported}"


def asks_for_lfs(repo: UserRepo, tip: str) -> bool:
    """Return whether files of a commit of the user's repository are kept by git-lfs."""
    own = repo.common_dir / "info/attributes"
    if own.is_file() and b"filter=lfs" in own.read_bytes():
        return True
    asked = ("grep", "-q", "-e", "filter=lfs", tip, "--", ":(glob)**/.gitattributes")
    return repo.common_git.run(*asked, ok=(0, 1)).code == 0
