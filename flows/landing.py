"""The merge train: tracks land in the declared order, while the wave's other jobs still run."""

from collections.abc import Mapping, Sequence

from plans.model import Job
from plans.schedule.landing_order import Landing, is_settled, landing_jobs, landing_tiers, next_landings
from tasks.landing.merge import heads_to_land, perform_merge
from tasks.landing.wave import say_nothing_lands, stand
from tasks.session.session import Landed, Session


async def land_tracks(session: Session, wave: str | None) -> Mapping[str, Landed]:
    """Land the tracks of a wave (None: of the whole plan) as they get ready; give how each of them stands at the end.

    Returns when nothing will land any more, or when the run is stopped.
    """
    jobs = landing_jobs(session.plan, wave)
    tiers = landing_tiers(session.plan, jobs)
    while True:
        stands = {track: stand(session, wave, track, jobs[track]) for track in jobs}
        landings = {track: landed.landing for track, landed in stands.items()}
        if session.stop.requested or is_settled(tiers, landings):
            return stands
        ready = next_landings(tiers, landings)
        if ready:
            await _land(session, ready[0], wave, jobs[ready[0]])
        elif not say_nothing_lands(session):
            await session.slots.change()


async def _land(session: Session, track: str, wave: str | None, jobs: Sequence[Job]) -> None:
    for head in await heads_to_land(session, jobs):
        await perform_merge(session, track, head, wave)
        if session.landings[wave, track].landing is not Landing.LANDED:
            return
