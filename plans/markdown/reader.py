"""Reading a plan in Markdown."""

from plans.document import Document
from plans.errors import PlanError, Problem
from plans.markdown.assembly.assemble import assemble
from plans.markdown.build import build_plan
from plans.markdown.dialects import DIALECTS
from plans.markdown.draft import Draft, DraftWave
from plans.markdown.mentions.entities import read_entities
from plans.markdown.recognisers import RECOGNISERS
from plans.markdown.resolve.needs import resolve_needs
from plans.markdown.source.outline import Node, read_outline
from plans.markdown.source.pieces import OutlineError, cut_long_lines

_LOOKED_FOR = (
    "looked for headings, lists, tables and trees like `Wave 1: ...`, `Track A: ...`, `Agent 1: ...`, `Task 1.1: ...`, "
    "and for a list of tasks with files or dependencies"
)


def read_markdown(text: str, name: str) -> Document:
    """Read a plan.

    Raises:
        PlanError: the text holds no schedule for agents, or one that makes no plan.
    """
    draft = read_draft(text, name)
    return build_plan(draft, name)


def read_draft(text: str, name: str) -> Draft:
    """Read what a document says, with everything in it resolved.

    Raises:
        PlanError: the text holds no schedule for agents.
    """
    text, cut = cut_long_lines(text)
    doubts = list(cut)
    try:
        draft = _draft(read_outline(text, doubts), text)
    except OutlineError as error:
        raise PlanError(name, [error.problem]) from None
    draft.warnings += doubts
    if not any(wave.jobs for wave in draft.waves):
        raise PlanError(name, [Problem("no waves, tracks or agent tasks found", hint=_LOOKED_FOR, code="no-plan")])
    resolve_needs(draft)
    _part_last_job(draft)
    return draft


def _draft(outline: Node, text: str) -> Draft:
    for dialect in DIALECTS:
        if dialect.recognises(outline, text):
            return dialect.draft(outline, text)
    draft = assemble(read_entities(outline), outline)
    if draft.waves:
        for recognise in RECOGNISERS:
            recognise(outline, draft)
    return draft


def _part_last_job(draft: Draft) -> None:
    """Put a job that waits for all others of a plan without waves into a wave of its own: it integrates them."""
    if len(draft.waves) != 1 or draft.waves[0].key:
        return
    wave = draft.waves[0]
    others = len(wave.jobs) - 1
    last = [job for job in wave.jobs if others > 1 and len({*job.after} - {job}) == others]
    if len(last) == 1:
        wave.jobs.remove(last[0])
        draft.waves.append(DraftWave("", last[0].title, last[0].line, jobs=last))
