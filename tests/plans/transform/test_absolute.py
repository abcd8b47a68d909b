"""Absolute paths of plans in the repository that they run on."""

import pytest

from plans.model import Job, Owns, Plan, Track, Wave
from plans.transform.absolute_paths import is_absolute, within


def _plan(pattern: str) -> Plan:
    job = Job(id="guide", owns=Owns(create=(pattern,)))
    track = Track(id="docs", owns=Owns(modify=(pattern,)))
    return Plan(version=1, name="p", tracks=(track,), frozen=(pattern,), waves=(Wave(id="w", jobs=(job,)),))


@pytest.mark.parametrize(
    ("pattern", "repository", "meant"),
    [
        ("/home/me/code/app/docs/guide.md", "/home/me/code/app", "/docs/guide.md"),
        ("/home/me/code/app/docs/", "/srv/checkouts/app", "/docs/"),
        ("/Users/me/app/vendor/app/a.py", "/srv/app", "/a.py"),
        ("C:\\code\\app\\docs\\guide.md", "/srv/app", "/docs/guide.md"),
        ("/home/me/code/app/docs/guide.md", "/srv/other", "/home/me/code/app/docs/guide.md"),
        ("/docs/guide.md", "/srv/docs", "/docs/guide.md"),
        ("docs/app/guide.md", "/srv/app", "docs/app/guide.md"),
    ],
)
def test_an_absolute_path_is_rooted_at_the_repository(pattern: str, repository: str, meant: str) -> None:
    plan = within(_plan(pattern), repository)
    assert plan.jobs["guide"].owns.create == (meant,)
    assert plan.tracks[0].owns.modify == (meant,)
    assert plan.frozen == (meant,)


def test_a_plan_without_absolute_paths_is_given_as_it_is() -> None:
    plan = _plan("docs/**")
    assert within(plan, "/srv/app") is plan


@pytest.mark.parametrize(
    ("pattern", "wanted"), [("/src/", False), ("/home/me/src/", True), ("D:/x/y", True), ("home/x", False)]
)
def test_a_leading_slash_alone_is_the_repository(pattern: str, *, wanted: bool) -> None:
    assert is_absolute(pattern) is wanted
