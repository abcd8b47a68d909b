"""Scout-and-Wave's IMPL documents in YAML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from plans.document import LineMap, Step
from plans.errors import PlanError, Problem
from plans.markdown.dialects.impl import ImplAgent, fill_waves, first_sentence
from plans.markdown.draft import Draft, Said
from plans.yaml.tree import Value, read_tree

_SCAFFOLD = "Scaffold"


def draft_impl_yaml(text: str, name: str) -> Draft:
    """Read such a document.

    Raises:
        PlanError: it is not YAML, or has no agents.
    """
    tree = read_tree(text)
    if not isinstance(tree.value, dict):
        raise PlanError(name, tree.problems or [Problem("no waves of agents found", code="no-plan")])
    found = _Impl(tree.value, tree.lines).read()
    found.warnings += [_as_warning(problem) for problem in tree.problems]
    if not found.waves:
        hint = "list `waves:`, each with its `agents:`, with `id`, `task` and `files`"
        raise PlanError(name, [Problem("no waves of agents found", hint=hint, code="no-plan")])
    return found


def _as_warning(problem: Problem) -> Problem:
    return Problem(problem.message, problem.line, problem.hint, "warning", problem.code)


@dataclass
class _Impl:
    value: Mapping[str, Value]
    lines: LineMap
    agents: list[ImplAgent] = field(default_factory=list[ImplAgent])
    wave_lines: dict[str, int] = field(default_factory=dict[str, int])

    def read(self) -> Draft:
        found = Draft(title=_text(self.value, "title") or _text(self.value, "feature_slug"), line=self._line("title"))
        found.context += self._contracts()
        self._scaffolds()
        for at, wave in enumerate(_dicts(self.value.get("waves"))):
            number = _text(wave, "number") or str(at + 1)
            self.wave_lines[number] = self._line("waves", at)
            for place, agent in enumerate(_dicts(wave.get("agents"))):
                self._agent(number, agent, ("waves", at, "agents", place))
        self._ownership()
        self._reports()
        fill_waves(found, self.agents, self.wave_lines, list(self._gate()))
        return found

    def _line(self, *path: Step) -> int:
        return self.lines.line(*path) or 1

    def _agent(self, number: str, value: Mapping[str, Value], path: tuple[Step, ...]) -> None:
        task = _text(value, "task") or _text(value, "prompt") or _text(value, "description")
        letter = _text(value, "id") or _text(value, "letter") or f"{len(self.agents) + 1}"
        wave = number if re.fullmatch(r"\d{1,4}(?:\.\d{1,4})?", number) else str(len(self.wave_lines))
        agent = ImplAgent(wave, letter, self._line(*path), _text(value, "title") or first_sentence(task))
        if task:
            agent.prompt.append(Said(task.strip(), self._line(*path, "task")))
        for at, file in enumerate(_texts(value.get("files"))):
            agent.own(file, "", self._line(*path, "files", at))
        for name in ("dependencies", "depends_on"):
            agent.needs += [Said(need, self._line(*path, name)) for need in _texts(value.get(name))]
        agent.set_status(_text(value, "status"))
        self.agents.append(agent)

    def _ownership(self) -> None:
        """Read the table of files: what is done to each, and what comes first."""
        by_letter = {agent.letter: agent for agent in self.agents}
        for at, row in enumerate(_dicts(self.value.get("file_ownership"))):
            agent = by_letter.get(_text(row, "agent"))
            if agent is None or not _text(row, "file"):
                continue
            line = self._line("file_ownership", at)
            agent.own(_text(row, "file"), _text(row, "action"), line)
            told = {said.text for said in agent.needs}
            agent.needs += [Said(need, line) for need in _texts(row.get("depends_on")) if need not in told]

    def _scaffolds(self) -> None:
        """Read the files that must be there before the first wave: a job before all others."""
        scaffolds = [one for one in _dicts(self.value.get("scaffolds")) if _text(one, "file_path")]
        if not scaffolds:
            return
        agent = ImplAgent("0", _SCAFFOLD, self._line("scaffolds"), "Create the files that all agents build on")
        for at, one in enumerate(scaffolds):
            line = self._line("scaffolds", at)
            agent.own(_text(one, "file_path"), "new", line)
            content = _text(one, "contents") or _text(one, "content")
            if content:
                agent.prompt.append(Said(f"{_text(one, 'file_path')}:\n```\n{content}\n```", line))
        agent.done = all(_text(one, "status").lower().startswith(("committed", "complete")) for one in scaffolds)
        self.agents.append(agent)
        self.wave_lines["0"] = agent.line

    def _contracts(self) -> Iterator[Said]:
        for at, one in enumerate(_dicts(self.value.get("interface_contracts"))):
            parts = [_text(one, "name"), _text(one, "location"), _text(one, "description"), _text(one, "definition")]
            yield Said(
                "Interface contract: " + "\n".join(p.strip() for p in parts if p), self._line("interface_contracts", at)
            )

    def _gate(self) -> Iterator[Said]:
        gates = self.value.get("quality_gates")
        listed = gates.get("gates") if isinstance(gates, dict) else None
        commands = [
            (_text(one, "command"), self._line("quality_gates", "gates", at)) for at, one in enumerate(_dicts(listed))
        ]
        if not commands:
            commands = [(_text(self.value, name), self._line(name)) for name in ("test_command", "lint_command")]
        yield from (Said(f"{command} passes", line) for command, line in commands if command)

    def _reports(self) -> None:
        """Read what is finished already."""
        reports = self.value.get("completion_reports")
        finished = _text(self.value, "state").upper() == "COMPLETE" or bool(_text(self.value, "completion_date"))
        for agent in self.agents:
            report = reports.get(agent.letter) if isinstance(reports, dict) else None
            agent.set_status(_text(report, "status") if isinstance(report, dict) else "")
            agent.done = agent.done or finished


def _text(value: Mapping[str, Value], name: str) -> str:
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""


def _texts(value: Value) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one.strip() for one in listed if isinstance(one, str) and one.strip()]


def _dicts(value: Value) -> list[Mapping[str, Value]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
