"""What a raw error of a program or a library comes to, in one sentence: the rest is for a log."""

import re

from plans.text.one_line import one_line

_GIT = re.compile(r"(?:remote: )?(?:fatal|error|ERROR): |(?:remote: )?! \[")
"""How git begins a line that says what is wrong."""
_GIT_PREFIX = re.compile(r"(?:remote: )?(?:fatal|error|ERROR): |remote: ")
_EXCEPTION = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Failure|Failed)\w*: (?P<said>.+)")
_DRIVER = re.compile(r"^\((?:\w+\.)*\w+\) |^<class '[\w.]+'>: ?")
"""What SQLAlchemy writes before what the database said."""
_NOISE = re.compile(
    r"""(?ix) traceback\ \(most | file\ ".*",\ line\ \d | \[sql: | \[parameters: | \(background\ on
    | for\ more\ information | response: | hint: | during\ handling\ of | the\ above\ exception
    | please\ make\ sure\ you\ have | and\ the\ repository\ exists | [\^~\s|+-]*$"""
)
_OF_PREFECT = re.compile(r"(?:Task|Flow) run encountered an exception:? ")
_TELLS_NOTHING = ("Could not read from remote repository", "failed to push some refs", "the remote end hung up")
"""What git says last when others have said why."""


def gist(text: str) -> str:
    """Return the sentence of an error's text that says what is wrong, without traceback, SQL or advice; never empty."""
    told = _OF_PREFECT.sub("", text.strip())
    lines = [line.strip() for line in told.splitlines() if not _NOISE.match(line.strip())]
    ours = [_with_next(lines, number) for number, line in enumerate(lines) if _GIT.match(line)]
    if ours:
        return one_line("; ".join(_of_git(lines, ours)))
    said = [found["said"] for line in lines if (found := _EXCEPTION.match(line))]
    chosen = said[-1] if said else next(iter(lines), "")
    return one_line(_DRIVER.sub("", chosen)) or "it said nothing"


def _with_next(lines: list[str], number: int) -> str:
    """Return a line, with what it announces."""
    line, after = lines[number], "".join(lines[number + 1 : number + 2])
    return f"{line} {after}" if line.endswith(":") and after and not _GIT.match(after) else line


def _of_git(lines: list[str], ours: list[str]) -> list[str]:
    telling = [line for line in ours if not any(phrase in line for phrase in _TELLS_NOTHING)]
    if not telling:
        # A program that git runs, such as ssh, has said why.
        telling = [line for line in lines if line not in ours][-1:] or ours
    return [_GIT_PREFIX.sub("", line) for line in telling[:2]]
