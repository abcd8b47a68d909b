"""When a track or job starts, where it is no dependency: `OPTIONAL - start after 1h`, `when Track 1 is 50% done`."""

import re
from collections.abc import Iterator

from plans.markdown.draft import Draft, DraftJob, DraftStart, DraftTrack
from plans.markdown.recognisers.passages import LONGEST_LINE
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.amounts import find_duration
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain

_OPTIONAL = re.compile(
    r"(?:^|[(\[,;:—–-]\s*)(?:optional(?:e|er|ly)?|opcional|optionnel(?:le)?|可选|任意|선택)(?!\w)", re.IGNORECASE
)
_AFTER = re.compile(
    r"(?:\b(?:start|starts|started|begin|launch)\w*\b[^.;]*?\b(?:after|in|at)\b|"
    r"\bstart nach\b|\bdémarr\w+ après\b|\bempezar después de\b)\s+(?P<when>[^.;,)]*)",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"\b(?:start|starts|begin|launch|wait)\w*\b.*?\b(?:when|once|after|until|as soon as|for|at)\b\s+(?P<what>.*?)\s+"
    r"(?:(?:is|are|reach(?:es)?|at|has reached|have reached|to reach|hits?)\s+)*(?P<percent>\d{1,3})\s?%",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"\b(?:start|starts|begin|launch)\w*\b.*?\b(?:when|once|after|as soon as)\b\s+(?P<what>.*?)\s+"
    r"(?:is|are)\s+(?:half(?:way)?(?:\s+(?:done|through|complete|finished))?)",
    re.IGNORECASE,
)
_HEADS_LINES = 12
"""Lines below a heading in which its own status stands."""


def recognise_starts(outline: Node, draft: Draft) -> None:
    """Take the start conditions that stand at a track or job, or that name it in a sentence of their own."""
    references = References(draft)
    nodes = {node.line: node for node in outline.walk() if node.kind in {"section", "item"}}
    tracks = {track.line: track for track in draft.tracks.values()}
    things: list[DraftTrack | DraftJob] = [
        *draft.tracks.values(),
        *(job for job in draft.jobs if job.line not in tracks),
    ]
    for thing in things:
        node = nodes.get(thing.line)
        if node is None or node.line == draft.line:
            continue
        for text, line in _own_lines(node):
            for start in _conditions(text, line, references):
                if _is_new(start, thing):
                    thing.starts.append(start)
        thing.optional = thing.optional or _OPTIONAL.search(_head(node)) is not None


def _own_lines(node: Node) -> Iterator[tuple[str, int]]:
    yield _head(node), node.line
    for child in node.children:
        if child.kind in {"paragraph", "item"} and child.line - node.line <= _HEADS_LINES:
            for at, text in enumerate(child.text.split("\n")):
                yield plain(text[:LONGEST_LINE]), child.line + at


def _head(node: Node) -> str:
    return plain(node.text.split("\n")[0][:LONGEST_LINE])


def _conditions(text: str, line: int, references: References) -> Iterator[DraftStart]:
    part = _PERCENT.search(text) or _HALF.search(text)
    if part is not None:
        percent = float(part.groupdict().get("percent") or 50)
        if 0 < percent <= 100:
            for track in things(references.mention_of(part["what"], DraftTrack)):
                yield DraftStart(line, progress=references.key_of(track), percent=percent)
        return
    after = _AFTER.search(text)
    time = find_duration(after["when"]) if after is not None else None
    if after is not None and time is not None and not references.mention_of(after["when"]):
        yield DraftStart(line, after=time)


def _is_new(start: DraftStart, thing: DraftTrack | DraftJob) -> bool:
    return all(start._replace(line=known.line) != known for known in thing.starts)
