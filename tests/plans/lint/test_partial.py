"""Names and cycles are told beside errors of shape, and nothing that only follows from what was left out."""

import copy
from collections.abc import Iterator

import pytest

from plans.document import Path
from plans.errors import PlanError
from plans.lint.partial import problems_of_the_rest
from plans.read import read_plan
from plans.yaml.tree import Value, read_tree
from tests.plans.examples import FOLDER

BROKEN = """\
version: 1
name: Not A Slug
agents:
  writer: {kind: comand}
tracks:
  - {id: core}
  - {id: docs, optional: perhaps}
waves:
  - id: w
    jobs:
      - {id: a, needs: [b], estimate: soon}
      - {id: b, needs: [a, "x y", zed], track: coer, agent: writr}
      - {id: c, agent: writer, track: docs, contingency: [{if_failed: a, instead: x}]}
      - {id: c, start: {done: nobody}, retries: many}
"""


def told(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        read_plan(text, "f.yaml")
    return str(caught.value).splitlines()


def starts_of(lines: list[str], *starts: str) -> bool:
    return all(any(line.startswith(f"f.yaml:{start}") for line in lines) for start in starts)


def test_cycles_and_names_are_told_together_with_errors_of_shape_each_with_its_line() -> None:
    lines = told(BROKEN)
    assert starts_of(lines, "2: 'name' must be", "4: 'kind' must be", "7: 'optional' must be", "11: 'estimate'")
    assert starts_of(lines, "11: a cycle: b -> a -> b: 'a' needs 'b' (line 11); 'b' needs 'a' (line 12)")
    assert starts_of(lines, "12: job 'b' needs 'zed', which is no job")
    assert starts_of(lines, "12: job 'b' names the track 'coer'", "12: job 'b' names the agent 'writr'")
    assert starts_of(lines, "14: two jobs have the id 'c'", "14: the start of job 'c' names the job 'nobody'")
    assert not any("agent 'writer'" in line for line in lines)


def test_lines_are_those_of_the_document_also_behind_entries_that_are_left_out() -> None:
    text = "version: 1\nname: p\nwaves:\n- id: w\n  jobs:\n  - nonsense\n  - {id: a, needs: [a]}\n"
    assert starts_of(told(text), "6: entry 1 of 'jobs'", "7: a cycle: a -> a")


@pytest.mark.parametrize(
    "change",
    [
        ("waves:", "tracks: [{id: core}]\ntracks: [{id: docs}]\nwaves:"),
        ("jobs:", "job:"),
        ("- {id: lone}", "- {ID: lone}"),
        ("- {id: lone}", "- lone"),
        ("agents: {writer: {kind: scripted}}", "agent: {writer: {kind: scripted}}"),
        ("agents: {writer: {kind: scripted}}", "agents: {writer: {kind: command}}"),
        ("tracks: [{id: core}]", "tracks: {id: core}"),
        ("tracks: [{id: core}]", "track: [{id: core}]"),
        ("needs: [lone], contingency", "need: [lone], contingency"),
        ("needs: [lone], contingency", "needs: lone, contingency"),
        ("barrier: false", "barrier: perhaps"),
    ],
    ids=lambda change: change[1],
)
def test_what_only_follows_from_a_wrong_part_is_not_told(change: tuple[str, str]) -> None:
    text = (
        "version: 1\nname: p\nagents: {writer: {kind: scripted}}\ntracks: [{id: core}]\nwaves:\n"
        "- id: w\n  barrier: false\n  jobs:\n  - {id: first, needs: [later], start: {done: lone}, track: core}\n"
        "- id: v\n  jobs:\n  - {id: lone}\n"
        "  - {id: later, needs: [lone], contingency: [{if_failed: lone, instead: x}], agent: writer}\n"
    )
    assert read_plan(text, "f.yaml")
    assert change[0] in text
    lines = told(text.replace(*change))
    assert not any(word in line for line in lines for word in ("is no job", "which there is not", "cycle", "about"))


def places(value: Value, path: Path = ()) -> Iterator[Path]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inside:
        yield from places(below, (*path, step))


def replaced(value: Value, path: Path, new: Value) -> Value:
    whole: list[Value] = [copy.deepcopy(value)]
    holder: object = whole
    last: str | int = 0
    for step in path:
        holder, last = holder[last], step  # type: ignore[index]  # a plan's values, whatever they are
    holder[last] = new  # type: ignore[index]  # the same
    return whole[0]


@pytest.mark.parametrize(
    ("name", "junk"),
    [("full.yaml", {"?": "?"}), *(("tracks.yaml", junk) for junk in ({"?": "?"}, [{"?": "?"}], [["?", "?"]]))],
    ids=str,
)
def test_junk_in_any_place_of_a_sound_plan_has_no_consequences(name: str, junk: Value) -> None:
    tree = read_tree((FOLDER / name).read_text(encoding="utf-8"))
    assert isinstance(tree.value, dict)
    whole: Value = {**tree.value, "version": "1"}
    for path in places(whole):
        broken = {"version": 1, **value} if isinstance(value := replaced(whole, path, junk), dict) else value
        assert problems_of_the_rest(broken, tree.lines, name, is_whole=True) == (), path
