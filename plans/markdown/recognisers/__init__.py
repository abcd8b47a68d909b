"""What a document says elsewhere than under its jobs: one recogniser per construct, each adds to the draft."""

from collections.abc import Callable

from plans.markdown.draft import Draft
from plans.markdown.outline import Node
from plans.markdown.recognisers.branches import recognise_branches
from plans.markdown.recognisers.criteria import recognise_criteria
from plans.markdown.recognisers.gates import recognise_gates
from plans.markdown.recognisers.merge_order import recognise_merge_order
from plans.markdown.recognisers.modes import recognise_modes
from plans.markdown.recognisers.ownership import recognise_ownership
from plans.markdown.recognisers.pipeline import recognise_pipeline
from plans.markdown.recognisers.shared_files import recognise_shared_files

Recogniser = Callable[[Node, Draft], None]

RECOGNISERS: tuple[Recogniser, ...] = (
    recognise_branches,
    recognise_merge_order,
    recognise_gates,
    recognise_criteria,
    recognise_modes,
    recognise_pipeline,
    recognise_ownership,
    recognise_shared_files,
)
"""In the order in which they run: branches first, since a merge order may name them."""
