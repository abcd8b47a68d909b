"""The order in which tracks land on the target: which may land next, and which never will."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from plans.model import Job, Plan

Tiers = tuple[tuple[str, ...], ...]
"""Tracks in landing order; the members of one tier may land in any order."""


class Landing(StrEnum):
    """Where a track stands on its way to the target."""

    WORKING = "working"
    READY = "ready"
    LANDED = "landed"
    DROPPED = "dropped"
    """Left out: the others land without it."""
    BLOCKED = "blocked"
    """It will not land in this run, and no track behind it in the order will."""


def landing_jobs(plan: Plan, wave: str | None) -> Mapping[str, tuple[Job, ...]]:
    """Return what has to land, by track: the jobs of one wave, or (wave None) of the whole plan.

    Jobs that the document calls done have nothing to land.
    """
    waves = [w for w in plan.waves if wave is None or w.id == wave]
    tracks: dict[str, list[Job]] = {}
    for job in (job for w in waves for job in w.jobs if not job.done):
        tracks.setdefault(job.lane, []).append(job)
    return {track: tuple(jobs) for track, jobs in tracks.items()}


def landing_tiers(plan: Plan, tracks: Collection[str]) -> Tiers:
    """Return the declared merge order of some tracks; those it does not name form the last tier, in plan order."""
    declared = [(entry,) if isinstance(entry, str) else entry for entry in plan.merge.order]
    named = {track for tier in declared for track in tier}
    rest = tuple(track for track in tracks if track not in named)
    tiers = [tuple(track for track in tier if track in tracks) for tier in declared]
    return tuple(tier for tier in [*tiers, rest] if tier)


def next_landings(tiers: Tiers, landings: Mapping[str, Landing]) -> tuple[str, ...]:
    """Return the tracks that may land now: the ready members of the first tier that is not settled."""
    for tier in tiers:
        if any(landings[track] not in {Landing.LANDED, Landing.DROPPED} for track in tier):
            return tuple(track for track in tier if landings[track] is Landing.READY)
    return ()


def is_settled(tiers: Tiers, landings: Mapping[str, Landing]) -> bool:
    """Return whether nothing will land any more: all is landed or dropped, or a blocked track bars what is left."""
    for tier in tiers:
        states = {landings[track] for track in tier} - {Landing.LANDED, Landing.DROPPED}
        if states & {Landing.WORKING, Landing.READY}:
            return False
        if states:
            return True
    return True
