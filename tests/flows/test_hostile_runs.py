"""What hostile jobs and documents say never steers a terminal, whichever way it comes to be printed."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.commands import MAIN, Planwave
from tests.repositories import make_repository

pytestmark = pytest.mark.hostile

PAYLOAD = "".join(
    (
        "\x1b]0;x\x07",  # a title of the window
        "\x9d0;x\x9c",  # the same, by one character
        "\x1b]8;;http://x.invalid\x1b\\L\x1b]8;;\x1b\\",  # a link
        "\x1b[5;35m\x9b5;35m",  # blinking
        "\x1b[?1049h\x1bc",  # another screen, and a cleared one
        "\x1bP+q\x1b\\\x1b_x\x1b\\\x9fx\x9c",  # orders to a terminal's own programs
        "\x0e\x05\x08\x07\u202e",
        "\r\x1b[2Kplanwave: all is well",  # a line in place of another
    )
)
STEERS = re.compile(
    rb"\x1b[\]P_c]|\x1b\[5;35m|\x1b\[\?1049|[\x00-\x06\x07\x08\x0e\x0f]|\xc2[\x80-\x9f]|\xe2\x80\xae|"
    rb"\r(?!\n)planwave: all"
)
SCRIPTS: Mapping[str, str] = {
    "good": "mkdir -p good && echo x > good/x && git add -A && git commit -qF PAYLOAD",
    "fails": "mkdir -p fails && echo x > fails/x && exit 3",
    "strays": "mkdir -p strays && echo x > strays/x && echo x > \"strays/$(tr -d '\\r\\n/' < PAYLOAD)\"",
}
SAYS = (
    "cat PAYLOAD; cat PAYLOAD >&2; for name in handoff.md progress no-change.md; do cp PAYLOAD {outbox}/$name; done; "
)


@dataclass(frozen=True)
class Hostile:
    """A plan of which every text is hostile, after a run of it in a terminal."""

    planwave: Planwave
    plan: Path
    repo: Path
    shown: bytes
    status: int

    def on_terminal(self, *argv: str) -> tuple[int, bytes]:
        """Return a command's status and all that a terminal would be sent."""
        return on_terminal(self.planwave, *argv)


def on_terminal(planwave: Planwave, *argv: str) -> tuple[int, bytes]:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-c", MAIN, *argv]
    env = {**planwave.env, "TERM": "xterm-256color"}
    shown = bytearray()
    with subprocess.Popen(
        command, cwd=planwave.folder, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        with suppress(OSError):  # the other end is closed
            while chunk := os.read(ours, 65536):
                shown += chunk
    os.close(ours)
    return child.returncode, bytes(shown)


def hostile_plan(payload: Path) -> dict[str, object]:
    payload.write_text(f"Said {PAYLOAD}\n")
    jobs = [
        {
            "id": job,
            "title": f"Title {PAYLOAD}",
            "prompt": f"Prompt {PAYLOAD}",
            "criteria": [f"Criterion {PAYLOAD}", {"check": ["cat", str(payload)]}],
            "owns": {"create": [f"{job}/**"]},
            "run": ["sh", "-c", (SAYS + script).replace("PAYLOAD", str(payload))],
        }
        for job, script in SCRIPTS.items()
    ]
    waves = [{"id": "one", "title": f"Wave {PAYLOAD}", "jobs": jobs}]
    return {"version": 1, "name": "hostile", "title": f"Plan {PAYLOAD}", "goal": f"Goal {PAYLOAD}", "waves": waves}


@pytest.fixture(scope="module")
def hostile(module_planwave: Planwave) -> Hostile:
    """Run the plan once, in a terminal."""
    folder = module_planwave.folder
    repo, plan = folder / "project", folder / "hostile.yaml"
    make_repository(repo)
    plan.write_text(json.dumps(hostile_plan(folder / "payload")))
    status, shown = on_terminal(module_planwave, "run", str(plan), "--repo", str(repo))
    return Hostile(module_planwave, plan, repo, shown, status)


def steering(shown: bytes) -> list[bytes]:
    return [shown[max(0, found.start() - 20) : found.end() + 20] for found in STEERS.finditer(shown)]


def test_the_table_of_a_run_draws_what_is_hostile_and_does_not_obey_it(hostile: Hostile) -> None:
    assert hostile.status == 1
    assert steering(hostile.shown) == []
    assert b"Title" in hostile.shown
    assert b"strays" in hostile.shown


ASKS: Mapping[str, Sequence[str]] = {
    "check": ("check", "PLAN"),
    "show": ("show", "PLAN"),
    "prompt": ("prompt", "PLAN", "good"),
    "convert": ("convert", "PLAN"),
    "dry run": ("run", "PLAN", "--repo", "REPO", "--dry-run"),
    "dry run as JSON": ("run", "PLAN", "--repo", "REPO", "--dry-run", "--json"),
    "status": ("status", "hostile"),
    "status as JSON": ("status", "hostile", "--json"),
    "report": ("report", "hostile"),
    "logs": ("logs", "--run", "hostile"),
    "log of a job": ("logs", "fails", "--run", "hostile"),
    "log of checks": ("logs", "good", "--checks", "--run", "hostile"),
    "another run, as JSON": ("run", "PLAN", "--repo", "REPO", "--json"),
    "an unknown job": ("logs", f"nobody{PAYLOAD}", "--run", "hostile"),
    "an unknown run": ("status", f"nobody{PAYLOAD}"),
    "an unknown part": ("run", "PLAN", "--repo", "REPO", "--only", f"nobody{PAYLOAD}"),
}


@pytest.mark.parametrize("name", ASKS)
def test_whatever_a_command_shows_of_it_steers_no_terminal(name: str, hostile: Hostile) -> None:
    places = {"PLAN": str(hostile.plan), "REPO": str(hostile.repo)}
    status, shown = hostile.on_terminal(*(places.get(word, word) for word in ASKS[name]))
    assert status in {0, 1}
    assert shown.strip()
    assert (steering(shown), b"\x1b" in shown) == ([], False)


def test_a_raw_log_is_given_byte_for_byte(hostile: Hostile) -> None:
    assert PAYLOAD.partition("\r")[0].encode() in hostile.on_terminal("logs", "fails", "--run", "hostile", "--raw")[1]


def test_neither_commits_nor_the_report_carry_it_on(hostile: Hostile) -> None:
    hub, said = hostile.planwave.hub(hostile.repo), b""
    for folder in (hub, hostile.repo):
        said += subprocess.run(
            ["git", "log", "--all", "--format=%B"], cwd=folder, capture_output=True, check=True
        ).stdout
    assert b"Commits by the agent" in said
    (report, *_) = hub.parents[1].glob("runs/*/hostile/report-*.md")
    assert steering(said) == steering(report.read_bytes()) == []
