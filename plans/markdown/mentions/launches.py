"""Launch commands in fences: `<invoke name="Task">` with its parameters, `Task(description="...", prompt="...")`."""

import re
from collections.abc import Iterator

from plans.markdown.source.labels import Label, read_label
from plans.markdown.source.outline import Node

_INVOKE = re.compile(r"<invoke\b[^<>]*>(?P<body>.*?)(?:</invoke>|(?=<invoke\b)|\Z)", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter\s+name=\"(?P<name>[\w-]+)\"\s*>(?P<value>.*?)(?:</parameter>|(?=<parameter\b)|\Z)", re.DOTALL
)
_CALL = re.compile(
    r"(?<![\w.])(?:Task|Agent|spawn_agent|launch_agent)\s*\(\s*(?P<body>[{\s]{0,20}\w[\w ]{0,40}[=:].{0,9000}?)"
    r"\n?\s{0,20}\)(?=\s*(?:[,;\n]|$|//|#))",
    re.DOTALL,
)
_ARGUMENT = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s*[=:]\s*(?:\"{3}(?P<block>.*?)\"{3}|\"(?P<double>(?:[^\"\\]|\\.)*)\"|"
    r"'(?P<single>(?:[^'\\]|\\.)*)'|`(?P<tick>[^`]*)`)",
    re.DOTALL,
)
_COMMENT = re.compile(r"^\s*(?:<!--\s*(?P<html>.*?)\s*-->|(?://|#)\s*(?P<line>.*?))\s*$")
_TITLES = ("description", "title", "name", "task")
_FILE = re.compile(
    r"(?im)^\W*(?:\d+[.)]\s*)?(?:create|write|add|new)\s+(?:the\s+)?(?:files?|module)?\s*:?\s*`?(?P<path>[\w./-]+/[\w.-]+\.\w+)"
)


class Launch:
    """One command that starts an agent."""

    def __init__(self, values: dict[str, str], comment: str, line: int) -> None:
        self.values = values
        self.comment = comment
        self.line = line

    @property
    def label(self) -> Label:
        """What the comment above calls it, with what the command says it is to do."""
        told = read_label(self.comment) if self.comment else None
        title = next((self.values[name] for name in _TITLES if self.values.get(name)), "")
        agent = self.values.get("subagent_type") or self.values.get("agent_type") or ""
        if told is not None and not told.topic and told.word:
            return told._replace(title=title or told.title)
        return Label("job", "agent" if agent else "task", "", title or self.comment or _first_line(self.prompt))

    @property
    def prompt(self) -> str:
        """What the agent is told."""
        return self.values.get("prompt", "").strip()

    @property
    def nodes(self) -> Iterator[Node]:
        """What is said of it as the lines of a body: who does it, what with, and which files come of it."""
        agent = self.values.get("subagent_type") or self.values.get("agent_type") or ""
        if agent:
            yield Node("paragraph", f"Agent: {agent}", self.line)
        for path in dict.fromkeys(found["path"] for found in _FILE.finditer(self.prompt)):
            yield Node("paragraph", f"Create: `{path}`", self.line)
        for text in self.prompt.split("\n"):
            if re.match(r"\s*(?:depend\w*|requires|blocked by)\b[^:]{0,12}:", text, re.IGNORECASE):
                yield Node("paragraph", text.strip(), self.line)
        if self.prompt:
            yield Node("fence", self.prompt, self.line, info="prompt")


def read_launches(fence: Node) -> list[Launch]:
    """Return the commands of a fence in order."""
    text = fence.text
    if "<invoke" in text:
        found = [
            (one, {p["name"]: p["value"].strip() for p in _PARAMETER.finditer(one["body"])})
            for one in _INVOKE.finditer(text)
        ]
    elif re.search(r"\b(?:Task|Agent|spawn_agent|launch_agent)\s*\(", text):
        found = [(one, _arguments(one["body"])) for one in _CALL.finditer(text)]
    else:
        return []
    return [
        Launch(values, _comment_above(text, one.start()), fence.line + text.count("\n", 0, one.start()))
        for one, values in found
        if values
    ]


def _arguments(body: str) -> dict[str, str]:
    return {
        one["name"]: (one["block"] or one["double"] or one["single"] or one["tick"] or "").strip()
        for one in _ARGUMENT.finditer(body)
    }


def _comment_above(text: str, at: int) -> str:
    above = text[max(0, at - 400) : at].rstrip().rpartition("\n")[2]
    found = _COMMENT.match(above)
    return (found["html"] or found["line"] or "") if found is not None else ""


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0][:100]
