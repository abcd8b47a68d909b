"""Whatever is wrong with a plan, every command that reads one says so, and none takes it for a bug of planwave."""

import copy
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from deployments.cli.guard import BUG, FAILED, guarded
from plans.document import Path as Place
from plans.yaml.tree import Value, read_tree
from tasks.home import Home
from tests import repositories

EXAMPLES = Path(__file__).parents[3] / "plans/examples"
COMMANDS: Sequence[tuple[str, ...]] = (
    ("check", "plan.yaml"),
    ("show", "plan.yaml"),
    ("show", "plan.yaml", "--format", "json"),
    ("show", "plan.yaml", "--format", "mermaid"),
    ("show", "plan.yaml", "--format", "dot"),
    ("convert", "plan.yaml"),
    ("prompt", "plan.yaml", "health"),
    ("status", "plan.yaml", "--repo", "repo"),
    ("run", "plan.yaml", "--repo", "repo", "--dry-run"),
    ("run", "plan.yaml", "--repo", "repo", "--dry-run", "--overlaps", "order", "--ignore-unsupported", "all"),
    ("run", "plan.yaml", "--repo", "repo", "--dry-run", "--agent", "scripted", "--mode", "core"),
)
NAMES = ("a", "service", "client", "health", "build", "default", "planwave/full/target", "x y", "")
PATTERNS = ("!x", "a//b", "../x", "**", "*.md", "/")
AMOUNTS = ("1h", "-1", "100", "perhaps", "true", "\x00")
PARTS: Sequence[Value] = ([], {}, None, ["a"], [["a"]], {"after": "1h"}, {"done": "health"}, {"all": []}, {"?": "?"})


@pytest.fixture
def place(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a repository."""
    repositories.make_repository(tmp_path / "repo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(value: Value, path: Place = ()) -> Iterator[tuple[Place, Value]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inside:
        yield (*path, step), below
        yield from places(below, (*path, step))


def holder(value: Value, path: Place) -> dict[str, Value] | list[Value]:
    around = dict(places(value))[path[:-1]] if path[:-1] else value
    assert isinstance(around, dict | list)
    return around


def break_once(chance: random.Random, plan: Value) -> None:
    """Take something out, put something else in its place, say it twice, misspell it, or let a job need another."""
    every = list(places(plan))
    path, value = chance.choice(every)
    around, last = holder(plan, path), path[-1]
    texts = [text for _, text in every if isinstance(text, str) and len(text) < 30]
    news: list[Value] = [*NAMES, *PATTERNS, *AMOUNTS, *PARTS, *texts, chance.choice(every)[1]]
    jobs = [job for at, job in every if at[-2:-1] == ("jobs",) and isinstance(job, dict)]
    match chance.choice(("gone", "other", "twice", "misspelt", "needs")):
        case "gone":
            del around[last]  # type: ignore[arg-type]  # a step into what holds it
        case "other":
            around[last] = copy.deepcopy(chance.choice(news))  # type: ignore[index]  # the same
        case "twice" if isinstance(around, list):
            around.append(copy.deepcopy(value))
        case "misspelt" if isinstance(around, dict):
            around[chance.choice(texts)] = value
        case _ if jobs:
            job, other = chance.choice(jobs), chance.choice(jobs)
            job[chance.choice(("needs", "locks"))] = [other.get("id"), chance.choice(("nobody", job.get("id")))]
            job[chance.choice(("track", "agent"))] = chance.choice(texts)
        case _:
            pass


@pytest.mark.parametrize("seed", range(60))
def test_a_broken_plan_is_never_taken_for_a_bug(place: Path, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(seed)
    tree = read_tree((EXAMPLES / chance.choice(("full.yaml", "quickstart.yaml", "tracks.yaml"))).read_text())
    plan = copy.deepcopy(tree.value)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        break_once(chance, plan)
    (place / "plan.yaml").write_text(json.dumps(plan))
    ends = {command: guarded(command) for command in COMMANDS}
    assert BUG not in ends.values(), capsys.readouterr().err
    if ends[COMMANDS[0]] == 0:
        assert ends[COMMANDS[1]] == 0


@pytest.mark.parametrize(
    "change",
    [
        ("track: core", "track: nowhere"),
        ("needs: [b]", "needs: [a]"),
        ("needs: [b]", "needs: [c, c, nobody]"),
        ("{id: b,", "{id: a,"),
        ("agent: default", "agent: nobody"),
        ("[{id: core}]", "[{id: core}, {id: core}]"),
        ("/src/**", "a//b"),
        ("- id: w", "- id: w\n    start: 1"),
        ("- id: w", "- id: w\n    gate: {checks: [{check: []}]}"),
    ],
    ids=lambda change: change[1],
)
@pytest.mark.parametrize(
    "options", [(), ("--overlaps", "order"), ("--agent", "scripted"), ("--only", "a"), ("--fresh",)]
)
def test_a_run_of_a_plan_with_an_error_says_what_check_says(
    place: Path, change: tuple[str, str], options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "version: 1\nname: p\nagents: {default: {kind: scripted}}\ntracks: [{id: core}]\nwaves:\n  - id: w\n"
        "    jobs:\n      - {id: a, track: core, needs: [b], agent: default, prompt: x, owns: {modify: [/src/**]}}\n"
        "      - {id: b, prompt: x, owns: {modify: [/docs/**]}}\n"
    )
    assert change[0] in text
    (place / "plan.yaml").write_text(text.replace(*change))
    assert guarded(("check", "plan.yaml")) == FAILED
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("plan.yaml:")]
    assert guarded(("run", "plan.yaml", "--repo", "repo", *options)) == FAILED
    assert said
    assert set(said) <= set(capsys.readouterr().err.splitlines())
    assert not (place / "home/prefect").exists()
