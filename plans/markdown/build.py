"""From a draft to a plan: ids, lanes, and the line of every part."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from plans.document import Document, Path, PathLines
from plans.errors import PlanError
from plans.markdown.draft import Draft, DraftJob, DraftOwns, DraftStart, DraftWave, Said
from plans.model import Limits
from plans.yaml.shape import read_shape

Value = object
_LONGEST_ID = 60
_NO_ID = re.compile(r"[^A-Za-z0-9._-]+")
_NUMBER = re.compile(r"#?\d+[a-z]?")


def build_plan(draft: Draft, name: str) -> Document:
    """Make the plan.

    Raises:
        PlanError: the draft does not make a plan, with what the document said and where.
    """
    builder = _Builder(draft)
    value = builder.plan()
    lines = PathLines(builder.lines)
    plan, problems = read_shape(value, lines)
    if plan is None:
        raise PlanError(name, (*problems, *draft.warnings))
    return Document(plan, name, lines, tuple(draft.warnings))


def slug(text: str) -> str:
    """Return a text as an id in lower case: words joined by `-`, cut at a word."""
    words = [word for word in re.findall(r"[a-z0-9]+", _ascii(text).lower()) if word]
    kept = ""
    for word in words:
        if kept and len(kept) + len(word) >= _LONGEST_ID:
            break
        kept = f"{kept}-{word}" if kept else word[:_LONGEST_ID]
    return kept


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


class _Names:
    """Ids, each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, wanted: Iterable[str], fallback: str) -> str:
        """Return the first wanted id that is free, else the last with a number."""
        tried = [name for name in wanted if name] or [fallback]
        found = next((name for name in tried if name.lower() not in self._taken), None)
        number = 2
        while found is None:
            name = f"{tried[-1]}-{number}"
            found = name if name.lower() not in self._taken else None
            number += 1
        self._taken.add(found.lower())
        return found


def label_id(word: str, key: str, title: str) -> str:
    """Return the id of a labelled thing: `4.2` of `task 4.2`, `agent-4` of `agent 4`, else its title's words."""
    bare = _NO_ID.sub("-", key.removeprefix("#")).strip("-.")
    if not bare:
        return slug(title)
    if _NUMBER.fullmatch(key) or len(bare) == 1:
        return f"{slug(word)}-{bare}" if slug(word) and not key.startswith("#") else bare
    return bare[:_LONGEST_ID]


