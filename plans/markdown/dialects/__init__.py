"""Formats that tools write, each a module of its own.

A dialect is known by its content and knows its format better than the general reader does.
"""

from collections.abc import Callable
from typing import NamedTuple

from plans.markdown.dialects import bmad, get_shit_done, kiro, roadmap, scout_and_wave, spec_kit
from plans.markdown.draft import Draft
from plans.markdown.source.outline import Node


class Dialect(NamedTuple):
    """A format that a tool writes."""

    name: str
    recognises: Callable[[Node, str], bool]
    """Tells by the outline and the text; it must be sure, for no other reader is asked then."""
    draft: Callable[[Node, str], Draft]
    """Reads the outline of a text that it recognised."""


DIALECTS: tuple[Dialect, ...] = (
    Dialect("get-shit-done plan", get_shit_done.recognises, get_shit_done.draft),
    Dialect("get-shit-done roadmap", roadmap.recognises, roadmap.draft),
    Dialect("Scout-and-Wave", scout_and_wave.recognises, scout_and_wave.draft),
    Dialect("spec-kit", spec_kit.recognises, spec_kit.draft),
    Dialect("BMAD epics", bmad.recognises, bmad.draft),
    Dialect("Kiro", kiro.recognises, kiro.draft),
)
"""Asked in this order; the first that recognises a text reads it."""
