"""What a text mentions: waves, tracks and jobs by label, range, slug, branch or title, or by words like theirs.

Only exact references count, unless a measure of likeness is given: a number or a letter is a label after a word such as
`task`, or where the whole text is a list of labels; a label that several things have refers to the nearest of them, or
to nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import TypeVar, overload

from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave
from plans.markdown.resolve.known import Index, Thing, fold_key, index_of
from plans.markdown.resolve.mention import How, Likeness, Mention
from plans.markdown.source.labels import kind_of
from plans.markdown.source.text import plain, words
from plans.markdown.source.words import KINDS, Kind

T = TypeVar("T", DraftWave, DraftTrack, DraftJob)
_NUMBER = r"\d{1,6}(?:\.\d{1,4}){0,4}[A-Za-z]?(?![\w%]|\.\d)"
_CODE = r"[A-Z]{1,6}-?\d{1,5}(?:\.\d{1,3})*[A-Z]?(?!\w)"
_KEY = rf"#?(?:{_NUMBER}|{_CODE}|[A-Z](?!\w))"
_RANGE = rf"{_KEY}(?:\s?[-–—]\s?{_KEY})?"
_NO_COUNT = (
    r"(?!\s?(?:h|hrs?|hours?|m|mins?|minutes?|d|days?|weeks?|sessions?|agents?|files?|more|others?|times?|new|x|of)\b)"
)
_BETWEEN = r"\s*(?:,\s*(?:and|or|&)|,|&|/|\+|\b(?:and|or|und|et|y|e)\b|、|和)\s*"
_ARROW = r"\s*(?:→|->|=>|⇒|➜|➔|⟶)\s*"
_LIST = re.compile(rf"\s*{_RANGE}(?:(?:{_BETWEEN}|{_ARROW}){_RANGE})*\s*")
_IN_LIST = re.compile(_RANGE)
_NOTE = re.compile(r"\s*\([^()]*\)")
_TOKEN = re.compile(
    rf"(?<![\w./#-])(?:#\d{{1,6}}(?![\w-])|{_CODE}(?:\s?[-–]\s?{_CODE})?|[A-Za-z][\w.]*(?:[-_/][\w.]+)+)"
)
_DOTTED = r"\d{1,4}(?:\.\d{1,4})+(?:\s?[-–]\s?\d{1,4}(?:\.\d{1,4})+)?(?![\w%]|\.\d)"
_AFTER_VERB = re.compile(
    rf"\b(?:on|after|by|for|needs?|requires?|blocks?|unblocks?)[:\s]+(?P<keys>{_DOTTED}(?:{_BETWEEN}{_DOTTED})*){_NO_COUNT}",
    re.IGNORECASE,
)
_WORD_AND_NUMBER = re.compile(r"(?P<word>[A-Za-z]{2,12})-?(?P<number>\d[\d.]*[A-Za-z]?)")
"""`WS2`, `TASK-001`: a word for what is labelled, right before its number."""
_KEY_PARTS = re.compile(r"(?P<prefix>[a-z]*-?(?:\d+\.)*)(?P<number>\d+)(?P<suffix>[a-z]?)")
_SHORTEST_TITLE = 2
"""Words from which a title is known within a sentence; a shorter one has to be all of a text."""
_LONGEST_RANGE = 500
_LONGEST_TEXT = 1000
"""Characters of a text that are read: nobody names anything by more, and no pattern takes long on so few."""


_WORDED = re.compile(
    r"(?<![^\W_])(?P<word>[^\W\d_]{2,20})[\s_:-]*"
    rf"(?P<keys>{_RANGE}(?:{_BETWEEN}(?:[^\W\d_]{{3,20}}[\s_-]+)?{_RANGE}{_NO_COUNT})*)"
)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[\s-]+$")


@cache
def _unspaced_words() -> tuple[str, ...]:
    """Return the words of languages that put no spaces between words."""
    return tuple(word for listed in KINDS.values() for word in listed if not word.isascii() and ord(word[0]) > 0x2E80)


def _kind_before(said: str, found: re.Match[str]) -> Kind | None:
    """Return what the words right before a label stand for: one word, or two (`work package`)."""
    word = found["word"]
    kind = kind_of(word)
    if kind is not None:
        return kind
    before = _WORD_BEFORE.search(said, max(0, found.start() - 24), found.start())
    if before is not None and (kind := kind_of(f"{before[1]} {word}")) is not None:
        return kind
    for end in _unspaced_words():
        if word.endswith(end):
            return kind_of(end)
    return None


class References:
    """Finds what texts mention, in one draft.

    Args:
        draft: the draft, as it is now.
        names: what some of its things are called besides, in lower case, wherever that stands.
    """

    def __init__(self, draft: Draft, names: Mapping[str, Thing] = MappingProxyType({})) -> None:
        self._draft, self._names = draft, names
        self._wave_of = {job: wave for wave in draft.waves for job in wave.jobs}
        self._key_of = {track: key for key, track in draft.tracks.items()}
        self._jobs_on: dict[str, list[DraftJob]] = defaultdict(list)
        for job in draft.jobs:
            self._jobs_on[job.track].append(job)

    @overload
    def mention_of(self, text: str, kind: None = None, near: DraftJob | None = None) -> list[Mention[Thing]]: ...

    @overload
    def mention_of(
        self, text: str, kind: type[T], near: DraftJob | None = None, *, like: Likeness[T] | None = None
    ) -> list[Mention[T]]: ...

    def mention_of(
        self,
        text: str,
        kind: type[T] | None = None,
        near: DraftJob | None = None,
        *,
        like: Likeness[T] | None = None,
    ) -> Sequence[Mention[Thing]]:
        """Return what a text names, in the text's order, each thing once.

        Args:
            text: inline Markdown, or a line of a fence.
            kind: what is asked for. A job is also named by its track or agent (not by its wave), a track also by the
                only job on it. None: things as they are named.
            near: the job that the text stands under, for labels that several things have and for `#1` in its wave.
            like: give what the text may mean by words like those of its title, in place of what it names.
        """
        said = plain(text[:_LONGEST_TEXT])
        if like is not None:
            measure = like.measure(text)
            told = [(measure(thing), thing) for thing in like.among]
            return [Mention(0, len(said), thing, How.WORDS, likeness) for likeness, thing in told if likeness]
        found = sorted(self._found(said, near), key=lambda mention: mention.at)
        once = dict[object, Mention[Thing]]()
        for mention in found:
            once.setdefault(mention.thing, mention)
        if kind is None:
            return list(once.values())
        asked = dict[object, Mention[Thing]]()
        for mention in once.values():
            for thing in self._as_asked(mention.thing, kind):
                asked.setdefault(thing, replace(mention, thing=thing))
        return list(asked.values())

    def _as_asked(self, thing: Thing, kind: type[DraftWave] | type[DraftTrack] | type[DraftJob]) -> Sequence[Thing]:
        """Return what a named thing stands for where a kind of things is asked for."""
        if isinstance(thing, kind):
            return [thing]
        if kind is DraftJob and isinstance(thing, DraftTrack):
            return self._jobs_on[self._key_of[thing]]
        if kind is DraftTrack and isinstance(thing, DraftJob) and thing.track in self._draft.tracks:
            return [self._draft.tracks[thing.track]] if self._jobs_on[thing.track] == [thing] else []
        return []

    def jobs_on(self, track: str) -> Sequence[DraftJob]:
        """Return the jobs of a track, by its key."""
        return self._jobs_on[track]

    def key_of(self, track: DraftTrack) -> str:
        """Return the key of a track in the draft."""
        return self._key_of[track]

    def wave_of(self, job: DraftJob) -> DraftWave:
        """Return the wave of a job."""
        return self._wave_of[job]

    @cached_property
    def _index(self) -> Index:
        return index_of(self._draft, self._names)

    def _found(self, said: str, near: DraftJob | None) -> Iterator[Mention[Thing]]:
        if _LIST.fullmatch(listed := _NOTE.sub(lambda note: " " * len(note[0]), said)):
            for key in _IN_LIST.finditer(listed):
                yield from self._by_key(key[0], None, key.start(), near)
            return
        for name, thing in self._index.spoken:
            if (spoken := name.search(said)) is not None:
                yield Mention(*spoken.span(), thing, How.NAME)
        yield from self._labelled(said, near)
        yield from self._by_title(said, near)

    def _labelled(self, said: str, near: DraftJob | None) -> Iterator[Mention[Thing]]:
        spans = list[tuple[int, int]]()
        for found in _WORDED.finditer(said):
            kind = _kind_before(said, found)
            if kind is None:
                continue
            spans.append(found.span())
            for key in _IN_LIST.finditer(found["keys"]):
                for mention in self._by_key(key[0], kind, found.start("keys") + key.start(), near):
                    if kind != "group" or _is_called(mention.thing, found["word"]):
                        yield mention
        for token in _TOKEN.finditer(said):
            if not any(start <= token.start() < end for start, end in spans):
                yield from self._by_token(token[0], token.start(), near)
        for found in _AFTER_VERB.finditer(said):
            for key in _IN_LIST.finditer(found["keys"]):
                yield from self._by_key(key[0], "job", found.start("keys") + key.start(), near)

    def _by_key(self, key: str, kind: Kind | None, at: int, near: DraftJob | None) -> Iterator[Mention[Thing]]:
        found = self._one(key, kind, near)
        if not found and (ends := re.split(r"\s?[-–—]\s?", key)) and len(ends) == 2:
            found = self._between(ends[0], ends[1], kind, near)
        if not found and (spoken := _WORD_AND_NUMBER.fullmatch(key)) is not None:
            found = self._one(spoken["number"], kind_of(spoken["word"]), near) if kind_of(spoken["word"]) else []
        yield from (Mention(at, at + len(key), thing, How.LABEL) for thing in found)

    def _one(self, key: str, kind: Kind | None, near: DraftJob | None) -> list[Thing]:
        """Return the thing with a label: of the kind that is asked for, else only where no other thing has it."""
        listed = self._index.keys.get(fold_key(key), [])
        numbered = key.startswith("#")
        of_kind = [
            thing
            for its_kind, thing in listed
            if (kind is None or its_kind == kind) and not (numbered and its_kind in {"group", "lane"})
        ]
        if len(of_kind) > 1:
            of_kind = _alone(self._close(of_kind, near))
        if of_kind:
            return of_kind
        if kind in {"lane", "agent"} and key.isalpha():
            # Who works and where is one to many people: `Track A` may be what `Agent A` does.
            return _alone(self._close([thing for its_kind, thing in listed if its_kind in {"lane", "agent"}], near))
        if numbered and near is not None and key[1:].isdigit():
            return self._at_place(int(key[1:]), near)
        return self._in_range(key, near) if kind in {None, "job"} else []

    def _close(self, things: Sequence[Thing], near: DraftJob | None) -> Sequence[Thing]:
        """Return those of a job's own track, else of its own wave, else all; of a track and its jobs the track."""
        if near is not None:
            wave = self._wave_of[near]
            tracks = {job.track for job in wave.jobs}
            mine = [one for one in things if isinstance(one, DraftJob) and one.track == near.track != ""]
            same = [
                one
                for one in things
                if (isinstance(one, DraftJob) and self._wave_of[one] is wave)
                or (isinstance(one, DraftTrack) and self._key_of[one] in tracks)
            ]
            things = mine or same or things
        return self._without_namesakes(things)

    def _without_namesakes(self, things: Sequence[Thing]) -> Sequence[Thing]:
        tracks = [one for one in things if isinstance(one, DraftTrack)]
        jobs = [one for one in things if isinstance(one, DraftJob)]
        if len(tracks) == 1 and all(job.track == self._key_of[tracks[0]] for job in jobs):
            return tracks
        return jobs or things

    def _at_place(self, place: int, near: DraftJob) -> list[Thing]:
        jobs = self._wave_of[near].jobs
        return [jobs[place - 1]] if 1 <= place <= len(jobs) and jobs[place - 1] is not near else []

    def _in_range(self, key: str, near: DraftJob | None) -> list[Thing]:
        """Return the job whose label is a range that holds a label: `4.3` is in `4.2-4.5`."""
        wanted = _KEY_PARTS.fullmatch(fold_key(key))
        if wanted is None:
            return []
        found = [job for job in self._ranges if _holds(fold_key(job.key), wanted)]
        return _alone(self._close(found, near))

    def _between(self, first: str, last: str, kind: Kind | None, near: DraftJob | None) -> list[Thing]:
        """Return what exists from one label to another."""
        low, high = _KEY_PARTS.fullmatch(fold_key(first)), _KEY_PARTS.fullmatch(fold_key(last))
        if low is None or high is None:
            return self._letters_between(first, last, kind, near)
        if high["prefix"] not in {low["prefix"], ""} or int(high["number"]) - int(low["number"]) > _LONGEST_RANGE:
            return []
        found = list[Thing]()
        for number in range(int(low["number"]), int(high["number"]) + 1):
            padded = str(number).zfill(len(low["number"]))
            found += self._one(f"{low['prefix']}{padded}", kind, near)
        return found

    def _letters_between(self, first: str, last: str, kind: Kind | None, near: DraftJob | None) -> list[Thing]:
        if len(first) != 1 or len(last) != 1 or not (first.isalpha() and last.isalpha()):
            return []
        every = (chr(code) for code in range(ord(first), ord(last) + 1))
        return [thing for letter in every for thing in self._one(letter, kind, near)]

    def _by_token(self, token: str, at: int, near: DraftJob | None) -> Iterator[Mention[Thing]]:
        named = self._index.names.get(token.lower().rstrip("."), [])
        if named and not token.startswith("#"):
            for thing in _alone(self._close(named, near)):
                yield Mention(at, at + len(token), thing, How.NAME)
        else:
            yield from self._by_key(token, None, at, near)

    def _by_title(self, said: str, near: DraftJob | None) -> Iterator[Mention[Thing]]:
        spoken = words(said)
        whole = self._index.titles.get(spoken, [])
        if whole:
            yield from (Mention(0, len(said), thing, How.TITLE) for thing in _alone(self._close(whole, near)))
            return
        for start in range(len(spoken)):
            for length in self._title_lengths.get(spoken[start], ()):
                found = self._index.titles.get(spoken[start : start + length], [])
                for thing in _alone(self._close(found, near)):
                    at = max(said.lower().find(spoken[start]), 0)
                    end = said.lower().find(spoken[start + length - 1], at) + len(spoken[start + length - 1])
                    yield Mention(at, max(end, at), thing, How.TITLE)

    @cached_property
    def _ranges(self) -> list[DraftJob]:
        return [job for job in self._draft.jobs if re.fullmatch(r"\S*\d-\S*\d", job.key)]

    @cached_property
    def _title_lengths(self) -> dict[str, set[int]]:
        """The lengths of titles by their first word, so that a long text is compared with few of them."""
        lengths = defaultdict[str, set[int]](set)
        for title in self._index.titles:
            if len(title) >= _SHORTEST_TITLE:
                lengths[title[0]].add(len(title))
        return lengths


def _is_called(thing: Thing, word: str) -> bool:
    """Return whether a wave is called by a word: phase 3 is not epic 3, where a document has both."""
    spoken, own = word.lower(), thing.word.lower().split(" ")[-1]
    return not own or spoken in {own, f"{own}s", f"{own}es"}


def _alone(things: Sequence[Thing]) -> list[Thing]:
    """Return the only thing that is meant; nothing where several could be."""
    once = list(dict.fromkeys(things))
    return once if len(once) == 1 else []


def _holds(key: str, wanted: re.Match[str]) -> bool:
    first, _, last = key.partition("-")
    low, high = _KEY_PARTS.fullmatch(first), _KEY_PARTS.fullmatch(last)
    if low is None or high is None or low["prefix"] != wanted["prefix"] or high["prefix"] not in {low["prefix"], ""}:
        return False
    return int(low["number"]) <= int(wanted["number"]) <= int(high["number"])
