import pytest
from hypothesis import given

from plans.document import Document
from plans.errors import PlanError, Problem
from plans.lint import check_document, lint_plan
from plans.model import Plan
from plans.read import read_plan
from plans.yaml.writer import write_plan
from tests.effort import examples
from tests.plans.strategies import plans


def lint(body: str) -> list[str]:
    document = read_plan(f"version: 1\nname: p\n{body}", "f.yaml")
    return [problem.show("f.yaml") for problem in lint_plan(document)]


MEANT_STOP = "hint: did you mean 'stop'?"
ADD_A = "hint: add 'a' to its `needs`"
JOBS = "waves: [{id: w, jobs: [{id: a, title: A}, {id: b, title: B}]}]"


@given(plans())
@examples(40)
def test_a_plan_without_errors_has_none(plan: Plan) -> None:
    problems = lint_plan(read_plan(write_plan(plan), "f.yaml"), exists=lambda _: True)
    assert [problem for problem in problems if problem.severity == "error"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "waves:\n- id: w\n  jobs:\n  - id: a\n    title: A\n  - id: a\n    title: B\n",
            ["f.yaml:8: two jobs have the id 'a': in line 6 and in line 8"],
        ),
        (
            "waves:\n- {id: w, jobs: [{id: a, title: A}]}\n- {id: w, jobs: [{id: b, title: A}]}\n",
            ["f.yaml:5: two waves have the id 'w': in line 4 and in line 5"],
        ),
        (
            f"tracks: [{{id: t}},\n {{id: t, branch: x}}]\n{JOBS}",
            ["f.yaml:4: two tracks have the id 't': in line 3 and in line 4"],
        ),
        (
            "waves:\n- id: w\n  jobs: [{id: models, run: [x]},\n {id: b,\n title: B,\n needs: [\n   modles,\n   x]}]\n",
            [
                "f.yaml:9: job 'b' needs 'modles', which is no job\n    hint: did you mean 'models'?",
                "f.yaml:10: job 'b' needs 'x', which is no job",
            ],
        ),
        (
            (
                "tracks: [{id: api}]\nwaves:\n- id: w\n  jobs:\n  - {id: a, title: A, track: api}\n"
                "  - {id: b, title: B, needs: [api]}\n"
            ),
            ["f.yaml:8: job 'b' needs 'api', which is no job\n    hint: 'api' is a track: its last job is 'a'"],
        ),
        (
            "waves: [{id: w, jobs: [{id: a, title: A, track: t}]}]\nmodes: {m: {tracks: [a]}}\nmerge: {order: [a]}\n",
            [
                "f.yaml:3: job 'a' names the track 't', which there is not",
                "f.yaml:4: mode 'm' names the track 'a', which there is not",
                "f.yaml:5: the merge order names the track 'a', which there is not",
                "f.yaml:3: warning: track 't' has no place in the merge order, so it lands after those that have",
            ],
        ),
        (
            f"{JOBS}\nmerge:\n  order:\n  - a\n  - [b, a]\n",
            ["f.yaml:7: track 'a' stands twice in the merge order"],
        ),
        (
            (
                "agents: {reviewer: {kind: claude}}\ndefaults: {agent: writer}\n"
                "waves: [{id: w, jobs: [{id: a, title: A, agent: reviwer, roles: {plan: nobody}}]}]\n"
                "merge: {on_conflict: stopp}\n"
            ),
            [
                "f.yaml:4: `defaults` names the agent 'writer', which there is not",
                "f.yaml:5: job 'a' names the agent 'reviwer', which there is not\n    hint: did you mean 'reviewer'?",
                "f.yaml:5: the role 'plan' of job 'a' names the agent 'nobody', which there is not",
                "f.yaml:6: `merge.on_conflict` names the agent 'stopp', which there is not\n    " + MEANT_STOP,
            ],
        ),
        (
            (
                "tracks: [{id: t, start: {any: [{after: 1h}, {progress: u, percent: 5}]}}]\n"
                "waves: [{id: w, jobs: [{id: a, title: A, track: t, start: {done: z}}]}]\n"
            ),
            [
                "f.yaml:3: the start of track 't' names the track 'u', which there is not",
                "f.yaml:4: the start of job 'a' names the job 'z', which there is not",
            ],
        ),
        (
            "waves: [{id: w, jobs: [{id: a, title: A}, {id: b, title: B, contingency: [{if_failed: a, instead: x}]}]}]",
            [
                "f.yaml:3: the contingency of job 'b' is about 'a', which it does not need\n    " + ADD_A,
            ],
        ),
        (
            "tracks: [{id: docs}]\nwaves:\n- id: w\n  jobs: [{id: a, run: [x], track: docs},\n\n {id: docs, run: [x]}]",
            [
                (
                    "f.yaml:8: warning: job 'docs' names no track and so runs on track 'docs', with job 'a'\n"
                    "    hint: say `track: docs` if that is meant, or give the job another id"
                )
            ],
        ),
        (f"defaults: {{agent: default}}\n{JOBS}", []),
        ("waves: [{id: w, jobs: [{id: a, title: A}, {id: b, title: B, track: a}]}]", None),
    ],
)
def test_a_name_that_is_wrong_is_told_with_its_line(body: str, said: list[str] | None) -> None:
    found = lint(body)
    if said is None:
        assert not [line for line in found if "warning" not in line]
    else:
        assert sorted(found) == sorted(said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            f"tracks: [{{id: t, branch: x}},\n {{id: u, branch: x}}]\n{JOBS}",
            "f.yaml:4: track 'u' has the branch 'x', and so has track 't'\n    hint: give each a branch of its own",
        ),
        (
            f"base: main\ntracks: [{{id: t, branch: main}}]\n{JOBS}",
            "f.yaml:4: track 't' has the branch 'main', and so has the base",
        ),
        (
            f"target: x\ntracks: [{{id: t, branch: x}}]\n{JOBS}",
            "f.yaml:4: track 't' has the branch 'x', and so has the target",
        ),
        (f"base: x\ntarget: x\n{JOBS}", "f.yaml:4: the target has the branch 'x', and so has the base"),
        (
            f"tracks: [{{id: t, branch: f/api}},\n {{id: u, branch: f}}]\n{JOBS}",
            "f.yaml:3: git cannot have the branch 'f/api' of track 't' beside the branch 'f' of track 'u'",
        ),
        (
            f"base: planwave\n{JOBS}",
            "git cannot have the branch 'planwave/p/track/a' of track 'a' beside the branch 'planwave' of the base",
        ),
        (
            f"target: planwave/p/track/a\n{JOBS}",
            "f.yaml:4: track 'a' has the branch 'planwave/p/track/a', and so has the target",
        ),
    ],
)
def test_branches_that_git_cannot_have_side_by_side_are_told(body: str, said: str) -> None:
    assert any(line.startswith(said) or (not said.startswith("f.yaml") and said in line) for line in lint(body))


def test_a_document_with_errors_raises_all_its_problems_in_the_order_of_lines() -> None:
    document = read_plan(
        "version: 1\nname: p\nwaves:\n- id: w\n  jobs:\n  - {id: a}\n  - {id: b, needs: [x]}\n", "f.yaml"
    )
    with pytest.raises(PlanError) as caught:
        check_document(document)
    assert [(problem.line, problem.severity) for problem in caught.value.problems] == [
        (6, "warning"),
        (7, "warning"),
        (7, "error"),
    ]


def test_a_document_with_warnings_may_run() -> None:
    plan = read_plan("version: 1\nname: p\nwaves: [{id: w, jobs: [{id: a}]}]", "f.yaml").plan
    doubt = Problem("doubtful", severity="warning")
    problems = check_document(Document(plan, "f.yaml", warnings=(doubt,)))
    assert doubt in problems
    assert [problem.line for problem in problems] == [None, None]
