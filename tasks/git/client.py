"""Git, run in one way: explicit repository, environment from scratch, bytes in and out.

Nothing is discovered and nothing is inherited: no configuration, hooks, attributes or environment variables of a user
or of an agent reach a git that works on a hub. GitPython runs the programs; its object, index and diff interfaces are
not used, because they lose names that are not UTF-8, run hooks, and fall back to the current directory.
"""

import errno
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tasks.errors import CommandFailed, RepositoryUnusable, TaskError
from tasks.git.streams import StreamEnded, Streams
from tasks.programs.environment import is_for_git

if TYPE_CHECKING:
    from git.cmd import Git as GitPython

AUTHOR = ("planwave", "planwave@localhost")

_SAFE_CONFIG: Mapping[str, str] = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "protocol.file.allow": "always",
    # Locks are held for milliseconds; sixteen tracks committing at once must wait for one another, not fail.
    "core.filesRefLockTimeout": "10000",
    "core.packedRefsTimeout": "30000",
}
_EVENTS = (
    "reference-transaction", "post-index-change", "post-checkout", "post-merge", "post-rewrite", "pre-auto-gc",
    "pre-push", "pre-receive", "update", "proc-receive", "post-receive", "post-update", "push-to-checkout",
)  # fmt: skip
"""What happens where planwave runs git with the user's configuration, and a hook may wait for."""
_NO_EVENT_HOOKS: Mapping[str, str] = {f"hook.{event}.enabled": "false" for event in _EVENTS}
_HOOK = re.compile(r"hook\.(.+)\.\w+")
_HUB_CONFIG: Mapping[str, str] = {
    **_SAFE_CONFIG,
    "core.bare": "false",
    "core.autocrlf": "false",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.fsync": "committed",
    "diff.ignoreSubmodules": "all",
    # With directory renames, a merge moves files that neither side asked to move.
    "merge.directoryRenames": "false",
    "merge.conflictStyle": "zdiff3",
}
_HUB_ENV: Mapping[str, str] = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_COMMON_ENV: Mapping[str, str] = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
_USER_ENV_PREFIXES = ("GIT_SSH", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
_NETWORK_ENV_PREFIXES = ("GIT_HTTP", "GIT_SSL", "GIT_PROXY")
_LOOKS_AT_FILES = frozenset({"status"})
"""What planwave asks in the user's checkout, for which git may have to filter a file."""
_DISK_FULL = ("No space left on device", "Disk quota exceeded")


class GitFailed(CommandFailed):
    """A git command ended with a status that means failure."""


class DiskFull(TaskError):
    """A disk is full: nothing that was committed is lost, and a run that is started again goes on from there."""

    hint = "free some space and run again: finished jobs are kept"

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(f"no space left on the disk of {where}")


@dataclass(frozen=True)
class GitOutput:
    """What a git command gave."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Its standard output as text, without the last line's end."""
        return self.out.decode(errors="replace").rstrip("\n")


@dataclass(frozen=True)
class Git:
    """Runs git on one repository, named by its git directory; may be used from many threads.

    Attributes:
        git_dir: the repository.
        lock_fds: open lock files that every git inherits, so that a lock that can be taken means that no git is left
            from the one who held it.
        config: settings on top of the safe ones.
        env: variables that the user's filters find, on top of the fixed ones.
        user_config: read the user's own configuration too (credentials, safe directories): for commands that read or
            fetch into the user's repository.
    """

    git_dir: Path
    lock_fds: tuple[int, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    user_config: bool = False
    author: tuple[str, str] = AUTHOR
    replaces: bool = False
    """Follow `refs/replace`, which is so with the user's configuration anyway."""
    streams: Streams | None = field(default=None, repr=False, compare=False)
    """Keeps what is asked open; None: each question is a process of its own."""
    guard: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    """Is called before each command."""

    def with_config(self, config: Mapping[str, str], env: Mapping[str, str] | None = None) -> "Git":
        """Return the same with more settings, and more variables."""
        return replace(self, config={**self.config, **config}, env={**self.env, **(env or {})})

    def guarded_by(self, guard: Callable[[], None]) -> "Git":
        """Return the same with something that looks after the repository before each command."""
        return replace(self, guard=guard)

    def run(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        ok: Collection[int] = (0,),
        timeout_s: float | None = None,
    ) -> GitOutput:
        """Run one git command from the root directory and wait for it.

        Args:
            args: the command and its arguments; data must stand behind `--` or be full names of objects and refs.
            env: variables on top of the fixed ones, such as `GIT_INDEX_FILE`.
            stdin: what it reads; nothing when absent.
            ok: the statuses that are no failure.
            timeout_s: when to kill it, for what speaks to others; GitPython watches over that with a thread, which
                costs as much as a small command.

        Raises:
            GitFailed: it ended with another status.
            DiskFull: a disk is full.
        """
        variables = {**self._environment(), **(env or {})}
        if self.guard is not None:
            self.guard()
        with disk_errors(tempfile.gettempdir()):
            argv = _argv(args, variables, signs_in=self._signs_in(args))
            output = _execute(argv, variables, stdin, self.lock_fds, timeout_s)
        if output.code in ok:
            return output
        raise self._failure(args, output.code, output.err)

    def discover(self, folder: Path) -> GitOutput:
        """Have git look for the repository of a folder by itself, as it does for a user who works there."""
        variables = {name: value for name, value in self._environment().items() if name != "GIT_DIR"}
        argv = _argv(("-C", str(folder), "rev-parse", "--git-dir"), variables, signs_in=False)
        return _execute(argv, variables, None, (), None)

    def ask(self, *args: str, request: bytes, end: bytes) -> bytes:
        """Ask a command that answers line by line what it reads, and give its answer.

        Args:
            args: the command and its arguments, the same for every question, so that it may be kept open.
            request: the question.
            end: how the answer ends.

        Raises:
            GitFailed: it ended in place of an answer, or gave another one.
            DiskFull: a disk is full.
        """
        if self.streams is None:
            answer = self.run(*args, stdin=request)
            if not answer.out.endswith(end):
                raise GitFailed(("git", *args), answer.code, answer.err)
            return answer.out
        try:
            return self.streams.ask(args, request, end, partial(self._start, args))
        except StreamEnded as ended:
            raise self._failure(args, ended.code, ended.err) from None

    def _start(self, args: tuple[str, ...]) -> "GitPython.AutoInterrupt":
        variables = self._environment()
        if self.guard is not None:
            self.guard()
        return _git_python().execute(
            _argv(args, variables, signs_in=self._signs_in(args)),
            istream=subprocess.PIPE,
            env=variables,
            as_process=True,
            pass_fds=self.lock_fds,
            process_group=0,
        )

    def _failure(self, args: tuple[str, ...], code: int, err: str) -> TaskError:
        full = any(sign in err for sign in _DISK_FULL)
        return DiskFull(str(self.git_dir)) if full else GitFailed(("git", *args), code, err)

    def text(self, *args: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> str:
        """Run one git command and give its output as text, without the last line's end."""
        return self.run(*args, env=env, stdin=stdin).text

    def _signs_in(self, args: tuple[str, ...]) -> bool:
        """Return whether a command is passed what logging in to a remote needs: not if it may run filters of files."""
        return self.user_config and args[0] not in _LOOKS_AT_FILES

    def _environment(self) -> dict[str, str]:
        if self.user_config:
            config = {**_SAFE_CONFIG, **_NO_EVENT_HOOKS, **_no_named_hooks(self.git_dir), **self.config}
        else:
            config = {**_HUB_CONFIG, **self.config}
        before = settings_in_environment() if self.user_config else ()
        name, email = self.author
        hub_env = {k: v for k, v in _HUB_ENV.items() if k != "GIT_NO_REPLACE_OBJECTS" or not self.replaces}
        return {
            **_COMMON_ENV,
            **(_user_env() if self.user_config else hub_env),
            "GIT_DIR": str(self.git_dir),
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
            **config_env(config, before),
            **self.env,
        }


@contextmanager
def disk_errors(where: str) -> Generator[None]:
    """Let a disk that is full be the error that says so."""
    try:
        yield
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(where) from problem
        raise


def config_env(config: Mapping[str, str], before: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Return the environment variables that make git take these settings, above every configuration file.

    Args:
        config: the settings.
        before: settings that they are above of; a key may be there more than once.
    """
    settings = (*before, *config.items())
    pairs = {
        name: value
        for number, (key, setting) in enumerate(settings)
        for name, value in ((f"GIT_CONFIG_KEY_{number}", key), (f"GIT_CONFIG_VALUE_{number}", setting))
    }
    return {"GIT_CONFIG_COUNT": str(len(settings)), **pairs}


def settings_in_environment() -> list[tuple[str, str]]:
    """Return the settings of git that the user made in the environment, as many do where no file can be written."""
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    names = range(int(count) if count.isdecimal() else 0)
    pairs = ((os.environ.get(f"GIT_CONFIG_KEY_{n}"), os.environ.get(f"GIT_CONFIG_VALUE_{n}")) for n in names)
    return [(key, value) for key, value in pairs if key is not None and value is not None]


def _user_env() -> dict[str, str]:
    kept = (*_USER_ENV_PREFIXES, *_NETWORK_ENV_PREFIXES)
    return {name: value for name, value in os.environ.items() if name.startswith(kept)}


def _argv(args: Sequence[str], variables: Mapping[str, str], *, signs_in: bool) -> list[str]:
    """Return the argument list; GitPython can only add variables, so `env` takes away what must not be inherited."""
    foreign = [name for name in os.environ if name not in variables and not is_for_git(name, user_config=signs_in)]
    if not foreign:
        return ["git", *args]
    return ["env", *(part for name in foreign for part in ("-u", name)), "git", *args]


@cache
def _no_named_hooks(git_dir: Path) -> Mapping[str, str]:
    """Return settings that switch off the hooks of the user's configuration, which git has since 2.54, by their names.

    `core.hooksPath` does not hold for them.
    """
    variables = {**_COMMON_ENV, **_user_env(), "GIT_DIR": str(git_dir)}
    asked = _argv(("config", "-z", "--name-only", "--get-regexp", r"^hook\."), variables, signs_in=False)
    listed = _execute(asked, variables, None, (), None).out.decode(errors="surrogateescape")
    names = {match[1] for match in map(_HOOK.fullmatch, listed.split("\0")) if match}
    return {f"hook.{name}.enabled": "false" for name in sorted(names)}


@cache
def _git_python() -> "GitPython":
    """Import GitPython late: it takes a tenth of a second, and fails where git is not installed."""
    try:
        from git.cmd import Git as GitPython  # noqa: PLC0415 - see above
    except ImportError as problem:
        raise RepositoryUnusable("git is not installed", "install git 2.39 or newer") from problem
    return GitPython("/")


def _execute(
    argv: list[str], env: Mapping[str, str], stdin: bytes | None, lock_fds: tuple[int, ...], timeout_s: float | None
) -> GitOutput:
    with ExitStack() as files:
        istream = None if stdin is None else files.enter_context(_as_file(stdin)).fileno()
        answer: object = _git_python().execute(
            argv,
            istream=istream,
            env=env,
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=timeout_s,
            pass_fds=lock_fds,
            # A group of its own: Ctrl-C is answered by planwave, and must not end a git in the middle of a commit.
            process_group=0,
        )
    match answer:
        case (int(code), bytes(out), str(err)):
            return GitOutput(code, out, err)
        case _:
            raise AssertionError("GitPython gives a status, bytes and text when it is asked for them")


def _as_file(content: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller, after git has read it
    try:
        file.write(content)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
