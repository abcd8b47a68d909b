r"""What a scripted agent runs: reads its orders from stdin as JSON, and carries them out in the current folder.

It is started by the path of this file and stands alone: nothing of planwave's is imported, only the standard library.
One action a line; in TEXT, `\n` is a line break:

    write PATH TEXT      append PATH TEXT     delete PATH          mkdir PATH         symlink PATH TARGET
    escape PATH TEXT     writes wherever PATH leads, also out of the workspace (the others refuse to)
    expect PATH [TEXT]   fails unless the file is there (and holds TEXT)
    commit MESSAGE       commits everything with git, as agents do
    print TEXT           handoff TEXT         progress TEXT        scope PATH REASON
    verdict GO|NO-GO [REASON]
    fail N [TEXT]        fails in the first N attempts
    later [SECONDS]      asks to be tried later (exit 75)
    exit CODE            kill                 kills itself with SIGKILL
    sleep SECONDS        hang                 deaf               from here on ignores SIGTERM and SIGINT
    flood BYTES          fork SECONDS         leaves a process in a session of its own, holding the output open
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

Action = Callable[[str, str], object]

ROOT = Path.cwd()
_FLOOD_LINE = b"planwave scripted agent: " + b"x" * 102 + b"\n"
_FLOOD_BLOCK = _FLOOD_LINE * 512
_SLASHES, _MARKUP = ("// ", ""), ("<!-- ", " -->")
_COMMENTS = {
    **dict.fromkeys(
        (".c", ".cc", ".cpp", ".cs", ".go", ".h", ".java", ".js", ".jsx", ".kt", ".rs", ".swift"), _SLASHES
    ),
    **dict.fromkeys((".ts", ".tsx", ".proto", ".php", ".scss"), _SLASHES),
    **dict.fromkeys((".html", ".xml", ".svg", ".md"), _MARKUP),
    **dict.fromkeys((".sql", ".lua"), ("-- ", "")),
    ".css": ("/* ", " */"),
}


class Order(TypedDict):
    """What stands on stdin."""

    job: str
    attempt: int
    outbox: str
    script: list[str]
    owns: list[str]


class ScriptError(Exception):
    """A line that cannot be carried out."""


def inside(path: str) -> Path:
    """Return a path of the workspace, its folder made."""
    place = ROOT / path
    if place != ROOT and ROOT not in Path(os.path.normpath(place)).parents:
        raise ScriptError(f"{path} is outside the workspace: `escape` goes there")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def put(path: Path, text: str, mode: str = "w") -> None:
    """Write text, ended by a line break."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(text if text.endswith("\n") or not text else f"{text}\n")


