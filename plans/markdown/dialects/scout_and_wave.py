"""Scout-and-Wave's IMPL documents in Markdown: the table of file ownership names each agent, its wave and its files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from plans.markdown.dialects.impl import ImplAgent, fill_waves, first_sentence
from plans.markdown.draft import Draft, Said
from plans.markdown.mentions.fields import says_nothing
from plans.markdown.source.outline import Node, Row, read_outline
from plans.markdown.source.paths import paths_in
from plans.markdown.source.text import plain

_MARKS = re.compile(
    r"^#{1,3}\s+(?:IMPL\b|.*\bSuitability\b|.*\bInterface Contracts\b)|type=impl-", re.MULTILINE | re.IGNORECASE
)
_LETTER = re.compile(r"(?i:wave\s*\d+[\s:-]*)?(?i:agent\s+)?\[?(?P<letter>[A-Z]\d{0,2}|[Ss]caffold)\]?(?:\s*\(.*\))?")
_WAVE = re.compile(r"(?:wave\s*)?(?P<number>\d{1,3})\b", re.IGNORECASE)
_HEAD = re.compile(
    r"#*\s*(?:wave\s+(?P<wave>\d{1,3})[\s,:–—-]*)?agent\s+(?P<letter>[A-Z]\d{0,2})\b\s*(?:[:–—-]+\s*(?P<title>.*)|\((?P<note>.*)\))?",
    re.IGNORECASE,
)
_REPORT = re.compile(r"\bcompletion report\b", re.IGNORECASE)
_STATUS = re.compile(r"^\s*status:\s*[\"']?(?P<status>\w+)", re.MULTILINE)
_GRAPH_AGENT = re.compile(r"^\W*\[(?P<letter>[A-Z]\d{0,2})\]")
_COMMAND = re.compile(r"^[ \t>*_-]*(?:test|lint)_command[*_ ]*:[ \t]*`?(?P<command>[^`\n]+?)`?[ \t]*$", re.MULTILINE)


def recognises(outline: Node, text: str) -> bool:
    """Tell an IMPL document: a table with the columns file, agent and wave, and headings of the protocol's."""
    return _MARKS.search(text) is not None and next(_ownership(outline), None) is not None


def draft(outline: Node, text: str) -> Draft:
    """Read an IMPL document."""
    found = Draft(title="IMPL")
    for node in outline.sections:
        found.title, found.line = re.sub(r"^IMPL\s*[:–—-]\s*", "", plain(node.text)), node.line
        break
    impl = _Impl(outline, text.split("\n"))
    impl.read()
    found.context += impl.contracts
    commands = (
        (one["command"].strip(), text.count("\n", 0, one.start("command")) + 1) for one in _COMMAND.finditer(text)
    )
    fill_waves(
        found, list(impl.agents.values()), impl.wave_lines, [Said(f"{said} passes", line) for said, line in commands]
    )
    return found


@dataclass
class _Owned:
    """A row of the table."""

    cells: dict[str, str]
    line: int


def _ownership(outline: Node) -> Iterator[_Owned]:
    """Yield the rows of tables with the columns file, agent and wave, also of those in fences."""
    for node in outline.walk():
        if node.kind == "table":
            yield from _rows(node.rows, 0)
        elif node.kind == "fence" and "|" in node.text and "agent" in node.text.lower():
            for table in read_outline(node.text).walk():
                if table.kind == "table":
                    yield from _rows(table.rows, node.line - 1)


def _rows(rows: tuple[Row, ...], above: int) -> Iterator[_Owned]:
    heads = [_column(plain(cell).lower()) for cell in rows[0].cells]
    if {"file", "agent", "wave"} <= set(heads):
        for row in rows[1:]:
            yield _Owned(dict(zip(heads, row.cells, strict=False)), row.line + above)


def _column(head: str) -> str:
    for word in ("file", "agent", "wave", "action", "depend"):
        if word in head:
            return word
    return head


