"""The submodules that the user has checked out, taken over into the hub: no network is asked for them."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tasks.git.client import Git, GitFailed
from tasks.hub.hub import Hub
from tasks.repository.user_repo import SERVE
from tasks.workspace.submodules import has_commit, module_git, pointers

_SERVED = f"--upload-pack={SERVE}"


def take_modules(hub: Hub, commit: str) -> list[str]:
    """Bring the submodules of a commit into the hub; give the places of those whose commits the user does not have."""
    missing: list[str] = []
    names: dict[str, str] | None = None
    for place, pointer in pointers(hub.git, commit, hub.gitlinks).items():
        module = module_git(hub.git, place)
        if has_commit(module, pointer):
            continue
        names = _names(hub.git, commit) if names is None else names
        source = _source(hub, place, names.get(place))
        if source is not None:
            # What git cannot read counts as not there: a submodule's files are a help, not a must.
            with suppress(GitFailed):
                _bring(module, source)
        if not has_commit(module, pointer):
            missing.append(place)
    return missing


def _names(git: Git, commit: str) -> dict[str, str]:
    """Return the names that `.gitmodules` gives to submodules, by their places."""
    options = ("-z", "--blob", f"{commit}:.gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    listed = git.run("config", *options, ok=(0, 1, 128)).out.decode(errors="surrogateescape")
    pairs = (entry.partition("\n") for entry in listed.split("\0") if entry)
    return {path: key.removeprefix("submodule.").removesuffix(".path") for key, _, path in pairs}


def _source(hub: Hub, place: str, name: str | None) -> Path | None:
    """Return the git directory of a submodule in the user's checkout: where git keeps it, or in its own folder."""
    repo = hub.repo
    found: list[Path] = []
    if name is not None and ".." not in name.split("/"):
        found += [repo.git_dir / "modules" / name, repo.common_dir / "modules" / name]
    if repo.top is not None:
        found.append(repo.top / place / ".git")
    return next((path for path in found if (path / "HEAD").is_file()), None)


def _bring(module: Git, source: Path) -> None:
    user = Git(source, user_config=True)
    if not module.git_dir.is_dir():
        module.git_dir.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".", suffix=".new", dir=module.git_dir.parent))
        try:
            _clone(user, source, building)
            with suppress(OSError):
                # Another run may have been faster.
                building.rename(module.git_dir)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    into = Git(module.git_dir, user_config=True)
    options = ("-q", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules", _SERVED)
    refs = ("+refs/heads/*:refs/heads/*", "+refs/remotes/*:refs/remotes/*", "+HEAD:refs/planwave/head")
    into.run("fetch", *options, "--update-head-ok", str(source), *refs)
    url = user.run("config", "--get", "remote.origin.url", ok=(0, 1)).text
    if url:
        into.run("config", "remote.origin.url", _without_login(url))
    head = user.run("symbolic-ref", "-q", "refs/remotes/origin/HEAD", ok=(0, 1, 128)).text
    if head:
        into.run("symbolic-ref", "refs/remotes/origin/HEAD", head)


def _clone(user: Git, source: Path, building: Path) -> None:
    """Clone as hubs are cloned: by linking or copying objects, or having them sent where not all are its own."""
    options = ("clone", "-q", "--bare", "--no-tags", "--template=", _SERVED)
    borrows = (source / "objects/info/alternates").exists()
    place = ("--", str(source), str(building))
    if borrows or user.run(*options, *place, ok=range(256)).code != 0:
        user.run(*options, "--no-local", *place)


def _without_login(url: str) -> str:
    """Return a URL without a password: agents get it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or "@" not in parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
