"""From what a document names to a job of the draft."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from plans.markdown.assembly.job_files import add_path, take_made_files, take_named_files
from plans.markdown.draft import DraftJob, DraftStep, Said, Statement, Trust
from plans.markdown.mentions.entities import is_done
from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fenced_lists import read_settings
from plans.markdown.mentions.fields import Field, fields_of, line_field
from plans.markdown.source.amounts import find_duration
from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.paths import FoundPath, clean_path, is_path, paths_below, paths_in
from plans.markdown.source.text import plain
from plans.markdown.source.words import FieldName

_LONGEST_PROMPT_LINE = 2000
_WAITS = re.compile(
    r"\b(?:depends?(?:\s+on)?|after|needs?|requires?|blocked\s+(?:by|on)|waits?\s+(?:for|on)|once|nach|après|después|depende|depuis|"
    r"hängt)\b|依赖|依存|의존",
    re.IGNORECASE,
)
_START_AFTER_TIME = re.compile(r"\b(?:start\w*\s+)?after\s+~?\d", re.IGNORECASE)


def draft_job(entity: Entity) -> DraftJob:
    """Make a job of what is said of it in one place."""
    label = entity.label
    job = DraftJob(label.key, label.title, entity.line, label.word)
    if label.word == "agent" and not label.key[:1].isdigit() and len(label.key) > 2:
        job.agent = label.key
    job.done = is_done(entity)
    for one in entity.cells.values():
        _read_field(job, one)
    job.statements = [statement._replace(trust=Trust.TABLE) for statement in job.statements]
    job.lengths = [(Trust.TABLE, length) for _, length in job.lengths]
    _read_notes(job, entity)
    for one in sorted(entity.own_fields, key=lambda one: one.name == "workspace"):
        _read_field(job, one)
    for node in entity.rest:
        _read_rest(job, node)
    for part in entity.parts:
        _read_part(job, part)
    take_made_files(job, entity)
    take_named_files(job)
    settle(job)
    return job


def settle(job: DraftJob) -> None:
    """Let the best trusted of all statements say what a job waits for, and how long it takes."""
    if job.statements:
        best = min(statement.trust for statement in job.statements)
        told = {said for statement in job.statements for said in statement.said}
        chosen = [said for statement in job.statements if statement.trust == best for said in statement.said]
        job.needs = list(dict.fromkeys((*chosen, *(said for said in job.needs if said not in told))))
    if job.lengths:
        job.estimate = min(job.lengths, key=lambda told: told[0])[1]


def _read_part(job: DraftJob, part: Entity) -> None:
    """Take a labelled thing in a job, which is no job of its own, as a step, with the steps below it."""
    name = " ".join(word for word in (part.label.key, part.label.title) if word)
    if part.form != "launch" and name:
        job.steps.append(DraftStep(name, part.line, bool(part.checked)))
    for one in part.fields:
        if one.name in {"files", "create", "modify", "steps"}:
            _read_field(job, one)
    for node in part.rest:
        if node.kind in {"item", "section"}:
            _read_rest(job, node)
    for inner in part.parts:
        _read_part(job, inner)


def waits_in(notes: Iterable[str], line: int) -> Iterator[Said]:
    """Yield the remarks that say what something waits for."""
    for note in notes:
        if _WAITS.search(note) is not None and _START_AFTER_TIME.search(note) is None:
            yield Said(note, line)


def _read_notes(job: DraftJob, entity: Entity) -> None:
    for note in entity.label.notes:
        if (length := find_duration(note)) is not None and not _START_AFTER_TIME.search(note):
            job.lengths.append((Trust.BRACKET, Said(length, entity.line)))
        if re.search(r"\boptional\b", note, re.IGNORECASE):
            job.optional = True
    waits = tuple(waits_in(entity.label.notes, entity.line))
    if waits:
        job.statements.append(Statement(Trust.BRACKET, waits, entity.line))


def _read_field(job: DraftJob, one: Field) -> None:
    reader = _FIELD_READERS.get(one.name)
    if reader is not None:
        reader(job, one)


def _read_workspace(job: DraftJob, one: Field) -> None:
    if not [*job.owns.paths()]:
        _read_files(job, one)
        job.is_loose = True


def _read_needs(job: DraftJob, one: Field) -> None:
    said = () if one.says_nothing else tuple(_values(one))
    job.statements.append(Statement(Trust.FIELD, said, one.line))


def _read_blocks(job: DraftJob, one: Field) -> None:
    if not one.says_nothing:
        job.blocks.extend(_values(one))


def _read_outputs(job: DraftJob, one: Field) -> None:
    job.outputs.extend(_values(one))


def _read_estimate(job: DraftJob, one: Field) -> None:
    length = find_duration(plain(one.text))
    if length is not None:
        job.lengths.append((Trust.FIELD, Said(length, one.line)))


def _read_agent(job: DraftJob, one: Field) -> None:
    job.agent = job.agent or plain(one.text)


def _read_status(job: DraftJob, one: Field) -> None:
    job.needs.extend(waits_in([plain(one.text)] if _WAITS.search(one.text) else [], one.line))


def _read_criteria(job: DraftJob, one: Field) -> None:
    job.criteria.extend(_values(one))


def _read_avoid(job: DraftJob, one: Field) -> None:
    kept = "; ".join(said.text for said in _values(one))
    if kept:
        job.prompt.append(Said(f"{one.label}: {kept}", one.line))


def _read_remarks(job: DraftJob, one: Field) -> None:
    """Keep what is no field of the plan for the prompt, but take from it what the job waits for."""
    if _WAITS_PLAINLY.search(one.text) is not None:
        job.needs.extend(waits_in([plain(one.text)], one.line))
    _read_prompt(job, one)


_WAITS_PLAINLY = re.compile(
    r"\b(?:depends on|blocked by|waits? for|(?:starts?|runs?|begins?)\s+(?:only\s+)?(?:after|once))\s+(?!~?\d)",
    re.IGNORECASE,
)


def _read_prompt(job: DraftJob, one: Field) -> None:
    job.prompt.extend(Said(f"{one.label}: {said.text}", said.line) for said in _values(one))


def _values(one: Field) -> Iterator[Said]:
    """Yield a field's values: its own line, and the items or lines below it."""
    if plain(one.text):
        yield Said(plain(one.text), one.line)
    yield from _lines_below(one.below)


