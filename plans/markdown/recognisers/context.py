"""What agents should know besides their jobs: the goal, conventions, hints, risks; never the whole document."""

import re
from collections.abc import Iterator

from plans.markdown.draft import Draft, DraftJob, Said
from plans.markdown.recognisers.passages import Owners, Spot, heading, passages, spots
from plans.markdown.recognisers.topics import GOAL, HINTS
from plans.markdown.resolve.mention import Likeness, only
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_title_or_outputs
from plans.markdown.source.outline import Node
from plans.markdown.source.regions import Region
from plans.markdown.source.text import plain

_GOAL = re.compile(r"(?P<label>[^:：]{3,30}?)\s*[:：]\s*(?P<goal>.{8,})")
_BLANK = re.compile(r"\[[A-Z][^\[\]\n]*\](?!\()|<[a-z][\w -]*>|\{[a-z_ ]+\}")
_LONGEST_GOAL = 400
_LONGEST_SECTION = 1200
_LONGEST_CONTEXT = 4000
"""Characters: what is read with every job has to be worth it."""
_DEEPEST = 4
_NOT_TOLD = frozenset({Region.RUNS, Region.SHOWS})


def recognise_context(outline: Node, draft: Draft) -> None:
    """Take the goal, give hints to the jobs that they speak of, and what is for everybody to everybody."""
    owners = Owners(draft)
    if not draft.goal:
        draft.goal += _goal(outline, draft, owners)
    taken = sum(len(said.text) for said in draft.context)
    for spot in spots(outline):
        is_title = spot.node.depth == 1 and spot.node.line == draft.line
        if is_title or not _is_context(spot, owners):
            continue
        for section in _unhinted(spot.node, draft):
            text = _shown(section)
            if text and taken + len(text) <= _LONGEST_CONTEXT:
                taken += len(text)
                draft.context.append(Said(text, section.line))


def _goal(outline: Node, draft: Draft, owners: Owners) -> list[Said]:
    """Return the line or section that tells the goal: the first one."""
    first = min((job.line for job in draft.jobs), default=0)
    for passage in passages(
        outline, ("goal", "objecti", "mission", "aim", "outcome", "ziel", "objetivo", "目标", "目的", "목표")
    ):
        found = _GOAL.match(passage.bare) if passage.spot.node.kind in {"paragraph", "item"} else None
        if (
            found is not None
            and passage.line < first
            and GOAL.fullmatch(found["label"])
            and not owners.has(passage.spot)
        ):
            return [Said(found["goal"][:_LONGEST_GOAL], passage.line)]
    for spot in spots(outline):
        if spot.node.kind == "section" and GOAL.fullmatch(heading(spot.node)) and not owners.has(spot):
            paragraph = next((child for child in spot.node.children if child.kind in {"paragraph", "item"}), None)
            if paragraph is not None:
                return [Said(plain(paragraph.text)[:_LONGEST_GOAL], paragraph.line)]
    return []


def _is_context(spot: Spot, owners: Owners) -> bool:
    """Return whether a section is for every agent: the outermost one about such a topic, outside of all jobs."""
    node = spot.node
    if node.kind != "section" or node.place.region is not Region.RULES or owners.has(spot) or owners.is_one(node):
        return False
    return not any(section.place.region is Region.RULES for section in spot.sections if section.depth > 1)


def _unhinted(section: Node, draft: Draft) -> Iterator[Node]:
    """Yield a section without the hints in it that one job alone is told; those go to the job."""
    kept = list[Node]()
    for child in section.children:
        job = _spoken_of(child, draft) if child.kind == "section" and HINTS.search(heading(section)) else None
        text = _shown(child) if job is not None else ""
        if job is not None and text:
            job.prompt.append(Said(text, child.line))
        else:
            kept.append(child)
    if kept:
        yield Node("section", section.text, section.line, section.depth, children=kept)


def _spoken_of(section: Node, draft: Draft) -> DraftJob | None:
    return only(References(draft).mention_of(section.text, DraftJob, like=Likeness(by_title_or_outputs, draft.jobs)))


def _shown(section: Node) -> str:
    """Write a section out again, cut at a line."""
    kept, length = list[str](), 0
    for text in _lines(section, 0):
        length += len(text) + 1
        if length > _LONGEST_SECTION:
            kept.append("...")
            break
        kept.append(text)
    return "\n".join(kept) if len(kept) > 1 else ""


def _is_template(fence: Node) -> bool:
    """Return whether a fence shows what agents are to fill in: it says nothing by itself."""
    return len(_BLANK.findall(fence.text)) >= 2


def _lines(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * max(depth - 1, 0)
    match node.kind:
        case "section":
            yield f"{plain(node.text).strip(' :：')}:"
        case "item":
            yield f"{indent}- {plain(node.text)}"
        case "paragraph":
            yield from (f"{indent}{plain(text)}" for text in node.text.split("\n") if text.strip())
        case "fence" if _is_template(node):
            return
        case "fence":
            yield from ("```", *node.text.rstrip("\n").split("\n"), "```")
        case "table":
            yield from (" | ".join(plain(cell) for cell in row.cells) for row in node.rows)
        case _:
            return
    if node.kind == "fence" or depth > _DEEPEST:
        return
    for child in node.children:
        if child.kind != "section" or child.place.region not in _NOT_TOLD:
            yield from _lines(child, depth + (child.kind == "item"))
