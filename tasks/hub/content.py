"""What of the user's own settings decides which bytes are committed, made to hold in the hub and for the agents.

The judge is what plain `git add`, `git commit` and `git merge` give in the user's clone. Settings that run programs of
theirs for another end (hooks, fsmonitor, text conversions, signing) are left out.
"""

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tasks.git.client import Git
from tasks.hub.hub import Hub
from tasks.repository.user_repo import UserRepo

_DECIDING = (
    r"core\.(autocrlf|eol|filemode|symlinks|ignorecase|precomposeunicode|checkroundtripencoding)",
    r"(merge|diff)\.(renames|renamelimit)",
    r"merge\.(renormalize|default)",
    r"merge\..*\.(driver|recursive)",
    r"filter\..*",
)
_SYSTEM_ATTRIBUTES = Path("/etc/gitattributes")
_MOST_BYTES = 2**20


def settle_content(hub: Hub) -> None:
    """Let the user's ignore files, attributes and settings hold for all that git does in the hub from here on."""
    folder = hub.work / "content"
    excludes, attributes = folder / "exclude", folder / "attributes"
    # The last pattern that matches decides, and what is the repository's own goes before what is for all of them.
    _write(excludes, _join(_named(hub.repo, "core.excludesFile", "ignore"), _info(hub.repo, "exclude")))
    _write(attributes, _join(_system_attributes(hub.repo), _named(hub.repo, "core.attributesFile", "attributes")))
    # The one place whose attributes go before those of the files in a tree.
    _write(hub.git.git_dir / "info/attributes", _info(hub.repo, "attributes"))
    files = {"core.excludesFile": str(excludes), "core.attributesFile": str(attributes)}
    # Filters are told first for whose repository they work (`tasks.repository.user_filters`).
    settings = {key: value for key, value in deciding_settings(hub.repo).items() if not key.startswith("filter.")}
    hub.git = replace(hub.git.with_config({**settings, **files}), replaces=_take_replacements(hub))


def _take_replacements(hub: Hub) -> bool:
    """Bring the objects that the user has others replaced with into the hub; tell whether there are any."""
    ours, theirs = (_replacements(git) for git in (hub.git, hub.repo.git))
    if ours != theirs:
        options = ("-q", "--prune", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules")
        source = (f"--upload-pack={hub.repo.serve}", str(hub.repo.common_dir))
        replace(hub.git, user_config=True).run("fetch", *options, *source, "+refs/replace/*:refs/replace/*")
    return bool(theirs)


def _replacements(git: Git) -> str:
    return git.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/replace/")


def deciding_settings(repo: UserRepo) -> dict[str, str]:
    """Return the user's settings that decide content, the programs of filters and of merge drivers among them.

    All that are configured, since a job may add attributes that ask for one that no file has had yet: whatever the
    attributes say, what is run is a program of the user's own choice.
    """
    listed = repo.git.run("config", "-z", "--get-regexp", f"^({'|'.join(_DECIDING)})$", ok=(0, 1)).out
    settings: dict[str, str] = {}
    for entry in listed.decode(errors="surrogateescape").split("\0"):
        key, has_value, setting = entry.partition("\n")
        if key:
            settings[key] = setting if has_value else "true"
    return settings


def agents_settings(git: Git) -> Mapping[str, str]:
    """Give, of the settings of the hub's git, those that make an agent's own git judge files as the hub does."""
    deciding = re.compile("|".join(_DECIDING))
    return {key: setting for key, setting in git.config.items() if deciding.fullmatch(key)}


def content_digest(git: Git) -> str:
    """Return what changes when files would be checked out otherwise than before, though their commit is the same."""
    named = git.config.get("core.attributesFile")
    files = (own_attributes(git), _content(Path(named)) if named else b"")
    replaced = _replacements(git) if git.replaces else ""
    return hashlib.sha256(repr((sorted(agents_settings(git).items()), files, replaced)).encode()).hexdigest()


def own_excludes(git: Git) -> bytes:
    """Return the patterns that the user ignores beside those of `.gitignore` files, as they hold in the hub."""
    named = git.config.get("core.excludesFile")
    return _content(Path(named)) if named else b""


def own_attributes(git: Git) -> bytes:
    """Return the attributes that go before those of `.gitattributes` files, as they hold in the hub."""
    return _content(git.git_dir / "info/attributes")


def own_merge_attributes(git: Git) -> bytes:
    """Return the user's own attributes, those that go before the repository's files and those that go after them."""
    named = git.config.get("core.attributesFile")
    return _join(own_attributes(git), _content(Path(named)) if named else b"")


def _write(place: Path, content: bytes) -> None:
    """Write a file in one step, unless it is as it should be: other runs may be reading it."""
    if not place.is_symlink() and place.is_file() and _content(place) == content:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}.new")
    new.unlink(missing_ok=True)
    new.write_bytes(content)
    new.replace(place)


def _info(repo: UserRepo, name: str) -> bytes:
    return _content(repo.common_dir / "info" / name)


def _named(repo: UserRepo, setting: str, default: str) -> bytes:
    """Read the file that a setting names, or else the one that git reads without it."""
    named = repo.git.run("config", "--type=path", "--get", setting, ok=(0, 1))
    if named.code == 0:
        return _content(repo.path / named.text) if named.text else b""
    configuration = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")  # noqa: PTH111, PTH118 - `Path.home` fails without a home
    return _content(Path(configuration, "git", default))


def _system_attributes(repo: UserRepo) -> bytes:
    if os.environ.get("GIT_ATTR_NOSYSTEM", "0").lower() not in {"", "0", "false", "no", "off"}:
        return b""
    # Before git 2.42 git does not say where they are.
    told = repo.git.run("var", "GIT_ATTR_SYSTEM", ok=range(256))
    return _content(Path(told.text) if told.code == 0 and told.text else _SYSTEM_ATTRIBUTES)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= _MOST_BYTES else b""
    except OSError:
        return b""


def _join(*parts: bytes) -> bytes:
    return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts if part)
