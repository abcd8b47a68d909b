"""Drafts of the files of a folder: every line in them names its file."""

from dataclasses import replace

from plans.errors import FileLine
from plans.markdown.draft import Draft, DraftJob, DraftOwns, DraftStart, DraftTrack, DraftWave, Said


def place_in_file(draft: Draft, file: str) -> None:
    """Make every line of a draft the line of a file."""
    _Placer(file).draft(draft)


class _Placer:
    def __init__(self, file: str) -> None:
        self._file = file

    def line(self, line: int) -> int:
        return FileLine(line, self._file)

    def draft(self, draft: Draft) -> None:
        draft.line = self.line(draft.line)
        for listed in (draft.goal, draft.context, draft.frozen, draft.criteria):
            self._all(listed)
        for wave in draft.waves:
            self._wave(wave)
        for track in draft.tracks.values():
            self._track(track)
        draft.modes = [mode._replace(line=self.line(mode.line)) for mode in draft.modes]
        draft.merge_line = None if draft.merge_line is None else self.line(draft.merge_line)
        draft.warnings = [
            problem if problem.line is None else replace(problem, line=self.line(problem.line))
            for problem in draft.warnings
        ]

    def _wave(self, wave: DraftWave) -> None:
        wave.line = self.line(wave.line)
        wave.max_parallel = self._one(wave.max_parallel)
        self._all(wave.needs)
        self._all(wave.gate)
        for job in wave.jobs:
            self._job(job)

    def _job(self, job: DraftJob) -> None:
        job.line = self.line(job.line)
        job.estimate = self._one(job.estimate)
        for listed in (job.prompt, job.needs, job.blocks, job.outputs, job.locks, job.criteria, job.contingency):
            self._all(listed)
        for step in job.steps:
            step.line = self.line(step.line)
        self._starts(job.starts)
        self._owns(job.owns)

    def _track(self, track: DraftTrack) -> None:
        track.line = self.line(track.line)
        track.branch = self._one(track.branch)
        self._starts(track.starts)
        self._owns(track.owns)

    def _owns(self, owns: DraftOwns) -> None:
        for listed in (owns.create, owns.modify, owns.read):
            self._all(listed)

    def _starts(self, starts: list[DraftStart]) -> None:
        starts[:] = [start._replace(line=self.line(start.line)) for start in starts]

    def _all(self, said: list[Said]) -> None:
        said[:] = [Said(one.text, self.line(one.line)) for one in said]

    def _one(self, said: Said | None) -> Said | None:
        return None if said is None else Said(said.text, self.line(said.line))
