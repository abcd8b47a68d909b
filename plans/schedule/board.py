"""The state of every job, as far as order goes: no time, no slots."""

from collections import Counter, deque
from collections.abc import Iterable
from enum import StrEnum

from plans.schedule.layout import Layout


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    WAITING = "waiting"
    READY = "ready"
    """It could start now as far as order goes, whether or not a slot is free."""
    RUNNING = "running"
    """It occupies its track: from its workspace being prepared until its commit is made."""
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It will not run: what it needs failed, it was left out, or the run stopped before."""

    @property
    def is_final(self) -> bool:
        """Whether the job has ended for good."""
        return self in _FINAL


_FINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.SKIPPED})


class Board:
    """States of jobs, and what each still waits for, by number.

    Attributes:
        states: of every job.
        reasons: why jobs failed or were skipped.
        blocks: how many things each job waits for: its wave, each need, its turn in each line, start conditions.
        unended: how many jobs of each wave have not ended.
        news: changes of state (job, from, to) that nobody has looked at yet, oldest first.
    """

    def __init__(self, layout: Layout) -> None:
        """Set up a board on which every job waits for its needs, its turns, and one `unblock` when its wave opens."""
        self._layout = layout
        self._turn = [0] * len(layout.lines)
        self.states = [JobState.WAITING] * len(layout.jobs)
        self.reasons: dict[int, str] = {}
        self.blocks = [1 + len(needs) + len(lines) for needs, lines in zip(layout.needs, layout.lines_of, strict=True)]
        self.unended = [len(jobs) for jobs in layout.wave_jobs]
        self.counts: Counter[JobState] = Counter({JobState.WAITING: len(layout.jobs)})
        self.news: deque[tuple[int, JobState, JobState]] = deque()
        for line in layout.lines:
            if line:
                self.unblock(line[0])

    def copy(self) -> "Board":
        """Return a board of the same state that goes its own way."""
        twin = object.__new__(Board)
        twin._layout = self._layout
        twin._turn = self._turn.copy()
        twin.states, twin.reasons, twin.blocks = self.states.copy(), self.reasons.copy(), self.blocks.copy()
        twin.unended, twin.counts, twin.news = self.unended.copy(), self.counts.copy(), self.news.copy()
        return twin

    def hold_back(self, counts: Iterable[int]) -> None:
        """Let every job wait for so many more things."""
        self.blocks = [blocks + more for blocks, more in zip(self.blocks, counts, strict=True)]

    def unblock(self, job: int) -> None:
        """Take away one of the things that a job waits for; it is ready when it was the last."""
        self.blocks[job] -= 1
        if self.blocks[job] == 0 and self.states[job] is JobState.WAITING:
            self.move(job, JobState.READY)

    def move(self, job: int, state: JobState) -> None:
        """Change the state of one job, and nothing else."""
        before = self.states[job]
        self.states[job] = state
        self.counts[before] -= 1
        self.counts[state] += 1
        self.news.append((job, before, state))

    def end(self, endings: Iterable[tuple[int, JobState, str]]) -> None:
        """End jobs for good: (job, final state, reason), and skip what needs those that are not done.

        Jobs that have ended already stay as they are. The given jobs go first, so theirs is the reason that stands
        where one of them also needs another.
        """
        left = deque(endings)
        while left:
            job, state, reason = left.popleft()
            if self.states[job].is_final:
                continue
            self.move(job, state)
            if reason:
                self.reasons[job] = reason
            self.unended[self._layout.wave[job]] -= 1
            left.extend(self._pass_on(job, state))
            self._take_turns(job)

    def _pass_on(self, job: int, state: JobState) -> Iterable[tuple[int, JobState, str]]:
        """Unblock the followers that may go on, and give those that may not."""
        how = "failed" if state is JobState.FAILED else "was skipped"
        for follower in self._layout.followers[job]:
            if state is JobState.DONE or self._layout.covers(job, follower):
                self.unblock(follower)
            else:
                yield follower, JobState.SKIPPED, f"needs {self._layout.jobs[job].id}, which {how}"

    def _take_turns(self, job: int) -> None:
        """Let the next unended job of each line of an ended one have its turn."""
        for n in self._layout.lines_of[job]:
            line, before = self._layout.lines[n], self._turn[n]
            turn = before
            while turn < len(line) and self.states[line[turn]].is_final:
                turn += 1
            self._turn[n] = turn
            if before < turn < len(line):
                self.unblock(line[turn])
