"""A test double that ships: an agent that does what its script says, in a real child process, without any model.

It serves demos, rehearsals of a plan, and planwave's own tests; what it can do is in `scripted_child.py`.
"""

import json
import re
import sys
from pathlib import Path

from tasks.agents.command import CommandAgent
from tasks.agents.protocol import AgentResult, JobWork
from tasks.programs.placeholders import fill
from tasks.programs.run_program import Exit, Launch

_CHILD = Path(__file__).with_name("scripted_child.py")
_BLOCK = re.compile(r"^```scripted[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


class ScriptedAgent:
    """Carries out the lines of the agent's `script`, then those of each ```` ```scripted ```` block in the prompt.

    With neither, it writes to what the job owns. It ends as an agent of kind `command` does.
    """

    def __init__(self) -> None:
        self._command = CommandAgent()

    def prepare(self, work: JobWork) -> Launch:
        """Return the child, with the script on its stdin; Python runs isolated, so that no path of planwave's leaks."""
        work.write_prompt()
        order = {
            "job": work.job,
            "attempt": work.attempt,
            "outbox": str(work.outbox.path),
            "script": fill(script_of(work), work.placeholders),
            "owns": work.owns.writes,
        }
        return Launch(
            argv=(sys.executable, "-I", "-S", str(_CHILD)),
            cwd=work.workspace,
            env=work.environment(),
            stdin=json.dumps(order).encode(),
        )

    def read_result(self, work: JobWork, end: Exit) -> AgentResult:
        """Judge by the exit status."""
        return self._command.read_result(work, end)


def script_of(work: JobWork) -> tuple[str, ...]:
    """Return the lines to carry out, comments and empty ones left out."""
    blocks = (line for block in _BLOCK.findall(work.prompt) for line in str(block).splitlines())
    lines = (line.strip() for line in (*work.agent.script, *blocks))
    return tuple(line for line in lines if line and not line.startswith("#"))
