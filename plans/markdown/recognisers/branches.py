"""Branches that stand apart from their tracks: `git checkout -b x` under a comment, `git worktree add ../a -b x`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from plans.markdown.draft import Draft, DraftTrack, Said
from plans.markdown.recognisers.passages import LONGEST_LINE, Spot, spots
from plans.markdown.resolve.mention import Likeness, only
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_branch
from plans.markdown.source.outline import Node
from plans.markdown.source.text import codes, plain

_NEW_BRANCH = re.compile(
    r"git\s+(?:checkout|switch)\s+(?:--?track\s+)?-[bBcC]\s+(?P<checkout>[^\s;&|#]+)|"
    r"git\s+worktree\s+add\s+(?P<rest>[^;&|#]*)|"
    r"git\s+branch\s+(?P<branch>[^\s;&|#-][^\s;&|#]*)"
)
_BRANCH_OPTION = re.compile(r"(?:^|\s)-[bB]\s+(?P<name>\S+)")
_IS_BRANCH = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)*")
_PLACEHOLDER = re.compile(r"[<>{}$*\[\]]|\.\.\.|…|\b(?:xxx|your-|name-here)\b", re.IGNORECASE)


class _Found(NamedTuple):
    branch: Said
    about: str
    """The comment above, or what else stands with it."""


def recognise_branches(outline: Node, draft: Draft) -> None:
    """Give the tracks their branches: by the comment or heading above, else by a word that only one of them has."""
    references = References(draft)
    found = list[_Found]()
    for spot in spots(outline):
        if spot.node.kind == "fence":
            found += _in_fence(spot)
        elif spot.node.kind in {"item", "paragraph"} and "git " in spot.node.text:
            found += _in_text(spot)
    waiting = [one for one in found if not _assign(one, draft, references)]
    for one in waiting:
        _assign_by_words(one, draft, references)


def _in_fence(spot: Spot) -> Iterator[_Found]:
    about = ""
    for at, text in enumerate(spot.node.text.split("\n")):
        comment = re.match(r"\s*(?:#|//|::|REM )\s*(?P<words>.*)", text)
        if comment is not None:
            about = comment["words"]
            continue
        name = _branch_in(text[:LONGEST_LINE])
        if name is not None:
            trailing = text.partition("#")[2]
            yield _Found(Said(name, spot.node.line + at), trailing or about or _around(spot))


def _in_text(spot: Spot) -> Iterator[_Found]:
    for code in codes(spot.node.text):
        name = _branch_in(code)
        if name is not None:
            yield _Found(Said(name, spot.node.line), f"{plain(spot.node.text.partition('`')[0])} {_around(spot)}")


def _around(spot: Spot) -> str:
    return next((plain(section.text) for section in reversed(list(spot.sections))), "")


def _branch_in(command: str) -> str | None:
    found = _NEW_BRANCH.search(command)
    if found is None:
        return None
    option = _BRANCH_OPTION.search(found["rest"] or "")
    name = found["checkout"] or found["branch"] or (option["name"] if option is not None else None)
    if name is None or _PLACEHOLDER.search(name) or _IS_BRANCH.fullmatch(name) is None:
        return None
    return None if name in {"main", "master", "develop"} else name


def _assign(one: _Found, draft: Draft, references: References) -> bool:
    track = only(references.mention_of(one.about, DraftTrack))
    if track is None:
        return any(track.branch is not None and track.branch.text == one.branch.text for track in draft.tracks.values())
    track.branch = track.branch or one.branch
    return True


def _assign_by_words(one: _Found, draft: Draft, references: References) -> None:
    """Give a branch to the only track without one whose title or label has a word of it."""
    if any(track.branch == one.branch for track in draft.tracks.values()):
        return
    free = [track for track in draft.tracks.values() if track.branch is None]
    track = only(references.mention_of(one.branch.text, DraftTrack, like=Likeness(by_branch, free)))
    if track is not None:
        track.branch = one.branch
