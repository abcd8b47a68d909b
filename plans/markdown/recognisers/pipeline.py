"""The roles that every job goes through: `Planning Agent -> Implementation Agent -> Validation Agent -> Commit`."""

import re

from plans.markdown.draft import Draft
from plans.markdown.outline import Node
from plans.markdown.recognisers.passages import passages
from plans.markdown.recognisers.topics import WORKFLOW, topic
from plans.model import Role

_ARROW = re.compile(r"\s*(?:→|->|-->|=>|⇒|➜|➔|⟶)\s*")
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("plan", topic("plan", "planning", "planner", "planungs?", "explore", "research", "design", "planification", "planificación", "planejamento", "规划", "計画", "계획")),
    ("implement", topic("implement", "implementation", "implementer", "develop", "development", "developer", "coding", "coder", "code", "build", "umsetzung", "implémentation", "implementación", "implementação", "实现", "実装", "구현")),
    ("validate", topic("validate", "validation", "validator", "review", "reviewer", "test", "testing", "tester", "verify", "verification", "verifier", "qa", "prüfung", "validación", "validação", "验证", "検証", "검증")),
)  # fmt: skip
_NO_ROLE = topic(
    "commit",
    "push",
    "commit/push",
    "merge",
    "pr",
    "pull request",
    "deploy",
    "done",
    "ship",
    "release",
    "handoff",
    "close",
)


def recognise_pipeline(outline: Node, draft: Draft) -> None:
    """Give every job the roles of the document's workflow; arrows about anything but roles are none."""
    for passage in passages(outline):
        if not passage.spot.under(WORKFLOW) or not passage.spot.is_meant:
            continue
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
        role = next((role for role, named in _ROLES if named.search(part)), None)
        if len(part.split()) > 4 or (role is None and _NO_ROLE.search(part) is None):
            return []
        if role is not None and role not in found:
            found.append(role)
    order: tuple[Role, ...] = ("plan", "implement", "validate")
    return found if found == [role for role in order if role in found] else []
