# ruff: noqa: RUF001 - damaged characters are among what is put in
"""Mutations of plans, as accidents make them: what a reader must answer with a plan or a plain error."""

import random
from collections.abc import Callable, Sequence

Mutation = Callable[[random.Random, str], str]

LONG = 100_000
"""Characters of the longest lines that are put in."""
_TOKENS = (
    "```", "~~~", "```markdown", "- ", "* ", "1. ", "# ", "## Wave 1: ", "### Task 1.1: ", "> ", "| a | b |",
    "|---|---|", "<div>", "<!--", "-->", "---", "title: [", "- [ ] ", "- [x] ", "├── Task 2.1: ", "└── ",
    "**Dependencies:** ",
    "(DEPENDS on #1)", "Depends on: 1.1, 1.2", "T001-T999", "1.1-1.9", "**", "__", "`", "[a](b", "\\|", "&amp;",
    "\x00", "\x0b", "\u2028", "\ufeff", "â†’", "ğŸ", "é", "🚀", "\t", "    ", "Merge order: 3 -> 2 -> 1",
    "Files: `a/b.py`, `*`",
    "Agent 1: x",
)  # fmt: skip
UNITS = (
    "*",
    "[",
    "|",
    "#",
    ">",
    "`",
    "- ",
    "(",
    "a ",
    "**a ",
    "1",
    " ",
    "_a",
    "<a",
    "~",
    "[x](",
    "├",
    "a,",
    "->",
    "1.1, ",
    "#1 ",
)
"""What the longest lines are made of, again and again."""


def mutated(seed: int, documents: Sequence[str]) -> bytes:
    """Return one mutated document, the same for the same seed."""
    chance = random.Random(seed)
    text = chance.choice(documents)
    for _ in range(chance.randint(1, 6)):
        text = chance.choice(MUTATIONS)(chance, text)
    data = text.encode(errors="replace")
    if chance.random() < 0.1 and data:
        flipped = bytearray(data)
        for _ in range(chance.randint(1, 5)):
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
        data = bytes(flipped)
    return data


def _lines(change: Callable[[random.Random, list[str]], None]) -> Mutation:
    def mutate(chance: random.Random, text: str) -> str:
        lines = text.split("\n")
        change(chance, lines)
        return "\n".join(lines)

    return mutate


def _place(chance: random.Random, lines: list[str]) -> int:
    return chance.randrange(len(lines) + 1)


def _shuffle(chance: random.Random, lines: list[str]) -> None:
    start = _place(chance, lines)
    part = lines[start : start + chance.randint(2, 12)]
    chance.shuffle(part)
    lines[start : start + len(part)] = part


def _duplicate(chance: random.Random, lines: list[str]) -> None:
    start = _place(chance, lines)
    part = lines[start : start + chance.randint(1, 20)]
    lines[start:start] = part * chance.choice((1, 1, 2, 5, 20))


def _delete(chance: random.Random, lines: list[str]) -> None:
    start = _place(chance, lines)
    del lines[start : start + chance.randint(1, 10)]


def _indent(chance: random.Random, lines: list[str]) -> None:
    start, pad = _place(chance, lines), chance.choice((" ", "  ", "    ", "\t", "> ", "- "))
    for at in range(start, min(len(lines), start + chance.randint(1, 20))):
        lines[at] = pad + lines[at]


def _insert(chance: random.Random, lines: list[str]) -> None:
    lines.insert(_place(chance, lines), chance.choice(_TOKENS) * chance.choice((1, 1, 1, 3, 40)))


def _long_line(chance: random.Random, lines: list[str]) -> None:
    unit = chance.choice(UNITS)
    lines.insert(_place(chance, lines), unit * (chance.choice((300, 5_000, LONG)) // len(unit)))


def _nest(chance: random.Random, lines: list[str]) -> None:
    mark = chance.choice(("- ", "1. ", "* [ ] ", "> "))
    step = chance.choice((1, 2, 3, 4))
    start = _place(chance, lines)
    lines[start:start] = [
        " " * step * level + mark + chance.choice(_TOKENS) for level in range(chance.choice((5, 30, 80)))
    ]


def _wide_table(chance: random.Random, lines: list[str]) -> None:
    columns, start = chance.choice((2, 30, 500)), _place(chance, lines)
    cells = "|".join(
        chance.choice(("Task", "Files", "Depends on", "1.1", "\\|", "`a|b`", "", "x")) for _ in range(columns)
    )
    lines[start:start] = ["", f"|{cells}|", "|" + "---|" * columns, *[f"|{cells}|"] * chance.choice((1, 10)), ""]


def _cut(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] if chance.random() < 0.5 else text[place:]


def _splice(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(_TOKENS) + text[place:]


def _swap(chance: random.Random, text: str) -> str:
    if not text:
        return text
    wanted = chance.choice(text)
    return text.replace(wanted, chance.choice((wanted * 2, "", chance.choice(_TOKENS))), chance.randint(1, 30))


def _damage(chance: random.Random, text: str) -> str:
    page = chance.choice(("cp1252", "cp1254", "mac_roman"))
    return text.encode(errors="replace").decode(page, "ignore") if len(text) < LONG else text


def _line_ends(chance: random.Random, text: str) -> str:
    return text.replace("\n", chance.choice(("\r\n", "\r", "\n\n")))


MUTATIONS: tuple[Mutation, ...] = (
    *(_lines(change) for change in (_shuffle, _duplicate, _delete, _indent, _insert, _insert, _nest, _wide_table)),
    _lines(_long_line), _cut, _splice, _splice, _swap, _damage, _line_ends,
)  # fmt: skip
