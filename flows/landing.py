"""The merge train: tracks land in the declared order, while the wave's other jobs still run."""

from collections.abc import Mapping, Sequence

from plans.model import Job
from plans.schedule.landing_order import Landing, is_settled, landing_jobs, landing_tiers, next_landings
from tasks.landing.merge import heads_to_land, perform_merge
from tasks.landing.precedence import Precedence
from tasks.landing.train import Train
from tasks.landing.wave import say_nothing_lands, stand
from tasks.session.facts import Landed


async def land_tracks(train: Train, wave: str | None) -> Mapping[str, Landed]:
    """Land the tracks of a wave (None: of the whole plan) as they get ready; give how each of them stands at the end.

    Returns when nothing will land any more, or when the run is stopped.
    """
    session = train.session
    jobs = landing_jobs(session.plan, wave)
    tiers = landing_tiers(session.plan, jobs)
    precedence = Precedence(session, tiers, jobs)
    while True:
        stands = {track: stand(session, wave, track, jobs[track]) for track in jobs}
        landings = {track: landed.landing for track, landed in stands.items()}
        if session.stop.requested or is_settled(tiers, landings):
            return stands
        ready = next_landings(tiers, landings)
        if ready and not await precedence.gives_way(ready[0], landings):
            await _land(train, ready[0], wave, jobs[ready[0]])
        elif not ready and not say_nothing_lands(train):
            await session.slots.change()


async def _land(train: Train, track: str, wave: str | None, jobs: Sequence[Job]) -> None:
    for head in await heads_to_land(train.session, jobs):
        await perform_merge(train, track, head, wave)
        if train.session.record.landings.tracks[wave, track].landing is not Landing.LANDED:
            return
