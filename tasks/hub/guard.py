"""The hub's own settings, kept as planwave made them: a job can write to the hub, whose place its workspace shows.

What git reads there would be carried out by planwave's next git: programs for filters and merges, hooks, other places
to take settings and refs from. So before each command the files that say such things are looked at, which costs some
microseconds; what is not planwave's is set aside, and the command runs without it.
"""

import logging
import os
import re
import shutil
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tasks.errors import RepositoryUnusable
from tasks.git.client import Git, GitFailed

_log = logging.getLogger(__name__)

_OWN_SETTINGS = re.compile(
    r"core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks)"
    r"|extensions\.(objectformat|refstorage|preciousobjects|partialclone)"
    r"|(gc|maintenance)\.auto"
    r"|remote\.[^\n]+\.(url|tagopt|fetch|mirror|promisor|partialclonefilter)"
)
"""What cloning and planwave write: nothing that names a program, or another file."""
_NEVER = ("commondir", "config.worktree", "worktrees", "modules", "hooks")
_PLAIN = ("HEAD", "packed-refs", "shallow", "objects/info/alternates", "objects/info/commit-graph")
"""Files that git reads if they are there: in a pipe of that name it would wait for ever."""
_WATCHED = ("config", "info", *_NEVER, *_PLAIN)
_INFO = ("attributes", "exclude")
_OWN_INFO = frozenset({*_INFO, "refs"})
_ALWAYS = ("config", "HEAD")
_SET_ASIDE = "planwave/set-aside"
_HINT = "if the repository holds all that was published, move it away: the next run makes another"

Signature = tuple[tuple[int, int, int] | None, ...]


class HubGuard:
    """Looks after one hub for one process; may be used from many threads.

    Attributes:
        found: what was set aside, in words.
    """

    def __init__(self, hub: Path) -> None:
        self._hub = hub
        self.found: list[str] = []
        self._known: Signature | None = None
        self._settled: Mapping[str, bytes] | None = None
        self._changing = threading.Lock()

    def check(self) -> None:
        """See that all is as it was, or put it right.

        Raises:
            RepositoryUnusable: the hub's settings cannot be read, or it is no folder any more.
        """
        if self._signature() == self._known:
            return
        if os.path.lexists(self._hub) and not self._hub.is_dir():
            # What git takes for the name of another repository, with settings of its own.
            raise RepositoryUnusable(f"{self._hub} is no folder", _HINT)
        with self._changing:
            if self._hub.is_dir() and self._signature() != self._known:
                self._put_right()
                self._known = self._signature()

    def settle(self) -> None:
        """Hold what is there now for planwave's own: it has written it, and no job of the run has begun."""
        self.check()
        with self._changing:
            self._settled = {name: (self._hub / name).read_bytes() for name in self._files()}

    def _signature(self) -> Signature:
        places = (*_WATCHED, *(f"info/{name}" for name in _INFO))
        return tuple(_stamp(self._hub / place) for place in places)

    def _files(self) -> Iterator[str]:
        yield "config"
        kept = ("HEAD", "objects/info/alternates", *(f"info/{name}" for name in _INFO))
        yield from (name for name in kept if _is_plain(self._hub / name))

    def _put_right(self) -> None:
        for name in _NEVER:
            if os.path.lexists(self._hub / name) and not _is_empty_folder(self._hub / name):
                self._set_aside(name)
        for name in _PLAIN:
            if os.path.lexists(self._hub / name) and not _is_plain(self._hub / name):
                self._set_aside(name)
        if (self._hub / "info").is_symlink():
            self._set_aside("info")
        for entry in (self._hub / "info").glob("*"):
            # The files that planwave writes there are written beside their places first.
            is_new = entry.name.startswith(".") and entry.name.endswith(".new")
            if not is_new and (entry.name not in _OWN_INFO or entry.is_symlink()):
                self._set_aside(f"info/{entry.name}")
        if self._settled is None:
            self._keep_own_settings()
        else:
            self._restore(self._settled)

    def _restore(self, settled: Mapping[str, bytes]) -> None:
        for name in {*settled, *self._files()}:
            place = self._hub / name
            if _is_plain(place) and place.read_bytes() == settled.get(name):
                continue
            self._set_aside(name)
            if name in settled:
                _write(place, settled[name])

    def _keep_own_settings(self) -> None:
        config = self._hub / "config"
        settings = _settings(config)
        own = [(key, value) for key, value in settings if _OWN_SETTINGS.fullmatch(key)]
        if own != settings:
            odd = ", ".join(sorted({key for key, _ in settings} - {key for key, _ in own}))
            content = "".join(_section(key, value) for key, value in own)
            self._set_aside("config", f" ({odd})")
            _write(config, content.encode(errors="surrogateescape"))

    def _set_aside(self, name: str, what: str = "") -> None:
        aside = self._hub / _SET_ASIDE / f"{time.time_ns()}-{name.replace('/', '-')}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        place = self._hub / name
        if name in _ALWAYS and _is_plain(place):
            shutil.copyfile(place, aside)  # others may be reading it: it is there all the time
        elif os.path.lexists(place):
            with suppress(FileNotFoundError):  # another run was faster
                place.rename(aside)
        else:
            return
        said = f"{self._hub / name} was changed by something that is not planwave{what}: set aside as {aside}"
        self.found.append(said)
        _log.warning("%s", said)


def guarded(git: Git) -> Git:
    """Return a hub's git that looks after the hub before each command."""
    return git.guarded_by(HubGuard(git.git_dir).check)


def _stamp(place: Path) -> tuple[int, int, int] | None:
    try:
        found = os.lstat(place)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_ctime_ns


def _is_plain(place: Path) -> bool:
    """Return whether it is a file: to read anything else may wait for ever."""
    try:
        return stat.S_ISREG(os.lstat(place).st_mode)
    except OSError:
        return False


def _is_empty_folder(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink() and not any(place.iterdir())


def _settings(config: Path) -> list[tuple[str, str]]:
    """Read a file of settings without following what it includes."""
    if not _is_plain(config):
        raise RepositoryUnusable(f"{config} is no file", _HINT)
    try:
        listed = Git(Path("/")).run("config", "--file", str(config), "--no-includes", "-z", "--list").out
    except GitFailed as problem:
        raise RepositoryUnusable(f"git cannot read {config}", _HINT) from problem
    entries = listed.decode(errors="surrogateescape").split("\0")[:-1]
    return [
        (key, value if has_value else "true") for key, has_value, value in (each.partition("\n") for each in entries)
    ]


def _section(key: str, value: str) -> str:
    section, _, rest = key.partition(".")
    middle, _, name = rest.rpartition(".")
    heading = f"{section} {_quoted(middle)}" if middle else section
    return f"[{heading}]\n\t{name} = {_quoted(value)}\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(exist_ok=True)
    new = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}.new")
    new.unlink(missing_ok=True)
    new.write_bytes(content)
    new.replace(place)