def _lines_below(nodes: Iterable[Node]) -> Iterator[Said]:
    for node in nodes:
        if node.kind in {"item", "paragraph"}:
            words = plain(node.text)
            if words:
                yield Said(words, node.line)
            yield from _lines_below(node.children)
        elif node.kind == "section":
            yield from _lines_below(node.children)


def _read_files(job: DraftJob, one: Field) -> None:
    if one.label.lower() in {"path", "location", "directory"} and _CHECKOUT.fullmatch(plain(one.text)) is not None:
        return  # where the agent's checkout lies, not what it owns
    if one.label.lower() in _LOOSE_LABELS and one.text and _PATH_FIRST.match(one.text) is None:
        _read_prompt(job, one)
        return
    if _WAITS_PLAINLY.search(plain(one.text)) is not None:
        job.needs.extend(waits_in([plain(one.text)], one.line))
    found = [*paths_in(one.text, one.line, listed=True), *paths_below(one.below)]
    for path in found:
        add_path(job.owns, path, default=one.name)
    if not found and one.text and not one.says_nothing:
        job.prompt.append(Said(f"{one.label}: {plain(one.text)}", one.line))
    for node in one.below:
        if node.kind == "item" and not any(path.line == node.line for path in found) and plain(node.text):
            job.prompt.append(Said(plain(node.text), node.line))


_LOOSE_LABELS = frozenset({"change", "changes", "update", "updates", "edits", "new"})
"""Labels below which people list files, or tell in a sentence what is to change."""
_PATH_FIRST = re.compile(r"[\s*(]*(?:`|[\w.*-]+/|[\w-]+\.\w{1,5}(?:\s|,|$))")
_CHECKOUT = re.compile(
    r"(?:/(?:Users|home|tmp|workspace|root|var|opt|srv)/|~/|\.\./|[A-Za-z]:[\\/])[^\s.]*(?:\.[\w-]*/[^\s.]*)?/?"
)


def _read_steps(job: DraftJob, one: Field) -> None:
    if plain(one.text):
        job.prompt.append(Said(f"{one.label}: {plain(one.text)}", one.line))
    for node in one.below:
        _read_rest(job, node)


def _read_rest(job: DraftJob, node: Node) -> None:
    match node.kind:
        case "item":
            _read_step(job, node)
        case "paragraph":
            words = plain(node.text)
            if words and set(words) - set("-–—*_ "):
                job.prompt.append(Said(words[:_LONGEST_PROMPT_LINE], node.line))
        case "fence":
            _read_fence(job, node)
        case "section":
            _read_remark(job, node)
        case _:
            pass


