"""What comes before what in drawings: `#9, #13 -> #17`, `#17 <- #9`, Mermaid graphs.

The least trusted of all statements: it orders only jobs that say nothing of their own dependencies.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from plans.markdown.draft import Draft, DraftJob, Said
from plans.markdown.recognisers.passages import Spot, spots
from plans.markdown.recognisers.topics import DRAWN_ORDER, NO_ORDER
from plans.markdown.resolve.mention import Likeness, things
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_beginnings
from plans.markdown.source.outline import Node

_FORWARD = re.compile(r"\s*(?:[─━═-]{1,200}[>►▶]|={1,20}>|→|⇒|➜|➔|⟶|►|▶)\s*")
_BACKWARD = re.compile(r"\s*(?:<[─━═-]{1,200}|←|⇐|⟵)\s*")
_MARKS = frozenset(">►▶→⇒➜➔⟶<←⇐⟵")
"""Of which each arrow has one."""
_DRAWN = frozenset({"fence", "item", "paragraph"})
_MERGES = re.compile(r"\b(?:merge[sd]?|merging|land)\b", re.IGNORECASE)
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[│┃┌┐└┘├┤┬┴┼╔╗╚╝║|]+")
_EVERY = re.compile(
    r"(?:all|everything|all others|all of the above|alle|todos?|tous|全部|所有|全て|모두)"
    r"(?:\s+(?:tasks|jobs|issues|agents|tracks|others))?",
    re.IGNORECASE,
)
_LONGEST_PART = 80
_MERMAID_NODE = re.compile(r"(?P<id>[\w-]+)\s*(?:[\[({>]{1,3}\"?(?P<text>[^\"\])}]*)\"?[\])}]{1,3})?")
_MERMAID_EDGE = re.compile(r"\s*(?:-->|---|-\.->|==>|--\s[^-|>]{1,60}-->)(?:\|[^|]{0,80}\|)?\s*")

Edge = tuple[DraftJob, DraftJob]


def recognise_arrows(outline: Node, draft: Draft) -> None:
    """Order jobs by arrows between their labels or titles, in fences and under headings about dependencies."""
    reader = _Arrows(draft)
    silent = {job for job in draft.jobs if not job.needs and not job.after}
    found = list(dict.fromkeys(edge for spot in spots(outline) for edge in reader.edges(spot)))
    for before, job in found:
        if job in silent and before is not job and before not in job.after and reader.may_follow(before, job):
            job.after.append(before)


class _Arrows:
    def __init__(self, draft: Draft) -> None:
        self._jobs = list(draft.jobs)
        self._references = References(draft)
        self._wave_of = {job: at for at, wave in enumerate(draft.waves) for job in wave.jobs}

    def may_follow(self, before: DraftJob, job: DraftJob) -> bool:
        """Return whether the waves let a job come after another."""
        return self._wave_of[before] <= self._wave_of[job]

    def edges(self, spot: Spot) -> Iterator[Edge]:
        """Yield the pairs of jobs, the earlier first, that a part of the document orders."""
        node = spot.node
        is_graph = node.kind == "fence" and node.info.lower() == "mermaid"
        if node.kind not in _DRAWN or not (is_graph or _MARKS & {*node.text}) or spot.under(NO_ORDER):
            return
        if is_graph:
            yield from self._mermaid(node)
        elif node.kind == "fence" or spot.under(DRAWN_ORDER):
            for at, text in enumerate(node.text.split("\n")):
                if _MERGES.search(text) is None:
                    yield from self._line(Said(text, node.line + at))

    def _line(self, said: Said) -> Iterator[Edge]:
        text = _REMARK.sub(" ", said.text).partition(": ")[0].replace("**", "").lstrip(" -*•")
        forward = _FORWARD.split(text)
        if len(forward) > 1:
            yield from self._chain(forward)
            return
        backward = _BACKWARD.split(text)
        if len(backward) > 1:
            yield from self._chain(list(reversed(backward)))

    def _chain(self, parts: Sequence[str]) -> Iterator[Edge]:
        named = [self._named(part) for part in parts]
        for before, after in pairwise(named):
            yield from ((one, other) for one in before for other in after)
        if len(parts) == 2 and _EVERY.fullmatch(parts[0].strip()) and len(named[1]) == 1:
            yield from ((one, named[1][0]) for one in self._jobs)

    def _named(self, part: str) -> list[DraftJob]:
        text = part.strip(" .,;:")
        return things(self._references.mention_of(text, DraftJob)) if 0 < len(text) <= _LONGEST_PART else []

    def _mermaid(self, node: Node) -> Iterator[Edge]:
        """Read a graph: its nodes are jobs by the words in them, else by their ids."""
        if not re.match(r"\s*(?:%%[^\n]*\n\s*)*(?:graph|flowchart)\b", node.text):
            return
        texts = dict[str, str]()
        chains = list[list[list[str]]]()
        for line in node.text.split("\n")[1:]:
            ends = _MERMAID_EDGE.split(line.strip().rstrip(";"))
            parts = [[self._node(one, texts) for one in end.split("&")] for end in ends]
            if len(ends) > 1:
                chains.append(parts)
        known = {name: self._node_jobs(name, text) for name, text in texts.items()}
        for chain in chains:
            for before, after in pairwise(chain):
                yield from ((b, a) for x in before for y in after for b in known.get(x, ()) for a in known.get(y, ()))

    def _node(self, text: str, texts: dict[str, str]) -> str:
        found = _MERMAID_NODE.match(text.strip())
        if found is None:
            return ""
        texts[found["id"]] = found["text"] or texts.get(found["id"], "")
        return found["id"]

    def _node_jobs(self, name: str, text: str) -> list[DraftJob]:
        words = re.sub(r"<br\s*/?>|\\n", " ", text).strip()
        for said in (words, words.partition(":")[0], name):
            found = things(self._references.mention_of(said, DraftJob)) if said else []
            if len(found) == 1:
                return found
        alike = self._references.mention_of(words, DraftJob, like=Likeness(by_beginnings, self._jobs))
        return things(alike) if len(alike) == 1 else []
