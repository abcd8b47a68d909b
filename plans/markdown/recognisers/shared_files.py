"""Files that all jobs of a wave are to edit at once: said before a token is spent."""

import re
from collections.abc import Iterator

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftWave, Said
from plans.markdown.source.outline import Node
from plans.markdown.source.paths import paths_in
from plans.markdown.source.text import plain

_ALL_EDIT = re.compile(
    r"\b(?:all|both|every(?:one|body)?|each|they)\b[^.;]*"
    r"\b(?:edit|modify|modifies|touch|change|write|work\s+(?:on|in))\w*",
    re.IGNORECASE,
)
_AS_ONE = re.compile(
    r"\b(?:all|both|every\w*|simultaneous\w*|same|at once|together|concurrent\w*|"
    r"different\s+(?:parts|sections|lines))\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\b(?:no\s?one|nobody|never|not|none)\b|n't\b", re.IGNORECASE)


def recognise_shared_files(outline: Node, draft: Draft) -> None:
    """Warn of every file that a wave's jobs are all to edit, and tell the jobs."""
    sections = {node.line: node for node in outline.walk() if node.kind == "section"}
    for wave in draft.waves:
        section = sections.get(wave.line)
        if section is None or len(wave.jobs) < 2 or wave.mode == "serial":
            continue
        for said in _shared(section):
            draft.warnings.append(_warning(wave, said))
            for job in wave.jobs:
                job.prompt.append(
                    Said(
                        f"Others edit {said.text} at the same time, each in a workspace of their own: "
                        "keep to the lines that your task needs, so that the work merges.",
                        said.line,
                    )
                )


def _shared(section: Node) -> Iterator[Said]:
    told = set[str]()
    for node in section.walk():
        if node.kind not in {"item", "paragraph"}:
            continue
        for at, text in enumerate(node.text.split("\n")):
            words = plain(text)
            if _ALL_EDIT.search(words) is None or _AS_ONE.search(words) is None or _NOBODY.search(words):
                continue
            for found in paths_in(text, node.line + at, listed=True):
                if found.path not in told:
                    told.add(found.path)
                    yield Said(found.path, found.line)


def _warning(wave: DraftWave, said: Said) -> Problem:
    who = f"all {len(wave.jobs)} jobs of {wave.word} {wave.key}".rstrip()
    return Problem(
        f"{who} are to edit {said.text!r} at the same time: each does so in a workspace of its own, and they are "
        "merged one after another; where two change the same lines, the merge stops and names both",
        line=said.line,
        hint="put what they share into one job before the others, or let the wave run serially",
        severity="warning",
        code="shared-file",
    )
