"""Secrets in what programs print, made unreadable before anybody is shown it."""

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[hidden]"
SHORTEST = 6
"""Shorter values are words of any text, `true` or `main`, and hiding them would make it unreadable."""

_KEYS = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)"
    r"|\bsk-[\w-]{16,}"  # of model providers
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}"
    r"|\bxox[a-z]-[\w-]{10,}"
    r"|\bA(?:KIA|SIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}"
    r"|\b(?:npm|hf)_[A-Za-z0-9]{20,}|\bpypi-[\w-]{20,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web tokens
)
_ASSIGNED = re.compile(
    r"(?P<name>(?:api[_-]?key|secret|token|passw(?:or)?d|credential)[A-Za-z0-9_-]{0,20}"
    r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?)(?P<value>[^\s\"',;]{6,})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<name>\b(?:Bearer|Basic)\s+)(?P<value>[\w.~+/=-]{8,})", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?P<name>\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,100}:)(?P<value>[^\s/@]{1,200})(?=@)")
_BLOCK = re.compile(
    r"^(?=[^\n]{0,200}[a-z])(?=[^\n]{0,200}[A-Z])(?=[^\n]{0,200}[0-9+/])[A-Za-z0-9+/]{60,}={0,2}$", re.MULTILINE
)
"""A line of a key whose head is not in sight."""


class Mask:
    """Hides some values, and whatever looks like a key, a token or a password."""

    def __init__(self, values: Iterable[str]) -> None:
        """Name the values: each is hidden whole, by its lines, and as an address writes it."""
        forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST}
        longest_first = sorted(forms, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def hide(self, text: str) -> str:
        """Return text without them. It should be whole: of a token that was cut, the rest is not known for one."""
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        text = _KEYS.sub(HIDDEN, text)
        for pattern in (_IN_ADDRESS, _BEARER, _ASSIGNED):
            text = pattern.sub(rf"\g<name>{HIDDEN}", text)
        return _BLOCK.sub(HIDDEN, text)


def _forms(value: str) -> Iterable[str]:
    yield value
    yield value.strip()
    yield quote(value, safe="")
    yield from (line.strip() for line in value.splitlines())
