"""What a document says elsewhere than under its jobs: one recogniser per construct, each adds to the draft."""

from collections.abc import Callable

from plans.markdown.draft import Draft
from plans.markdown.recognisers.arrows import recognise_arrows
from plans.markdown.recognisers.branches import recognise_branches
from plans.markdown.recognisers.claims import recognise_claims
from plans.markdown.recognisers.context import recognise_context
from plans.markdown.recognisers.contingency import recognise_contingency
from plans.markdown.recognisers.criteria import recognise_criteria
from plans.markdown.recognisers.gates import recognise_gates
from plans.markdown.recognisers.locks import recognise_locks
from plans.markdown.recognisers.merge_order import recognise_merge_order
from plans.markdown.recognisers.modes import recognise_modes
from plans.markdown.recognisers.ownership import recognise_ownership
from plans.markdown.recognisers.pipeline import recognise_pipeline
from plans.markdown.recognisers.rules import recognise_rules
from plans.markdown.recognisers.shared_files import recognise_shared_files
from plans.markdown.recognisers.starts import recognise_starts
from plans.markdown.source.outline import Node

Recogniser = Callable[[Node, Draft], None]

RECOGNISERS: tuple[Recogniser, ...] = (
    recognise_branches,
    recognise_merge_order,
    recognise_starts,
    recognise_gates,
    recognise_criteria,
    recognise_claims,
    recognise_modes,
    recognise_pipeline,
    recognise_ownership,
    recognise_shared_files,
    recognise_locks,
    recognise_contingency,
    recognise_rules,
    recognise_arrows,
    recognise_context,
)
"""In the order in which they run: branches come first, since a merge order may name them; locks go by what is owned."""