def delete(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def expect(path: str, text: str) -> None:
    """End with failure unless the file is there and holds the text."""
    place = inside(path)
    if not place.exists():
        sys.exit(f"expected {path}: it is not there")
    if text not in place.read_text(encoding="utf-8", errors="replace"):
        sys.exit(f"expected {text!r} in {path}")


def commit(message: str) -> None:
    """Commit everything, as some agents do unasked."""
    who = ("-c", "user.name=scripted", "-c", "user.email=scripted@localhost")
    git = shutil.which("git") or "git"
    subprocess.run([git, "add", "-A"], check=True)
    subprocess.run([git, *who, "commit", "-q", "--allow-empty", "-m", message or "scripted"], check=True)


def flood(count: int) -> None:
    """Print so many bytes."""
    out = sys.stdout.buffer
    while count > 0:
        count -= out.write(_FLOOD_BLOCK[:count])


def fork(seconds: float) -> None:
    """Leave a process that no signal to the group reaches."""
    subprocess.Popen([sys.executable, "-I", "-S", "-c", f"import time; time.sleep({seconds})"], start_new_session=True)


def hang() -> None:
    """Do nothing, for ever."""
    while True:
        signal.pause()


def go_deaf() -> None:
    """Ignore what asks to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def fail(order: Order, attempts: int, text: str) -> None:
    """End with failure in the first attempts."""
    if order["attempt"] <= attempts:
        sys.exit(text or f"scripted failure of attempt {order['attempt']}")


def try_later(outbox: Path, seconds: str) -> None:
    """End with the status that asks for patience."""
    if seconds:
        put(outbox / "retry-after", seconds)
    sys.exit(75)


def actions(order: Order) -> dict[str, Action]:
    """Return every action by its name; each takes the first word that follows, and the rest of the line."""
    outbox = Path(order["outbox"])
    return {
        "write": lambda path, text: put(inside(path), text),
        "append": lambda path, text: put(inside(path), text, "a"),
        "delete": lambda path, _: delete(inside(path)),
        "mkdir": lambda path, _: inside(path).mkdir(exist_ok=True),
        "symlink": lambda path, target: inside(path).symlink_to(target),
        "escape": lambda path, text: put(ROOT / path, text or "escaped"),
        "expect": expect,
        "commit": lambda first, rest: commit(f"{first} {rest}".strip()),
        "print": print,
        "handoff": lambda first, rest: put(outbox / "handoff.md", f"{first} {rest}"),
        "progress": lambda first, rest: put(outbox / "progress", f"{first} {rest}", "a"),
        "scope": lambda path, why: put(outbox / "scope.json", json.dumps({"paths": [path], "reason": why})),
        "verdict": lambda word, why: put(outbox / "verdict.json", json.dumps({"verdict": word, "reasons": [why]})),
        "fail": lambda count, text: fail(order, int(count), text),
        "later": lambda seconds, _: try_later(outbox, seconds),
        "exit": lambda code, _: sys.exit(int(code)),
        "kill": lambda _, __: os.kill(os.getpid(), signal.SIGKILL),
        "sleep": lambda seconds, _: time.sleep(float(seconds)),
        "hang": lambda _, __: hang(),
        "deaf": lambda _, __: go_deaf(),
        "flood": lambda count, _: flood(int(count)),
        "fork": lambda seconds, _: fork(float(seconds)),
    }


def carry_out(order: Order) -> None:
    """Do what the script says, line by line."""
    able = actions(order)
    for line in order["script"]:
        verb, first, rest = [*line.split(maxsplit=2), "", ""][:3]
        if verb not in able:
            raise ScriptError(f"no such action: {line!r}")
        try:
            able[verb](first, rest.replace("\\n", "\n"))
        except (ValueError, OSError, subprocess.CalledProcessError) as error:
            raise ScriptError(f"{line!r}: {error}") from error
        sys.stdout.flush()


def plausible_path(pattern: str, job: str) -> str | None:
    """Return a path that a gitignore pattern matches: the job's name for each star; None if the pattern excludes."""
    if pattern.startswith("!"):
        return None
    *folders, last = [part for part in pattern.split("/") if part] or ["**"]
    if pattern.endswith("/"):
        folders, last = [*folders, job if last == "**" else last], f"{job}.txt"
    elif last == "**":
        last = f"{job}.txt"
    return "/".join(_without_wildcards(part, job) for part in (*(f for f in folders if f != "**"), last))


def _without_wildcards(part: str, job: str) -> str:
    part = re.sub(r"\[([^\]!^])[^\]]*\]", r"\1", part)
    return re.sub(r"\*+", job, part).replace("?", "x").replace("\\", "")


def sign(path: Path, order: Order) -> None:
    """Leave the job's name in a file, as a comment where its kind has them."""
    if path.is_dir():
        path = path / f"{order['job']}.txt"
    line = f"job {order['job']}, attempt {order['attempt']}"
    if path.suffix == ".json":
        put(path, json.dumps({"written": line}))
        return
    before, after = _COMMENTS.get(path.suffix, ("# ", ""))
    put(path, f"{before}{line}{after}", "a")


def sign_everything(order: Order) -> None:
    """Write to what the job owns."""
    paths = [path for pattern in order["owns"] if (path := plausible_path(pattern, order["job"]))]
    for path in paths or [f"planwave-scripted/{order['job']}.txt"]:
        sign(inside(path), order)


def main() -> None:
    """Carry out the order on stdin."""
    order: Order = json.load(sys.stdin)
    if order["script"]:
        carry_out(order)
    else:
        sign_everything(order)


if __name__ == "__main__":
    try:
        main()
    except ScriptError as error:
        sys.exit(f"scripted agent: {error}")