class _Builder:
    def __init__(self, draft: Draft) -> None:
        self.lines: dict[Path, int] = {}
        self._draft = draft
        self._job_ids: dict[DraftJob, str] = {}
        self._wave_ids: dict[DraftWave, str] = {}
        self._track_ids: dict[str, str] = {}
        self._name_all()

    def _name_all(self) -> None:
        waves, jobs, tracks = _Names(), _Names(), _Names()
        for at, wave in enumerate(self._draft.waves, start=1):
            self._wave_ids[wave] = waves.give([label_id(wave.word, wave.key, wave.title)], f"wave-{at}")
            for place, job in enumerate(wave.jobs, start=1):
                own = label_id(job.word, job.key, job.title)
                longer = f"{self._wave_ids[wave]}-{own}" if own else ""
                self._job_ids[job] = jobs.give([own, longer], f"job-{place}")
        for key, track in self._draft.tracks.items():
            self._track_ids[key] = tracks.give([label_id(track.word, track.key, track.title)], "track")

    def plan(self) -> Mapping[str, Value]:
        draft = self._draft
        self.lines[()] = draft.line
        value: dict[str, Value] = {
            "version": 1,
            "name": slug(draft.title)[:_LONGEST_ID].strip("-") or "plan",
            "title": draft.title or None,
            "goal": _joined(draft.goal),
            "context": _joined(draft.context, between="\n\n"),
            "limits": {"jobs": agents} if (agents := _most_at_once(draft)) > Limits().jobs else None,
            "frozen": self._texts(("frozen",), draft.frozen),
            "tracks": [self._track(("tracks", at), key) for at, key in enumerate(draft.tracks)],
            "modes": self._modes(),
            "waves": [self._wave(("waves", at), wave) for at, wave in enumerate(draft.waves)],
            "merge": self._merge(),
            "criteria": self._texts(("criteria",), draft.criteria),
            "claims": self._claims(("claims",), draft.claims.said),
        }
        if draft.goal:
            self.lines["goal",] = draft.goal[0].line
        if draft.context:
            self.lines["context",] = draft.context[0].line
        return _filled(value)

    def _track(self, path: Path, key: str) -> Value:
        track = self._draft.tracks[key]
        self.lines[path] = track.line
        if track.branch is not None:
            self.lines[*path, "branch"] = track.branch.line
        return _filled(
            {
                "id": self._track_ids[key],
                "title": track.title or None,
                "branch": track.branch.text if track.branch is not None else None,
                "owns": self._owns((*path, "owns"), track.owns),
                "optional": track.optional or None,
                "start": self._start((*path, "start"), track.starts),
            }
        )

    def _wave(self, path: Path, wave: DraftWave) -> Value:
        self.lines[path] = wave.line
        if wave.max_parallel is not None:
            self.lines[*path, "max_parallel"] = wave.max_parallel.line
        if wave.gate:
            self.lines[*path, "gate"] = wave.gate[0].line
        gate = {"question": _joined(wave.gate), "decide": "human" if wave.asks else None}
        return _filled(
            {
                "id": self._wave_ids[wave],
                "title": wave.title or None,
                "mode": wave.mode if wave.mode != "parallel" else None,
                "max_parallel": int(wave.max_parallel.text) if wave.max_parallel is not None else None,
                "barrier": None if wave.barrier else False,
                "jobs": [self._job((*path, "jobs", at), job) for at, job in enumerate(wave.jobs)],
                "gate": _filled(gate) if wave.gate else None,
                "claims": self._claims((*path, "claims"), wave.claims.said),
            }
        )

    def _job(self, path: Path, job: DraftJob) -> Value:
        self.lines[path] = job.line
        for part, said in (("prompt", job.prompt), ("needs", job.needs)):
            if said:
                self.lines[*path, part] = said[0].line
        if job.estimate is not None:
            self.lines[*path, "estimate"] = job.estimate.line
        for at, step in enumerate(job.steps):
            self.lines[*path, "steps", at] = step.line
        return _filled(
            {
                "id": self._job_ids[job],
                "title": job.title or None,
                "track": self._track_ids.get(job.track),
                "prompt": _prompt(job),
                "steps": [step.text for step in job.steps],
                "needs": list(dict.fromkeys(self._job_ids[need] for need in job.after)),
                "start": self._start((*path, "start"), job.starts),
                "owns": self._owns((*path, "owns"), job.owns),
                "locks": self._texts((*path, "locks"), [Said(slug(lock.text), lock.line) for lock in job.locks]),
                "pipeline": list(job.pipeline),
                "criteria": self._texts((*path, "criteria"), job.criteria),
                "estimate": job.estimate.text if job.estimate is not None else None,
                "contingency": self._contingency((*path, "contingency"), job.contingency),
                "out_of_scope": "allow" if job.is_loose else None,
                "done": job.done or None,
            }
        )

    def _owns(self, path: Path, owns: DraftOwns) -> Value:
        return _filled(
            {
                "create": self._texts((*path, "create"), owns.create),
                "modify": self._texts((*path, "modify"), owns.modify),
                "read": self._texts((*path, "read"), owns.read),
            }
        )

    def _start(self, path: Path, starts: list[DraftStart]) -> Value:
        if not starts:
            return None
        self.lines[path] = starts[0].line
        each = [
            _filled(
                {
                    "after": start.after,
                    "progress": self._track_ids.get(start.progress or ""),
                    "percent": start.percent if start.progress in self._track_ids else None,
                }
            )
            for start in starts
        ]
        known = [start for start in each if start]
        return None if not known else known[0] if len(known) == 1 else {"any": known}

    def _contingency(self, path: Path, said: list[Said]) -> Value:
        for at, one in enumerate(said):
            self.lines[*path, at] = one.line
        return [{"if_ahead": True, "instead": one.text} for one in said]

    def _modes(self) -> Value:
        value: dict[str, Value] = {}
        for mode in self._draft.modes:
            key = slug(mode.key)
            self.lines["modes", key] = mode.line
            tracks = None if mode.tracks is None else [self._track_ids[t] for t in mode.tracks if t in self._track_ids]
            value[key] = _filled({"title": mode.title, "tracks": tracks or None, "max_parallel": mode.max_parallel})
        return value

    def _merge(self) -> Value:
        lanes = {job.key: self._track_ids.get(job.track, name) for job, name in self._job_ids.items()}
        order = [
            [name for key in tier if (name := self._track_ids.get(key) or lanes.get(key))]
            for tier in self._draft.merge_order
        ]
        if self._draft.merge_line is not None:
            self.lines["merge",] = self._draft.merge_line
        told = set[str]()
        tiers = list[Value]()
        for tier in order:
            fresh = [name for name in dict.fromkeys(tier) if name not in told]
            told.update(fresh)
            if fresh:
                tiers.append(fresh[0] if len(fresh) == 1 else fresh)
        return _filled({"order": tiers})

    def _texts(self, path: Path, said: Iterable[Said]) -> list[str]:
        kept = dict[str, int]()
        for one in said:
            kept.setdefault(one.text, one.line)
        for at, line in enumerate(kept.values()):
            self.lines[*path, at] = line
        if kept:
            self.lines.setdefault(path, next(iter(kept.values())))
        return list(kept)

    def _claims(self, path: Path, said: Mapping[str, Said]) -> Value:
        for name, one in said.items():
            self.lines[*path, name] = one.line
        return {name: int(one.text) if one.text.isdigit() else one.text for name, one in said.items()}


def _most_at_once(draft: Draft) -> int:
    """Return the most agents that the document wants at work at once in a wave."""
    said = [claim.text for wave in draft.waves if (claim := wave.claims.said.get("agents")) is not None]
    return max((int(text) for text in said if text.isdigit()), default=0)


def _prompt(job: DraftJob) -> str:
    parts = [said.text for said in job.prompt]
    if job.agent:
        parts.insert(0, f"You work as: {job.agent}")
    parts += [f"Output: {said.text}" for said in job.outputs]
    return "\n".join(dict.fromkeys(parts))


def _joined(said: Iterable[Said], between: str = "\n") -> str:
    return between.join(dict.fromkeys(one.text for one in said))


def _filled(value: Mapping[str, Value]) -> dict[str, Value]:
    """Leave out what says nothing."""
    return {key: below for key, below in value.items() if below is not None and below not in ("", [], {})}
