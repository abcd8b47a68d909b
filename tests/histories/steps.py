"""What a person does to a plan and with it, one step at a time; a history is a draft and a list of these.

A step that names a job does so by a number, which is taken modulo the number of jobs that there are: so every list of
steps means something, and a part of it does too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tests.histories.drafts import WAVES, Draft, How, Work


@dataclass
class Desk:
    """A plan while it is worked on: its versions, the last one being what it is now."""

    versions: list[Draft]
    made: int = 0
    """Jobs that were put in, for their keys."""

    @property
    def draft(self) -> Draft:
        """The plan as it is now."""
        return self.versions[-1]

    def pick(self, number: int) -> Work:
        """Return a job by a number."""
        return self.draft.ordered[number % len(self.draft.works)]

    def keys(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return the keys of some jobs by numbers."""
        return tuple(dict.fromkeys(self.pick(number).key for number in numbers))

    def change(self, number: int, **fields: object) -> Draft:
        """Return the plan with another version of a job."""
        return self.draft.changed(self.pick(number), **fields)

    def edit(self, step: "Edit") -> None:
        """Do what a step says."""
        self.versions.append(step.edited(self))


@dataclass(frozen=True)
class Reword:
    """Change what a job says."""

    job: int
    text: int

    def edited(self, desk: Desk) -> Draft:
        return desk.change(self.job, text=self.text)


@dataclass(frozen=True)
class Refile:
    """Let a job write its file under another name, or let it have one."""

    job: int

    def edited(self, desk: Desk) -> Draft:
        file = desk.pick(self.job).file
        return desk.change(self.job, file=0 if file is None else file + 1)


@dataclass(frozen=True)
class Insert:
    """Put a new job somewhere."""

    place: int
    wave: int = 0
    track: int = 0
    """0: a track of its own."""
    needs: tuple[int, ...] = ()
    shared: int | None = None
    how: How = "append"

    def edited(self, desk: Desk) -> Draft:
        desk.made += 1
        key, needs, wave = 100 + desk.made, desk.keys(self.needs), self.wave % WAVES
        work = Work(key, f"n{key}", wave, track_of(self.track), needs=needs, shared=self.shared, how=self.how)
        works = list(desk.draft.ordered)
        works.insert(self.place % (len(works) + 1), work)
        return replace(desk.draft, works=tuple(works))


@dataclass(frozen=True)
class Remove:
    """Take a job out; the last one stays."""

    job: int

    def edited(self, desk: Desk) -> Draft:
        gone = desk.pick(self.job)
        works = tuple(work for work in desk.draft.works if work.key != gone.key)
        return replace(desk.draft, works=works or desk.draft.works)


@dataclass(frozen=True)
class Reorder:
    """Put a job elsewhere among those of its wave."""

    job: int
    place: int

    def edited(self, desk: Desk) -> Draft:
        moved = desk.pick(self.job)
        works = [work for work in desk.draft.ordered if work.key != moved.key]
        works.insert(self.place % (len(works) + 1), moved)
        return replace(desk.draft, works=tuple(works))


@dataclass(frozen=True)
class Rename:
    """Call a job something else."""

    job: int

    def edited(self, desk: Desk) -> Draft:
        name = desk.pick(self.job).id
        return desk.change(self.job, id=f"{name}x" if len(name) < 6 else name[:-2])


@dataclass(frozen=True)
class Retrack:
    """Put a job on another track; 0: one of its own."""

    job: int
    track: int

    def edited(self, desk: Desk) -> Draft:
        return desk.change(self.job, track=track_of(self.track))


@dataclass(frozen=True)
class Rewave:
    """Put a job into another wave."""

    job: int
    wave: int

    def edited(self, desk: Desk) -> Draft:
        return desk.change(self.job, wave=self.wave % WAVES)


@dataclass(frozen=True)
class Reneed:
    """Let a job need others."""

    job: int
    needs: tuple[int, ...]

    def edited(self, desk: Desk) -> Draft:
        own = desk.pick(self.job).key
        return desk.change(self.job, needs=tuple(key for key in desk.keys(self.needs) if key != own))


@dataclass(frozen=True)
class Reshare:
    """Let a job share another file, or another way, or none."""

    job: int
    shared: int | None
    how: How = "append"

    def edited(self, desk: Desk) -> Draft:
        return desk.change(self.job, shared=self.shared, how=self.how)


@dataclass(frozen=True)
class Remerge:
    """Let tracks land in another order."""

    order: int

    def edited(self, desk: Desk) -> Draft:
        return replace(desk.draft, order=self.order)


@dataclass(frozen=True)
class Undo:
    """Edit the plan back to what it was so many versions ago."""

    versions: int

    def edited(self, desk: Desk) -> Draft:
        return desk.versions[-1 - self.versions % len(desk.versions)]


@dataclass(frozen=True)
class Break:
    """Let a job fail from now on, or no longer."""

    job: int


@dataclass(frozen=True)
class BreakMerge:
    """Let the next check of a merge say no, where the plan has one."""


@dataclass(frozen=True)
class BreakGate:
    """Let the next gate say NO-GO, where the plan has some."""


@dataclass(frozen=True)
class MoveBase:
    """Commit something to the user's own branch."""

    text: int


@dataclass(frozen=True)
class LoseHome:
    """Delete planwave's home."""


@dataclass(frozen=True)
class Kill:
    """How a run is killed."""

    step: int
    """At so many git commands from its beginning; where it has fewer, it ends by itself."""
    delay_ms: int = 0
    """So much later."""
    during: int | None = None
    """Or while this job is at work."""


@dataclass(frozen=True)
class Run:
    """Run the plan as it is."""

    only: tuple[int, ...] = ()
    """Only these jobs."""
    only_waves: tuple[int, ...] = ()
    tracks: tuple[int, ...] = ()
    """By a mode with the tracks of these jobs, and those that hold what they need."""
    option: Literal["", "fresh", "rebuild_target", "redo_later_waves"] = ""
    kill: Kill | None = None


Edit = (
    Reword | Refile | Insert | Remove | Reorder | Rename | Retrack | Rewave | Reneed | Reshare | Remerge | Undo
)  # fmt: skip
Step = Edit | Break | BreakMerge | BreakGate | MoveBase | LoseHome | Run


@dataclass(frozen=True)
class History:
    """A plan, and what was done to it and with it."""

    draft: Draft
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        """Return it as it is written in a test."""
        works = "".join(f"            {_short(work)},\n" for work in self.draft.works)
        steps = "".join(f"        {_short(step)},\n" for step in self.steps)
        rest = _short(replace(self.draft, works=())).removeprefix("Draft(works=()").removeprefix(", ")
        return f"History(\n    Draft(\n        (\n{works}        ),\n        {rest or ')'},\n    (\n{steps}    ),\n)"


def track_of(number: int) -> str | None:
    """Return the name of a track by its number; 0: none."""
    return f"t{number}" if number else None


def _short(value: object) -> str:
    """Return a dataclass as a call, without what is as it is by default."""
    fields = getattr(value, "__dataclass_fields__", {})
    shown = [f"{name}={_short(mine)}" for name in fields if (mine := getattr(value, name)) != fields[name].default]
    return f"{type(value).__name__}({', '.join(shown)})" if fields else repr(value)
