"""Fills `{job}` and its like into the argument lists of a plan."""

import re
from collections.abc import Mapping, Sequence

_TOKEN = re.compile(r"\{\{|\{[a-z_]+\}|[{}]")


def fill(argv: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the arguments with `{name}` replaced for each name in `values`, and `{{` by one brace.

    All else stays as it is, since JSON, awk and shell programs stand in arguments too: a name that is not in `values`,
    a lone brace, and two closing braces that close two single ones.
    """
    return tuple(_fill_text(text, values) for text in argv)


def _fill_text(text: str, values: Mapping[str, str]) -> str:
    done: list[str] = []
    opened: list[str] = []
    place = 0
    while match := _TOKEN.search(text, place):
        done.append(text[place : match.start()])
        found, place = match[0], match.end()
        if found.strip("{}") in values:
            done.append(values[found.strip("{}")])
        elif found.startswith("{"):
            mark = "{{" if found == "{{" else "{"
            opened.append(mark)
            done.append("{")
            place = match.start() + len(mark)
        else:
            place += text.startswith("}", place) and opened[-1:] != ["{"]
            del opened[-1:]
            done.append("}")
    return "".join([*done, text[place:]])
