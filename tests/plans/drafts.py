"""Small drafts for tests of what is read out of the rest of a document."""

from collections.abc import Callable, Iterable, Mapping
from textwrap import dedent

from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave, Said
from plans.markdown.source.outline import Node, read_outline

FAR = 10_000
"""A line below all test documents: nothing in them stands under what is made here."""


def job(key: str, title: str, **fields: object) -> DraftJob:
    """Make a job; it stands in no line of the test's document unless one is given."""
    made = DraftJob(key, title, FAR, word="task")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def writes(made: DraftJob, *paths: str) -> DraftJob:
    """Let a job own paths."""
    made.owns.modify += [Said(path, made.line) for path in paths]
    return made


def tracks_draft(titles: Mapping[str, str], word: str = "track", branches: Mapping[str, str] | None = None) -> Draft:
    """Make a draft with one wave of tracks of one job each, by their labels."""
    draft = Draft(title="A plan")
    for key, title in titles.items():
        name = f"{word} {key}".lower()
        branch = (branches or {}).get(key)
        draft.tracks[name] = DraftTrack(key, title, FAR, word, Said(branch, FAR) if branch else None)
    jobs = [job(key, title, word=word, track=f"{word} {key}".lower()) for key, title in titles.items()]
    draft.waves = [DraftWave("", "", FAR, jobs=jobs)]
    return draft


def waves_draft(waves: Mapping[str, Iterable[DraftJob]], titles: Mapping[str, str] | None = None) -> Draft:
    """Make a draft of waves by their labels."""
    draft = Draft(title="A plan")
    draft.waves = [DraftWave(key, (titles or {}).get(key, ""), FAR, jobs=list(jobs)) for key, jobs in waves.items()]
    return draft


def recognised(recognise: Callable[[Node, Draft], None], text: str, draft: Draft) -> Draft:
    """Return the draft after a recogniser has gone through a document."""
    recognise(read_outline(dedent(text)), draft)
    return draft
