"""Long texts of others, such as what a program printed, in one line."""

HEAD, TAIL = 100, 200
"""Characters of both ends that stay: the beginning says what it is about, the end what came of it."""


def one_line(text: str) -> str:
    """Give a text in one line of at most some 300 characters; what is too long loses its middle."""
    line = " ".join(text.split())
    return line if len(line) <= HEAD + TAIL + 3 else f"{line[:HEAD].rstrip()} … {line[-TAIL:].lstrip()}"
