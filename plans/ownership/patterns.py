"""Path patterns: gitignore patterns rooted at the repository, taken apart so that they can be reasoned about.

Taken from https://git-scm.com/docs/gitignore: `*`, `?`, `[abc]`, `**` for any depth, `a/b` and `/a` from the root,
`*.md` at any depth, and whatever is matched covers all below it. One thing differs: a name without wildcards is a path
from the root, as in every other list of files (`README.md` is not `docs/README.md`; that is `**/README.md`).
Left out are negation (`!foo`, `[!a]`), which nobody could see through when owners are compared, and what hardly anybody
means (`//`, `..`, a comment).
"""

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import takewhile

DEPTH = None
"""A segment that stands for any number of folders."""

STAR = None
"""A token that stands for any number of characters."""

Characters = frozenset[str]
"""A token: one of these characters; the empty set is any character but `/`."""

ANY: Characters = frozenset()
Glob = tuple[Characters | None, ...]
"""The tokens of a name."""

Segment = str | Glob
"""One name of a path: the name itself, or the tokens of many."""

_FILES = frozenset({
    "AUTHORS", "BUILD", "CHANGELOG", "CODEOWNERS", "CONTRIBUTING", "Containerfile", "Dockerfile", "Gemfile",
    "Jenkinsfile", "Justfile", "LICENSE", "MANIFEST", "Makefile", "NOTICE", "Pipfile", "Procfile", "README", "Rakefile",
    "VERSION", "Vagrantfile", "WORKSPACE", "justfile", ".dockerignore", ".editorconfig", ".env", ".gitattributes",
    ".gitignore",
})  # fmt: skip

_DRIVE = re.compile(r"[A-Za-z]:")
_NO_NAMES = frozenset({".", ".."})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSURE_IN_SETS = re.compile(r"[\\\[]|--|&&|~~|\|\|")


class BadPattern(ValueError):
    """A pattern that is not taken.

    Attributes:
        pattern: the pattern.
        reason: what is wrong with it.
        hint: what to write in its place, where one thing helps.
    """

    def __init__(self, pattern: str, reason: str, hint: str | None = None) -> None:
        self.pattern = pattern
        self.reason = reason
        self.hint = hint
        super().__init__(f"the pattern {pattern!r} {reason}")


@dataclass(frozen=True)
class Pattern:
    """A pattern as the segments of the paths that it matches; the last ones say what is matched below."""

    text: str
    segments: tuple[Segment | None, ...] = field(compare=False)
    """What files match, all of it: `foo/` has become `**`, `foo`, `*`, `**`."""
    own: tuple[Segment | None, ...] = field(compare=False)
    """The very thing that is named, without what lies below it."""

    @cached_property
    def prefix(self) -> str:
        """The text that every matched path begins with."""
        names = list(takewhile(lambda segment: isinstance(segment, str), self.segments))
        found = "".join(f"{name}/" for name in names)
        following = self.segments[len(names)]
        if following is None:
            return found.removesuffix("/") if len(names) + 1 == len(self.segments) else found
        begin = takewhile(lambda token: token is not None and len(token) == 1, following)
        return found + "".join(character for token in begin for character in token or ())

    @property
    def gitignore(self) -> str:
        """The pattern in words of gitignore."""
        floats_there = "/" not in self.text.removesuffix("/")
        return f"/{self.text}" if floats_there and not self.floats else self.text

    def against(self, other: "Pattern") -> tuple[Segment | None, ...]:
        """Return the segments to compare with another pattern's.

        What looks like a file (`*.md`) is taken for a folder only where the other pattern says so by a path of its own
        (`conf.d` and `conf.d/x`): else `*.md` and `*.py` would meet in the folder `x.md`.
        """
        may_be_file = _looks_like_file(self.own[-1]) and self.segments == (*self.own, DEPTH)
        by_a_path = DEPTH not in self.own and DEPTH not in other.segments[: len(self.own)]
        return self.own if may_be_file and not by_a_path else self.segments

    @property
    def floats(self) -> bool:
        """Whether it matches at any depth."""
        return self.segments[0] is DEPTH


def _looks_like_file(segment: Segment | None) -> bool:
    """Return whether a name has an extension (`.github` has none), or is one that only files are given."""
    if isinstance(segment, str):
        return "." in segment[1:] or segment in _FILES
    return segment is not None and frozenset(".") in segment[1:]


