"""Publishing what a run has landed so far, one call at a time; what could not be published is kept for the report."""

import asyncio

from tasks.errors import TaskError, in_full
from tasks.hub.publish import publish, push
from tasks.session.session import Session


async def publish_all(session: Session) -> None:
    """Bring the user's repository, and the remote that the plan names, up to what the hub holds."""
    remote = session.plan.merge.push
    if not session.hub.publishes:
        return
    async with session.publishing:
        try:
            published = await asyncio.to_thread(publish, session.hub)
            session.unpublished = dict(published.refused)
            if remote is not None:
                await asyncio.to_thread(push, session.hub, remote, published.ok)
        except (TaskError, OSError) as error:
            session.engine.log.warning("%s", in_full(error) if isinstance(error, TaskError) else error)
            session.unpublished[remote or str(session.hub.repo.path)] = str(error)
