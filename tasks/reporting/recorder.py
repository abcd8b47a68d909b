"""Writes down what comes of each job of a run while it goes on, for `tasks.session.run_record` to read."""

from collections.abc import Iterator

from plans.schedule.frontier import JobState
from tasks.session.facts import (
    AgentStarted,
    Fact,
    GateAsked,
    GateDecided,
    JobDone,
    JobLost,
    JobPostponed,
    JobRetried,
    JobStopped,
    RunEnded,
    TrackSettled,
)
from tasks.session.record import Noted
from tasks.session.run_record import WAITING, EndNote, GateNote, JobNote, Note, Standing, TrackNote, record_path
from tasks.session.session import Session

_LONGEST = 2000
"""Characters of a reason."""


class RunRecorder:
    """Writes down how things stand in a run, a line of JSON each; to follow the run's record."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._path = record_path(session.folder, int(session.run.rpartition("-")[2]))

    def write(self, noted: Noted) -> None:
        """Write down a fact, if it says how something stands."""
        try:
            lines = [note.model_dump_json() for note in self._notes(noted.fact)]
            if lines:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write("".join(f"{line}\n" for line in lines))
        except OSError as error:
            # A full disk must not change how the run goes.
            self._session.engine.log.warning("%s could not be written: %s", self._path, error)

    def _notes(self, fact: Fact) -> Iterator[Note]:
        match fact:
            case TrackSettled(track=track, landed=landed, told=True):
                yield TrackNote(track=track, reason=landed.reason[:_LONGEST])
            case GateAsked(wave):
                yield GateNote(wave=wave, said=WAITING)
            case GateDecided(wave, stand, by) if by:
                note = stand.note[:_LONGEST]
                yield GateNote(wave=wave, said=f"{stand.said}: {note}" if note else stand.said)
            case RunEnded(outcome, message):
                yield from self._not_begun()
                yield EndNote(outcome=outcome, message=message[:_LONGEST])
            case _:
                yield from self._of_job(fact)

    def _of_job(self, fact: Fact) -> Iterator[JobNote]:
        match fact:
            case AgentStarted(job):
                yield self._note(job, "started")
            case JobRetried(job, reason):
                yield self._note(job, "again", reason)
            case JobPostponed(job, reason):
                yield self._note(job, "later", reason)
            case JobDone(record):
                yield self._note(record.job, "done")
            case JobLost(job, reason):
                yield self._note(job, "failed", reason)
            case JobStopped(job, reason):
                yield self._note(job, "stopped", reason)
            case _:
                pass

    def _not_begun(self) -> Iterator[JobNote]:
        """Yield the jobs of which no fact tells."""
        session = self._session
        left_out = session.found.left_out
        for job in session.plan.jobs:
            state, reason = session.frontier.state(job), session.frontier.reason(job)
            if job in left_out and state is not JobState.DONE:
                yield self._note(job, "not asked for", left_out[job])
            elif session.frontier.was_cut_off(job):
                yield self._note(job, "cut off", reason)
            elif state is JobState.SKIPPED and job not in session.record.jobs.settled:
                yield self._note(job, "skipped", reason)
            elif not state.is_final:
                yield self._note(job, "not reached", reason)

    def _note(self, job: str, state: Standing, reason: str = "") -> JobNote:
        return JobNote(job=job, state=state, reason=reason[:_LONGEST], digest=self._session.digests.get(job, ""))
