"""What a document names: waves, tracks, agents, tasks, wherever they stand, each with its body."""

import re

from plans.markdown.mentions.entity import Entity, Form
from plans.markdown.mentions.fenced_lists import read_indented, read_numbered, read_settings, read_sheet
from plans.markdown.mentions.fields import fields_of, says_nothing
from plans.markdown.mentions.launches import read_launches
from plans.markdown.mentions.names import item_label, section_label, slug_heading
from plans.markdown.mentions.tables import label_in, read_table
from plans.markdown.source.capitals import with_capital_heads
from plans.markdown.source.labels import Label
from plans.markdown.source.outline import BOLD_DEPTH, Node
from plans.markdown.source.text import plain
from plans.markdown.source.words import DONE


def read_entities(outline: Node) -> Entity:
    """Return everything that a document names; the entity given is the document itself."""
    root = Entity(_NO_LABEL, 1, "heading", quiet=False)
    _Reader(outline).read(outline.children, root, quiet=False)
    return root


_NO_LABEL = Label("group", "", "", "")
_CHAPTER = re.compile(r"(?P<major>\d{1,3})\.\d{1,3}(?:\.\d{1,3})*")
_CHAPTER_HEAD = re.compile(r"(?P<number>\d{1,3})(?:[.)]|\s*[-–—:])\s*\D")


class _Reader:
    def __init__(self, outline: Node) -> None:
        heads = (_CHAPTER_HEAD.match(plain(node.text)) for node in outline.walk() if node.kind == "section")
        self._chapters = {found["number"] for found in heads if found is not None}
        """Numbers of headings such as `4. Rules`, under which `4.1 ...` is a chapter too."""
        heads_of_all = [node for node in outline.sections if node.depth == 1]
        self._title = heads_of_all[0] if len(heads_of_all) == 1 else None

    def read(self, nodes: list[Node], owner: Entity, *, quiet: bool, form: Form = "item") -> None:
        """Take the parts of an entity's body apart into things of their own and what is said of it."""
        body = list[Node]()
        for node in with_capital_heads(nodes):
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
                    rows = read_table(node, quiet=quiet, group=owner.label.word if owner.kind == "group" else "")
                    owner.parts.extend(rows)
                    body.extend([] if rows else [node])
                case _:
                    body.append(node)
        owner.body.extend(fields_of(body))
        told = next((one for one in owner.fields if one.name == "group"), None)
        if told is not None and owner.group is None and owner.kind != "group":
            owner.group = label_in(told.label, told.text)

    def _fence(self, node: Node, owner: Entity, *, quiet: bool) -> list[Node]:
        """Read the tree, the settings or the commands in a fence; what is none of them stays in the body."""
        for launch in read_launches(node):
            entity = Entity(launch.label, launch.line, "launch", quiet=True)
            entity.body = list(fields_of(launch.nodes))
            owner.parts.append(entity)
        if owner.label.key and (sheet := read_sheet(node)):
            return sheet
        items = node.children or read_settings(node) or read_numbered(node) or read_indented(node)
        rest = [item for item in items if not self._item(item, owner, quiet=quiet, form="tree")]
        return [node] if len(rest) == len(items) else rest

    def _section(self, node: Node, owner: Entity, *, quiet: bool) -> bool:
        """Read a section as a thing, or look for things in it; False: it is a part of its owner's body."""
        label = section_label(node) or (slug_heading(node) if not quiet else None)
        if node is self._title and label is not None and (label.topic or not label.word):
            label = None  # `Stage 3 plan`, `M2 sessions`: what the whole document is about
        about = label is not None and label.topic != ""
        tells_again = node.place.defines is False
        if label is None or about or (label.unsure and tells_again):
            inside = Entity(_NO_LABEL, node.line, "heading", quiet=quiet)
            is_again = about or tells_again or (quiet and not node.place.defines)
            self.read(node.children, inside, quiet=is_again)
        else:
            inside = Entity(label, node.line, "heading", quiet=quiet)
            self.read(node.children, inside, quiet=quiet)
            if self._is_thing(inside, owner):
                owner.parts.append(inside)
                return True
        owner.parts.extend(inside.parts)
        if inside.parts and any(not part.quiet for part in inside.parts):
            # What stands beside the things of a section that only holds them is said of its owner.
            if node.depth >= BOLD_DEPTH or owner.label.word:
                owner.body.extend(inside.body)
            return True
        return about

    def _is_thing(self, entity: Entity, owner: Entity) -> bool:
        """Tell names from headings that look like some: work stands below them, and they are no numbered chapters."""
        if entity.label.unsure:
            return entity.has_work
        chapter = _CHAPTER.fullmatch(entity.label.key) if not entity.label.word else None
        if chapter is None or owner.label.word or chapter["major"] not in self._chapters:
            return True
        return entity.is_assigned

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


def is_done(entity: Entity) -> bool:
    """Return whether the document says that a thing is finished."""
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
