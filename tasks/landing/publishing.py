"""Publishing what a run has landed so far, one call at a time; what could not be published is kept for the report."""

import asyncio

from tasks.errors import TaskError, in_full
from tasks.hub.publish import publish, push
from tasks.session.facts import BaseTakenIn, GoKept, NotPublished, Published, TrackSettled, WaveOpened
from tasks.session.record import Noted
from tasks.session.session import Session


class Publishing:
    """Brings the user's repository, and the remote that the plan names, up to what the hub of a run holds."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._one_at_a_time = asyncio.Lock()
        self._has_news = asyncio.Event()
        session.record.follow(self._follow)

    def _follow(self, noted: Noted) -> None:
        match noted.fact:
            case WaveOpened() | BaseTakenIn() | GoKept():
                self._has_news.set()
            case TrackSettled() as settled if settled.landed.commit is not None:
                self._has_news.set()
            case _:
                pass

    async def news(self) -> None:
        """Return when there is something new to publish since this returned last."""
        await self._has_news.wait()
        self._has_news.clear()

    async def publish(self) -> None:
        """Publish what there is; what cannot be published is noted."""
        session = self._session
        remote = session.plan.merge.push
        if not session.hub.publishes:
            return
        async with self._one_at_a_time:
            try:
                published = await asyncio.to_thread(publish, session.hub)
                session.note(Published(dict(published.refused)))
                if remote is not None:
                    await asyncio.to_thread(push, session.hub, remote, published.ok)
            except (TaskError, OSError) as error:
                session.engine.log.warning("%s", in_full(error) if isinstance(error, TaskError) else error)
                session.note(NotPublished(remote or str(session.hub.repo.path), str(error)))
