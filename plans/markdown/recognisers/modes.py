"""Named ways of running the plan: `Option A: Start 2 tracks now`, `Option C: Sequential`."""

import re
from collections.abc import Iterator

from plans.markdown.draft import Draft, DraftMode, DraftTrack
from plans.markdown.recognisers.passages import passages, spots
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.amounts import find_count
from plans.markdown.source.outline import BOLD_DEPTH, Node
from plans.markdown.source.text import bold_lead, plain, words
from plans.markdown.source.words import SERIAL

_OPTION = re.compile(
    r"(?P<word>option|mode|variant|strategy|approach|choice|variante|opción|opção|opcion|方案|選択肢)\s*(?P<key>[A-H]|[1-9])\s*(?:[:：.)]|\s[-–—])\s*(?P<title>.+)",
    re.IGNORECASE,
)
_OPTION_WORDS = ("option", "mode", "variant", "strategy", "approach", "choice", "opci", "opç", "方案", "選択肢")
_SAME_AS = re.compile(
    r"(?:same as|as in|like|plus|everything (?:in|from)|wie|comme|como)\s+\w+\s+(?P<key>[A-H]|[1-9])(?!\w)",
    re.IGNORECASE,
)
_LANES = frozenset({"tracks", "workstreams", "streams", "lanes", "agents", "sessions", "workers", "instances"})
_ALL = re.compile(r"\ball\s+(?:\w+\s+)?(?:tracks|agents|streams|workers|sessions|lanes)\b", re.IGNORECASE)


def recognise_modes(outline: Node, draft: Draft) -> None:
    """Take options that say how many or which tracks run; a single option is no choice."""
    references = References(draft)
    modes = list[DraftMode]()
    for node in _options(outline):
        mode = _mode(node, modes, draft, references)
        if mode is not None and all(mode.key != known.key for known in modes):
            modes.append(mode)
    if len(modes) >= 2:
        draft.modes += modes


def _options(outline: Node) -> Iterator[Node]:
    for spot in spots(outline):
        if spot.node.kind in {"section", "item"} and spot.has(_OPTION_WORDS) and _OPTION.match(plain(spot.node.text)):
            yield spot.node


def _mode(node: Node, known: list[DraftMode], draft: Draft, references: References) -> DraftMode | None:
    lead = bold_lead(node.text) if node.kind == "item" or node.depth < BOLD_DEPTH else None
    found = _OPTION.match(lead.lead if lead is not None and _OPTION.match(lead.lead) else plain(node.text))
    if found is None:
        return None
    title, key = found["title"].strip(), f"{found['word']}-{found['key']}".lower()
    if set(words(title)) & SERIAL:
        return DraftMode(key, title, node.line, max_parallel=1)
    tracks = _tracks(node, known, references)
    count = find_count(title, _LANES)
    every = tuple(draft.tracks)
    if _ALL.search(title) or count == len(every):
        return DraftMode(key, title, node.line, tracks=every)
    if not tracks or (count is not None and count != len(tracks)):
        return None
    return DraftMode(key, title, node.line, tracks=tuple(track for track in every if track in tracks))


def _tracks(node: Node, known: list[DraftMode], references: References) -> set[str]:
    """Return the tracks that an option names, with those of the option that it builds on."""
    found = set[str]()
    for passage in passages(node):
        found.update(references.key_of(track) for track in things(references.mention_of(passage.bare, DraftTrack)))
        base = _SAME_AS.search(passage.bare)
        if base is not None:
            found.update(
                track for mode in known if mode.key.endswith(f"-{base['key'].lower()}") for track in mode.tracks or ()
            )
    return found
