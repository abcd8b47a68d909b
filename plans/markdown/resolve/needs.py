"""What comes before what: phrases of the document resolved to jobs."""

import re
from collections import defaultdict
from collections.abc import Iterator

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftJob, DraftWave, Said, Statement, Trust
from plans.markdown.mentions.fields import says_nothing
from plans.markdown.resolve.mention import Likeness, best, things
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_stems, stems
from plans.markdown.source.words import EVERYTHING_BEFORE

_EVERYTHING = re.compile(EVERYTHING_BEFORE, re.IGNORECASE)
_SOFT = re.compile(
    r"\b(?:\d+\s?%|interface\s+(?:frozen|only|defined)|types\s+only|merge\s+(?:after|before)|rebase|partial(?:ly)?|soft|ideally)\b",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(
    r"\b(?:npm|pip|docker|node|python|rust|cargo|library|package|api key|installed|tool|crate)\b", re.IGNORECASE
)
_WAITING = re.compile(r"^.*?\b(?:after|on|by|for|once|needs?|requires?|until)\b[:\s]*(?:the\s+)?", re.IGNORECASE)
_STATE = re.compile(
    r"[\s,]*\b(?:(?:is|are|has|have|must(?:\s+be)?|be|to|all|both|being|been|their|its|first)\s+)*"
    r"(?:complet\w+|done|finish\w*|ready|merged|first|landed|end(?:s|ed)?|pass(?:es|ed)?)\b.*$",
    re.IGNORECASE,
)
"""What is said around the names in `after A, B and C are complete`."""
_ELSEWHERE_DONE = re.compile(
    r"\((?:[^()]*\W)?(?:completed?|done|merged|shipped|exists?|already [^()]*)\)", re.IGNORECASE
)
_LABEL = re.compile(r"(?<![\w.#/-])(?:#\d{1,6}|\d{1,4}(?:\.\d{1,4}){1,3}|[A-Z]{1,6}-?\d{1,5})(?![\w%.]\w|\w)")


def resolve_needs(draft: Draft) -> None:
    """Fill `DraftJob.after` from the phrases of jobs and waves; what resolves to nothing is a warning."""
    resolver = _Resolver(draft)
    for wave in draft.waves:
        for job in wave.jobs:
            for said in job.needs:
                resolver.need(job, said)
            resolver.compare(job)
            for said in job.blocks:
                resolver.block(job, said)
        for said in wave.needs:
            resolver.wave_needs(wave, said)
    _keep_out_of_circles(draft)


class _Resolver:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._references = References(draft)
        self._order = {job: at for at, job in enumerate(draft.jobs)}
        self._wave_of = {job: at for at, wave in enumerate(draft.waves) for job in wave.jobs}

    def need(self, job: DraftJob, said: Said) -> None:
        """Resolve what a job waits for."""
        found = [other for other in self._jobs(said.text, job) if other is not job]
        if found:
            if _SOFT.search(said.text) is None:
                job.after.extend(other for other in found if other not in job.after)
        elif (
            not says_nothing(said.text)
            and _EVERYTHING.search(said.text) is None
            and _OUTSIDE.search(said.text) is None
            and not _ELSEWHERE_DONE.search(said.text)
            and not self._is_behind(said.text, job)
        ):
            self._draft.warnings.append(_unresolved(job, said))

    def compare(self, job: DraftJob) -> None:
        """Tell of statements that contradict each other, with both lines: the better trusted one counts."""
        if len(job.statements) > 1:
            best = min(job.statements, key=lambda statement: statement.trust)
            for other in job.statements:
                if other is not best:
                    self._compare_needs(job, best, other)
        if job.estimate is not None:
            told = [length for trust, length in job.lengths if trust < Trust.AGAIN and length.text != job.estimate.text]
            for length in told[:1]:
                what = f"{_name(job)} takes {job.estimate.text} (line {job.estimate.line}), and {length.text} here"
                self._doubt(f"{what}: the first counts", length.line)

    def _compare_needs(self, job: DraftJob, best: Statement, other: Statement) -> None:
        named = [found for said in other.said for found in self._named(said.text, job)]
        extra = [found for found in dict.fromkeys(named) if found is not job and found not in job.after]
        hers = ", ".join(_name(found) for found in job.after) or "nothing"
        if extra:
            what = f"{_name(job)} waits for {', '.join(_name(found) for found in extra)} here, but for {hers} in line"
            self._doubt(f"{what} {best.line}, which counts", other.line)
        elif job.after and not other.said and other.trust < Trust.AGAIN:
            self._doubt(
                f"{_name(job)} waits for nothing here, but for {hers} in line {best.line}, which counts", other.line
            )

    def _doubt(self, message: str, line: int) -> None:
        self._draft.warnings.append(Problem(message, line=line, severity="warning", code="contradiction"))

    def _is_behind(self, text: str, job: DraftJob) -> bool:
        """Return whether a phrase names a wave before a job's own: it waits for that in any case."""
        waves = things(self._references.mention_of(text, DraftWave, near=job))
        return bool(waves) and all(self._draft.waves.index(wave) < self._wave_of[job] for wave in waves)

    def block(self, job: DraftJob, said: Said) -> None:
        """Resolve what waits for a job."""
        for other in self._named(said.text, job):
            if other is not job and job not in other.after and self._may_follow(other, job):
                other.after.append(job)

    def _may_follow(self, job: DraftJob, before: DraftJob) -> bool:
        return self._wave_of[before] <= self._wave_of[job]

    def wave_needs(self, wave: DraftWave, said: Said) -> None:
        """Check what a wave waits for: what stands before it, it waits for in any case."""
        at = self._draft.waves.index(wave)
        for job in things(self._references.mention_of(said.text, DraftJob)):
            if self._wave_of[job] > at:
                message = f"{wave.title or wave.key} is to wait for {job.title!r}, which comes later"
                self._draft.warnings.append(Problem(message, line=said.line, severity="warning", code="order"))

    def _jobs(self, text: str, job: DraftJob) -> list[DraftJob]:
        if _EVERYTHING.search(text) is not None:
            return self._all_before(job)
        core = _STATE.sub("", _WAITING.sub("", text)).strip(" ()[].:")
        named = self._named(text, job) or self._named(core, job)
        return named or self._by_labels(text, job) or list(self._by_words(text, job))

    def _named(self, text: str, job: DraftJob) -> list[DraftJob]:
        return things(self._references.mention_of(text, DraftJob, near=job))

    def _by_labels(self, text: str, job: DraftJob) -> list[DraftJob]:
        """Find the jobs whose labels stand anywhere in a phrase, whatever the language around them says."""
        return [other for found in _LABEL.finditer(text) for other in self._named(found[0], job)]

    def _all_before(self, job: DraftJob) -> list[DraftJob]:
        """Return the jobs before one in its wave: those of the waves before it has to wait for in any case."""
        wave = self._draft.waves[self._wave_of[job]]
        return [] if job.done else wave.jobs[: wave.jobs.index(job)]

    def _by_words(self, text: str, job: DraftJob) -> Iterator[DraftJob]:
        """Find the jobs that a phrase like `Models created` speaks of: those before it whose words match best."""
        for part in re.split(r",|;|\band\b|&|\+", text):
            at = self._wave_of[job]
            for wave in (self._draft.waves[at], *reversed(self._draft.waves[:at])) if stems(part) else ():
                before = [other for other in wave.jobs if self._order[other] < self._order[job]]
                found = best(self._references.mention_of(part, DraftJob, like=Likeness(by_stems, before)))
                if found:
                    yield from found
                    break


def _name(job: DraftJob) -> str:
    return repr(job.key or job.title)


def _unresolved(job: DraftJob, said: Said) -> Problem:
    message = f"{job.title or job.key!r} waits for {said.text!r}, which names no job of this plan"
    hint = "name the job by its id, or make sure by hand that it is there"
    return Problem(message, line=said.line, hint=hint, severity="warning", code="unresolved")


def _keep_out_of_circles(draft: Draft) -> None:
    """Leave out an edge that closes a circle, with a warning: two sentences of the document contradict each other."""
    tangled = _tangled(draft)
    for job in tangled:
        kept = list[DraftJob]()
        for other in job.after:
            job.after = kept
            if job in _all_after(other):
                line = next((said.line for said in job.needs), job.line)
                message = f"{job.title!r} and {other.title!r} are each to wait for the other: line {line} is left out"
                draft.warnings.append(Problem(message, line=line, severity="warning", code="contradiction"))
            else:
                kept.append(other)
        job.after = kept


def _tangled(draft: Draft) -> list[DraftJob]:
    """Return the jobs on a circle or behind one, in order: in a usual plan none, found in linear time."""
    missing = {job: len(job.after) for job in draft.jobs}
    followers = defaultdict[DraftJob, list[DraftJob]](list)
    for job in draft.jobs:
        for other in job.after:
            followers[other].append(job)
    free = [job for job, count in missing.items() if not count]
    while free:
        for job in followers[free.pop()]:
            missing[job] -= 1
            if not missing[job]:
                free.append(job)
    return [job for job, count in missing.items() if count]


def _all_after(job: DraftJob) -> set[DraftJob]:
    found, waiting = set[DraftJob](), [job]
    while waiting:
        for other in waiting.pop().after:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found
