"""The files of a job that nothing lists: what comes of it, what it commits, what its steps begin to work on."""

import re

from plans.markdown.draft import DraftJob, DraftOwns, Said
from plans.markdown.mentions.entity import Entity
from plans.markdown.source.paths import FoundPath, clean_path, is_path, paths_below, paths_in
from plans.markdown.source.words import MAKES


def add_path(owns: DraftOwns, path: FoundPath, *, default: str) -> None:
    """Add a path under what is done to it, by its own words or else by the list that it stands in."""
    use = "read" if default == "read" else path.use or default
    listed = {"create": owns.create, "read": owns.read}.get(use, owns.modify)
    known = {said.text for said in (*owns.create, *owns.modify, *owns.read)}
    if path.path not in known:
        listed.append(Said(path.path, path.line))


def take_made_files(job: DraftJob, entity: Entity) -> None:
    """Take the files that head the lines of what comes of a job, or that it commits, where none are listed."""
    for one in entity.own_fields:
        if one.name == "output" and (job.is_loose or not any(True for _ in job.owns.paths())):
            heads = [node for node in one.below if node.kind == "item" and _FILE_FIRST.match(node.text)]
            for path in paths_below(heads):
                add_path(job.owns, path, default="create")
    if any(True for _ in job.owns.paths()):
        return
    parts = [*entity.walk()]
    nodes = [*(node for part in parts for node in part.rest)]
    nodes += (node for part in parts for one in part.own_fields for node in one.below)
    for node in (inner for outer in nodes for inner in outer.walk() if inner.kind == "fence"):
        for at, text in enumerate(node.text.split("\n")):
            for word in text.split()[2:] if _COMMITS.match(text) else ():
                if is_path(word, marked=True):
                    add_path(job.owns, FoundPath(clean_path(word), "", node.line + at), default="modify")


_FILE_FIRST = re.compile(
    r"(?:\*\*)?(?:(?:new|enhanced|updated|extended|modified)\s+)?`[\w./*-]+[/.][\w./*-]*`", re.IGNORECASE
)
_COMMITS = re.compile(r"\s*git add\s")
_MAKES = re.compile(MAKES, re.IGNORECASE)
_STEP_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})*[.):]?\s+")
_TOOL = re.compile(r"\b(?:using|via|per|run|running|see|from|like)\s+\S*[\w)]", re.IGNORECASE)


def take_named_files(job: DraftJob) -> None:
    """Take the files that the title and the steps begin to work on, where nothing else says which ones they are."""
    if any(True for _ in job.owns.paths()):
        return
    for step in job.steps:
        first = _AFTER_PATH.split(step.text, maxsplit=1)[0]
        if "/" in first and is_path(first):
            add_path(job.owns, FoundPath(clean_path(first), "", step.line), default="modify")
    steps = [Said(_STEP_NUMBER.sub("", step.text, count=1), step.line) for step in job.steps]
    told = [Said(_TOOL.sub("", step.text), step.line) for step in steps if _MAKES.match(step.text)]
    if _ONLY_LOOKS.match(job.title) is None:
        told.insert(0, Said(job.title, job.line))
    for said in told:
        makes = _MAKES.match(said.text)
        # Code marks keep the underlines of `__init__.py`, which would be bold.
        first = _FIRST_WORD.match(said.text, makes.end()) if makes is not None else None
        listed = said.text if first is None or not is_path(first["word"]) else _ASIDE.split(said.text)[0]
        for path in paths_in(_UNDERLINED.sub(r"`\g<0>`", said.text), said.line):
            is_first = first is not None and is_path(first["word"]) and path.path in listed and "__" not in path.path
            if "/" in path.path or is_first or path.path.lower() in _AT_ROOT:
                begins = makes is not None and said.text[makes.end() :].lstrip().startswith(path.path)
                is_new = makes is not None and makes["create"] and (begins or is_first)
                add_path(job.owns, path._replace(use=""), default="create" if is_new else "modify")
                job.is_loose = True


_ONLY_LOOKS = re.compile(
    r"(?:run|read|review|see|verify|check|audit|inspect|test|investigate|analy[sz]e)\b", re.IGNORECASE
)
_FIRST_WORD = re.compile(r"\s+(?:the\s+|a\s+)?(?P<word>[\w./-]+\w)")
_AFTER_PATH = re.compile(r"\s+(?:[-–—:]\s|\()|:\s")
_ASIDE = re.compile(r"\s+[-–—]\s+|\s\(|[:;]\s|\b(?:with|to|in|for|so|that|from)\b")
_UNDERLINED = re.compile(r"\S*__\S*")
_AT_ROOT = frozenset(
    {
        "readme.md",
        "package.json",
        "makefile",
        "dockerfile",
        "docker-compose.yml",
        "pyproject.toml",
        "cargo.toml",
        "changelog.md",
    }
)
"""Files that need no folder to be known by their name."""
