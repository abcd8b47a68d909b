"""How headings and items name things: `Wave 1: ...`, `Frontend Agent`, `Stream - Docs`, `**auction-fixer** - ...`."""

import re

from plans.markdown.source.labels import Label, end_notes, is_remark, kind_of, read_label
from plans.markdown.source.outline import BOLD_DEPTH, COLON_DEPTH, Node
from plans.markdown.source.text import bold_lead, codes, plain
from plans.markdown.source.words import NO_NAMES

_SLUG = re.compile(r"@?[a-z][a-z0-9]*(?:[-_:][a-z0-9]+)+|@[a-z][\w-]*")
_NAMED = re.compile(r"(?P<word>[^\W\d]+(?:[ -][^\W\d]+)?)\s*(?:[:：]|\s[-–—]\s|[–—])\s*(?P<name>.+)")
_CALLED = re.compile(
    r"(?P<name>(?:[A-Z][\w/&+.-]*|&|and|\+|of)(?:\s+(?:[A-Z][\w/&+.-]*|&|and|\+|of)){0,4}?)\s+"
    r"(?P<word>[A-Z][a-z]+(?:[ -][A-Z][a-z]+)?|agent|track|stream|team|lane)(?:\s*(?:[:：]|\s[-–—]\s)\s*(?P<title>.+))?"
)
"""`Backend Agent`, `API & Auth Track: sessions`: names in capitals before a word for who or where."""
_NUMBER = re.compile(r"^(?:\d{1,3}|[A-Z])[.)]\s+")
_AGENT_BEHIND = re.compile(r"\s+(?:sub-?)?agent$", re.IGNORECASE)
_WORK = frozenset(
    {
        "tasks",
        "task list",
        "work",
        "jobs",
        "assignments",
        "assignment",
        "responsibilities",
        "work items",
        "issues",
        "stories",
    }
)
"""What stands behind a label and still names who does the work: `Agent C tasks`."""
_CODED = re.compile(r"(?:\d{1,3}[.)]\s+)?(?:`(?P<key>[^`\s]+)`)\s*(?:[-–—:：])\s+(?P<title>\S.*)")
_DASH = re.compile(r"\s*(?:[-–—:：]|->|→)\s*")


def section_label(node: Node) -> Label | None:
    """Read a heading as the name of a thing: by its label, or as `Agent: name` and `Name Agent`."""
    label = read_label(node.text)
    if label is not None and label.kind in {"agent", "lane"} and label.topic.lower() in _WORK:
        return label._replace(topic="")
    if label is not None and label.topic and codes(node.text) == (label.topic,):
        return label._replace(title=label.topic, topic="")
    if label is not None and not (
        label.word == "" and node.depth >= BOLD_DEPTH and node.depth == COLON_DEPTH and not label.title
    ):
        return label
    if node.depth >= COLON_DEPTH or label is not None:
        return None
    return _coded(node) or _named(node)


def _coded(node: Node) -> Label | None:
    """Read `1. `shop-7f3` - Index the log`: a code of an issue tracker, and what is to be done."""
    found = _CODED.fullmatch(node.text.strip())
    if found is None or _SLUG.fullmatch(found["key"]) is None:
        return None
    title, notes = end_notes(plain(found["title"]))
    return Label("job", "", found["key"], title, tuple(notes), unsure=True)


def _named(node: Node) -> Label | None:
    """Read `Agent: name`, and with a body that work has also `Name Agent`."""
    words, notes = end_notes(_NUMBER.sub("", plain(node.text)))
    found = _NAMED.fullmatch(words)
    if found is not None:
        kind = kind_of(found["word"])
        if kind in {"agent", "lane"} and not found["word"].endswith("s"):
            return Label(kind, found["word"].lower(), slug(found["name"]), found["name"].strip(), tuple(notes))
    called = _CALLED.fullmatch(words)
    if called is None or called["name"].split()[0].lower() in NO_NAMES or called["name"].islower():
        return None
    *before, last = re.split(r"[ -]", called["word"])
    word, before = (last, before) if kind_of(called["word"]) is None else (called["word"], [])
    kind = kind_of(word)
    if kind not in {"agent", "lane"} or word.endswith("s"):
        return None
    name = " ".join([called["name"], *before])
    title = called["title"] or name
    title = name if "/" in title and " " not in title else title  # the branch, not what is done
    return Label(kind, word.lower(), slug(name), title, tuple(notes), unsure=True)


def slug(name: str) -> str:
    """Return a name as a label: its words in lower case."""
    return "-".join(re.findall(r"[^\W_]+", name.lower()))[:60]


def item_label(node: Node) -> Label | None:
    """Read a list's item as the name of a thing.

    A bare code (`1.2`, `W1`) names one only where a box, bold or a mark sets it off; a name like `auction-fixer` in
    bold or code is an agent's, doing what follows.
    """
    first = node.text.split("\n")[0]
    label = read_label(first)
    if label is not None and label.topic == "":
        stands_out = (
            label.word
            or label.key.startswith("#")
            or node.checked is not None
            or bold_lead(first) is not None
            or _DASH.match(_after_key(first, label))
        )
        return label if stands_out else None
    return _agent_label(first)


def _agent_label(first: str) -> Label | None:
    lead = bold_lead(first)
    name = _AGENT_BEHIND.sub("", lead.lead.rstrip(" :")) if lead is not None else ""
    spans = codes(first)
    if not name and spans and first.lstrip().startswith("`"):
        name = spans[0]
    if _SLUG.fullmatch(name) is None or "/" in name or "." in name:
        return None
    rest = lead.rest if lead is not None else first.partition("`")[2].partition("`")[2]
    start = re.match(r"\s*\(([^()]*)\)", rest)
    mark = _DASH.match(rest[start.end() :] if start is not None else rest)
    if mark is None:
        return None
    said = plain(rest[(start.end() if start is not None else 0) + mark.end() :])
    if not said:
        return None
    title, notes = end_notes(said)
    if start is not None and is_remark(start[0]):
        notes.append(start[1])
    return Label("job", "agent", name.lstrip("@"), title, tuple(notes))


def slug_heading(node: Node) -> Label | None:
    """Read a heading that is nothing but a name in code or a slug, as branches and agents have."""
    spans = codes(node.text)
    name = spans[0] if len(spans) == 1 and plain(node.text) == spans[0] else plain(node.text)
    if _SLUG.fullmatch(name) is None or "." in name:
        return None
    return Label("agent", "agent", name.lstrip("@"), name.lstrip("@"), unsure=True)


def _after_key(text: str, label: Label) -> str:
    return plain(text).partition(label.key)[2]
