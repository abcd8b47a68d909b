"""Writes down what comes of each job of a run while it goes on, for `tasks.session.run_record` to read."""

from collections.abc import Iterator, Mapping

from plans.schedule.frontier import JobState
from tasks.session.events import Event
from tasks.session.run_record import WAITING, EndNote, GateNote, JobNote, Note, Standing, TrackNote, record_path
from tasks.session.session import Session

_OF_EVENTS: Mapping[str, Standing] = {
    "planwave.job.started": "started",
    "planwave.job.retried": "again",
    "planwave.job.postponed": "later",
    "planwave.job.completed": "done",
    "planwave.job.failed": "failed",
    "planwave.job.stopped": "stopped",
}
_LONGEST = 2000
"""Characters of a reason."""


class RunRecorder:
    """Writes down what is told of a run, a line of JSON each; to be called with every event, in order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._path = record_path(session.folder, int(session.run.rpartition("-")[2]))

    def hear(self, event: Event) -> None:
        """Write down an event of the run, if it says how something stands."""
        if event.run != self._session.run:
            return
        try:
            lines = [note.model_dump_json() for note in self._notes(event)]
            if lines:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write("".join(f"{line}\n" for line in lines))
        except OSError as error:
            # A full disk must not change how the run goes.
            self._session.engine.log.warning("%s could not be written: %s", self._path, error)

    def _notes(self, event: Event) -> Iterator[Note]:
        reason = str(event.payload.get("reason") or "")[:_LONGEST]
        if event.name in _OF_EVENTS:
            yield self._note(event.subject, _OF_EVENTS[event.name], reason)
        elif event.name == "planwave.merge.failed":
            yield TrackNote(track=event.subject, reason=reason)
        elif event.name == "planwave.gate.asked":
            yield GateNote(wave=event.subject, said=WAITING)
        elif event.name == "planwave.gate.decided":
            decision, note = event.payload.get("decision"), str(event.payload.get("note") or "")[:_LONGEST]
            yield GateNote(wave=event.subject, said=f"{decision}: {note}" if note else str(decision))
        elif event.name == "planwave.run.finished":
            yield from self._not_begun()
            outcome, message = event.payload.get("outcome"), event.payload.get("message")
            yield EndNote(outcome=str(outcome), message=str(message)[:_LONGEST])

    def _not_begun(self) -> Iterator[JobNote]:
        """Give the jobs of which no event tells."""
        session = self._session
        for job in session.plan.jobs:
            state, reason = session.frontier.state(job), session.frontier.reason(job)
            if job in session.left_out and state is not JobState.DONE:
                yield self._note(job, "not asked for", session.left_out[job])
            elif session.frontier.was_cut_off(job):
                yield self._note(job, "cut off", reason)
            elif state is JobState.SKIPPED and job not in session.settled:
                yield self._note(job, "skipped", reason)
            elif not state.is_final:
                yield self._note(job, "not reached", reason)

    def _note(self, job: str, state: Standing, reason: str) -> JobNote:
        return JobNote(job=job, state=state, reason=reason, digest=self._session.digests.get(job, ""))
