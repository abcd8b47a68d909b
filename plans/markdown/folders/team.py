"""Plans of several agents, a file each, as one plan: each agent's work is a track of one wave."""

import re
from collections.abc import Sequence

from plans.markdown.draft import Draft, DraftTrack, DraftWave
from plans.markdown.folders.handoffs import Handoffs
from plans.markdown.folders.member import Member
from plans.markdown.folders.placed import place_in_file
from plans.markdown.source.labels import read_label

_AGENT_FILE = re.compile(
    r"(?:^|[-_ ])(?:agent|track|worker|stream|workstream|instance|session|dev(?:eloper)?)(?:[-_ ]|\d|$)"
)


def is_one_agents(file: str, draft: Draft) -> bool:
    """Return whether a file is the plan of one agent: all its jobs are on one track, or its name and title say so."""
    tracks = {job.track for job in draft.jobs}
    if len(tracks) == 1 and "" not in tracks:
        return True
    stem = file.rpartition("/")[2].rpartition(".")[0].lower()
    return _AGENT_FILE.search(stem) is not None and len(tracks) <= 1


def join_team(name: str, members: Sequence[Member]) -> Draft:
    """Make one draft of agents' drafts.

    Args:
        name: what the plan is called.
        members: in the order in which their tracks are to stand.
    """
    team = Draft(title=name, line=members[0].draft.line)
    wave = DraftWave("", name, team.line)
    team.waves.append(wave)
    for member in members:
        place_in_file(member.draft, member.file)
        _take_over(team, wave, member)
    team.line, wave.line = members[0].draft.line, members[0].draft.line
    Handoffs(team, members).tie()
    return team


def _take_over(team: Draft, wave: DraftWave, member: Member) -> None:
    draft, track = member.draft, member.track
    _name(track, member)
    lane = f"{member.file}/{track.key}"
    team.tracks[lane] = track
    for own in draft.waves:
        wave.jobs += own.jobs
        wave.gate += own.gate
        wave.asks = wave.asks or own.asks
    for job in member.jobs:
        job.track = lane
        job.key, job.word = f"{member.name}.{job.key}" if job.key else "", ""
        # What a file says of its own agent's work is nothing to the others.
        job.prompt[:0] = [*draft.goal, *draft.context]
    team.frozen += draft.frozen
    team.criteria += draft.criteria
    team.warnings += draft.warnings
    known = dict.fromkeys((track.key, *draft.tracks), lane)
    team.merge_order += [[known.get(key, key) for key in tier] for tier in draft.merge_order]
    team.merge_line = team.merge_line or draft.merge_line


def _name(track: DraftTrack, member: Member) -> None:
    """Call a track as the files call its agent."""
    label = read_label(member.draft.title) or read_label(member.draft.title.rpartition(" - ")[2])
    if label is not None and not track.title:
        track.title = label.title
    track.key, track.word = member.name, ""