@dataclass
class _Impl:
    outline: Node
    lines: list[str]
    agents: dict[tuple[str, str], ImplAgent] = field(default_factory=dict[tuple[str, str], ImplAgent])
    """By wave and letter."""
    wave_lines: dict[str, int] = field(default_factory=dict[str, int])
    contracts: list[Said] = field(default_factory=list[Said])

    def read(self) -> None:
        for row in _ownership(self.outline):
            self._row(row)
        sections = [node for node in self.outline.walk() if node.kind == "section" and node.depth <= 6]
        for at, node in enumerate(sections):
            end = next((other.line for other in sections[at + 1 :] if other.depth <= node.depth), len(self.lines) + 1)
            self._section(node, end)
        for node in self.outline.walk():
            if node.kind == "fence":
                self._fence(node)
            elif node.kind == "item" and node.checked:
                for agent in self._meant(_HEAD.match(plain(node.text))):
                    agent.done = True
        if any("SAW:COMPLETE" in node.text for node in self.outline.walk() if node.kind == "html"):
            for agent in self.agents.values():
                agent.done = True

    def _row(self, row: _Owned) -> None:
        letter, wave = _LETTER.fullmatch(plain(row.cells["agent"])), _WAVE.match(plain(row.cells["wave"]))
        if letter is None or wave is None:
            return
        key = (wave["number"], letter["letter"])
        agent = self.agents.setdefault(key, ImplAgent(*key, row.line))
        action = plain(row.cells.get("action", ""))
        for path in paths_in(row.cells["file"], row.line, listed=True):
            agent.own(path.path, action or path.use, row.line)
        needs = plain(row.cells.get("depend", ""))
        if needs and not says_nothing(needs):
            told = {said.text for said in agent.needs}
            agent.needs += [
                Said(need, row.line) for need in re.split(r"[,+&\s]+(?:and\s+)?", needs) if need not in told
            ]

    def _section(self, node: Node, end: int) -> None:
        words = plain(node.text)
        wave = _WAVE.match(words) if words.lower().startswith("wave") else None
        if wave is not None:
            self.wave_lines.setdefault(wave["number"], node.line)
        if "interface contract" in words.lower():
            self.contracts.append(Said("\n".join(self.lines[node.line : end - 1]).strip(" \n-"), node.line))
        head = _HEAD.match(words)
        if head is None:
            return
        body = "\n".join(self.lines[node.line : end - 1]).strip(" \n-")
        for agent in self._meant(head):
            if _REPORT.search(words):
                status = _STATUS.search(body)
                agent.set_status(status["status"] if status is not None else "")
            elif body:
                self._tell(agent, head, body, node.line)

    def _fence(self, node: Node) -> None:
        first = node.text.lstrip().partition("\n")[0]
        head = _HEAD.match(first) if first.startswith("#") else None
        if head is not None:
            for agent in self._meant(head):
                self._tell(agent, head, node.text.strip(), node.line)
        elif "depends on:" in node.text.lower():
            self._graph(node)

    def _graph(self, fence: Node) -> None:
        """Read `[E] file` with `depends on: [B], [A]` below it."""
        current = list[ImplAgent]()
        for at, line in enumerate(fence.text.split("\n")):
            agent = _GRAPH_AGENT.match(line)
            if agent is not None:
                current = [one for (_, letter), one in self.agents.items() if letter == agent["letter"]]
            elif "depends on" in line.lower():
                letters = re.findall(r"\[([A-Z]\d{0,2})\]", line)
                for one in current:
                    told = {said.text for said in one.needs}
                    one.needs += [Said(letter, fence.line + at) for letter in letters if letter not in told]

    def _meant(self, head: re.Match[str] | None) -> list[ImplAgent]:
        """Return the agents that a heading names: of its wave, where it names one."""
        if head is None:
            return []
        letter, wave = head["letter"].upper(), head["wave"]
        return [one for (number, name), one in self.agents.items() if name == letter and wave in {None, number}]

    def _tell(self, agent: ImplAgent, head: re.Match[str], body: str, line: int) -> None:
        title = (head["title"] or "").strip(" *`")
        agent.title = agent.title or title or first_sentence(body)
        if not agent.prompt or len(body) > len(agent.prompt[0].text):
            agent.prompt = [Said(body, line)]
            agent.line = line