_FILE_COMMENT = re.compile(
    r"^\s*(?://|#|--|/\*|<!--)\s*(?:file|path|filename)\s*:\s*`?(?P<path>[^\s`]+)`?(?P<note>[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
"""`// File: src/queue.rs - NEW`, as the first line of code to write."""


def _read_step(job: DraftJob, node: Node) -> None:
    job.steps.append(DraftStep(plain(node.text), node.line, bool(node.checked)))
    for child in node.children:
        if child.kind == "item":
            job.steps.append(DraftStep(plain(child.text), child.line, bool(child.checked)))


def _read_fence(job: DraftJob, node: Node) -> None:
    """Read the settings in a fence; anything else in it is told to the agent."""
    settings = [part for part in fields_of(read_settings(node)) if isinstance(part, Field)]
    for one in settings:
        _read_field(job, one)
    if settings:
        return
    for found in _FILE_COMMENT.finditer(node.text):
        if is_path(found["path"], marked=True) and "/" in found["path"]:
            path = FoundPath(clean_path(found["path"]), "", node.line + node.text.count("\n", 0, found.start()))
            add_path(job.owns, path, default="create" if "new" in found["note"].lower() else "modify")
    if not _is_short(node):
        if node.text.strip() and len(node.text) <= _LONGEST_PROMPT_LINE:
            job.prompt.append(Said(f"```{node.info}\n{node.text.rstrip()}\n```", node.line))
        return
    for at, text in enumerate(node.text.split("\n")):
        said = line_field(text, node.line + at)
        if said is not None:
            _read_field(job, said)
        else:
            job.needs.extend(waits_in([text.strip()], node.line + at))


def _read_remark(job: DraftJob, node: Node) -> None:
    """Keep what stands under a heading of its own for the prompt: a list there is no list of steps."""
    words = plain(node.text).rstrip(" :")
    if read_label(node.text) is not None:
        return
    listed = [said for child in node.children if child.kind == "item" for said in _lines_below([child])]
    if listed:
        job.prompt.append(Said("\n".join([f"{words}:", *(f"- {said.text}" for said in listed)]), node.line))
    elif words:
        job.prompt.append(Said(words, node.line))
    for child in node.children:
        if child.kind != "item":
            _read_rest(job, child)


def _is_short(node: Node) -> bool:
    """Return whether a fence holds a few settings, such as `isolation: worktree`, not code."""
    lines = node.text.strip().split("\n")
    return not node.info and len(lines) <= 8 and all(len(line) <= 120 for line in lines)


def enrich(job: DraftJob, more: DraftJob) -> None:
    """Add what another place says of a job, where the first said nothing."""
    job.title = job.title or more.title
    job.agent = job.agent or more.agent
    job.done = job.done or more.done
    job.estimate = job.estimate or more.estimate
    job.lengths += more.lengths
    job.statements += more.statements
    job.needs += [said for said in more.needs if said not in job.needs]
    settle(job)
    for mine, theirs in (
        (job.blocks, more.blocks),
        (job.outputs, more.outputs),
        (job.criteria, more.criteria),
        (job.prompt, more.prompt),
    ):
        if not mine:
            mine.extend(theirs)
    if not job.steps:
        job.steps.extend(more.steps)
    if not [*job.owns.paths()]:
        job.owns.create.extend(more.owns.create)
        job.owns.modify.extend(more.owns.modify)
    if not job.owns.read:
        job.owns.read.extend(more.owns.read)


_FIELD_READERS: Mapping[FieldName, Callable[[DraftJob, Field], None]] = {
    "files": _read_files,
    "create": _read_files,
    "modify": _read_files,
    "read": _read_files,
    "workspace": _read_workspace,
    "needs": _read_needs,
    "blocks": _read_blocks,
    "output": _read_outputs,
    "estimate": _read_estimate,
    "agent": _read_agent,
    "status": _read_status,
    "steps": _read_steps,
    "jobs": _read_steps,
    "criteria": _read_criteria,
    "avoid": _read_avoid,
    "prompt": _read_prompt,
    "mode": _read_remarks,
    "note": _read_remarks,
}
"""Branches, locks, starts and merges are read by what looks for them in the whole document."""
