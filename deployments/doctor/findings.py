"""What doctor finds: one thing that was looked at, how it stands, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["ok", "note", "missing"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    standing: Standing
    """`note`: plans run without it."""
    what: str
    hint: str | None = None
    """How to get what is missing."""
