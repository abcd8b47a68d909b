"""What a document names: waves, tracks, agents, tasks, wherever they stand, each with its body."""

import re
from functools import cache

from plans.markdown.entity import Entity, Form
from plans.markdown.fields import fields_of, says_nothing
from plans.markdown.labels import Label
from plans.markdown.launches import read_launches
from plans.markdown.names import item_label, section_label, slug_heading
from plans.markdown.outline import BOLD_DEPTH, Node
from plans.markdown.settings import read_settings
from plans.markdown.tables import read_table
from plans.markdown.text import plain
from plans.markdown.words import DONE, QUIET_TOPICS


def read_entities(outline: Node) -> Entity:
    """Give everything that a document names; the entity given is the document itself."""
    root = Entity(Label("group", "", "", ""), 1, "heading", quiet=False)
    _Reader().read(outline.children, root, quiet=False)
    return root


class _Reader:
    def read(self, nodes: list[Node], owner: Entity, *, quiet: bool, form: Form = "item") -> None:
        """Take the parts of an entity's body apart into things of their own and what is said of it."""
        body = list[Node]()
        for node in nodes:
            match node.kind:
                case "section":
                    if not self._section(node, owner, quiet=quiet):
                        body.append(node)
                case "item":
                    if not self._item(node, owner, quiet=quiet, form=form):
                        body.append(node)
                case "fence":
                    body.extend(self._fence(node, owner, quiet=quiet))
                case "table":
                    rows = read_table(node, quiet=quiet)
                    owner.parts.extend(rows)
                    body.extend([] if rows else [node])
                case _:
                    body.append(node)
        owner.body.extend(fields_of(body))

    def _fence(self, node: Node, owner: Entity, *, quiet: bool) -> list[Node]:
        """Read the tree, the settings or the commands in a fence; what is none of them stays in the body."""
        for launch in read_launches(node):
            entity = Entity(launch.label, launch.line, "launch", quiet=True)
            entity.body = list(fields_of(launch.nodes))
            owner.parts.append(entity)
        items = node.children or read_settings(node)
        rest = [item for item in items if not self._item(item, owner, quiet=quiet, form="tree")]
        return [node] if len(rest) == len(items) else rest

    def _section(self, node: Node, owner: Entity, *, quiet: bool) -> bool:
        """Read a section as a thing, or look for things in it; False: it is a part of its owner's body."""
        label = section_label(node)
        if label is None and not quiet:
            label = slug_heading(node)
        if label is not None and not label.topic:
            entity = Entity(label, node.line, "heading", quiet=quiet)
            self.read(node.children, entity, quiet=quiet)
            if not label.unsure or (entity.has_work and not _is_quiet(node)):
                owner.parts.append(entity)
                return True
            label = None
        inside = Entity(Label("group", "", "", ""), node.line, "heading", quiet=quiet)
        about = label is not None
        self.read(node.children, inside, quiet=quiet or about or _is_quiet(node))
        owner.parts.extend(inside.parts)
        if inside.parts and any(not part.quiet for part in inside.parts):
            # What stands beside the things of a section that only holds them is said of its owner.
            if node.depth >= BOLD_DEPTH or owner.label.word:
                owner.body.extend(inside.body)
            return True
        return about

    def _item(self, node: Node, owner: Entity, *, quiet: bool, form: Form = "item") -> bool:
        label = item_label(node)
        if label is None:
            return False
        entity = Entity(label, node.line, form, quiet=quiet, checked=node.checked)
        _, *more = node.text.split("\n")
        below = [Node("paragraph", "\n".join(more), node.line + 1)] if more else []
        self.read([*below, *node.children], entity, quiet=quiet, form=form)
        owner.parts.append(entity)
        return True


@cache
def _quiet_words() -> re.Pattern[str]:
    named = "|".join(re.escape(topic) for topic in sorted(QUIET_TOPICS, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{named})(?![^\W_])", re.IGNORECASE)


def _is_quiet(node: Node) -> bool:
    """Tell whether a heading is one under which things are only spoken of again."""
    return node.depth > 1 and _quiet_words().search(plain(node.text)) is not None


def is_done(entity: Entity) -> bool:
    """Tell whether the document says that a thing is finished."""
    if entity.checked:
        return True
    for one in entity.fields:
        if one.name == "status" and _says_done(one.text):
            return True
    return any(_says_done(note) for note in entity.label.notes)


def _says_done(text: str) -> bool:
    words = plain(text).lower().strip(" .!")
    if not words:
        return "✅" in text or "☑" in text or "✔" in text
    first = re.split(r"[\s,(—–:-]+", words)[0]
    return (words in DONE or first in DONE) and not says_nothing(words)
