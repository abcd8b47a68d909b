import pytest

from plans.lint import lint_plan
from plans.read import read_plan


def lint(body: str) -> list[str]:
    document = read_plan(f"version: 1\nname: p\n{body}", "f.yaml")
    return [problem.show("f.yaml") for problem in lint_plan(document)]


WAVES = (
    "waves:\n- id: w\n  claims: {WAVE}\n  jobs:\n"
    "  - {id: a, title: A, estimate: 2h}\n  - {id: b, title: B, estimate: 1-3h, track: t}\n"
    "- {id: v, jobs: [{id: c, title: C, estimate: 1h, track: t}]}\n"
)
TRACKS = "tracks: [{id: t}]\n"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ("waves: 2, tracks: 2, agents: 2, jobs: 3", []),
        ("agents: 1", []),
        ("waves: 3", ["the plan says 3 waves, but lists 2"]),
        ("agents: 9", ["the plan says 9 agents, but lists 2"]),
        ("tracks: 5", ["the plan says 5 tracks, but lists 2"]),
        ("jobs: 1", ["the plan says 1 job, but lists 3"]),
        ("serial: 5h", []),
        ("serial: 4-6h", []),
        ("serial: 40h", ["the plan says 40h for one agent, but its estimates add up to 4h-6h"]),
        ("serial: 6.5h", []),
        ("parallel: 3h", []),
        ("parallel: 1h", ["the plan says 1h in parallel, but under its limits it takes 3h"]),
        ("parallel: 9h", ["the plan says 9h in parallel, but under its limits it takes 3h"]),
    ],
)
def test_a_claim_that_the_figures_contradict_is_a_warning(claims: str, said: list[str]) -> None:
    body = f"{TRACKS}{WAVES.replace('WAVE', '')}claims: {{{claims}}}\n"
    assert lint(body) == [f"f.yaml:11: warning: {line}" for line in said]


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ("jobs: 2, agents: 2, serial: 4h", []),
        ("jobs: 3", ["wave 'w' says 3 jobs, but lists 2"]),
        ("agents: 5", ["wave 'w' says 5 agents, but lists 2"]),
        ("serial: 9h", ["wave 'w' says 9h for one agent, but its estimates add up to 3h-5h"]),
    ],
)
def test_a_wave_makes_claims_of_its_own(claims: str, said: list[str]) -> None:
    assert lint(TRACKS + WAVES.replace("WAVE", claims)) == [f"f.yaml:6: warning: {line}" for line in said]


def test_claims_of_a_plan_with_errors_are_not_judged() -> None:
    found = lint(f"{WAVES.replace('WAVE', 'jobs: 9')}claims: {{parallel: 1m}}\n")
    assert [line for line in found if "says" in line] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "waves: [{id: w, jobs: [{id: a, title: A, estimate: 1h},\n {id: b, title: B},\n {id: c, done: true}]}]",
            [
                (
                    "f.yaml:4: warning: job 'b' has no estimate, though others have\n"
                    "    hint: until it has one, the median of the others stands in"
                ),
            ],
        ),
        (
            "waves: [{id: w, jobs: [{id: a}, {id: b, prompt: x}, {id: c, steps: [x]}, {id: d, run: [x]}]}]",
            [
                (
                    "f.yaml:3: warning: job 'a' does not say what is to be done\n"
                    "    hint: give it a `prompt`, a `title`, `steps` or its own command in `run`"
                ),
            ],
        ),
        ("agents: {default: {kind: command, run: [x]}}\nwaves: [{id: w, jobs: [{id: a}]}]", []),
        (
            (
                "tracks: [{id: t},\n  {id: u}]\n"
                "waves: [{id: w, jobs: [{id: a, run: [x], track: t}, {id: b, steps: [x], track: u},\n"
                " {id: c, title: C}]}]\nmerge: {order: [t]}\n"
            ),
            [
                "f.yaml:4: warning: track 'u' has no place in the merge order, so it lands after those that have",
                "f.yaml:6: warning: track 'c' has no place in the merge order, so it lands after those that have",
            ],
        ),
    ],
)
def test_what_is_left_out_is_a_warning(body: str, said: list[str]) -> None:
    assert lint(body) == said
