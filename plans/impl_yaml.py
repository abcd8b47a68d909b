"""Plans in Scout-and-Wave's YAML, known before ours: both list `waves:`."""

import re

from plans.document import Document

_WAVES = re.compile(r"^waves:[ \t]*$", re.MULTILINE)
_OWN_FIELDS = re.compile(r"^(?:file_ownership|feature_slug|interface_contracts):", re.MULTILINE)
_AGENTS = re.compile(r"^[ \t]+(?:- )?agents:[ \t]*$", re.MULTILINE)


def is_impl_yaml(text: str) -> bool:
    """Return whether a text is such a document: waves of agents, and fields that no other format has."""
    return all(part.search(text) is not None for part in (_OWN_FIELDS, _WAVES, _AGENTS))


def read_impl_yaml(text: str, name: str) -> Document:
    """Read such a document.

    Raises:
        PlanError: with everything that is wrong with its syntax, or that it lacks agents.
    """
    from plans.markdown.build import build_plan  # noqa: PLC0415  # what plans in our own YAML do without
    from plans.markdown.dialects.impl_yaml import draft_impl_yaml  # noqa: PLC0415  # the same

    return build_plan(draft_impl_yaml(text, name), name)
