"""The roles that every job goes through: `Planning Agent -> Implementation Agent -> Validation Agent -> Commit`."""

import re

from plans.markdown.draft import Draft
from plans.markdown.recognisers.passages import passages
from plans.markdown.recognisers.topics import NO_ROLE, ROLES, WORKFLOW
from plans.markdown.source.outline import Node
from plans.model import Role

_ARROW = re.compile(r"\s*(?:→|->|-->|=>|⇒|➜|➔|⟶)\s*")


def recognise_pipeline(outline: Node, draft: Draft) -> None:
    """Give every job the roles of the document's workflow; arrows about anything but roles are none."""
    for passage in passages(outline, ("→", "->", "=>", "⇒", "➜", "➔", "⟶"), about=WORKFLOW):
        roles = _roles(passage.bare)
        if len(roles) >= 2 and "implement" in roles:
            for job in draft.jobs:
                job.pipeline = job.pipeline or list(roles)
            return


def _roles(text: str) -> list[Role]:
    """Read a line of arrows of which every part is a role or an end (`Commit/Push`)."""
    parts = [part for part in _ARROW.split(text) if part.strip()]
    found = list[Role]()
    for part in parts:
        role = _role(part)
        if len(part.split()) > 4 or (role is None and NO_ROLE.search(part) is None):
            return []
        if role is not None and role not in found:
            found.append(role)
    order: tuple[Role, ...] = ("plan", "implement", "validate")
    return found if found == [role for role in order if role in found] else []


def _role(part: str) -> Role | None:
    for role, named in ROLES:
        if named.search(part):
            return role
    return None
