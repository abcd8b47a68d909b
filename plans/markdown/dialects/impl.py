"""Scout-and-Wave's IMPL documents, in YAML and Markdown: waves of agents with letters, each owning files of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftJob, DraftWave, Said
from plans.markdown.mentions.fields import says_nothing
from plans.markdown.source.paths import clean_path

_NEW = frozenset({"new", "create", "add", "created"})
_DONE = frozenset({"complete", "completed", "done", "merged"})


@dataclass
class ImplAgent:
    """An agent of a wave: one job."""

    wave: str
    letter: str
    line: int
    title: str = ""
    prompt: list[Said] = field(default_factory=list[Said])
    files: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Paths with what is done to them, and the line that says so."""
    needs: list[Said] = field(default_factory=list[Said])
    """Letters of agents."""
    done: bool = False

    def own(self, path: str, action: str, line: int) -> None:
        """Give it a file; what is done to it may be said later, or not at all."""
        known = self.files.get(clean_path(path))
        if known is None or not known[0]:
            self.files[clean_path(path)] = (action.strip().lower(), known[1] if known is not None else line)

    def set_status(self, status: str) -> None:
        """Take what its report says."""
        self.done = self.done or status.strip().lower() in _DONE

    def job(self) -> DraftJob:
        """Make a job of it."""
        title = self.title or ", ".join(list(self.files)[:2])
        job = DraftJob(self.letter, title, self.line, "agent", prompt=self.prompt, done=self.done)
        for path, (action, line) in self.files.items():
            owned = job.owns.create if action in _NEW else job.owns.modify
            owned.append(Said(path, line))
        return job


def fill_waves(draft: Draft, agents: Sequence[ImplAgent], lines: dict[str, int], gate: Sequence[Said]) -> None:
    """Make the waves of a plan from its agents.

    Args:
        draft: it gets the waves.
        agents: in order; the waves come by their numbers.
        lines: of the waves, by number.
        gate: what must hold at the end of each.
    """
    jobs = {id(agent): agent.job() for agent in agents}
    for number in sorted({agent.wave for agent in agents}, key=lambda wave: (float(wave), wave)):
        members = [agent for agent in agents if agent.wave == number]
        wave = DraftWave(number, "", lines.get(number, members[0].line), gate=[*gate])
        wave.jobs += [jobs[id(agent)] for agent in members]
        draft.waves.append(wave)
    for agent in agents:
        for said in agent.needs:
            _tie(draft, jobs[id(agent)], said, [(other.letter, jobs[id(other)]) for other in agents])


def _tie(draft: Draft, job: DraftJob, said: Said, known: Sequence[tuple[str, DraftJob]]) -> None:
    letter = said.text.strip().removeprefix("Agent ").removeprefix("agent ").strip("[]` ").rpartition(":")[2]
    found = [other for name, other in known if name.lower() == letter.lower() and other is not job]
    job.after += [other for other in found if other not in job.after]
    if not found and not says_nothing(letter) and not said.text.lower().startswith("wave"):
        message = f"agent {job.key} depends on {said.text!r}, which is no agent of this plan"
        draft.warnings.append(Problem(message, line=said.line, severity="warning", code="unresolved"))


def first_sentence(text: str) -> str:
    """Return what a prompt begins with, without its headings: a title for who has none."""
    said = next((line.strip() for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")), "")
    start = said.partition(". ")[0].rstrip(".:")
    return start if len(start) <= _LONGEST_TITLE else f"{start[:_LONGEST_TITLE].rsplit(' ', 1)[0]} ..."


_LONGEST_TITLE = 100
