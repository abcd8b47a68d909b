"""What may go from a home is decided on what is known of it alone."""

from datetime import timedelta

import pytest

from tasks.cleaning.choice import Found, Held, Kind, Thing, choose, parse_age

DAY = 86400.0
NOW = 1000 * DAY


def thing(kind: Kind, days: float) -> Thing:
    return Thing(kind, "hub", "plan", f"{kind}-{days}", NOW - days * DAY)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("2w", timedelta(days=14)),
        ("1d12h", timedelta(hours=36)),
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
    ],
)
def test_ages_are_of_days_that_have_24_hours(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "3", "d", "-1d", "1y", "1.5d", "1d 12h", "d30"])
def test_what_is_no_age_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no age: write 30d"):
        parse_age(text)


def test_workspaces_go_at_any_age_and_what_people_read_after_thirty_days() -> None:
    kinds: tuple[Kind, ...] = ("workspaces", "logs", "checks", "runs", "attic")
    found = Found(tuple(thing(kind, days) for kind in kinds for days in (0.0, 29.0, 31.0)))
    chosen = [(one.kind, one.place.rpartition("-")[2]) for one in choose(found, now=NOW).things]
    others = [(kind, "31.0") for kind in sorted(kinds) if kind != "workspaces"]
    assert chosen == sorted([*others, ("workspaces", "0.0"), ("workspaces", "29.0"), ("workspaces", "31.0")])


def test_an_age_that_is_asked_for_holds_for_all_but_leftovers() -> None:
    found = Found((thing("workspaces", 1), thing("logs", 1), thing("logs", 3), thing("leftovers", 0)))
    chosen = choose(found, now=NOW, older_than=timedelta(days=2)).things
    assert [(one.kind, one.place) for one in chosen] == [("leftovers", "leftovers-0"), ("logs", "logs-3")]


def test_only_the_kinds_that_are_asked_for_go_and_what_stays_is_told_all_the_same() -> None:
    found = Found((thing("workspaces", 40), thing("logs", 40)), (Held("work/x", "it is needed"),))
    chosen = choose(found, now=NOW, only=["logs"])
    assert [one.kind for one in chosen.things] == ["logs"]
    assert chosen.held == found.held
