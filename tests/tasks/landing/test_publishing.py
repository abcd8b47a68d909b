"""What a run has landed is published: by whoever waits for news, and once more whenever it is asked for."""

import asyncio
from pathlib import Path

import pytest

from plans.schedule.landing_order import Landing
from tasks.direct import DirectEngine
from tasks.hub.hub import Hub
from tasks.landing.publishing import Publishing
from tasks.session.facts import BaseTakenIn, Fact, GoKept, Landed, TrackSettled, Warned
from tasks.session.session import Session
from tests.tasks.conftest import RunGit
from tests.tasks.sessions import Clock, session_of


@pytest.fixture
async def session(hub: Hub, tmp_path: Path) -> Session:
    return session_of(hub, tmp_path / "runs", DirectEngine(), Clock())


async def has_news(publishing: Publishing) -> bool:
    waiting = asyncio.ensure_future(publishing.news())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    return waiting.done() and not waiting.cancelled()


@pytest.mark.parametrize(
    ("fact", "is_news"),
    [
        (TrackSettled("build", "one", Landed(Landing.LANDED, commit="c")), True),
        (TrackSettled("build", "one", Landed(Landing.BLOCKED, reason="conflict")), False),
        (BaseTakenIn("c"), True),
        (GoKept("build"), True),
        (Warned("beware"), False),
    ],
    ids=str,
)
async def test_there_is_news_when_something_came_that_the_user_can_have(
    session: Session, fact: Fact, is_news: bool
) -> None:
    publishing = Publishing(session)
    session.note(fact)
    assert await has_news(publishing) is is_news
    assert not await has_news(publishing), "it is told once"


async def test_what_the_hub_holds_comes_to_the_user(session: Session, user_repo: Path, run_git: RunGit) -> None:
    hub = session.hub
    hub.move_ref(hub.target_ref, hub.base, None)
    await Publishing(session).publish()
    assert run_git(user_repo, "rev-parse", session.target) == hub.base
    assert session.record.landings.unpublished == {}


async def test_what_cannot_be_published_is_noted_until_it_can(
    session: Session, user_repo: Path, run_git: RunGit
) -> None:
    hub, publishing = session.hub, Publishing(session)
    hub.move_ref(hub.target_ref, hub.base, None)
    git_dir, away = user_repo / ".git", user_repo / "not-git"
    git_dir.rename(away)
    await publishing.publish()
    assert session.record.landings.unpublished
    away.rename(git_dir)
    await publishing.publish()
    assert session.record.landings.unpublished == {}
    assert run_git(user_repo, "rev-parse", session.target) == hub.base
