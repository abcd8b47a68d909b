"""What the plans of several agents say of each other: paths that another creates, "Receives from", "Handoff to"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from plans.errors import FileLine, Problem
from plans.markdown.draft import Draft, DraftJob, DraftTrack, Said
from plans.markdown.folders.member import Member
from plans.markdown.resolve.mention import How, Likeness, best
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_stems_of_path
from plans.markdown.source.outline import read_outline
from plans.markdown.source.paths import paths_in
from plans.markdown.source.text import plain

_RECEIVES = re.compile(
    r"\W*(?:receives?|gets?|takes?|inputs?|needs?|waits?)\s+(?:\w+\s+)?(?:from|on|for)\b\W*", re.IGNORECASE
)
_HANDS_OFF = re.compile(
    r"\W*(?:hand-?\s?offs?|hands?\s+off|provides?|delivers?|sends?)\s+(?:\w+\s+)?to\b\W*", re.IGNORECASE
)
_WAITS = re.compile(r"(?:wait|waiting)\b", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\((?P<topic>[^()]*)\)")


class Handoffs:
    """Ties the jobs of one agent to those of others that they wait for."""

    def __init__(self, team: Draft, members: Sequence[Member]) -> None:
        self._team = team
        self._members = members
        self._owner = {job: member for member in members for job in member.jobs}
        self._of_track = {member.track: member for member in members}
        self._references = References(team, {member.name: member.track for member in members})
        self._resolved = set[str]()

    def tie(self) -> None:
        """Resolve what the files say of each other; paths first, for they are exact."""
        for member in self._members:
            self._tie_reads(member)
        for member in self._members:
            self._tie_phrases(member)
        for member in self._members:
            self._tie_communication(member)
        for member in self._members:
            self._put_waiting_later(member)
        self._team.warnings = [
            problem
            for problem in self._team.warnings
            if problem.code != "unresolved" or str(problem.line) not in self._resolved
        ]

    def _tie_reads(self, member: Member) -> None:
        """Let who reads what another creates wait for it."""
        for said in [*member.track.owns.read]:
            makers = self._makers(said.text, member)
            if makers:
                user = self._user(member, said.text)
                member.track.owns.read.remove(said)
                user.owns.read.append(said)
                self._tie_all(makers, user, said)
        for job in member.jobs:
            for said in job.owns.read:
                self._tie_all(self._makers(said.text, member), job, said)

    def _tie_phrases(self, member: Member) -> None:
        """Resolve needs that name nothing in their own file: a path, an agent, or what another brings forth."""
        unresolved = {str(problem.line) for problem in self._team.warnings if problem.code == "unresolved"}
        for job in member.jobs:
            for said in job.needs:
                if str(said.line) in unresolved:
                    found = list(self._named(said.text, member)) or self._by_words(said.text, member)
                    self._tie_all(found, job, said)
                    if found:
                        self._resolved.add(str(said.line))

    def _named(self, text: str, member: Member) -> Iterator[DraftJob]:
        for path in paths_in(text, 1, listed=True):
            yield from self._makers(path.path, member)
        for other, topic in self._mentions(text, member):
            yield self._source(other, topic)

    def _tie_communication(self, member: Member) -> None:
        """Read `Receives from: agent-1 (types)` and `Handoff to: agent-2`, where no path has told it already."""
        for text, line in _lines(member.text):
            receives, hands = _RECEIVES.match(text), _HANDS_OFF.match(text)
            verb = receives or hands
            if verb is None or ":" not in text[: verb.end() + 1]:
                continue
            said = Said(text, FileLine(line, member.file))
            for other, topic in self._mentions(text[verb.end() :], member):
                giver, taker = (other, member) if receives is not None else (member, other)
                if not self._are_tied(giver, taker):
                    self._tie_all([self._source(giver, topic)], self._user(taker, topic), said)

    def _put_waiting_later(self, member: Member) -> None:
        """Let an agent do what it can meanwhile: a job that only waits comes right before the first that needs it."""
        jobs = self._team.waves[0].jobs
        for job in member.jobs:
            if _WAITS.match(job.title) is None or not job.after or job.owns.create or job.owns.modify:
                continue
            behind = [other for other in jobs[jobs.index(job) + 1 :] if other.track == job.track]
            users = [other for other in behind if job in other.after]
            if users and users[0] is not behind[0]:
                jobs.remove(job)
                jobs.insert(jobs.index(users[0]), job)

    def _mentions(self, text: str, member: Member) -> Iterator[tuple[Member, str]]:
        """Yield the other agents that a text names, each with what stands in brackets behind it."""
        for mention in self._references.mention_of(text, DraftTrack):
            other = self._of_track[mention.thing]
            if mention.how is How.NAME and other is not member:
                behind = _IN_BRACKETS.match(text, mention.end)
                yield other, behind["topic"] if behind is not None else ""

    def _others_of(self, member: Member) -> Iterator[Member]:
        return (other for other in self._members if other is not member)

    def _others(self, member: Member) -> list[DraftJob]:
        return [job for other in self._others_of(member) for job in other.jobs]

    def _makers(self, path: str, member: Member) -> list[DraftJob]:
        """Return the jobs of others that write a path."""
        wanted = _folded(path)
        found = [job for job in self._others(member) if any(_meet(_folded(own), wanted) for own in job.owns.paths())]
        found += (
            self._source(other, path)
            for other in self._others_of(member)
            if any(_meet(_folded(own), wanted) for own in other.track.owns.paths())
        )
        return list(dict.fromkeys(found))

    def _user(self, member: Member, what: str) -> DraftJob:
        """Return the job of an agent that uses something: of those that wait for something, the best by its words."""
        waiting = [job for job in member.jobs if job.needs and not job.done]
        exact = [job for job in waiting if any(_folded(what) in _folded(need.text) for need in job.needs)]
        likely = self._best(what, waiting)
        return next(iter(exact), None) or likely or next(iter(waiting), member.jobs[0])

    def _source(self, member: Member, topic: str) -> DraftJob:
        """Return the job of an agent that brings something forth: the best by its words, else the last."""
        return self._best(topic, member.jobs) or member.jobs[-1]

    def _best(self, text: str, jobs: Iterable[DraftJob]) -> DraftJob | None:
        """Return the job that a text is most likely about; of equals the first."""
        like = Likeness(by_stems_of_path, jobs)
        return next(iter(best(self._references.mention_of(text, DraftJob, like=like))), None)

    def _by_words(self, text: str, member: Member) -> list[DraftJob]:
        likely = self._best(text, self._others(member))
        return [] if likely is None else [likely]

    def _are_tied(self, giver: Member, taker: Member) -> bool:
        return any(self._owner.get(need) is giver for job in taker.jobs for need in job.after)

    def _tie_all(self, makers: Iterable[DraftJob], job: DraftJob, said: Said) -> None:
        for maker in makers:
            if maker is job or maker in job.after:
                continue
            if self._comes_before(job, maker):
                message = f"{job.title!r} and {maker.title!r} are each to wait for the other: {said.text!r} is left out"
                self._team.warnings.append(Problem(message, line=said.line, severity="warning", code="contradiction"))
            else:
                job.after.append(maker)

    def _comes_before(self, first: DraftJob, last: DraftJob) -> bool:
        """Return whether a job has to wait for another, by what it needs or by its place on its track."""
        waiting, seen = [last], {last}
        while waiting:
            job = waiting.pop()
            jobs = self._owner[job].jobs
            at = jobs.index(job)
            for before in (*job.after, *jobs[max(at - 1, 0) : at]):
                if before is first:
                    return True
                if before not in seen:
                    seen.add(before)
                    waiting.append(before)
        return first is last


def _lines(text: str) -> Iterator[tuple[str, int]]:
    for node in read_outline(text).walk():
        if node.kind in {"item", "paragraph"}:
            for at, line in enumerate(node.text.split("\n")):
                yield plain(line), node.line + at


def _folded(path: str) -> str:
    return path.strip("`'\" ").lstrip("/").removeprefix("./").rstrip("/").lower()


def _meet(own: str, wanted: str) -> bool:
    return own == wanted or fnmatchcase(own, wanted) or fnmatchcase(wanted, own)
