"""Long texts of others, such as what a program printed, in one line."""

HEAD, TAIL = 100, 200
"""Characters of both ends that stay: the beginning says what it is about, the end what came of it."""


def one_line(text: str) -> str:
    """Return a text in one line of at most some 300 characters; what is too long loses its middle.

    Of a text of many lines the first one stays, and as many of the last ones as there is room for.
    """
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    line = " ".join(lines)
    if len(line) <= HEAD + TAIL + 3:
        return line
    end = line[-TAIL:].lstrip()
    for number in range(1, len(lines)):
        rest = " ".join(lines[number:])
        if len(rest) <= TAIL:
            end = rest
            break
    return f"{lines[0][:HEAD].rstrip()} … {end}"
