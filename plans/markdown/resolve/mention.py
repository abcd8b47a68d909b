"""Mentions: things of a draft that a text names, where it does, how, and how surely."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from plans.markdown.resolve.known import Thing

T_co = TypeVar("T_co", covariant=True)
Measure = Callable[[Thing], float]
"""Tells how much a thing is like a phrase: 0, not at all, to 1."""


@dataclass(frozen=True)
class Likeness(Generic[T_co]):
    """How a phrase that names nothing is compared, and with what."""

    measure: Callable[[str], Measure]
    """Makes the measure of a phrase (`plans.markdown.resolve.wording`)."""
    among: Iterable[T_co]


class How(Enum):
    """How a text names a thing."""

    LABEL = "label"
    NAME = "name"
    """By a slug, a branch, an agent."""
    TITLE = "title"
    WORDS = "words"
    """By words like those of its title: it may be meant."""


@dataclass(frozen=True, slots=True)
class Mention(Generic[T_co]):
    """A thing that a text names, and where in the plain text."""

    at: int
    end: int
    thing: T_co
    how: How
    likeness: float = 1.0


def things(mentions: Iterable[Mention[T_co]]) -> list[T_co]:
    """Return what is mentioned, each once."""
    return list(dict.fromkeys(mention.thing for mention in mentions))


def only(mentions: Sequence[Mention[T_co]]) -> T_co | None:
    """Return what is mentioned where it is one thing."""
    return mentions[0].thing if len(mentions) == 1 else None


def best(mentions: Sequence[Mention[T_co]]) -> list[T_co]:
    """Return what is most likely meant; of equals all."""
    most = max((mention.likeness for mention in mentions), default=0.0)
    return [mention.thing for mention in mentions if mention.likeness == most]
