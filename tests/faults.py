"""Git that fails, or kills planwave, at one chosen command: a program before the real one on the path."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

_PROGRAM = """#!{python} -SE
import json, os, signal, subprocess, sys

GIT, SPEC = {git!r}, {spec!r}
args = sys.argv[1:]
try:
    with open(SPEC) as file:
        spec = json.load(file)
except OSError:
    spec = None
if spec is None or any(word not in args for word in spec["words"]):
    os.execv(GIT, ["git", *args])


def strike():
    try:
        os.rename(SPEC, SPEC + ".hit")
    except OSError:
        return
    if spec["act"] == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
    sys.stderr.write("fatal: struck by the test\\n")
    sys.stderr.flush()
    os._exit(128)


def is_meant(data):
    return spec["has"] in " ".join(args) or spec["has"].encode() in data


if "-z" in args and "update-ref" in args:
    # It is kept open, and asked again and again.
    child = subprocess.Popen([GIT, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    while request := os.read(0, 65536):
        if spec["when"] == "before" and is_meant(request):
            strike()
        child.stdin.write(request)
        child.stdin.flush()
        answer = b""
        while not answer.endswith(b"commit: ok\\n"):
            chunk = os.read(child.stdout.fileno(), 65536)
            if not chunk:
                os.write(1, answer)
                sys.exit(child.wait())
            answer += chunk
        if is_meant(request):
            strike()
        os.write(1, answer)
    child.stdin.close()
    sys.exit(child.wait())
data = sys.stdin.buffer.read() if "--stdin" in args else b""
if spec["when"] == "before" and is_meant(data):
    strike()
done = subprocess.run([GIT, *args], input=data if "--stdin" in args else None, capture_output=True)
if is_meant(data):
    strike()
sys.stdout.buffer.write(done.stdout)
sys.stderr.buffer.write(done.stderr)
sys.stdout.flush()
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Faults:
    """What is to go wrong: one command, once."""

    spec: Path

    def arm(
        self,
        *words: str,
        has: str = "",
        when: Literal["before", "after"] = "after",
        act: Literal["fail", "kill"] = "fail",
    ) -> None:
        """Let the next git command with these words among its arguments go wrong.

        Args:
            words: arguments that it has.
            has: what its arguments, or what it reads, must hold.
            when: before it has done anything, or after it has done all, and before its answer is heard.
            act: it fails; or planwave, which asked, is killed.
        """
        self.spec.write_text(json.dumps({"words": words, "has": has, "when": when, "act": act}))

    @property
    def struck(self) -> bool:
        """Whether it went wrong."""
        return self.spec.with_name(f"{self.spec.name}.hit").exists()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Put such a git before the real one."""
    real = shutil.which("git")
    assert real is not None
    folder.mkdir()
    spec, program = folder / "spec.json", folder / "git"
    program.write_text(_PROGRAM.format(python=sys.executable, git=real, spec=str(spec)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return Faults(spec)
