"""What the form of a gate says: the question, what was checked, what landed and how to look at it, and until when."""

import asyncio
import shlex

from plans.model import Wave
from plans.schedule.objections import Asked
from plans.text.fenced import fenced
from tasks.errors import TaskError
from tasks.landing.train import Train
from tasks.session.facts import Verdict
from tasks.session.session import Session

_MOST_FILES = 30
_MOST_CHARACTERS = 8000


async def describe_gate(train: Train, wave: Wave, verdict: Verdict, asked: Asked) -> str:
    """Return the Markdown above the fields of the answer; what it speaks of is published first, to be looked at."""
    await train.publishing.publish()
    evidence = "\n".join(f"- {line}" for line in verdict.evidence)
    try:
        landed = await asyncio.to_thread(_landed, train.session, wave)
    except TaskError as error:
        landed = f"What landed could not be looked at: {error}"
    return "\n\n".join(part for part in (f"## {asked.question}", evidence, landed, asked.deadline) if part)


def _landed(session: Session, wave: Wave) -> str:
    """Say what the wave changed on the target, with the command that shows all of it."""
    hub, start = session.hub, session.record.course.wave_starts[wave.id]
    tip = hub.target_tip()
    target = f"Target: `{session.target}` at `{tip[:10]}`, `{start[:10]}` before this wave."
    if tip == start:
        later = session.plan.merge.when == "end"
        return f"{target} Nothing of it has landed yet" + (": tracks land at the end of the plan." if later else ".")
    stat = hub.git.text("diff", "--no-ext-diff", "--stat=100", f"--stat-count={_MOST_FILES}", start, tip)
    if len(stat) > _MOST_CHARACTERS:
        stat = f"{stat[:_MOST_CHARACTERS]}\n..."
    command = shlex.join(["git", *_where(session), "diff", start[:12], tip[:12]])
    return f"{target}\n\n{fenced(stat)}\n\nTo see all of it:\n\n{fenced(command)}"


def _where(session: Session) -> tuple[str, ...]:
    """Return the repository that surely holds the target: the user's once it is published there, else the hub."""
    hub = session.hub
    if session.record.landings.unpublished or not hub.publishes:
        return (f"--git-dir={hub.git.git_dir}",)
    return ("-C", str(hub.repo.path))
