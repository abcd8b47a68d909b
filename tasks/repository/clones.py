"""Repositories that are named by a URL: a bare clone of planwave's own stands in for each of them."""

import hashlib
import re
import shutil
from pathlib import Path

from tasks.errors import RepositoryUnusable
from tasks.gist import gist
from tasks.git.client import Git, GitFailed
from tasks.git.file_lock import opened
from tasks.git.remotes import unattended_ssh
from tasks.home import Home

_URL = re.compile(r"(?:https?|ssh|git)://.|[\w.-]+@[\w.-]+:.")
"""`file://` is a folder of this machine; `git@host:path` is what ssh takes."""
_NETWORK_S = 3600.0


def is_url(named: str) -> bool:
    """Return whether a repository is named by a URL, rather than by a folder."""
    return _URL.match(named) is not None


def without_secret(url: str) -> str:
    """Return a URL as it may be shown: who logs in, and with what, is left out."""
    return re.sub(r"//[^/]*@", "//", url)


def clone_of(named: str, home: Home) -> str:
    """Return the folder of what is named: for a URL that of its clone, which may not be there yet."""
    if not is_url(named):
        return named
    name = re.sub(r"[^\w.-]", "-", named.rstrip("/").removesuffix(".git").rpartition("/")[2].rpartition(":")[2])
    return str(home.clones / f"{name[:60].strip('.-')}-{hashlib.sha256(named.encode()).hexdigest()[:8]}.git")


def fetch_clone(named: str, home: Home) -> str:
    """Return the folder of what is named, for a URL cloned, or brought up to date, by git with the user's credentials.

    The clone is treated like a user's bare repository: its base is the branch that the remote, `origin`, has
    checked out, which follows it; the plan's branches are published to it, and to the remote only where the plan says
    so (`merge.push`).

    Raises:
        RepositoryUnusable: git cannot read what the URL names.
    """
    folder = Path(clone_of(named, home))
    if not is_url(named):
        return named
    with opened(folder.with_name(f".{folder.name}.lock")) as lock:
        lock.wait_exclusive()
        building = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(building, ignore_errors=True)
        git = Git(folder if folder.is_dir() else building, lock_fds=(lock.fd,), user_config=True)
        try:
            if not folder.is_dir():
                git.run("init", "-q", "--bare", "--template=", str(building))
                git.run("remote", "add", "origin", named)
            options = ("-q", "--prune", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules")
            for command in (("fetch", *options, "origin"), ("remote", "set-head", "origin", "--auto")):
                git.run(*command, env=unattended_ssh(git), timeout_s=_NETWORK_S)
            head = git.text("symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
            git.run("update-ref", f"refs/heads/{head}", f"refs/remotes/origin/{head}")
            git.run("symbolic-ref", "HEAD", f"refs/heads/{head}")
        except GitFailed as problem:
            said = without_secret(gist(problem.tail))
            raise RepositoryUnusable(
                f"git cannot clone {without_secret(named)}: {said}", _hint(problem.tail)
            ) from problem
        if not folder.is_dir():
            building.rename(folder)
    return str(folder)


def _hint(said: str) -> str:
    """Say what helps against what git said."""
    if any(sign in said for sign in ("Could not resolve host", "Failed to connect", "timed out", "unable to access")):
        return "is the address right, and the network there? `git ls-remote URL` asks the same"
    return "`git ls-remote URL` must work here without a question: git's own credentials and keys are used"