@lru_cache(maxsize=100_000)
def parse_pattern(text: str) -> Pattern:
    """Take a pattern apart.

    Raises:
        BadPattern: it is not of the dialect.
    """
    _refuse_foreign(text)
    names = text.removesuffix("/").split("/")
    anchored = len(names) > 1
    if not names[0]:
        del names[0]
    below = text.endswith("/")
    while len(names) > 1 and names[-1] == "**":
        names.pop()
        below = names != ["**"]
    segments: list[Segment | None] = [DEPTH if name == "**" else _segment(name, text) for name in names]
    if not anchored and not isinstance(segments[0], str):
        segments.insert(0, DEPTH)
    if segments[-1] is DEPTH:
        segments.append((STAR,))
    own = tuple(s for at, s in enumerate(segments) if s is not DEPTH or at == 0 or segments[at - 1] is not DEPTH)
    return Pattern(text, (*own, (STAR,), DEPTH) if below else (*own, DEPTH), own)


def _refuse_foreign(text: str) -> None:
    """Refuse what is no pattern of the dialect, whatever its segments are."""
    names = text.removeprefix("/").removesuffix("/").split("/")
    refusals = (
        (not text.strip(), "is empty", None),
        (text == "/", "matches nothing", "write ** for the whole repository"),
        (text != text.strip(), "begins or ends with a space", None),
        (_CONTROL.search(text), "has a control character in it", None),
        (text.startswith("!"), "is negated", "list what is owned, or put what nobody may touch under `frozen`"),
        (text.startswith("#"), "would be a comment", f"write \\{text}"),
        (text.startswith("~") or _DRIVE.match(text), "leaves the repository", "write it from the repository's root"),
        (".." in names, "leaves the repository", "write it from the repository's root, without .."),
        ("." in names, "has a . between slashes", "leave it out: patterns begin at the repository's root"),
        ("" in names, "has an empty name between slashes", None),
        (text.endswith("**/"), "ends in **/", "write ** or */ in its place"),
        (names[0] == ".git", "names git's own folder", None),
    )
    for refused, reason, hint in refusals:
        if refused:
            raise BadPattern(text, reason, hint)


def _segment(name: str, text: str) -> Segment:
    """Take one name apart."""
    tokens = _tokens(name, text)
    singles = [character for token in tokens if token is not None and len(token) == 1 for character in token]
    if len(singles) != len(tokens):
        return tuple(tokens)
    if "".join(singles) in _NO_NAMES:
        raise BadPattern(text, "has a . between slashes")
    return "".join(singles)


def _tokens(name: str, text: str) -> list[Characters | None]:
    tokens: list[Characters | None] = []
    at = 0
    while at < len(name):
        character = name[at]
        at += 1
        if character == "*":
            if not tokens or tokens[-1] is not STAR:
                tokens.append(STAR)
        elif character == "?":
            tokens.append(ANY)
        elif character == "[":
            characters, at = _set(name, at, text)
            tokens.append(characters)
        elif character == "\\":
            tokens.append(frozenset(_escaped(name, at, text)))
            at += 1
        else:
            tokens.append(frozenset(character))
    return tokens


def _escaped(name: str, at: int, text: str) -> str:
    if at == len(name):
        raise BadPattern(text, "ends a name with a backslash", "write / between folders")
    if name[at].isalnum():
        raise BadPattern(text, "has a backslash before a letter", "write / between folders")
    return name[at]


def _set(name: str, start: int, text: str) -> tuple[Characters, int]:
    """Read the characters of `[...]`, from behind the bracket; give them and the place behind it."""
    end = name.find("]", start + 1)
    if end < 0:
        raise BadPattern(text, "has a [ without its ]", "write \\[ for the character itself")
    inside = name[start:end]
    if inside[0] in "!^":
        raise BadPattern(text, "has a negated set", "name the characters that are meant, or write ?")
    if _UNSURE_IN_SETS.search(inside):
        raise BadPattern(text, "has a set that readers take in different ways", "name its characters one by one")
    characters: set[str] = set()
    at = 0
    while at < len(inside):
        last = inside[at + 2] if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside) else inside[at]
        if last < inside[at]:
            raise BadPattern(text, f"has the range {inside[at : at + 3]}, which runs backwards")
        characters.update(map(chr, range(ord(inside[at]), ord(last) + 1)))
        at += 1 if last is inside[at] else 3
    return frozenset(characters), end + 1
